using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>Makes a <see cref="NormalFlow"/>: copy with barriers split off, one end, one latch per loop, loop constructs
/// from the merge annotations.</summary>
internal sealed class FlowNormalizer
{
    private const int MaxBlocks = 32768;
    private readonly Function _source;
    private readonly Function _f;
    private readonly NormalFlow _flow;
    private readonly List<bool> _cut = [];

    private FlowNormalizer(Function source)
    {
        _source = source;
        _f = new Function
        {
            Level = FunctionLevel.Invocation, LocalSize = source.LocalSize, WorkgroupBytes = source.WorkgroupBytes,
            PushConstantBytes = source.PushConstantBytes,
        };
        _f.Resources.AddRange(source.Resources);
        _f.PrivateArrays.AddRange(source.PrivateArrays);
        _flow = new NormalFlow { F = _f };
    }

    public static NormalFlow Run(Function source)
    {
        var normalizer = new FlowNormalizer(source);
        normalizer.Copy();
        normalizer.FindLoops();
        normalizer.Finish();
        return normalizer._flow;
    }

    private BlockId NewBlock()
    {
        if (_f.BlockCount >= MaxBlocks)
            throw new UnsupportedFlowException(-1, $"a shader of more than {MaxBlocks} basic blocks is not supported");
        _cut.Add(false);
        return _f.NewBlock();
    }

    private void Copy()
    {
        var flow = new ControlFlow();
        flow.Build(_source);
        var blocks = new BlockId[_source.BlockCount];
        var values = new ValueId[_source.NodeCount];
        foreach (var block in flow.Order)
        {
            blocks[block.Index] = NewBlock();
            foreach (var param in _source.Params(block))
                values[param.Index] = _f.AddParam(blocks[block.Index], _source.TypeOf(param));
        }

        foreach (var block in flow.Order)
        {
            var at = blocks[block.Index];
            _f.Layout.Add(at);
            ref var annotation = ref _source[block];
            if (!annotation.Merge.IsNone && flow.IsReachable(annotation.Merge))
                _f[at].Merge = blocks[annotation.Merge.Index];
            if (!annotation.Continue.IsNone && flow.IsReachable(annotation.Continue))
                _f[at].Continue = blocks[annotation.Continue.Index];
            for (var id = _source[block].First; !id.IsNone; id = _source[id].Next)
            {
                ref var node = ref _source[id];
                _f.CurrentSpirvOffset = node.SpirvOffset;
                switch (node.Op)
                {
                    case Op.Barrier:
                        at = SplitAtBarrier(at);
                        break;
                    case Op.Return:
                        if (_flow.End.IsNone)
                            _flow.End = NewBlock();
                        _f.Jump(at, _flow.End, []);
                        break;
                    default:
                        var copy = _f.NewNode(node.Op, node.Type, _source.Operands(id), node.Imm, node.Aux, node.Flags);
                        foreach (ref var operand in _f.Operands(copy))
                            operand = values[operand.Index];
                        if (!node.Target0.IsNone)
                            _f[copy].Target0 = blocks[node.Target0.Index];
                        if (!node.Target1.IsNone)
                            _f[copy].Target1 = blocks[node.Target1.Index];
                        _f.Append(at, copy);
                        values[id.Index] = copy;
                        break;
                }
            }
        }

        if (!_flow.End.IsNone)
        {
            _f.Append(_flow.End, _f.NewNode(Op.Return, IrType.Void, []));
            _f.Layout.Add(_flow.End);
        }
    }

    private BlockId SplitAtBarrier(BlockId at)
    {
        var rest = NewBlock();
        _f.Jump(at, rest, []);
        _cut[at.Index] = true;
        _f.Layout.Add(rest);
        _flow.HasBarrier = true;
        return rest;
    }

    private void FindLoops()
    {
        _flow.Flow.Build(_f);
        _flow.Dominators.Build(_flow.Flow);
        var forest = new LoopForest();
        forest.Build(_f, _flow.Flow, _flow.Dominators);
        int blocks = _f.BlockCount;
        _flow.LoopOf = new int[blocks];
        _flow.Tail = new bool[blocks];
        Array.Fill(_flow.LoopOf, -1);
        for (int l = 0; l < forest.Count; l++)
            _flow.Loops.Add(new FlowLoop { Header = forest.Header(l), Parent = forest.Parent(l) });
        foreach (var block in _flow.Flow.Order)
        {
            int loop = forest.LoopOf(block);
            _flow.LoopOf[block.Index] = loop;
            foreach (var edge in _flow.Flow.Predecessors(block))
            {
                if (_flow.Flow.Position(edge.From) >= _flow.Flow.Position(block) && !_flow.Dominators.Dominates(block, edge.From))
                    throw new UnsupportedFlowException(-1, "irreducible control flow is not supported");
            }
        }

        // Inner loops first: an inner construct is then whole when the outer one takes it in.
        for (int l = 0; l < forest.Count; l++)
            AddTails(l);
    }

