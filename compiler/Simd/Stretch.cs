using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// A part of a kernel that runs without meeting a barrier: from the entry, or from behind a barrier, to the next
/// barriers or the end. It has one way in; its blocks stand in an order that is topological but for back edges, in which
/// each loop's blocks and each dominator's subtree are contiguous (what Moll and Hack, "Partial control-flow
/// linearization", PLDI 2018, ask of a block order).
/// </summary>
/// <remarks>Blocks are named by their place in that order. <see cref="Exit"/>, one past the last, stands for the end of
/// the stretch. Forward successors leave out back edges and cut edges lead to Exit.</remarks>
internal sealed class Stretch
{
    private readonly NormalFlow _flow;
    private readonly int[] _indexOf;
    private readonly (int First, int End)[] _dominated, _dominatedLinearly;

    /// <summary>Immediate dominators (places) in the graph where every loop is left through its latch as well: what dominates there
    /// also dominates in the linearised code.</summary>
    public int[] LinearIdom { get; }

    /// <summary>Immediate post-dominators; Exit where there is none nearer.</summary>
    public int[] Ipdom { get; }
    public BlockId[] Blocks { get; }
    public int Count => Blocks.Length;
    public int Exit => Blocks.Length;
    public BlockId Entry => Blocks[0];

    /// <summary>Place of a block, or -1.</summary>
    public int IndexOf(BlockId block) => _indexOf[block.Index];

    /// <summary>Forward successors of each place: (to, target of the terminator).</summary>
    public (int To, int Target)[][] Successors { get; }

    public Stretch(NormalFlow flow, BlockId entry)
    {
        _flow = flow;
        _indexOf = new int[flow.F.BlockCount];
        Array.Fill(_indexOf, -1);
        var blocks = Reach(entry);
        var local = new int[flow.F.BlockCount];
        for (int i = 0; i < blocks.Count; i++)
            local[blocks[i].Index] = i;

        // The augmented graph, on provisional numbers.
        int n = blocks.Count;
        var linear = new List<int>[n];
        for (int i = 0; i < n; i++)
            linear[i] = [];
        foreach (var block in blocks)
        {
            int i = local[block.Index];
            foreach (var to in ForwardTargets(block))
            {
                linear[i].Add(local[to.Index]);
                for (int l = flow.LoopOf[block.Index]; l >= 0 && !flow.Contains(l, to); l = flow.Loops[l].Parent)
                {
                    if (!flow.Loops[l].HasBarrier)
                        linear[local[flow.Loops[l].Latch.Index]].Add(local[to.Index]);
                }
            }

            int loop = flow.LoopOf[block.Index];
            bool tail = flow.Tail[block.Index];
            if (loop >= 0 && flow.Loops[loop].Tail && flow.Loops[loop].Latch == block)
                (loop, tail) = (flow.Loops[loop].Parent, true);
            if (tail && !flow.Loops[loop].HasBarrier)
                linear[i].Add(local[flow.Loops[loop].Latch.Index]);
        }

        for (int i = 0; i < n; i++)
            linear[i].Sort((a, b) => flow.Flow.Position(blocks[b]).CompareTo(flow.Flow.Position(blocks[a])));
        var rpo = ReversePostOrder(linear);
        var order = DominanceCompact(rpo, Dominators(n, rpo, linear));
        Blocks = new BlockId[n];
        for (int i = 0; i < n; i++)
        {
            Blocks[i] = blocks[order[i]];
            _indexOf[Blocks[i].Index] = i;
        }

        var place = new int[n];
        for (int i = 0; i < n; i++)
            place[order[i]] = i;
        var linearAt = new List<int>[n];
        for (int i = 0; i < n; i++)
            linearAt[i] = linear[order[i]].ConvertAll(x => place[x]);
        var straight = new int[n];
        for (int i = 0; i < n; i++)
            straight[i] = i;
        LinearIdom = Dominators(n, straight, linearAt);
        _dominatedLinearly = Number(LinearIdom);

        Successors = new (int, int)[n][];
        var forward = new List<int>[n];
        for (int i = 0; i < n; i++)
        {
            Successors[i] = FindSuccessors(i);
            forward[i] = [];
            foreach (var (to, _) in Successors[i])
            {
                if (to < n)
                    forward[i].Add(to);
            }
        }

        _dominated = Number(Dominators(n, straight, forward));
        Ipdom = PostDominators(forward);
        CheckOrder();
    }

