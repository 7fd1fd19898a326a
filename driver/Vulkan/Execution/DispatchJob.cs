using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Execution;

/// <summary>
/// One dispatch while it runs: threads take chunks of its workgroups, in order. A queue uses one object for all its
/// dispatches, one after the other.
/// </summary>
/// <remarks>
/// Chunks shrink towards the end, so that the threads end together, but not below what is worth entering a kernel for.
/// How long a workgroup takes is known from earlier dispatches of the pipeline; it decides about speed only, never about
/// results.
/// </remarks>
internal sealed class DispatchJob
{
    /// <summary>Nanoseconds of work below which a chunk is not cut further: some ten times what an entry costs.</summary>
    private const double ChunkNanoseconds = 3_000;

    private const ulong LargestChunk = 1 << 16;

    private readonly byte[] _frame = new byte[ArgumentFrame.Size];
    private ulong _total, _smallestChunk;
    private uint _groupsX, _groupsY, _shares;
    private double _estimate;
    private long _next;
    private KernelExit _failure;
    private int _failed;

    public KernelCode Code { get; private set; } = null!;

    public int ScratchBytes { get; private set; }

    public Deadline Deadline { get; private set; } = null!;

    /// <summary>The argument frame but for what differs between workers and chunks.</summary>
    public Span<byte> Frame => _frame;

    /// <summary>How it ended: the first trap, or null.</summary>
    public KernelExit? Failure => Volatile.Read(ref _failed) == 2 ? _failure : null;

    /// <summary>Whether it is known what a workgroup costs.</summary>
    public bool IsKnown => !double.IsPositiveInfinity(_estimate);

    /// <summary>Nanoseconds that one thread would take for all that is left and could be shared: infinite when nothing is known,
    /// and none where it is one workgroup.</summary>
    public double Left
    {
        get
        {
            ulong next = (ulong)Volatile.Read(ref _next);
            return HasLeft && _total > next + 1 ? _estimate * (_total - next) : 0;
        }
    }

    /// <summary>Whether there are workgroups that no thread has taken yet.</summary>
    public bool HasLeft => (ulong)Volatile.Read(ref _next) < _total && Volatile.Read(ref _failed) == 0;

    /// <summary>Begins a dispatch. No thread may be at the one before any more.</summary>
    /// <param name="groups">Workgroups in each dimension; none is 0.</param>
    /// <param name="threads">Threads that may share the work.</param>
    public void Begin(PipelineObject pipeline, (uint X, uint Y, uint Z) groups, int threads, Deadline deadline)
    {
        Code = pipeline.Code;
        ScratchBytes = pipeline.Kernel.ScratchBytes;
        Deadline = deadline;
        (_groupsX, _groupsY) = (groups.X, groups.Y);
        _total = (ulong)groups.X * groups.Y * groups.Z;
        SetEstimate(pipeline.WorkgroupNanoseconds);
        _shares = (uint)threads * 3;
        _failed = 0;
        Volatile.Write(ref _next, 0);
    }

    /// <summary>Nothing holds on to the dispatch's objects.</summary>
    public void End() => (Code, Deadline) = (null!, null!);

    /// <summary>The next chunk: its first workgroup's linear index and its number of workgroups.</summary>
    /// <param name="most">Workgroups that it may have.</param>
    public bool TryTake(ulong most, out ulong first, out uint count)
    {
        while (true)
        {
            long next = Volatile.Read(ref _next);
            first = (ulong)next;
            count = 0;
            if (first >= _total || Volatile.Read(ref _failed) != 0)
                return false;
            ulong left = _total - first;
            count = (uint)Math.Min(Math.Min(left, most), Math.Clamp(left / _shares, _smallestChunk, LargestChunk));
            if (Interlocked.CompareExchange(ref _next, next + count, next) == next)
                return true;
        }
    }

    /// <summary>What workgroups of this dispatch have cost, where nothing was known. Other threads, if any, may go on for a
    /// chunk with what they knew.</summary>
    public void Learn(double nanoseconds) => SetEstimate(nanoseconds);

    /// <summary>Ends the dispatch; the other workers are stopped.</summary>
    public void Fail(KernelExit exit)
    {
        if (Interlocked.CompareExchange(ref _failed, 1, 0) != 0)
            return;
        _failure = exit;
        Volatile.Write(ref _failed, 2);
        Deadline.Stop();
    }

    /// <summary>Writes the three coordinates of a workgroup by its linear index, x fastest.</summary>
    public void WriteFirstWorkgroup(Span<byte> target, ulong linear)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)(linear % _groupsX));
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], (uint)(linear / _groupsX % _groupsY));
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], (uint)(linear / _groupsX / _groupsY));
    }

    private void SetEstimate(double nanoseconds)
    {
        _estimate = nanoseconds;
        _smallestChunk = (ulong)Math.Clamp(ChunkNanoseconds / nanoseconds, 1, LargestChunk);
    }
}
