using Iced.Intel;

namespace ShaderJit.Compiler.X64;

/// <summary>Kinds of instruction before register allocation.</summary>
internal enum InstKind : byte
{
    /// <summary>One machine instruction.</summary>
    Machine,

    /// <summary>R0 := R1, both of the same kind; disappears where both get the same register.</summary>
    Copy,

    /// <summary>All pairs of MachineFunction.Copies from Immediate on, R0.Id of them, at once.</summary>
    ParallelCopy,
}

/// <summary>How an instruction uses its operands, where it is not "writes operand 0, reads the others".</summary>
[Flags]
internal enum InstFlags : ushort
{
    None = 0,

    /// <summary>Operand 0 is written.</summary>
    Writes0 = 1,

    /// <summary>Operand 0 is read.</summary>
    Reads0 = 2,

    /// <summary>Operand 1 is written as well as read (xadd, xchg).</summary>
    Writes1 = 4,

    /// <summary>Operand 2 is written as well as read (the mask of an AVX2 gather).</summary>
    Writes2 = 8,

    /// <summary>The mask is written as well as read (gathers and scatters clear it).</summary>
    WritesMask = 16,

    /// <summary>Masked-off lanes of the result become 0 instead of keeping operand 0.</summary>
    Zeroing = 32,

    /// <summary>The last register operand may be a memory operand of the full width instead.</summary>
    FoldsLast = 64,

    /// <summary>... and a broadcast 32-bit or 64-bit element.</summary>
    Broadcasts32 = 128,
    Broadcasts64 = 256,

    /// <summary>The LOCK prefix.</summary>
    Lock = 512,

    /// <summary>Reads and writes eax/rax (cmpxchg).</summary>
    UsesRax = 1024,

}

/// <summary>A memory operand: [Base + Index * Scale + Displacement], or a constant of the pool.</summary>
internal struct Mem
{
    public Reg Base, Index;
    public int Displacement;
    public byte Scale;

    /// <summary>Size of a vector index.</summary>
    public OperandSize VectorSize;

    /// <summary>One element, repeated (EVEX).</summary>
    public bool Broadcast;

    /// <summary>Byte offset in the constant pool; -1 when this is not a constant.</summary>
    public int Constant;

    public static Mem At(Reg @base, int displacement) => At(@base, Reg.None, 1, displacement);

    public static Mem At(Reg @base, Reg index, int scale, int displacement) => new()
    {
        Base = @base, Index = index, Scale = (byte)scale, Displacement = displacement, Constant = -1,
    };

    public static Mem Pool(int offset, bool broadcast) => new()
    {
        Base = Reg.None, Index = Reg.None, Scale = 1, Constant = offset, Broadcast = broadcast,
    };

    public static Mem Slot(int displacement) => At(Reg.Frame, displacement);
}

/// <summary>A source operand: a register or memory.</summary>
internal readonly struct Src
{
    public readonly Reg Reg;
    public readonly Mem Mem;
    public readonly bool IsMem;

    public Src(Reg reg)
    {
        Reg = reg;
        Mem = default;
        IsMem = false;
    }

    public Src(in Mem mem)
    {
        Reg = Reg.None;
        Mem = mem;
        IsMem = true;
    }

    public static implicit operator Src(Reg reg) => new(reg);
    public static implicit operator Src(in Mem mem) => new(mem);
}

/// <summary>Where an operand of an instruction stands.</summary>
internal enum OperandAt : byte { None, Reg, Mem, Imm }

/// <summary>One instruction on virtual (later physical) registers.</summary>
internal struct MachineInstruction
{
    public Code Code;
    public InstKind Kind;
    public InstFlags Flags;
    public byte OperandCount;

    /// <summary>OperandSize of each register operand, four bits each.</summary>
    public ushort Sizes;

    /// <summary>Operand that is memory, and operand that is the immediate; 255 for none.</summary>
    public byte MemOperand, ImmOperand;
    public Reg R0, R1, R2, R3;

    /// <summary>The EVEX write mask or the read mask; None for all lanes.</summary>
    public Reg Mask;
    public Mem Mem;
    public OpKind ImmKind;
    public long Immediate;
    public int SpirvOffset;

    public readonly Reg Get(int index) => index switch { 0 => R0, 1 => R1, 2 => R2, _ => R3 };

    public void Set(int index, Reg reg)
    {
        switch (index)
        {
            case 0: R0 = reg; break;
            case 1: R1 = reg; break;
            case 2: R2 = reg; break;
            default: R3 = reg; break;
        }
    }

    public readonly OperandSize Size(int index) => (OperandSize)((Sizes >> (4 * index)) & 15);

    public readonly bool IsReg(int index) => index < OperandCount && index != MemOperand && index != ImmOperand;

    public readonly bool Has(InstFlags flag) => (Flags & flag) != 0;

    /// <summary>True if register operand <paramref name="index"/> is written.</summary>
    public readonly bool Writes(int index) => index switch
    {
        0 => Has(InstFlags.Writes0),
        1 => Has(InstFlags.Writes1),
        2 => Has(InstFlags.Writes2),
        _ => false,
    };

    /// <summary>True if register operand <paramref name="index"/> is read.</summary>
    public readonly bool Reads(int index) => index != 0 || Has(InstFlags.Reads0);
}
