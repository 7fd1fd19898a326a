namespace ShaderJit.Compiler.Ir;

/// <summary>
/// Every instruction of the IR. Operands, effects and lane behaviour of each stand in <see cref="OpTable"/>.
/// </summary>
/// <remarks>
/// Notation: <c>T op(a: T, b: T)</c>; <c>imm</c> and <c>aux</c> are the node's immediates. Elementwise ops take
/// operands that are all uniform or all lanes. "[x]" is an optional trailing operand.
/// </remarks>
public enum Op : byte
{
    // Values -------------------------------------------------------------------------------------------------------
    /// <summary>A parameter of a block.</summary>
    Param,

    /// <summary>imm = the bits of the scalar, zero-extended. With lanes: the same in each lane.</summary>
    Const,

    // Integers and bools (elementwise) -----------------------------------------------------------------------------
    IAdd, ISub, IMul,

    /// <summary>Upper half of the product.</summary>
    UMulHi, SMulHi,

    /// <summary>i32 op(a: i32, b: i32): the sum of the products of their four bytes, unsigned or signed.</summary>
    UDot4, SDot4,

    /// <summary>Division by zero gives 0; the smallest number by -1 wraps. Remainder by zero gives 0; SRem takes the
    /// dividend's sign.</summary>
    UDiv, SDiv, URem, SRem,

    /// <summary>Also on bools.</summary>
    And, Or, Xor, Not,

    /// <summary>The shift count's low log2(bits) bits count.</summary>
    Shl, LShr, AShr,
    UMin, UMax, SMin, SMax,
    PopCount, BitReverse,

    /// <summary>Leading and trailing zeros; the width in bits where the operand is 0.</summary>
    Clz, Ctz,

    /// <summary>bool op(T, T). IEq and INe also compare bools.</summary>
    IEq, INe, ULt, ULe, SLt, SLe,

    /// <summary>T op(c: bool, a: T, b: T): a where c, else b. T may be bool or base (uniform).</summary>
    Select,

    // Floats (elementwise) -----------------------------------------------------------------------------------------
    FAdd, FSub, FMul, FDiv,

    /// <summary>a*b + c, rounded once.</summary>
    FFma,
    FNeg, FAbs, FSqrt,

    /// <summary>1/sqrt(x), within 2 ULP.</summary>
    FRsqrt,

    /// <summary>a &lt; b ? a : b and a &gt; b ? a : b: the second operand where either is NaN.</summary>
    FMin, FMax,
    FFloor, FCeil, FTrunc, FRoundEven,

    /// <summary>bool op(T, T). Ordered: false where either is NaN; FNe is true there.</summary>
    FEq, FLt, FLe, FNe,

    /// <summary>bool op(T, T): either is NaN.</summary>
    FUnordered,

    // Conversions (elementwise) ------------------------------------------------------------------------------------
    /// <summary>Integer to a narrower or wider one.</summary>
    Trunc, ZExt, SExt,

    /// <summary>Float to integer, toward zero; saturates, NaN gives 0. FToS with NoWrap: the number is known to fit, and is
    /// not NaN.</summary>
    FToS, FToU,

    /// <summary>Integer to float, to nearest even.</summary>
    SToF, UToF,

    /// <summary>Float to a wider or narrower one.</summary>
    FWiden, FNarrow,

    /// <summary>Same bits, another type of the same width.</summary>
    Bitcast,

    // What the invocation knows of itself ---------------------------------------------------------------------------
    /// <summary>i32 op(): aux = <see cref="BuiltinValue"/>.</summary>
    Builtin,

    // Addresses -----------------------------------------------------------------------------------------------------
    /// <summary>base op(element: i32): what a descriptor points to; aux = index into Function.Resources, imm = byte offset
    /// of the pointer in the descriptor: 0 for a buffer's first byte.</summary>
    BufferBase,

    /// <summary>i32 op(element: i32): range in bytes of a buffer descriptor; aux as above.</summary>
    BufferRange,

    /// <summary>base op(): the push constants.</summary>
    PushBase,

