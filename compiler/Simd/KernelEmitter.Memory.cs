using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>Loads, stores and atomics, by the shape of their offset.</summary>
internal sealed partial class KernelEmitter
{
    /// <summary>Largest step from lane to lane, in bytes, that is not left to gathers and scatters.</summary>
    private const int MaxStride = 64;

    /// <summary>Where an access goes: a base and an offset, or an address per lane.</summary>
    private readonly record struct Place(ValueId Base, ValueId Offset, Shape Shape, ValueId Wide, bool NoWrap);

    private Place PlaceOf(ValueId pointer, ValueId offset)
    {
        var shape = ShapeHere(offset);
        var address = ScalarOrNone(pointer);
        if (address.IsNone)
        {
            ref var node = ref _f[pointer];
            if (node.Op != Op.Confine)
                throw new UnsupportedFlowException(node.SpirvOffset, "pointers that differ between the lanes of a subgroup are not supported here");
            var wide = LanesOf(node.Op == Op.Confine ? _f.Operand(pointer, 0) : pointer);
            if (!_b.IsConst(LanesOf(offset), out long zero) || zero != 0)
                wide = _b.Binary(Op.IAdd, wide, _b.Emit(Op.ZExt, IrType.I64.AsLanes, [LanesOf(offset)]));
            return new Place(ValueId.None, ValueId.None, Shape.Varying, wide, false);
        }

        bool noWrap = _bounds.Of(offset) <= int.MaxValue;
        return new Place(address, shape.IsVarying ? LanesOf(offset) : ScalarOf(offset), shape, ValueId.None, noWrap);
    }

    private NodeFlags FlagsOf(in Node node, in Place place) =>
        (node.Flags & ~NodeFlags.NoWrap) | (place.NoWrap ? NodeFlags.NoWrap : 0);

    /// <summary>The lanes of the block that are also ok.</summary>
    private ValueId AccessMask(ValueId ok) => ok.IsNone ? Mask : _b.And(Mask, LanesOf(ok));

    private ValueId Ok(ValueId id, int index) => _f.Operands(id).Length > index ? _f.Operand(id, index) : ValueId.None;

    private void EmitLoad(ValueId id, in Node node)
    {
        // Loaded with the one in front of it.
        if (IsLocal(id))
            return;
        var ok = Ok(id, 2);
        var place = PlaceOf(_f.Operand(id, 0), _f.Operand(id, 1));
        if (_lanes.ShapeOf(id).IsUniform)
        {
            SetScalar(id, ok.IsNone
                ? _b.Emit(Op.Load, node.Type, [place.Base, place.Offset], node.Imm, 0, node.Flags)
                : _b.Emit(Op.Load, node.Type, [place.Base, place.Offset, ScalarOf(ok)], node.Imm, 0, node.Flags));
            return;
        }

        var mask = AccessMask(ok);
        var type = node.Type.AsLanes;
        var flags = FlagsOf(node, place);
        if (!place.Wide.IsNone)
        {
            SetLanes(id, _b.Emit(Op.GatherWide, type, [place.Wide, mask], node.Imm, 0, flags));
        }
        else if (place.Shape.IsUniform)
        {
            var one = _b.Emit(Op.Load, node.Type, [place.Base, place.Offset, _b.Any(mask)], node.Imm, 0, node.Flags);
            SetLanes(id, _b.Select(mask, _b.Lanes(one), _b.Const(type, 0)));
        }
        else if (place.Shape.IsLinear && place.Shape.Stride == node.Type.Bytes)
        {
            SetLanes(id, _b.Emit(Op.LoadContiguous, type, [place.Base, place.Offset, mask], node.Imm, 0, flags));
        }
        else if (IsSmallStride(place.Shape, node.Type))
        {
            SetLanes(id, _b.Emit(Op.LoadStrided, type, [place.Base, place.Offset, mask], node.Imm, place.Shape.Stride, flags));
        }
        else if (!_b.IsEmpty(mask) && IsNearlyContiguous(_f.Operand(id, 1), node.Type.Bytes))
        {
            LoadNearlyContiguous(id, place, mask);
        }
        else
        {
            SetLanes(id, _b.Emit(Op.Gather, type, [place.Base, OffsetLanes(id), mask], node.Imm, 0, flags));
        }
    }

    private ValueId OffsetLanes(ValueId access) => LanesOf(_f.Operand(access, 1));

    private static bool IsSmallStride(Shape shape, IrType type) =>
        shape.IsLinear && shape.Stride > 0 && shape.Stride <= MaxStride && shape.Stride % type.Bytes == 0;

