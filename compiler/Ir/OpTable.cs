namespace ShaderJit.Compiler.Ir;

/// <summary>What an op does besides giving a result.</summary>
[Flags]
public enum Effect : byte
{
    /// <summary>None: equal operands give equal results, and an unused one can go.</summary>
    Pure = 0,
    ReadsMemory = 1,
    WritesMemory = 2,

    /// <summary>Depends on which lanes run it together; must not move across control flow.</summary>
    Convergent = 4,

    /// <summary>May end the dispatch.</summary>
    Traps = 8,
    Terminator = 16,
}

/// <summary>How the SIMD stage gives an op lanes.</summary>
public enum LaneRule : byte
{
    /// <summary>Lane by lane: uniform operands give a uniform result.</summary>
    Elementwise,

    /// <summary>Has its own rule in Simd/.</summary>
    Special,

    /// <summary>Exists at Simd level only.</summary>
    SimdOnly,
}

/// <summary>The row of an op: text name, number of operands, effects, lane behaviour.</summary>
/// <param name="MinOperands">Operands that must be there.</param>
/// <param name="MaxOperands">Operands that may be there; -1 for any number.</param>
public readonly record struct OpInfo(Op Op, string Name, int MinOperands, int MaxOperands, Effect Effect, LaneRule Lanes)
{
    public bool IsTerminator => (Effect & Effect.Terminator) != 0;
    public bool IsPure => Effect == Effect.Pure;
}

/// <summary>The one table of op facts. A new op is a row here; what else it needs, the build says.</summary>
public static class OpTable
{
    private static readonly OpInfo[] Rows = Build();
    private static readonly Dictionary<string, Op> ByName = IndexNames();

    public static ref readonly OpInfo Info(Op op) => ref Rows[(int)op];

    public static bool TryParse(string name, out Op op) => ByName.TryGetValue(name, out op);

    public static int Count => Rows.Length;

