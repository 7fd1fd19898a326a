using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>Functions on the sign, exponent and significand of f32.</summary>
internal static class FloatParts
{
    /// <summary>x * 2^exponent in two steps, so that neither scale overflows.</summary>
    public static ValueId Ldexp(FunctionBuilder b, ValueId x, ValueId exponent)
    {
        var e = b.Binary(Op.SMin, b.Binary(Op.SMax, exponent, b.I32(-252)), b.I32(254));
        var half = b.Binary(Op.AShr, e, b.I32(1));
        return b.FMul(b.FMul(x, PowerOfTwo(b, half)), PowerOfTwo(b, b.ISub(e, half)));
    }

    /// <summary>x = significand * 2^exponent, the significand in [0.5, 1); zeros, infinities and NaN give themselves and
    /// exponent 0.</summary>
    public static (ValueId Significand, ValueId Exponent) Frexp(FunctionBuilder b, ValueId x)
    {
        var denormal = b.Compare(Op.FLt, b.FAbs(x), b.F32(1.17549435e-38f));
        var normal = b.Select(denormal, b.FMul(x, b.F32(16777216f)), x);
        var bits = b.Bitcast(IrType.I32, normal);
        var field = b.And(b.Binary(Op.LShr, bits, b.I32(23)), b.I32(0xFF));
        var bias = b.Select(denormal, b.I32(126 + 24), b.I32(126));
        var significand = b.Or(b.And(bits, b.I32(unchecked((int)0x807FFFFF))), b.I32(0x3F000000));
        var plain = b.Or(b.Compare(Op.FEq, x, b.F32(0)), b.Compare(Op.IEq, field, b.I32(0xFF)));
        return (b.Select(plain, x, b.Bitcast(IrType.F32, significand)),
            b.Select(plain, b.I32(0), b.ISub(field, bias)));
    }

    /// <summary>x = fraction + whole, both with x's sign; an infinity has fraction 0. Of any float width.</summary>
    public static (ValueId Fraction, ValueId Whole) Modf(FunctionBuilder b, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        var whole = b.Unary(Op.FTrunc, x);
        var same = b.Compare(Op.FEq, whole, x);
        return (b.Select(same, b.FMul(b.Zero(type), Common.Sign(b, x)), b.FSub(x, whole)), whole);
    }

    private static ValueId PowerOfTwo(FunctionBuilder b, ValueId exponent) =>
        b.Bitcast(IrType.F32, b.Binary(Op.Shl, b.IAdd(exponent, b.I32(127)), b.I32(23)));
}
