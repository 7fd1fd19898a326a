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
        return home >= 0 && _s.Homes.ContainsKey(value) && Stretch.Dominates(_s.Stretch.Idom, home, _place);
    }

    private bool IsDirect(ValueId value) =>
        Stretch.Dominates(_s.Stretch.LinearIdom, _s.Stretch.IndexOf(_f[value].Block), _place);

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
            _s.Lanes.Add(value, lanes);
        }

        return lanes;
    }

    /// <summary>The lanes of a linear value, right behind where its base is made, so that they serve every use.</summary>
    private ValueId LinearBehind(ValueId first, int stride)
    {
        if (_b.IsConst(first, out _))
            return _b.Linear(first, stride);
        ref var node = ref _g[first];
        var (current, point) = (_b.Current, _b.InsertPoint);
        int offset = _g.CurrentSpirvOffset;
        _g.CurrentSpirvOffset = node.SpirvOffset;
        _b.Current = node.Block;
        _b.InsertPoint = node.Op == Op.Param ? _g[node.Block].First : node.Next;
        var lanes = _b.Linear(first, stride);
        (_b.Current, _b.InsertPoint) = (current, point);
        _g.CurrentSpirvOffset = offset;
        return lanes;
    }

    private ValueId ReadAcross(ValueId value, Dictionary<ValueId, ValueId> values, Dictionary<ValueId, int> variables) =>
        ReadAcross(_s, _b.Current, value, values, variables);

    private ValueId ReadAcross(StretchState s, BlockId at, ValueId value, Dictionary<ValueId, ValueId> values, Dictionary<ValueId, int> variables)
    {
        if (!variables.TryGetValue(value, out int variable))
        {
            variable = _b.Variables.New(_g.TypeOf(values[value]));
            variables.Add(value, variable);
            _b.Variables.Write(s.Homes[value], variable, values[value]);
        }

        var read = _b.Variables.Read(at, variable);
        var type = _b.Variables.TypeOf(variable);
        return !read.IsNone ? read : type.Scalar == Scalar.Base ? _b.ScratchBase : _b.Const(type, 0);
    }
}