    private void EmitStore(ValueId id, in Node node)
    {
        var ok = Ok(id, 3);
        var place = PlaceOf(_f.Operand(id, 0), _f.Operand(id, 1));
        var value = _f.Operand(id, 2);
        var type = _f.TypeOf(value);
        var flags = FlagsOf(node, place);
        if (!place.Wide.IsNone)
            _b.Emit(Op.ScatterWide, IrType.Void, [place.Wide, LanesOf(value), AccessMask(ok)], node.Imm, 0, flags);
        else if (place.Shape.IsUniform)
            EmitUniformStore(id, node, place);
        else if (place.Shape.IsLinear && place.Shape.Stride == type.Bytes)
            _b.Emit(Op.StoreContiguous, IrType.Void, [place.Base, place.Offset, LanesOf(value), AccessMask(ok)], node.Imm, 0, flags);
        else if (IsSmallStride(place.Shape, type))
            _b.Emit(Op.StoreStrided, IrType.Void, [place.Base, place.Offset, LanesOf(value), AccessMask(ok)], node.Imm, place.Shape.Stride, flags);
        else if (!_b.IsEmpty(Mask) && IsNearlyContiguous(_f.Operand(id, 1), type.Bytes))
            StoreNearlyContiguous(id, node, place, LanesOf(value), AccessMask(ok));
        else
            _b.Emit(Op.Scatter, IrType.Void, [place.Base, OffsetLanes(id), LanesOf(value), AccessMask(ok)], node.Imm, 0, flags);
    }

    /// <summary>At least one lane of the subgroup runs the block.</summary>
    private bool IsSure() => _together == 1 ? !_s.Plan.MaybeEmpty(_place) : _b.IsFull(Mask);

    /// <summary>All lanes store to one place: the highest that is active wins, as in a scatter.</summary>
    private void EmitUniformStore(ValueId id, in Node node, in Place place)
    {
        var ok = Ok(id, 3);
        var value = _f.Operand(id, 2);
        bool sure = IsSure();
        var scalarOk = ok.IsNone ? ValueId.None : ScalarOrNone(ok);
        if (sure && ShapeHere(value).IsUniform && (ok.IsNone || !scalarOk.IsNone))
        {
            var one = ScalarOf(value);
            if (ok.IsNone)
                _b.Emit(Op.Store, IrType.Void, [place.Base, place.Offset, one], node.Imm, 0, node.Flags);
            else
                _b.Emit(Op.Store, IrType.Void, [place.Base, place.Offset, one, scalarOk], node.Imm, 0, node.Flags);
            return;
        }

        var mask = AccessMask(ok);
        ValueId stored;
        if (ShapeHere(value).IsUniform)
        {
            stored = ScalarOf(value);
        }
        else
        {
            var last = _b.IsFull(mask) ? _b.I32(_laneCount - 1)
                : _b.Binary(Op.ISub, _b.I32(31), _b.Emit(Op.Clz, IrType.I32, [BitsOf(mask)]));
            stored = Extract(LanesOf(value), last);
        }

        _b.Emit(Op.Store, IrType.Void, [place.Base, place.Offset, stored, _b.Any(mask)], node.Imm, 0, node.Flags);
    }

    private void EmitAtomic(ValueId id, in Node node)
    {
        bool exchange = node.Op == Op.AtomicCompareExchange;
        var mask = AccessMask(Ok(id, exchange ? 4 : 3));
        var place = PlaceOf(_f.Operand(id, 0), _f.Operand(id, 1));
        var value = LanesOf(_f.Operand(id, 2));
        var type = node.Type.AsLanes;
        var flags = FlagsOf(node, place);
        if (!place.Wide.IsNone)
        {
            SetLanes(id, exchange
                ? _b.Emit(Op.LaneAtomicCompareExchangeWide, type, [place.Wide, value, LanesOf(_f.Operand(id, 3)), mask], node.Imm, 0, flags)
                : _b.Emit(Op.LaneAtomicRmwWide, type, [place.Wide, value, mask], node.Imm, node.Aux, flags));
            return;
        }

        if (!exchange && place.Shape.IsUniform && Combining((AtomicKind)node.Aux) is { } kind)
        {
            EmitCombinedAtomic(id, node, place, kind, value, mask);
            return;
        }

        var offset = OffsetLanes(id);
        SetLanes(id, exchange
            ? _b.Emit(Op.LaneAtomicCompareExchange, type, [place.Base, offset, value, LanesOf(_f.Operand(id, 3)), mask], node.Imm, 0, flags)
            : _b.Emit(Op.LaneAtomicRmw, type, [place.Base, offset, value, mask], node.Imm, node.Aux, flags));
    }

