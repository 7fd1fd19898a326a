namespace ShaderJit.Sandbox;

/// <summary>
/// Memory of the application that a region shares while this lives: the application's private pages are replaced by shared memory
/// with the same content, which is then mapped into regions too. Nothing is copied after that, and both see what the other writes.
/// </summary>
/// <remarks>
/// <para>Only private, anonymous, readable and writable memory is taken: what the kernel calls anonymous or the heap. Files, memory that is shared already, the main thread's stack, the stack that this runs on and whatever the
/// sandbox has reserved are refused. Other threads' stacks look like any anonymous memory: not to be handed in is the caller's duty.</para>
/// <para>Other threads may read and write the range meanwhile (<see cref="PageReplacement"/>). What the kernel or another driver has pinned before
/// (io_uring's registered buffers, RDMA) stays the old page.</para>
/// <para>While it is shared, a child made by fork shares the pages as well, instead of having a copy. Locks (mlock), advice (madvise) and
/// protection keys of the range are lost.</para>
/// </remarks>
public sealed unsafe class HostMemory : IDisposable
{
    /// <summary>What must not be shared around the stack pointer: signal frames below, this call's own frames above.</summary>
    private const ulong StackBelow = 64 * 1024, StackAbove = 4096;

    private static readonly Lock Gate = new();
    private static readonly List<HostShare> Shares = [];

    private readonly List<Piece> _pieces;
    private bool _disposed;

    private HostMemory(List<Piece> pieces)
    {
        _pieces = pieces;
        foreach (var piece in pieces)
            piece.Share!.Users++;
    }

    /// <summary>Whether <see cref="TryShare"/> would take a range, as things are now.</summary>
    /// <param name="address">As for <see cref="TryShare"/>.</param>
    /// <param name="bytes">As for <see cref="TryShare"/>.</param>
    public static bool CanShare(void* address, ulong bytes)
    {
        lock (Gate)
            return Look((ulong)address, bytes) is not null;
    }

    /// <summary>Shares a range of the application's memory. What of it is shared already is the same memory again.</summary>
    /// <param name="address">Its first byte: a multiple of <see cref="Region.PageBytes"/>.</param>
    /// <param name="bytes">A multiple of <see cref="Region.PageBytes"/>.</param>
    /// <returns>Null when it is no memory that can be shared; it is as it was.</returns>
    /// <exception cref="SandboxException">The machine has not enough memory or mappings.</exception>
    public static HostMemory? TryShare(void* address, ulong bytes)
    {
        lock (Gate)
        {
            if (Look((ulong)address, bytes) is not { } pieces)
                return null;
            TrapHandler.EnsureInstalled();
            var made = new List<HostShare>();
            try
            {
                for (int i = 0; i < pieces.Count; i++)
                {
                    if (pieces[i].Share is not null)
                        continue;
                    made.Add(HostShare.Make(pieces[i].Start, pieces[i].Bytes));
                    pieces[i] = pieces[i] with { Share = made[^1] };
                }
            }
            catch
            {
                foreach (var share in made)
                    share.Close();
                throw;
            }

            Shares.AddRange(made);
            return new HostMemory(pieces);
        }
    }

    /// <summary>Maps the range into a region: <see cref="Region.TryMap"/>. <see cref="Region.Detach"/> takes it out.</summary>
    /// <param name="region">The region.</param>
    /// <param name="offset">Where in it, in bytes: a multiple of <see cref="Region.PageBytes"/>.</param>
    /// <returns>False when the machine refuses; nothing is mapped.</returns>
    public bool TryMap(Region region, ulong offset)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ulong at = offset;
        foreach (var piece in _pieces)
        {
            if (!region.TryMap(at, piece.Bytes, piece.Share!.Memory, piece.Start - piece.Share.Start))
            {
                if (at > offset)
                    region.Unmap(offset, at - offset);
                return false;
            }

            at += piece.Bytes;
        }

        return true;
    }

    /// <summary>
    /// The application's memory is private again, with what it holds at this moment, but for what shares a piece with memory that somebody
    /// else has still. Take it out of the region first (<see cref="Region.Detach"/>). Pages that the application has unmapped or replaced
    /// meanwhile are left alone.
    /// </summary>
    /// <exception cref="SandboxException">The machine refuses; memory stays shared, but no region has it.</exception>
    public void Dispose()
    {
        lock (Gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            SandboxException? failure = null;
            TrapHandler.EnsureInstalled();
            foreach (var piece in _pieces)
            {
                if (--piece.Share!.Users > 0)
                    continue;
                Shares.Remove(piece.Share);
                try
                {
                    piece.Share.Close();
                }
                catch (SandboxException e)
                {
                    failure = e;
                }
            }

            if (failure is not null)
                throw failure;
        }
    }

    /// <summary>The pieces of a range, by address: what is shared already, and private memory that can be. Null where there is anything else
    /// in it.</summary>
    private static List<Piece>? Look(ulong start, ulong bytes)
    {
        if (((start | bytes) & (Region.PageBytes - 1)) != 0 || start == 0 || bytes == 0 || bytes > long.MaxValue - start)
            return null;
        byte here = 0;
        ulong stack = (ulong)&here, end = start + bytes, at = start;
        if (OwnMemory.Overlaps(start, end) || (start < stack + StackAbove && end > stack - StackBelow) || ProcessMap.Read(start, end) is not { } mappings)
            return null;
        var pieces = new List<Piece>();
        foreach (var mapping in mappings)
        {
            // A mapping that has grown while the list was read may stand there twice.
            if (mapping.End <= at)
                continue;
            if (mapping.Start > at || mapping.Protection != (Libc.ProtRead | Libc.ProtWrite))
                return null;
            ulong length = Math.Min(mapping.End, end) - at;
            var share = Shares.Find(s => s.IsIn(mapping));
            if (share is null && !IsPrivate(mapping))
                return null;

            // Neighbours of one kind are one piece.
            if (pieces.Count > 0 && pieces[^1].Share == share)
                pieces[^1] = pieces[^1] with { Bytes = pieces[^1].Bytes + length };
            else
                pieces.Add(new Piece(share, at, length));
            at += length;
        }

        return at == end ? pieces : null;
    }

    private static bool IsPrivate(ProcessMapping mapping) =>
        !mapping.IsShared && mapping.Inode == 0
        && (mapping.Name is "" or "[heap]" || mapping.Name.StartsWith("[anon:", StringComparison.Ordinal));

    /// <summary>A part of a range that lies in one share; in none yet where that is null.</summary>
    private readonly record struct Piece(HostShare? Share, ulong Start, ulong Bytes);
}
