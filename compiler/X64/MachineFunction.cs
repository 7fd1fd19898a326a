using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>How a machine block ends.</summary>
internal enum TerminatorKind : byte
{
    /// <summary>To Target0.</summary>
    Jump,

    /// <summary>To Target0 where the condition codes hold, else to Target1.</summary>
    ConditionalJump,

    /// <summary>Leaves the kernel with ExitCode in eax.</summary>
    Exit,
}

/// <summary>A basic block of machine instructions.</summary>
internal struct MachineBlock
{
    public int Start, Count;
    public TerminatorKind Terminator;
    public Condition Condition;
    public int Target0, Target1;
    public int ExitCode;
    public int LoopDepth;

    /// <summary>True for the target of a back edge.</summary>
    public bool LoopHeader;
}

/// <summary>
/// A kernel as machine instructions in blocks. Registers may be defined more than once: block parameters are registers
/// that each predecessor copies to.
/// </summary>
internal sealed class MachineFunction
{
    /// <summary>What is known of a virtual register.</summary>
    private struct VirtualRegister
    {
        public ulong ConstantBits;
        public int Rematerialize;
        public RegKind Kind;
        public byte ConstantBytes;
    }

    private MachineInstruction[] _code = SpareArrays<MachineInstruction>.Take(512);
    private MachineBlock[] _blocks = new MachineBlock[32];
    // Of each virtual register, written when there is a new one.
    private VirtualRegister[] _virtual = SpareArrays<VirtualRegister>.Take(512);
    private (Reg To, Reg From)[] _copies = new (Reg, Reg)[64];

    public MachineFunction(bool avx512)
    {
        Avx512 = avx512;
        Pool = new ConstantPool(avx512 ? 64 : 32);
    }

    /// <summary>Leaves the large arrays for the next function; this one must not be used any more.</summary>
    public void Discard()
    {
        SpareArrays<MachineInstruction>.Leave(_code);
        SpareArrays<VirtualRegister>.Leave(_virtual);
        _code = [];
        _virtual = [];
    }

    public bool Avx512 { get; }
    public int VectorBytes => Avx512 ? 64 : 32;
    public ConstantPool Pool { get; }
    public int CodeCount { get; private set; }
    public int BlockCount { get; private set; }
    public int VirtualCount { get; private set; }
    public int CopyCount { get; private set; }

    /// <summary>Bytes from rsp to the end of what the selector keeps in the frame for itself; spill slots follow.</summary>
    public int FrameBytes { get; private set; } = KernelAbi.DiagnosticBytes;

    /// <summary>One of the vectors in the frame that a single node's code may use: its byte offset from rsp.</summary>
    public int ReserveFrame(int number)
    {
        int first = (KernelAbi.DiagnosticBytes + VectorBytes - 1) & -VectorBytes;
        FrameBytes = Math.Max(FrameBytes, first + (number + 1) * VectorBytes);
        return first + number * VectorBytes;
    }

    /// <summary>Blocks in the order of the code.</summary>
    public List<int> Layout { get; } = [];

    public ref MachineInstruction Code(int index) => ref _code[index];
    public ref MachineBlock Block(int index) => ref _blocks[index];
    public ref (Reg To, Reg From) Copy(int index) => ref _copies[index];
    public RegKind Kind(Reg reg) => _virtual[reg.Virtual].Kind;

    /// <summary>Index of the one instruction that defines the register from nothing, or -1: such a value is computed
    /// again rather than spilled.</summary>
    public int Rematerialize(int virtualIndex) => _virtual[virtualIndex].Rematerialize;

    public Reg NewReg(RegKind kind)
    {
        if (VirtualCount == _virtual.Length)
            Array.Resize(ref _virtual, VirtualCount * 2);
        _virtual[VirtualCount] = new VirtualRegister { Kind = kind, Rematerialize = -1 };
        return new Reg(Reg.FirstVirtual + VirtualCount++);
    }

    /// <summary>The element that a vector constant repeats, and its bytes; 0 bytes where it is not a repeated one.</summary>
    public (ulong Bits, int Bytes) Constant(int virtualIndex) =>
        (_virtual[virtualIndex].ConstantBits, _virtual[virtualIndex].ConstantBytes);

    public void SetRematerialize(Reg reg, int instruction, ulong bits, int bytes)
    {
        ref var known = ref _virtual[reg.Virtual];
        (known.Rematerialize, known.ConstantBits, known.ConstantBytes) = (instruction, bits, (byte)bytes);
    }

    public int NewBlock(int loopDepth)
    {
        if (BlockCount == _blocks.Length)
            Array.Resize(ref _blocks, BlockCount * 2);
        _blocks[BlockCount] = new MachineBlock { LoopDepth = loopDepth, Target0 = -1, Target1 = -1 };
        return BlockCount++;
    }

    public int Add(in MachineInstruction instruction)
    {
        if (CodeCount == _code.Length)
            Array.Resize(ref _code, CodeCount * 2);
        _code[CodeCount] = instruction;
        return CodeCount++;
    }

    public void AddCopyPair(Reg to, Reg from)
    {
        if (CopyCount == _copies.Length)
            Array.Resize(ref _copies, CopyCount * 2);
        _copies[CopyCount++] = (to, from);
    }

    /// <summary>
    /// Gives every edge from a block with two successors to a block with several predecessors a block of its own, so
    /// that moves can be put on it. Blocks that stay empty vanish when the code is laid out.
    /// </summary>
    public void SplitCriticalEdges()
    {
        var predecessors = new int[BlockCount];
        foreach (int b in Layout)
        {
            ref var block = ref _blocks[b];
            if (block.Terminator == TerminatorKind.Exit)
                continue;
            predecessors[block.Target0]++;
            if (block.Terminator == TerminatorKind.ConditionalJump)
                predecessors[block.Target1]++;
        }

        var layout = new List<int>(Layout.Count * 2);
        foreach (int b in Layout)
        {
            layout.Add(b);
            if (_blocks[b].Terminator != TerminatorKind.ConditionalJump)
                continue;
            // New blocks may move the array: no reference into it is held across EdgeBlock.
            int target0 = _blocks[b].Target0, target1 = _blocks[b].Target1;
            if (predecessors[target0] > 1)
                target0 = EdgeBlock(layout, b, target0);
            if (predecessors[target1] > 1)
                target1 = EdgeBlock(layout, b, target1);
            _blocks[b].Target0 = target0;
            _blocks[b].Target1 = target1;
        }

        Layout.Clear();
        Layout.AddRange(layout);
    }

    private int EdgeBlock(List<int> layout, int from, int to)
    {
        int edge = NewBlock(Math.Min(_blocks[from].LoopDepth, _blocks[to].LoopDepth));
        ref var block = ref _blocks[edge];
        block.Start = CodeCount;
        block.Terminator = TerminatorKind.Jump;
        block.Target0 = to;
        layout.Add(edge);
        return edge;
    }
}

/// <summary>Condition codes; the value is the low nibble of jcc, setcc and cmovcc.</summary>
internal enum Condition : byte
{
    Overflow, NotOverflow, Below, AboveOrEqual, Equal, NotEqual, BelowOrEqual, Above,
    Sign, NotSign, Parity, NotParity, Less, GreaterOrEqual, LessOrEqual, Greater,
}
