using System.Runtime.InteropServices;

namespace ShaderJit.Sandbox;

/// <summary>
/// Puts shared memory with the same content in place of pages of the process, while other threads go on to use them: no write is lost,
/// and no read sees anything else.
/// </summary>
/// <remarks>
/// <para>Linux has no call that copies and replaces at once. So the pages become read-only first, are copied, and are replaced, which for
/// a page fault is one step. A thread that writes meanwhile faults; the handler for SIGSEGV finds the range in <see cref="Record"/>, waits until the
/// pages are there, and lets the instruction run again (<see cref="PageReplacementCode"/>).</para>
/// <para>Between taking write access away and giving it back this thread runs a few system calls of one routine, with all signals blocked, and
/// nothing else: it never waits for another thread, which might itself wait in the handler with any lock of the process in hand.</para>
/// <para>What cannot wait in a handler does not: a system call that writes to the pages meanwhile fails with EFAULT, and a thread that has blocked
/// SIGSEGV ends the process. So the time is kept short: pieces of <see cref="PieceBytes"/>, and the first and the last page of a range, which it may share
/// with objects of other threads, by themselves.</para>
/// </remarks>
internal static unsafe class PageReplacement
{
    /// <summary>Bytes that are read-only at a time, at most.</summary>
    public const ulong PieceBytes = 1 << 20;

    private static readonly Lock Gate = new();

    /// <summary>What the handlers look at; never given back, as they may outlive everything.</summary>
    public static readonly ReplacementRecord* Record = MakeRecord();

    private static readonly delegate* unmanaged<ReplacementRecord*, nint> Routine =
        (delegate* unmanaged<ReplacementRecord*, nint>)CodeSpace.PlaceHandler(PageReplacementCode.Routine());

    /// <summary>Replaces private, readable and writable pages. The handlers must be in place (<see cref="TrapHandler.EnsureInstalled"/>).</summary>
    /// <param name="start">Address of the first page.</param>
    /// <param name="bytes">Whole pages.</param>
    /// <param name="memory">What comes in their place: at least <paramref name="bytes"/>, and nobody else uses it yet.</param>
    /// <returns>Bytes from the start that have been replaced: <paramref name="bytes"/>, or less where the machine has not enough memory or
    /// mappings. What follows is as it was.</returns>
    public static ulong Replace(ulong start, ulong bytes, SharedMemory memory)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, memory.Bytes);
        lock (Gate)
        {
            ulong done = 0;
            while (done < bytes)
            {
                ulong left = bytes - done;
                ulong piece = done == 0 || left == Libc.Page ? Libc.Page : Math.Min(left - Libc.Page, PieceBytes);
                Record->Start = start + done;
                Record->End = start + done + piece;
                Record->File = memory.File;
                Record->Offset = done;
                Volatile.Write(ref Record->IsUsed, 1);
                if (Routine(Record) != 0)
                    break;
                done += piece;
            }

            GC.KeepAlive(memory);
            return done;
        }
    }

    private static ReplacementRecord* MakeRecord()
    {
        nint pages = Libc.Reserve(2 * Libc.Page);
        Libc.Protect(pages, 2 * Libc.Page, Libc.ProtRead | Libc.ProtWrite);
        var record = (ReplacementRecord*)pages;
        record->AllSignals = ulong.MaxValue;
        record->IsOriginal = 1;
        Libc.MAdvise(pages + ReplacementRecord.IsOriginalAt, Libc.Page, Libc.AdviseWipeOnFork);
        return record;
    }
}

/// <summary>One replacement, as <see cref="PageReplacementCode"/> knows it.</summary>
[StructLayout(LayoutKind.Explicit)]
internal struct ReplacementRecord
{
    public const int SequenceAt = 0, ProbeAt = 4, IsUsedAt = 8, StartAt = 16, EndAt = 24, OffsetAt = 32, FileAt = 40,
        SavedSignalsAt = 48, AllSignalsAt = 56, IsOriginalAt = Libc.Page;

    /// <summary>Odd while pages are read-only; a futex. What follows changes only while it is even.</summary>
    [FieldOffset(SequenceAt)] public uint Sequence;

    /// <summary>A futex that nobody waits for.</summary>
    [FieldOffset(ProbeAt)] public uint Probe;

    /// <summary>0 until the first replacement of the process: the handlers go on at once.</summary>
    [FieldOffset(IsUsedAt)] public int IsUsed;

    /// <summary>Address of the first byte.</summary>
    [FieldOffset(StartAt)] public ulong Start;

    /// <summary>Address behind the last byte.</summary>
    [FieldOffset(EndAt)] public ulong End;

    /// <summary>Bytes of the file in front of what comes to <see cref="Start"/>.</summary>
    [FieldOffset(OffsetAt)] public ulong Offset;

    /// <summary>The memfd.</summary>
    [FieldOffset(FileAt)] public long File;

    /// <summary>The thread's signal mask before.</summary>
    [FieldOffset(SavedSignalsAt)] public ulong SavedSignals;

    /// <summary>The mask meanwhile.</summary>
    [FieldOffset(AllSignalsAt)] public ulong AllSignals;

    /// <summary>In a page that is empty in a child made by fork, which has none of the threads that replace; 1 elsewhere.</summary>
    [FieldOffset(IsOriginalAt)] public int IsOriginal;
}
