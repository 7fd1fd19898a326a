namespace ShaderJit.Sandbox;

/// <summary>
/// The process' handlers for the signals that a kernel can raise (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP) and for
/// the preemption signal. They stand in front of whatever handlers there were, and go on to those for every fault that
/// is not a kernel's.
/// </summary>
/// <remarks>
/// Each handler keeps the flags and the mask of the one it stands in front of, because that one may rely on them:
/// CoreCLR's SIGSEGV handler expects the alternate stack, its SIGFPE handler must not be there. A kernel's stack has
/// room for signal frames, so kernels need neither.
/// </remarks>
public static unsafe class TrapHandler
{
    private static readonly int[] FaultSignals =
        [Libc.Sigsegv, Libc.Sigbus, Libc.Sigfpe, Libc.Sigill, Libc.Sigtrap];

    private static readonly Lock Gate = new();

    // Every handler of ours that was ever installed, by signal. Never shrinks: another handler may have noted any of
    // them as the one to go on to.
    private static readonly HashSet<nint>[] Installed = new HashSet<nint>[65];

    private static volatile int _preemptionSignal;

    /// <summary>The real-time signal that stops kernels; 0 before <see cref="EnsureInstalled"/>.</summary>
    public static int PreemptionSignal => _preemptionSignal;

    /// <summary>
    /// Installs the handlers, or puts them back in front when somebody has installed others since. Costs six system
    /// calls when there is nothing to do; call it before each submission of work.
    /// </summary>
    /// <returns>Handlers that had to be installed: 0 when all were in place.</returns>
    /// <exception cref="SandboxException">No real-time signal is free, or other code has replaced the handlers so often
    /// that there is no room for more.</exception>
    public static int EnsureInstalled()
    {
        int installed = 0;
        lock (Gate)
        {
            if (_preemptionSignal == 0)
            {
                int free = FindFreeRealTimeSignal();
                if (Ensure(free, preemption: true)) installed++;
                _preemptionSignal = free;
            }
            else if (Ensure(_preemptionSignal, preemption: true))
            {
                installed++;
            }

            foreach (int signal in FaultSignals)
                if (Ensure(signal, preemption: false)) installed++;
        }

        return installed;
    }

    /// <summary>Signals that must reach a thread while it runs a kernel, as a mask with bit n-1 for signal n.</summary>
    internal static ulong KernelSignals
    {
        get
        {
            ulong mask = Bit(_preemptionSignal);
            foreach (int signal in FaultSignals) mask |= Bit(signal);
            return mask;
        }
    }

    /// <summary>The bit of a signal in a mask.</summary>
    internal static ulong Bit(int signal) => 1UL << (signal - 1);

    private static bool Ensure(int signal, bool preemption)
    {
        Libc.SigAction current = Query(signal);
        HashSet<nint> ours = Installed[signal] ??= [];
        if (ours.Contains(current.Handler)) return false;

        nint handler = CodeSpace.PlaceHandler(
            preemption ? HandlerCode.ForPreemption(current.Handler) : HandlerCode.ForFault(current.Handler, signal == Libc.Sigsegv));
        ours.Add(handler);

        Libc.SigAction action = current;
        action.Handler = handler;
        bool chains = current.Handler is not (0 or 1);
        if (chains && !preemption)
            action.Flags = (int)((uint)current.Flags & ~Libc.SaResetHand) | Libc.SaSigInfo;
        else
            action.Flags = Libc.SaSigInfo | Libc.SaOnStack | Libc.SaRestart;
        // The preemption signal must not interrupt a fault's handler, and nothing interrupts its own.
        action.Mask[0] |= preemption ? ~0UL : Bit(_preemptionSignal);
        if (Libc.SigActionCall(signal, &action, null) != 0) throw Libc.Failure($"sigaction of signal {signal}");
        return true;
    }

    /// <summary>A real-time signal with its default action: one that nobody here uses.</summary>
    private static int FindFreeRealTimeSignal()
    {
        // 32 and 33 belong to glibc, 34 to the .NET runtime; programs tend to count from SIGRTMIN up or SIGRTMAX down.
        for (int signal = 44; signal <= 60; signal++)
            if (Query(signal).Handler == 0) return signal;
        throw new SandboxException("no real-time signal between 44 and 60 is free for preemption");
    }

    private static Libc.SigAction Query(int signal)
    {
        Libc.SigAction current;
        if (Libc.SigActionCall(signal, null, &current) != 0) throw Libc.Failure($"sigaction of signal {signal}");
        return current;
    }
}
