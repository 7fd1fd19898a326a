using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// What is the same for all invocations of a scope that are active together: the lanes of a subgroup (with shapes) or the
/// whole workgroup. In: a <see cref="NormalFlow"/> and its stretches. Out: a shape per value, which branches and loops
/// part lanes. Invariant: greatest fixed point, so that loop counters stay uniform.
/// </summary>
/// <remarks>
/// Control dependence: where lanes that a branch parted meet again, parameters vary (sync dependence: a block is such a
/// join when two of the branch's ways first meet there; found by spreading labels, as in Rosemann, Moll and Hack, "An
/// abstract interpretation for SPMD divergence on reducible control flow graphs", POPL 2021). A loop is divergent when
/// lanes leave it in different iterations: then what it defines varies outside of it, and its exits part lanes like a
/// branch does. Lanes that part on their way to different barriers trap, so no divergence goes through a barrier.
/// </remarks>
internal sealed class DivergenceAnalysis
{
    private readonly NormalFlow _flow;
    private readonly Function _f;
    private readonly List<Stretch> _stretches;
    private readonly LocalIds _ids;
    private readonly bool _workgroup;
    private readonly AccessShapes _shapes;
    private Shape[] _shape;
    private readonly bool[] _parted, _join, _divergentLoop;
    private readonly DivergenceAnalysis? _wider;
    private bool _changed;
    private int[] _labels = [];

    private DivergenceAnalysis(NormalFlow flow, List<Stretch> stretches, LocalIds ids, int laneCount, bool workgroup,
        DivergenceAnalysis? wider)
    {
        _wider = wider;
        _flow = flow;
        _f = flow.F;
        _stretches = stretches;
        _ids = ids;
        _workgroup = workgroup;
        _shapes = new AccessShapes(_f, laneCount, new UnsignedBounds(_f, laneCount));
        _shape = SpareArrays<Shape>.Take(_f.NodeCount);
        Array.Clear(_shape, 0, _f.NodeCount);
        _parted = new bool[_f.BlockCount];
        _join = new bool[_f.BlockCount];
        _divergentLoop = new bool[flow.Loops.Count];
        ExitsPart = new bool[stretches.Count];
    }

    /// <summary>Of each stretch: lanes may leave it by different exits.</summary>
    public bool[] ExitsPart { get; }

    /// <param name="workgroup">Whether the scope is the workgroup and not the subgroup.</param>
    /// <param name="wider">Where several subgroups run side by side: the workgroup's analysis. Branches that part the
    /// workgroup then count as parting lanes, though each subgroup may go one way.</param>
    public static DivergenceAnalysis Run(NormalFlow flow, List<Stretch> stretches, LocalIds ids, int laneCount, bool workgroup,
        DivergenceAnalysis? wider = null)
    {
        var analysis = new DivergenceAnalysis(flow, stretches, ids, laneCount, workgroup, wider);
        do
        {
            analysis._changed = false;
            analysis.Values();
            analysis.Branches();
        }
        while (analysis._changed);
        return analysis;
    }

    /// <summary>Leaves the shapes for the next analysis; this one must not be used any more.</summary>
    public void Discard()
    {
        SpareArrays<Shape>.Leave(_shape);
        _shape = [];
    }

    /// <summary>The shape where it is defined.</summary>
    public Shape ShapeOf(ValueId id) => _shape[id.Index];

    /// <summary>The shape as a block sees it: what comes out of a divergent loop varies.</summary>
    public Shape ShapeAt(ValueId id, BlockId use)
    {
        var shape = _shape[id.Index];
        if (!shape.IsLinear || _f[id].Op == Op.Const)
            return shape;
        return DivergentLoopLeft(id, use) >= 0 ? Shape.Varying : shape;
    }

    /// <summary>The innermost divergent loop that holds the value's definition but not the use; -1 where none.</summary>
    public int DivergentLoopLeft(ValueId id, BlockId use)
    {
        for (int l = _flow.LoopOf[_f[id].Block.Index]; l >= 0 && !_flow.Contains(l, use); l = _flow.Loops[l].Parent)
        {
            if (_divergentLoop[l])
                return l;
        }

        return -1;
    }

    public bool IsDivergent(int loop) => _divergentLoop[loop];

    /// <summary>The innermost divergent loop around a block, or -1.</summary>
    public int DivergentLoopAround(BlockId block)
    {
        int l = _flow.LoopOf[block.Index];
        while (l >= 0 && !_divergentLoop[l])
            l = _flow.Loops[l].Parent;
        return l;
    }

