using System.Diagnostics;

namespace ShaderJit.Sandbox;

/// <summary>
/// A time limit for all that runs under it: typically one dispatch, on as many threads as take part. When the time is
/// up, or when <see cref="Stop"/> is called, every kernel that runs under it is stopped with
/// <see cref="Abi.TrapCode.Preempted"/>, and none begins any more.
/// </summary>
public sealed class Deadline : IDisposable
{
    private int _stopped;

    /// <summary>Begins the time. Dispose when the work is done.</summary>
    /// <param name="limit">From now on; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    public Deadline(TimeSpan limit)
    {
        if (limit == Timeout.InfiniteTimeSpan)
        {
            ExpiresAt = long.MaxValue;
        }
        else
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
            double ticks = limit.TotalSeconds * Stopwatch.Frequency;
            ExpiresAt = ticks > long.MaxValue / 2 ? long.MaxValue : Stopwatch.GetTimestamp() + (long)ticks;
        }

        Watchdog.Arm(this);
    }

    /// <summary>Whether kernels under it are stopped.</summary>
    public bool IsStopped => Volatile.Read(ref _stopped) != 0;

    /// <summary>Whether the time is what stopped them.</summary>
    public bool IsExpired => Volatile.Read(ref _stopped) == 2;

    /// <summary>When the time is up, on <see cref="Stopwatch"/>'s clock.</summary>
    internal long ExpiresAt { get; }

    /// <summary>Where the watchdog keeps it; -1 when it does not.</summary>
    internal int WatchdogIndex { get; set; } = -1;

    /// <summary>Stops what runs under it, now: for when another worker of the same dispatch has failed.</summary>
    public void Stop()
    {
        // A full fence: a thread that has announced its run sees the flag, or is seen by the interruption below.
        if (Interlocked.CompareExchange(ref _stopped, 1, 0) == 0) Watchdog.Press();
    }

    /// <summary>Ends the watch. What still runs under it is no longer stopped.</summary>
    public void Dispose() => Watchdog.Disarm(this);

    internal void Expire() => Interlocked.CompareExchange(ref _stopped, 2, 0);
}
