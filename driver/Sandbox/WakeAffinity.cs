using static ShaderJit.Sandbox.Libc;

namespace ShaderJit.Sandbox;

/// <summary>
/// Keeps a thread that is about to be woken off the processor of who wakes it. The system looks for an idle processor only at
/// that moment, and where it sees none, it may put the sleeper behind the thread that wakes it and leave it there for milliseconds,
/// although the other processor is idle a moment later.
/// </summary>
/// <remarks>Made on the thread that it is about. The thread's processors are narrowed until it runs again: none are added to
/// those that it had, and where it had no other one nothing changes. The thread disposes it before it ends, as the system gives
/// its number to another then.</remarks>
public sealed unsafe class WakeAffinity : IDisposable
{
    /// <summary>Of a set of processors: 1024, as in glibc's <c>cpu_set_t</c>.</summary>
    private const int Words = 16;

    private readonly int _thread = GetTid();
    private readonly ulong[] _whole = new ulong[Words];
    private readonly Lock _lock = new();
    private bool _isNarrow, _hasEnded;

    /// <summary>Takes the caller's processor from the thread, which sleeps or soon will, for its next start.</summary>
    public void AvoidCaller()
    {
        Span<ulong> narrow = stackalloc ulong[Words];
        narrow.Clear();
        uint processor = 0;
        // SAFETY: the call writes the number, and is given no other address.
        if (Syscall(SyscallGetCpu, (nint)(&processor), 0, 0, 0) != 0 || processor >= Words * 64) return;
        lock (_lock)
        {
            if (_hasEnded) return;
            // SAFETY: both calls are given the span's address and its size in bytes.
            fixed (ulong* words = narrow)
            {
                if (_isNarrow)
                    _whole.CopyTo(narrow);
                else if (Syscall(SyscallSchedGetAffinity, _thread, Words * 8, (nint)words, 0) <= 0)
                    return;
                else
                    narrow.CopyTo(_whole);
                narrow[(int)processor / 64] &= ~(1UL << (int)(processor % 64));
                if (narrow.ContainsAnyExcept(0UL) && Syscall(SyscallSchedSetAffinity, _thread, Words * 8, (nint)words, 0) == 0)
                    _isNarrow = true;
            }
        }
    }

    /// <summary>Gives the calling thread, which this is about, its processors back.</summary>
    public void Restore()
    {
        lock (_lock)
        {
            if (!_isNarrow) return;
            _isNarrow = false;
            // SAFETY: as above.
            fixed (ulong* words = _whole)
                Syscall(SyscallSchedSetAffinity, _thread, Words * 8, (nint)words, 0);
        }
    }

    /// <summary>From now on nothing is taken from the thread, or from who has its number next.</summary>
    public void Dispose()
    {
        lock (_lock) _hasEnded = true;
    }
}
