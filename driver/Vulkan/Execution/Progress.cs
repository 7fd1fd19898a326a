using System.Diagnostics;
using System.Runtime.InteropServices;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Execution;

/// <summary>Something that is done or not, and tells its device's <see cref="Progress"/> when that changes.</summary>
internal interface IWaitable
{
    bool IsDone { get; }

    /// <summary>What other devices and processes change for it to be done, or null.</summary>
    SharedWord? Shared => null;
}

/// <summary>
/// Where the threads of a device wait for one another: fences, semaphores, idle. A waiter spins for a moment, as most
/// waits are short, then sleeps. It does not spin while the device's own threads need all processors.
/// </summary>
/// <param name="queue">Told of each wait before it begins: see <see cref="QueueObject.WakeHelpers"/>.</param>
internal sealed class Progress(QueueObject queue)
{
    private static readonly long SpinTicks = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 20_000 : 0; // 50 us

    /// <summary>How long a waiter may take to see that it is crowded, and how long it then takes to sleep.</summary>
    private static readonly long SeeTicks = Stopwatch.Frequency / 100_000, SleepTicks = Stopwatch.Frequency / 200_000; // 10 and 5 us

    private readonly Doorbell _bell = new();
    private int _crowded, _spinning;

    /// <summary>Whether a dispatch runs on as many threads as there are processors.</summary>
    public bool IsCrowded
    {
        get => Volatile.Read(ref _crowded) != 0;
        set => Volatile.Write(ref _crowded, value ? 1 : 0);
    }

    /// <summary>Gives waiters that spin the time to see <see cref="IsCrowded"/> and to sleep. A thread that is woken while all
    /// processors are busy is put behind one that runs, and the system may leave it there for a millisecond or two.</summary>
    public void AwaitSpinners()
    {
        if (Volatile.Read(ref _spinning) == 0)
            return;
        long start = Stopwatch.GetTimestamp(), end = start + SeeTicks;
        while (Volatile.Read(ref _spinning) > 0 && Stopwatch.GetTimestamp() < end)
            Thread.SpinWait(1);
        for (end = Stopwatch.GetTimestamp() + SleepTicks; Stopwatch.GetTimestamp() < end;)
            Thread.SpinWait(1);
    }

    /// <summary>Something changed.</summary>
    public void Notify() => _bell.Ring();

    /// <summary>For who polls without pause: gives the processor to the device's threads if they lack one.</summary>
    public void Yield()
    {
        if (IsCrowded || Environment.ProcessorCount == 1)
            Thread.Yield();
    }

    /// <summary>Waits until it is done.</summary>
    /// <inheritdoc cref="Wait(ReadOnlySpan{IWaitable}, bool, ulong)"/>
    public bool Wait(IWaitable waitable, ulong timeout) => Wait(new ReadOnlySpan<IWaitable>(in waitable), all: true, timeout);

    /// <summary>Waits until all (or any) are done.</summary>
    /// <param name="timeout">Nanoseconds; <see cref="ulong.MaxValue"/> is forever.</param>
    /// <returns>False when the time is over.</returns>
    public bool Wait(ReadOnlySpan<IWaitable> waitables, bool all, ulong timeout)
    {
        if (AreDone(waitables, all))
            return true;
        if (timeout == 0)
        {
            Yield();
            return AreDone(waitables, all);
        }

        long start = Stopwatch.GetTimestamp();
        if (!queue.WakeHelpers() && Spin(waitables, all, start))
            return true;
        List<SharedWord.Sight>? shared = null;
        while (true)
        {
            uint seen = _bell.Announce();
            try
            {
                Look(waitables, ref shared);
                if (AreDone(waitables, all))
                    return true;
                ulong left = ulong.MaxValue;
                if (timeout != ulong.MaxValue)
                {
                    ulong elapsed = (ulong)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
                    if (elapsed >= timeout)
                        return false;
                    left = timeout - elapsed;
                }

                if (shared is null)
                    _bell.Sleep(seen, left);
                else
                    _bell.Sleep(seen, left, CollectionsMarshal.AsSpan(shared));
            }
            finally
            {
                _bell.Withdraw();
            }
        }
    }

    private bool Spin(ReadOnlySpan<IWaitable> waitables, bool all, long start)
    {
        Interlocked.Increment(ref _spinning);
        bool done = false;
        while (!done && !IsCrowded && Stopwatch.GetTimestamp() - start < SpinTicks)
        {
            Thread.SpinWait(1);
            done = AreDone(waitables, all);
        }

        Interlocked.Decrement(ref _spinning);
        return done;
    }

    /// <summary>Notes what others change as it is now, for a sleep that ends when they do.</summary>
    private static void Look(ReadOnlySpan<IWaitable> waitables, ref List<SharedWord.Sight>? shared)
    {
        shared?.Clear();
        foreach (var waitable in waitables)
        {
            if (waitable.Shared is { } word)
                (shared ??= []).Add(new SharedWord.Sight(word, word.Value));
        }
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
