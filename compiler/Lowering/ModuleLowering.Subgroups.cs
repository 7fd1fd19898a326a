using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// Group non-uniform instructions, and the older KHR forms. A ballot is one i32 (a subgroup has at most 32 lanes) in
/// component 0 of its vector; the other components are 0. Bools travel as i32.
/// </summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Lanes of the largest cluster that the IR can express: no subgroup has more.</summary>
    private const int LargestCluster = 64;

    private bool LowerSubgroup(in Insn i)
    {
        switch (i.Opcode)
        {
            case Opcode.OpSubgroupAllKHR: return Vote(i, Op.SubgroupAll, i[0]);
            case Opcode.OpSubgroupAnyKHR: return Vote(i, Op.SubgroupAny, i[0]);
            case Opcode.OpSubgroupAllEqualKHR: return AllEqual(i, i[0]);
            case Opcode.OpSubgroupBallotKHR: return Ballot(i, i[0]);
            case Opcode.OpSubgroupFirstInvocationKHR: return BroadcastFirst(i, i[0]);
            case Opcode.OpSubgroupReadInvocationKHR: return Shuffle(i, i[0], Leaf(i[1]));
            case Opcode.OpGroupNonUniformPartitionNV: return Partition(i, i[0]);
            case >= Opcode.OpGroupNonUniformElect and <= Opcode.OpGroupNonUniformQuadSwap
                or Opcode.OpGroupNonUniformRotateKHR:
                if ((Scope)ConstantInteger(i[0]) != Scope.Subgroup)
                    Refusal.Throw("a scope other than Subgroup");
                return LowerGroupNonUniform(i);
            default: return false;
        }
    }

    private bool LowerGroupNonUniform(in Insn i)
    {
        var lane = Builtin(BuiltinValue.SubgroupLane);
        switch (i.Opcode)
        {
            case Opcode.OpGroupNonUniformElect:
                SetScalar(i.Result, _b.Emit(Op.SubgroupElect, IrType.Bool, []));
                return true;
            case Opcode.OpGroupNonUniformAll: return Vote(i, Op.SubgroupAll, i[1]);
            case Opcode.OpGroupNonUniformAny: return Vote(i, Op.SubgroupAny, i[1]);
            case Opcode.OpGroupNonUniformAllEqual: return AllEqual(i, i[1]);
            case Opcode.OpGroupNonUniformBroadcast: return Shuffle(i, i[1], LaneIndex(i[2]));
            case Opcode.OpGroupNonUniformBroadcastFirst: return BroadcastFirst(i, i[1]);
            case Opcode.OpGroupNonUniformBallot: return Ballot(i, i[1]);
            case Opcode.OpGroupNonUniformInverseBallot: return BallotBit(i, i[1], lane);
            case Opcode.OpGroupNonUniformBallotBitExtract: return BallotBit(i, i[1], LaneIndex(i[2]));
            case Opcode.OpGroupNonUniformBallotBitCount: return BallotBitCount(i);
            case Opcode.OpGroupNonUniformBallotFindLSB:
                SetScalar(i.Result, BitFields.FindLowest(_b, _b.And(Leaf(i[1]), SubgroupBits())));
                return true;
            case Opcode.OpGroupNonUniformBallotFindMSB:
                SetScalar(i.Result, BitFields.FindHighest(_b, _b.And(Leaf(i[1]), SubgroupBits())));
                return true;
            case Opcode.OpGroupNonUniformShuffle: return Shuffle(i, i[1], LaneIndex(i[2]));
            case Opcode.OpGroupNonUniformShuffleXor: return Shuffle(i, i[1], _b.Xor(lane, LaneIndex(i[2])));
            case Opcode.OpGroupNonUniformShuffleUp: return Shuffle(i, i[1], _b.ISub(lane, LaneIndex(i[2])));
            case Opcode.OpGroupNonUniformShuffleDown: return Shuffle(i, i[1], _b.IAdd(lane, LaneIndex(i[2])));
            case Opcode.OpGroupNonUniformRotateKHR: return Rotate(i, lane);
            case Opcode.OpGroupNonUniformQuadBroadcast:
                var quad = _b.And(lane, _b.I32(~3));
                return Shuffle(i, i[1], _b.Or(quad, _b.And(LaneIndex(i[2]), _b.I32(3))));
            case Opcode.OpGroupNonUniformQuadSwap:
                // Direction 0 is horizontal, 1 vertical, 2 diagonal: the neighbour differs in bit 0, bit 1, or both.
                return Shuffle(i, i[1], _b.Xor(lane, _b.I32((int)(ConstantInteger(i[2]) & 3) + 1)));
            case Opcode.OpGroupNonUniformIAdd: return Reduce(i, ReduceKind.IAdd);
            case Opcode.OpGroupNonUniformFAdd: return Reduce(i, ReduceKind.FAdd);
            case Opcode.OpGroupNonUniformIMul: return Reduce(i, ReduceKind.IMul);
            case Opcode.OpGroupNonUniformFMul: return Reduce(i, ReduceKind.FMul);
            case Opcode.OpGroupNonUniformSMin: return Reduce(i, ReduceKind.SMin);
            case Opcode.OpGroupNonUniformUMin: return Reduce(i, ReduceKind.UMin);
            case Opcode.OpGroupNonUniformFMin: return Reduce(i, ReduceKind.FMin);
            case Opcode.OpGroupNonUniformSMax: return Reduce(i, ReduceKind.SMax);
            case Opcode.OpGroupNonUniformUMax: return Reduce(i, ReduceKind.UMax);
            case Opcode.OpGroupNonUniformFMax: return Reduce(i, ReduceKind.FMax);
            case Opcode.OpGroupNonUniformBitwiseAnd or Opcode.OpGroupNonUniformLogicalAnd: return Reduce(i, ReduceKind.And);
            case Opcode.OpGroupNonUniformBitwiseOr or Opcode.OpGroupNonUniformLogicalOr: return Reduce(i, ReduceKind.Or);
            case Opcode.OpGroupNonUniformBitwiseXor or Opcode.OpGroupNonUniformLogicalXor: return Reduce(i, ReduceKind.Xor);
            default: return false;
        }
    }

    /// <summary>A lane number or mask as i32.</summary>
    private ValueId LaneIndex(uint id) => Resize(Leaf(id), IrType.I32, signed: false);

    private bool Vote(in Insn i, Op op, uint condition)
    {
        SetScalar(i.Result, _b.Emit(op, IrType.Bool, [Leaf(condition)]));
        return true;
    }

    private bool AllEqual(in Insn i, uint value)
    {
        var equal = ValueId.None;
        foreach (var leaf in Leaves(value))
        {
            var sent = Carry(leaf);
            var first = _b.Emit(Op.SubgroupBroadcastFirst, _f.TypeOf(sent), [sent]);
            var same = _b.Compare(_f.TypeOf(sent).IsFloat ? Op.FEq : Op.IEq, sent, first);
            equal = equal.IsNone ? same : _b.And(equal, same);
        }

        SetScalar(i.Result, _b.Emit(Op.SubgroupAll, IrType.Bool, [equal]));
        return true;
    }

    private bool Ballot(in Insn i, uint condition)
    {
        var bits = _b.Emit(Op.SubgroupBallot, IrType.I32, [Leaf(condition)]);
        _values.Set(i.Result, [bits, _b.I32(0), _b.I32(0), _b.I32(0)]);
        return true;
    }

    /// <summary>The bit of a lane; components 1 to 3 of a ballot have no lanes.</summary>
    private bool BallotBit(in Insn i, uint ballot, ValueId lane)
    {
        var bit = _b.And(_b.Binary(Op.LShr, Leaf(ballot), lane), _b.I32(1));
        var inside = _b.Compare(Op.ULt, lane, _b.I32(32));
        SetScalar(i.Result, _b.And(_b.Compare(Op.INe, bit, _b.I32(0)), inside));
        return true;
    }

    private bool BallotBitCount(in Insn i)
    {
        var ballot = Leaf(i[2]);
        var mask = (GroupOperation)i[1] switch
        {
            GroupOperation.Reduce => SubgroupBits(),
            GroupOperation.InclusiveScan => LaneMask(BuiltIn.SubgroupLeMask),
            GroupOperation.ExclusiveScan => LaneMask(BuiltIn.SubgroupLtMask),
            _ => ValueId.None,
        };
        if (mask.IsNone)
            Refusal.Throw("a group operation that is not defined for it");
        SetScalar(i.Result, _b.Unary(Op.PopCount, _b.And(ballot, mask)));
        return true;
    }

    private bool BroadcastFirst(in Insn i, uint value)
    {
        var a = Leaves(value);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
        {
            var sent = Carry(a[k]);
            results[k] = Deliver(_b.Emit(Op.SubgroupBroadcastFirst, _f.TypeOf(sent), [sent]), a[k]);
        }

        _values.Set(i.Result, results);
        return true;
    }

    private bool Shuffle(in Insn i, uint value, ValueId lane)
    {
        var a = Leaves(value);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
        {
            var sent = Carry(a[k]);
            results[k] = Deliver(_b.Emit(Op.SubgroupShuffle, _f.TypeOf(sent), [sent, lane]), a[k]);
        }

        _values.Set(i.Result, results);
        return true;
    }

    private bool Rotate(in Insn i, ValueId lane)
    {
        var size = Builtin(BuiltinValue.SubgroupSize);
        if (i.Count > 3)
            size = _b.Emit(Op.UMin, IrType.I32, [_b.I32(ClusterSize(i[3])), size]);
        var last = _b.ISub(size, _b.I32(1));
        var within = _b.And(_b.IAdd(lane, LaneIndex(i[2])), last);
        return Shuffle(i, i[1], _b.Or(_b.And(lane, _b.Not(last)), within));
    }

    private bool Reduce(in Insn i, ReduceKind kind)
    {
        int cluster = 0;
        Op op;
        switch ((GroupOperation)i[1])
        {
            case GroupOperation.Reduce:
                op = Op.SubgroupReduce;
                break;
            case GroupOperation.InclusiveScan:
                op = Op.SubgroupInclusiveScan;
                break;
            case GroupOperation.ExclusiveScan:
                op = Op.SubgroupExclusiveScan;
                break;
            case GroupOperation.ClusteredReduce:
                op = Op.SubgroupReduce;
                cluster = ClusterSize(i[3]);
                break;
            default:
                return PartitionedReduce(i, kind);
        }

        var a = Leaves(i[2]);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
        {
            var sent = Carry(a[k]);
            results[k] = Deliver(_b.Emit(op, _f.TypeOf(sent), [sent], cluster, (int)kind), a[k]);
        }

        _values.Set(i.Result, results);
        return true;
    }

    /// <summary>Lanes of a cluster. One that is larger than any subgroup stands behind a condition on the subgroup's size, or means
    /// the whole subgroup.</summary>
    private int ClusterSize(uint id)
    {
        long size = ConstantInteger(id);
        if (size < 1 || !long.IsPow2(size))
            Refusal.Throw($"a cluster of {size} lanes");
        return (int)Math.Min(size, LargestCluster);
    }

    /// <summary>A value in a form that lanes exchange: a bool as i32.</summary>
    private ValueId Carry(ValueId value) =>
        _f.TypeOf(value).Scalar == Scalar.Bool ? _b.Select(value, _b.I32(1), _b.I32(0)) : value;

    /// <summary>The inverse, for what was sent as <paramref name="original"/>.</summary>
    private ValueId Deliver(ValueId value, ValueId original) =>
        _f.TypeOf(original).Scalar == Scalar.Bool ? _b.Compare(Op.INe, value, _b.I32(0)) : value;
}
