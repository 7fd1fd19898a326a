namespace ShaderJit.Compiler.Ir;

/// <summary>A value for each of some pairs of numbers: open addressing, no removal. A third of what a dictionary costs, and its
/// arrays serve the next compile.</summary>
internal sealed class PairTable
{
    // The arrays may be longer than the table is.
    private long[] _keys;
    private ValueId[] _values;
    private int _size = 256, _shift = 56;

    public PairTable() => Take(out _keys, out _values);

    /// <summary>Pairs that have a value.</summary>
    public int Count { get; private set; }

    /// <summary>Leaves the arrays for the next table; this one must not be used any more.</summary>
    public void Discard() => Leave(_keys, _values);

    /// <summary>What was set for a pair; false where nothing was.</summary>
    public bool TryGet(int a, int b, out ValueId value)
    {
        long key = Key(a, b);
        int at = Find(key);
        value = _values[at];
        return _keys[at] == key;
    }

    public void Set(int a, int b, ValueId value)
    {
        long key = Key(a, b);
        int at = Find(key);
        if (_keys[at] != key)
        {
            if (2 * ++Count > _size)
            {
                Grow();
                at = Find(key);
            }

            _keys[at] = key;
        }

        _values[at] = value;
    }

    // Neither number is negative, so no key is -1.
    private static long Key(int a, int b) => ((long)a << 32) | (uint)b;

    /// <summary>Where a key stands, or would.</summary>
    private int Find(long key)
    {
        int mask = _size - 1;
        int at = (int)((ulong)key * 0x9E3779B97F4A7C15 >> _shift);
        while (_keys[at] != key && _keys[at] >= 0)
            at = (at + 1) & mask;
        return at;
    }

    private void Grow()
    {
        var (keys, values, size) = (_keys, _values, _size);
        _size *= 2;
        _shift--;
        Take(out _keys, out _values);
        for (int i = 0; i < size; i++)
        {
            if (keys[i] < 0)
                continue;
            int at = Find(keys[i]);
            (_keys[at], _values[at]) = (keys[i], values[i]);
        }

        Leave(keys, values);
    }

    private void Take(out long[] keys, out ValueId[] values)
    {
        keys = SpareArrays<long>.Take(_size);
        values = SpareArrays<ValueId>.Take(_size);
        Array.Fill(keys, -1, 0, _size);
    }

    private static void Leave(long[] keys, ValueId[] values)
    {
        SpareArrays<long>.Leave(keys);
        SpareArrays<ValueId>.Leave(values);
    }
}
