using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox;

/// <summary>The two halves of <see cref="PageReplacement"/> that are machine code: the routine that replaces, and what the handler for SIGSEGV does
/// for a thread that writes meanwhile.</summary>
internal static class PageReplacementCode
{
    // ucontext_t: REG_ERR of the general registers. siginfo_t: si_code, si_addr.
    private const int ContextError = 192, InfoCode = 8, InfoAddress = 16;

    /// <summary>si_code: the page is there and does not allow this.</summary>
    private const int SegvAccessError = 2;

    /// <summary>Page fault's error code: of user code, a write; bit 0, whether a page was present, is left out. Instruction fetches,
    /// protection keys, shadow stacks and enclaves have bits of their own.</summary>
    private const int UserWrite = 0b110;

    private const int SysMprotect = 10, SysFutex = 202, SysRtSigprocmask = 14;

    private const int FutexWakeOp = 5 | 128;

    /// <summary>FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0x7FF): a write that changes nothing.</summary>
    private const int OrZero = (2 << 28) | 0x7FF;

    /// <summary>
    /// <c>long routine(ReplacementRecord* record)</c>: makes the record's calls with all signals blocked. 0; or, where one has not returned
    /// what it should, anything else, and the undoing call has been made.
    /// </summary>
    public static Assembler Routine()
    {
        var a = new Assembler(64);
        Label next = a.CreateLabel(), undo = a.CreateLabel(), done = a.CreateLabel(), leave = a.CreateLabel();
        a.push(rbx);
        a.push(r12);
        a.push(r13);
        a.mov(rbx, rdi);
        SetSignalMask(a, from: ReplacementRecord.AllSignalsAt, to: ReplacementRecord.SavedSignalsAt);
        a.mov(r13, rax);
        a.test(rax, rax);
        a.jne(leave);

        a.inc(__dword_ptr[rbx + ReplacementRecord.SequenceAt]);
        a.lea(r12, __[rbx + ReplacementRecord.CallsAt]);
        a.mov(r13d, __dword_ptr[rbx + ReplacementRecord.CountAt]);
        a.Label(ref next);
        Call(a);
        a.cmp(rax, __qword_ptr[r12 + ReplacementCall.ExpectedAt]);
        a.jne(undo);
        a.add(r12, ReplacementCall.Bytes);
        a.dec(r13d);
        a.jne(next);
        a.jmp(done);
        a.Label(ref undo);
        a.lea(r12, __[rbx + ReplacementRecord.CallsAt + (ReplacementRecord.Undo * ReplacementCall.Bytes)]);
        Call(a);

        a.Label(ref done);
        a.inc(__dword_ptr[rbx + ReplacementRecord.SequenceAt]);
        a.lea(rdi, __[rbx + ReplacementRecord.SequenceAt]);
        a.mov(esi, Libc.FutexWakePrivate);
        a.mov(edx, int.MaxValue);
        a.mov(eax, SysFutex);
        a.syscall();
        SetSignalMask(a, from: ReplacementRecord.SavedSignalsAt, to: null);

        a.Label(ref leave);
        a.mov(rax, r13);
        a.pop(r13);
        a.pop(r12);
        a.pop(rbx);
        a.ret();
        return a;
    }

