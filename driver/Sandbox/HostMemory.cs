namespace ShaderJit.Sandbox;

/// <summary>
/// Memory of the application that a region shares while this lives: the application's private pages are replaced by shared memory
/// with the same content, which is then mapped into regions too. Nothing is copied after that, and both see what the other writes.
/// </summary>
/// <remarks>
/// <para>Only private, anonymous, readable and writable memory is taken: what the kernel calls anonymous or the heap, and what an earlier
/// import has left behind. Files, memory that is shared already, the main thread's stack, the stack that this runs on and whatever the
/// sandbox has reserved are refused. Other threads' stacks look like any anonymous memory: not to be handed in is the caller's duty.</para>
/// <para>Nobody may write to the range while <see cref="TryShare"/> runs: a write between the copy and the replacement is lost. Reading is
/// harmless, as each page is replaced by one with the same bytes. What the kernel or another driver has pinned before (io_uring's registered
/// buffers, RDMA) stays the old page.</para>
/// <para>While it is shared, a child made by fork shares the pages as well, instead of having a copy. Locks (mlock), advice (madvise) and
/// protection keys of the range are lost.</para>
/// </remarks>
public sealed unsafe class HostMemory : IDisposable
{
    /// <summary>What must not be shared around the stack pointer: signal frames below, this call's own frames above.</summary>
    private const ulong StackBelow = 64 * 1024, StackAbove = 4096;

    private static readonly Lock Gate = new();
    private static readonly List<Share> Shares = [];

    private readonly Share _share;
    private bool _disposed;

    private HostMemory(Share share, ulong offset) => (_share, Offset) = (share, offset);

    /// <summary>What is mapped in place of the application's pages, for <see cref="Region.TryMap"/>.</summary>
    public SharedMemory Memory => _share.Memory;

    /// <summary>Bytes from the start of <see cref="Memory"/> to the first byte of this range.</summary>
    public ulong Offset { get; }

    /// <summary>Whether <see cref="TryShare"/> would take a range, as things are now.</summary>
    /// <param name="address">As for <see cref="TryShare"/>.</param>
    /// <param name="bytes">As for <see cref="TryShare"/>.</param>
    public static bool CanShare(void* address, ulong bytes)
    {
        ulong start = (ulong)address;
        lock (Gate)
            return Look(start, bytes) is { } mappings && (Find(start, bytes, mappings) is not null || IsPrivate(start, bytes, mappings));
    }

    /// <summary>Shares a range of the application's memory. A range that is shared already, whole or as a part of one, is the same
    /// memory again.</summary>
    /// <param name="address">Its first byte: a multiple of <see cref="Region.PageBytes"/>.</param>
    /// <param name="bytes">A multiple of <see cref="Region.PageBytes"/>.</param>
    /// <returns>Null when it is no memory that can be shared; it is as it was.</returns>
    /// <exception cref="SandboxException">The machine has not enough memory or mappings.</exception>
    public static HostMemory? TryShare(void* address, ulong bytes)
    {
        ulong start = (ulong)address;
        lock (Gate)
        {
            if (Look(start, bytes) is not { } mappings)
                return null;
            if (Find(start, bytes, mappings) is { } known)
            {
                known.Users++;
                return new HostMemory(known, start - known.Start);
            }

            if (!IsPrivate(start, bytes, mappings))
                return null;
            var memory = SharedMemory.TryCreate(bytes) ?? throw Libc.Failure($"memfd of {bytes} bytes");
            try
            {
                var share = new Share(start, memory);
                if (!memory.TryWrite((nint)address, bytes))
                    throw Libc.Failure($"copy of {bytes} bytes");
                // SAFETY: the pages are the application's, who asked for this; they get the same bytes and the same protection.
                Replace(start, bytes, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared, share);
                Shares.Add(share);
                return new HostMemory(share, 0);
            }
            catch
            {
                memory.Dispose();
                throw;
            }
        }
    }

