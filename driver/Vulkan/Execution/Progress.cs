namespace ShaderJit.Vulkan.Execution;

/// <summary>Something that is done or not, and tells its device's <see cref="Progress"/> when that changes.</summary>
internal interface IWaitable
{
    bool IsDone { get; }
}

/// <summary>
/// Where the threads of a device wait for one another: fences, semaphores, idle. A waiter spins for a moment, as most
/// waits are short, then sleeps.
/// </summary>
internal sealed class Progress
{
    private static readonly long SpinTicks = TimeSpan.FromMicroseconds(40).Ticks * System.Diagnostics.Stopwatch.Frequency
        / TimeSpan.TicksPerSecond;

    private readonly object _gate = new();
    private int _sleepers;

    /// <summary>Something changed.</summary>
    public void Notify()
    {
        // Orders the change before the look at _sleepers; a sleeper announces itself before it looks at the change.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleepers) == 0)
            return;
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    /// <summary>Waits until all (or any) are done.</summary>
    /// <param name="timeout">Nanoseconds; <see cref="ulong.MaxValue"/> is forever.</param>
    /// <returns>False when the time is over.</returns>
    public bool Wait(ReadOnlySpan<IWaitable> waitables, bool all, ulong timeout)
    {
        if (AreDone(waitables, all))
            return true;
        if (timeout == 0)
            return false;
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetTimestamp() - start < SpinTicks)
        {
            Thread.SpinWait(8);
            if (AreDone(waitables, all))
                return true;
        }

        Interlocked.Increment(ref _sleepers);
        try
        {
            lock (_gate)
            {
                while (!AreDone(waitables, all))
                {
                    ulong elapsed = (ulong)System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalNanoseconds;
                    if (elapsed >= timeout)
                        return false;
                    ulong milliseconds = ((timeout - elapsed) / 1_000_000) + 1;
                    Monitor.Wait(_gate, (int)Math.Min(milliseconds, int.MaxValue));
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _sleepers);
        }

        return true;
    }

    private static bool AreDone(ReadOnlySpan<IWaitable> waitables, bool all)
    {
        foreach (var waitable in waitables)
        {
            if (waitable.IsDone != all)
                return !all;
        }

        return all;
    }
}
