using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// Accesses that go to neighbouring elements in most subgroups, but not provably: an index that is clamped or wrapped at
/// the edges of an image. What the offsets would be without the edge is compared with what they are; where all active
/// lanes agree, the access is contiguous, and otherwise a gather or scatter.
/// </summary>
/// <remarks>
/// A root is a node at which an index may leave its line: a clamp, a select, a mask, a remainder, or a coordinate that was
/// rounded. The comparison is made on the roots and not on the offsets, so that accesses of one index in several rows share
/// it; loads that stand one behind the other share the branch as well.
/// </remarks>
internal sealed partial class KernelEmitter
{
    private const int MaxNearDepth = 8, MaxRun = 12;
    private readonly List<ValueId> _roots = [], _run = [], _runRoots = [];
    private readonly List<ValueId> _runMasks = [];

    /// <summary>Whether an offset probably steps by as many bytes from lane to lane. Fills _roots.</summary>
    private bool IsNearlyContiguous(ValueId offset, int bytes)
    {
        _roots.Clear();
        return _f.TypeOf(offset).Scalar == Scalar.I32 && Near(offset, 0, false) == bytes && _roots.Count > 0;
    }

    /// <summary>The probable step from lane to lane; null where nothing speaks for one.</summary>
    private long? Near(ValueId value, int depth, bool inRoot)
    {
        var shape = ShapeHere(value);
        if (shape.IsLinear)
            return shape.Stride;
        if (depth == MaxNearDepth || !IsLocal(value))
            return null;
        switch (_f[value].Op)
        {
            case Op.FToS when (_f[value].Flags & NodeFlags.Near) != 0:
                if (!inRoot)
                    _roots.Add(value);
                return 1;
            case Op.IAdd:
            case Op.ISub:
                var left = Near(_f.Operand(value, 0), depth + 1, inRoot);
                var right = Near(_f.Operand(value, 1), depth + 1, inRoot);
                return _f[value].Op == Op.IAdd ? left + right : left - right;
            case Op.IMul when _f[_f.Operand(value, 1)].Op == Op.Const:
                return Small(Near(_f.Operand(value, 0), depth + 1, inRoot) * (int)_f[_f.Operand(value, 1)].Imm);
            case Op.Shl when _f[_f.Operand(value, 1)].Op == Op.Const:
                return Small(Near(_f.Operand(value, 0), depth + 1, inRoot) << (int)(_f[_f.Operand(value, 1)].Imm & 31));
        }

        var follow = Followed(value);
        if (follow.IsNone)
            return null;
        var step = Near(follow, depth + 1, true);
        if (step is null or 0)
            return null;
        if (!inRoot)
            _roots.Add(value);
        return step;
    }

    private static long? Small(long? step) => step is >= -1024 and <= 1024 ? step : null;

    /// <summary>The operand that a root follows where it is not at an edge; None where it is no root.</summary>
    private ValueId Followed(ValueId value)
    {
        switch (_f[value].Op)
        {
            case Op.UMin or Op.UMax or Op.SMin or Op.SMax:
                return Other(value, 0, 1);
            case Op.Select:
                return Other(value, 1, 2);
            case Op.And or Op.URem when ShapeHere(_f.Operand(value, 1)).IsUniform:
                return _f.Operand(value, 0);
            default:
                return ValueId.None;
        }
    }

    /// <summary>That of two operands which is not uniform, where there is one; a linear one where both are not.</summary>
    private ValueId Other(ValueId value, int first, int second)
    {
        ValueId a = _f.Operand(value, first), b = _f.Operand(value, second);
        if (ShapeHere(a).IsUniform)
            return b;
        return ShapeHere(b).IsUniform || ShapeHere(a).IsLinear ? a : b;
    }

    /// <summary>What lane 0 would have, were no lane at an edge.</summary>
    private ValueId NearBase(ValueId value)
    {
        if (ShapeHere(value).IsLinear)
            return ScalarOf(value);
        switch (_f[value].Op)
        {
            case Op.IAdd or Op.ISub:
                return _b.Binary(_f[value].Op, NearBase(_f.Operand(value, 0)), NearBase(_f.Operand(value, 1)));
            case Op.IMul or Op.Shl:
                return _b.Binary(_f[value].Op, NearBase(_f.Operand(value, 0)), _b.I32(_f[_f.Operand(value, 1)].Imm));
            case Op.And or Op.URem or Op.FToS:
                // Wrapped any number of times, or rounded: what lane 0 has.
                return Extract(LanesOf(value), _b.I32(0));
            default:
                return NearBase(Followed(value));
        }
    }

    /// <summary>bool: some lane of a mask does not lie where roots put it.</summary>
    private ValueId LeavesLine(ValueId mask, List<ValueId> roots)
    {
        var off = _b.EmptyMask;
        foreach (var root in roots)
        {
            int step = (int)Near(root, 0, true)!;
            off = _b.Or(off, _b.Binary(Op.INe, LanesOf(root), _b.Linear(NearBase(root), step)));
        }

        return _b.Any(_b.And(mask, off));
    }

