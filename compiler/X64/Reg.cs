using Iced.Intel;

namespace ShaderJit.Compiler.X64;

/// <summary>What a virtual register holds; fixes its register class, its spill size and how it is moved.</summary>
internal enum RegKind : byte
{
    /// <summary>32 bits in a general register whose upper half is zero.</summary>
    G32,

    /// <summary>64 bits in a general register.</summary>
    G64,

    /// <summary>A full vector: zmm with AVX-512, ymm with AVX2.</summary>
    Vec,

    /// <summary>An execution mask in k1 to k7 (AVX-512 only).</summary>
    Mask,
}

/// <summary>A register: physical below <see cref="FirstVirtual"/>, virtual from there on.</summary>
internal readonly record struct Reg(int Id)
{
    public const int FirstVirtual = 64, FirstVec = 16, FirstMask = 48;

    public static readonly Reg None = new(-1);
    public static readonly Reg Rax = new(0), Frame = new(4), Arguments = new(14), Region = new(15);

    public bool IsNone => Id < 0;
    public bool IsVirtual => Id >= FirstVirtual;
    public int Virtual => Id - FirstVirtual;

    /// <summary>The register for Iced, as wide as <paramref name="like"/> (any register of the wanted size).</summary>
    public Register ToIced(OperandSize size) => Id switch
    {
        < FirstVec => size switch
        {
            OperandSize.B8 => Byte(Id),
            OperandSize.B16 => Register.AX + Id,
            OperandSize.B64 => Register.RAX + Id,
            _ => Register.EAX + Id,
        },
        < FirstMask => (size switch
        {
            OperandSize.B512 => Register.ZMM0,
            OperandSize.B256 => Register.YMM0,
            _ => Register.XMM0,
        }) + (Id - FirstVec),
        _ => Register.K0 + (Id - FirstMask),
    };

    // Iced lists AH, CH, DH and BH between BL and SPL.
    private static Register Byte(int id) => id < 4 ? Register.AL + id : Register.SPL + (id - 4);
}

/// <summary>Width of one register operand.</summary>
internal enum OperandSize : byte { B8, B16, B32, B64, B128, B256, B512 }
