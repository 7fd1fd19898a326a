using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox;

/// <summary>
/// The way into a kernel and the only way out. <c>int Enter(ThreadRecord* record)</c> in the System V convention;
/// <see cref="Exit"/> is jumped to, by kernels with a code in eax and by the signal handlers with anything.
/// </summary>
/// <remarks>
/// <para>Nothing of the host is left in a register when the kernel starts: general, vector and mask registers are
/// zero but for the three that are pinned.</para>
/// <para>The exit finds the host's stack through gs, whose base kernel code can neither read nor change, and takes
/// nothing else from the kernel but eax.</para>
/// <para>Signals are masked here, by system calls of the stub, so that no managed code ever runs with the kernel's
/// mask: while a kernel runs only faults and the preemption signal get through, and the preemption signal is blocked
/// again before the host continues.</para>
/// </remarks>
internal readonly record struct EntryStubs(nint Enter, nint Exit)
{
    /// <summary>In the record's signal: the signal mask could not be changed, and no kernel has run.</summary>
    public const int MaskRefused = -1;

    // Below the six saved registers: MXCSR, the x87 control word, and padding to 16 bytes.
    private const int SavedMxcsr = 0, SavedFpuControl = 4, LocalBytes = 24;

    /// <summary>Assembles the stubs at <paramref name="address"/> and seals them.</summary>
    public static EntryStubs Place(nint address, int bytes)
    {
        var a = new Assembler(64);
        Label exit = a.CreateLabel(), leave = a.CreateLabel(), refused = a.CreateLabel();

        a.push(rbp);
        a.push(rbx);
        a.push(r12);
        a.push(r13);
        a.push(r14);
        a.push(r15);
        a.sub(rsp, LocalBytes);
        a.stmxcsr(__dword_ptr[rsp + SavedMxcsr]);
        a.fnstcw(__word_ptr[rsp + SavedFpuControl]);
        a.mov(__qword_ptr[rdi + ThreadRecord.HostStackAt], rsp);
        a.mov(__dword_ptr[rdi + ThreadRecord.SignalAt], 0);
        a.mov(__dword_ptr[rdi + ThreadRecord.ExtendedBytesAt], 0);
        a.mov(rbx, rdi);
        a.lea(rsi, __[rbx + ThreadRecord.KernelMaskAt]);
        a.lea(rdx, __[rbx + ThreadRecord.HostMaskAt]);
        SetSignalMask(a);
        a.test(eax, eax);
        a.jne(refused);

        a.ldmxcsr(__dword_ptr[rbx + ThreadRecord.MxcsrAt]);
        a.fldcw(__word_ptr[rbx + ThreadRecord.FpuControlAt]);
        a.mov(rsp, __qword_ptr[rbx + ThreadRecord.KernelStackAt]);
        a.mov(r14, __qword_ptr[rbx + ThreadRecord.ArgumentFrameAt]);
        a.mov(r15, __qword_ptr[rbx + ThreadRecord.RegionBaseAt]);
        ClearVectors(a);
        a.xor(eax, eax);
        a.xor(ecx, ecx);
        a.xor(edx, edx);
        a.xor(ebx, ebx);
        a.xor(ebp, ebp);
        a.xor(esi, esi);
        a.xor(edi, edi);
        a.xor(r8d, r8d);
        a.xor(r9d, r9d);
        a.xor(r10d, r10d);
        a.xor(r11d, r11d);
        a.xor(r12d, r12d);
        a.xor(r13d, r13d);
        a.cld();
        a.jmp(__qword_ptr.gs[ThreadRecord.EntryAt]);

        a.Label(ref exit);
        a.mov(rsp, __qword_ptr.gs[ThreadRecord.HostStackAt]);
        a.cld();
        a.vzeroupper();
        a.ldmxcsr(__dword_ptr[rsp + SavedMxcsr]);
        a.fldcw(__word_ptr[rsp + SavedFpuControl]);
        a.mov(ebx, eax);
        a.mov(rsi, __qword_ptr.gs[ThreadRecord.SelfAt]);
        a.add(rsi, ThreadRecord.HostMaskAt);
        a.xor(edx, edx);
        SetSignalMask(a);
        a.mov(eax, ebx);
        a.Label(ref leave);
        a.add(rsp, LocalBytes);
        a.pop(r15);
        a.pop(r14);
        a.pop(r13);
        a.pop(r12);
        a.pop(rbx);
        a.pop(rbp);
        a.ret();

        a.Label(ref refused);
        a.mov(__dword_ptr[rbx + ThreadRecord.SignalAt], MaskRefused);
        a.jmp(leave);

        AssemblerResult result = CodeSpace.Place(a, address, bytes);
        return new EntryStubs(address, (nint)result.GetLabelRIP(exit));
    }

    /// <summary><c>rt_sigprocmask(SIG_SETMASK, rsi, rdx, 8)</c>; clobbers rcx and r11 too.</summary>
    private static void SetSignalMask(Assembler a)
    {
        a.mov(eax, (int)Libc.SyscallRtSigprocmask);
        a.mov(edi, Libc.SigSetMask);
        a.mov(r10d, 8);
        a.syscall();
    }

    private static void ClearVectors(Assembler a)
    {
        a.vzeroall();
        if (!CpuFeatures.Current.Has(CpuFeature.Avx512F)) return;
        AssemblerRegisterZMM[] upper =
        [
            zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23,
            zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31,
        ];
        foreach (AssemblerRegisterZMM register in upper) a.vpxord(register, register, register);
        AssemblerRegisterK[] masks = [k0, k1, k2, k3, k4, k5, k6, k7];
        bool wide = CpuFeatures.Current.Has(CpuFeature.Avx512BW);
        foreach (AssemblerRegisterK mask in masks)
        {
            if (wide) a.kxorq(mask, mask, mask);
            else a.kxorw(mask, mask, mask);
        }
    }
}
