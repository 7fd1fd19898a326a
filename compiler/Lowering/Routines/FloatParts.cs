using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>Functions on the sign, exponent and significand of floats. f16 goes through f32, where all of its numbers are
/// normal.</summary>
internal static class FloatParts
{
    /// <summary>x * 2^exponent, rounded once, denormal results included. The exponent is an i32.</summary>
    public static ValueId Ldexp(FunctionBuilder b, ValueId x, ValueId exponent)
    {
        var type = b.Function.TypeOf(x);
        if (type.Scalar == Scalar.F16)
        {
            // Beyond 2^64 either way all numbers of f16 overflow or vanish, and those of f32 do not yet.
            var wide = b.FMul(b.Convert(Op.FWiden, IrType.F32, x), PowerOfTwo(b, IrType.F32, Clamp(b, exponent, -64, 64)));
            return b.Convert(Op.FNarrow, type, wide);
        }

        // Two steps that lose no bit which can still matter: downwards they stay a significand's width above the
        // smallest normal number. The last factor alone may round.
        var (significand, bias) = FormatOf(type);
        int up = bias, down = significand - bias + 2;
        for (int i = 0; i < 2; i++)
        {
            var step = b.Select(b.Compare(Op.SLt, exponent, b.I32(1 - bias)), b.I32(down),
                b.Select(b.Compare(Op.SLt, b.I32(up), exponent), b.I32(up), b.I32(0)));
            x = b.FMul(x, PowerOfTwo(b, type, step), NodeFlags.Precise);
            exponent = b.ISub(exponent, step);
        }

        return b.FMul(x, PowerOfTwo(b, type, Clamp(b, exponent, 1 - bias, bias)), NodeFlags.Precise);
    }

    /// <summary>x = significand * 2^exponent, the significand in [0.5, 1), the exponent an i32; zeros, infinities and NaN
    /// give themselves and exponent 0.</summary>
    public static (ValueId Significand, ValueId Exponent) Frexp(FunctionBuilder b, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        if (type.Scalar == Scalar.F16)
        {
            var (wide, exponent) = Frexp(b, b.Convert(Op.FWiden, IrType.F32, x));
            return (b.Convert(Op.FNarrow, type, wide), exponent);
        }

        var (size, bias) = FormatOf(type);
        var whole = ShapeTable.IntegerOf(type.Bits);
        var denormal = b.Compare(Op.FLt, b.FAbs(x), b.Float(type, Math.ScaleB(1, 1 - bias)));
        var normal = b.Select(denormal, b.FMul(x, b.Float(type, Math.ScaleB(1, size + 1))), x);
        var bits = b.Bitcast(whole, normal);
        var field = b.Binary(Op.LShr, bits, b.Const(whole, size));
        if (type.Bits == 64)
            field = b.Convert(Op.Trunc, IrType.I32, field);
        field = b.And(field, b.I32(2 * bias + 1));
        var above = b.Select(denormal, b.I32(bias - 1 + size + 1), b.I32(bias - 1));
        long kept = 1L << (type.Bits - 1) | ((1L << size) - 1);
        var significand = b.Or(b.And(bits, b.Const(whole, kept)), b.Const(whole, (long)(bias - 1) << size));
        var plain = b.Or(b.Compare(Op.FEq, x, b.Zero(type)), b.Compare(Op.IEq, field, b.I32(2 * bias + 1)));
        return (b.Select(plain, x, b.Bitcast(type, significand)), b.Select(plain, b.I32(0), b.ISub(field, above)));
    }

    /// <summary>x = fraction + whole, both with x's sign; an infinity has fraction 0. Of any float width.</summary>
    public static (ValueId Fraction, ValueId Whole) Modf(FunctionBuilder b, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        var whole = b.Unary(Op.FTrunc, x);
        var same = b.Compare(Op.FEq, whole, x);
        return (b.Select(same, b.FMul(b.Zero(type), Common.Sign(b, x)), b.FSub(x, whole)), whole);
    }

    /// <summary>Explicit bits of the significand, and the exponent's bias.</summary>
    private static (int Significand, int Bias) FormatOf(IrType type) => type.Scalar == Scalar.F32 ? (23, 127) : (52, 1023);

    private static ValueId Clamp(FunctionBuilder b, ValueId x, int low, int high) =>
        b.Binary(Op.SMin, b.Binary(Op.SMax, x, b.I32(low)), b.I32(high));

    private static ValueId PowerOfTwo(FunctionBuilder b, IrType type, ValueId exponent)
    {
        var (significand, bias) = FormatOf(type);
        var field = b.IAdd(exponent, b.I32(bias));
        if (type.Bits == 64)
            field = b.Convert(Op.ZExt, IrType.I64, field);
        return b.Bitcast(type, b.Binary(Op.Shl, field, b.Const(b.Function.TypeOf(field), significand)));
    }
}
