using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>Hyperbolic functions of f32 and their inverses, without branches: a short polynomial where the formula by
/// exponentials or logarithms would cancel, the formula elsewhere.</summary>
internal static class Hyperbolic
{
    private const float Ln2 = 0.693147181f;

    /// <summary>sinh(x): within 4 ULP.</summary>
    public static ValueId Sinh(FunctionBuilder b, ValueId x)
    {
        var a = b.FAbs(x);
        var h = HalfExp(b, a);
        var far = b.FSub(h, b.FDiv(b.F32(0.25f), h));
        var s = b.FMul(a, a);
        var p = Exponential.Polynomial(b, s, 2.81695088e-6f, 1.98361595e-4f, 8.3333496e-3f, 0.166666672f);
        var near = b.Fma(b.FMul(a, s), p, a);
        return Signed(b, b.Select(b.Compare(Op.FLt, a, b.F32(1)), near, far), x);
    }

    /// <summary>cosh(x): within 4 ULP.</summary>
    public static ValueId Cosh(FunctionBuilder b, ValueId x)
    {
        var h = HalfExp(b, b.FAbs(x));
        return b.FAdd(h, b.FDiv(b.F32(0.25f), h));
    }

    /// <summary>tanh(x): within 4 ULP.</summary>
    public static ValueId Tanh(FunctionBuilder b, ValueId x)
    {
        var a = b.FAbs(x);
        var e = Exponential.Exp(b, b.FAdd(a, a));
        var far = b.FSub(b.F32(1), b.FDiv(b.F32(2), b.FAdd(e, b.F32(1))));
        var s = b.FMul(a, a);
        var p = Exponential.Polynomial(b, s, -5.704995e-3f, 2.06390992e-2f, -5.37397191e-2f, 0.133314416f, -0.333332807f);
        var near = b.Fma(b.FMul(a, s), p, a);
        return Signed(b, b.Select(b.Compare(Op.FLt, a, b.F32(0.625f)), near, far), x);
    }

    /// <summary>asinh(x): within 5 ULP.</summary>
    public static ValueId Asinh(FunctionBuilder b, ValueId x)
    {
        // ln(a + sqrt(a^2 + 1)) = ln(1 + w), w = a + a^2/(1 + sqrt(a^2 + 1)); beyond 2^12 the root is a.
        var a = b.FAbs(x);
        var s = b.FMul(a, a);
        var root = b.Unary(Op.FSqrt, b.FAdd(s, b.F32(1)));
        var w = b.FAdd(a, b.FDiv(s, b.FAdd(root, b.F32(1))));
        var near = LogOnePlus(b, w);
        var far = b.FAdd(Exponential.Log(b, a), b.F32(Ln2));
        return Signed(b, b.Select(b.Compare(Op.FLt, a, b.F32(4096)), near, far), x);
    }

    /// <summary>acosh(x): as precise as ln(x + sqrt(x^2 - 1)); NaN below 1.</summary>
    public static ValueId Acosh(FunctionBuilder b, ValueId x)
    {
        var d = b.FSub(x, b.F32(1));
        var root = b.Unary(Op.FSqrt, b.FMul(d, b.FAdd(x, b.F32(1))));
        var near = LogOnePlus(b, b.FAdd(d, root));
        var far = b.FAdd(Exponential.Log(b, x), b.F32(Ln2));
        return b.Select(b.Compare(Op.FLt, b.F32(4096), x), far, near);
    }

    /// <summary>atanh(x): within 5 ULP; infinite at 1, NaN beyond.</summary>
    public static ValueId Atanh(FunctionBuilder b, ValueId x)
    {
        var a = b.FAbs(x);
        var w = b.FDiv(b.FAdd(a, a), b.FSub(b.F32(1), a));
        var inside = b.Compare(Op.FLt, a, b.F32(1));
        var log = b.Select(inside, LogOnePlus(b, w), w);
        var result = b.FMul(b.F32(0.5f), log);
        var beyond = b.Select(b.Compare(Op.FLt, b.F32(1), a), b.F32(float.NaN), result);
        return Signed(b, beyond, x);
    }

    /// <summary>e^a / 2, finite as long as sinh(a) is.</summary>
    private static ValueId HalfExp(FunctionBuilder b, ValueId a)
    {
        // Halving before scaling: e^(a/2) is far from overflow, and its square costs one rounding.
        var root = Exponential.Exp(b, b.FMul(a, b.F32(0.5f)));
        return b.FMul(b.FMul(root, b.F32(0.5f)), root);
    }

    /// <summary>ln(1 + w) for w >= 0: the rounding error of 1 + w is divided back in.</summary>
    private static ValueId LogOnePlus(FunctionBuilder b, ValueId w)
    {
        var u = b.FAdd(b.F32(1), w);
        var lost = b.FSub(w, b.FSub(u, b.F32(1)));
        return b.FAdd(Exponential.Log(b, u), b.FDiv(lost, u));
    }

    private static ValueId Signed(FunctionBuilder b, ValueId magnitude, ValueId sign) =>
        Trigonometric.CopySign(b, magnitude, sign);
}
