namespace ShaderJit.Compiler.Ir;

/// <summary>How often each value is an operand of a linked node. A snapshot; callers keep it up to date by
/// <see cref="Add"/> and <see cref="Remove"/>.</summary>
public sealed class UseCounts
{
    private int[] _counts = [];
    private int _used;

    public int this[ValueId id] => id.Index < _counts.Length ? _counts[id.Index] : 0;

    public void Add(ValueId id)
    {
        if (id.Index >= _counts.Length)
            Array.Resize(ref _counts, Math.Max(id.Index + 1, _counts.Length * 2));
        _used = Math.Max(_used, id.Index + 1);
        _counts[id.Index]++;
    }

    /// <summary>Counts a value's first use.</summary>
    /// <param name="id">A node of the function that was cleared for.</param>
    /// <returns>Whether it had none.</returns>
    public bool TryMark(ValueId id)
    {
        ref int count = ref _counts[id.Index];
        if (count != 0)
            return false;
        count = 1;
        return true;
    }

    /// <returns>Uses that are left.</returns>
    public int Remove(ValueId id) => --_counts[id.Index];

    /// <summary>All counts 0.</summary>
    public void Clear(Function f)
    {
        if (_counts.Length < f.NodeCount)
            _counts = new int[Math.Max(f.NodeCount, _counts.Length * 2)];
        else
            Array.Clear(_counts, 0, _used);
        _used = f.NodeCount;
    }

    public void Build(Function f)
    {
        Clear(f);
        foreach (var block in f.Layout)
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                foreach (var operand in f.Operands(id))
                    _counts[operand.Index]++;
            }
        }
    }
}
