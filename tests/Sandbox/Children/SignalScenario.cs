using System.Runtime.InteropServices;
using Iced.Intel;
using ShaderJit.Abi;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox.Tests.Children;

/// <summary>What becomes of signals that are none of ours. Each scenario has a process of its own; most end it.</summary>
internal static unsafe class SignalScenario
{
    private const int Done = 0;

    public static int Run(string scenario)
    {
        // "bare" scenarios do the same without our handlers: the ending must not differ.
        bool bare = scenario.EndsWith("-bare", StringComparison.Ordinal);
        string what = bare ? scenario[..^"-bare".Length] : scenario;
        switch (what)
        {
            case "kill-default":
                // SIGBUS with its default action, sent with kill().
                SetAction(Libc.Sigbus, 0);
                if (!bare) TrapHandler.EnsureInstalled();
                Raise(Libc.Sigbus);
                return Done;
            case "kill-ignored":
                SetAction(Libc.Sigbus, 1);
                if (!bare) TrapHandler.EnsureInstalled();
                Raise(Libc.Sigbus);
                return Done;
            case "fault-default":
                // ud2 in host code, SIGILL with its default action.
                SetAction(Libc.Sigill, 0);
                if (!bare) TrapHandler.EnsureInstalled();
                CallHostCode(a => a.ud2());
                return Done;
            case "fault-ignored":
                SetAction(Libc.Sigill, 1);
                if (!bare) TrapHandler.EnsureInstalled();
                CallHostCode(a => a.ud2());
                return Done;
            case "fault-runtime":
                // A wild store in host code that is not managed: the runtime ends the process.
                if (!bare) TrapHandler.EnsureInstalled();
                CallHostCode(a => a.mov(__dword_ptr[rax + 0x1000_0000], 1));
                return Done;
            case "fault-read-only":
                // A write to a page that was shared once and is the host's again, who has made it read-only.
                return WriteToReadOnly(bare);
            case "stolen":
                return Stolen();
            case "preemption-taken":
                return PreemptionTaken();
            default:
                throw new ArgumentException(scenario);
        }
    }

    private static int WriteToReadOnly(bool bare)
    {
        nint page = Libc.MMap(0, 4096, Libc.ProtRead | Libc.ProtWrite, Libc.MapPrivate | Libc.MapAnonymous, -1, 0);
        if (!bare) HostMemory.TryShare((void*)page, 4096)!.Dispose();
        Libc.Protect(page, 4096, Libc.ProtRead);
        CallHostCode(a =>
        {
            a.mov(rax, page);
            a.mov(__dword_ptr[rax], 1);
            a.ret();
        });
        return Done;
    }

    /// <summary>A host installs a handler after us that goes on to ours, and one that does not.</summary>
    private static int Stolen()
    {
        using var region = new Region(HandKernel.Bits);
        using var thread = new KernelThread();
        using var deadline = new Deadline(Worker.Long);
        using KernelCode load = HandKernel.Publish((a, _) =>
        {
            a.mov(ecx, 0x40);
            a.mov(edx, __dword_ptr[r15 + rcx]);
        });
        int* counter = (int*)Libc.Reserve(4096);
        Libc.Protect((nint)counter, 4096, Libc.ProtRead | Libc.ProtWrite);

        for (int round = 1; round <= 3; round++)
        {
            Libc.SigAction ours;
            Check(Libc.SigActionCall(Libc.Sigsegv, null, &ours) == 0);
            var host = new Assembler(64);
            host.mov(rax, (ulong)counter);
            host.inc(__dword_ptr[rax]);
            host.mov(rax, (ulong)ours.Handler);
            host.jmp(rax);
            Libc.SigAction theirs = ours;
            theirs.Handler = PlaceHostCode(host);
            Check(Libc.SigActionCall(Libc.Sigsegv, &theirs, null) == 0);

            // A handler that goes on to ours sees the kernel's fault, and it is caught all the same.
            int before = *counter;
            Check(thread.Run(load, region, deadline).Code == TrapCode.MemoryFault);
            Check(*counter > before);

            // Back in front: kernels' faults are ours alone, the host's own still go all the way.
            Check(TrapHandler.EnsureInstalled() == 1);
            Check(TrapHandler.EnsureInstalled() == 0);
            before = *counter;
            Check(thread.Run(load, region, deadline).Code == TrapCode.MemoryFault);
            Check(*counter == before);
            HostFaults.Deliver();
            Check(*counter == before + round);
        }

        // The host puts an old handler of ours back, as one does when it goes: nothing to do.
        return Done;
    }

    /// <summary>Somebody else takes the preemption signal: theirs arrive there, ours still stop kernels.</summary>
    private static int PreemptionTaken()
    {
        TrapHandler.EnsureInstalled();
        int* counter = (int*)Libc.Reserve(4096);
        Libc.Protect((nint)counter, 4096, Libc.ProtRead | Libc.ProtWrite);
        var host = new Assembler(64);
        host.mov(rax, (ulong)counter);
        host.inc(__dword_ptr[rax]);
        host.ret();
        SetAction(TrapHandler.PreemptionSignal, PlaceHostCode(host));
        Check(TrapHandler.EnsureInstalled() == 1);

        using (var thread = new KernelThread())
        {
            using var region = new Region(HandKernel.Bits);
            using var deadline = new Deadline(TimeSpan.FromMilliseconds(20));
            using KernelCode spin = HandKernel.Publish((a, _) =>
            {
                Label loop = a.CreateLabel();
                a.Label(ref loop);
                a.inc(ecx);
                a.jmp(loop);
            });
            Check(thread.Run(spin, region, deadline).Code == TrapCode.Preempted);
        }

        Check(*counter == 0);
        // kill() says SI_USER where our own say SI_TKILL.
        Libc.Syscall(62, Libc.GetPid(), TrapHandler.PreemptionSignal, 0, 0);
        for (int i = 0; i < 100 && Volatile.Read(ref *counter) == 0; i++) Thread.Sleep(10);
        Check(*counter == 1);
        return Done;
    }

    private static void Check(bool holds, [System.Runtime.CompilerServices.CallerLineNumber] int line = 0)
    {
        if (!holds) throw new InvalidOperationException($"line {line}");
    }

    private static void SetAction(int signal, nint handler)
    {
        Libc.SigAction action = default;
        action.Handler = handler;
        Check(Libc.SigActionCall(signal, &action, null) == 0);
    }

    private static void Raise(int signal) =>
        Libc.Syscall(Libc.SyscallTgkill, Libc.GetPid(), Libc.GetTid(), signal, 0);

    private static void CallHostCode(Action<Assembler> body)
    {
        var a = new Assembler(64);
        body(a);
        ((delegate* unmanaged<void>)PlaceHostCode(a))();
    }

    private static nint PlaceHostCode(Assembler a)
    {
        nint page = Libc.Reserve(4096);
        CodeSpace.Place(a, page, 4096);
        return page;
    }
}
