namespace ShaderJit.Vulkan.Memory;

/// <summary>A piece of the device's region, in bytes from its start.</summary>
internal readonly record struct RegionRange(ulong Offset, ulong Bytes)
{
    public ulong End => Offset + Bytes;
}

/// <summary>
/// Hands out ranges of a device's region: first fit over free ranges kept by ascending offset. Book-keeping only,
/// on the host's side; committing pages is the caller's.
/// </summary>
internal sealed class RegionAllocator
{
    /// <summary>Bytes of a page: the granularity of whatever is committed on its own.</summary>
    public const ulong PageBytes = 4096;

    private readonly List<RegionRange> _free = [];
    private readonly ulong _granularity;
    private readonly Lock _gate = new();

    /// <param name="start">First byte that may be handed out.</param>
    /// <param name="end">One past the last.</param>
    /// <param name="granularity">Size and alignment of every range are multiples of it; a power of two.</param>
    public RegionAllocator(ulong start, ulong end, ulong granularity = PageBytes)
    {
        _granularity = granularity;
        _free.Add(new RegionRange(start, end - start));
    }

    /// <summary>A free range of at least <paramref name="bytes"/>, or null.</summary>
    /// <param name="bytes">Bytes wanted, rounded up to the granularity.</param>
    /// <param name="alignment">Of the offset; a power of two.</param>
    public RegionRange? Allocate(ulong bytes, ulong alignment = 1)
    {
        if (bytes == 0 || bytes > ulong.MaxValue - _granularity)
            return null;
        bytes = (bytes + _granularity - 1) & ~(_granularity - 1);
        alignment = Math.Max(alignment, _granularity);
        lock (_gate)
        {
            for (int i = 0; i < _free.Count; i++)
            {
                var free = _free[i];
                ulong start = (free.Offset + alignment - 1) & ~(alignment - 1);
                if (start < free.Offset || start > free.End || free.End - start < bytes)
                    continue;
                var taken = new RegionRange(start, bytes);
                _free.RemoveAt(i);
                if (taken.End < free.End)
                    _free.Insert(i, new RegionRange(taken.End, free.End - taken.End));
                if (free.Offset < start)
                    _free.Insert(i, new RegionRange(free.Offset, start - free.Offset));
                return taken;
            }
        }

        return null;
    }

    /// <summary>Takes back a range that <see cref="Allocate"/> gave.</summary>
    public void Free(RegionRange range)
    {
        lock (_gate)
        {
            int at = 0;
            while (at < _free.Count && _free[at].Offset < range.Offset)
                at++;
            if (at < _free.Count && _free[at].Offset == range.End)
            {
                range = range with { Bytes = range.Bytes + _free[at].Bytes };
                _free.RemoveAt(at);
            }

            if (at > 0 && _free[at - 1].End == range.Offset)
                _free[at - 1] = _free[at - 1] with { Bytes = _free[at - 1].Bytes + range.Bytes };
            else
                _free.Insert(at, range);
        }
    }
}
