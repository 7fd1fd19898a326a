using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// What lives across barriers. The same for the workgroup, or a workgroup of one subgroup: ordinary values at workgroup
/// level. Cheap to compute anew from such: computed anew. The rest: a slot per subgroup in scratch memory, written where
/// a stretch that makes it is left, read where one that needs it begins.
/// </summary>
internal sealed partial class KernelEmitter
{
    /// <summary>The workgroup goes from a stretch to another: the last block of the way.</summary>
    private readonly record struct Transition(BlockId From, StretchState State, StretchExit Exit);

    private const int RematerializeCost = 8;
    private readonly List<Transition> _transitions = [];
    private readonly Dictionary<(int Stretch, int Subgroup, ValueId Value, bool Lanes), ValueId> _carried = [], _captured = [];
    private readonly Queue<(int Stretch, int Subgroup, ValueId Value, bool Lanes)> _captures = [];
    private readonly Queue<(int Stretch, ValueId Value, bool Lanes)> _reloads = [];
    private readonly Dictionary<(ValueId Value, bool Lanes), int> _slots = [];
    private readonly HashSet<(int Stretch, ValueId Value, bool Lanes)> _needed = [];

    private ValueId CarriedScalar(ValueId value) => Carried(value, false);

    private ValueId CarriedLanes(ValueId value)
    {
        var shape = ShapeHere(value);
        if (shape.IsVarying)
            return Carried(value, true);
        var key = (_s.Index, _s.Current, value, true);
        if (!_carried.TryGetValue(key, out var lanes))
        {
            lanes = LinearBehind(Carried(value, false), shape.Stride);
            _carried.Add(key, lanes);
        }

        return lanes;
    }

    private ValueId Carried(ValueId value, bool lanes)
    {
        var key = (_s.Index, _s.Current, value, lanes);
        if (_carried.TryGetValue(key, out var known))
            return known;
        ValueId result;
        if (!HasSubgroupLoop || (!lanes && IsWorkgroupUniform(value)))
            result = Capture(_s.Index, value, lanes);
        else if (!lanes && Cost(value, 0) <= RematerializeCost)
            result = AtSubgroupStart(() => Rematerialize(value));
        else
            result = AtSubgroupStart(() => Reload(value, lanes));
        _carried[key] = result;
        return result;
    }

    private bool IsWorkgroupUniform(ValueId value)
    {
        if (!_workgroup.ShapeOf(value).IsUniform)
            return false;
        for (int l = _flow.LoopOf[_f[value].Block.Index]; l >= 0; l = _flow.Loops[l].Parent)
        {
            if (!_flow.Loops[l].HasBarrier && _workgroup.IsDivergent(l))
                return false;
        }

        return true;
    }

    /// <summary>Puts nodes at the top of the current stretch's subgroup.</summary>
    private ValueId AtSubgroupStart(Func<ValueId> emit)
    {
        var (current, point) = (_b.Current, _b.InsertPoint);
        _b.Current = _s.SubgroupEntry;
        _b.InsertPoint = _g[_s.SubgroupEntry].Last;
        var value = emit();
        (_b.Current, _b.InsertPoint) = (current, point);
        return value;
    }

    /// <summary>Nodes that it takes to compute a uniform or linear value from what the workgroup knows.</summary>
    private int Cost(ValueId value, int depth)
    {
        ref var node = ref _f[value];
        if (node.Op is Op.Const or Op.PushBase or Op.WorkgroupBase || IsWorkgroupUniform(value))
            return 0;
        if (node.Op == Op.Builtin)
            return 1;
        bool pure = OpTable.Info(node.Op).Lanes == LaneRule.Elementwise || node.Op is Op.BufferBase or Op.BufferRange or Op.Confine;
        if (!pure || depth > RematerializeCost || !_lanes.ShapeOf(value).IsLinear || LeavesDivergentLoop(value))
            return RematerializeCost + 1;
        int cost = 1;
        foreach (var operand in _f.Operands(value))
        {
            cost += Cost(operand, depth + 1);
            if (cost > RematerializeCost && node.Type.Scalar != Scalar.Base)
                break;
        }

        return cost;
    }

    private bool LeavesDivergentLoop(ValueId value) => _lanes.DivergentLoopAround(_f[value].Block) >= 0;

