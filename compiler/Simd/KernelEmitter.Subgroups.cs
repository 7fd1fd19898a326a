using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>Subgroup operations: over the lanes of the block's mask.</summary>
internal sealed partial class KernelEmitter
{
    private void EmitSubgroup(ValueId id, in Node node)
    {
        var mask = Mask;
        switch (node.Op)
        {
            case Op.SubgroupAny:
                SetScalar(id, _b.Any(_b.And(LanesOf(_f.Operand(id, 0)), mask)));
                break;
            case Op.SubgroupAll:
                SetScalar(id, _b.Not(_b.Any(_b.And(_b.Not(LanesOf(_f.Operand(id, 0))), mask))));
                break;
            case Op.SubgroupBallot:
                SetScalar(id, BitsOf(_b.And(LanesOf(_f.Operand(id, 0)), mask)));
                break;
            case Op.SubgroupBroadcastFirst:
                var uniform = _lanes.ShapeOf(_f.Operand(id, 0)).IsUniform ? ScalarOrNone(_f.Operand(id, 0)) : ValueId.None;
                SetScalar(id, uniform.IsNone ? Extract(LanesOf(_f.Operand(id, 0)), _b.Emit(Op.FirstLane, IrType.I32, [mask])) : uniform);
                break;
            case Op.SubgroupElect:
                SetLanes(id, _b.Emit(Op.SubgroupElect, IrType.Mask, [mask]));
                break;
            case Op.SubgroupShuffle:
                bool one = _lanes.ShapeOf(id).IsUniform;
                var lane = one ? ScalarOf(_f.Operand(id, 1)) : LanesOf(_f.Operand(id, 1));
                var shuffled = _b.Emit(node.Op, one ? node.Type : node.Type.AsLanes, [LanesOf(_f.Operand(id, 0)), lane, mask]);
                if (one)
                    SetScalar(id, shuffled);
                else
                    SetLanes(id, shuffled);
                break;
            default:
                bool single = _lanes.ShapeOf(id).IsUniform;
                var result = _b.Emit(node.Op, single ? node.Type : node.Type.AsLanes, [LanesOf(_f.Operand(id, 0)), mask],
                    node.Imm, node.Aux, node.Flags);
                if (single)
                    SetScalar(id, result);
                else
                    SetLanes(id, result);
                break;
        }
    }

    private ValueId Extract(ValueId lanes, ValueId lane) => _b.Emit(Op.ExtractLane, _g.TypeOf(lanes).AsUniform, [lanes, lane]);
}
