using System.Runtime.CompilerServices;
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

    /// <summary>A load whose mask probably has all lanes: it is made without it where it has, and else behind the other code
    /// (<see cref="CodeEmitter"/>). Asking writes the processor's flags: none may be awaited across such a load.</summary>
    MostlyAllLanes = 2048,
}

/// <summary>A memory operand: [Base + Index * Scale + Displacement], or a constant of the pool.</summary>
internal struct Mem
{
    public Reg Base, Index;
    public int Displacement;

    /// <summary>Byte offset in the constant pool; -1 when this is not a constant.</summary>
    public int Constant;
    public byte Scale;

    /// <summary>Size of a vector index.</summary>
    public OperandSize VectorSize;

    /// <summary>One element, repeated (EVEX).</summary>
    public bool Broadcast;

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
/// <remarks>64 bytes, with the wide fields first: more would be copied by a call, and instructions are copied often.</remarks>
internal struct MachineInstruction
{
    public long Immediate;
    public int SpirvOffset;

    /// <summary>The EVEX write mask or the read mask; None for all lanes.</summary>
    public Reg Mask;
    public Mem Mem;
    private FourRegisters _registers;
    private ushort _code;
    public InstFlags Flags;

    /// <summary>OperandSize of each register operand, four bits each.</summary>
    public ushort Sizes;
    public InstKind Kind;
    public byte OperandCount;

    /// <summary>Operand that is memory, and operand that is the immediate; 255 for none.</summary>
    public byte MemOperand, ImmOperand;
    private byte _immKind;

    public Code Code
    {
        readonly get => (Code)_code;
        set => _code = (ushort)value;
    }

    /// <summary>How the immediate is encoded.</summary>
    public OpKind ImmKind
    {
        readonly get => (OpKind)_immKind;
        set => _immKind = (byte)value;
    }

    public Reg R0
    {
        readonly get => _registers[0];
        set => _registers[0] = value;
    }

    public Reg R1
    {
        readonly get => _registers[1];
        set => _registers[1] = value;
    }

    public Reg R2
    {
        readonly get => _registers[2];
        set => _registers[2] = value;
    }

    public Reg R3
    {
        readonly get => _registers[3];
        set => _registers[3] = value;
    }

    public readonly Reg Get(int index) => _registers[index];

    public void Set(int index, Reg reg) => _registers[index] = reg;

    public readonly OperandSize Size(int index) => (OperandSize)((Sizes >> (4 * index)) & 15);

    public readonly bool IsReg(int index) => index < OperandCount && index != MemOperand && index != ImmOperand;

    public readonly bool Has(InstFlags flag) => (Flags & flag) != 0;

    /// <summary>The operands that are registers: a bit for each. Those that are memory or immediate have 255 for none, which
    /// is bit 31.</summary>
    public readonly uint RegisterOperands => ((1u << OperandCount) - 1) & ~((1u << MemOperand) | (1u << ImmOperand));

    /// <summary>Register operands that are written.</summary>
    public readonly uint Written
    {
        get
        {
            uint flags = (uint)Flags;
            // Writes0 is bit 0 already, Writes1 and Writes2 are one too high.
            return RegisterOperands & ((flags & (uint)InstFlags.Writes0)
                | ((flags & (uint)(InstFlags.Writes1 | InstFlags.Writes2)) >> 1));
        }
    }

    /// <summary>Register operands that are read: all but the first, and that one where it says so.</summary>
    public readonly uint Read => RegisterOperands & ~(Has(InstFlags.Reads0) ? 0u : 1u);
}

/// <summary>Register operands by index.</summary>
[InlineArray(4)]
internal struct FourRegisters
{
    private Reg _first;
}