    /// <summary>The reduction that makes one operand of several for an atomic.</summary>
    private static ReduceKind? Combining(AtomicKind kind) => kind switch
    {
        AtomicKind.Add or AtomicKind.Sub => ReduceKind.IAdd,
        AtomicKind.And => ReduceKind.And,
        AtomicKind.Or => ReduceKind.Or,
        AtomicKind.Xor => ReduceKind.Xor,
        AtomicKind.SMin => ReduceKind.SMin,
        AtomicKind.UMin => ReduceKind.UMin,
        AtomicKind.SMax => ReduceKind.SMax,
        AtomicKind.UMax => ReduceKind.UMax,
        _ => null,
    };

    /// <summary>All lanes' atomics go to one place: one atomic does for them, and each lane computes what it would have
    /// found from the lanes below it, as if they had come by ascending lane.</summary>
    private void EmitCombinedAtomic(ValueId id, in Node node, in Place place, ReduceKind kind, ValueId value, ValueId mask)
    {
        var type = node.Type.AsLanes;
        var all = _b.Emit(Op.SubgroupReduce, node.Type, [value, mask], 0, (int)kind);
        var old = _b.Emit(Op.AtomicRmw, node.Type, [place.Base, place.Offset, all, _b.Any(mask)], node.Imm, node.Aux, node.Flags);
        if (!SideBySide.IsUsed(_f, id))
        {
            SetLanes(id, _b.Const(type, 0));
            return;
        }

        var below = _b.Emit(Op.SubgroupExclusiveScan, type, [value, mask], 0, (int)kind);
        var op = (AtomicKind)node.Aux switch
        {
            AtomicKind.Sub => Op.ISub,
            AtomicKind.And => Op.And,
            AtomicKind.Or => Op.Or,
            AtomicKind.Xor => Op.Xor,
            AtomicKind.SMin => Op.SMin,
            AtomicKind.UMin => Op.UMin,
            AtomicKind.SMax => Op.SMax,
            AtomicKind.UMax => Op.UMax,
            _ => Op.IAdd,
        };

        // Lanes that are not active get 0, as from atomics of their own.
        SetLanes(id, _b.Select(mask, _b.Binary(op, _b.Lanes(old), below), _b.Const(type, 0)));
    }

    /// <summary>Offset of the running subgroup's copy of a private array, less the array's own; None for 0.</summary>
    private ValueId? PrivateCopy(int array)
    {
        if (_ids.Subgroups == 1 || (_stretches.Count < 2 && _together == 1))
            return null;
        var copy = _stretches.Count < 2 ? _b.I32(_s.Current) : _s.Subgroup;
        return _b.Binary(Op.IMul, copy, _b.I32(ScratchLayout.CopyBytes(_f.PrivateArrays[array], _laneCount)));
    }

    private void EmitPrivateLoad(ValueId id, in Node node)
    {
        var (offset, rows) = PrivateOffset(node.Aux, _f.Operand(id, 0));
        // All of a row may be read: what other lanes keep there is their own.
        SetLanes(id, _b.Emit(rows ? Op.LoadContiguous : Op.Gather, node.Type.AsLanes, [_b.ScratchBase, offset, _b.FullMask],
            _layout.OffsetOf(node.Aux), 0, NodeFlags.NoWrap));
    }

    private void EmitPrivateStore(ValueId id, in Node node)
    {
        var (offset, rows) = PrivateOffset(node.Aux, _f.Operand(id, 0));
        _b.Emit(rows ? Op.StoreContiguous : Op.Scatter, IrType.Void, [_b.ScratchBase, offset, LanesOf(_f.Operand(id, 1)), Mask],
            _layout.OffsetOf(node.Aux), 0, NodeFlags.NoWrap);
    }

    /// <summary>Offset of an element: uniform for a row of lanes, or per lane.</summary>
    private (ValueId Offset, bool Rows) PrivateOffset(int array, ValueId index)
    {
        int bytes = _f.PrivateArrays[array].Element.Bytes;
        var copy = PrivateCopy(array);
        if (ShapeHere(index).IsUniform)
        {
            var offset = _b.Binary(Op.IMul, ScalarOf(index), _b.I32(_laneCount * bytes));
            return (copy is { } c ? _b.Binary(Op.IAdd, c, offset) : offset, true);
        }

        // A lane that is not active may hold any index; the clamp that lowering made is not always in its way.
        var type = IrType.I32.AsLanes;
        var safe = _b.Emit(Op.UMin, type, [LanesOf(index), _b.Const(type, _f.PrivateArrays[array].Length - 1)]);
        var lanes = _b.Emit(Op.IMul, type, [safe, _b.Const(type, _laneCount * bytes)]);
        lanes = _b.Emit(Op.IAdd, type, [lanes, _b.Linear(copy ?? _b.I32(0), bytes)]);
        return (lanes, false);
    }
}