    private ValueId Rematerialize(ValueId value)
    {
        ref var node = ref _f[value];
        if (node.Op == Op.Const)
            return _b.Const(node.Type, node.Imm);
        var key = (_s.Index, _s.Current, value, false);
        if (_carried.TryGetValue(key, out var known))
            return known;
        ValueId result;
        if (IsWorkgroupUniform(value))
        {
            result = Capture(_s.Index, value, false);
        }
        else if (node.Op == Op.Builtin)
        {
            result = (BuiltinValue)node.Aux == BuiltinValue.SubgroupId ? _s.Subgroup : _ids.Emit(_b, (BuiltinValue)node.Aux, _s.Subgroup);
        }
        else
        {
            var operands = new ValueId[_f.Operands(value).Length];
            for (int i = 0; i < operands.Length; i++)
                operands[i] = Rematerialize(_f.Operand(value, i));
            result = node.Op == Op.UMin && _lanes.ShapeOf(value).Stride != 0 ? operands[0] : Fold(_f[value], _f.TypeOf(value), operands);
        }

        _carried[key] = result;
        return result;
    }

    /// <summary>A value at workgroup level, as a parameter of the stretch's entry; its arguments follow at the end.</summary>
    private ValueId Capture(int stretch, ValueId value, bool lanes)
    {
        var key = (stretch, !lanes && IsWorkgroupUniform(value) ? 0 : _s.Current, value, lanes);
        if (_captured.TryGetValue(key, out var known))
            return known;
        ref var node = ref _f[value];
        if (node.Op is Op.PushBase or Op.WorkgroupBase)
            return node.Op == Op.WorkgroupBase ? _b.ScratchBase : AtSubgroupStart(() => _b.Emit(Op.PushBase, IrType.Base, []));
        if (node.Op == Op.Builtin && !lanes && (BuiltinValue)node.Aux <= BuiltinValue.NumWorkgroupsZ)
        {
            int d = node.Aux % 3;
            return (BuiltinValue)node.Aux <= BuiltinValue.WorkgroupIdZ ? _workgroupId[d] : _workgroupCounts[d];
        }

        var param = _g.AddParam(_states[stretch].WorkgroupEntry, lanes ? node.Type.AsLanes : node.Type);
        _captured.Add(key, param);
        _captures.Enqueue(key);
        return param;
    }

    /// <summary>The live mask of a workgroup that is one subgroup.</summary>
    private ValueId CaptureLive() => _liveParams[(_s.Index, _s.Current)] = _g.AddParam(_s.WorkgroupEntry, IrType.Mask);

    private readonly Dictionary<(int Stretch, int Subgroup), ValueId> _liveParams = [];

    private ValueId Reload(ValueId value, bool lanes)
    {
        var type = _f.TypeOf(value);
        if (type.Scalar == Scalar.Base)
            throw new UnsupportedFlowException(_f[value].SpirvOffset, "a pointer that is chosen at run time and lives across a barrier is not supported");
        int slot = SlotOf(value, lanes);
        if (_needed.Add((_s.Index, value, lanes)))
            _reloads.Enqueue((_s.Index, value, lanes));
        bool isBool = type.Scalar == Scalar.Bool;
        var at = SlotPlace(type, lanes && !isBool);
        if (!isBool)
        {
            return lanes
                ? _b.Emit(Op.LoadContiguous, type.AsLanes, [_b.ScratchBase, at, _b.FullMask], slot, 0, NodeFlags.NoWrap)
                : _b.Emit(Op.Load, type, [_b.ScratchBase, at], slot);
        }

        var bits = _b.Emit(Op.Load, IrType.I32, [_b.ScratchBase, at], slot);
        return lanes ? _b.Emit(Op.MaskFromBits, IrType.Mask, [bits]) : _b.Binary(Op.INe, bits, _b.I32(0));
    }

    private int SlotOf(ValueId value, bool lanes)
    {
        if (!_slots.TryGetValue((value, lanes), out int slot))
        {
            var type = _f.TypeOf(value);
            bool row = lanes && type.Scalar != Scalar.Bool;
            slot = _layout.Add((long)_ids.Subgroups * (row ? _laneCount : 1) * Math.Max(type.Bytes, 4));
            _slots.Add((value, lanes), slot);
        }

        return slot;
    }

    private ValueId SlotPlace(IrType type, bool row) =>
        _b.Binary(Op.IMul, _s.Subgroup, _b.I32((row ? _laneCount : 1) * (type.Scalar == Scalar.Bool ? 4 : type.Bytes)));

