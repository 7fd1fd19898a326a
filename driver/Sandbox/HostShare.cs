namespace ShaderJit.Sandbox;

/// <summary>A range of the application's pages that has been replaced by shared memory, while somebody uses it.</summary>
/// <param name="start">Address of the first byte.</param>
/// <param name="memory">What is mapped there.</param>
internal sealed class HostShare(ulong start, SharedMemory memory)
{
    private readonly (ulong Device, ulong Inode) _file = memory.Identity;

    public ulong Start { get; } = start;

    public ulong End { get; } = start + memory.Bytes;

    public SharedMemory Memory { get; } = memory;

    /// <summary>How many <see cref="HostMemory"/> have a part of it.</summary>
    public int Users { get; set; }

    /// <summary>Replaces private pages.</summary>
    /// <exception cref="SandboxException">The machine has not enough memory or mappings. The pages are private, with what they hold.</exception>
    public static HostShare Make(ulong start, ulong bytes)
    {
        var memory = SharedMemory.TryCreate(bytes) ?? throw Libc.Failure($"memfd of {bytes} bytes");
        try
        {
            var share = new HostShare(start, memory);
            ulong done = PageReplacement.Share(start, bytes, memory);
            if (done == bytes)
                return share;
            share.MakePrivate();
            throw new SandboxException($"no memory to share {bytes} bytes of the application's: {done} could be");
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Makes the pages private and anonymous again, with what they hold at this moment, and closes the memory. Pages that the application has
    /// unmapped or replaced meanwhile are left alone.</summary>
    /// <exception cref="SandboxException">The machine refuses; the pages stay shared.</exception>
    public void Close()
    {
        try
        {
            MakePrivate();
        }
        finally
        {
            Memory.Dispose();
        }
    }

    /// <summary>Whether a mapping is the one that was made here, or a piece of it.</summary>
    public bool IsIn(ProcessMapping mapping) =>
        mapping.IsShared && (mapping.Device, mapping.Inode) == _file && mapping.Offset == mapping.Start - Start;

    private void MakePrivate()
    {
        // Where the kernel does not tell what is mapped, nothing is touched.
        foreach (var mapping in ProcessMap.Read(Start, End) ?? [])
        {
            if (!IsIn(mapping))
                continue;
            ulong from = Math.Max(mapping.Start, Start), to = Math.Min(mapping.End, End);

            // SAFETY: these pages are ours, as the kernel says.
            ulong done = PageReplacement.Unshare(from, to - from, mapping.Protection, Memory, from - Start);
            if (done < to - from)
                throw new SandboxException($"no memory to make {to - from} bytes of the application's private again: {done} are");
        }
    }
}
