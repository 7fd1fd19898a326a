using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Masks, compares and selects of lanes.</summary>
internal sealed partial class Selector
{
    private Reg MaskConstant(bool value)
    {
        if (!_avx512)
            return VectorConstant(value ? uint.MaxValue : 0u, 4);
        var reg = _m.NewReg(RegKind.Mask);
        MaskConstant(reg, value);
        return reg;
    }

    private void MaskConstant(Reg reg, bool value)
    {
        var inst = New(value ? Code.VEX_Kxnorw_kr_kr_kr : Code.VEX_Kxorw_kr_kr_kr, 3);
        inst.R0 = reg;
        inst.R1 = inst.R2 = new Reg(Reg.FirstMask);
        inst.Sizes = Sizes(OperandSize.B32);
        _m.Add(inst);
    }

    private Reg MaskFromImmediate(int bits) =>
        Two(Code.VEX_Kmovw_kr_r32, RegKind.Mask, IntegerConstant(bits, RegKind.G32), OperandSize.B32, OperandSize.B32);

    private Reg MaskOp(Code code, Reg a, Reg b) =>
        Three(code, RegKind.Mask, a, b, OperandSize.B32, OperandSize.B32, OperandSize.B32);

    /// <summary>The mask of a masked instruction, or None where it is known to be all true.</summary>
    private Reg MaskOrNone(ValueId v) => IsTrueMask(v) ? Reg.None : R(v);

    private Reg And(Reg a, Reg b) => _avx512 ? MaskOp(Code.VEX_Kandw_kr_kr_kr, a, b) : Vec(V.AndD, a, b);

    private void SelectMaskLogic(ValueId v)
    {
        var op = _f[v].Op;
        var a = _f.Operand(v, 0);
        if (op == Op.Not)
        {
            Set(v, _avx512
                ? Two(Code.VEX_Knotw_kr_kr, RegKind.Mask, R(a), OperandSize.B32, OperandSize.B32)
                : Vec(V.XorD, R(a), K32(uint.MaxValue, V.XorD)));
            return;
        }

        var b = _f.Operand(v, 1);
        if (op == Op.And && (IsTrueMask(a) || IsTrueMask(b)))
        {
            Set(v, R(IsTrueMask(a) ? b : a));
            return;
        }

        if (op == Op.And && _avx512)
        {
            // A compare under the other mask is the conjunction.
            if (_deferred[a.Index] && IsCompare(_f[a].Op))
                (a, b) = (b, a);
            if (_deferred[b.Index] && IsCompare(_f[b].Op))
            {
                var under = R(a);
                _deferred[b.Index] = false;
                SelectLaneCompare(b, under);
                Set(v, _value[b.Index]);
                return;
            }

            // m & !x.
            if (_deferred[a.Index] && _f[a].Op == Op.Not)
                (a, b) = (b, a);
            if (_deferred[b.Index] && _f[b].Op == Op.Not)
            {
                _deferred[b.Index] = false;
                Set(v, MaskOp(Code.VEX_Kandnw_kr_kr_kr, R(_f.Operand(b, 0)), R(a)));
                return;
            }

            Set(v, MaskOp(Code.VEX_Kandw_kr_kr_kr, R(a), R(b)));
            return;
        }

        if (op == Op.And && (_deferred[a.Index] || _deferred[b.Index]))
        {
            if (_deferred[a.Index] && _f[a].Op == Op.Not)
                (a, b) = (b, a);
            if (_deferred[b.Index] && _f[b].Op == Op.Not)
            {
                _deferred[b.Index] = false;
                Set(v, Vec(V.AndNotD, R(_f.Operand(b, 0)), R(a)));
                return;
            }
        }

        Reg x = R(a), y = R(b);
        Set(v, op switch
        {
            Op.And => Vec(V.AndD, x, y),
            Op.Or => _avx512 ? MaskOp(Code.VEX_Korw_kr_kr_kr, x, y) : Vec(V.OrD, x, y),
            _ => _avx512 ? MaskOp(Code.VEX_Kxorw_kr_kr_kr, x, y) : Vec(V.XorD, x, y),
        });
    }

    private static bool IsCompare(Op op) => op is Op.IEq or Op.INe or Op.ULt or Op.ULe or Op.SLt or Op.SLe or Op.FEq
        or Op.FLt or Op.FLe or Op.FNe or Op.FUnordered;