    /// <summary>Once all stretches are made: fills slots where stretches are left, and arguments of captures.</summary>
    private void ResolveCarried()
    {
        foreach (var (key, _) in _liveParams)
        {
            foreach (var transition in _transitions)
            {
                transition.State.Current = key.Subgroup;
                if (transition.Exit.To == key.Stretch)
                    PassArgument(transition, LiveBehind(transition));
            }
        }

        while (_reloads.Count + _captures.Count > 0)
        {
            if (_reloads.TryDequeue(out var need))
                ResolveReload(need);
            else
                ResolveCapture(_captures.Dequeue());
        }
    }

    private ValueId LiveBehind(in Transition transition)
    {
        var live = _b.Variables.Read(transition.From, _liveVariables[transition.State.Current]);
        return live.IsNone ? transition.State.EntryMask : live;
    }


    private void PassArgument(in Transition transition, ValueId value) =>
        _g.AddArgument(_g.Terminator(transition.From), 0, value);

    private void ResolveReload((int Stretch, ValueId Value, bool Lanes) need)
    {
        foreach (var state in _states)
        {
            foreach (var exit in state.Exits)
            {
                if (exit.To != need.Stretch)
                    continue;
                (_s, _place) = (state, exit.Place);
                _s.Current = 0;
                if (IsLocal(need.Value))
                {
                    for (_s.Current = 0; _s.Current < _together; _s.Current++)
                        Save(need.Value, need.Lanes, exit);
                }
                else if (_needed.Add((state.Index, need.Value, need.Lanes)))
                    _reloads.Enqueue((state.Index, need.Value, need.Lanes));
            }
        }
    }

    private void Save(ValueId value, bool lanes, in StretchExit exit)
    {
        var type = _f.TypeOf(value);
        _b.Current = exit.Block;
        _b.InsertPoint = _g[exit.Block].Last;
        int slot = SlotOf(value, lanes);
        bool isBool = type.Scalar == Scalar.Bool;
        var at = SlotPlace(type, lanes && !isBool);
        if (lanes)
        {
            var row = LanesOf(value);
            if (isBool)
                _b.Emit(Op.Store, IrType.Void, [_b.ScratchBase, at, BitsOf(row)], slot);
            else
                _b.Emit(Op.StoreContiguous, IrType.Void, [_b.ScratchBase, at, row, _b.FullMask], slot, 0, NodeFlags.NoWrap);
        }
        else
        {
            var one = ScalarOf(value);
            _b.Emit(Op.Store, IrType.Void, [_b.ScratchBase, at, isBool ? _b.Select(one, _b.I32(1), _b.I32(0)) : one], slot);
        }

        _b.InsertPoint = ValueId.None;
    }

    private void ResolveCapture((int Stretch, int Subgroup, ValueId Value, bool Lanes) key)
    {
        foreach (var transition in _transitions)
        {
            if (transition.Exit.To != key.Stretch)
                continue;
            (_s, _place) = (transition.State, transition.Exit.Place);
            _s.Current = key.Subgroup;
            _b.Current = transition.From;
            _b.InsertPoint = _g[transition.From].Last;
            PassArgument(transition, IsLocal(key.Value) ? AtTransition(transition, key.Value, key.Lanes) : Capture(_s.Index, key.Value, key.Lanes));
            _b.InsertPoint = ValueId.None;
        }
    }

    /// <summary>A value of the stretch that was left, behind its loop over subgroups.</summary>
    private ValueId AtTransition(in Transition transition, ValueId value, bool lanes)
    {
        if (_f[value].Op == Op.Const)
            return lanes ? LanesOf(value) : ScalarOf(value);
        if (!lanes)
            return ReadAcross(_s, transition.From, value, _s.Scalars, _s.ScalarVariables);
        int left = _lanes.DivergentLoopLeft(value, BlockAt(_place));
        if (left >= 0)
            return _b.Variables.Read(transition.From, LeftVariable(value, left)) is { IsNone: false } kept ? kept : _b.Const(_f.TypeOf(value).AsLanes, 0);
        return _lanes.ShapeOf(value).IsLinear
            ? _b.Linear(ReadAcross(_s, transition.From, value, _s.Scalars, _s.ScalarVariables), _lanes.ShapeOf(value).Stride)
            : ReadAcross(_s, transition.From, value, _s.Lanes, _s.LanesVariables);
    }
}