    /// <summary>Blocks that the header dominates and that do not follow the merge block belong to the construct although
    /// no way leads from them back: what a break or a return does first. What follows the merge block of a construct around
    /// the loop, such as an inlined call, does not belong to it either. A loop without any of these ends only with its
    /// invocations.</summary>
    private void AddTails(int loop)
    {
        var header = _flow.Loops[loop].Header;
        var merge = _f[header].Merge;
        bool isLeft = !merge.IsNone && _flow.Flow.IsReachable(merge);
        if (!isLeft && _f[header].Continue.IsNone)
            return;
        var after = new HashSet<BlockId>();
        if (isLeft)
            after.Add(merge);
        foreach (var around in _flow.Flow.Order)
        {
            var end = _f[around].Merge;
            if (around != header && !end.IsNone && _flow.Dominators.Dominates(around, header) && _flow.Dominators.Dominates(header, end))
                after.Add(end);
        }

        foreach (var block in _flow.Flow.Order)
        {
            if (after.Contains(block) || _flow.Contains(loop, block))
                continue;
            foreach (var edge in _flow.Flow.Predecessors(block))
            {
                if (after.Contains(edge.From) && !_flow.Dominators.Dominates(block, edge.From))
                    after.Add(block);
            }
        }

        foreach (var block in _flow.Flow.Order)
        {
            if (block == _flow.End || after.Contains(block) || _flow.Contains(loop, block) || !_flow.Dominators.Dominates(header, block))
                continue;
            int inner = _flow.LoopOf[block.Index];
            if (_flow.Within(loop, inner))
            {
                _flow.LoopOf[block.Index] = loop;
                _flow.Tail[block.Index] = true;
                continue;
            }

            while (!_flow.Within(loop, _flow.Loops[inner].Parent))
                inner = _flow.Loops[inner].Parent;
            _flow.Loops[inner].Parent = loop;
            _flow.Loops[inner].Tail = true;
        }
    }

    private void Finish()
    {
        for (int b = 0; b < _flow.LoopOf.Length; b++)
        {
            if (!_cut[b])
                continue;
            for (int l = _flow.LoopOf[b]; l >= 0; l = _flow.Loops[l].Parent)
                _flow.Loops[l].HasBarrier = true;
        }

        var behind = new List<(BlockId Block, int Loop)>();
        for (int l = 0; l < _flow.Loops.Count; l++)
            MakeLatch(_flow.Loops[l], l, behind);
        _flow.Cut = [.. _cut];
        int count = _f.BlockCount;
        var loopOf = _flow.LoopOf;
        Array.Resize(ref loopOf, count);
        var tail = _flow.Tail;
        Array.Resize(ref tail, count);
        _flow.LoopOf = loopOf;
        _flow.Tail = tail;
        for (int l = 0; l < _flow.Loops.Count; l++)
            loopOf[_flow.Loops[l].Latch.Index] = l;
        foreach (var (block, l) in behind)
            loopOf[block.Index] = l;
        _flow.Flow.Build(_f);
        _flow.Dominators.Build(_flow.Flow);
    }

    /// <summary>The header of a loop with barriers keeps its parameters only: stretches may be cut behind these.</summary>
    private void MakeLatch(FlowLoop loop, int index, List<(BlockId Block, int Loop)> behind)
    {
        var latch = NewBlock();
        loop.Latch = latch;
        _f.CurrentSpirvOffset = _f[_f[loop.Header].First].SpirvOffset;
        var arguments = new List<ValueId>();
        foreach (var param in _f.Params(loop.Header).ToArray())
            arguments.Add(_f.AddParam(latch, _f.TypeOf(param)));
        int last = 0;
        foreach (var edge in _flow.Flow.Predecessors(loop.Header))
        {
            if (!_flow.Dominators.Dominates(loop.Header, edge.From))
                continue;
            ref var terminator = ref _f[_f.Terminator(edge.From)];
            if (edge.Target == 0)
                terminator.Target0 = latch;
            else
                terminator.Target1 = latch;
        }

        for (int i = 0; i < _f.Layout.Count; i++)
        {
            if (_f.Layout[i].Index < _flow.LoopOf.Length && _flow.Contains(index, _f.Layout[i]))
                last = i;
        }

        _f.Jump(latch, loop.Header, arguments.ToArray());
        _f.Layout.Insert(last + 1, latch);
        if (!loop.HasBarrier)
            return;
        var rest = NewBlock();
        for (var id = _f[loop.Header].First; !id.IsNone;)
        {
            var next = _f[id].Next;
            _f.Unlink(id);
            _f.Append(rest, id);
            id = next;
        }

        // A barrier at the header's end goes with what stands before it.
        (_cut[rest.Index], _cut[loop.Header.Index]) = (_cut[loop.Header.Index], false);
        _f.Jump(loop.Header, rest, []);
        behind.Add((rest, index));
        _f.Layout.Insert(_f.Layout.IndexOf(loop.Header) + 1, rest);
    }
}
