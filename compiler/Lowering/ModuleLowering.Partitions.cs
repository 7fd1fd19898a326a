using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// Partitions of a subgroup: every lane sees the value of every other and takes those of its part. Without a loop, as a subgroup
/// is small and its lanes run in step anyway.
/// </summary>
/// <seealso href="https://github.com/KhronosGroup/SPIRV-Registry/blob/main/extensions/NV/SPV_NV_shader_subgroup_partitioned.asciidoc"/>
internal sealed partial class ModuleLowering
{
    /// <summary>Lanes of the largest subgroup that a kernel is made for.</summary>
    private const int LargestSubgroup = 16;

    /// <summary>The lanes whose value is the same. A lane is in its own part even if its value is NaN.</summary>
    private bool Partition(in Insn i, uint value)
    {
        var parts = LaneMask(BuiltIn.SubgroupEqMask);
        var a = Leaves(value);
        for (int lane = 0; lane < LargestSubgroup; lane++)
        {
            var equal = ValueId.None;
            foreach (var leaf in a)
            {
                var sent = Carry(leaf);
                var theirs = _b.Emit(Op.SubgroupShuffle, _f.TypeOf(sent), [sent, _b.I32(lane)]);
                var same = _b.Compare(_f.TypeOf(sent).IsFloat ? Op.FEq : Op.IEq, sent, theirs);
                equal = equal.IsNone ? same : _b.And(equal, same);
            }

            parts = _b.Or(parts, _b.Select(equal, _b.I32(1 << lane), _b.I32(0)));
        }

        // A lane that is not there or not active shows 0.
        _values.Set(i.Result, [_b.And(parts, ActiveLanes()), _b.I32(0), _b.I32(0), _b.I32(0)]);
        return true;
    }

    private bool PartitionedReduce(in Insn i, ReduceKind kind)
    {
        var part = _b.And(Leaf(i[3]), ActiveLanes());
        if ((GroupOperation)i[1] != GroupOperation.PartitionedReduceNV)
        {
            bool inclusive = (GroupOperation)i[1] == GroupOperation.PartitionedInclusiveScanNV;
            part = _b.And(part, LaneMask(inclusive ? BuiltIn.SubgroupLeMask : BuiltIn.SubgroupLtMask));
        }

        var taken = new ValueId[LargestSubgroup];
        for (int lane = 0; lane < taken.Length; lane++)
            taken[lane] = _b.Compare(Op.INe, _b.And(part, _b.I32(1 << lane)), _b.I32(0));
        var a = Leaves(i[2]);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
            results[k] = Deliver(ReducePart(Carry(a[k]), taken, kind), a[k]);
        _values.Set(i.Result, results);
        return true;
    }

    /// <summary>The taken lanes' values combined in pairs, pairs of pairs and so on; halves in 32 bits, rounded at the end.</summary>
    private ValueId ReducePart(ValueId sent, ValueId[] taken, ReduceKind kind)
    {
        var type = _f.TypeOf(sent);
        bool half = type.Scalar == Scalar.F16;
        var wide = half ? IrType.F32 : type;
        if (half)
            sent = _b.Convert(Op.FWiden, wide, sent);
        var neutral = Neutral(wide, kind);
        var values = new ValueId[taken.Length];
        for (int lane = 0; lane < values.Length; lane++)
        {
            var theirs = _b.Emit(Op.SubgroupShuffle, wide, [sent, _b.I32(lane)]);
            values[lane] = _b.Select(taken[lane], theirs, neutral);
        }

        var op = CombineOp(kind);
        for (int count = values.Length / 2; count > 0; count /= 2)
        {
            for (int k = 0; k < count; k++)
                values[k] = _b.Binary(op, values[2 * k], values[(2 * k) + 1]);
        }

        return half ? _b.Convert(Op.FNarrow, type, values[0]) : values[0];
    }

    private ValueId ActiveLanes() => _b.Emit(Op.SubgroupBallot, IrType.I32, [_b.Bool(true)]);

    private ValueId Neutral(IrType type, ReduceKind kind) => kind switch
    {
        ReduceKind.IMul => _b.Const(type, 1),
        ReduceKind.UMin or ReduceKind.And => _b.Const(type, -1),
        ReduceKind.SMin => _b.Const(type, long.MaxValue >> (64 - type.Bits)),
        ReduceKind.SMax => _b.Const(type, long.MinValue >> (64 - type.Bits)),
        ReduceKind.FMul => _b.Float(type, 1),
        ReduceKind.FMin => _b.Float(type, double.PositiveInfinity),
        ReduceKind.FMax => _b.Float(type, double.NegativeInfinity),
        _ => _b.Zero(type),
    };

    private static Op CombineOp(ReduceKind kind) => kind switch
    {
        ReduceKind.IAdd => Op.IAdd,
        ReduceKind.IMul => Op.IMul,
        ReduceKind.SMin => Op.SMin,
        ReduceKind.UMin => Op.UMin,
        ReduceKind.SMax => Op.SMax,
        ReduceKind.UMax => Op.UMax,
        ReduceKind.And => Op.And,
        ReduceKind.Or => Op.Or,
        ReduceKind.Xor => Op.Xor,
        ReduceKind.FAdd => Op.FAdd,
        ReduceKind.FMul => Op.FMul,
        ReduceKind.FMin => Op.FMin,
        _ => Op.FMax,
    };
}
