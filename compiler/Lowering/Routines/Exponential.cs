using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>
/// exp2, exp, log2, log and pow of f32, without branches. Polynomials are minimax (Remez) for the reduced interval.
/// Denormal results are 0, denormal arguments count as 0; <see cref="GradualExponential"/> keeps them.
/// </summary>
internal static class Exponential
{
    private const float Log2E = 1.44269504f, Ln2 = 0.693147181f;
    private const float MinNormal = 1.17549435e-38f;

    /// <summary>2^x: within 2 ULP; exact where x is an integer. The polynomial's error is 2^-28.</summary>
    public static ValueId Exp2(FunctionBuilder b, ValueId x)
    {
        x = ClampExponent(b, x, b.F32(128), b.F32(-126), b.F32(-127));
        var n = b.Unary(Op.FRoundEven, x);
        return Scale(b, b.FSub(x, n), n);
    }

    /// <summary>e^x: within 3 ULP. The fraction comes from one FMA, so that the error does not grow with x.</summary>
    public static ValueId Exp(FunctionBuilder b, ValueId x)
    {
        var (f, n) = Reduce(b, x);
        var scaled = Scale(b, f, n);

        // No argument reduces to a fraction of exactly 0 as for exp2, so the ends are chosen here: 88.72284 is the first
        // float whose e^x is beyond the largest, -87.336544 the last whose e^x is normal. NaN passes through.
        var bounded = b.Select(b.Compare(Op.FLe, b.F32(88.722839f), x), b.F32(float.PositiveInfinity), scaled);
        return b.Select(b.Compare(Op.FLt, x, b.F32(-87.336544f)), b.F32(0), bounded);
    }

    /// <summary>log2(x): absolute error below 2^-22 in [0.5, 2], 2 ULP elsewhere; log2(0) = -inf, of negatives NaN.</summary>
    public static ValueId Log2(FunctionBuilder b, ValueId x)
    {
        var (e, t) = Split(b, x);
        return LogSpecials(b, x, Log2OfParts(b, e, t), MinNormal);
    }

    /// <summary>ln(x): absolute error below 2^-22 in [0.5, 2], 2 ULP elsewhere; specials as in <see cref="Log2"/>.</summary>
    public static ValueId Log(FunctionBuilder b, ValueId x)
    {
        var (e, t) = Split(b, x);
        return LogSpecials(b, x, LogOfParts(b, e, t), MinNormal);
    }

    /// <summary>x^y as exp2(y * log2(x)), which is how Vulkan defines its precision.</summary>
    public static ValueId Pow(FunctionBuilder b, ValueId x, ValueId y) => Exp2(b, b.FMul(y, Log2(b, x)));

    /// <summary>c0*x^n + ... + cn by Horner's scheme, in FMAs.</summary>
    public static ValueId Polynomial(FunctionBuilder b, ValueId x, params ReadOnlySpan<float> coefficients)
    {
        var p = b.F32(coefficients[0]);
        foreach (float c in coefficients[1..])
            p = b.Fma(p, x, b.F32(c));
        return p;
    }

    /// <summary>At most <paramref name="max"/>, where the result is infinite; below <paramref name="min"/>, where it
    /// would be denormal, <paramref name="low"/>, which gives 0. NaN stays.</summary>
    private static ValueId ClampExponent(FunctionBuilder b, ValueId x, ValueId max, ValueId min, ValueId low)
    {
        x = b.Binary(Op.FMin, max, x);
        return b.Select(b.Compare(Op.FLt, x, min), low, x);
    }

    /// <summary>x*log2(e) = f + n, for an argument of e^x.</summary>
    internal static (ValueId F, ValueId N) Reduce(FunctionBuilder b, ValueId x)
    {
        var n = b.Unary(Op.FRoundEven, b.FMul(x, b.F32(Log2E)));

        // log2(e) in two parts: x can be 88, and n takes all of the first product's leading bits.
        var f = b.Fma(x, b.F32(Log2E), b.FNeg(n));
        return (b.Fma(x, b.F32(1.92596303e-8f), f), n);
    }

    /// <summary>2^f * 2^n for f in [-0.5, 0.5], n integer in [-127, 128]: n is added to the exponent's bits.</summary>
    internal static ValueId Scale(FunctionBuilder b, ValueId f, ValueId n)
    {
        var p = Polynomial(b, f, 1.55945629e-4f, 1.34066422e-3f, 9.61769372e-3f, 5.55031039e-2f, 0.240226522f,
            0.693147242f, 1f);
        var exponent = b.Binary(Op.Shl, b.Convert(Op.FToS, IrType.I32, n), b.I32(23));
        return b.Bitcast(IrType.F32, b.IAdd(b.Bitcast(IrType.I32, p), exponent));
    }

    /// <summary>log2(2^e * (1 + t)).</summary>
    internal static ValueId Log2OfParts(FunctionBuilder b, ValueId e, ValueId t)
    {
        var q = Polynomial(b, t, 0.125833258f, -0.207268223f, 0.215716377f, -0.238945112f, 0.287916213f, -0.360703677f,
            0.480910629f, -0.721347332f, 1.44269502f);
        return b.Fma(t, q, e);
    }

    /// <summary>ln(2^e * (1 + t)).</summary>
    internal static ValueId LogOfParts(FunctionBuilder b, ValueId e, ValueId t)
    {
        var r = Polynomial(b, t, 0.0898207724f, -0.142483935f, 0.148095891f, -0.165763453f, 0.199729711f, -0.250015646f,
            0.333336622f, -0.49999994f);
        var ln = b.Fma(b.FMul(t, t), r, t);
        return b.Fma(e, b.F32(Ln2), ln);
    }

    /// <summary>x = 2^e * (1 + t), 1 + t in [sqrt(1/2), sqrt(2)), for a positive normal x.</summary>
    internal static (ValueId E, ValueId T) Split(FunctionBuilder b, ValueId x)
    {
        const int rootHalf = 0x3F3504F3;
        var bits = b.Bitcast(IrType.I32, x);
        var e = b.Binary(Op.AShr, b.ISub(bits, b.I32(rootHalf)), b.I32(23));
        var m = b.Bitcast(IrType.F32, b.ISub(bits, b.Binary(Op.Shl, e, b.I32(23))));
        return (b.Convert(Op.SToF, IrType.F32, e), b.FSub(m, b.F32(1)));
    }

    /// <param name="least">Between this number and its negative all count as zeros.</param>
    internal static ValueId LogSpecials(FunctionBuilder b, ValueId x, ValueId log, float least)
    {
        var special = b.Select(b.Compare(Op.FLt, b.F32(-least), x), b.F32(float.NegativeInfinity), b.F32(float.NaN));
        var positive = b.Select(b.Compare(Op.FLe, b.F32(least), x), log, special);

        // +inf is its own logarithm; the chain above made NaN of NaN.
        return b.Select(b.Compare(Op.FEq, x, b.F32(float.PositiveInfinity)), x, positive);
    }
}