    /// <summary>Of places; every one dominates itself.</summary>
    public bool Dominates(int a, int b) => IsAbove(_dominated, a, b);

    /// <summary>The same in the graph of <see cref="LinearIdom"/>.</summary>
    public bool DominatesLinearly(int a, int b) => IsAbove(_dominatedLinearly, a, b);

    private static bool IsAbove((int First, int End)[] numbers, int a, int b) =>
        numbers[a].First <= numbers[b].First && numbers[b].First < numbers[a].End;

    /// <summary>Numbers a dominator tree's places in pre-order: a place's own, and the one behind its subtree.</summary>
    /// <param name="idom">The parents, which are lower than their children.</param>
    private static (int First, int End)[] Number(int[] idom)
    {
        var numbers = new (int First, int End)[idom.Length];
        for (int i = idom.Length - 1; i > 0; i--)
        {
            if (idom[i] >= 0)
                numbers[idom[i]].End += numbers[i].End + 1;
        }

        // End is the number of places below so far, and becomes where the next child's subtree begins, until all have one.
        for (int i = 0, free = 0; i < numbers.Length; i++)
        {
            int below = numbers[i].End;
            bool isRoot = i == 0 || idom[i] < 0;
            int first = isRoot ? free : numbers[idom[i]].End;
            if (isRoot)
                free += below + 1;
            else
                numbers[idom[i]].End += below + 1;
            numbers[i] = (first, first + 1);
        }

        return numbers;
    }

    public bool PostDominates(int a, int b)
    {
        while (b < a)
            b = Ipdom[b];
        return a == b;
    }

    /// <summary>Loop of a place, as an index into the flow's loops; loops with barriers are not loops here.</summary>
    public int LoopOf(int place)
    {
        int loop = _flow.LoopOf[Blocks[place].Index];
        return loop >= 0 && _flow.Loops[loop].HasBarrier ? -1 : loop;
    }

    private List<BlockId> Reach(BlockId entry)
    {
        var blocks = new List<BlockId> { entry };
        _indexOf[entry.Index] = 0;
        for (int i = 0; i < blocks.Count; i++)
        {
            if (_flow.Cut[blocks[i].Index])
                continue;
            var (first, second) = ControlFlow.Successors(_flow.F, blocks[i]);
            Add(first);
            Add(second);
        }

        return blocks;

        void Add(BlockId to)
        {
            if (to.IsNone || _indexOf[to.Index] >= 0)
                return;
            _indexOf[to.Index] = 0;
            blocks.Add(to);
        }
    }

    private bool IsBackEdge(BlockId from, BlockId to)
    {
        int loop = _flow.LoopOf[from.Index];
        return loop >= 0 && !_flow.Loops[loop].HasBarrier && _flow.Loops[loop].Latch == from && _flow.Loops[loop].Header == to;
    }

    private List<BlockId> ForwardTargets(BlockId block)
    {
        var targets = new List<BlockId>();
        if (_flow.Cut[block.Index])
            return targets;
        var (first, second) = ControlFlow.Successors(_flow.F, block);
        if (!first.IsNone && !IsBackEdge(block, first))
            targets.Add(first);
        if (!second.IsNone)
            targets.Add(second);
        return targets;
    }

    private (int To, int Target)[] FindSuccessors(int place)
    {
        var block = Blocks[place];
        if (_flow.Cut[block.Index] || block == _flow.End)
            return [(Exit, 0)];
        var (first, second) = ControlFlow.Successors(_flow.F, block);
        if (first.IsNone || IsBackEdge(block, first))
            return [];
        return second.IsNone ? [(IndexOf(first), 0)] : [(IndexOf(first), 0), (IndexOf(second), 1)];
    }

