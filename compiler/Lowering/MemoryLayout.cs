using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// Offsets, strides and sizes of types in memory, in bytes: by the module's decorations, or, for workgroup memory that
/// has none, packed with natural alignment (a bool takes four bytes).
/// </summary>
internal sealed class MemoryLayout
{
    private readonly Module _module;
    private readonly bool _natural;
    private long _budget = 50_000_000;
    private readonly Dictionary<uint, (long Size, long Alignment)> _naturalSizes = [];

    public MemoryLayout(Module module, bool natural)
    {
        _module = module;
        _natural = natural;
    }

    public static int ScalarBytes(Shape scalar) => scalar.Kind == TypeKind.Bool ? 4 : scalar.Scalar.Bytes;

    /// <summary>Offset of a struct's member.</summary>
    public long OffsetOf(Shape @struct, int member)
    {
        if (_natural)
            return NaturalOffset(@struct, member);
        if (!_module.TryOffset(@struct.TypeId, member, out uint offset))
            Refusal.Throw($"member {member} of struct %{@struct.TypeId} has no Offset");
        return offset;
    }

    /// <summary>Bytes from one element of an array to the next.</summary>
    public long ArrayStride(Shape array)
    {
        if (_natural)
        {
            var (size, alignment) = NaturalSize(array.Element!);
            return Align(size, alignment);
        }

        if (!_module.TryArrayStride(array.TypeId, out uint stride) || stride == 0)
            Refusal.Throw($"array %{array.TypeId} has no ArrayStride");
        return stride;
    }

    /// <summary>Matrix stride of a struct's member; 0 where it holds no matrix.</summary>
    public long MatrixStride(Shape @struct, int member)
    {
        var inner = @struct.Members[member];
        while (inner.Kind is TypeKind.Array or TypeKind.RuntimeArray)
            inner = inner.Element!;
        if (inner.Kind != TypeKind.Matrix)
            return 0;
        if (_natural)
            return NaturalMatrixStride(inner);
        if (!_module.TryMatrixStride(@struct.TypeId, member, out uint stride))
            return _module.UndecoratedMatrixStride(_module.Type(inner.TypeId));
        if (stride == 0)
            Refusal.Throw($"member {member} of struct %{@struct.TypeId} has a MatrixStride of 0");
        return stride;
    }

    public bool IsRowMajor(Shape @struct, int member) => !_natural && _module.IsRowMajor(@struct.TypeId, member);

    /// <summary>Column stride of a matrix that no struct holds, in natural layout.</summary>
    public long NaturalMatrixStride(Shape matrix) => NaturalSize(matrix.Element!).Size;

    /// <summary>Bytes from the first to past the last byte of a value.</summary>
    /// <param name="matrixStride">Stride of the matrices in it that no struct between holds.</param>
    /// <param name="componentStride">Stride of the components, if it is a vector; 0 for side by side.</param>
    public long SizeOf(Shape shape, long matrixStride, bool rowMajor, long componentStride)
    {
        // Structs that name one another twice at each level have a size that takes forever to add up.
        if (--_budget < 0)
            Refusal.Throw("types are too complex");
        switch (shape.Kind)
        {
            case TypeKind.Vector:
                long scalar = ScalarBytes(shape.Element!);
                return (shape.Count - 1) * (componentStride == 0 ? scalar : componentStride) + scalar;
            case TypeKind.Matrix:
                if (matrixStride == 0 && _natural)
                    matrixStride = NaturalMatrixStride(shape);
                long component = ScalarBytes(shape.Element!.Element!);
                return rowMajor
                    ? (shape.Element.Count - 1) * matrixStride + shape.Count * component
                    : (shape.Count - 1) * matrixStride + shape.Element.Count * component;
            case TypeKind.Array:
                return Checked((shape.Count - 1) * ArrayStride(shape)
                    + SizeOf(shape.Element!, matrixStride, rowMajor, 0));
            case TypeKind.RuntimeArray:
                return 0;
            case TypeKind.Struct:
                long end = 0;
                for (int i = 0; i < shape.Count; i++)
                {
                    long size = SizeOf(shape.Members[i], MatrixStride(shape, i), IsRowMajor(shape, i), 0);
                    end = Math.Max(end, OffsetOf(shape, i) + size);
                }

                return Checked(end);
            case TypeKind.Bool or TypeKind.Int or TypeKind.Float or TypeKind.Pointer:
                return ScalarBytes(shape);
            default:
                Refusal.Throw($"type %{shape.TypeId} has no size in memory");
                return 0;
        }
    }

    /// <summary>Size and alignment of a type in workgroup memory.</summary>
    public (long Size, long Alignment) NaturalSize(Shape shape)
    {
        if (_naturalSizes.TryGetValue(shape.TypeId, out var known))
            return known;
        (long Size, long Alignment) result;
        switch (shape.Kind)
        {
            case TypeKind.Vector or TypeKind.Matrix or TypeKind.Array:
                var (size, alignment) = NaturalSize(shape.Element!);
                result = (Checked(Align(size, alignment) * shape.Count), alignment);
                break;
            case TypeKind.Struct:
                long end = 0, widest = 1;
                foreach (var member in shape.Members)
                {
                    var part = NaturalSize(member);
                    end = Checked(Align(end, part.Alignment) + part.Size);
                    widest = Math.Max(widest, part.Alignment);
                }

                result = (Align(end, widest), widest);
                break;
            case TypeKind.Bool or TypeKind.Int or TypeKind.Float or TypeKind.Pointer when !shape.Scalar.IsVoid:
                result = (ScalarBytes(shape), ScalarBytes(shape));
                break;
            default:
                Refusal.Throw($"type %{shape.TypeId} cannot be in workgroup memory");
                return default;
        }

        _naturalSizes.Add(shape.TypeId, result);
        return result;
    }

    private long NaturalOffset(Shape @struct, int member)
    {
        long end = 0;
        for (int i = 0; ; i++)
        {
            var (size, alignment) = NaturalSize(@struct.Members[i]);
            end = Align(end, alignment);
            if (i == member)
                return end;
            end += size;
        }
    }

    private static long Align(long value, long alignment) => (value + alignment - 1) / alignment * alignment;

    private static long Checked(long size)
    {
        if (size is < 0 or > int.MaxValue)
            Refusal.Throw("a type takes more than 2 GiB");
        return size;
    }
}
