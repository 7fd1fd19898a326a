namespace ShaderJit.Sandbox;

/// <summary>Which pages of a reservation are free: ranges by ascending first page, merged where they touch.</summary>
internal sealed class PageRanges
{
    private readonly List<(int First, int Count)> _free = [];

    /// <summary>All of <paramref name="count"/> pages, from <paramref name="first"/> on, are free.</summary>
    public PageRanges(int first, int count) => _free.Add((first, count));

    /// <summary>Free pages in all.</summary>
    public int FreePages
    {
        get
        {
            int pages = 0;
            foreach ((_, int count) in _free) pages += count;
            return pages;
        }
    }

    /// <summary>Takes the lowest range of <paramref name="count"/> pages.</summary>
    /// <returns>Its first page; -1 when no free range is that long.</returns>
    public int Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        for (int i = 0; i < _free.Count; i++)
        {
            (int first, int free) = _free[i];
            if (free < count) continue;
            if (free == count) _free.RemoveAt(i);
            else _free[i] = (first + count, free - count);
            return first;
        }

        return -1;
    }

    /// <summary>Gives back a range that <see cref="Take"/> has returned.</summary>
    /// <exception cref="InvalidOperationException">Some of it is free already.</exception>
    public void Return(int first, int count)
    {
        int at = 0;
        while (at < _free.Count && _free[at].First < first) at++;
        bool overlapsBefore = at > 0 && _free[at - 1].First + _free[at - 1].Count > first;
        bool overlapsAfter = at < _free.Count && first + count > _free[at].First;
        if (overlapsBefore || overlapsAfter)
            throw new InvalidOperationException($"pages {first}..{first + count} are free already");

        if (at < _free.Count && _free[at].First == first + count)
        {
            count += _free[at].Count;
            _free.RemoveAt(at);
        }

        if (at > 0 && _free[at - 1].First + _free[at - 1].Count == first)
            _free[at - 1] = (_free[at - 1].First, _free[at - 1].Count + count);
        else
            _free.Insert(at, (first, count));
    }
}
