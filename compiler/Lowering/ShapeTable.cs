using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>The <see cref="Shape"/> of each type of a module, made when first asked for. Array lengths may be
/// specialization constants, so they come from whoever evaluates constants.</summary>
internal sealed class ShapeTable
{
    /// <summary>SPIR-V's universal limit of structure nesting.</summary>
    private const int MaxDepth = 255;

    /// <summary>Scalars of one value. More would make every load of it that many instructions.</summary>
    public const int MaxLeaves = 16384;

    private readonly Module _module;
    private readonly Func<uint, long> _length;
    private readonly Dictionary<uint, Shape> _shapes = [];

    public ShapeTable(Module module, Func<uint, long> length)
    {
        _module = module;
        _length = length;
    }

    public Shape Of(uint typeId) => Of(typeId, 0);

    private Shape Of(uint typeId, int level)
    {
        if (_shapes.TryGetValue(typeId, out var known))
            return known;
        if (level > MaxDepth)
            Refusal.Throw("types are nested too deeply");
        var type = _module.Type(typeId);
        var shape = type.Kind switch
        {
            TypeKind.Void => new Shape { TypeId = typeId, Kind = type.Kind, Leaves = 0, Depth = 1 },
            TypeKind.Bool => ScalarShape(type, IrType.Bool),
            TypeKind.Int => ScalarShape(type, IntegerOf(type.Width)),
            TypeKind.Float => ScalarShape(type, FloatOf(type.Width)),
            TypeKind.Vector or TypeKind.Matrix => Repeat(type, type.Count, level),
            TypeKind.Array => Repeat(type, LengthOf(type.LengthId), level),
            TypeKind.RuntimeArray => Repeat(type, 0, level),
            TypeKind.Struct => Struct(type, level),
            TypeKind.Pointer => PointerShape(type),
            TypeKind.Image or TypeKind.Sampler or TypeKind.SampledImage =>
                new Shape { TypeId = typeId, Kind = type.Kind, Leaves = 0, Depth = 1 },
            TypeKind.Function or TypeKind.Opaque => Unsupported(typeId),
            _ => throw new InvalidOperationException($"unknown type kind {type.Kind}"),
        };
        _shapes.Add(typeId, shape);
        return shape;
    }

    public static IrType IntegerOf(int width)
    {
        switch (width)
        {
            case 8: return IrType.I8;
            case 16: return IrType.I16;
            case 32: return IrType.I32;
            case 64: return IrType.I64;
            default:
                Refusal.Throw($"{width}-bit integers are not supported");
                return default;
        }
    }

    private static IrType FloatOf(int width)
    {
        switch (width)
        {
            case 16: return IrType.F16;
            case 32: return IrType.F32;
            case 64: return IrType.F64;
            default:
                Refusal.Throw($"{width}-bit floats are not supported");
                return default;
        }
    }

    private int LengthOf(uint id)
    {
        long length = _length(id);
        if (length is <= 0 or > int.MaxValue)
            Refusal.Throw($"array of {length} elements");
        return (int)length;
    }

    private static Shape ScalarShape(in TypeInfo type, IrType scalar) =>
        new() { TypeId = type.Id, Kind = type.Kind, Scalar = scalar, Leaves = 1, Depth = 1 };

    private static Shape PointerShape(in TypeInfo type)
    {
        switch (type.StorageClass)
        {
            case StorageClass.PhysicalStorageBuffer:
                return ScalarShape(type, IrType.I64);
            case StorageClass.StorageBuffer or StorageClass.Workgroup:
                var part = new Shape { TypeId = type.Id, Kind = TypeKind.Int, Scalar = IrType.I32, Leaves = 1, Depth = 1 };
                return new Shape
                {
                    TypeId = type.Id, Kind = type.Kind, Members = [part, part], MemberLeaf = [0, 1], Count = 2, Leaves = 2, Depth = 2,
                };
            default:
                return new Shape { TypeId = type.Id, Kind = type.Kind, Leaves = 0, Depth = 1 };
        }
    }

    private Shape Repeat(in TypeInfo type, int count, int level)
    {
        var element = Of(type.Element, level + 1);

        // Memory may hold arrays of any length; only as a value is a long one refused (leaves saturate).
        long leaves = Math.Min((long)count * element.Leaves, int.MaxValue);
        return new Shape
        {
            TypeId = type.Id, Kind = type.Kind, Element = element, Count = count, Leaves = (int)leaves,
            Depth = element.Depth + 1,
        };
    }

    private Shape Struct(in TypeInfo type, int level)
    {
        var members = new Shape[type.Count];
        var starts = new int[type.Count];
        long leaves = 0;
        int depth = 0;
        for (int i = 0; i < members.Length; i++)
        {
            members[i] = Of(_module.Members(type)[i], level + 1);
            starts[i] = (int)leaves;
            leaves = Math.Min(leaves + members[i].Leaves, int.MaxValue);
            depth = Math.Max(depth, members[i].Depth);
        }

        return new Shape
        {
            TypeId = type.Id, Kind = type.Kind, Members = members, MemberLeaf = starts, Count = members.Length,
            Leaves = (int)leaves, Depth = depth + 1,
        };
    }

    private Shape Unsupported(uint typeId)
    {
        Refusal.Throw($"{InstructionTable.Name(_module.OpcodeOf(typeId))} is not supported yet");
        return null!;
    }
}
