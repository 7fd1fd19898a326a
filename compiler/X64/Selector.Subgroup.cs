using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Subgroup operations. Reductions and scans take log2(lanes) steps of permute and combine, with the
/// operation's neutral element in the lanes that are not active.</summary>
internal sealed partial class Selector
{
    private void SelectSubgroup(ValueId v)
    {
        ref var node = ref _f[v];
        var operands = _f.Operands(v);
        var mask = operands[^1];
        switch (node.Op)
        {
            case Op.SubgroupReduce: case Op.SubgroupInclusiveScan: case Op.SubgroupExclusiveScan:
                SelectReduction(v);
                break;
            case Op.SubgroupAny:
                Set(v, FromCondition(TestBits(And(R(operands[0]), R(mask)))));
                break;
            case Op.SubgroupAll:
            {
                // Some active lane without it?
                var bits = MaskBits(R(operands[0]));
                var missing = Three(Code.VEX_Andn_r32_r32_rm32, RegKind.G32, bits, MaskBits(R(mask)), OperandSize.B32,
                    OperandSize.B32, OperandSize.B32);
                TestSelf(missing, RegKind.G32);
                Set(v, FromCondition(Condition.Equal));
                break;
            }

            case Op.SubgroupBallot:
                Set(v, MaskBits(And(R(operands[0]), R(mask))));
                break;
            case Op.SubgroupElect:
            {
                var bits = MaskBits(R(mask));
                var lowest = CopyOf(bits, RegKind.G32);
                InPlace(Code.Neg_rm32, lowest, RegKind.G32);
                AluRegister(Alu.And, lowest, bits, RegKind.G32);
                Set(v, MaskFromBits(lowest));
                break;
            }

            case Op.SubgroupBroadcastFirst:
                SelectBroadcastFirst(v);
                break;
            default:
                SelectShuffle(v);
                break;
        }
    }

    private Condition TestBits(Reg mask)
    {
        TestSelf(MaskBits(mask), RegKind.G32);
        return Condition.NotEqual;
    }

    private void SelectBroadcastFirst(ValueId v)
    {
        var value = _f.Operand(v, 0);
        var type = _f.TypeOf(value);
        var first = FirstSetBit(MaskBits(R(_f.Operand(v, 1))));
        if (type.Scalar == Scalar.Bool)
        {
            var bit = And1(Three(Code.VEX_Shrx_r32_rm32_r32, RegKind.G32, MaskBits(R(value)), first, OperandSize.B32,
                OperandSize.B32, OperandSize.B32));
            Set(v, _f.TypeOf(v).Lanes ? BoolToMask(bit) : bit);
            return;
        }

        bool wide = type.Bits == 64;
        var all = wide ? Extract64(R(value), R(value, 1), first) : Vec(V.PermD, ToVector(first), R(value));
        if (_f.TypeOf(v).Lanes || type.IsFloat)
            Set(v, all, wide ? all : Reg.None);
        else
            Set(v, wide ? ToGeneral64(all) : ToGeneral(all));
    }

    private void SelectShuffle(ValueId v)
    {
        ValueId value = _f.Operand(v, 0), lane = _f.Operand(v, 1);
        var type = _f.TypeOf(value);
        var mask = R(_f.Operand(v, 2));
        if (type.Bits == 64)
        {
            SelectShuffle64(v, value, lane, mask);
            return;
        }

        var index = _f.TypeOf(lane).Lanes ? R(lane) : ToVector(R(lane));
        if (type.Scalar == Scalar.Bool)
        {
            // Bit "index" of the mask; counts above 31 give 0.
            var bits = Vec(V.SrlVD, ToVector(MaskBits(And(R(value), mask))), index);
            var one = Vec(V.AndD, bits, K32(1, V.AndD));
            var set = LaneEquals(one, VectorConstant(1, 4), false);
            Set(v, _f.TypeOf(v).Lanes ? set : MaskToBool(set));
            return;
        }

        Reg result;
        if (_avx512)
        {
            Reg active = _m.NewReg(RegKind.Vec), inside = _m.NewReg(RegKind.Mask);
            Vec(V.OrD, active, R(value), R(value), -1, mask, true);
            Vec(V.CmpUD, inside, index, K32((uint)_lanes, V.CmpUD), 1);
            result = _m.NewReg(RegKind.Vec);
            Vec(V.PermD, result, index, active, -1, inside, true);
        }
        else
        {
            var active = Vec(V.AndD, R(value), mask);
            var inside = Vec(V.CmpEqD, Vec(V.MinUD, index, K32((uint)_lanes - 1, V.MinUD)), index);
            result = Vec(V.AndD, Vec(V.PermD, index, active), inside);
        }

        if (_f.TypeOf(v).Lanes || type.IsFloat)
            Set(v, result);
        else
            Set(v, ToGeneral(result));
    }

