using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox;

/// <summary>
/// The signal handlers, as machine code: <c>void handler(int signal, siginfo_t* info, ucontext_t* context)</c>. No
/// managed or C code runs while a kernel's fault is handled, so it does not matter what state the runtime is in.
/// </summary>
/// <remarks>
/// A handler that finds the interrupted pc among the kernels copies what is known about the fault into the thread's
/// record and makes the thread continue in the exit stub, on the host's stack. For any other pc it does what would
/// have happened without it.
/// </remarks>
internal static class HandlerCode
{
    // siginfo_t
    private const int InfoCode = 8, InfoAddress = 16;

    // ucontext_t
    private const int ContextGeneral = 40, ContextRsp = 160, ContextRip = 168, ContextExtended = 224;

    // struct _fpx_sw_bytes, at the end of the legacy area of the extended state
    private const int SoftwareMagic = 464, SoftwareBytes = 480;
    private const int MagicValue = 0x46505853;
    private const int LegacyBytes = 512;

    private const int SiTkill = -6;
    private const int SysRtSigaction = 13, SysGetPid = 39, SysGetTid = 186, SysTgkill = 234;
    private const nint Default = 0, Ignore = 1;

    /// <summary>A handler for a fault signal.</summary>
    /// <param name="previous">The handler to go on to: an address, SIG_DFL or SIG_IGN.</param>
    /// <param name="isSegv">The signal is SIGSEGV, which a write to pages that are being replaced raises too.</param>
    public static Assembler ForFault(nint previous, bool isSegv)
    {
        var a = new Assembler(64);
        Label chain = a.CreateLabel();
        JumpUnlessInKernel(a, chain);
        // Sent by somebody with kill(): no fault, even if it hits a kernel.
        a.cmp(__dword_ptr[rsi + InfoCode], 0);
        a.jle(chain);
        Redirect(a);
        a.Label(ref chain);
        if (isSegv) PageReplacementCode.WaitForPages(a);
        if (previous is Default or Ignore) ActByDefault(a, ignoreSent: previous == Ignore);
        else Continue(a, previous);
        return a;
    }

    /// <summary>The handler for the preemption signal, which is ignored wherever it does not hit a kernel.</summary>
    /// <param name="previous">The handler of somebody else who uses this signal, or SIG_DFL or SIG_IGN.</param>
    public static Assembler ForPreemption(nint previous)
    {
        var a = new Assembler(64);
        bool chains = previous is not (Default or Ignore);
        Label done = a.CreateLabel(), chain = a.CreateLabel();
        a.cmp(__dword_ptr[rsi + InfoCode], SiTkill);
        a.jne(chains ? chain : done);
        JumpUnlessInKernel(a, done);
        Redirect(a);
        a.Label(ref done);
        a.ret();
        if (!chains) return a;
        a.Label(ref chain);
        Continue(a, previous);
        return a;
    }

    private static void JumpUnlessInKernel(Assembler a, Label elsewhere)
    {
        a.mov(rax, __qword_ptr[rdx + ContextRip]);
        a.mov(rcx, (ulong)CodeSpace.Kernels);
        a.sub(rax, rcx);
        a.cmp(rax, CodeSpace.KernelBytes);
        a.jae(elsewhere);
    }

    /// <summary>Notes the fault in the record and lets the thread continue in the exit stub.</summary>
    private static void Redirect(Assembler a)
    {
        Label noState = a.CreateLabel(), fits = a.CreateLabel(), copy = a.CreateLabel();
        a.mov(r8, __qword_ptr.gs[ThreadRecord.SelfAt]);
        a.mov(__dword_ptr[r8 + ThreadRecord.SignalAt], edi);
        a.mov(eax, __dword_ptr[rsi + InfoCode]);
        a.mov(__dword_ptr[r8 + ThreadRecord.SignalCodeAt], eax);
        a.mov(rax, __qword_ptr[rsi + InfoAddress]);
        a.mov(__qword_ptr[r8 + ThreadRecord.FaultAddressAt], rax);
        a.lea(rsi, __[rdx + ContextGeneral]);
        a.lea(rdi, __[r8 + ThreadRecord.GeneralAt]);
        a.mov(ecx, ThreadRecord.GeneralCount);
        a.rep.movsq();

        a.mov(rsi, __qword_ptr[rdx + ContextExtended]);
        a.test(rsi, rsi);
        a.je(noState);
        a.mov(ecx, LegacyBytes);
        a.cmp(__dword_ptr[rsi + SoftwareMagic], MagicValue);
        a.jne(copy);
        a.mov(ecx, __dword_ptr[rsi + SoftwareBytes]);
        a.cmp(ecx, ThreadRecord.ExtendedCapacity);
        a.jbe(fits);
        a.mov(ecx, ThreadRecord.ExtendedCapacity);
        a.Label(ref fits);
        a.nop();
        a.Label(ref copy);
        a.mov(__dword_ptr[r8 + ThreadRecord.ExtendedBytesAt], ecx);
        a.lea(rdi, __[r8 + ThreadRecord.ExtendedAt]);
        a.rep.movsb();

        a.Label(ref noState);
        a.mov(rax, __qword_ptr[r8 + ThreadRecord.HostStackAt]);
        a.mov(__qword_ptr[rdx + ContextRsp], rax);
        a.mov(rax, (ulong)CodeSpace.Exit);
        a.mov(__qword_ptr[rdx + ContextRip], rax);
        a.ret();
    }

    /// <summary>Arguments, stack and return address are as the previous handler would have found them.</summary>
    private static void Continue(Assembler a, nint previous)
    {
        a.mov(rax, (ulong)previous);
        a.jmp(rax);
    }

    /// <summary>
    /// SIG_DFL: puts the default action back; a fault then happens again and ends the process with the right report,
    /// a sent signal is sent again. SIG_IGN: a sent signal is ignored; a fault cannot be, the kernel ends the process.
    /// </summary>
    private static void ActByDefault(Assembler a, bool ignoreSent)
    {
        Label action = a.CreateLabel(), done = a.CreateLabel();
        a.mov(r8d, __dword_ptr[rsi + InfoCode]);
        a.mov(r9d, edi);
        if (ignoreSent)
        {
            a.test(r8d, r8d);
            a.jle(done);
        }

        a.mov(eax, SysRtSigaction);
        a.lea(rsi, __[action]);
        a.xor(edx, edx);
        a.mov(r10d, 8);
        a.syscall();
        a.test(r8d, r8d);
        a.jg(done);
        a.mov(eax, SysGetPid);
        a.syscall();
        a.mov(edi, eax);
        a.mov(eax, SysGetTid);
        a.syscall();
        a.mov(esi, eax);
        a.mov(edx, r9d);
        a.mov(eax, SysTgkill);
        a.syscall();
        a.Label(ref done);
        a.ret();
        // The kernel's struct sigaction: handler SIG_DFL, no flags, no restorer, no mask.
        a.Label(ref action);
        for (int i = 0; i < 4; i++) a.dq(0UL);
    }
}
