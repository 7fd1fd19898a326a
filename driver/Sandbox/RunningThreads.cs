namespace ShaderJit.Sandbox;

/// <summary>All kernel threads of the process, to ask what they run and to interrupt them.</summary>
/// <remarks>
/// A thread announces what it is about to run, with a full fence, before it looks whether that may still run; whoever
/// stops or disposes something raises the flag, with a full fence, before it looks at the announcements. So one of
/// the two always sees the other.
/// </remarks>
internal static class RunningThreads
{
    private static readonly Lock Gate = new();
    private static readonly List<KernelThread> Threads = [];
    private static readonly int ProcessId = Libc.GetPid();

    public static void Add(KernelThread thread)
    {
        lock (Gate) Threads.Add(thread);
    }

    public static void Remove(KernelThread thread)
    {
        lock (Gate) Threads.Remove(thread);
    }

    /// <summary>Sends the preemption signal to each thread that runs under <paramref name="deadline"/>.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool Interrupt(Deadline deadline)
    {
        bool any = false;
        lock (Gate)
            foreach (KernelThread thread in Threads)
            {
                if (thread.Deadline != deadline) continue;
                any = true;
                // Refused when too many signals are queued in the system: the next round tries again.
                Libc.Syscall(Libc.SyscallTgkill, ProcessId, thread.ThreadId, TrapHandler.PreemptionSignal, 0);
            }

        return any;
    }

    /// <summary>Whether a thread runs <paramref name="resource"/>, or in it.</summary>
    public static bool IsUsing(object resource)
    {
        lock (Gate)
            foreach (KernelThread thread in Threads)
                if (thread.Kernel == resource || thread.Region == resource) return true;
        return false;
    }
}