    // Reductions and scans ------------------------------------------------------------------------------------------

    private void SelectReduction(ValueId v)
    {
        ref var node = ref _f[v];
        var type = _f.TypeOf(_f.Operand(v, 0));
        var kind = (ReduceKind)node.Aux;
        int cluster = node.Imm == 0 ? _lanes : (int)Math.Min(node.Imm, _lanes);
        if (type.Bits == 64)
        {
            SelectReduction64(v, kind, cluster);
            return;
        }

        // Narrow ones in 32 bits, cut at the end; f16 as f32, rounded at the end.
        bool half = type.Scalar == Scalar.F16;
        var identity = VectorConstant(Identity(kind, type.Bits), 4);
        var value = _f.Operand(v, 0);
        var lanes = half ? WidenHalf(R(value)) : kind is ReduceKind.SMin or ReduceKind.SMax ? SignedLanes(value) : R(value);
        var x = Blend(R(_f.Operand(v, 1)), lanes, identity, false);
        var op = CombineOp(kind);
        if (node.Op == Op.SubgroupReduce)
        {
            for (int step = 1; step < cluster; step *= 2)
                x = Vec(op, x, ExchangeLanes(x, step));
        }
        else
        {
            if (node.Op == Op.SubgroupExclusiveScan)
                x = ShiftLanes(x, identity, 1, cluster);
            for (int step = 1; step < cluster; step *= 2)
                x = Vec(op, ShiftLanes(x, identity, step, cluster), x);
        }

        x = half ? NarrowHalf(x) : NarrowLanes(x, type);
        Set(v, node.Type.Lanes || type.IsFloat ? x : ToGeneral(x));
    }

    /// <summary>The neutral element, in the 32-bit element that computes it.</summary>
    private static ulong Identity(ReduceKind kind, int bits) => kind switch
    {
        ReduceKind.SMin => (1u << (bits - 1)) - 1,
        ReduceKind.SMax => (uint)-(1L << (bits - 1)),
        ReduceKind.IAdd or ReduceKind.UMax or ReduceKind.Or or ReduceKind.Xor or ReduceKind.FAdd => 0,
        ReduceKind.IMul => 1,
        ReduceKind.UMin or ReduceKind.And => uint.MaxValue,
        ReduceKind.FMul => 0x3F800000,
        ReduceKind.FMin => 0x7F800000,
        ReduceKind.FMax => 0xFF800000,
        _ => throw new InvalidOperationException($"unknown reduction {kind}"),
    };

    private static V CombineOp(ReduceKind kind) => kind switch
    {
        ReduceKind.IAdd => V.AddD,
        ReduceKind.IMul => V.MulLD,
        ReduceKind.SMin => V.MinSD,
        ReduceKind.UMin => V.MinUD,
        ReduceKind.SMax => V.MaxSD,
        ReduceKind.UMax => V.MaxUD,
        ReduceKind.And => V.AndD,
        ReduceKind.Or => V.OrD,
        ReduceKind.Xor => V.XorD,
        ReduceKind.FAdd => V.AddPs,
        ReduceKind.FMul => V.MulPs,
        ReduceKind.FMin => V.MinPs,
        ReduceKind.FMax => V.MaxPs,
        _ => throw new InvalidOperationException($"unknown reduction {kind}"),
    };

    /// <summary>Each lane gets the value of the lane whose number differs in one bit.</summary>
    private Reg ExchangeLanes(Reg x, int bit)
    {
        switch (bit)
        {
            case 1: return Vec(V.ShufD, x, 0xB1);
            case 2: return Vec(V.ShufD, x, 0x4E);
            case 4 when !_avx512: return Vec(V.Perm128, x, x, 1);
        }

        Span<int> index = stackalloc int[16];
        for (int i = 0; i < _lanes; i++)
            index[i] = i ^ bit;
        return Vec(V.PermD, VectorOf(index[.._lanes]), x);
    }

    /// <summary>Lane l gets the value of lane l - step, or the fill where that is in another cluster.</summary>
    private Reg ShiftLanes(Reg x, Reg fill, int step, int cluster)
    {
        Span<int> index = stackalloc int[16], from = stackalloc int[16];
        int bits = 0;
        for (int i = 0; i < _lanes; i++)
        {
            bool inside = i % cluster >= step;
            index[i] = inside ? i - step : 0;
            from[i] = inside ? -1 : 0;
            bits |= inside ? 1 << i : 0;
        }

        var moved = Vec(V.PermD, VectorOf(index[.._lanes]), x);
        var mask = _avx512 ? MaskFromImmediate(bits) : VectorOf(from[.._lanes]);
        return Blend(mask, moved, fill, false);
    }
}
