using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>Comparisons of a clamped or wrapped index with the limit that it was held below: they hold unless there is
/// nothing to index. That leaves a question about the limit alone, which is the same for all invocations.</summary>
internal static class ClampRules
{
    /// <summary>index &lt; limit, where the index cannot reach a limit other than 0; None where that is not so.</summary>
    public static ValueId Below(Rewriter r, ValueId id, ValueId index, ValueId limit)
    {
        var f = r.F;
        if (Holds(r, index, limit))
            return r.Become(id, Op.INe, limit, r.Constant(id, f.TypeOf(limit), 0));
        if (f[limit].Op != Op.Select || !r.IsConst(f.Operand(limit, 2), out ulong none) || none != 0)
            return ValueId.None;

        // The size of what may not be there.
        ValueId isThere = f.Operand(limit, 0), size = f.Operand(limit, 1);
        if (!Holds(r, index, size))
            return ValueId.None;
        var some = r.Insert(id, Op.INe, IrType.Bool, size, r.Constant(id, f.TypeOf(size), 0));
        return r.Become(id, Op.And, isThere, some);
    }

    /// <summary>index &lt; limit, unsigned, says the same as limit != 0.</summary>
    /// <remarks>A limit of 2^31 and more is negative to signed clamps, and so is limit - 1 or the index is below 2^31: below
    /// the limit in both cases.</remarks>
    private static bool Holds(Rewriter r, ValueId index, ValueId limit)
    {
        var f = r.F;
        ref var node = ref f[index];
        switch (node.Op)
        {
            case Op.URem:
                return f.Operand(index, 1) == limit;
            case Op.UMin:
                return IsLast(r, f.Operand(index, 0), limit) || IsLast(r, f.Operand(index, 1), limit);
            case Op.SMin:
                return (IsLast(r, f.Operand(index, 0), limit) && IsWithZero(r, f.Operand(index, 1)))
                    || (IsLast(r, f.Operand(index, 1), limit) && IsWithZero(r, f.Operand(index, 0)));
            case Op.SMax:
                var least = f.Operand(index, 0);
                return IsWithZero(r, index) && f[least].Op == Op.SMin
                    && (IsLast(r, f.Operand(least, 0), limit) || IsLast(r, f.Operand(least, 1), limit));
            default:
                return false;
        }
    }

    /// <summary>limit - 1.</summary>
    private static bool IsLast(Rewriter r, ValueId value, ValueId limit)
    {
        var f = r.F;
        return f[value].Op == Op.IAdd && f.Operand(value, 0) == limit && r.IsConst(f.Operand(value, 1), out ulong one)
            && one == Rewriter.Ones(f.TypeOf(value));
    }

    /// <summary>max(anything, 0), signed.</summary>
    private static bool IsWithZero(Rewriter r, ValueId value)
    {
        var f = r.F;
        return f[value].Op == Op.SMax && r.IsConst(f.Operand(value, 1), out ulong zero) && zero == 0;
    }
}
