using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>One node at a time: elementwise ops on scalars or on lanes, builtins, addresses, traps.</summary>
internal sealed partial class KernelEmitter
{
    private ValueId Mask => _s.Masks[_place];

    private void SetScalar(ValueId id, ValueId value)
    {
        _s.Scalars[id] = value;
        _s.Homes[id] = _b.Current;
    }

    private void SetLanes(ValueId id, ValueId value)
    {
        _s.Lanes[id] = value;
        _s.Homes[id] = _b.Current;
    }

    private void EmitNode(ValueId id)
    {
        ref var node = ref _f[id];
        if (node.Op == Op.Const)
            return;
        if (OpTable.Info(node.Op).Lanes == LaneRule.Elementwise)
        {
            EmitElementwise(id, node);
            return;
        }

        switch (node.Op)
        {
            case Op.Builtin: EmitBuiltin(id, (BuiltinValue)node.Aux); break;
            case Op.PushBase: SetScalar(id, _b.Emit(Op.PushBase, IrType.Base, [])); break;
            case Op.WorkgroupBase: SetScalar(id, _b.ScratchBase); break;
            case Op.BufferBase or Op.BufferRange: EmitDescriptor(id, node); break;
            case Op.Confine:
                // An address that varies is used by its accesses as it is.
                if (_lanes.ShapeOf(id).IsUniform)
                    SetScalar(id, _b.Emit(Op.Confine, IrType.Base, [ScalarOf(_f.Operand(id, 0))]));
                else
                    SetLanes(id, LanesOf(_f.Operand(id, 0)));
                break;
            case Op.Load: EmitLoad(id, node); break;
            case Op.Store: EmitStore(id, node); break;
            case Op.AtomicRmw or Op.AtomicCompareExchange: EmitAtomic(id, node); break;
            case Op.PrivateLoad: EmitPrivateLoad(id, node); break;
            case Op.PrivateStore: EmitPrivateStore(id, node); break;
            case Op.TrapIf: EmitTrap(id, node); break;
            case Op.MemoryBarrier: _b.Emit(Op.MemoryBarrier, IrType.Void, []); break;
            case Op.SubgroupReduce or Op.SubgroupInclusiveScan or Op.SubgroupExclusiveScan or Op.SubgroupAny or Op.SubgroupAll
                or Op.SubgroupBallot or Op.SubgroupShuffle or Op.SubgroupBroadcastFirst or Op.SubgroupElect:
                EmitSubgroup(id, node);
                break;
            default: throw new UnsupportedFlowException(node.SpirvOffset, $"{OpTable.Info(node.Op).Name} is not supported by the SIMD stage");
        }
    }

    private void EmitElementwise(ValueId id, in Node node)
    {
        var shape = _lanes.ShapeOf(id);
        if (shape.IsVarying && IsDivisionByOne(id, node))
        {
            SetLanes(id, DivideByOne(id, node));
            return;
        }

        int count = _f.Operands(id).Length;
        Span<ValueId> operands = stackalloc ValueId[count];
        for (int i = 0; i < count; i++)
            operands[i] = shape.IsVarying ? LanesOf(_f.Operand(id, i)) : ScalarOf(_f.Operand(id, i));
        if (shape.IsVarying)
        {
            SetLanes(id, Fold(node, node.Type.AsLanes, operands));
            return;
        }

        // A clamp that does nothing to any lane.
        bool clamp = node.Op == Op.UMin && shape.Stride != 0;
        SetScalar(id, clamp ? operands[0] : Fold(node, node.Type, operands));
    }

    private ValueId Fold(in Node node, IrType type, ReadOnlySpan<ValueId> operands) => node.Op switch
    {
        Op.And when type.Scalar == Scalar.Bool => _b.And(operands[0], operands[1]),
        Op.Or when type.Scalar == Scalar.Bool => _b.Or(operands[0], operands[1]),
        Op.Not when type.Scalar == Scalar.Bool => _b.Not(operands[0]),
        _ => _b.Emit(node.Op, type, operands, node.Imm, node.Aux, node.Flags),
    };

    private void EmitBuiltin(ValueId id, BuiltinValue builtin)
    {
        switch (builtin)
        {
            case >= BuiltinValue.WorkgroupIdX and <= BuiltinValue.WorkgroupIdZ:
                SetScalar(id, _workgroupId[builtin - BuiltinValue.WorkgroupIdX]);
                break;
            case >= BuiltinValue.NumWorkgroupsX and <= BuiltinValue.NumWorkgroupsZ:
                SetScalar(id, _workgroupCounts[builtin - BuiltinValue.NumWorkgroupsX]);
                break;
            case BuiltinValue.SubgroupId: SetScalar(id, _s.Subgroup); break;
            case BuiltinValue.NumSubgroups: SetScalar(id, _b.I32(_ids.Subgroups)); break;
            case BuiltinValue.SubgroupSize: SetScalar(id, _b.I32(_laneCount)); break;
            default:
                var value = _ids.Emit(_b, builtin, _s.Subgroup);
                if (_lanes.ShapeOf(id).IsVarying)
                    SetLanes(id, value);
                else
                    SetScalar(id, value);
                break;
        }
    }