    /// <summary>Loads an element that _roots were found for, and those of the loads right behind it that go on likewise.</summary>
    private void LoadNearlyContiguous(ValueId id, in Place place, ValueId mask)
    {
        CollectRun(id, mask);
        bool isWhole = FindRanges();

        // A lane that is out of bounds because it left its line must not be taken for one in the line.
        var asked = isWhole ? Mask : mask;
        foreach (var other in _runMasks)
            asked = isWhole || other == asked ? asked : _b.Or(asked, other);
        var leaves = LeavesLine(asked, _runRoots);
        Span<ValueId> firsts = stackalloc ValueId[MaxRun], lanes = stackalloc ValueId[MaxRun], bases = stackalloc ValueId[MaxRun];
        Span<int> variables = stackalloc int[MaxRun];
        for (int k = 0; k < _run.Count; k++)
        {
            var offset = _f.Operand(_run[k], 1);
            firsts[k] = NearBase(offset);
            lanes[k] = ShapeHere(offset).IsVarying ? OffsetLanes(_run[k]) : ValueId.None;
            bases[k] = k == 0 ? place.Base : ScalarOf(_f.Operand(_run[k], 0));
            variables[k] = _b.Variables.New(_f[_run[k]].Type.AsLanes);
        }

        BlockId apart = _b.NewBlock(), together = _b.NewBlock(), next = _b.NewBlock();
        _b.Branch(leaves, apart, together);
        _b.Start(together);
        if (isWhole)
            LeaveWhereOutside(apart);
        together = _b.Current;
        for (int k = 0; k < _run.Count; k++)
            _b.Variables.Write(together, variables[k], LoadTogether(k, bases[k], firsts[k], isWhole));
        _b.Jump(next);
        _b.Start(apart);
        for (int k = 0; k < _run.Count; k++)
        {
            bool isOnLine = lanes[k].IsNone;
            _b.Variables.Write(apart, variables[k], LoadOfRun(k, isOnLine ? Op.LoadContiguous : Op.Gather, bases[k],
                isOnLine ? firsts[k] : lanes[k], _runMasks[k], NoWrapOf(_run[k])));
        }

        _b.Jump(next);
        _b.Start(next);
        for (int k = 0; k < _run.Count; k++)
            SetLanes(_run[k], _b.Variables.Read(next, variables[k]));
    }

    /// <summary>An element that no lane leaves the line for.</summary>
    /// <param name="isWhole">All lanes are within bounds, those that do not run as well: no mask is needed, and none of
    /// the offsets wraps.</param>
    private ValueId LoadTogether(int k, ValueId @base, ValueId first, bool isWhole)
    {
        bool isBounded = isWhole && !Ok(_run[k], 2).IsNone;
        return LoadOfRun(k, Op.LoadContiguous, @base, first, isBounded ? _b.FullMask : _runMasks[k],
            isBounded ? NodeFlags.NoWrap : NodeFlags.None);
    }

    private ValueId LoadOfRun(int k, Op op, ValueId @base, ValueId offset, ValueId mask, NodeFlags flags)
    {
        ref var node = ref _f[_run[k]];
        flags |= node.Flags & ~(NodeFlags.NoWrap | NodeFlags.Near);

        // Only in its branch is a contiguous load right, and a pure one would be hoisted out of it.
        if (op == Op.LoadContiguous)
            flags &= ~NodeFlags.ReadOnly;
        return _b.Emit(op, node.Type.AsLanes, [@base, offset, mask], node.Imm, 0, flags);
    }

    private NodeFlags NoWrapOf(ValueId load) => _bounds.Of(_f.Operand(load, 1)) <= int.MaxValue ? NodeFlags.NoWrap : 0;

    /// <summary>The loads that share a branch: those that stand right behind one another, read what nobody writes, and are
    /// probably contiguous too.</summary>
    private void CollectRun(ValueId first, ValueId mask)
    {
        _run.Clear();
        _runRoots.Clear();
        _runMasks.Clear();
        _run.Add(first);
        _runMasks.Add(mask);
        _runRoots.AddRange(_roots);
        if ((_f[first].Flags & NodeFlags.ReadOnly) == 0)
            return;
        for (var id = _f[first].Next; !id.IsNone && _run.Count < MaxRun; id = _f[id].Next)
        {
            ref var node = ref _f[id];
            if (node.Op != Op.Load || (node.Flags & NodeFlags.ReadOnly) == 0 || IsLocal(id) || _lanes.ShapeOf(id).IsUniform
                || ScalarOrNone(_f.Operand(id, 0)).IsNone || !IsOnOrNearLine(_f.Operand(id, 1), node.Type.Bytes))
            {
                break;
            }

            var own = AccessMask(Ok(id, 2));
            if (_b.IsEmpty(own))
                break;
            _run.Add(id);
            _runMasks.Add(own);
            foreach (var root in _roots)
            {
                if (!_runRoots.Contains(root))
                    _runRoots.Add(root);
            }
        }
    }

    /// <summary>As <see cref="IsNearlyContiguous"/>, or contiguous for certain: then there are no roots.</summary>
    private bool IsOnOrNearLine(ValueId offset, int bytes)
    {
        _roots.Clear();
        var shape = ShapeHere(offset);
        return shape.IsLinear ? shape.Stride == bytes : IsNearlyContiguous(offset, bytes);
    }

    private void StoreNearlyContiguous(ValueId id, in Node node, in Place place, ValueId value, ValueId mask)
    {
        var flags = node.Flags & ~NodeFlags.NoWrap;
        ValueId offset = _f.Operand(id, 1), leaves = LeavesLine(mask, _roots), lanes = OffsetLanes(id), first = NearBase(offset);
        BlockId apart = _b.NewBlock(), together = _b.NewBlock(), next = _b.NewBlock();
        _b.Branch(leaves, apart, together);
        _b.Start(together);
        _b.Emit(Op.StoreContiguous, IrType.Void, [place.Base, first, value, mask], node.Imm, 0, flags);
        _b.Jump(next);
        _b.Start(apart);
        _b.Emit(Op.Scatter, IrType.Void, [place.Base, lanes, value, mask], node.Imm, 0, FlagsOf(node, place));
        _b.Jump(next);
        _b.Start(next);
    }
}
