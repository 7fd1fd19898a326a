using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>Which values stand for others, until <see cref="Apply"/> has rewritten every operand.</summary>
internal sealed class Replacements
{
    private int[] _to = [];
    private int _used;
    private bool _any;

    public void Clear(Function f)
    {
        if (_any)
            Array.Clear(_to, 0, _used);
        if (_to.Length < f.NodeCount)
            _to = new int[Math.Max(f.NodeCount, _to.Length * 2)];
        _any = false;
        _used = 0;
    }

    public void Set(ValueId from, ValueId to)
    {
        int size = Math.Max(from.Index, to.Index) + 1;
        if (_to.Length < size)
            Array.Resize(ref _to, Math.Max(size, _to.Length * 2));
        _to[from.Index] = to.Index + 1;
        _used = Math.Max(_used, size);
        _any = true;
    }

    /// <summary>What stands for a value in the end; shortens the way for the next time.</summary>
    public ValueId Resolve(ValueId id)
    {
        if (id.Index >= _to.Length || _to[id.Index] == 0)
            return id;
        int end = _to[id.Index] - 1;
        while (end < _to.Length && _to[end] != 0)
            end = _to[end] - 1;
        int at = id.Index;
        while (at != end)
        {
            int next = _to[at] - 1;
            _to[at] = end + 1;
            at = next;
        }

        return new ValueId(end);
    }

    public void ResolveOperands(Function f, ValueId id)
    {
        if (!_any)
            return;
        int[] to = _to;
        foreach (ref var operand in f.Operands(id))
        {
            int index = operand.Index;
            if ((uint)index < (uint)to.Length && to[index] != 0)
                operand = Resolve(operand);
        }
    }

    /// <summary>Rewrites the operands of every node in the layout.</summary>
    public void Apply(Function f)
    {
        if (!_any)
            return;
        foreach (var block in f.Layout)
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
                ResolveOperands(f, id);
        }
    }
}