    public bool PartsLanes(BlockId block) => _parted[block.Index];

    private void Values()
    {
        Span<Shape> operands = stackalloc Shape[8];
        do
        {
            foreach (var block in _flow.Flow.Order)
            {
                Parameters(block);
                for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
                {
                    ref var node = ref _f[id];
                    // What varies stays so.
                    if (node.Type.IsVoid || _shape[id.Index].IsVarying)
                        continue;
                    var ids = _f.Operands(id);
                    for (int i = 0; i < ids.Length; i++)
                        operands[i] = ShapeAt(ids[i], block);
                    Lower(id, NodeShape(id, node, operands[..ids.Length]));
                }
            }
        }
        while (HeadersChange());
    }

    /// <summary>Whether what came around loops changes what their headers start with: all else depends on what stands in front of
    /// it, and so would not be found to be anything else.</summary>
    private bool HeadersChange()
    {
        bool changed = false;
        foreach (var loop in _flow.Loops)
            changed |= Parameters(loop.Header);
        return changed;
    }

    private bool Parameters(BlockId block)
    {
        bool changed = false;
        var parameters = _f.Params(block);
        for (int i = 0; i < parameters.Length; i++)
        {
            if (!_shape[parameters[i].Index].IsVarying)
                changed |= Lower(parameters[i], ParamShape(block, i));
        }

        return changed;
    }

    private bool Lower(ValueId id, Shape shape)
    {
        ref var known = ref _shape[id.Index];
        if (known.Kind != ShapeKind.Unknown)
            shape = Shape.Meet(known, shape);
        if (known == shape)
            return false;
        known = shape;
        return true;
    }

    private Shape ParamShape(BlockId block, int index)
    {
        var shape = Shape.Unknown;
        var first = ValueId.None;
        bool same = true;
        foreach (var edge in _flow.Flow.Predecessors(block))
        {
            var argument = _f.Arguments(_f.Terminator(edge.From), edge.Target)[index];
            same &= first.IsNone || first == argument;
            first = argument;
            shape = Shape.Meet(shape, ShapeAt(argument, block));
        }

        return _join[block.Index] && !same ? Shape.Varying : shape;
    }

    private Shape NodeShape(ValueId id, in Node node, ReadOnlySpan<Shape> operands)
    {
        if (OpTable.Info(node.Op).Lanes == LaneRule.Elementwise)
            return Leveled(_shapes.Transfer(id, operands));
        bool unknown = false, uniform = true;
        foreach (var operand in operands)
        {
            unknown |= operand.Kind == ShapeKind.Unknown;
            uniform &= operand.IsUniform;
        }

        var same = unknown ? Shape.Unknown : uniform ? Shape.Uniform : Shape.Varying;
        switch (node.Op)
        {
            case Op.Builtin:
                var builtin = (BuiltinValue)node.Aux;
                if (!_workgroup)
                    return _ids.ShapeOf(builtin);
                return _ids.IsWorkgroupUniform(builtin) ? Shape.Uniform : Shape.Varying;
            case Op.BufferBase or Op.BufferRange or Op.PushBase or Op.WorkgroupBase or Op.Confine:
                return same;
            case Op.Load:
                return _workgroup && (node.Flags & NodeFlags.ReadOnly) == 0 ? Shape.Varying : same;
            case Op.SubgroupReduce when node.Imm != 0:
            case Op.SubgroupInclusiveScan or Op.SubgroupExclusiveScan or Op.SubgroupElect:
                return Shape.Varying;
            case Op.SubgroupReduce or Op.SubgroupAny or Op.SubgroupAll or Op.SubgroupBallot or Op.SubgroupBroadcastFirst:
                return _workgroup ? Shape.Varying : Shape.Uniform;
            case Op.SubgroupShuffle:
                return _workgroup ? Shape.Varying : operands[1].Kind == ShapeKind.Unknown ? Shape.Unknown
                    : operands[1].IsUniform ? Shape.Uniform : Shape.Varying;
            default:
                return Shape.Varying;
        }
    }

    /// <summary>At workgroup scope a stride means nothing.</summary>
    private Shape Leveled(Shape shape) => _workgroup && shape.IsLinear && shape.Stride != 0 ? Shape.Varying : shape;

