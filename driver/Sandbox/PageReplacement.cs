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

    private const int SysMmap = 9, SysMprotect = 10, SysPread64 = 17, SysPwrite64 = 18, SysMremap = 25, RemapMayMoveFixed = 3;

    private static readonly Lock Gate = new();

    /// <summary>What the handlers look at; never given back, as they may outlive everything.</summary>
    public static readonly ReplacementRecord* Record = MakeRecord();

    private static readonly delegate* unmanaged<ReplacementRecord*, nint> Routine =
        (delegate* unmanaged<ReplacementRecord*, nint>)CodeSpace.PlaceHandler(PageReplacementCode.Routine());

    /// <summary>Puts shared memory in place of private, readable and writable pages. The handlers must be there
    /// (<see cref="TrapHandler.EnsureInstalled"/>).</summary>
    /// <param name="start">Address of the first page.</param>
    /// <param name="bytes">Whole pages.</param>
    /// <param name="memory">What comes in their place: at least <paramref name="bytes"/>, and nobody else uses it yet.</param>
    /// <returns>Bytes from the start that have been replaced: <paramref name="bytes"/>, or less where the machine has not enough memory or
    /// mappings. What follows is as it was.</returns>
    public static ulong Share(ulong start, ulong bytes, SharedMemory memory)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, memory.Bytes);
        const long both = Libc.ProtRead | Libc.ProtWrite;
        ulong done = InPieces(start, bytes, (calls, at, piece) =>
        {
            long address = (long)(start + at), length = (long)piece;
            calls[0] = new(SysMprotect, 0, address, length, Libc.ProtRead);
            calls[1] = new(SysPwrite64, length, memory.File, address, length, (long)at);
            calls[2] = new(SysMmap, address, address, length, both, Libc.MapShared | Libc.MapFixed, memory.File, (long)at);
            calls[ReplacementRecord.Undo] = new(SysMprotect, 0, address, length, both);
            return 3;
        });
        GC.KeepAlive(memory);
        return done;
    }

    /// <summary>Puts private, anonymous pages in place of shared memory: as Share, the other way round. So what the kernel and the
    /// application may take for granted of such memory holds again: that madvise empties it, above all.</summary>
    /// <param name="start">As for Share.</param>
    /// <param name="bytes">As for Share.</param>
    /// <param name="protection">That of the pages, before and afterwards.</param>
    /// <param name="memory">What is mapped there.</param>
    /// <param name="from">Bytes of it in front of what is mapped at the start.</param>
    /// <returns>As for Share.</returns>
    public static ulong Unshare(ulong start, ulong bytes, int protection, SharedMemory memory, ulong from)
    {
        // Copied here, then moved there with its pages, which is one step for a page fault too.
        nint fresh = Libc.MMap(0, (nuint)bytes, Libc.ProtRead | Libc.ProtWrite, Libc.MapPrivate | Libc.MapAnonymous | Libc.MapPopulate, -1, 0);
        if (fresh == -1)
            return 0;
        ulong done = InPieces(start, bytes, (calls, at, piece) =>
        {
            long address = (long)(start + at), copy = fresh + (long)at, length = (long)piece;
            calls[0] = new(SysMprotect, 0, address, length, protection & ~Libc.ProtWrite);
            calls[1] = new(SysPread64, length, memory.File, copy, length, (long)(from + at));
            calls[2] = new(SysMprotect, 0, copy, length, protection);
            calls[3] = new(SysMremap, address, copy, length, length, RemapMayMoveFixed, address);
            calls[ReplacementRecord.Undo] = new(SysMprotect, 0, address, length, protection);
            return 4;
        });
        GC.KeepAlive(memory);
        if (done < bytes)
            Libc.Release(fresh + (nint)done, (nuint)(bytes - done));
        return done;
    }

    /// <summary>Writes down the calls for the piece of so many bytes behind so many, and how to undo the first.</summary>
    /// <returns>How many.</returns>
    private delegate int CallsOfPiece(Span<ReplacementCall> calls, ulong at, ulong piece);

    private static ulong InPieces(ulong start, ulong bytes, CallsOfPiece describe)
    {
        lock (Gate)
        {
            ulong done = 0;
            while (done < bytes)
            {
                ulong left = bytes - done;
                ulong piece = done == 0 || left == Libc.Page ? Libc.Page : Math.Min(left - Libc.Page, PieceBytes);
                Record->Start = start + done;
                Record->End = start + done + piece;
                // SAFETY: the record has two pages, of which the calls lie in the first.
                var calls = new Span<ReplacementCall>((byte*)Record + ReplacementRecord.CallsAt, ReplacementRecord.Undo + 1);
                Record->Count = describe(calls, done, piece);
                Volatile.Write(ref Record->IsUsed, 1);
                if (Routine(Record) != 0)
                    break;
                done += piece;
            }

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
    public const int SequenceAt = 0, ProbeAt = 4, IsUsedAt = 8, StartAt = 16, EndAt = 24, SavedSignalsAt = 32, AllSignalsAt = 40,
        CountAt = 48, CallsAt = 64, IsOriginalAt = Libc.Page;

    /// <summary>Which call gives back what the first has taken, where one fails.</summary>
    public const int Undo = 4;

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

    /// <summary>The thread's signal mask before.</summary>
    [FieldOffset(SavedSignalsAt)] public ulong SavedSignals;

    /// <summary>The mask meanwhile.</summary>
    [FieldOffset(AllSignalsAt)] public ulong AllSignals;

    /// <summary>How many calls there are at <see cref="CallsAt"/>, not counting <see cref="Undo"/>.</summary>
    [FieldOffset(CountAt)] public int Count;

    /// <summary>In a page that is empty in a child made by fork, which has none of the threads that replace; 1 elsewhere.</summary>
    [FieldOffset(IsOriginalAt)] public int IsOriginal;
}

/// <summary>One system call of a replacement.</summary>
/// <param name="Number">Which.</param>
/// <param name="Expected">What it returns when it has done all that it should.</param>
/// <param name="A">Its arguments.</param>
/// <param name="B">The second.</param>
/// <param name="C">The third.</param>
/// <param name="D">The fourth.</param>
/// <param name="E">The fifth.</param>
/// <param name="F">The sixth.</param>
internal readonly record struct ReplacementCall(
    long Number, long Expected, long A, long B = 0, long C = 0, long D = 0, long E = 0, long F = 0)
{
    public const int Bytes = 64, NumberAt = 0, ExpectedAt = 8, ArgumentsAt = 16;
}