    /// <summary>A compare of lanes; with a mask, false outside it (AVX-512).</summary>
    private void SelectLaneCompare(ValueId v, Reg under)
    {
        var a = _f.Operand(v, 0);
        var type = _f.TypeOf(a);
        if (type.Scalar == Scalar.Bool)
        {
            Reg x = R(a), y = R(_f.Operand(v, 1));
            bool equal = _f[v].Op == Op.IEq;
            if (_avx512)
                Set(v, MaskOp(equal ? Code.VEX_Kxnorw_kr_kr_kr : Code.VEX_Kxorw_kr_kr_kr, x, y));
            else
                Set(v, equal ? Vec(V.CmpEqD, x, y) : Vec(V.XorD, x, y));
            return;
        }

        if (type.IsFloat)
            Set(v, CompareFloat(v, under));
        else if (type.Bits == 64)
            Set(v, CompareInteger64(v));
        else
            Set(v, CompareInteger(v, under));
    }

    private static int FloatPredicate(Op op) => op switch
    {
        Op.FEq => 0x00, // EQ_OQ
        Op.FLt => 0x11, // LT_OQ
        Op.FLe => 0x12, // LE_OQ
        Op.FNe => 0x04, // NEQ_UQ
        _ => 0x03, // UNORD_Q
    };

    /// <summary>A compare of float vectors, uniform ones too: each element of the mask.</summary>
    private Reg CompareFloat(ValueId v, Reg under)
    {
        ValueId a = _f.Operand(v, 0), b = _f.Operand(v, 1);
        int predicate = FloatPredicate(_f[v].Op);
        var type = _f.TypeOf(a);
        if (type.Bits == 64)
        {
            var low = CompareDouble(R(a), R(b), predicate);
            // A uniform one repeats the element: one vector says it all.
            return Halves(type) == 1 ? low : JoinMasks64(low, CompareDouble(R(a, 1), R(b, 1), predicate));
        }

        if (type.Bits == 16)
        {
            Reg x = WidenHalf(R(a)), y = WidenHalf(R(b));
            if (!_avx512)
                return Vec(V.CmpMPs, x, y, predicate);
            var m = _m.NewReg(RegKind.Mask);
            Vec(V.CmpPs, m, x, y, predicate, under);
            return m;
        }

        // a < b with a in memory: b > a.
        if ((IsConst(a) || _deferred[a.Index]) && !IsConst(b))
        {
            (a, b) = (b, a);
            predicate = predicate switch { 0x11 => 0x1E, 0x12 => 0x1D, _ => predicate };
        }

        var first = R(a);
        if (!_avx512)
            return Vec(V.CmpMPs, first, VectorSource(b, V.CmpMPs), predicate);
        var mask = _m.NewReg(RegKind.Mask);
        Vec(V.CmpPs, mask, first, VectorSource(b, V.CmpPs), predicate, under);
        return mask;
    }

    private Reg CompareDouble(Reg a, Reg b, int predicate)
    {
        if (!_avx512)
            return Vec(V.CmpMPd, a, b, predicate);
        var mask = _m.NewReg(RegKind.Mask);
        Vec(V.CmpPd, mask, a, b, predicate);
        return mask;
    }

    /// <summary>Two masks of half the lanes each, as one.</summary>
    private Reg JoinMasks64(Reg low, Reg high)
    {
        if (_avx512)
            return MaskOp(Code.VEX_Kunpckbw_kr_kr_kr, high, low);
        // Every second element of both; the 128-bit halves come out interleaved.
        var mixed = Vec(V.ShufPs, low, high, 0x88);
        return Vec(V.PermIQ, mixed, 0xD8);
    }

    /// <summary>The mask for the lower or upper half of 64-bit lanes.</summary>
    private Reg HalfMask(Reg mask, int half)
    {
        if (mask.IsNone)
            return mask;
        if (_avx512)
        {
            return half == 0 ? mask
                : Two(Code.VEX_Kshiftrw_kr_kr_imm8, RegKind.Mask, mask, OperandSize.B32, OperandSize.B32, 8);
        }

        return Two(Code.VEX_Vpmovsxdq_ymm_xmmm128, RegKind.Vec, HalfOf(mask, half), OperandSize.B256, OperandSize.B128);
    }

