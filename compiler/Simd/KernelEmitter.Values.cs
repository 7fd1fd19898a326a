using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>The values of the Invocation-level function as the code made so far has them, seen from the block being
/// made.</summary>
internal sealed partial class KernelEmitter
{
    /// <summary>Made in this stretch on every way to here; else it came through a barrier.</summary>
    private bool IsLocal(ValueId value)
    {
        int home = _s.Stretch.IndexOf(_f[value].Block);
        return home >= 0 && _s.Homes.ContainsKey(value) && _s.Stretch.Dominates(home, _place);
    }

    private bool IsDirect(ValueId value) =>
        _s.Stretch.DominatesLinearly(_s.Stretch.IndexOf(_f[value].Block), _place);

    /// <summary>Subgroups that run side by side have one scalar for it: it is the same for the workgroup, and to compute
    /// it does nothing else.</summary>
    private bool IsShared(ValueId value)
    {
        ref var node = ref _f[value];
        return _together > 1 && node.Op != Op.Const && !node.Type.IsVoid && _workgroup.ShapeOf(value).IsUniform && _lanes.ShapeOf(value).IsUniform
            && (node.Op is Op.Param or Op.Builtin or Op.BufferBase or Op.BufferRange or Op.PushBase
                || OpTable.Info(node.Op).Lanes == LaneRule.Elementwise || (node.Op == Op.Load && (node.Flags & NodeFlags.ReadOnly) != 0));
    }

    /// <summary>What the first of the subgroups that run side by side has.</summary>
    private void TakeShared(ValueId value)
    {
        int current = _s.Current;
        _s.Current = 0;
        var (scalar, home) = (_s.Scalars[value], _s.Homes[value]);
        _s.Current = current;
        _s.Scalars[value] = scalar;
        _s.Homes[value] = home;
    }

    private Shape ShapeHere(ValueId value) => _lanes.ShapeAt(value, BlockAt(_place));

    /// <summary>The scalar, or the base of a linear value; None for one that varies here.</summary>
    private ValueId ScalarOrNone(ValueId value)
    {
        ref var node = ref _f[value];
        if (node.Op == Op.Const)
            return _b.Const(node.Type, node.Imm);
        if (ShapeHere(value).IsVarying)
            return ValueId.None;
        if (!IsLocal(value))
            return CarriedScalar(value);
        return IsDirect(value) ? _s.Scalars[value] : ReadAcross(value, _s.Scalars, _s.ScalarVariables);
    }

    private ValueId ScalarOf(ValueId value)
    {
        var scalar = ScalarOrNone(value);
        if (!scalar.IsNone)
            return scalar;
        if (_f.TypeOf(value).Scalar == Scalar.Base)
            throw new UnsupportedFlowException(_g.CurrentSpirvOffset, "pointers that differ between the lanes of a subgroup are not supported here");
        throw new InvalidOperationException($"{value} is not uniform");
    }

    private ValueId LanesOf(ValueId value)
    {
        ref var node = ref _f[value];
        if (node.Op == Op.Const)
            return _b.Const(node.Type.AsLanes, node.Imm);
        if (node.Type.Scalar == Scalar.Base)
            throw new UnsupportedFlowException(_g.CurrentSpirvOffset, "pointers that differ between the lanes of a subgroup are not supported here");
        if (!IsLocal(value))
            return CarriedLanes(value);
        int left = _lanes.DivergentLoopLeft(value, BlockAt(_place));
        if (left >= 0)
        {
            var kept = _b.Variables.Read(_b.Current, LeftVariable(value, left));
            return kept.IsNone ? _b.Const(node.Type.AsLanes, 0) : kept;
        }

        var shape = _lanes.ShapeOf(value);
        if (!shape.IsLinear)
            return IsDirect(value) ? _s.Lanes[value] : ReadAcross(value, _s.Lanes, _s.LanesVariables);
        if (!IsDirect(value))
            return _b.Linear(ReadAcross(value, _s.Scalars, _s.ScalarVariables), shape.Stride);
        if (!_s.Lanes.TryGetValue(value, out var lanes))
        {
            lanes = LinearBehind(_s.Scalars[value], shape.Stride);
            _s.Lanes[value] = lanes;
        }

        return lanes;
    }

    /// <summary>The lanes of a linear value, right behind where its base is made, so that they serve every use.</summary>
    private ValueId LinearBehind(ValueId first, int stride)
    {
        ref var node = ref _g[first];
        var (current, point) = (_b.Current, _b.InsertPoint);
        int offset = _g.CurrentSpirvOffset;
        _g.CurrentSpirvOffset = node.SpirvOffset;
        _b.Current = node.Block;
        _b.InsertPoint = node.Op == Op.Param ? _g[node.Block].First : node.Next;
        if (node.Op == Op.Const)
        {
            // Constants stand in the entry; what is made of them goes to its end.
            var last = _g[node.Block].Last;
            _b.InsertPoint = OpTable.Info(_g[last].Op).IsTerminator ? last : ValueId.None;
        }

        var lanes = _b.Linear(first, stride);
        (_b.Current, _b.InsertPoint) = (current, point);
        _g.CurrentSpirvOffset = offset;
        return lanes;
    }

    private ValueId ReadAcross(ValueId value, ValueTable<ValueId> values, ValueTable<int> variables)
    {
        if (_s.Current == 0 || !IsShared(value))
            return ReadAcross(_s, _b.Current, value, values, variables);
        int current = _s.Current;
        _s.Current = 0;
        var read = ReadAcross(_s, _b.Current, value, _s.Scalars, _s.ScalarVariables);
        _s.Current = current;
        return read;
    }

    private ValueId ReadAcross(StretchState s, BlockId at, ValueId value, ValueTable<ValueId> values, ValueTable<int> variables)
    {
        if (!variables.TryGetValue(value, out int variable))
        {
            variable = _b.Variables.New(_g.TypeOf(values[value]));
            variables[value] = variable;
            _b.Variables.Write(s.Homes[value], variable, values[value]);
        }

        var read = _b.Variables.Read(at, variable);
        var type = _b.Variables.TypeOf(variable);
        return !read.IsNone ? read : type.Scalar == Scalar.Base ? _b.ScratchBase : _b.Const(type, 0);
    }
}
