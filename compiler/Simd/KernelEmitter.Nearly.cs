using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// Accesses that go to neighbouring elements in most subgroups, but not provably: an index that is clamped or wrapped at
/// the edges of an image. What the offsets would be without the edge is compared with what they are; where all active
/// lanes agree, the access is contiguous, and otherwise a gather or scatter.
/// </summary>
/// <remarks>
/// A root is a node at which an index may leave its line: a clamp, a select, a mask, a remainder. The comparison is made
/// on the roots and not on the offsets, so that accesses of one index in several rows share it.
/// </remarks>
internal sealed partial class KernelEmitter
{
    private const int MaxNearDepth = 8;
    private readonly List<ValueId> _roots = [];

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
            case Op.And or Op.URem:
                // Wrapped any number of times: what lane 0 has.
                return Extract(LanesOf(value), _b.I32(0));
            default:
                return NearBase(Followed(value));
        }
    }

    /// <summary>bool: some lane of a mask does not lie where _roots put it.</summary>
    private ValueId LeavesLine(ValueId mask)
    {
        var off = _b.EmptyMask;
        foreach (var root in _roots)
        {
            int step = (int)Near(root, 0, true)!;
            off = _b.Or(off, _b.Binary(Op.INe, LanesOf(root), _b.Linear(NearBase(root), step)));
        }

        return _b.Any(_b.And(mask, off));
    }

    private ValueId LoadNearlyContiguous(ValueId id, in Node node, in Place place, ValueId mask)
    {
        var type = node.Type.AsLanes;
        // Its mask speaks of the lanes' own places: only in this branch is it right, and a pure load would be hoisted out of it.
        var flags = node.Flags & ~(NodeFlags.NoWrap | NodeFlags.ReadOnly);
        ValueId offset = _f.Operand(id, 1), leaves = LeavesLine(mask), lanes = OffsetLanes(id), first = NearBase(offset);
        int variable = _b.Variables.New(type);
        BlockId apart = _b.NewBlock(), together = _b.NewBlock(), next = _b.NewBlock();
        _b.Branch(leaves, apart, together);
        _b.Start(together);
        _b.Variables.Write(together, variable, _b.Emit(Op.LoadContiguous, type, [place.Base, first, mask], node.Imm, 0, flags));
        _b.Jump(next);
        _b.Start(apart);
        _b.Variables.Write(apart, variable, _b.Emit(Op.Gather, type, [place.Base, lanes, mask], node.Imm, 0, FlagsOf(node, place)));
        _b.Jump(next);
        _b.Start(next);
        return _b.Variables.Read(next, variable);
    }

    private void StoreNearlyContiguous(ValueId id, in Node node, in Place place, ValueId value, ValueId mask)
    {
        var flags = node.Flags & ~NodeFlags.NoWrap;
        ValueId offset = _f.Operand(id, 1), leaves = LeavesLine(mask), lanes = OffsetLanes(id), first = NearBase(offset);
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
