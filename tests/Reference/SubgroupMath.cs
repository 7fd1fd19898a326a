using ShaderJit.Compiler.Ir;

namespace ShaderJit.Reference;

/// <summary>Subgroup operations over the lanes that execute them together; lanes combine in ascending order.</summary>
internal static class SubgroupMath
{
    /// <summary>Reductions and scans.</summary>
    /// <param name="cluster">Lanes of a cluster; 0 for the whole subgroup.</param>
    public static void Combine(Op op, ReduceKind kind, Scalar scalar, int cluster, ReadOnlySpan<ulong> values,
        ReadOnlySpan<bool> active, Span<ulong> results)
    {
        int size = cluster == 0 ? values.Length : Math.Min(cluster, values.Length);
        for (int first = 0; first < values.Length; first += size)
        {
            ulong sum = Identity(kind, scalar);
            bool any = false;
            for (int lane = first; lane < first + size; lane++)
            {
                results[lane] = sum;
                if (!active[lane])
                    continue;
                sum = any ? Apply(kind, scalar, sum, values[lane]) : values[lane];
                any = true;
                if (op == Op.SubgroupInclusiveScan)
                    results[lane] = sum;
            }

            if (op == Op.SubgroupReduce)
                results.Slice(first, size).Fill(sum);
        }
    }

    public static ulong Ballot(ReadOnlySpan<ulong> values, ReadOnlySpan<bool> active)
    {
        ulong bits = 0;
        for (int lane = 0; lane < values.Length; lane++)
        {
            if (active[lane] && (values[lane] & 1) != 0)
                bits |= 1UL << lane;
        }

        return bits;
    }

    public static bool Any(ReadOnlySpan<ulong> values, ReadOnlySpan<bool> active) => Ballot(values, active) != 0;

    public static bool All(ReadOnlySpan<ulong> values, ReadOnlySpan<bool> active)
    {
        for (int lane = 0; lane < values.Length; lane++)
        {
            if (active[lane] && (values[lane] & 1) == 0)
                return false;
        }

        return true;
    }

    /// <summary>Lowest active lane; 0 where none is.</summary>
    public static int First(ReadOnlySpan<bool> active) => Math.Max(0, active.IndexOf(true));

    /// <summary>Value of a lane, 0 where it is out of range or not active.</summary>
    public static ulong Shuffle(ReadOnlySpan<ulong> values, ReadOnlySpan<bool> active, ulong lane) =>
        lane < (ulong)values.Length && active[(int)lane] ? values[(int)lane] : 0;

    private static ulong Identity(ReduceKind kind, Scalar scalar)
    {
        int bits = new IrType(scalar).Bits;
        ulong ones = IntegerMath.Mask(ulong.MaxValue, bits);
        return kind switch
        {
            ReduceKind.IAdd or ReduceKind.UMax or ReduceKind.Or or ReduceKind.Xor or ReduceKind.FAdd => 0,
            ReduceKind.IMul => 1,
            ReduceKind.UMin or ReduceKind.And => ones,
            ReduceKind.SMin => ones >> 1,
            ReduceKind.SMax => 1UL << (bits - 1),
            ReduceKind.FMul => FloatMath.FromSigned(1, scalar),
            ReduceKind.FMin => FloatMath.Resize(Scalar.F64, scalar, BitConverter.DoubleToUInt64Bits(double.PositiveInfinity)),
            ReduceKind.FMax => FloatMath.Resize(Scalar.F64, scalar, BitConverter.DoubleToUInt64Bits(double.NegativeInfinity)),
            _ => throw new InvalidOperationException($"unknown reduction {kind}"),
        };
    }

    private static ulong Apply(ReduceKind kind, Scalar scalar, ulong a, ulong b)
    {
        var op = kind switch
        {
            ReduceKind.IAdd => Op.IAdd,
            ReduceKind.IMul => Op.IMul,
            ReduceKind.SMin => Op.SMin,
            ReduceKind.UMin => Op.UMin,
            ReduceKind.SMax => Op.SMax,
            ReduceKind.UMax => Op.UMax,
            ReduceKind.And => Op.And,
            ReduceKind.Or => Op.Or,
            ReduceKind.Xor => Op.Xor,
            ReduceKind.FAdd => Op.FAdd,
            ReduceKind.FMul => Op.FMul,
            ReduceKind.FMin => Op.FMin,
            ReduceKind.FMax => Op.FMax,
            _ => throw new InvalidOperationException($"unknown reduction {kind}"),
        };
        return ScalarMath.Evaluate(op, scalar, scalar, a, b);
    }
}
