using Iced.Intel;

namespace ShaderJit.Compiler.X64;

/// <summary>The instructions that move a register's value between registers and the frame.</summary>
internal static class Moves
{
    public static MachineInstruction Between(RegKind kind, Reg to, Reg from, bool avx512) => kind switch
    {
        RegKind.G32 => Two(Code.Mov_r32_rm32, to, from, OperandSize.B32),
        RegKind.G64 => Two(Code.Mov_r64_rm64, to, from, OperandSize.B64),
        RegKind.Vec => Two(avx512 ? Code.EVEX_Vmovaps_zmm_k1z_zmmm512 : Code.VEX_Vmovaps_ymm_ymmm256, to, from,
            avx512 ? OperandSize.B512 : OperandSize.B256),
        RegKind.Mask => Two(Code.VEX_Kmovw_kr_km16, to, from, OperandSize.B32),
        _ => throw new InvalidOperationException($"unknown register kind {kind}"),
    };

    public static MachineInstruction Load(RegKind kind, Reg to, int slot, bool avx512)
    {
        var inst = Between(kind, to, to, avx512);
        inst.R1 = Reg.None;
        inst.MemOperand = 1;
        inst.Mem = Mem.Slot(slot);
        return inst;
    }

    public static MachineInstruction Store(RegKind kind, int slot, Reg from, bool avx512)
    {
        var inst = kind switch
        {
            RegKind.G32 => Two(Code.Mov_rm32_r32, Reg.None, from, OperandSize.B32),
            RegKind.G64 => Two(Code.Mov_rm64_r64, Reg.None, from, OperandSize.B64),
            RegKind.Vec => Two(avx512 ? Code.EVEX_Vmovaps_zmmm512_k1z_zmm : Code.VEX_Vmovaps_ymmm256_ymm, Reg.None, from,
                avx512 ? OperandSize.B512 : OperandSize.B256),
            RegKind.Mask => Two(Code.VEX_Kmovw_m16_kr, Reg.None, from, OperandSize.B32),
            _ => throw new InvalidOperationException($"unknown register kind {kind}"),
        };
        inst.MemOperand = 0;
        inst.Mem = Mem.Slot(slot);
        return inst;
    }

    private static MachineInstruction Two(Code code, Reg to, Reg from, OperandSize size) => new()
    {
        Code = code, Kind = InstKind.Machine, OperandCount = 2, MemOperand = 255, ImmOperand = 255, R0 = to, R1 = from,
        R2 = Reg.None, R3 = Reg.None, Mask = Reg.None, Flags = InstFlags.Writes0,
        Sizes = (ushort)((int)size | ((int)size << 4)),
    };
}
