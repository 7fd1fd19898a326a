using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>A value for each of some pairs of numbers: open addressing, no removal.</summary>
internal sealed class PairTable
{
    private long[] _keys = new long[128];
    private ValueId[] _values = new ValueId[128];
    private int _count, _shift = 57;

    public PairTable() => Array.Fill(_keys, -1);

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
            if (2 * ++_count > _keys.Length)
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
        int mask = _keys.Length - 1;
        int at = (int)((ulong)key * 0x9E3779B97F4A7C15 >> _shift);
        while (_keys[at] != key && _keys[at] >= 0)
            at = (at + 1) & mask;
        return at;
    }

    private void Grow()
    {
        var (keys, values) = (_keys, _values);
        _keys = new long[keys.Length * 2];
        _values = new ValueId[keys.Length * 2];
        _shift--;
        Array.Fill(_keys, -1);
        for (int i = 0; i < keys.Length; i++)
        {
            if (keys[i] < 0)
                continue;
            int at = Find(keys[i]);
            (_keys[at], _values[at]) = (keys[i], values[i]);
        }
    }
}
