namespace ShaderJit.Compiler.Ir;

/// <summary>What a node's aux means.</summary>
public enum AuxKind : byte { None, Builtin, Resource, PrivateArray, Atomic, Reduce, Trap, ArgumentOffset, DiagnosticOffset, Stride }

/// <summary>What a node's immediate means.</summary>
public enum ImmKind : byte { None, Bits, Displacement, Cluster, ArgumentCount }

/// <summary>Scalars that a type variable may stand for.</summary>
[Flags]
public enum ScalarSet : byte
{
    Integer = 1,

    /// <summary>Of 32 and 64 bits.</summary>
    WideFloat = 2,
    Bool = 4,
    Base = 8,
    HalfFloat = 16,
    Float = WideFloat | HalfFloat,

    /// <summary>What has a memory form.</summary>
    Memory = Integer | Float,
    Value = Memory | Bool,
    Any = Value | Base,
}

/// <summary>The types of an op, and what its immediates mean.</summary>
/// <remarks>
/// A signature is <c>result(operands)</c>. Letters: T and S type variables, b bool, i i32, l i64, p base, v void.
/// A letter's prefix says how often the value is there: <c>.</c> once, <c>*</c> per lane, <c>~</c> either, nothing: as
/// the other operands without prefix (elementwise). <c>?</c> marks an optional trailing operand, <c>#</c> any further
/// operands (checked by their targets' parameters).
/// </remarks>
/// <param name="Invocation">Signature at Invocation level; empty where the op does not exist there.</param>
/// <param name="Simd">Signature at Simd level; empty where the op does not exist there.</param>
/// <param name="T">What T may be.</param>
/// <param name="S">What S may be.</param>
public readonly record struct OpSignature(Op Op, string Invocation, string Simd, ScalarSet T, ScalarSet S, AuxKind Aux,
    ImmKind Imm);

/// <summary>Companion of <see cref="OpTable"/>: operand and result types of every op, one row each.</summary>
public static class OpSignatures
{
    private static readonly OpSignature[] Rows = Build();

    public static ref readonly OpSignature Of(Op op) => ref Rows[(int)op];

