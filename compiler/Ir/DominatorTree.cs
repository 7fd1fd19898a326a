namespace ShaderJit.Compiler.Ir;

/// <summary>
/// Which blocks lie on every way from the entry to a block. In: a built <see cref="ControlFlow"/>. Out: immediate
/// dominators and constant-time queries on reachable blocks (Cooper, Harvey and Kennedy, "A simple, fast dominance
/// algorithm"; pre-order intervals by subtree sizes).
/// </summary>
public sealed class DominatorTree
{
    private int[] _idom = [], _pre = [], _size = [], _next = [];
    private ControlFlow _flow = null!;

    public void Build(ControlFlow flow)
    {
        _flow = flow;
        var order = flow.Order;
        if (_idom.Length < order.Length)
        {
            int size = Math.Max(order.Length, _idom.Length * 2);
            _idom = new int[size];
            _pre = new int[size];
            _size = new int[size];
            _next = new int[size];
        }

        Array.Fill(_idom, -1, 0, order.Length);
        _idom[0] = 0;
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = 1; i < order.Length; i++)
            {
                int dominator = -1;
                foreach (var edge in flow.Predecessors(order[i]))
                {
                    int from = flow.Position(edge.From);
                    if (_idom[from] >= 0)
                        dominator = dominator < 0 ? from : Intersect(from, dominator);
                }

                if (_idom[i] != dominator)
                {
                    _idom[i] = dominator;
                    changed = true;
                }
            }
        }

        Number(order.Length);
    }

    /// <summary>None for the entry.</summary>
    public BlockId ImmediateDominator(BlockId block)
    {
        int position = _flow.Position(block);
        return position == 0 ? BlockId.None : _flow.Order[_idom[position]];
    }

    /// <summary>Every block dominates itself. Both must be reachable.</summary>
    public bool Dominates(BlockId a, BlockId b)
    {
        int at = _flow.Position(a), pre = _pre[_flow.Position(b)];
        return pre >= _pre[at] && pre < _pre[at] + _size[at];
    }

    private int Intersect(int a, int b)
    {
        while (a != b)
        {
            while (a > b)
                a = _idom[a];
            while (b > a)
                b = _idom[b];
        }

        return a;
    }

    private void Number(int count)
    {
        Array.Fill(_size, 1, 0, count);
        for (int i = count - 1; i > 0; i--)
            _size[_idom[i]] += _size[i];
        _pre[0] = 0;
        _next[0] = 1;
        for (int i = 1; i < count; i++)
        {
            int parent = _idom[i];
            _pre[i] = _next[parent];
            _next[parent] += _size[i];
            _next[i] = _pre[i] + 1;
        }
    }
}
