using static ShaderJit.Sandbox.Libc;

namespace ShaderJit.Sandbox;

/// <summary>
/// Where threads sleep until something has changed. Ringing costs a fence and a load while nobody sleeps, and one system
/// call otherwise. A sleeper announces itself, looks whether what it waits for is there, and only then sleeps:
/// <code>
/// uint seen = bell.Announce();
/// if (!IsThere()) bell.Sleep(seen, timeout);
/// bell.Withdraw();
/// </code>
/// Whoever makes the change does so first and rings after, so none is missed. A sleep may also end for no reason.
/// </summary>
public sealed unsafe class Doorbell
{
    /// <summary>As many numbers are waited for in one call; with more of them a sleep is short.</summary>
    private const int MostWords = 31;

    private const ulong MostNanoseconds = 100_000_000, PollNanoseconds = 1_000_000;

    // Pinned, as the system knows the word by its address: the number of rings, and on another cache line the sleepers.
    private readonly uint[] _words = GC.AllocateArray<uint>(32, pinned: true);

    private ref uint Rings => ref _words[0];

    private ref uint Sleepers => ref _words[16];

    /// <summary>Says that this thread may sleep soon. Pair with <see cref="Withdraw"/>.</summary>
    /// <returns>What to give to <see cref="Sleep"/>.</returns>
    public uint Announce()
    {
        Interlocked.Increment(ref Sleepers);
        return Volatile.Read(ref Rings);
    }

    /// <summary>This thread is awake.</summary>
    public void Withdraw() => Interlocked.Decrement(ref Sleepers);

    /// <summary>Sleeps until a ring after <see cref="Announce"/>, the timeout, or for no reason.</summary>
    /// <param name="seen">What <see cref="Announce"/> gave.</param>
    /// <param name="nanoseconds">At most this long; <see cref="ulong.MaxValue"/> for ever.</param>
    public void Sleep(uint seen, ulong nanoseconds)
    {
        TimeSpec time = new()
        {
            Seconds = (nint)Math.Min(nanoseconds / 1_000_000_000, int.MaxValue),
            Nanoseconds = (nint)(nanoseconds % 1_000_000_000),
        };
        // SAFETY: the word is pinned and lives as long as this object, which the caller holds; the time is on the stack.
        fixed (uint* word = &Rings)
            Syscall(SyscallFutex, (nint)word, FutexWaitPrivate, (nint)seen, nanoseconds == ulong.MaxValue ? 0 : (nint)(&time));
        GC.KeepAlive(this);
    }

    /// <summary>The same, and a change of one of several numbers that processes share ends the sleep too.</summary>
    /// <param name="seen">What <see cref="Announce"/> gave.</param>
    /// <param name="nanoseconds">At most this long. It never is longer than a tenth of a second: who changes a number may end before it
    /// tells of it.</param>
    /// <param name="words">The numbers, as they were before the caller looked whether what it waits for is there.</param>
    public void Sleep(uint seen, ulong nanoseconds, ReadOnlySpan<SharedWord.Sight> words)
    {
        int held = 0;
        var waits = stackalloc FutexWait[MostWords + 1];
        // SAFETY: the bell's word is pinned and lives as long as this object; the pages of the others are held meanwhile.
        fixed (uint* word = &Rings)
        {
            waits[0] = new FutexWait { Expected = seen, Address = (ulong)word, Flags = Futex32Bits | FutexPrivate };
            for (; held < words.Length && held < MostWords && words[held].Word.TryHold(); held++)
            {
                waits[held + 1] = new FutexWait
                {
                    Expected = (uint)words[held].Seen, Address = (ulong)words[held].Word.Address, Flags = Futex32Bits,
                };
            }

            try
            {
                ulong most = Math.Min(nanoseconds, held == words.Length ? MostNanoseconds : PollNanoseconds);
                TimeSpec end;
                if (Syscall(SyscallClockGetTime, ClockMonotonic, (nint)(&end), 0, 0) != 0) throw Failure("clock_gettime");
                ulong late = (ulong)end.Nanoseconds + most;
                end = new TimeSpec { Seconds = end.Seconds + (nint)(late / 1_000_000_000), Nanoseconds = (nint)(late % 1_000_000_000) };
                nint woken = Syscall(SyscallFutexWaitV, (nint)waits, held + 1, 0, (nint)(&end), ClockMonotonic);

                // A kernel before 5.16, or a filter of system calls.
                if (woken < 0 && LastError is NoSuchCall or NotPermitted) Sleep(seen, Math.Min(most, PollNanoseconds));
            }
            finally
            {
                for (int i = 0; i < held; i++) words[i].Word.Release();
            }
        }

        GC.KeepAlive(this);
    }

    /// <summary>Wakes sleepers.</summary>
    /// <param name="most">At most this many.</param>
    public void Ring(int most = int.MaxValue)
    {
        // Orders the caller's change before the look at the sleepers.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref Sleepers) == 0) return;
        Interlocked.Increment(ref Rings);
        // SAFETY: as above.
        fixed (uint* word = &Rings) Syscall(SyscallFutex, (nint)word, FutexWakePrivate, most, 0);
    }
}
