namespace ShaderJit.Compiler.X64;

/// <summary>
/// Intervals by ascending start, then number. Nearly all are there from the beginning: those are sorted once; the few that
/// splitting adds are a heap beside them.
/// </summary>
internal sealed class StartQueue
{
    // Start in the upper half, number in the lower: both are not negative, so the order of the keys is the order wanted.
    private readonly List<long> _first = [], _heap = [];
    private int _next;

    /// <summary>Adds an interval before <see cref="Sort"/>.</summary>
    public void AddFirst(int start, int interval) => _first.Add(Key(start, interval));

    /// <summary>Puts what was added first in order.</summary>
    public void Sort() => _first.Sort();

    /// <summary>Adds an interval after <see cref="Sort"/>.</summary>
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
        if (_heap.Count > 0 && (_next == _first.Count || _heap[0] < _first[_next]))
            key = TakeFromHeap();
        else if (_next < _first.Count)
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
