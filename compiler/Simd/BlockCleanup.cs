using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// Tidies what SSA construction left: blocks that nothing reaches, parameters that always get one value, parameters that
/// nothing uses, blocks that only jump, and jumps to blocks with one way in. In and out: a function of Simd level.
/// </summary>
internal sealed class BlockCleanup
{
    private readonly Function _g;
    private readonly ControlFlow _flow = new();
    private readonly ValueId[] _alias;

    private BlockCleanup(Function g)
    {
        _g = g;
        _alias = new ValueId[g.NodeCount];
        for (int i = 0; i < _alias.Length; i++)
            _alias[i] = new ValueId(i);
    }

    public static void Run(Function g)
    {
        var cleanup = new BlockCleanup(g);
        cleanup.DropUnreachable();
        cleanup.FindTrivial();
        cleanup.Rewrite();
        cleanup.ThreadJumps();
        cleanup.DropUnreachable();
        cleanup.MergeChains();
        cleanup.DropUnreachable();
    }

    private void DropUnreachable()
    {
        _flow.Build(_g);
        int kept = 0;
        for (int i = 0; i < _g.Layout.Count; i++)
        {
            var block = _g.Layout[i];
            if (_flow.IsReachable(block))
                _g.Layout[kept++] = block;
            else
                _g[block].Removed = true;
        }

        if (kept == _g.Layout.Count)
            return;
        _g.Layout.RemoveRange(kept, _g.Layout.Count - kept);
        _flow.Build(_g);
    }

    private ValueId Resolve(ValueId id)
    {
        while (_alias[id.Index] != id)
        {
            _alias[id.Index] = _alias[_alias[id.Index].Index];
            id = _alias[id.Index];
        }

        return id;
    }

    private void FindTrivial()
    {
        bool again = true;
        while (again)
        {
            again = false;
            foreach (var block in _flow.Order)
            {
                var parameters = _g.Params(block);
                for (int i = 0; i < parameters.Length; i++)
                {
                    if (_alias[parameters[i].Index] != parameters[i])
                        continue;
                    var one = ValueId.None;
                    bool trivial = true;
                    foreach (var edge in _flow.Predecessors(block))
                    {
                        var argument = Resolve(_g.Arguments(_g.Terminator(edge.From), edge.Target)[i]);
                        if (argument == parameters[i] || argument == one)
                            continue;
                        trivial &= one.IsNone;
                        one = argument;
                    }

                    if (trivial && !one.IsNone)
                    {
                        _alias[parameters[i].Index] = one;
                        again = true;
                    }
                }
            }
        }
    }

    /// <summary>Replaces what has an alias, and takes out parameters that have one or that only feed themselves.</summary>
    private void Rewrite()
    {
        var used = new bool[_g.NodeCount];
        var work = new Stack<ValueId>();
        foreach (var block in _flow.Order)
        {
            for (var id = _g[block].First; !id.IsNone; id = _g[id].Next)
            {
                var operands = _g.Operands(id);
                for (int i = 0; i < operands.Length; i++)
                    operands[i] = Resolve(operands[i]);
                int count = _g[id].Op switch { Op.Jump => 0, Op.Branch => 1, _ => operands.Length };
                for (int i = 0; i < count; i++)
                    Use(operands[i]);
            }
        }

        while (work.Count > 0)
        {
            var param = work.Pop();
            var block = _g[param].Block;
            int index = _g.Params(block).IndexOf(param);
            foreach (var edge in _flow.Predecessors(block))
                Use(_g.Arguments(_g.Terminator(edge.From), edge.Target)[index]);
        }

        var keep = new List<int>();
        foreach (var block in _flow.Order)
        {
            var parameters = _g.Params(block).ToArray();
            keep.Clear();
            for (int i = 0; i < parameters.Length; i++)
            {
                if (used[parameters[i].Index])
                    keep.Add(i);
            }

            if (keep.Count == parameters.Length)
                continue;
            foreach (var edge in _flow.Predecessors(block))
                KeepArguments(edge, keep);
            var kept = new ValueId[keep.Count];
            for (int i = 0; i < kept.Length; i++)
                kept[i] = parameters[keep[i]];
            _g.SetParams(block, kept);
        }

        void Use(ValueId id)
        {
            if (used[id.Index])
                return;
            used[id.Index] = true;
            if (_g[id].Op == Op.Param)
                work.Push(id);
        }
    }

    private void KeepArguments(Edge edge, List<int> keep)
    {
        var terminator = _g.Terminator(edge.From);
        var arguments = _g.Arguments(terminator, edge.Target);
        var kept = new ValueId[keep.Count];
        for (int i = 0; i < kept.Length; i++)
            kept[i] = arguments[keep[i]];
        SetTarget(terminator, edge.Target, edge.Target == 0 ? _g[terminator].Target0 : _g[terminator].Target1, kept);
    }

    private void SetTarget(ValueId terminator, int target, BlockId to, ReadOnlySpan<ValueId> arguments)
    {
        ref var node = ref _g[terminator];
        if (node.Op == Op.Jump)
        {
            _g.SetJump(terminator, to, arguments);
            return;
        }

        var condition = _g.Operand(terminator, 0);
        var other = _g.Arguments(terminator, 1 - target).ToArray();
        if (target == 0)
            _g.SetBranch(terminator, condition, to, arguments, node.Target1, other);
        else
            _g.SetBranch(terminator, condition, node.Target0, other, to, arguments);
    }

    /// <summary>Edges to a block that only jumps on go where it goes, unless a branch would get two edges to one
    /// block.</summary>
    private void ThreadJumps()
    {
        foreach (var block in _flow.Order)
        {
            var terminator = _g.Terminator(block);
            int targets = _g[terminator].Op switch { Op.Jump => 1, Op.Branch => 2, _ => 0 };
            for (int t = 0; t < targets; t++)
            {
                for (int steps = 0; steps < 64; steps++)
                {
                    var to = t == 0 ? _g[terminator].Target0 : _g[terminator].Target1;
                    var jump = _g[to].First;
                    if (to == block || _g[jump].Op != Op.Jump || _g.Params(to).Length > 0 || _g[jump].Target0 == to)
                        break;
                    var other = targets == 1 ? BlockId.None : t == 0 ? _g[terminator].Target1 : _g[terminator].Target0;
                    if (_g[jump].Target0 == other || _flow.Position(_g[jump].Target0) <= _flow.Position(to))
                        break;
                    SetTarget(terminator, t, _g[jump].Target0, _g.Arguments(jump, 0).ToArray());
                }
            }
        }
    }

    private void MergeChains()
    {
        foreach (var block in _flow.Order.ToArray())
        {
            if (_g[block].Removed)
                continue;
            while (true)
            {
                var terminator = _g.Terminator(block);
                if (_g[terminator].Op != Op.Jump)
                    break;
                var to = _g[terminator].Target0;
                if (to == block || _flow.Predecessors(to).Length != 1 || _g.Params(to).Length > 0 || to == _g.Entry)
                    break;
                _g.Unlink(terminator);
                for (var id = _g[to].First; !id.IsNone;)
                {
                    var next = _g[id].Next;
                    _g.Unlink(id);
                    _g.Append(block, id);
                    id = next;
                }

                _g[to].Removed = true;
                _g.Layout.Remove(to);
            }
        }
    }
}
