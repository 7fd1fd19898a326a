using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>The small functions of GLSL.std.450, of any float width unless said otherwise. Where either answer is
/// allowed, NaN arguments give what costs least.</summary>
internal static class Common
{
    /// <summary>x - floor(x).</summary>
    public static ValueId Fract(FunctionBuilder b, ValueId x) => b.FSub(x, b.Unary(Op.FFloor, x));

    /// <summary>OpFMod: x - y*floor(x/y), the product and the difference rounded once.</summary>
    public static ValueId Mod(FunctionBuilder b, ValueId x, ValueId y) => Remainder(b, Op.FFloor, x, y);

    /// <summary>OpFRem: x - y*trunc(x/y).</summary>
    public static ValueId Rem(FunctionBuilder b, ValueId x, ValueId y) => Remainder(b, Op.FTrunc, x, y);

    /// <summary>f16 by way of f32: a quotient rounded to f16 would often be the next integer.</summary>
    private static ValueId Remainder(FunctionBuilder b, Op whole, ValueId x, ValueId y)
    {
        var type = b.Function.TypeOf(x);
        if (type.Scalar == Scalar.F16)
        {
            var wide = Remainder(b, whole, b.Convert(Op.FWiden, IrType.F32, x), b.Convert(Op.FWiden, IrType.F32, y));
            return b.Convert(Op.FNarrow, type, wide);
        }

        return b.Fma(b.FNeg(b.Unary(whole, Divide(b, x, y))), y, x);
    }

    /// <summary>x/y; by a constant power of two a multiplication, which gives the same.</summary>
    public static ValueId Divide(FunctionBuilder b, ValueId x, ValueId y, NodeFlags flags = NodeFlags.None)
    {
        var type = b.Function.TypeOf(y);
        if (type.Scalar == Scalar.F32 && b.TryConst(y, out long bits))
        {
            int exponent = (int)(bits >> 23) & 0xFF;
            if ((bits & 0x7FFFFF) == 0 && exponent is > 1 and < 253)
                return b.FMul(x, b.F32(1 / BitConverter.Int32BitsToSingle((int)bits)), flags);
        }

        return b.FDiv(x, y, flags);
    }

    /// <summary>x*(1 - a) + y*a: exact at a = 0 and a = 1, and infinite where x is.</summary>
    public static ValueId Mix(FunctionBuilder b, ValueId x, ValueId y, ValueId a)
    {
        var type = b.Function.TypeOf(x);
        var first = b.FMul(x, b.FSub(b.Float(type, 1), a));
        return b.Fma(y, a, first);
    }

    public static ValueId Step(FunctionBuilder b, ValueId edge, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        return b.Select(b.Compare(Op.FLt, x, edge), b.Zero(type), b.Float(type, 1));
    }

    public static ValueId SmoothStep(FunctionBuilder b, ValueId low, ValueId high, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        var t = b.FDiv(b.FSub(x, low), b.FSub(high, low));
        t = Clamp(b, t, b.Zero(type), b.Float(type, 1));
        return b.FMul(b.FMul(t, t), b.Fma(b.Float(type, -2), t, b.Float(type, 3)));
    }

    public static ValueId Clamp(FunctionBuilder b, ValueId x, ValueId low, ValueId high) =>
        b.Binary(Op.FMin, b.Binary(Op.FMax, x, low), high);

    /// <summary>The smaller; the other where one is NaN.</summary>
    public static ValueId NMin(FunctionBuilder b, ValueId x, ValueId y) => IgnoreNaN(b, Op.FMin, x, y);

    /// <summary>The larger; the other where one is NaN.</summary>
    public static ValueId NMax(FunctionBuilder b, ValueId x, ValueId y) => IgnoreNaN(b, Op.FMax, x, y);

    public static ValueId NClamp(FunctionBuilder b, ValueId x, ValueId low, ValueId high) =>
        NMin(b, NMax(b, x, low), high);

    /// <summary>1, -1, or x itself where it is a zero or NaN.</summary>
    public static ValueId Sign(FunctionBuilder b, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        var zero = b.Zero(type);
        var negative = b.Select(b.Compare(Op.FLt, x, zero), b.Float(type, -1), x);
        return b.Select(b.Compare(Op.FLt, zero, x), b.Float(type, 1), negative);
    }

    public static ValueId SAbs(FunctionBuilder b, ValueId x) =>
        b.Binary(Op.SMax, x, b.ISub(b.Zero(b.Function.TypeOf(x)), x));

    public static ValueId SSign(FunctionBuilder b, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        return b.Binary(Op.SMin, b.Binary(Op.SMax, x, b.Const(type, -1)), b.Const(type, 1));
    }

    private static ValueId IgnoreNaN(FunctionBuilder b, Op op, ValueId x, ValueId y)
    {
        // The op gives its second operand where either is NaN: right when x is.
        if (IsConstantNumber(b, y))
            return b.Binary(op, x, y);
        if (IsConstantNumber(b, x))
            return b.Binary(op, y, x);
        return b.Select(b.Compare(Op.FUnordered, y, y), x, b.Binary(op, x, y));
    }

    private static bool IsConstantNumber(FunctionBuilder b, ValueId x) =>
        b.TryConst(x, out long bits) && !double.IsNaN(FloatMath.ToDouble(b.Function.TypeOf(x).Scalar, (ulong)bits));
}
