using System.Runtime.CompilerServices;

namespace ShaderJit.Compiler.Ir;

/// <summary>One way into a block: terminator's target 0 or 1 of <paramref name="From"/>.</summary>
public readonly record struct Edge(BlockId From, int Target);

/// <summary>
/// Predecessors and order of a function's reachable blocks. In: a function whose layout is topological but for back
/// edges. Out: a snapshot, stale once an edge changes. Arrays are kept from one <see cref="Build"/> to the next.
/// </summary>
public sealed class ControlFlow
{
    private BlockId[] _order = [];
    private int[] _position = [], _start = [], _fill = [];
    private Edge[] _edges = [];
    private int _count;

    /// <summary>Reachable blocks in layout order, which is a reverse post-order of reducible flow.</summary>
    public ReadOnlySpan<BlockId> Order => _order.AsSpan(0, _count);

    /// <summary>Place in <see cref="Order"/>; -1 for a block that cannot be reached.</summary>
    public int Position(BlockId block) => _position[block.Index];

    public bool IsReachable(BlockId block) => _position[block.Index] >= 0;

    /// <summary>Edges into a block from reachable ones; a branch with equal targets gives two.</summary>
    public ReadOnlySpan<Edge> Predecessors(BlockId block)
    {
        int start = _start[block.Index];
        return _edges.AsSpan(start, _start[block.Index + 1] - start);
    }

    public void Build(Function f)
    {
        int blocks = f.BlockCount;
        if (_position.Length < blocks)
        {
            int size = Math.Max(blocks, _position.Length * 2);
            _position = new int[size];
            _start = new int[size + 1];
            _fill = new int[size];
            _order = new BlockId[size];
            _edges = new Edge[size * 2];
        }

        MarkReachable(f, blocks);
        _count = 0;
        Array.Clear(_start, 0, blocks + 1);
        foreach (var block in f.Layout)
        {
            if (_position[block.Index] < 0)
                continue;
            _position[block.Index] = _count;
            _order[_count++] = block;
            var (first, second) = Successors(f, block);
            if (!first.IsNone)
                _start[first.Index + 1]++;
            if (!second.IsNone)
                _start[second.Index + 1]++;
        }

        for (int i = 0; i < blocks; i++)
        {
            _start[i + 1] += _start[i];
            _fill[i] = _start[i];
        }

        foreach (var block in Order)
        {
            var (first, second) = Successors(f, block);
            if (!first.IsNone)
                _edges[_fill[first.Index]++] = new Edge(block, 0);
            if (!second.IsNone)
                _edges[_fill[second.Index]++] = new Edge(block, 1);
        }
    }

    /// <summary>The targets of a block's terminator; None where it has fewer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (BlockId First, BlockId Second) Successors(Function f, BlockId block)
    {
        ref var node = ref f[f.Terminator(block)];
        return node.Op switch
        {
            Op.Jump => (node.Target0, BlockId.None),
            Op.Branch => (node.Target0, node.Target1),
            _ => (BlockId.None, BlockId.None),
        };
    }

    private void MarkReachable(Function f, int blocks)
    {
        Array.Fill(_position, -1, 0, blocks);
        int top = 0;
        _order[top++] = f.Entry;
        _position[f.Entry.Index] = 0;
        while (top > 0)
        {
            var (first, second) = Successors(f, _order[--top]);
            if (!first.IsNone && _position[first.Index] < 0)
            {
                _position[first.Index] = 0;
                _order[top++] = first;
            }

            if (!second.IsNone && _position[second.Index] < 0)
            {
                _position[second.Index] = 0;
                _order[top++] = second;
            }
        }
    }
}