    /// <summary>The index of a descriptor must be the same for the subgroup, and be seen to be: without
    /// shaderStorageBufferArrayDynamicIndexing nothing else is valid, so anything else is refused.</summary>
    private void EmitDescriptor(ValueId id, in Node node)
    {
        var element = ScalarOrNone(_f.Operand(id, 0));
        if (element.IsNone || _lanes.ShapeOf(_f.Operand(id, 0)).Stride != 0)
            throw new UnsupportedFlowException(node.SpirvOffset, "descriptor indices that differ between the lanes of a subgroup are not supported");
        SetScalar(id, _b.Emit(node.Op, node.Type, [element], node.Imm, node.Aux, node.Flags));
    }

    private void EmitTrap(ValueId id, in Node node)
    {
        var address = _f.Operands(id).Length > 1 ? _f.Operand(id, 1) : ValueId.None;
        if (!address.IsNone)
        {
            var scalar = ScalarOrNone(address);
            address = scalar.IsNone ? LanesOf(address) : scalar;
        }

        var condition = ScalarOrNone(_f.Operand(id, 0));
        if (!condition.IsNone && IsSure())
            EmitTrapIf(condition, address, (TrapCode)node.Aux);
        else
            EmitTrapIf(_b.And(Mask, LanesOf(_f.Operand(id, 0))), address, (TrapCode)node.Aux);
    }

    /// <summary>Ends the dispatch where a condition holds in any lane; what is reported is put together out of the way.</summary>
    /// <param name="condition">A uniform bool, or the lanes concerned.</param>
    /// <param name="address">i64, uniform or with lanes; or None.</param>
    private void EmitTrapIf(ValueId condition, ValueId address, TrapCode code)
    {
        bool lanes = _g.TypeOf(condition).Lanes;
        var any = lanes ? _b.Any(condition) : condition;
        if (_b.IsConst(any, out long bits) && bits == 0)
            return;
        BlockId cold = _b.NewBlock(), next = _b.NewBlock();
        int offset = _g.CurrentSpirvOffset;
        ValueId active = lanes ? condition : _s.EntryMask, subgroup = _s.Subgroup;
        _b.Branch(any, cold, next);
        _b.Start(next);
        _cold.Add((cold, () => EmitReport(subgroup, active, address, code, offset)));
    }

    private void EmitReport(ValueId subgroup, ValueId lanes, ValueId address, TrapCode code, int offset)
    {
        _g.CurrentSpirvOffset = offset;
        if (_packed > 1)
        {
            EmitPosition(subgroup, lanes);
        }
        else
        {
            if (_together > 1)
                _b.Emit(Op.DiagnosticStore, IrType.Void, [subgroup], aux: DiagnosticBlock.Subgroup);
            _b.Emit(Op.DiagnosticStore, IrType.Void, [BitsOf(lanes)], aux: DiagnosticBlock.TrapLanes);
        }

        _b.Emit(Op.DiagnosticStore, IrType.Void, [_b.I32(offset)], aux: DiagnosticBlock.TrapSpirvOffset);
        var always = _b.Const(IrType.Bool, 1);
        if (address.IsNone)
        {
            _b.Emit(Op.TrapIf, IrType.Void, [always], aux: (int)code);
        }
        else
        {
            if (_g.TypeOf(address).Lanes)
                address = _b.Emit(Op.ExtractLane, IrType.I64, [address, _b.Emit(Op.FirstLane, IrType.I32, [lanes])]);
            var low = _b.Emit(Op.Trunc, IrType.I32, [address]);
            var high = _b.Emit(Op.Trunc, IrType.I32, [_b.Binary(Op.LShr, address, _b.Const(IrType.I64, 32))]);
            _b.Emit(Op.DiagnosticStore, IrType.Void, [low], aux: DiagnosticBlock.TrapAddress);
            _b.Emit(Op.DiagnosticStore, IrType.Void, [high], aux: DiagnosticBlock.TrapAddress + 4);
            _b.Emit(Op.TrapIf, IrType.Void, [always, address], aux: (int)code);
        }

        _b.Finish(Op.Unreachable);
    }

    /// <summary>Of packed workgroups: the first of the lanes as its own workgroup would name it.</summary>
    private void EmitPosition(ValueId subgroup, ValueId lanes)
    {
        int width = _f.LocalSize.X, size = width / _packed;
        var lane = _b.Emit(Op.FirstLane, IrType.I32, [lanes]);
        var linear = _b.Binary(Op.IAdd, _b.Binary(Op.IMul, subgroup, _b.I32(_laneCount)), lane);
        var x = _b.Binary(Op.URem, linear, _b.I32(width));
        var row = _b.Binary(Op.UDiv, linear, _b.I32(width));
        var workgroup = _b.Binary(Op.IAdd, _workgroupId[0], _b.Binary(Op.UDiv, x, _b.I32(size)));
        var index = _b.Binary(Op.IAdd, _b.Binary(Op.IMul, row, _b.I32(size)), _b.Binary(Op.URem, x, _b.I32(size)));
        var bit = _b.Binary(Op.Shl, _b.I32(1), _b.Binary(Op.URem, index, _b.I32(_laneCount)));
        _b.Emit(Op.DiagnosticStore, IrType.Void, [workgroup], aux: DiagnosticBlock.Workgroup);
        _b.Emit(Op.DiagnosticStore, IrType.Void, [_b.Binary(Op.UDiv, index, _b.I32(_laneCount))], aux: DiagnosticBlock.Subgroup);
        _b.Emit(Op.DiagnosticStore, IrType.Void, [bit], aux: DiagnosticBlock.TrapLanes);
    }
}
