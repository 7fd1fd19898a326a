using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>Bit fields and bit searches of integers. Offsets and counts have the type of the field's base. A field that
/// does not fit (offset + count above the width) is undefined in SPIR-V; here shift counts wrap.</summary>
internal static class BitFields
{
    public static ValueId Insert(FunctionBuilder b, ValueId target, ValueId field, ValueId offset, ValueId count)
    {
        var mask = b.Binary(Op.Shl, LowMask(b, count), offset);
        var placed = b.And(b.Binary(Op.Shl, field, offset), mask);
        return b.Or(b.And(target, b.Not(mask)), placed);
    }

    public static ValueId ExtractUnsigned(FunctionBuilder b, ValueId value, ValueId offset, ValueId count) =>
        b.And(b.Binary(Op.LShr, value, offset), LowMask(b, count));

    public static ValueId ExtractSigned(FunctionBuilder b, ValueId value, ValueId offset, ValueId count)
    {
        var type = b.Function.TypeOf(value);
        var above = b.ISub(b.Const(type, type.Bits), count);
        var top = b.Binary(Op.Shl, value, b.ISub(above, offset));
        var field = b.Binary(Op.AShr, top, above);
        return b.Select(b.Compare(Op.IEq, count, b.Zero(type)), b.Zero(type), field);
    }

    /// <summary>Lowest set bit, or -1.</summary>
    public static ValueId FindLowest(FunctionBuilder b, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        return b.Select(b.Compare(Op.IEq, x, b.Zero(type)), b.Const(type, -1), b.Unary(Op.Ctz, x));
    }

    /// <summary>Highest set bit, or -1: Clz of 0 is the width.</summary>
    public static ValueId FindHighest(FunctionBuilder b, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        return b.ISub(b.Const(type, type.Bits - 1), b.Unary(Op.Clz, x));
    }

    /// <summary>Highest bit that differs from the sign, or -1.</summary>
    public static ValueId FindHighestSigned(FunctionBuilder b, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        return FindHighest(b, b.Xor(x, b.Binary(Op.AShr, x, b.Const(type, type.Bits - 1))));
    }

    /// <summary>The low count bits set; count may be the whole width, which a shift count cannot say.</summary>
    private static ValueId LowMask(FunctionBuilder b, ValueId count)
    {
        var type = b.Function.TypeOf(count);
        var shift = b.ISub(b.Const(type, type.Bits), count);
        var mask = b.Binary(Op.LShr, b.Const(type, -1), shift);
        return b.Select(b.Compare(Op.IEq, count, b.Zero(type)), b.Zero(type), mask);
    }
}
