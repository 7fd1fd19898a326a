using ShaderJit.Abi;

namespace ShaderJit.Sandbox;

/// <summary>
/// The memory of one device: 2^k bytes of address space with guards on both sides, of which pages are committed as
/// they are needed. Every address that a verified kernel can form lies in the region or its guards.
/// </summary>
/// <remarks>
/// The host reads and writes the region like any other memory, but what it finds there is hostile: a shader may
/// change it at any time. Copy out, then check.
/// </remarks>
public sealed unsafe class Region : IDisposable
{
    /// <summary>Bytes of a page, the unit of <see cref="TryCommit"/>.</summary>
    public const ulong PageBytes = Libc.Page;

    /// <summary>Commits of at least this many bytes ask for huge pages.</summary>
    private const ulong HugePageThreshold = 4UL << 20;

    private const ulong HugePageBytes = 2UL << 20;

    private readonly nint _reservation;
    private readonly nuint _reservedBytes;
    private int _disposed;

    /// <summary>Reserves a region of 2^<paramref name="bits"/> bytes; nothing of it is committed.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is outside 32..40.</exception>
    /// <exception cref="SandboxException">The machine has no such stretch of address space.</exception>
    public Region(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, KernelAbi.MinRegionBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, KernelAbi.MaxRegionBits);
        Bits = bits;
        _reservedBytes = (nuint)(RegionLayout.GuardBefore + RegionLayout.Alignment + (1L << bits)
            + RegionLayout.GuardAfter);
        _reservation = Libc.Reserve(_reservedBytes);
        long lowest = _reservation + (long)RegionLayout.GuardBefore;
        Base = (byte*)((lowest + RegionLayout.Alignment - 1) & ~(RegionLayout.Alignment - 1));
        Retirement.Sweep();
    }

    /// <summary>The k of this region's 2^k bytes.</summary>
    public int Bits { get; }

    /// <summary>Bytes of the region, committed or not.</summary>
    public ulong Bytes => 1UL << Bits;

    /// <summary>Address of byte 0. Aligned to 2 MiB. Valid until <see cref="Dispose"/>.</summary>
    public byte* Base { get; }

    /// <summary>Whether <see cref="Dispose"/> has been called.</summary>
    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Makes pages that are not committed readable and writable; they read as zeros.</summary>
    /// <param name="offset">Bytes from the region's start: a multiple of <see cref="PageBytes"/>, behind the null
    /// guard.</param>
    /// <param name="bytes">A multiple of <see cref="PageBytes"/>.</param>
    /// <returns>False when the machine has not enough memory or mappings.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range is unaligned or not in the committable part.</exception>
    public bool TryCommit(ulong offset, ulong bytes)
    {
        CheckPages(offset, bytes);
        if (bytes == 0) return true;
        // SAFETY: CheckPages has confined the range to this region's own reservation.
        if (Libc.MProtect((nint)(Base + offset), (nuint)bytes, Libc.ProtRead | Libc.ProtWrite) != 0)
        {
            // A refused mprotect may have changed some of the mappings it covers.
            Libc.MProtect((nint)(Base + offset), (nuint)bytes, Libc.ProtNone);
            return false;
        }

        if (bytes >= HugePageThreshold)
        {
            ulong first = (offset + HugePageBytes - 1) & ~(HugePageBytes - 1);
            ulong end = (offset + bytes) & ~(HugePageBytes - 1);
            // Advice only: where huge pages are switched off, small ones do.
            Libc.MAdvise((nint)(Base + first), (nuint)(end - first), Libc.AdviseHugePage);
        }

        return true;
    }

    /// <summary>Gives pages back to the machine and makes them inaccessible.</summary>
    /// <param name="offset">As for <see cref="TryCommit"/>.</param>
    /// <param name="bytes">As for <see cref="TryCommit"/>.</param>
    public void Decommit(ulong offset, ulong bytes)
    {
        CheckPages(offset, bytes);
        if (bytes == 0) return;
        // SAFETY: as in TryCommit. Inaccessible first, so that nobody touches a page between the two calls.
        Libc.Protect((nint)(Base + offset), (nuint)bytes, Libc.ProtNone);
        Libc.MAdvise((nint)(Base + offset), (nuint)bytes, Libc.AdviseDontNeed);
    }

    /// <summary>Puts shared memory in place of pages that are not committed.</summary>
    /// <param name="offset">As for <see cref="TryCommit"/>.</param>
    /// <param name="bytes">As for <see cref="TryCommit"/>; not more than the memory has behind <paramref name="from"/>.</param>
    /// <param name="memory">What is mapped.</param>
    /// <param name="from">Bytes from the memory's start: a multiple of <see cref="PageBytes"/>.</param>
    /// <returns>False when the machine refuses.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A range is unaligned, not in the committable part, or longer than the
    /// memory.</exception>
    public bool TryMap(ulong offset, ulong bytes, SharedMemory memory, ulong from = 0)
    {
        CheckPages(offset, bytes);
        ArgumentOutOfRangeException.ThrowIfZero(bytes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(from & (PageBytes - 1), 0ul);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, memory.Bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, memory.Bytes - bytes);
        // SAFETY: CheckPages has confined the range to this region's own reservation, of which nothing else has this part.
        nint address = (nint)(Base + offset);
        nint mapped = Libc.MMap(address, (nuint)bytes, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared | Libc.MapFixed, memory.File,
            (nint)from);
        GC.KeepAlive(memory);
        if (mapped == address)
            return true;

        // What was there may be gone by now. A hole in the reservation must not stay, or the process' own memory might end up
        // in it; where there is none this does nothing.
        Libc.MMap(address, (nuint)bytes, Libc.ProtNone, Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve | Libc.MapFixedNoReplace,
            -1, 0);
        return false;
    }

    /// <summary>Takes out what <see cref="TryMap"/> put there: the pages are as if they had never been committed.</summary>
    /// <param name="offset">As given to <see cref="TryMap"/>.</param>
    /// <param name="bytes">As given to <see cref="TryMap"/>.</param>
    /// <exception cref="SandboxException">The machine refuses; the memory is still mapped.</exception>
    public void Unmap(ulong offset, ulong bytes)
    {
        CheckPages(offset, bytes);
        ArgumentOutOfRangeException.ThrowIfZero(bytes);
        // SAFETY: as in TryMap. In one call, so that there is no moment in which the address space is anybody's.
        nint address = (nint)(Base + offset);
        if (Libc.MMap(address, (nuint)bytes, Libc.ProtNone, Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve | Libc.MapFixed, -1, 0)
            != address)
        {
            throw Libc.Failure($"mmap of {bytes} bytes of a region");
        }
    }

    /// <summary>Puts pages of the region's own, which read as zeros, in place of what <see cref="TryMap"/> put there: whoever
    /// still uses them does not fault, and reaches that memory no more. <see cref="Decommit"/> ends them.</summary>
    /// <param name="offset">As given to <see cref="TryMap"/>.</param>
    /// <param name="bytes">As given to <see cref="TryMap"/>.</param>
    /// <exception cref="SandboxException">The machine refuses; the memory is still mapped.</exception>
    public void Detach(ulong offset, ulong bytes)
    {
        CheckPages(offset, bytes);
        ArgumentOutOfRangeException.ThrowIfZero(bytes);
        // SAFETY: as in Unmap.
        nint address = (nint)(Base + offset);
        if (Libc.MMap(address, (nuint)bytes, Libc.ProtRead | Libc.ProtWrite,
                Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve | Libc.MapFixed, -1, 0) != address)
        {
            throw Libc.Failure($"mmap of {bytes} bytes of a region");
        }
    }

    /// <summary>A view of committed bytes. Touching bytes of it that are not committed is fatal to the process.</summary>
    /// <param name="offset">Bytes from the region's start.</param>
    /// <param name="length">Bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the region.</exception>
    public Span<byte> Span(ulong offset, int length)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Bytes - (ulong)length);
        // SAFETY: offset + length <= Bytes, all inside the reservation.
        return new Span<byte>(Base + offset, length);
    }

    /// <summary>
    /// Releases the address space. When a thread still runs a kernel in it, that waits until the run has ended; no run
    /// may begin any more.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        Retirement.Release(this, () => Libc.Release(_reservation, _reservedBytes));
    }

    /// <summary>Where a host address lies, seen from this region.</summary>
    internal FaultPlace Locate(ulong address, out long offset)
    {
        offset = (long)(address - (ulong)Base);
        if (offset >= 0 && offset < 1L << Bits) return FaultPlace.Region;
        if (offset >= -RegionLayout.GuardBefore && offset < (1L << Bits) + RegionLayout.GuardAfter)
            return FaultPlace.Guard;
        offset = 0;
        return FaultPlace.Outside;
    }

    private void CheckPages(ulong offset, ulong bytes)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (((offset | bytes) & (PageBytes - 1)) != 0 || offset < KernelAbi.NullGuardBytes || bytes > Bytes
            || offset > Bytes - bytes)
            throw new ArgumentOutOfRangeException(nameof(offset),
                $"[{offset:x}, +{bytes:x}) is not a range of whole pages behind the null guard of a {Bits}-bit region");
    }
}
