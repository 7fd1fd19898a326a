using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>
/// Intervals by ascending start, then number. Nearly all are there from the beginning: those are sorted once; the few that
/// splitting adds are a heap beside them.
/// </summary>
internal sealed class StartQueue
{
    // Start in the upper half, number in the lower: both are not negative, so the order of the keys is the order wanted.
    private readonly List<long> _heap = [];
    private long[] _first = [];
    private int _next, _count;

    /// <summary>Takes the intervals that are there from the beginning and have a life: a counting sort by their starts,
    /// which keeps those of one start in order of their numbers.</summary>
    /// <param name="end">A position behind every start.</param>
    public void Fill(LiveIntervals live, int first, int end)
    {
        _first = SpareArrays<long>.Take(live.Count);
        int[] place = SpareArrays<int>.Take(end + 1);
        place.AsSpan(0, end + 1).Clear();
        for (int i = first; i < live.Count; i++)
        {
            if (live[i].FirstRange >= 0)
                place[live.Start(i) + 1]++;
        }

        for (int i = 1; i <= end; i++)
            place[i] += place[i - 1];
        _count = place[end];
        for (int i = first; i < live.Count; i++)
        {
            if (live[i].FirstRange < 0)
                continue;
            int start = live.Start(i);
            _first[place[start]++] = Key(start, i);
        }

        SpareArrays<int>.Leave(place);
    }

    /// <summary>Leaves the array for the next function; this queue must not be used any more.</summary>
    public void Discard()
    {
        SpareArrays<long>.Leave(_first);
        (_first, _count) = ([], 0);
    }

    /// <summary>Adds an interval after <see cref="Fill"/>.</summary>
    public void Add(int start, int interval)
    {
        long key = Key(start, interval);
        int at = _heap.Count;
        _heap.Add(key);
        while (at > 0 && _heap[(at - 1) >> 1] > key)
        {
            _heap[at] = _heap[(at - 1) >> 1];
            at = (at - 1) >> 1;
        }

        _heap[at] = key;
    }

    /// <summary>Takes the first one; false when there is none.</summary>
    public bool TryTake(out int start, out int interval)
    {
        long key;
        if (_heap.Count > 0 && (_next == _count || _heap[0] < _first[_next]))
            key = TakeFromHeap();
        else if (_next < _count)
            key = _first[_next++];
        else
            key = -1;
        (start, interval) = ((int)(key >> 32), (int)key);
        return key >= 0;
    }

    private static long Key(int start, int interval) => ((long)start << 32) | (uint)interval;

    private long TakeFromHeap()
    {
        long taken = _heap[0], moved = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        int count = _heap.Count;
        if (count == 0)
            return taken;
        int at = 0;
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= count)
                break;
            if (child + 1 < count && _heap[child + 1] < _heap[child])
                child++;
            if (_heap[child] >= moved)
                break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = moved;
        return taken;
    }
}
