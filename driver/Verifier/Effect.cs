namespace ShaderJit.Verifier;

/// <summary>What an instruction does to the facts. "First" is the first operand in Intel order.</summary>
internal enum Effect : byte
{
    /// <summary>Not on the reviewed list.</summary>
    Refused,

    /// <summary>Nothing at all; a memory operand is not accessed (nop).</summary>
    Padding,

    /// <summary>Nothing to the facts; a memory operand counts as a load (fences, prefetches).</summary>
    None,

    /// <summary>Goes to its target.</summary>
    Jump,

    /// <summary>Goes to its target or to the next instruction.</summary>
    Branch,

    /// <summary>Reads all operands, writes flags.</summary>
    Compare,

    /// <summary>As <see cref="Compare"/>, with a bit index.</summary>
    BitTest,

    /// <summary>Reads the other operands, writes the first with something unknown.</summary>
    Write,

    /// <summary>As <see cref="Write"/>; on the list in its EVEX encoding only.</summary>
    WriteEvex,

    /// <summary>Reads all operands, writes the first with something unknown.</summary>
    Update,

    /// <summary>As <see cref="Update"/>, with a bit index.</summary>
    BitUpdate,

    /// <summary>Reads the others, writes the first two operands with something unknown (mulx).</summary>
    WriteBoth,

    /// <summary>Reads all operands, writes the first two with something unknown (xadd).</summary>
    UpdateBoth,

    /// <summary>Swaps its operands.</summary>
    Exchange,

    /// <summary>cmpxchg: may write its first operand, or rax.</summary>
    CompareExchange,

    /// <summary>mul and one-operand imul: rdx:rax = rax times the first; imul with more operands writes the first.</summary>
    Multiply,

    /// <summary>cbw, cwde, cdqe: extends within rax.</summary>
    ExtendAccumulator,

    /// <summary>cwd, cdq, cqo: extends rax into rdx.</summary>
    ExtendToData,

    /// <summary>First = second; the one instruction that may copy host addresses.</summary>
    Move,

    /// <summary>First = first or second.</summary>
    ConditionalMove,

    /// <summary>First = second, quadword by quadword; never a host address.</summary>
    Copy,

    /// <summary>First = an address.</summary>
    LoadAddress,

    /// <summary>First += second; makes a region address when the second is r15.</summary>
    Add,

    /// <summary>Bitwise and of the last two operands.</summary>
    And,

    /// <summary>Bitwise and of the complement of the second and the third.</summary>
    AndNot,

    /// <summary>Bitwise or.</summary>
    Or,

    /// <summary>Bitwise exclusive or; of a register with itself it is 0.</summary>
    Xor,

    /// <summary>Shift to the left.</summary>
    ShiftLeft,

    /// <summary>A result never above its source: shift to the right, bzhi.</summary>
    ShiftRight,

    /// <summary>Shift to the right with the sign.</summary>
    ShiftRightArithmetic,

    /// <summary>bsf, bsr: leave the first alone when the second is 0.</summary>
    BitScan,

    /// <summary>First = something below 2^32, quadword by quadword.</summary>
    ZeroExtend,

    /// <summary>Writes its first operand and, in VEX form, clears its third.</summary>
    Gather,
}