    /// <summary>base op(): the workgroup memory (Invocation level; the SIMD stage makes it part of the scratch).</summary>
    WorkgroupBase,

    /// <summary>base op(address: i64): any address, confined to the region (physical storage buffers).</summary>
    Confine,

    // Memory (Invocation level, and uniform at Simd level) ----------------------------------------------------------
    /// <summary>T op(b: base, offset: i32, [ok: bool]): loads at b + offset + imm; 0 where ok is false.</summary>
    Load,

    /// <summary>op(b: base, offset: i32, value: T, [ok: bool]): stores at b + offset + imm where ok.</summary>
    Store,

    /// <summary>T op(b: base, offset: i32, value: T, [ok: bool]): aux = <see cref="AtomicKind"/>; gives the old value.</summary>
    AtomicRmw,

    /// <summary>T op(b: base, offset: i32, value: T, comparator: T, [ok: bool]): gives the old value.</summary>
    AtomicCompareExchange,

    /// <summary>T op(index: i32): element of a private array; aux = index into Function.PrivateArrays. The index is
    /// below the array's length (lowering clamps it). Invocation level only.</summary>
    PrivateLoad,

    /// <summary>op(index: i32, value: T): as above.</summary>
    PrivateStore,

    /// <summary>op(c: bool, [address: i64]): ends the dispatch where c; aux = ShaderJit.Abi.TrapCode.</summary>
    TrapIf,

    // Synchronisation and subgroups ---------------------------------------------------------------------------------
    /// <summary>op(): control barrier of the workgroup, with its memory semantics.</summary>
    Barrier,

    /// <summary>op(): orders memory accesses around it.</summary>
    MemoryBarrier,

    /// <summary>T op(value: T): aux = <see cref="ReduceKind"/>, imm = cluster size in lanes or 0 for the subgroup.
    /// At Simd level value has lanes and the last operand is the mask of active lanes, here and below.</summary>
    SubgroupReduce, SubgroupInclusiveScan, SubgroupExclusiveScan,

    /// <summary>bool op(c: bool).</summary>
    SubgroupAny, SubgroupAll,

    /// <summary>i32 op(c: bool): bit l is lane l's c, 0 where inactive.</summary>
    SubgroupBallot,

    /// <summary>T op(value: T, lane: i32): value of another lane; 0 where that lane is out of range or not active.</summary>
    SubgroupShuffle,

    /// <summary>T op(value: T): value of the first active lane.</summary>
    SubgroupBroadcastFirst,

    /// <summary>bool op(): true in the first active lane.</summary>
    SubgroupElect,

    // Simd level only -----------------------------------------------------------------------------------------------
    /// <summary>lanes.T op(x: T).</summary>
    Splat,

    /// <summary>lanes.i32 op(): 0, 1, 2, ...</summary>
    LaneIndex,

    /// <summary>i32 op(): the number of lanes.</summary>
    LaneCount,

    /// <summary>bool op(m: lanes.bool).</summary>
    MaskAny, MaskAll,

    /// <summary>i32 op(m: lanes.bool): bit l is lane l.</summary>
    MaskBits,

    /// <summary>lanes.bool op(bits: i32): the inverse.</summary>
    MaskFromBits,

    /// <summary>i32 op(m: lanes.bool): lowest lane that is set; 0 where none is.</summary>
    FirstLane,

    /// <summary>T op(x: lanes.T, lane: i32): lane's low log2(lanes) bits count.</summary>
    ExtractLane,

    /// <summary>i32/i64 op(): aux = byte offset in ShaderJit.Abi.ArgumentFrame.</summary>
    ArgLoad,

    /// <summary>base op(): this worker's scratch memory.</summary>
    ScratchBase,

    /// <summary>op(value: i32): aux = byte offset in ShaderJit.Abi.DiagnosticBlock.</summary>
    DiagnosticStore,

    /// <summary>lanes.T op(b: base, offset: i32, m: lanes.bool): lane l at b + sext(offset) + imm + l*size(T); 0 where
    /// not m, which is not accessed.</summary>
    LoadContiguous,

