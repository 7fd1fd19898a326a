using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>The functions of <see cref="Exponential"/> where DenormPreserve holds for f32: denormal arguments count as what
/// they are, and denormal results are rounded once.</summary>
internal static class GradualExponential
{
    public static ValueId Exp2(FunctionBuilder b, ValueId x)
    {
        // 2^-151 rounds to 0.
        x = b.Binary(Op.FMin, b.F32(128), x);
        x = b.Select(b.Compare(Op.FLt, x, b.F32(-151)), b.F32(-151), x);
        var n = b.Unary(Op.FRoundEven, x);
        return Scale(b, b.FSub(x, n), n);
    }

    public static ValueId Exp(FunctionBuilder b, ValueId x)
    {
        // As in Exponential.Exp; -103.97208 is ln(2^-150), below which all results round to 0.
        var (f, n) = Exponential.Reduce(b, x);
        var bounded = b.Select(b.Compare(Op.FLe, b.F32(88.722839f), x), b.F32(float.PositiveInfinity), Scale(b, f, n));
        return b.Select(b.Compare(Op.FLt, x, b.F32(-103.97208f)), b.F32(0), bounded);
    }

    public static ValueId Log2(FunctionBuilder b, ValueId x)
    {
        var (e, t) = Split(b, x);
        return Exponential.LogSpecials(b, x, Exponential.Log2OfParts(b, e, t), float.Epsilon);
    }

    public static ValueId Log(FunctionBuilder b, ValueId x)
    {
        var (e, t) = Split(b, x);
        return Exponential.LogSpecials(b, x, Exponential.LogOfParts(b, e, t), float.Epsilon);
    }

    public static ValueId Pow(FunctionBuilder b, ValueId x, ValueId y) => Exp2(b, b.FMul(y, Log2(b, x)));

    /// <summary>2^f * 2^n for n down to -151: small results in two steps, of which only the last rounds.</summary>
    private static ValueId Scale(FunctionBuilder b, ValueId f, ValueId n)
    {
        var small = b.Compare(Op.FLt, n, b.F32(-125));
        var result = Exponential.Scale(b, f, b.Select(small, b.FAdd(n, b.F32(64)), n));
        return b.FMul(result, b.Select(small, b.F32(5.42101086e-20f), b.F32(1)));
    }

    private static (ValueId E, ValueId T) Split(FunctionBuilder b, ValueId x)
    {
        var small = b.Compare(Op.FLt, x, b.F32(1.17549435e-38f));
        var (e, t) = Exponential.Split(b, b.Select(small, b.FMul(x, b.F32(16777216f)), x));
        return (b.FSub(e, b.Select(small, b.F32(24), b.F32(0))), t);
    }
}
