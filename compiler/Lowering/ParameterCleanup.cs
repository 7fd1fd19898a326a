using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// Last step of lowering. In: a whole function. Out: blocks that cannot be reached are gone, and with them the Merge
/// and Continue that named them; a parameter that only ever gets one value (or itself) is replaced by it; a parameter
/// that nothing uses is gone.
/// </summary>
internal sealed class ParameterCleanup
{
    private readonly Function _f;
    private readonly ControlFlow _flow = new();
    private readonly ValueId[] _replacement;
    private readonly bool[] _live;

    private ParameterCleanup(Function f)
    {
        _f = f;
        _replacement = new ValueId[f.NodeCount];
        Array.Fill(_replacement, ValueId.None);
        _live = new bool[f.NodeCount];
    }

    public static void Run(Function f)
    {
        var cleanup = new ParameterCleanup(f);
        cleanup.RemoveUnreachable();
        cleanup.FindSame();
        cleanup.FindLive();
        cleanup.Rewrite();
    }

    private void RemoveUnreachable()
    {
        _flow.Build(_f);
        int kept = 0;
        for (int i = 0; i < _f.Layout.Count; i++)
        {
            var block = _f.Layout[i];
            if (_flow.IsReachable(block))
                _f.Layout[kept++] = block;
            else
                _f[block].Removed = true;
        }

        _f.Layout.RemoveRange(kept, _f.Layout.Count - kept);
        foreach (var block in _f.Layout)
        {
            ref var b = ref _f[block];
            if (!b.Merge.IsNone && !_flow.IsReachable(b.Merge))
                b.Merge = BlockId.None;
            if (!b.Continue.IsNone && !_flow.IsReachable(b.Continue))
                b.Merge = b.Continue = BlockId.None;
        }
    }

    /// <summary>Finds parameters whose arguments are all one value, until no more turn up.</summary>
    private void FindSame()
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (var block in _flow.Order)
            {
                var parameters = _f.Params(block);
                for (int i = 0; i < parameters.Length; i++)
                {
                    if (_replacement[parameters[i].Index].IsNone && OnlyArgument(block, parameters[i], i) is { IsNone: false } same)
                    {
                        _replacement[parameters[i].Index] = same;
                        changed = true;
                    }
                }
            }
        }
    }

    private ValueId OnlyArgument(BlockId block, ValueId parameter, int index)
    {
        var same = ValueId.None;
        foreach (var edge in _flow.Predecessors(block))
        {
            var argument = Resolve(_f.Arguments(_f.Terminator(edge.From), edge.Target)[index]);
            if (argument == parameter || argument == same)
                continue;
            if (!same.IsNone)
                return ValueId.None;
            same = argument;
        }

        return same;
    }

    private ValueId Resolve(ValueId id)
    {
        while (!_replacement[id.Index].IsNone)
        {
            var next = _replacement[id.Index];
            if (!_replacement[next.Index].IsNone)
                _replacement[id.Index] = _replacement[next.Index];
            id = next;
        }

        return id;
    }

    /// <summary>Marks parameters that some node needs, directly or as arguments of such parameters.</summary>
    private void FindLive()
    {
        var work = new Stack<ValueId>();
        foreach (var block in _flow.Order)
        {
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                bool terminator = OpTable.Info(_f[id].Op).IsTerminator;
                var operands = _f.Operands(id);
                int count = !terminator ? operands.Length : _f[id].Op == Op.Branch ? 1 : 0;
                for (int i = 0; i < count; i++)
                    Mark(Resolve(operands[i]), work);
            }
        }

        while (work.TryPop(out var parameter))
        {
            var block = _f[parameter].Block;
            int index = _f.Params(block).IndexOf(parameter);
            foreach (var edge in _flow.Predecessors(block))
                Mark(Resolve(_f.Arguments(_f.Terminator(edge.From), edge.Target)[index]), work);
        }
    }

    private void Mark(ValueId id, Stack<ValueId> work)
    {
        if (_f[id].Op != Op.Param || _live[id.Index])
            return;
        _live[id.Index] = true;
        work.Push(id);
    }

    private bool Keeps(ValueId parameter) => _replacement[parameter.Index].IsNone && _live[parameter.Index];

    private void Rewrite()
    {
        // Terminators first: they still count arguments by the old parameter lists.
        foreach (var block in _flow.Order)
        {
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                foreach (ref var operand in _f.Operands(id))
                    operand = Resolve(operand);
            }

            var terminator = _f.Terminator(block);
            if (_f[terminator].Op == Op.Jump)
            {
                _f.SetOperands(terminator, Kept(terminator, 0));
            }
            else if (_f[terminator].Op == Op.Branch)
            {
                var then = Kept(terminator, 0);
                var @else = Kept(terminator, 1);
                _f.SetBranch(terminator, _f.Operand(terminator, 0), _f[terminator].Target0, then, _f[terminator].Target1,
                    @else);
            }
        }

        var kept = new List<ValueId>();
        foreach (var block in _flow.Order)
        {
            kept.Clear();
            foreach (var parameter in _f.Params(block))
            {
                if (Keeps(parameter))
                    kept.Add(parameter);
            }

            if (kept.Count < _f.Params(block).Length)
                _f.SetParams(block, kept.ToArray());
        }
    }

    private ValueId[] Kept(ValueId terminator, int target)
    {
        var arguments = _f.Arguments(terminator, target);
        var parameters = _f.Params(target == 0 ? _f[terminator].Target0 : _f[terminator].Target1);
        var kept = new List<ValueId>(arguments.Length);
        for (int i = 0; i < arguments.Length; i++)
        {
            if (Keeps(parameters[i]))
                kept.Add(arguments[i]);
        }

        return kept.ToArray();
    }
}
