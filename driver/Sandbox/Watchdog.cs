using System.Diagnostics;

namespace ShaderJit.Sandbox;

/// <summary>
/// One background thread that sees to it that deadlines hold: it sends the preemption signal to each thread that runs
/// a kernel under a stopped deadline, and again every millisecond until the thread has left the kernel.
/// </summary>
/// <remarks>
/// Repeating is what makes it free of races: a signal that arrives before the kernel's first or after its last
/// instruction does nothing, and a thread that has left withdraws its announcement. A signal that is still pending
/// when a thread leaves stays blocked, and is delivered inside the next entry stub, where it does nothing either.
/// </remarks>
internal static class Watchdog
{
    private static readonly Lock StartGate = new();
    private static readonly object Gate = new();
    private static readonly List<Deadline> Armed = [];
    private static readonly long RetryTicks = Stopwatch.Frequency / 1000;
    private static readonly long SweepTicks = Stopwatch.Frequency / 20;
    private static Thread? _thread;
    private static long _wakesAt = long.MaxValue;

    public static void Arm(Deadline deadline)
    {
        EnsureThread();
        lock (Gate)
        {
            deadline.WatchdogIndex = Armed.Count;
            Armed.Add(deadline);
            if (deadline.ExpiresAt < _wakesAt) Monitor.Pulse(Gate);
        }
    }

    /// <summary>A deadline now ends at <paramref name="end"/>, which was written with a full fence: sees to it that the
    /// watchdog is awake by then. As its next waking is mostly earlier anyway, this is a comparison.</summary>
    public static void WakeBefore(long end)
    {
        if (end >= Volatile.Read(ref _wakesAt)) return;
        lock (Gate) Monitor.Pulse(Gate);
    }

    public static void Disarm(Deadline deadline)
    {
        lock (Gate)
        {
            int at = deadline.WatchdogIndex;
            if (at < 0) return;
            Deadline last = Armed[^1];
            Armed[at] = last;
            last.WatchdogIndex = at;
            Armed.RemoveAt(Armed.Count - 1);
            deadline.WatchdogIndex = -1;
        }
    }

    /// <summary>Something has been stopped, or something waits to be released: look now.</summary>
    public static void Press()
    {
        EnsureThread();
        lock (Gate) Monitor.Pulse(Gate);
    }

    private static void EnsureThread()
    {
        if (Volatile.Read(ref _thread) != null) return;
        lock (StartGate)
        {
            if (_thread != null) return;
            var thread = new Thread(Watch, 256 * 1024) { IsBackground = true, Name = "ShaderJit watchdog" };
            thread.UnsafeStart();
            Volatile.Write(ref _thread, thread);
        }
    }

    private static void Watch()
    {
        // The gate is free only while the thread waits, so no pulse is ever missed.
        lock (Gate)
        {
            while (true)
            {
                long now = Stopwatch.GetTimestamp();
                long wakesAt = long.MaxValue;
                foreach (Deadline deadline in Armed)
                {
                    deadline.ExpireAt(now);
                    if (!deadline.IsStopped) wakesAt = Math.Min(wakesAt, deadline.ExpiresAt);
                    else if (RunningThreads.Interrupt(deadline)) wakesAt = Math.Min(wakesAt, now + RetryTicks);
                }

                if (Retirement.Sweep()) wakesAt = Math.Min(wakesAt, now + SweepTicks);
                // Announced first, then looked again: a deadline that is restarted meanwhile is seen here, or its owner
                // sees the announcement and waits for the gate.
                Interlocked.Exchange(ref _wakesAt, wakesAt);
                if (EndsBefore(wakesAt)) continue;
                if (wakesAt == long.MaxValue)
                {
                    Monitor.Wait(Gate);
                    continue;
                }

                long ticks = Math.Max(wakesAt - Stopwatch.GetTimestamp(), 0);
                double milliseconds = Math.Ceiling(ticks * 1000.0 / Stopwatch.Frequency);
                if (milliseconds >= 1) Monitor.Wait(Gate, (int)Math.Min(milliseconds, int.MaxValue));
            }
        }
    }

    private static bool EndsBefore(long wakesAt)
    {
        foreach (Deadline deadline in Armed)
            if (!deadline.IsStopped && deadline.ExpiresAt < wakesAt) return true;
        return false;
    }
}
