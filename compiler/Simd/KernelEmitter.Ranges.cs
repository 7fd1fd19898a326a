using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// The bounds of a run of loads (<see cref="LoadNearlyContiguous"/>) as one question to the subgroup: where the lanes lie in a
/// row, its first and its last one say for all whether they are within bounds, and scalars say where those are.
/// </summary>
internal sealed partial class KernelEmitter
{
    /// <summary>What a row of lanes must lie below.</summary>
    /// <param name="Span">How much further than the first lane the last one is.</param>
    /// <param name="Room">The limit less the span: what the first lane must lie below.</param>
    /// <param name="First">The largest of the first lanes' indices, unsigned.</param>
    private readonly record struct RowLimit(ValueId Limit, int Span, ValueId Room, ValueId First);

    private readonly List<RowLimit> _rowLimits = [];
    private readonly List<ValueId> _conditions = [], _uniformConditions = [];

    /// <summary>Finds what decides whether all lanes of the run are within bounds, given that none leaves its line. Fills _rowLimits
    /// and _uniformConditions; false where a condition is something else.</summary>
    private bool FindRanges()
    {
        _rowLimits.Clear();
        _uniformConditions.Clear();
        _conditions.Clear();
        foreach (var load in _run)
        {
            var ok = Ok(load, 2);
            if (!ok.IsNone && !_conditions.Contains(ok))
                _conditions.Add(ok);
        }

        for (int i = 0; i < _conditions.Count; i++)
        {
            var condition = _conditions[i];
            ref var node = ref _f[condition];
            if (node.Op == Op.Const && node.Imm != 0)
                continue;
            if (ShapeHere(condition).IsUniform)
                _uniformConditions.Add(condition);
            else if (node.Op == Op.And && IsLocal(condition))
                AddConditions(condition);
            else if (node.Op != Op.ULt || !IsLocal(condition) || !AddRowLimit(condition))
                return false;
        }

        return _conditions.Count > 0;
    }

    private void AddConditions(ValueId both)
    {
        foreach (var part in _f.Operands(both))
        {
            if (!_conditions.Contains(part))
                _conditions.Add(part);
        }
    }

    private bool AddRowLimit(ValueId condition)
    {
        ValueId index = _f.Operand(condition, 0), limit = _f.Operand(condition, 1);
        if (_f.TypeOf(index).Scalar != Scalar.I32 || !ShapeHere(limit).IsUniform)
            return false;
        _roots.Clear();
        if (Near(index, 0, false) is not (> 0 and <= 1024 and var step))
            return false;
        foreach (var root in _roots)
        {
            if (!_runRoots.Contains(root))
                return false;
        }

        int span = (int)step * (_laneCount - 1);
        ValueId first = NearBase(index), scalar = ScalarOf(limit);
        for (int i = 0; i < _rowLimits.Count; i++)
        {
            var known = _rowLimits[i];
            if (known.Limit != scalar || known.Span != span)
                continue;
            _rowLimits[i] = known with { First = known.First == first ? first : _b.Binary(Op.UMax, known.First, first) };
            return true;
        }

        // None where the limit is not that large; an index that is about to wrap is beyond the room as well.
        var room = _b.Binary(Op.ISub, _b.Binary(Op.UMax, scalar, _b.I32(span)), _b.I32(span));
        _rowLimits.Add(new RowLimit(scalar, span, room, first));
        return true;
    }

    /// <summary>Branches to a block where some lane of the run is out of bounds; goes on in a new one.</summary>
    private void LeaveWhereOutside(BlockId apart)
    {
        foreach (var condition in _uniformConditions)
            LeaveIf(_b.Not(ScalarOf(condition)), apart);
        foreach (var row in _rowLimits)
            LeaveIf(_b.Binary(Op.ULe, row.Room, row.First), apart);
    }

    private void LeaveIf(ValueId condition, BlockId apart)
    {
        var inside = _b.NewBlock();
        _b.Branch(condition, apart, inside);
        _b.Start(inside);
    }
}