    private void Branches()
    {
        for (int s = 0; s < _stretches.Count; s++)
        {
            var stretch = _stretches[s];
            for (int i = 0; i < stretch.Count; i++)
            {
                var block = stretch.Blocks[i];
                ref var node = ref _f[_f.Terminator(block)];
                if (node.Op != Op.Branch || node.Target0 == node.Target1 || stretch.Successors[i].Length < 2)
                    continue;
                if (!ShapeAt(_f.Operand(_f.Terminator(block), 0), block).IsVarying && _wider?.PartsLanes(block) != true)
                    continue;
                if (!_parted[block.Index])
                {
                    _parted[block.Index] = true;
                    _changed = true;
                    foreach (var each in _stretches)
                    {
                        if (each.IndexOf(block) >= 0)
                            Spread(each, [.. Targets(each, each.IndexOf(block))], each.LoopOf(each.IndexOf(block)));
                    }
                }
            }
        }
    }

    private static IEnumerable<int> Targets(Stretch stretch, int place)
    {
        foreach (var (to, _) in stretch.Successors[place])
            yield return to;
    }

    /// <summary>Spreads a label from each place that parted lanes go to, within a loop, and marks where labels meet. Lanes
    /// that leave the loop, or some of them, go on from its exits.</summary>
    private void Spread(Stretch stretch, int[] starts, int loop)
    {
        var labels = Labels(stretch.Count + 1);
        int header = loop >= 0 ? stretch.IndexOf(_flow.Loops[loop].Header) : 0;
        int last = loop >= 0 ? stretch.IndexOf(_flow.Loops[loop].Latch) : stretch.Count - 1;
        int pending = 0;
        foreach (int start in starts)
        {
            pending += labels[start] < 0 ? 1 : 0;
            labels[start] = start;
        }

        for (int i = header; i < last || (loop < 0 && i == last); i++)
        {
            if (labels[i] < 0)
                continue;

            // Where one place is left, all ways have met: only its own label goes on from here.
            if (--pending == 0)
                return;
            foreach (var (to, _) in stretch.Successors[i])
            {
                if (labels[to] < 0)
                {
                    labels[to] = labels[i];
                    pending++;
                }
                else if (labels[to] != labels[i] && labels[to] != to)
                {
                    labels[to] = to;
                    MarkJoin(stretch, to);
                }
                else if (labels[to] != labels[i])
                {
                    MarkJoin(stretch, to);
                }
            }
        }

        if (loop < 0)
            return;
        int seen = labels[last];
        bool parts = false;
        for (int i = last + 1; i <= stretch.Count; i++)
        {
            if (labels[i] < 0)
                continue;
            parts |= seen >= 0 && seen != labels[i];
            seen = labels[i];
        }

        if (!parts || _divergentLoop[loop])
            return;
        _divergentLoop[loop] = true;
        _changed = true;
        foreach (var each in _stretches)
        {
            if (each.IndexOf(_flow.Loops[loop].Header) >= 0)
                LeaveLoop(each, loop);
        }
    }

    /// <summary>An array of -1, which is taken again each time.</summary>
    private Span<int> Labels(int count)
    {
        if (_labels.Length < count)
            _labels = new int[count];
        var labels = _labels.AsSpan(0, count);
        labels.Fill(-1);
        return labels;
    }

    private void LeaveLoop(Stretch stretch, int loop)
    {
        var exits = new SortedSet<int>();
        int latch = stretch.IndexOf(_flow.Loops[loop].Latch);
        for (int i = stretch.IndexOf(_flow.Loops[loop].Header); i < latch; i++)
        {
            foreach (var (to, _) in stretch.Successors[i])
            {
                if (to > latch)
                    exits.Add(to);
            }
        }

        foreach (int exit in exits)
        {
            if (exit < stretch.Count)
                MarkJoin(stretch, exit);
        }

        int parent = _flow.Loops[loop].Parent;
        Spread(stretch, [.. exits], parent >= 0 && _flow.Loops[parent].HasBarrier ? -1 : parent);
    }

    private void MarkJoin(Stretch stretch, int place)
    {
        if (place == stretch.Exit)
        {
            int index = _stretches.IndexOf(stretch);
            _changed |= !ExitsPart[index];
            ExitsPart[index] = true;
            return;
        }

        var block = stretch.Blocks[place];
        _changed |= !_join[block.Index];
        _join[block.Index] = true;
    }
}