    private Reg CompareInteger(ValueId v, Reg under)
    {
        var op = _f[v].Op;
        ValueId a = _f.Operand(v, 0), b = _f.Operand(v, 1);
        bool signed = op is Op.SLt or Op.SLe;
        bool narrow = _f.TypeOf(a).Bits < 32 && signed;
        if (_avx512)
        {
            // 0 eq, 1 lt, 2 le, 4 ne, 5 nlt, 6 nle.
            int predicate = op switch { Op.IEq => 0, Op.INe => 4, Op.ULt or Op.SLt => 1, _ => 2 };
            if (IsConst(a) && !IsConst(b))
            {
                (a, b) = (b, a);
                predicate = predicate switch { 1 => 6, 2 => 5, _ => predicate };
            }

            var code = op is Op.ULt or Op.ULe ? V.CmpUD : V.CmpD;
            var mask = _m.NewReg(RegKind.Mask);
            if (narrow)
            {
                Reg first = SignedLanes(a), second = SignedLanes(b);
                Vec(code, mask, first, second, predicate, under);
            }
            else
            {
                var first = R(a);
                Vec(code, mask, first, VectorSource(b, code), predicate, under);
            }

            return mask;
        }

        Reg x = narrow ? SignedLanes(a) : R(a), y = narrow ? SignedLanes(b) : R(b);
        var ones = op is Op.INe or Op.SLe ? K32(uint.MaxValue, V.XorD) : default;
        switch (op)
        {
            case Op.IEq: return Vec(V.CmpEqD, x, y);
            case Op.INe: return Vec(V.XorD, Vec(V.CmpEqD, x, y), ones);
            case Op.SLt: return Vec(V.CmpGtD, y, x);
            case Op.SLe: return Vec(V.XorD, Vec(V.CmpGtD, x, y), ones);
            case Op.ULe: return Vec(V.CmpEqD, Vec(V.MinUD, x, y), x);
            default:
                return Vec(V.CmpGtD, Vec(V.XorD, y, K32(0x80000000, V.XorD)), Vec(V.XorD, x, K32(0x80000000, V.XorD)));
        }
    }

    private Reg CompareInteger64(ValueId v)
    {
        var op = _f[v].Op;
        Span<Reg> masks = stackalloc Reg[2];
        for (int h = 0; h < 2; h++)
        {
            Reg a = R(_f.Operand(v, 0), h), b = R(_f.Operand(v, 1), h);
            if (_avx512)
            {
                masks[h] = _m.NewReg(RegKind.Mask);
                Vec(op is Op.ULt or Op.ULe ? V.CmpUQ : V.CmpQ, masks[h], a, b,
                    op switch { Op.IEq => 0, Op.INe => 4, Op.ULt or Op.SLt => 1, _ => 2 });
                continue;
            }

            masks[h] = op switch
            {
                Op.IEq or Op.INe => Vec(V.CmpEqQ, a, b),
                Op.SLt or Op.ULt => Greater64(b, a, op == Op.SLt),
                _ => Greater64(a, b, op == Op.SLe),
            };
            if (op is Op.INe or Op.SLe or Op.ULe)
                masks[h] = Vec(V.XorQ, masks[h], K64(ulong.MaxValue, V.XorQ));
        }

        return JoinMasks64(masks[0], masks[1]);
    }

    // Selects -------------------------------------------------------------------------------------------------------

    private void SelectLaneSelect(ValueId v)
    {
        ValueId c = _f.Operand(v, 0), a = _f.Operand(v, 1), b = _f.Operand(v, 2);
        var type = _f.TypeOf(v);
        var mask = _f.TypeOf(c).Lanes ? R(c) : BoolToMask(R(c));
        if (type.Scalar == Scalar.Bool)
        {
            SelectMaskSelect(v, mask, a, b);
            return;
        }

        bool wide = type.Bits == 64;
        for (int h = 0; h < Halves(type); h++)
            SetHalf(v, h, Blend(Halves(type) == 2 ? HalfMask(mask, h) : mask, R(a, h), R(b, h), wide));
    }

    private void SelectMaskSelect(ValueId v, Reg mask, ValueId a, ValueId b)
    {
        if (!_avx512)
        {
            Set(v, BlendVector(mask, R(a), R(b)));
            return;
        }

        // (m & a) | (!m & b)
        if (IsConst(b) && !IsTrueMask(b))
        {
            Set(v, MaskOp(Code.VEX_Kandw_kr_kr_kr, mask, R(a)));
            return;
        }

        var other = MaskOp(Code.VEX_Kandnw_kr_kr_kr, mask, R(b));
        if (IsConst(a) && !IsTrueMask(a))
        {
            Set(v, other);
            return;
        }

        Set(v, MaskOp(Code.VEX_Korw_kr_kr_kr, MaskOp(Code.VEX_Kandw_kr_kr_kr, mask, R(a)), other));
    }