    private static OpInfo[] Build()
    {
        const LaneRule E = LaneRule.Elementwise, S = LaneRule.Special, D = LaneRule.SimdOnly;
        const Effect P = Effect.Pure, R = Effect.ReadsMemory, W = Effect.WritesMemory, C = Effect.Convergent,
            T = Effect.Traps, End = Effect.Terminator;
        OpInfo[] rows =
        [
            new(Op.Param, "param", 0, 0, P, S), new(Op.Const, "const", 0, 0, P, E),
            new(Op.IAdd, "iadd", 2, 2, P, E), new(Op.ISub, "isub", 2, 2, P, E), new(Op.IMul, "imul", 2, 2, P, E),
            new(Op.UMulHi, "umulhi", 2, 2, P, E), new(Op.SMulHi, "smulhi", 2, 2, P, E),
            new(Op.UDot4, "udot4", 2, 2, P, E), new(Op.SDot4, "sdot4", 2, 2, P, E),
            new(Op.UDiv, "udiv", 2, 2, P, E), new(Op.SDiv, "sdiv", 2, 2, P, E),
            new(Op.URem, "urem", 2, 2, P, E), new(Op.SRem, "srem", 2, 2, P, E),
            new(Op.And, "and", 2, 2, P, E), new(Op.Or, "or", 2, 2, P, E), new(Op.Xor, "xor", 2, 2, P, E),
            new(Op.Not, "not", 1, 1, P, E),
            new(Op.Shl, "shl", 2, 2, P, E), new(Op.LShr, "lshr", 2, 2, P, E), new(Op.AShr, "ashr", 2, 2, P, E),
            new(Op.UMin, "umin", 2, 2, P, E), new(Op.UMax, "umax", 2, 2, P, E),
            new(Op.SMin, "smin", 2, 2, P, E), new(Op.SMax, "smax", 2, 2, P, E),
            new(Op.PopCount, "popcount", 1, 1, P, E), new(Op.BitReverse, "bitreverse", 1, 1, P, E),
            new(Op.Clz, "clz", 1, 1, P, E), new(Op.Ctz, "ctz", 1, 1, P, E),
            new(Op.IEq, "ieq", 2, 2, P, E), new(Op.INe, "ine", 2, 2, P, E),
            new(Op.ULt, "ult", 2, 2, P, E), new(Op.ULe, "ule", 2, 2, P, E),
            new(Op.SLt, "slt", 2, 2, P, E), new(Op.SLe, "sle", 2, 2, P, E),
            new(Op.Select, "select", 3, 3, P, E),
            new(Op.FAdd, "fadd", 2, 2, P, E), new(Op.FSub, "fsub", 2, 2, P, E), new(Op.FMul, "fmul", 2, 2, P, E),
            new(Op.FDiv, "fdiv", 2, 2, P, E), new(Op.FFma, "ffma", 3, 3, P, E),
            new(Op.FNeg, "fneg", 1, 1, P, E), new(Op.FAbs, "fabs", 1, 1, P, E), new(Op.FSqrt, "fsqrt", 1, 1, P, E),
            new(Op.FRsqrt, "frsqrt", 1, 1, P, E),
            new(Op.FMin, "fmin", 2, 2, P, E), new(Op.FMax, "fmax", 2, 2, P, E),
            new(Op.FFloor, "ffloor", 1, 1, P, E), new(Op.FCeil, "fceil", 1, 1, P, E), new(Op.FTrunc, "ftrunc", 1, 1, P, E),
            new(Op.FRoundEven, "froundeven", 1, 1, P, E),
            new(Op.FEq, "feq", 2, 2, P, E), new(Op.FLt, "flt", 2, 2, P, E), new(Op.FLe, "fle", 2, 2, P, E),
            new(Op.FNe, "fne", 2, 2, P, E), new(Op.FUnordered, "funordered", 2, 2, P, E),
            new(Op.Trunc, "trunc", 1, 1, P, E), new(Op.ZExt, "zext", 1, 1, P, E), new(Op.SExt, "sext", 1, 1, P, E),
            new(Op.FToS, "ftos", 1, 1, P, E), new(Op.FToU, "ftou", 1, 1, P, E),
            new(Op.SToF, "stof", 1, 1, P, E), new(Op.UToF, "utof", 1, 1, P, E),
            new(Op.FWiden, "fwiden", 1, 1, P, E), new(Op.FNarrow, "fnarrow", 1, 1, P, E),
            new(Op.Bitcast, "bitcast", 1, 1, P, E),
            new(Op.Builtin, "builtin", 0, 0, P, S),
            new(Op.BufferBase, "buffer_base", 1, 1, P, S), new(Op.BufferRange, "buffer_range", 1, 1, P, S),
            new(Op.PushBase, "push_base", 0, 0, P, S), new(Op.WorkgroupBase, "workgroup_base", 0, 0, P, S),
            new(Op.Confine, "confine", 1, 1, P, S),
            new(Op.Load, "load", 2, 3, R, S), new(Op.Store, "store", 3, 4, W, S),
            new(Op.AtomicRmw, "atomic_rmw", 3, 4, R | W, S),
            new(Op.AtomicCompareExchange, "atomic_compare_exchange", 4, 5, R | W, S),
            new(Op.PrivateLoad, "private_load", 1, 1, R, S), new(Op.PrivateStore, "private_store", 2, 2, W, S),
            new(Op.TrapIf, "trap_if", 1, 2, T, S),
            new(Op.Barrier, "barrier", 0, 0, R | W | C, S), new(Op.MemoryBarrier, "memory_barrier", 0, 0, R | W, S),
            new(Op.SubgroupReduce, "subgroup_reduce", 1, 2, C, S),
            new(Op.SubgroupInclusiveScan, "subgroup_inclusive_scan", 1, 2, C, S),
            new(Op.SubgroupExclusiveScan, "subgroup_exclusive_scan", 1, 2, C, S),
            new(Op.SubgroupAny, "subgroup_any", 1, 2, C, S), new(Op.SubgroupAll, "subgroup_all", 1, 2, C, S),
            new(Op.SubgroupBallot, "subgroup_ballot", 1, 2, C, S),
            new(Op.SubgroupShuffle, "subgroup_shuffle", 2, 3, C, S),
            new(Op.SubgroupBroadcastFirst, "subgroup_broadcast_first", 1, 2, C, S),
            new(Op.SubgroupElect, "subgroup_elect", 0, 1, C, S),
            new(Op.Splat, "splat", 1, 1, P, D), new(Op.LaneIndex, "lane_index", 0, 0, P, D),
            new(Op.LaneCount, "lane_count", 0, 0, P, D),
            new(Op.MaskAny, "mask_any", 1, 1, P, D), new(Op.MaskAll, "mask_all", 1, 1, P, D),
            new(Op.MaskBits, "mask_bits", 1, 1, P, D), new(Op.MaskFromBits, "mask_from_bits", 1, 1, P, D),
            new(Op.FirstLane, "first_lane", 1, 1, P, D),
            new(Op.ExtractLane, "extract_lane", 2, 2, P, D),
            new(Op.ArgLoad, "arg_load", 0, 0, P, D), new(Op.ScratchBase, "scratch_base", 0, 0, P, D),
            new(Op.DiagnosticStore, "diagnostic_store", 1, 1, W, D),
            new(Op.LoadContiguous, "load_contiguous", 3, 3, R, D), new(Op.LoadStrided, "load_strided", 3, 3, R, D),
            new(Op.Gather, "gather", 3, 3, R, D), new(Op.GatherWide, "gather_wide", 2, 2, R, D),
            new(Op.StoreContiguous, "store_contiguous", 4, 4, W, D), new(Op.StoreStrided, "store_strided", 4, 4, W, D),
            new(Op.Scatter, "scatter", 4, 4, W, D), new(Op.ScatterWide, "scatter_wide", 3, 3, W, D),
            new(Op.LaneAtomicRmw, "lane_atomic_rmw", 4, 4, R | W, D),
            new(Op.LaneAtomicCompareExchange, "lane_atomic_compare_exchange", 5, 5, R | W, D),
            new(Op.LaneAtomicRmwWide, "lane_atomic_rmw_wide", 3, 3, R | W, D),
            new(Op.LaneAtomicCompareExchangeWide, "lane_atomic_compare_exchange_wide", 4, 4, R | W, D),
            new(Op.Jump, "jump", 0, -1, End, S), new(Op.Branch, "branch", 1, -1, End, S),
            new(Op.Return, "return", 0, 0, End, S), new(Op.Unreachable, "unreachable", 0, 0, End | T, S),
        ];
        if (rows.Length != Enum.GetValues<Op>().Length)
            throw new InvalidOperationException("OpTable lacks a row");
        for (int i = 0; i < rows.Length; i++)
        {
            if ((int)rows[i].Op != i)
                throw new InvalidOperationException($"OpTable: row {i} is out of order ({rows[i].Op})");
        }

        return rows;
    }

    private static Dictionary<string, Op> IndexNames()
    {
        var names = new Dictionary<string, Op>(Rows.Length);
        foreach (ref readonly var row in Rows.AsSpan())
            names.Add(row.Name, row.Op);
        return names;
    }
}
