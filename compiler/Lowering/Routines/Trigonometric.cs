using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>
/// sin, cos, tan and their inverses of f32, without branches. Arguments are reduced by multiples of pi (Cody and Waite,
/// three parts, FMA), good to about 2^22; beyond, results stay within their range but mean nothing. Polynomials are
/// minimax (Remez).
/// </summary>
internal static class Trigonometric
{
    private const float Pi1 = 3.14159274f, Pi2 = -8.74227766e-8f, Pi3 = -3.43024902e-15f;
    private const float HalfPi = 1.57079633f;

    /// <summary>Adding this and taking it away again rounds a float below 2^22 to an integer, whose lowest bit is then
    /// the lowest bit of the sum.</summary>
    private const float RoundMagic = 12582912f;

    /// <summary>sin(x): absolute error below 2^-23 in [-pi, pi].</summary>
    public static ValueId Sin(FunctionBuilder b, ValueId x)
    {
        var sum = b.Fma(x, b.F32(0.318309886f), b.F32(RoundMagic));
        var n = b.FSub(sum, b.F32(RoundMagic));
        return SinOfReduced(b, x, n, sum);
    }

    /// <summary>cos(x) = sin(x + pi/2): absolute error below 2^-23 in [-pi, pi].</summary>
    public static ValueId Cos(FunctionBuilder b, ValueId x)
    {
        // n is half an odd number: n + 1/2 = round(x/pi + 1/2), and cos(x) = (-1)^(n+1/2) sin(x - n*pi).
        var sum = b.FAdd(b.Fma(x, b.F32(0.318309886f), b.F32(0.5f)), b.F32(RoundMagic));
        var n = b.FSub(b.FSub(sum, b.F32(RoundMagic)), b.F32(0.5f));
        return SinOfReduced(b, x, n, sum);
    }

    /// <summary>tan(x): within 4 ULP but near the poles' multiples where the reduction's error shows.</summary>
    public static ValueId Tan(FunctionBuilder b, ValueId x)
    {
        var sum = b.Fma(x, b.F32(0.636619772f), b.F32(RoundMagic));
        var n = b.FNeg(b.FSub(sum, b.F32(RoundMagic)));
        var r = b.Fma(n, b.F32(1.57079637f), x);
        r = b.Fma(n, b.F32(-4.37113883e-8f), r);
        r = b.Fma(n, b.F32(-1.71512451e-15f), r);
        r = Within(b, r, 0.7853983f);
        var s = b.FMul(r, r);
        var p = Exponential.Polynomial(b, s, 9.38559975e-3f, 3.11960466e-3f, 2.44303159e-2f, 5.34112379e-2f, 0.133387998f,
            0.333331555f);
        var tan = b.Fma(b.FMul(r, s), p, r);

        // An odd multiple of pi/2 turns tan into -1/tan.
        var odd = b.Compare(Op.INe, b.And(b.Bitcast(IrType.I32, sum), b.I32(1)), b.I32(0));
        return b.Select(odd, b.FDiv(b.F32(-1), tan), tan);
    }

    /// <summary>asin(x): within 3 ULP; NaN outside [-1, 1].</summary>
    public static ValueId Asin(FunctionBuilder b, ValueId x)
    {
        var (big, p) = AsinOfMagnitude(b, x);
        var result = b.Select(big, b.Fma(b.F32(-2), p, b.F32(HalfPi)), p);
        return CopySign(b, result, x);
    }

    /// <summary>acos(x): within 3 ULP, absolute error below 2^-22; NaN outside [-1, 1].</summary>
    public static ValueId Acos(FunctionBuilder b, ValueId x)
    {
        var (big, p) = AsinOfMagnitude(b, x);
        var twice = b.FAdd(p, p);
        var negative = b.Compare(Op.FLt, x, b.F32(0));
        var far = b.Select(negative, b.FSub(b.F32(3.14159265f), twice), twice);
        return b.Select(big, far, b.FSub(b.F32(HalfPi), CopySign(b, p, x)));
    }

    /// <summary>atan(x): within 3 ULP.</summary>
    public static ValueId Atan(FunctionBuilder b, ValueId x)
    {
        var a = b.FAbs(x);
        var inverted = b.Compare(Op.FLt, b.F32(1), a);
        var p = AtanOfUnit(b, b.Select(inverted, b.FDiv(b.F32(1), a), a));
        return CopySign(b, b.Select(inverted, b.FSub(b.F32(HalfPi), p), p), x);
    }