    private static OpSignature[] Build()
    {
        const ScalarSet I = ScalarSet.Integer, F = ScalarSet.Float, B = ScalarSet.Integer | ScalarSet.Bool,
            M = ScalarSet.Memory, V = ScalarSet.Value, A = ScalarSet.Any;
        const string Binary = "T(TT)", Unary = "T(T)", Compare = "b(TT)", Convert = "T(S)";
        OpSignature[] rows =
        [
            Both(Op.Param, "~T()", A), Both(Op.Const, "~T()", V, imm: ImmKind.Bits),
            Both(Op.IAdd, Binary, I), Both(Op.ISub, Binary, I), Both(Op.IMul, Binary, I),
            Both(Op.UMulHi, Binary, I), Both(Op.SMulHi, Binary, I),
            Both(Op.UDot4, "i(ii)", 0), Both(Op.SDot4, "i(ii)", 0),
            Both(Op.UDiv, Binary, I), Both(Op.SDiv, Binary, I), Both(Op.URem, Binary, I), Both(Op.SRem, Binary, I),
            Both(Op.And, Binary, B), Both(Op.Or, Binary, B), Both(Op.Xor, Binary, B), Both(Op.Not, Unary, B),
            Both(Op.Shl, Binary, I), Both(Op.LShr, Binary, I), Both(Op.AShr, Binary, I),
            Both(Op.UMin, Binary, I), Both(Op.UMax, Binary, I), Both(Op.SMin, Binary, I), Both(Op.SMax, Binary, I),
            Both(Op.PopCount, Unary, I), Both(Op.BitReverse, Unary, I), Both(Op.Clz, Unary, I), Both(Op.Ctz, Unary, I),
            Both(Op.IEq, Compare, B), Both(Op.INe, Compare, B), Both(Op.ULt, Compare, I), Both(Op.ULe, Compare, I),
            Both(Op.SLt, Compare, I), Both(Op.SLe, Compare, I),
            Both(Op.Select, "T(bTT)", A),
            Both(Op.FAdd, Binary, F), Both(Op.FSub, Binary, F), Both(Op.FMul, Binary, F), Both(Op.FDiv, Binary, F),
            Both(Op.FFma, "T(TTT)", ScalarSet.WideFloat), Both(Op.FNeg, Unary, F), Both(Op.FAbs, Unary, F), Both(Op.FSqrt, Unary, F),
            Both(Op.FRsqrt, Unary, F), Both(Op.FMin, Binary, F), Both(Op.FMax, Binary, F),
            Both(Op.FFloor, Unary, F), Both(Op.FCeil, Unary, F), Both(Op.FTrunc, Unary, F), Both(Op.FRoundEven, Unary, F),
            Both(Op.FEq, Compare, F), Both(Op.FLt, Compare, F), Both(Op.FLe, Compare, F), Both(Op.FNe, Compare, F),
            Both(Op.FUnordered, Compare, F),
            Both(Op.Trunc, Convert, I, I), Both(Op.ZExt, Convert, I, I), Both(Op.SExt, Convert, I, I),
            Both(Op.FToS, Convert, I, F), Both(Op.FToU, Convert, I, F),
            Both(Op.SToF, Convert, F, I), Both(Op.UToF, Convert, F, I),
            Both(Op.FWiden, Convert, F, F), Both(Op.FNarrow, Convert, F, F), Both(Op.Bitcast, Convert, M, M),
            InvocationOnly(Op.Builtin, ".i()", 0, AuxKind.Builtin),
            Both(Op.BufferBase, ".p(.i)", 0, aux: AuxKind.Resource, imm: ImmKind.Displacement),
            Both(Op.BufferRange, ".i(.i)", 0, aux: AuxKind.Resource),
            Both(Op.PushBase, ".p()", 0), InvocationOnly(Op.WorkgroupBase, ".p()", 0),
            Both(Op.Confine, ".p(.l)", 0),
            Both(Op.Load, ".T(.p.i.b?)", M, imm: ImmKind.Displacement),
            Both(Op.Store, "v(.p.i.T.b?)", M, imm: ImmKind.Displacement),
            Both(Op.AtomicRmw, ".T(.p.i.T.b?)", M, aux: AuxKind.Atomic, imm: ImmKind.Displacement),
            Both(Op.AtomicCompareExchange, ".T(.p.i.T.T.b?)", I, imm: ImmKind.Displacement),
            InvocationOnly(Op.PrivateLoad, ".T(.i)", M, AuxKind.PrivateArray),
            InvocationOnly(Op.PrivateStore, "v(.i.T)", M, AuxKind.PrivateArray),
            Both(Op.TrapIf, "v(~b~l?)", 0, aux: AuxKind.Trap),
            InvocationOnly(Op.Barrier, "v()", 0), Both(Op.MemoryBarrier, "v()", 0),
            Subgroup(Op.SubgroupReduce, ".T(.T)", "~T(*T*b)", M, AuxKind.Reduce, ImmKind.Cluster),
            Subgroup(Op.SubgroupInclusiveScan, ".T(.T)", "*T(*T*b)", M, AuxKind.Reduce, ImmKind.Cluster),
            Subgroup(Op.SubgroupExclusiveScan, ".T(.T)", "*T(*T*b)", M, AuxKind.Reduce, ImmKind.Cluster),
            Subgroup(Op.SubgroupAny, ".b(.b)", ".b(*b*b)", 0), Subgroup(Op.SubgroupAll, ".b(.b)", ".b(*b*b)", 0),
            Subgroup(Op.SubgroupBallot, ".i(.b)", ".i(*b*b)", 0),
            Subgroup(Op.SubgroupShuffle, ".T(.T.i)", "~T(*T~i*b)", V),
            Subgroup(Op.SubgroupBroadcastFirst, ".T(.T)", ".T(*T*b)", V),
            Subgroup(Op.SubgroupElect, ".b()", "*b(*b)", 0),
            SimdOnly(Op.Splat, "*T(.T)", V), SimdOnly(Op.LaneIndex, "*i()", 0), SimdOnly(Op.LaneCount, ".i()", 0),
            SimdOnly(Op.MaskAny, ".b(*b)", 0), SimdOnly(Op.MaskAll, ".b(*b)", 0),
            SimdOnly(Op.MaskBits, ".i(*b)", 0), SimdOnly(Op.MaskFromBits, "*b(.i)", 0),
            SimdOnly(Op.FirstLane, ".i(*b)", 0), SimdOnly(Op.ExtractLane, ".T(*T.i)", V),
            SimdOnly(Op.ArgLoad, ".T()", I, AuxKind.ArgumentOffset), SimdOnly(Op.ScratchBase, ".p()", 0),
            SimdOnly(Op.DiagnosticStore, "v(.i)", 0, AuxKind.DiagnosticOffset),
            SimdOnly(Op.LoadContiguous, "*T(.p.i*b)", M, imm: ImmKind.Displacement),
            SimdOnly(Op.LoadStrided, "*T(.p.i*b)", M, AuxKind.Stride, ImmKind.Displacement),
            SimdOnly(Op.Gather, "*T(.p*i*b)", M, imm: ImmKind.Displacement),
            SimdOnly(Op.GatherWide, "*T(*l*b)", M, imm: ImmKind.Displacement),
            SimdOnly(Op.StoreContiguous, "v(.p.i*T*b)", M, imm: ImmKind.Displacement),
            SimdOnly(Op.StoreStrided, "v(.p.i*T*b)", M, AuxKind.Stride, ImmKind.Displacement),
            SimdOnly(Op.Scatter, "v(.p*i*T*b)", M, imm: ImmKind.Displacement),
            SimdOnly(Op.ScatterWide, "v(*l*T*b)", M, imm: ImmKind.Displacement),
            SimdOnly(Op.LaneAtomicRmw, "*T(.p*i*T*b)", M, AuxKind.Atomic, ImmKind.Displacement),
            SimdOnly(Op.LaneAtomicCompareExchange, "*T(.p*i*T*T*b)", I, imm: ImmKind.Displacement),
            SimdOnly(Op.LaneAtomicRmwWide, "*T(*l*T*b)", M, AuxKind.Atomic, ImmKind.Displacement),
            SimdOnly(Op.LaneAtomicCompareExchangeWide, "*T(*l*T*T*b)", I, imm: ImmKind.Displacement),
            Both(Op.Jump, "v(#)", 0), Both(Op.Branch, "v(.b#)", 0, imm: ImmKind.ArgumentCount),
            Both(Op.Return, "v()", 0), Both(Op.Unreachable, "v()", 0),
        ];
        if (rows.Length != OpTable.Count)
            throw new InvalidOperationException("OpSignatures lacks a row");
        for (int i = 0; i < rows.Length; i++)
        {
            if ((int)rows[i].Op != i)
                throw new InvalidOperationException($"OpSignatures: row {i} is out of order ({rows[i].Op})");
        }

        return rows;
    }

    private static OpSignature Both(Op op, string types, ScalarSet t, ScalarSet s = 0, AuxKind aux = AuxKind.None,
        ImmKind imm = ImmKind.None) => new(op, types, types, t, s, aux, imm);

    private static OpSignature InvocationOnly(Op op, string types, ScalarSet t, AuxKind aux = AuxKind.None) =>
        new(op, types, "", t, 0, aux, ImmKind.None);

    private static OpSignature SimdOnly(Op op, string types, ScalarSet t, AuxKind aux = AuxKind.None,
        ImmKind imm = ImmKind.None) => new(op, "", types, t, 0, aux, imm);

    private static OpSignature Subgroup(Op op, string invocation, string simd, ScalarSet t, AuxKind aux = AuxKind.None,
        ImmKind imm = ImmKind.None) => new(op, invocation, simd, t, 0, aux, imm);
}
