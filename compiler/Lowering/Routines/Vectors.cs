using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>Geometric functions on vectors of floats, given as their components.</summary>
internal static class Vectors
{
    /// <summary>Makes f32 of values that are f16.</summary>
    public static void WidenHalves(FunctionBuilder b, Span<ValueId> values)
    {
        foreach (ref var value in values)
        {
            if (b.Function.TypeOf(value).Scalar == Scalar.F16)
                value = b.Convert(Op.FWiden, IrType.F32, value);
        }
    }

    /// <summary>Makes f16 of values that are f32.</summary>
    public static void NarrowToHalves(FunctionBuilder b, Span<ValueId> values)
    {
        foreach (ref var value in values)
            value = b.Convert(Op.FNarrow, IrType.F16, value);
    }

    /// <summary>A chain of FMAs, from component 0 on; separate operations where Precise. f16 sums up in f32.</summary>
    public static ValueId Dot(FunctionBuilder b, ReadOnlySpan<ValueId> x, ReadOnlySpan<ValueId> y,
        NodeFlags flags = NodeFlags.None)
    {
        if (b.Function.TypeOf(x[0]).Scalar == Scalar.F16 && (flags & NodeFlags.Precise) == 0)
        {
            ValueId[] a = x.ToArray(), c = y.ToArray();
            WidenHalves(b, a);
            WidenHalves(b, c);
            return b.Convert(Op.FNarrow, IrType.F16, Dot(b, a, c, flags));
        }

        var sum = b.FMul(x[0], y[0], flags);
        for (int i = 1; i < x.Length; i++)
        {
            sum = (flags & NodeFlags.Precise) != 0
                ? b.FAdd(sum, b.FMul(x[i], y[i], flags), flags)
                : b.Fma(x[i], y[i], sum);
        }

        return sum;
    }

    public static ValueId Length(FunctionBuilder b, ReadOnlySpan<ValueId> x) =>
        x.Length == 1 ? b.FAbs(x[0]) : b.Unary(Op.FSqrt, Dot(b, x, x));

    public static ValueId Distance(FunctionBuilder b, ReadOnlySpan<ValueId> x, ReadOnlySpan<ValueId> y)
    {
        var d = new ValueId[x.Length];
        for (int i = 0; i < d.Length; i++)
            d[i] = b.FSub(x[i], y[i]);
        return Length(b, d);
    }

    public static void Normalize(FunctionBuilder b, ReadOnlySpan<ValueId> x, Span<ValueId> result)
    {
        var scale = InverseSqrt(b, Dot(b, x, x));
        for (int i = 0; i < x.Length; i++)
            result[i] = b.FMul(x[i], scale);
    }

    /// <summary>1/sqrt(x): f16 by way of f32.</summary>
    public static ValueId InverseSqrt(FunctionBuilder b, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        return type.Scalar switch
        {
            Scalar.F16 => b.Convert(Op.FNarrow, type, b.Unary(Op.FRsqrt, b.Convert(Op.FWiden, IrType.F32, x))),
            Scalar.F32 => b.Unary(Op.FRsqrt, x),
            _ => b.FDiv(b.Float(type, 1), b.Unary(Op.FSqrt, x)),
        };
    }

    public static void Cross(FunctionBuilder b, ReadOnlySpan<ValueId> x, ReadOnlySpan<ValueId> y, Span<ValueId> result)
    {
        for (int i = 0; i < 3; i++)
        {
            int j = (i + 1) % 3, k = (i + 2) % 3;
            result[i] = b.Fma(x[j], y[k], b.FNeg(b.FMul(y[j], x[k])));
        }
    }

    /// <summary>i - 2*dot(n, i)*n.</summary>
    public static void Reflect(FunctionBuilder b, ReadOnlySpan<ValueId> i, ReadOnlySpan<ValueId> n, Span<ValueId> result)
    {
        var scale = b.FMul(b.Float(b.Function.TypeOf(i[0]), -2), Dot(b, n, i));
        for (int k = 0; k < i.Length; k++)
            result[k] = b.Fma(scale, n[k], i[k]);
    }

    /// <summary>The refracted direction, or 0 on total reflection.</summary>
    public static void Refract(FunctionBuilder b, ReadOnlySpan<ValueId> i, ReadOnlySpan<ValueId> n, ValueId eta,
        Span<ValueId> result)
    {
        var type = b.Function.TypeOf(i[0]);
        var one = b.Float(type, 1);
        var d = Dot(b, n, i);
        var rest = b.Fma(b.FNeg(d), d, one);
        var k = b.Fma(b.FNeg(b.FMul(eta, eta)), rest, one);
        var total = b.Compare(Op.FLt, k, b.Zero(type));
        var scale = b.FNeg(b.Fma(eta, d, b.Unary(Op.FSqrt, k)));
        for (int c = 0; c < i.Length; c++)
            result[c] = b.Select(total, b.Zero(type), b.Fma(scale, n[c], b.FMul(eta, i[c])));
    }

    public static void FaceForward(FunctionBuilder b, ReadOnlySpan<ValueId> n, ReadOnlySpan<ValueId> i,
        ReadOnlySpan<ValueId> reference, Span<ValueId> result)
    {
        var toward = b.Compare(Op.FLt, Dot(b, reference, i), b.Zero(b.Function.TypeOf(n[0])));
        for (int k = 0; k < n.Length; k++)
            result[k] = b.Select(toward, n[k], b.FNeg(n[k]));
    }
}