    /// <summary>The angle of (x, y): within 4 ULP. Signed zeros and infinities as in IEEE atan2.</summary>
    public static ValueId Atan2(FunctionBuilder b, ValueId y, ValueId x)
    {
        var ay = b.FAbs(y);
        var ax = b.FAbs(x);
        var steep = b.Compare(Op.FLt, ax, ay);
        var large = b.Select(steep, ay, ax);
        var small = b.Select(steep, ax, ay);

        // 0/0 and inf/inf are equal numbers: the quotient is 0 for zeros, 1 for infinities.
        var quotient = b.FDiv(small, large);
        var equal = b.Compare(Op.FEq, ax, ay);
        quotient = b.Select(equal, b.Select(b.Compare(Op.FEq, ax, b.F32(0)), b.F32(0), b.F32(1)), quotient);
        var p = AtanOfUnit(b, quotient);
        p = b.Select(steep, b.FSub(b.F32(HalfPi), p), p);
        var left = b.Compare(Op.SLt, b.Bitcast(IrType.I32, x), b.I32(0));
        p = b.Select(left, b.FSub(b.F32(3.14159265f), p), p);
        return CopySign(b, p, y);
    }

    /// <summary>|magnitude| with the sign of another; the magnitude must not be negative.</summary>
    public static ValueId CopySign(FunctionBuilder b, ValueId magnitude, ValueId sign)
    {
        var bit = b.And(b.Bitcast(IrType.I32, sign), b.I32(int.MinValue));
        return b.Bitcast(IrType.F32, b.Or(b.Bitcast(IrType.I32, magnitude), bit));
    }

    /// <summary>sin(x - n*pi), negated where the sum's lowest bit is set.</summary>
    private static ValueId SinOfReduced(FunctionBuilder b, ValueId x, ValueId n, ValueId sum)
    {
        var minus = b.FNeg(n);
        var r = b.Fma(minus, b.F32(Pi1), x);
        r = b.Fma(minus, b.F32(Pi2), r);
        r = b.Fma(minus, b.F32(Pi3), r);
        r = Within(b, r, 1.5707964f);
        var s = b.FMul(r, r);

        // The second coefficient is one float below the minimax one, so that no result is above 1.
        var p = Exponential.Polynomial(b, s, 2.60578076e-6f, -1.98096022e-4f, 8.33306555e-3f, -0.166666597f);
        var sin = b.Fma(b.FMul(r, s), p, r);
        var sign = b.Binary(Op.Shl, b.Bitcast(IrType.I32, sum), b.I32(31));
        return b.Bitcast(IrType.F32, b.Xor(b.Bitcast(IrType.I32, sin), sign));
    }

    /// <summary>Keeps a reduced argument where the polynomial holds, whatever x was; NaN stays.</summary>
    private static ValueId Within(FunctionBuilder b, ValueId r, float limit) =>
        b.Binary(Op.FMin, b.F32(limit), b.Binary(Op.FMax, b.F32(-limit), r));

    /// <summary>asin(|x|) up to 1/2; above, asin(sqrt((1 - |x|)/2)).</summary>
    private static (ValueId Big, ValueId P) AsinOfMagnitude(FunctionBuilder b, ValueId x)
    {
        var a = b.FAbs(x);
        var big = b.Compare(Op.FLt, b.F32(0.5f), a);
        var z = b.Select(big, b.Fma(b.F32(-0.5f), a, b.F32(0.5f)), b.FMul(a, a));
        var s = b.Select(big, b.Unary(Op.FSqrt, z), a);
        var p = Exponential.Polynomial(b, z, 4.21663113e-2f, 2.41795164e-2f, 4.54703756e-2f, 7.49529749e-2f, 0.166667521f);
        return (big, b.Fma(b.FMul(s, z), p, s));
    }

    /// <summary>atan(q) for q in [0, 1].</summary>
    private static ValueId AtanOfUnit(FunctionBuilder b, ValueId q)
    {
        var s = b.FMul(q, q);
        var p = Exponential.Polynomial(b, s, 2.92074913e-3f, -1.63681637e-2f, 4.32122536e-2f, -7.55224824e-2f, 0.10666021f,
            -0.142110601f, 0.199937731f, -0.333331525f);
        return b.Fma(b.FMul(q, s), p, q);
    }
}