    /// <summary>a where the mask (one element per element of a) is set, else b.</summary>
    private Reg Blend(Reg mask, Reg a, Reg b, bool wide)
    {
        if (!_avx512)
            return BlendVector(mask, a, b);
        var dst = _m.NewReg(RegKind.Vec);
        Vec(wide ? V.BlendMQ : V.BlendMD, dst, b, a, -1, mask);
        return dst;
    }

    /// <summary>AVX2: a where the mask's elements are -1, else b.</summary>
    private Reg BlendVector(Reg mask, Reg a, Reg b)
    {
        var dst = _m.NewReg(RegKind.Vec);
        var inst = New(Code.VEX_Vpblendvb_ymm_ymm_ymmm256_ymm, 4);
        inst.R0 = dst;
        inst.R1 = b;
        inst.R2 = a;
        inst.R3 = mask;
        inst.Sizes = Sizes(_full);
        _m.Add(inst);
        return dst;
    }

    /// <summary>A uniform bool in every lane.</summary>
    private Reg BoolToMask(Reg b)
    {
        var all = CopyOf(b, RegKind.G32);
        InPlace(Code.Neg_rm32, all, RegKind.G32);
        return _avx512
            ? Two(Code.VEX_Kmovw_kr_r32, RegKind.Mask, all, OperandSize.B32, OperandSize.B32)
            : ToVector(all);
    }

    /// <summary>Lane 0 of a mask as 0 or 1.</summary>
    private Reg MaskToBool(Reg mask)
    {
        var bits = _avx512
            ? Two(Code.VEX_Kmovw_r32_kr, RegKind.G32, mask, OperandSize.B32, OperandSize.B32)
            : ToGeneral(mask);
        return And1(bits);
    }

    private Reg MaskBits(Reg mask) => _avx512
        ? Two(Code.VEX_Kmovw_r32_kr, RegKind.G32, mask, OperandSize.B32, OperandSize.B32)
        : Two(Code.VEX_Vmovmskps_r32_ymm, RegKind.G32, mask, OperandSize.B32, OperandSize.B256);

    private Reg MaskFromBits(Reg bits)
    {
        if (_avx512)
            return Two(Code.VEX_Kmovw_kr_r32, RegKind.Mask, bits, OperandSize.B32, OperandSize.B32);
        Span<int> powers = stackalloc int[8];
        for (int i = 0; i < 8; i++)
            powers[i] = 1 << i;
        var select = VectorOf(powers);
        return Vec(V.CmpEqD, Vec(V.AndD, ToVector(bits), select), select);
    }

    /// <summary>Sets the condition codes by "any lane" or "all lanes".</summary>
    private Condition TestMask(ValueId m, bool all)
    {
        if (_avx512 && !all && _deferred[m.Index] && _f[m].Op == Op.Or)
        {
            _deferred[m.Index] = false;
            ReadTwo(Code.VEX_Kortestw_kr_kr, R(_f.Operand(m, 0)), R(_f.Operand(m, 1)), OperandSize.B32);
            return Condition.NotEqual;
        }

        return TestMask(R(m), all);
    }

    private Condition TestAll(Reg mask) => TestMask(mask, true);

    private Condition TestMask(Reg mask, bool all)
    {
        if (_avx512)
        {
            ReadTwo(Code.VEX_Kortestw_kr_kr, mask, mask, OperandSize.B32);
            return all ? Condition.Below : Condition.NotEqual;
        }

        var bits = MaskBits(mask);
        if (all)
        {
            AluImmediate(Alu.Cmp, bits, 0xFF, RegKind.G32);
            return Condition.Equal;
        }

        TestSelf(bits, RegKind.G32);
        return Condition.NotEqual;
    }

    private void SelectLanes(ValueId v)
    {
        ref var node = ref _f[v];
        switch (node.Op)
        {
            case Op.Splat: SelectSplat(v); break;
            case Op.LaneIndex: Set(v, LaneSequence(0, 1)); break;
            case Op.LaneCount: Set(v, IntegerConstant(_lanes, RegKind.G32)); break;
            case Op.MaskAny: Set(v, FromCondition(TestMask(_f.Operand(v, 0), false))); break;
            case Op.MaskAll: Set(v, FromCondition(TestMask(_f.Operand(v, 0), true))); break;
            case Op.MaskBits: Set(v, MaskBits(R(_f.Operand(v, 0)))); break;
            case Op.MaskFromBits: Set(v, MaskFromBits(R(_f.Operand(v, 0)))); break;
            case Op.FirstLane:
                Set(v, FirstSetBit(MaskBits(R(_f.Operand(v, 0)))));
                break;
            default: SelectExtract(v); break;
        }
    }

