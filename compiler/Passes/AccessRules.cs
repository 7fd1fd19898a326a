using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>Rules for what is not elementwise: accesses whose guard or mask is constant, masks, splats, traps.</summary>
internal static class AccessRules
{
    public static ValueId Simplify(Rewriter r, ValueId id)
    {
        var f = r.F;
        var op = f[id].Op;
        switch (op)
        {
            case Op.Load: return Guarded(r, id, 2);
            case Op.Store or Op.AtomicRmw: return Guarded(r, id, 3);
            case Op.AtomicCompareExchange: return Guarded(r, id, 4);
            case Op.SubgroupBroadcastFirst: return r.IsConst(f.Operand(id, 0), out ulong same) ? r.BecomeConst(id, same) : ValueId.None;
            case Op.TrapIf: return r.IsConst(f.Operand(id, 0), out ulong trap) && trap == 0 ? Remove(f, id) : ValueId.None;
            case Op.Splat: return r.IsConst(f.Operand(id, 0), out ulong bits) ? r.BecomeConst(id, bits) : ValueId.None;
            case Op.MaskAny or Op.MaskAll: return r.IsConst(f.Operand(id, 0), out ulong mask) ? r.BecomeConst(id, mask) : ValueId.None;
            case Op.ExtractLane:
                var source = f.Operand(id, 0);
                if (r.IsConst(source, out ulong lane))
                    return r.BecomeConst(id, lane);
                return f[source].Op == Op.Splat ? f.Operand(source, 0) : ValueId.None;
            case Op.LoadContiguous or Op.LoadStrided or Op.Gather or Op.GatherWide
                or Op.StoreContiguous or Op.StoreStrided or Op.Scatter or Op.ScatterWide
                or Op.LaneAtomicRmw or Op.LaneAtomicCompareExchange or Op.LaneAtomicRmwWide or Op.LaneAtomicCompareExchangeWide:
                return r.IsConst(f.Operands(id)[^1], out ulong active) && active == 0 ? Never(r, id) : ValueId.None;
            default: return ValueId.None;
        }
    }

    /// <summary>An access with an ok operand, at a given place.</summary>
    private static ValueId Guarded(Rewriter r, ValueId id, int okAt)
    {
        var operands = r.F.Operands(id);
        if (operands.Length <= okAt || !r.IsConst(operands[okAt], out ulong ok))
            return ValueId.None;
        if (ok == 0)
            return Never(r, id);
        r.F.SetOperands(id, operands[..okAt]);
        return id;
    }

    /// <summary>An access that never happens: 0, or nothing.</summary>
    private static ValueId Never(Rewriter r, ValueId id)
    {
        if (r.F[id].Type.IsVoid)
            return Remove(r.F, id);
        r.BecomeConst(id, 0);
        return ValueId.None;
    }

    private static ValueId Remove(Function f, ValueId id)
    {
        f.Unlink(id);
        return ValueId.None;
    }
}
