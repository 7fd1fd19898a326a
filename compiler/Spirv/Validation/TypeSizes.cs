namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>
/// How deep a type nests and of how many scalars it consists. Lowering splits values into scalars and walks types
/// recursively, so both are bounded here.
/// </summary>
internal sealed class TypeSizes(Module module)
{
    /// <summary>The specification's universal limit for nested structs; arrays count here too.</summary>
    public const int MaxDepth = 255;

    /// <summary>Saturates far below overflow.</summary>
    public const long Huge = long.MaxValue / 4;

    private readonly Dictionary<uint, (int Depth, long Scalars, bool IsUnsized, bool HasLogicalPointer)> sizes = [];

    public int Depth(uint typeId) => sizes.TryGetValue(typeId, out var s) ? s.Depth : 0;

    /// <summary>Scalars in a value of the type. A runtime array and whatever else has no values counts as 0.</summary>
    public long Scalars(uint typeId) => sizes.TryGetValue(typeId, out var s) ? s.Scalars : 0;

    /// <summary>True for a runtime array and what contains one: there are no values of such a type.</summary>
    public bool IsUnsized(uint typeId) => sizes.TryGetValue(typeId, out var s) && s.IsUnsized;

    /// <summary>True for what contains pointers other than addresses (PhysicalStorageBuffer).</summary>
    public bool HasLogicalPointer(uint typeId) => sizes.TryGetValue(typeId, out var s) && s.HasLogicalPointer;

    /// <summary>Length of an array by its constant's (default) value; <see cref="Huge"/> where that is no number yet.</summary>
    public long Length(in TypeInfo array)
    {
        ref readonly Instruction d = ref module.Definition(array.LengthId);
        if (d.Opcode is Opcode.OpConstant or Opcode.OpSpecConstant)
            return (long)Math.Min(module.LiteralBits(d), (ulong)Huge);
        // An OpSpecConstantOp: only specialization gives the number, lowering checks it then.
        return 1;
    }

    /// <summary>Takes the next type in the module's order; its parts are known.</summary>
    public void Add(in TypeInfo type)
    {
        int depth = 0;
        long scalars = 0;
        bool unsized = false;
        bool logical = type.IsPointer && type.StorageClass != StorageClass.PhysicalStorageBuffer;
        switch (type.Kind)
        {
            case TypeKind.Bool:
            case TypeKind.Int:
            case TypeKind.Float:
            case TypeKind.Pointer:
                scalars = 1;
                break;
            case TypeKind.Vector:
            case TypeKind.Matrix:
                scalars = type.Count * Scalars(type.Element);
                break;
            case TypeKind.Array:
                depth = Depth(type.Element) + 1;
                scalars = Multiply(Length(type), Scalars(type.Element));
                unsized = IsUnsized(type.Element);
                logical = HasLogicalPointer(type.Element);
                break;
            case TypeKind.RuntimeArray:
                depth = Depth(type.Element) + 1;
                unsized = true;
                logical = HasLogicalPointer(type.Element);
                break;
            case TypeKind.Struct:
                foreach (uint member in module.Members(type))
                {
                    depth = Math.Max(depth, Depth(member));
                    unsized |= IsUnsized(member);
                    logical |= HasLogicalPointer(member);
                    // A pointer that is declared later is one scalar too.
                    scalars = Math.Min(scalars + (sizes.TryGetValue(member, out var s) ? s.Scalars : 1), Huge);
                }
                depth++;
                break;
            case TypeKind.Void:
            case TypeKind.Function:
            case TypeKind.Image:
            case TypeKind.Sampler:
            case TypeKind.SampledImage:
            case TypeKind.Opaque:
                break;
        }
        sizes[type.Id] = (depth, scalars, unsized, logical);
    }

    private static long Multiply(long a, long b) => a != 0 && b > Huge / a ? Huge : a * b;
}
