namespace ShaderJit.Compiler.Spirv;

public enum TypeKind : byte
{
    Void,
    Bool,
    Int,
    Float,
    Vector,
    Matrix,
    Array,
    RuntimeArray,
    Struct,
    Pointer,
    Function,

    Image,
    Sampler,
    SampledImage,

    /// <summary>Whatever else no kernel needs; see its instruction's opcode.</summary>
    Opaque,
}

/// <summary>A decoded type instruction.</summary>
/// <param name="Id">The type's id.</param>
/// <param name="Width">Bits of an int or float.</param>
/// <param name="Signed">Signedness of an int. It is a hint: operations decide for themselves.</param>
/// <param name="Element">Type id of a vector's component, a matrix's column, an array's element, a pointer's pointee, a
/// function type's return, the numbers that an image's texels are read as, a sampled image's image.</param>
/// <param name="Count">Components of a vector, columns of a matrix, members of a struct, parameters of a function type.</param>
/// <param name="LengthId">Id of an array's length: a constant, and possibly a specialization constant.</param>
/// <param name="StorageClass">Of a pointer.</param>
/// <param name="MemberOffset">Word offset in the module of the member or parameter type ids, or of an image's operands.</param>
public readonly record struct TypeInfo(uint Id, TypeKind Kind, int Width = 0, bool Signed = false, uint Element = 0, int Count = 0,
    uint LengthId = 0, StorageClass StorageClass = default, int MemberOffset = 0)
{
    /// <summary>Bool, int or float.</summary>
    public bool IsScalar => Kind is TypeKind.Bool or TypeKind.Int or TypeKind.Float;
    public bool IsInt => Kind == TypeKind.Int;
    public bool IsFloat => Kind == TypeKind.Float;
    public bool IsPointer => Kind == TypeKind.Pointer;

    /// <summary>An image, a sampler or both: what only a descriptor can hold.</summary>
    public bool IsDescriptor => Kind is TypeKind.Image or TypeKind.Sampler or TypeKind.SampledImage;

    /// <summary>A type whose values have parts that OpCompositeExtract can take.</summary>
    public bool IsComposite => Kind is TypeKind.Vector or TypeKind.Matrix or TypeKind.Array or TypeKind.Struct;
}
