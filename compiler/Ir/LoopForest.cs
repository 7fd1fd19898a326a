namespace ShaderJit.Compiler.Ir;

/// <summary>
/// The natural loops of a function and how they nest. In: built <see cref="ControlFlow"/> and
/// <see cref="DominatorTree"/> of a reducible function. Out: a number per loop; inner loops have lower numbers than
/// those around them.
/// </summary>
public sealed class LoopForest
{
    /// <summary>What <see cref="LoopOf"/> and <see cref="Parent"/> give where there is no loop.</summary>
    public const int NoLoop = -1;

    private int[] _loopOf = [], _parent = [], _depth = [];
    private BlockId[] _header = [], _work = [];
    private int _count;

    public int Count => _count;

    /// <summary>The innermost loop around a block.</summary>
    public int LoopOf(BlockId block) => _loopOf[block.Index];

    public BlockId Header(int loop) => _header[loop];

    public int Parent(int loop) => _parent[loop];

    /// <summary>1 for an outermost loop.</summary>
    public int Depth(int loop) => loop == NoLoop ? 0 : _depth[loop];

    /// <summary>True where the block is in the loop or in one inside it.</summary>
    public bool Contains(int loop, BlockId block)
    {
        int at = _loopOf[block.Index];
        while (at != NoLoop && at < loop)
            at = _parent[at];
        return at == loop;
    }

    public void Build(Function f, ControlFlow flow, DominatorTree dominators)
    {
        if (_loopOf.Length < f.BlockCount)
        {
            int size = Math.Max(f.BlockCount, _loopOf.Length * 2);
            _loopOf = new int[size];
            _parent = new int[size];
            _depth = new int[size];
            _header = new BlockId[size];
            _work = new BlockId[size * 2];
        }

        Array.Fill(_loopOf, NoLoop, 0, f.BlockCount);
        _count = 0;
        var order = flow.Order;
        for (int i = order.Length - 1; i >= 0; i--)
        {
            int top = 0;
            foreach (var edge in flow.Predecessors(order[i]))
            {
                if (flow.Position(edge.From) >= i && dominators.Dominates(order[i], edge.From))
                    _work[top++] = edge.From;
            }

            if (top > 0)
                Collect(flow, order[i], top);
        }

        for (int loop = _count - 1; loop >= 0; loop--)
            _depth[loop] = _parent[loop] == NoLoop ? 1 : _depth[_parent[loop]] + 1;
    }

    private void Collect(ControlFlow flow, BlockId header, int top)
    {
        int loop = _count++;
        _header[loop] = header;
        _parent[loop] = NoLoop;
        _loopOf[header.Index] = loop;
        while (top > 0)
        {
            var block = _work[--top];
            int inner = _loopOf[block.Index];
            if (inner == NoLoop)
            {
                _loopOf[block.Index] = loop;
            }
            else
            {
                while (inner != loop && _parent[inner] != NoLoop)
                    inner = _parent[inner];
                if (inner == loop)
                    continue;
                _parent[inner] = loop;
                block = _header[inner];
            }

            foreach (var edge in flow.Predecessors(block))
            {
                if (top == _work.Length)
                    Array.Resize(ref _work, top * 2);
                _work[top++] = edge.From;
            }
        }
    }
}
