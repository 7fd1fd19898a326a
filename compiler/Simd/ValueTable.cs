using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>Something for each of some values: open addressing, no removal. Asked several times for each node that is made,
/// and a third of what a dictionary costs.</summary>
internal sealed class ValueTable<T>
    where T : struct
{
    private int[] _keys = [];
    private T[] _items = [];
    private int _count;

    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public T this[ValueId key]
    {
        get => TryGetValue(key, out var item) ? item : throw new KeyNotFoundException($"nothing is known of {key}");
        set
        {
            if (2 * _count >= _keys.Length)
                Grow();
            int at = Find(key.Index + 1);
            if (_keys[at] == 0)
                _count++;
            _keys[at] = key.Index + 1;
            _items[at] = value;
        }
    }

    public bool ContainsKey(ValueId key) => _count > 0 && _keys[Find(key.Index + 1)] != 0;

    public bool TryGetValue(ValueId key, out T item)
    {
        item = default;
        if (_count == 0)
            return false;
        int at = Find(key.Index + 1);
        item = _items[at];
        return _keys[at] != 0;
    }

    /// <summary>Where a value stands, or would. Keys are one higher than values' numbers; 0 is a free place.</summary>
    private int Find(int key)
    {
        int mask = _keys.Length - 1;
        int at = (int)((uint)key * 0x9E3779B1 >> 12) & mask;
        while (_keys[at] != key && _keys[at] != 0)
            at = (at + 1) & mask;
        return at;
    }

    private void Grow()
    {
        var (keys, items) = (_keys, _items);
        int size = Math.Max(32, keys.Length * 2);
        (_keys, _items) = (new int[size], new T[size]);
        for (int i = 0; i < keys.Length; i++)
        {
            if (keys[i] == 0)
                continue;
            int at = Find(keys[i]);
            (_keys[at], _items[at]) = (keys[i], items[i]);
        }
    }
}