    /// <summary>The same, at b + sext(offset) + imm + l*aux: aux = stride in bytes, a small constant.</summary>
    LoadStrided,

    /// <summary>lanes.T op(b: base, offset: lanes.i32, m: lanes.bool): at b + sext(offset) + imm.</summary>
    Gather,

    /// <summary>lanes.T op(address: lanes.i64, m: lanes.bool): at region + (address + imm) mod 2^k.</summary>
    GatherWide,

    /// <summary>op(b: base, offset: i32, value: lanes.T, m: lanes.bool).</summary>
    StoreContiguous,

    /// <summary>op(b: base, offset: i32, value: lanes.T, m: lanes.bool): aux = stride.</summary>
    StoreStrided,

    /// <summary>op(b: base, offset: lanes.i32, value: lanes.T, m: lanes.bool): the highest lane wins.</summary>
    Scatter,

    /// <summary>op(address: lanes.i64, value: lanes.T, m: lanes.bool).</summary>
    ScatterWide,

    /// <summary>lanes.T op(b: base, offset: lanes.i32, value: lanes.T, m: lanes.bool): by ascending lane; aux as in
    /// AtomicRmw.</summary>
    LaneAtomicRmw,

    /// <summary>lanes.T op(b: base, offset: lanes.i32, value: lanes.T, comparator: lanes.T, m: lanes.bool).</summary>
    LaneAtomicCompareExchange,

    /// <summary>The same two on region addresses: lanes.T op(address: lanes.i64, value, [comparator], m).</summary>
    LaneAtomicRmwWide, LaneAtomicCompareExchangeWide,

    // Terminators ---------------------------------------------------------------------------------------------------
    /// <summary>op(args...): to Target0 with args.</summary>
    Jump,

    /// <summary>op(c: bool, args0..., args1...): to Target0 where c, else to Target1.</summary>
    Branch,

    /// <summary>Ends the invocation; at Simd level, the kernel (TrapCode.Finished).</summary>
    Return,

    /// <summary>OpUnreachable: ends the dispatch with TrapCode.Unreachable.</summary>
    Unreachable,
}

/// <summary>What <see cref="Op.Builtin"/> gives. Global ids are computed from these.</summary>
public enum BuiltinValue
{
    /// <summary>gl_WorkGroupID, the dispatch's base included.</summary>
    WorkgroupIdX, WorkgroupIdY, WorkgroupIdZ,
    NumWorkgroupsX, NumWorkgroupsY, NumWorkgroupsZ,
    LocalIdX, LocalIdY, LocalIdZ,
    LocalIndex,
    SubgroupId, NumSubgroups, SubgroupLane,

    // The last one: tables end with it.
    SubgroupSize,
}

/// <summary>Read-modify-write operations.</summary>
public enum AtomicKind { Add, Sub, SMin, UMin, SMax, UMax, And, Or, Xor, Exchange, FAdd, FMin, FMax }

/// <summary>Operations of subgroup reductions and scans.</summary>
public enum ReduceKind { IAdd, IMul, SMin, UMin, SMax, UMax, And, Or, Xor, FAdd, FMul, FMin, FMax }

/// <summary>Facts about one node, beside its op.</summary>
[Flags]
public enum NodeFlags : byte
{
    None = 0,

    /// <summary>NoContraction: this float op must not be fused with another.</summary>
    Precise = 1,

    /// <summary>The access is volatile or coherent: neither removed, repeated nor moved across others.</summary>
    Volatile = 2,

    /// <summary>The memory loaded from does not change during the dispatch (NonWritable buffer, uniform buffer, push
    /// constants): the load is pure.</summary>
    ReadOnly = 4,

    /// <summary>Atomic load or store (OpAtomicLoad, OpAtomicStore).</summary>
    Atomic = 8,

    /// <summary>The addition or multiplication of an offset cannot wrap as a signed 32-bit number; a float fits into the
    /// integer that it becomes.</summary>
    NoWrap = 16,

    /// <summary>Neighbouring lanes of this load probably access neighbouring elements, although nothing proves it; of this
    /// integer (FToS), probably have neighbouring numbers.</summary>
    Near = 32,
}
