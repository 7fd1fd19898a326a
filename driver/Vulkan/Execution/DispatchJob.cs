using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Sandbox;

namespace ShaderJit.Vulkan.Execution;

/// <summary>One dispatch while it runs: workers take chunks of its workgroups, in order, from a counter.</summary>
internal sealed class DispatchJob
{
    private readonly ulong _total;
    private readonly ulong _chunk;
    private readonly (uint X, uint Y, uint Z) _groups;
    private long _next;
    private KernelExit _failure;
    private int _failed;

    /// <param name="groups">Workgroups in each dimension; none is 0.</param>
    /// <param name="workers">Threads that will share the work.</param>
    public DispatchJob(KernelCode code, int scratchBytes, byte[] frame, (uint X, uint Y, uint Z) groups, int workers,
        Deadline deadline)
    {
        Code = code;
        ScratchBytes = scratchBytes;
        Frame = frame;
        Deadline = deadline;
        _groups = groups;
        _total = (ulong)groups.X * groups.Y * groups.Z;

        // Several chunks a worker even out what they cost; look-back algorithms only need chunks to start in order.
        _chunk = Math.Clamp(_total / ((ulong)workers * 8), 1, 1 << 16);
    }

    public KernelCode Code { get; }

    public int ScratchBytes { get; }

    /// <summary>The argument frame but for what differs between workers and chunks.</summary>
    public byte[] Frame { get; }

    public Deadline Deadline { get; }

    /// <summary>Chunks that the dispatch is cut into.</summary>
    public ulong ChunkCount => (_total + _chunk - 1) / _chunk;

    /// <summary>How it ended: the first trap, or null.</summary>
    public KernelExit? Failure => Volatile.Read(ref _failed) == 2 ? _failure : null;

    /// <summary>The next chunk: its first workgroup's linear index and its number of workgroups.</summary>
    public bool TryTake(out ulong first, out uint count)
    {
        first = (ulong)Interlocked.Add(ref _next, (long)_chunk) - _chunk;
        count = first < _total ? (uint)Math.Min(_chunk, _total - first) : 0;
        return count > 0 && Volatile.Read(ref _failed) == 0;
    }

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
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)(linear % _groups.X));
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], (uint)(linear / _groups.X % _groups.Y));
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], (uint)(linear / _groups.X / _groups.Y));
    }
}