    /// <summary>Of a graph, from 0; the last successor is visited last and so comes first.</summary>
    public static int[] ReversePostOrder(List<int>[] successors)
    {
        int n = successors.Length;
        var state = new int[n];
        var order = new int[n];
        int at = n;
        var stack = new Stack<int>();
        stack.Push(0);
        state[0] = 1;
        while (stack.Count > 0)
        {
            int top = stack.Peek();
            int next = state[top] - 1;
            if (next == successors[top].Count)
            {
                order[--at] = stack.Pop();
                continue;
            }

            state[top]++;
            int to = successors[top][next];
            if (state[to] == 0)
            {
                state[to] = 1;
                stack.Push(to);
            }
        }

        return order[at..];
    }

    /// <summary>Immediate dominators from a reverse post-order and successors of an acyclic graph: one pass.</summary>
    private static int[] Dominators(int n, int[] order, List<int>[] successors)
    {
        var position = new int[n];
        for (int i = 0; i < order.Length; i++)
            position[order[i]] = i;
        var idom = new int[n];
        Array.Fill(idom, -1);
        idom[order[0]] = order[0];
        foreach (int from in order)
        {
            foreach (int to in successors[from])
            {
                if (position[to] <= position[from])
                    throw new UnsupportedFlowException(-1, "control flow that enters a loop in its middle is not supported");
                int a = from, b = idom[to];
                while (b >= 0 && a != b)
                {
                    if (position[a] > position[b])
                        a = idom[a];
                    else
                        b = idom[b];
                }

                idom[to] = a;
            }
        }

        return idom;
    }

    /// <summary>The dominator tree in pre-order, children in reverse post-order.</summary>
    private static int[] DominanceCompact(int[] rpo, int[] idom)
    {
        var children = new List<int>[idom.Length];
        for (int i = 0; i < children.Length; i++)
            children[i] = [];
        for (int i = rpo.Length - 1; i > 0; i--)
            children[idom[rpo[i]]].Add(rpo[i]);
        var order = new int[rpo.Length];
        int at = 0;
        var stack = new Stack<int>();
        stack.Push(rpo[0]);
        while (stack.Count > 0)
        {
            int top = stack.Pop();
            order[at++] = top;
            foreach (int child in children[top])
                stack.Push(child);
        }

        return order;
    }

    /// <summary>Back edges do not matter to post-dominance here: what follows a loop follows it whenever it ends. A
    /// latch that nothing else than its header follows leads to where its loop's exits lead.</summary>
    private int[] PostDominators(List<int>[] forward)
    {
        int n = Blocks.Length;
        var ipdom = new int[n + 1];
        ipdom[n] = n;
        for (int i = n - 1; i >= 0; i--)
        {
            int join = -1;
            foreach (var (to, _) in Successors[i])
                join = join < 0 ? to : Common(join, to);
            if (join < 0)
            {
                int loop = LoopOf(i);
                if (loop >= 0 && Blocks[i] == _flow.Loops[loop].Latch)
                {
                    // As if the latch led to all exits of its loop.
                    for (int b = IndexOf(_flow.Loops[loop].Header); b <= i; b++)
                    {
                        if (!_flow.Contains(loop, Blocks[b]))
                            continue;
                        foreach (var (to, _) in Successors[b])
                        {
                            if (to == Exit || !_flow.Contains(loop, Blocks[to]))
                                join = join < 0 ? to : Common(join, to);
                        }
                    }
                }
            }

            ipdom[i] = join < 0 ? n : join;
        }

        return ipdom;

        int Common(int a, int b)
        {
            while (a != b)
            {
                if (a < b)
                    a = ipdom[a];
                else
                    b = ipdom[b];
            }

            return a;
        }
    }

    private void CheckOrder()
    {
        for (int i = 0; i < Count; i++)
        {
            foreach (var (to, _) in Successors[i])
            {
                if (to <= i)
                    throw new UnsupportedFlowException(-1, "control flow that enters a loop in its middle is not supported");
            }

            int loop = LoopOf(i);
            if (loop >= 0 && (i < IndexOf(_flow.Loops[loop].Header) || i > IndexOf(_flow.Loops[loop].Latch)))
                throw new UnsupportedFlowException(-1, "a loop whose blocks do not stand together is not supported");
        }
    }
}