    /// <summary>
    /// In a handler for SIGSEGV: returns to the instruction that has faulted, when that was a write to a page that is being replaced, once it
    /// is. Also when the page can be written to by now: a thread may get here long after the replacement that it ran into. Else
    /// goes on behind this code, with rdi, rsi, rdx and the stack as they were.
    /// </summary>
    /// <remarks>Whether a page can be written to is the kernel's word: an atomic "or" with 0 by the futex call, which fails where a
    /// write would fault. Nothing in the record but the sequence number has to be right, as it tells whether the rest was.</remarks>
    public static void WaitForPages(Assembler a)
    {
        Label again = a.CreateLabel(), idle = a.CreateLabel(), wait = a.CreateLabel(), retry = a.CreateLabel(), restore = a.CreateLabel(),
            other = a.CreateLabel();
        unsafe
        {
            a.mov(rcx, (ulong)PageReplacement.Record);
        }

        a.cmp(__dword_ptr[rcx + ReplacementRecord.IsUsedAt], 0);
        a.je(other);
        a.cmp(__dword_ptr[rsi + InfoCode], SegvAccessError);
        a.jne(other);
        a.mov(rax, __qword_ptr[rdx + ContextError]);
        a.and(rax, -2);
        a.cmp(rax, UserWrite);
        a.jne(other);

        a.push(rdi);
        a.push(rsi);
        a.push(rdx);
        a.push(rbx);
        a.push(r12);
        a.mov(rbx, rcx);
        // System calls leave all but rax, rcx and r11 alone: the address stays in r8.
        a.mov(r8, __qword_ptr[rsi + InfoAddress]);
        a.and(r8, -4);

        a.Label(ref again);
        a.mov(r12d, __dword_ptr[rbx + ReplacementRecord.SequenceAt]);
        a.lea(rdi, __[rbx + ReplacementRecord.ProbeAt]);
        a.mov(esi, FutexWakeOp);
        a.xor(edx, edx);
        a.xor(r10d, r10d);
        a.mov(r9d, OrZero);
        a.mov(eax, SysFutex);
        a.syscall();
        a.test(rax, rax);
        a.jns(retry);

        a.test(r12d, 1);
        a.je(idle);
        a.cmp(r8, __qword_ptr[rbx + ReplacementRecord.StartAt]);
        a.jb(idle);
        a.cmp(r8, __qword_ptr[rbx + ReplacementRecord.EndAt]);
        a.jae(idle);

        a.cmp(__dword_ptr[rbx + ReplacementRecord.IsOriginalAt], 0);
        a.jne(wait);
        // A child that was forked meanwhile: the page is a copy of its own, and no thread here will make it writable.
        a.mov(rdi, r8);
        a.and(rdi, -Libc.Page);
        a.mov(esi, Libc.Page);
        a.mov(edx, Libc.ProtRead | Libc.ProtWrite);
        a.mov(eax, SysMprotect);
        a.syscall();
        a.test(rax, rax);
        a.je(retry);
        a.jmp(restore);

        a.Label(ref wait);
        a.lea(rdi, __[rbx + ReplacementRecord.SequenceAt]);
        a.mov(esi, Libc.FutexWaitPrivate);
        a.mov(edx, r12d);
        a.xor(r10d, r10d);
        a.mov(eax, SysFutex);
        a.syscall();
        a.jmp(again);

        a.Label(ref idle);
        a.cmp(r12d, __dword_ptr[rbx + ReplacementRecord.SequenceAt]);
        a.jne(again);
        a.jmp(restore);

        a.Label(ref retry);
        Restore(a);
        a.ret();
        a.Label(ref restore);
        Restore(a);
        a.Label(ref other);
    }

    private static void Restore(Assembler a)
    {
        a.pop(r12);
        a.pop(rbx);
        a.pop(rdx);
        a.pop(rsi);
        a.pop(rdi);
    }

    /// <summary>Makes the call that r12 points to.</summary>
    private static void Call(Assembler a)
    {
        a.mov(rdi, __qword_ptr[r12 + ReplacementCall.ArgumentsAt]);
        a.mov(rsi, __qword_ptr[r12 + ReplacementCall.ArgumentsAt + 8]);
        a.mov(rdx, __qword_ptr[r12 + ReplacementCall.ArgumentsAt + 16]);
        a.mov(r10, __qword_ptr[r12 + ReplacementCall.ArgumentsAt + 24]);
        a.mov(r8, __qword_ptr[r12 + ReplacementCall.ArgumentsAt + 32]);
        a.mov(r9, __qword_ptr[r12 + ReplacementCall.ArgumentsAt + 40]);
        a.mov(rax, __qword_ptr[r12 + ReplacementCall.NumberAt]);
        a.syscall();
    }

    private static void SetSignalMask(Assembler a, int from, int? to)
    {
        a.mov(edi, Libc.SigSetMask);
        a.lea(rsi, __[rbx + from]);
        if (to is { } at)
            a.lea(rdx, __[rbx + at]);
        else
            a.xor(edx, edx);
        a.mov(r10d, 8);
        a.mov(eax, SysRtSigprocmask);
        a.syscall();
    }
}