    /// <summary>
    /// The application's memory is private again, with what it holds at this moment, unless the range is shared by somebody else still. Take
    /// it out of the region first (<see cref="Region.Detach"/>). Pages that the application has unmapped or replaced meanwhile
    /// are left alone.
    /// </summary>
    /// <exception cref="SandboxException">The machine refuses; the memory stays shared, but nobody shares it.</exception>
    public void Dispose()
    {
        lock (Gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (--_share.Users > 0)
                return;
            Shares.Remove(_share);
            try
            {
                // Where the kernel does not tell what is mapped, nothing is touched.
                foreach (var mapping in ProcessMap.Read(_share.Start, _share.End) ?? [])
                {
                    if (!_share.IsIn(mapping))
                        continue;
                    ulong from = Math.Max(mapping.Start, _share.Start), to = Math.Min(mapping.End, _share.End);
                    // SAFETY: these pages are ours, as the kernel says; a private mapping of them has the same bytes. One call replaces
                    // them, so that no other thread finds a page gone or a write lost.
                    Replace(from, to - from, mapping.Protection, Libc.MapPrivate, _share);
                }
            }
            finally
            {
                _share.Memory.Dispose();
            }
        }
    }

    private static void Replace(ulong start, ulong bytes, int protection, int kind, Share share)
    {
        if (Libc.MMap((nint)start, (nuint)bytes, protection, kind | Libc.MapFixed, share.Memory.File, (nint)(start - share.Start)) == -1)
            throw Libc.Failure($"mmap of {bytes} bytes of the application's memory");
    }

    /// <summary>The mappings of a range; null unless it is whole pages that are all mapped.</summary>
    private static List<ProcessMapping>? Look(ulong start, ulong bytes)
    {
        if (((start | bytes) & (Region.PageBytes - 1)) != 0 || start == 0 || bytes == 0 || bytes > long.MaxValue - start)
            return null;
        if (ProcessMap.Read(start, start + bytes) is not { Count: > 0 } mappings || mappings[0].Start > start || mappings[^1].End < start + bytes)
            return null;
        for (int i = 1; i < mappings.Count; i++)
        {
            if (mappings[i].Start != mappings[i - 1].End)
                return null;
        }

        return mappings;
    }

    /// <summary>The share in which a range lies whole; the application may have put other memory there since.</summary>
    private static Share? Find(ulong start, ulong bytes, List<ProcessMapping> mappings)
    {
        foreach (var share in Shares)
        {
            if (share.Start <= start && start + bytes <= share.End && mappings.TrueForAll(share.IsIn)
                && mappings.TrueForAll(m => m.Protection == (Libc.ProtRead | Libc.ProtWrite)))
            {
                return share;
            }
        }

        return null;
    }

    private static bool IsPrivate(ulong start, ulong bytes, List<ProcessMapping> mappings)
    {
        byte here = 0;
        ulong stack = (ulong)&here;
        return !OwnMemory.Overlaps(start, start + bytes)
            && (start + bytes <= stack - StackBelow || start >= stack + StackAbove)
            && mappings.TrueForAll(IsPrivate);
    }

    /// <summary>A private mapping of a memfd of ours is what <see cref="Dispose"/> has left.</summary>
    private static bool IsPrivate(ProcessMapping mapping) =>
        !mapping.IsShared && mapping.Protection == (Libc.ProtRead | Libc.ProtWrite)
        && (mapping.Inode == 0
            ? mapping.Name is "" or "[heap]" || mapping.Name.StartsWith("[anon:", StringComparison.Ordinal)
            : mapping.Name == SharedMemory.MappedName);

    /// <summary>A range of the application's that is shared now.</summary>
    private sealed class Share(ulong start, SharedMemory memory)
    {
        private readonly (ulong Device, ulong Inode) _file = memory.Identity;

        public ulong Start { get; } = start;

        public ulong End { get; } = start + memory.Bytes;

        public SharedMemory Memory { get; } = memory;

        /// <summary>How many <see cref="HostMemory"/> it has.</summary>
        public int Users { get; set; } = 1;

        /// <summary>Whether a mapping is the one that was made here, or a piece of it.</summary>
        public bool IsIn(ProcessMapping mapping) =>
            mapping.IsShared && (mapping.Device, mapping.Inode) == _file && mapping.Offset == mapping.Start - Start;
    }
}
