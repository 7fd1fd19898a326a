namespace ShaderJit.Compiler.X64;

/// <summary>Intervals that linear scan has under its eye, and until which position nothing happens to each: most are only
/// looked at, one integer each, when it moves on.</summary>
internal sealed class CurrentIntervals
{
    private int[] _intervals = new int[32], _changes = new int[32];

    public int Count { get; private set; }

    public int Interval(int index) => _intervals[index];

    /// <summary>End of the range that an active interval is in, start of an inactive one's next; or anything less.</summary>
    public int Change(int index) => _changes[index];

    public void SetChange(int index, int position) => _changes[index] = position;

    public void Add(int interval, int change)
    {
        if (Count == _intervals.Length)
        {
            Array.Resize(ref _intervals, Count * 2);
            Array.Resize(ref _changes, Count * 2);
        }

        _intervals[Count] = interval;
        _changes[Count++] = change;
    }

    /// <summary>Puts the last one in its place.</summary>
    public void RemoveAt(int index)
    {
        Count--;
        _intervals[index] = _intervals[Count];
        _changes[index] = _changes[Count];
    }

    /// <summary>Moves all behind it.</summary>
    public void RemoveInOrderAt(int index)
    {
        Count--;
        _intervals.AsSpan(index + 1, Count - index).CopyTo(_intervals.AsSpan(index));
        _changes.AsSpan(index + 1, Count - index).CopyTo(_changes.AsSpan(index));
    }
}