    /// <summary>Lowest set bit of a 32-bit register, 0 where none is.</summary>
    private Reg FirstSetBit(Reg bits)
    {
        var stop = CopyOf(bits, RegKind.G32);
        // A bit above the lanes would give the lane count: map "none" to lane 0 by the remainder.
        AluImmediate(Alu.Or, stop, 1 << 16, RegKind.G32);
        var first = Two(Code.Tzcnt_r32_rm32, RegKind.G32, stop, OperandSize.B32, OperandSize.B32);
        AluImmediate(Alu.And, first, 15, RegKind.G32);
        return first;
    }

    private void SelectSplat(ValueId v)
    {
        var x = _f.Operand(v, 0);
        var type = _f.TypeOf(x);
        if (type.Scalar == Scalar.Bool)
        {
            Set(v, IsConst(x) ? MaskConstant((_f[x].Imm & 1) != 0) : BoolToMask(R(x)));
            return;
        }

        Reg vector;
        if (IsConst(x))
            vector = VectorConstant(ElementBits(type, _f[x].Imm), type.Bits == 64 ? 8 : 4);
        else if (type.IsFloat)
            vector = R(x);
        else
            vector = type.Bits == 64 ? ToVector64(R(x)) : ToVector(R(x));
        Set(v, vector, type.Bits == 64 ? vector : Reg.None);
    }

    private void SelectExtract(ValueId v)
    {
        ValueId x = _f.Operand(v, 0), lane = _f.Operand(v, 1);
        var type = _f.TypeOf(x);
        if (type.Bits == 64)
        {
            SelectExtract64(v);
            return;
        }

        if (type.Scalar == Scalar.Bool)
        {
            var bits = MaskBits(R(x));
            var by = LaneInRange(lane);
            Set(v, And1(Three(Code.VEX_Shrx_r32_rm32_r32, RegKind.G32, bits, by, OperandSize.B32, OperandSize.B32,
                OperandSize.B32)));
            return;
        }

        if (IsConst(lane, 0) && !type.IsFloat)
        {
            Set(v, ToGeneral(R(x)));
            return;
        }

        var all = Vec(V.PermD, LaneVector(lane), R(x));
        Set(v, type.IsFloat ? all : ToGeneral(all));
    }

    private Reg LaneInRange(ValueId lane)
    {
        var by = CopyOf(R(lane), RegKind.G32);
        AluImmediate(Alu.And, by, _lanes - 1, RegKind.G32);
        return by;
    }

    /// <summary>A uniform lane number in every element (vpermd takes its low bits).</summary>
    private Reg LaneVector(ValueId lane) =>
        IsConst(lane) ? VectorConstant((ulong)(_f[lane].Imm & (_lanes - 1)), 4) : ToVector(R(lane));

    private void SelectExtract64(ValueId v)
    {
        ValueId x = _f.Operand(v, 0), lane = _f.Operand(v, 1);
        var type = _f.TypeOf(x);
        var at = LaneInRange(lane);
        var result = Extract64(R(x), R(x, 1), at);
        Set(v, type.IsFloat ? result : ToGeneral64(result));
    }

    /// <summary>The 64-bit element of a lane (below the lane count) of a pair of vectors, in every element.</summary>
    private Reg Extract64(Reg low, Reg high, Reg lane)
    {
        // Elements 2l and 2l + 1 of the half: vpermd looks at the low bits only.
        var first = ToVector(Lea32(lane, lane, 1, 0));
        Span<int> pairs = stackalloc int[16];
        for (int i = 0; i < _lanes; i++)
            pairs[i] = i & 1;
        var index = Vec(V.AddD, first, VectorOf(pairs[.._lanes]));
        Reg a = Vec(V.PermD, index, low), b = Vec(V.PermD, index, high);
        // Lanes of the upper half have the top bit of the lane number.
        var upper = CopyOf(lane, RegKind.G32);
        InPlace(Code.Shr_rm32_imm8, upper, RegKind.G32, _avx512 ? 3 : 2);
        return Blend(BoolToMask(upper), b, a, true);
    }
}
