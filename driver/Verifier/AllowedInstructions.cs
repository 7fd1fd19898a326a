using Iced.Intel;
using static Iced.Intel.Mnemonic;

namespace ShaderJit.Verifier;

/// <summary>The reviewed list: every instruction that a kernel may contain, with its effect. What is not here is refused;
/// this file has the general instructions, AllowedVectorInstructions.cs the others.</summary>
/// <remarks>
/// Left out, and why: call, ret, indirect jumps, int, syscall, sysenter (leave the kernel); push, pop, enter, leave, the
/// string instructions, xlat, maskmov (implicit memory operands); div, idiv (#DE), into, bound; loop, jrcxz (a compiler
/// has better); ud0 to ud2, hlt, in, out and all that is privileged; x87, MMX and legacy SSE (state that the kernel must
/// leave alone; SSE transitions); ldmxcsr, xrstor, fxrstor, wrpkru, wrfsbase and their readers; cpuid, rdtsc, rdpid,
/// rdrand, xgetbv (host state); clflush and kin, monitor, umwait; TSX; AMX; enqcmd, movdir64b (implicit es memory);
/// cmpxchg8b and cmpxchg16b (implicit registers, no use); bt, bts, btr, btc on memory with a register index (address
/// anything: refused by operand in <see cref="InstructionForm"/>).
/// </remarks>
internal static partial class AllowedInstructions
{
    // More than Iced has mnemonics; one above it would be refused below.
    private const int MnemonicLimit = 2048;

    private static readonly Effect[] Effects = Build();

    public static Effect EffectOf(Mnemonic mnemonic) =>
        (uint)mnemonic < MnemonicLimit ? Effects[(int)mnemonic] : Effect.Refused;

    private static Effect[] Build()
    {
        var effects = new Effect[MnemonicLimit];
        AddGeneralInstructions(effects);
        AddVectorInstructions(effects);
        return effects;
    }

    private static void Set(Effect[] effects, Effect effect, ReadOnlySpan<Mnemonic> mnemonics)
    {
        foreach (Mnemonic mnemonic in mnemonics)
            effects[(int)mnemonic] = effect;
    }

    private static void AddGeneralInstructions(Effect[] effects)
    {
        Set(effects, Effect.Padding, [Nop]);
        Set(effects, Effect.None, [
            Mfence, Lfence, Sfence, Prefetcht0, Prefetcht1, Prefetcht2, Prefetchnta, Prefetchw]);

        // Direct only: an indirect jump has no near branch operand and falls to the operand rule.
        Set(effects, Effect.Jump, [Jmp]);
        Set(effects, Effect.Branch, [Jo, Jno, Jb, Jae, Je, Jne, Jbe, Ja, Js, Jns, Jp, Jnp, Jl, Jge, Jle, Jg]);

        Set(effects, Effect.Move, [Mov]);
        Set(effects, Effect.ConditionalMove, [
            Cmovo, Cmovno, Cmovb, Cmovae, Cmove, Cmovne, Cmovbe, Cmova, Cmovs, Cmovns, Cmovp, Cmovnp, Cmovl, Cmovge,
            Cmovle, Cmovg]);
        Set(effects, Effect.ZeroExtend, [Movzx]);
        Set(effects, Effect.Write, [
            Movsx, Movsxd, Movbe, Movnti, Seto, Setno, Setb, Setae, Sete, Setne, Setbe, Seta, Sets, Setns, Setp, Setnp,
            Setl, Setge, Setle, Setg]);
        Set(effects, Effect.LoadAddress, [Lea]);
        Set(effects, Effect.ExtendAccumulator, [Cbw, Cwde, Cdqe]);
        Set(effects, Effect.ExtendToData, [Cwd, Cdq, Cqo]);

        // Arithmetic and logic.
        Set(effects, Effect.Compare, [Cmp, Test]);
        Set(effects, Effect.Add, [Add]);
        Set(effects, Effect.Update, [Adc, Sub, Sbb, Inc, Dec, Neg, Not, Bswap]);
        Set(effects, Effect.And, [And]);
        Set(effects, Effect.Or, [Or]);
        Set(effects, Effect.Xor, [Xor]);
        Set(effects, Effect.Multiply, [Mul, Imul]);
        Set(effects, Effect.WriteBoth, [Mulx]);

        // Shifts and rotations.
        Set(effects, Effect.ShiftLeft, [Shl]);
        Set(effects, Effect.ShiftRight, [Shr, Shrx, Bzhi]);
        Set(effects, Effect.ShiftRightArithmetic, [Sar, Sarx]);
        Set(effects, Effect.Update, [Rol, Ror, Shld, Shrd]);
        Set(effects, Effect.Write, [Shlx, Rorx]);

        // Bits. lzcnt, tzcnt and popcnt are at most 64; every CPU with AVX2 and BMI2 has them.
        Set(effects, Effect.BitScan, [Bsf, Bsr]);
        Set(effects, Effect.ZeroExtend, [Lzcnt, Tzcnt, Popcnt]);
        Set(effects, Effect.BitTest, [Bt]);
        Set(effects, Effect.BitUpdate, [Bts, Btr, Btc]);
        Set(effects, Effect.AndNot, [Andn]);
        Set(effects, Effect.Write, [Bextr, Blsr, Blsi, Blsmsk, Pdep, Pext]);

        // Atomics, with or without lock.
        Set(effects, Effect.Exchange, [Xchg]);
        Set(effects, Effect.UpdateBoth, [Xadd]);
        Set(effects, Effect.CompareExchange, [Cmpxchg]);
    }
}
