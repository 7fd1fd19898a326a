using System.Diagnostics;

namespace ShaderJit.Sandbox;

/// <summary>
/// A time limit for all that runs under it: typically one dispatch, on as many threads as take part. When the time is
/// up, or when <see cref="Stop"/> is called, every kernel that runs under it is stopped with
/// <see cref="Abi.TrapCode.Preempted"/>, and none begins any more.
/// </summary>
/// <remarks>
/// One deadline can serve many dispatches, one after the other (<see cref="TryRestart"/>): beginning anew costs no lock
/// and no system call unless the watchdog would sleep past the new time. Once stopped it stays stopped for good, so that
/// a preemption signal on its way can only ever hit what it was meant for.
/// </remarks>
public sealed class Deadline : IDisposable
{
    private const long Stopped = 1, Expired = 2, Ended = Stopped | Expired, OnePeriod = 4;

    // How it ended, in the low bits; above them the number of periods, so that the end of one period, seen late by the
    // watchdog, cannot end the next.
    private long _state;
    private long _expiresAt;

    /// <summary>Begins the time. Dispose when the work is done.</summary>
    /// <param name="limit">From now on; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    public Deadline(TimeSpan limit)
    {
        _expiresAt = EndOf(limit);
        Watchdog.Arm(this);
    }

    /// <summary>Whether kernels under it are stopped.</summary>
    public bool IsStopped => (Volatile.Read(ref _state) & Ended) != 0;

    /// <summary>Whether the time is what stopped them.</summary>
    public bool IsExpired => (Volatile.Read(ref _state) & Expired) != 0;

    /// <summary>When the time is up, on <see cref="Stopwatch"/>'s clock.</summary>
    internal long ExpiresAt => Volatile.Read(ref _expiresAt);

    /// <summary>Where the watchdog keeps it; -1 when it does not.</summary>
    internal int WatchdogIndex { get; set; } = -1;

    /// <summary>Begins the time anew, for more work of the same owner. Nothing may run under it at the moment.</summary>
    /// <param name="limit">As for the constructor.</param>
    /// <returns>False when it has been stopped or has expired: it stays so, and a new one is needed.</returns>
    public bool TryRestart(TimeSpan limit)
    {
        long end = EndOf(limit);
        long state = Volatile.Read(ref _state);
        if ((state & Ended) != 0) return false;

        // No end while the periods change: the watchdog pairs a state with an end that is not older.
        Volatile.Write(ref _expiresAt, long.MaxValue);
        if (Interlocked.CompareExchange(ref _state, state + OnePeriod, state) != state) return false;

        // A full fence: either the watchdog sees the new end before it sleeps, or we see when it wakes.
        Interlocked.Exchange(ref _expiresAt, end);
        Watchdog.WakeBefore(end);
        return true;
    }

    /// <summary>Nothing runs under it until it is restarted, so the time does not run either.</summary>
    public void Rest() => Volatile.Write(ref _expiresAt, long.MaxValue);

    /// <summary>Stops what runs under it, now: for when another worker of the same dispatch has failed.</summary>
    public void Stop()
    {
        // A full fence: a thread that has announced its run sees the flag, or is seen by the interruption below.
        if (TryEnd(Stopped)) Watchdog.Press();
    }

    /// <summary>Ends the watch. What still runs under it is no longer stopped.</summary>
    public void Dispose() => Watchdog.Disarm(this);

    /// <summary>Ends it if its time was up at <paramref name="now"/>.</summary>
    internal void ExpireAt(long now)
    {
        // In this order: the end read is of this state's period, or later, or none.
        long state = Volatile.Read(ref _state);
        if ((state & Ended) == 0 && ExpiresAt <= now) Interlocked.CompareExchange(ref _state, state | Expired, state);
    }

    private bool TryEnd(long how)
    {
        while (true)
        {
            long state = Volatile.Read(ref _state);
            if ((state & Ended) != 0) return false;
            if (Interlocked.CompareExchange(ref _state, state | how, state) == state) return true;
        }
    }

    private static long EndOf(TimeSpan limit)
    {
        if (limit == Timeout.InfiniteTimeSpan) return long.MaxValue;
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        double ticks = limit.TotalSeconds * Stopwatch.Frequency;
        return ticks > long.MaxValue / 2 ? long.MaxValue : Stopwatch.GetTimestamp() + (long)ticks;
    }
}
