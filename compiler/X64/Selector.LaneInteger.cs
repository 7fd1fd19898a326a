using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Integers of lanes. Narrow ones are kept zero-extended in 32-bit elements.</summary>
internal sealed partial class Selector
{
    private void SelectLaneInteger(ValueId v)
    {
        if (_f.TypeOf(v).Bits == 64)
        {
            SelectLaneInteger64(v);
            return;
        }

        ref var node = ref _f[v];
        var type = node.Type;
        switch (node.Op)
        {
            case Op.IAdd: SetNarrowLanes(v, Binary(v, V.AddD, true)); break;
            case Op.ISub: SetNarrowLanes(v, Binary(v, V.SubD, false)); break;
            case Op.IMul: SetNarrowLanes(v, Binary(v, V.MulLD, true)); break;
            case Op.And: Set(v, Binary(v, V.AndD, true)); break;
            case Op.Or: Set(v, Binary(v, V.OrD, true)); break;
            case Op.Xor: Set(v, Binary(v, V.XorD, true)); break;
            case Op.Not: Set(v, Vec(V.XorD, R(_f.Operand(v, 0)), K32(LowBits(type), V.XorD))); break;
            case Op.UMin: Set(v, Binary(v, V.MinUD, true)); break;
            case Op.UMax: Set(v, Binary(v, V.MaxUD, true)); break;
            case Op.SMin: SetNarrowLanes(v, SignedBinary(v, V.MinSD)); break;
            case Op.SMax: SetNarrowLanes(v, SignedBinary(v, V.MaxSD)); break;
            case Op.Shl: SetNarrowLanes(v, Shift(v, R(_f.Operand(v, 0)), V.SllID, V.SllVD)); break;
            case Op.LShr: Set(v, Shift(v, R(_f.Operand(v, 0)), V.SrlID, V.SrlVD)); break;
            case Op.AShr: SetNarrowLanes(v, Shift(v, SignedLanes(_f.Operand(v, 0)), V.SraID, V.SraVD)); break;
            case Op.UMulHi: case Op.SMulHi: SelectMultiplyHigh(v); break;
            case Op.UDot4: case Op.SDot4:
                Set(v, Dot4(R(_f.Operand(v, 0)), R(_f.Operand(v, 1)), node.Op == Op.SDot4));
                break;
            case Op.UDiv: case Op.SDiv: case Op.URem: case Op.SRem: SelectLaneDivision(v); break;
            case Op.PopCount: Set(v, PopCount(R(_f.Operand(v, 0)))); break;
            case Op.BitReverse:
            {
                var reversed = ReverseBits(R(_f.Operand(v, 0)));
                Set(v, type.Bits == 32 ? reversed : Vec(V.SrlID, reversed, 32 - type.Bits));
                break;
            }

            case Op.Clz:
            {
                var zeros = LeadingZeros(R(_f.Operand(v, 0)));
                Set(v, type.Bits == 32 ? zeros : Vec(V.SubD, zeros, K32((uint)(32 - type.Bits), V.SubD)));
                break;
            }

            case Op.Ctz: SelectTrailingZeros(v); break;
            default: throw new InvalidOperationException($"not an integer op: {node.Op}");
        }
    }

    private static uint LowBits(IrType type) => type.Bits == 32 ? uint.MaxValue : (1u << type.Bits) - 1;

    private void SetNarrowLanes(ValueId v, Reg reg) => Set(v, NarrowLanes(reg, _f.TypeOf(v)));

    /// <summary>Clears what is above the width of a narrow type.</summary>
    private Reg NarrowLanes(Reg reg, IrType type) =>
        type.Bits >= 32 ? reg : Vec(V.AndD, reg, K32(LowBits(type), V.AndD));

    private Reg SignedLanes(ValueId v)
    {
        var type = _f.TypeOf(v);
        return type.Bits == 32 ? R(v) : SignExtendLanes(R(v), 32 - type.Bits);
    }

    private Reg SignExtendLanes(Reg reg, int above) => Vec(V.SraID, Vec(V.SllID, reg, above), above);

    /// <summary>A commutative op takes the operand that can stay in memory as its second.</summary>
    private Reg Binary(ValueId v, V op, bool commutes, int half = 0)
    {
        ValueId a = _f.Operand(v, 0), b = _f.Operand(v, 1);
        if (commutes && (IsConst(a) || _deferred[a.Index]) && !IsConst(b))
            (a, b) = (b, a);
        var x = R(a, half);
        return Vec(op, x, VectorSource(b, op, half));
    }

    private Reg SignedBinary(ValueId v, V op)
    {
        var x = SignedLanes(_f.Operand(v, 0));
        return _f.TypeOf(v).Bits == 32
            ? Vec(op, x, VectorSource(_f.Operand(v, 1), op))
            : Vec(op, x, SignedLanes(_f.Operand(v, 1)));
    }

    private Reg Shift(ValueId v, Reg value, V byImmediate, V byVector)
    {
        int bits = _f.TypeOf(v).Bits;
        var count = _f.Operand(v, 1);
        if (IsConst(count))
        {
            int by = (int)_f[count].Imm & (bits - 1);
            return by == 0 ? value : Vec(byImmediate, value, by);
        }

        var low = Vec(V.AndD, R(count), K32((uint)bits - 1, V.AndD));
        return Vec(byVector, value, low);
    }

    /// <summary>Products of the even elements and of the odd ones, the upper halves put together.</summary>
    private void SelectMultiplyHigh(ValueId v)
    {
        ref var node = ref _f[v];
        bool signed = node.Op == Op.SMulHi;
        Reg a = signed ? SignedLanes(_f.Operand(v, 0)) : R(_f.Operand(v, 0));
        Reg b = signed ? SignedLanes(_f.Operand(v, 1)) : R(_f.Operand(v, 1));
        if (node.Type.Bits < 32)
        {
            SetNarrowLanes(v, Vec(V.SrlID, Vec(V.MulLD, a, b), node.Type.Bits));
            return;
        }

        Set(v, MultiplyHigh(a, b, signed));
    }

    private Reg MultiplyHigh(Reg a, Reg b, bool signed)
    {
        var op = signed ? V.MulDQ : V.MulUDQ;
        var even = Vec(V.SrlIQ, Vec(op, a, b), 32);
        var odd = Vec(op, Vec(V.SrlIQ, a, 32), Vec(V.SrlIQ, b, 32));
        return MergeOdd(even, odd);
    }

    /// <summary>Even elements of the first, odd ones of the second.</summary>
    private Reg MergeOdd(Reg even, Reg odd)
    {
        if (!_avx512)
            return Vec(V.BlendD, even, odd, 0xAA);
        var dst = _m.NewReg(RegKind.Vec);
        Vec(V.BlendMD, dst, even, odd, -1, MaskFromImmediate(0xAAAA));
        return dst;
    }

    /// <summary>Products of the even bytes of each element and of the odd ones, extended to words and added in pairs.</summary>
    private Reg Dot4(Reg a, Reg b, bool signed)
    {
        var even = Vec(V.MAddWD, EvenBytes(a, signed), EvenBytes(b, signed));
        return Vec(V.AddD, even, Vec(V.MAddWD, OddBytes(a, signed), OddBytes(b, signed)));
    }

    private Reg EvenBytes(Reg x, bool signed) => signed
        ? Vec(V.SraIW, Vec(V.SllIW, x, 8), 8)
        : Vec(V.AndD, x, K32(0x00FF00FF, V.AndD));

    private Reg OddBytes(Reg x, bool signed) => Vec(signed ? V.SraIW : V.SrlIW, x, 8);

    private Reg PopCount(Reg x)
    {
        // Bits of each nibble by table, then summed over the bytes of the element.
        var table = VectorOf(NibbleTable(static n => System.Numerics.BitOperations.PopCount((uint)n)));
        var nibble = K32(0x0F0F0F0F, V.AndD);
        var low = Vec(V.ShufB, table, Vec(V.AndD, x, nibble));
        var high = Vec(V.ShufB, table, Vec(V.AndD, Vec(V.SrlID, x, 4), nibble));
        var bytes = Vec(V.AddB, low, high);
        var words = Vec(V.MAddUBsW, bytes, K32(0x01010101, V.MAddUBsW));
        return Vec(V.MAddWD, words, K32(0x00010001, V.MAddWD));
    }

    private Reg ReverseBits(Reg x)
    {
        var lowTable = VectorOf(NibbleTable(static n => Reverse4(n) << 4));
        var highTable = VectorOf(NibbleTable(Reverse4));
        Span<int> swap = stackalloc int[16];
        for (int i = 0; i < 16; i++)
            swap[i] = 0x00010203 + 0x04040404 * (i & 3);
        var nibble = K32(0x0F0F0F0F, V.AndD);
        var low = Vec(V.ShufB, lowTable, Vec(V.AndD, x, nibble));
        var high = Vec(V.ShufB, highTable, Vec(V.AndD, Vec(V.SrlID, x, 4), nibble));
        return Vec(V.ShufB, Vec(V.OrD, low, high), VectorOf(swap[.._lanes]));
    }

    private static int Reverse4(int n) => (n & 1) << 3 | (n & 2) << 1 | (n & 4) >> 1 | (n & 8) >> 3;

    private int[] NibbleTable(Func<int, int> entry)
    {
        var elements = new int[_lanes];
        for (int i = 0; i < _lanes; i++)
        {
            for (int k = 0; k < 4; k++)
                elements[i] |= entry((i & 3) * 4 + k) << (8 * k);
        }

        return elements;
    }

    private Reg LeadingZeros(Reg x)
    {
        if (_avx512)
            return Vec(V.LzcntD, x);
        // The exponent of the number as a float. The bit below the top one is cleared, so that rounding cannot carry.
        // 0 gives exponent 0, a set sign bit an exponent above 255: both are cut to [0, 32].
        var top = Vec(V.AndNotD, Vec(V.SrlID, x, 1), x);
        var exponent = Vec(V.SrlID, Vec(V.CvtDq2Ps, top), 23);
        var zeros = Vec(V.SubD, VectorConstant(158, 4), exponent);
        return Vec(V.MaxSD, Vec(V.MinSD, zeros, K32(32, V.MinSD)), VectorConstant(0, 4));
    }

    private void SelectTrailingZeros(ValueId v)
    {
        // Ones below the lowest set bit: their number is 32 less the zeros above them.
        var x = R(_f.Operand(v, 0));
        int bits = _f.TypeOf(v).Bits;
        if (bits < 32)
            x = Vec(V.OrD, x, K32(1u << bits, V.OrD));
        var below = Vec(V.AndNotD, x, Vec(V.AddD, x, K32(uint.MaxValue, V.AddD)));
        Set(v, Vec(V.SubD, VectorConstant(32, 4), LeadingZeros(below)));
    }

    // Division ------------------------------------------------------------------------------------------------------

    private OperandSize HalfSize => _avx512 ? OperandSize.B256 : OperandSize.B128;

    /// <summary>The lower or upper half of a vector's elements.</summary>
    private Reg HalfOf(Reg vector, int half)
    {
        if (half == 0)
            return vector;
        return _avx512
            ? Two(Code.EVEX_Vextracti64x4_ymmm256_k1z_zmm_imm8, RegKind.Vec, vector, OperandSize.B256, OperandSize.B512, 1)
            : Two(Code.VEX_Vextracti128_xmmm128_ymm_imm8, RegKind.Vec, vector, OperandSize.B128, OperandSize.B256, 1);
    }

    private Reg JoinHalves(Reg low, Reg high) => _avx512
        ? Three(Code.EVEX_Vinserti64x4_zmm_k1z_zmm_ymmm256_imm8, RegKind.Vec, low, high, OperandSize.B512, OperandSize.B512,
            OperandSize.B256, 1)
        : Three(Code.VEX_Vinserti128_ymm_ymm_xmmm128_imm8, RegKind.Vec, low, high, OperandSize.B256, OperandSize.B256,
            OperandSize.B128, 1);

    /// <summary>Through f64: the rounded quotient of two 32-bit numbers truncates to the right one.</summary>
    private void SelectLaneDivision(ValueId v)
    {
        ref var node = ref _f[v];
        var op = node.Op;
        bool signed = op is Op.SDiv or Op.SRem;
        Reg a = signed ? SignedLanes(_f.Operand(v, 0)) : R(_f.Operand(v, 0));
        Reg b = signed ? SignedLanes(_f.Operand(v, 1)) : R(_f.Operand(v, 1));
        Span<Reg> parts = stackalloc Reg[2];
        for (int h = 0; h < 2; h++)
        {
            Reg x = ToDoubles(HalfOf(a, h), signed), y = ToDoubles(HalfOf(b, h), signed);
            parts[h] = FromDoubles(Vec(V.DivPd, x, y), signed);
        }

        var result = JoinHalves(parts[0], parts[1]);
        if (op is Op.URem or Op.SRem)
            result = Vec(V.SubD, a, Vec(V.MulLD, result, b));
        // 0 where the divisor is 0.
        if (_avx512)
        {
            var nonzero = _m.NewReg(RegKind.Mask);
            Vec(V.CmpD, nonzero, b, VectorConstant(0, 4), 4);
            var kept = _m.NewReg(RegKind.Vec);
            Vec(V.OrD, kept, result, result, -1, nonzero, true);
            result = kept;
        }
        else
        {
            result = Vec(V.AndNotD, Vec(V.CmpEqD, b, VectorConstant(0, 4)), result);
        }

        SetNarrowLanes(v, result);
    }

    private Reg ToDoubles(Reg half, bool signed)
    {
        if (_avx512)
        {
            return Two(signed ? Code.EVEX_Vcvtdq2pd_zmm_k1z_ymmm256b32_er : Code.EVEX_Vcvtudq2pd_zmm_k1z_ymmm256b32_er,
                RegKind.Vec, half, OperandSize.B512, OperandSize.B256);
        }

        if (signed)
            return Two(Code.VEX_Vcvtdq2pd_ymm_xmmm128, RegKind.Vec, half, OperandSize.B256, OperandSize.B128);
        var biased = Vec(V.XorD, half, K32(0x80000000, V.XorD));
        var converted = Two(Code.VEX_Vcvtdq2pd_ymm_xmmm128, RegKind.Vec, biased, OperandSize.B256, OperandSize.B128);
        return Vec(V.AddPd, converted, KD(2147483648.0, V.AddPd));
    }

    /// <summary>Truncates doubles that fit; others give something.</summary>
    private Reg FromDoubles(Reg doubles, bool signed)
    {
        if (_avx512)
        {
            return Two(signed ? Code.EVEX_Vcvttpd2dq_ymm_k1z_zmmm512b64_sae : Code.EVEX_Vcvttpd2udq_ymm_k1z_zmmm512b64_sae,
                RegKind.Vec, doubles, OperandSize.B256, OperandSize.B512);
        }

        if (signed)
            return Two(Code.VEX_Vcvttpd2dq_xmm_ymmm256, RegKind.Vec, doubles, OperandSize.B128, OperandSize.B256);
        var whole = Vec(V.RoundPd, doubles, 3);
        var biased = Vec(V.SubPd, whole, KD(2147483648.0, V.SubPd));
        var converted = Two(Code.VEX_Vcvttpd2dq_xmm_ymmm256, RegKind.Vec, biased, OperandSize.B128, OperandSize.B256);
        return Vec(V.XorD, converted, K32(0x80000000, V.XorD));
    }

    // 64 bits -------------------------------------------------------------------------------------------------------

    private void SelectLaneInteger64(ValueId v)
    {
        var op = _f[v].Op;
        for (int h = 0; h < 2; h++)
        {
            SetHalf(v, h, LaneInteger64(v, op, h));
        }
    }

    private Reg LaneInteger64(ValueId v, Op op, int h)
    {
        switch (op)
        {
            case Op.IAdd: return Binary(v, V.AddQ, true, h);
            case Op.ISub: return Binary(v, V.SubQ, false, h);
            case Op.And: return Binary(v, V.AndQ, true, h);
            case Op.Or: return Binary(v, V.OrQ, true, h);
            case Op.Xor: return Binary(v, V.XorQ, true, h);
            case Op.Not: return Vec(V.XorQ, R(_f.Operand(v, 0), h), K64(ulong.MaxValue, V.XorQ));
            case Op.IMul: return Multiply64(R(_f.Operand(v, 0), h), R(_f.Operand(v, 1), h));
            case Op.Shl: return Shift64(v, h, V.SllIQ, V.SllVQ);
            case Op.LShr: return Shift64(v, h, V.SrlIQ, V.SrlVQ);
            case Op.AShr: return ArithmeticShift64(v, h);
            case Op.UMin: return MinMax64(v, h, V.MinUQ, false, true);
            case Op.UMax: return MinMax64(v, h, V.MaxUQ, false, false);
            case Op.SMin: return MinMax64(v, h, V.MinSQ, true, true);
            case Op.SMax: return MinMax64(v, h, V.MaxSQ, true, false);
            default:
                return WideInteger(op, R(_f.Operand(v, 0), h),
                    _f.Operands(v).Length > 1 ? R(_f.Operand(v, 1), h) : Reg.None);
        }
    }

    private Reg Multiply64(Reg a, Reg b)
    {
        if (_avx512)
            return Vec(V.MulLQ, a, b);
        // Low product plus the cross products in the upper half.
        var cross = Vec(V.AddQ, Vec(V.MulUDQ, Vec(V.SrlIQ, a, 32), b), Vec(V.MulUDQ, a, Vec(V.SrlIQ, b, 32)));
        return Vec(V.AddQ, Vec(V.MulUDQ, a, b), Vec(V.SllIQ, cross, 32));
    }

    private Reg Shift64(ValueId v, int h, V byImmediate, V byVector)
    {
        var value = R(_f.Operand(v, 0), h);
        var count = _f.Operand(v, 1);
        if (IsConst(count))
        {
            int by = (int)_f[count].Imm & 63;
            return by == 0 ? value : Vec(byImmediate, value, by);
        }

        return Vec(byVector, value, Vec(V.AndQ, R(count, h), K64(63, V.AndQ)));
    }

    private Reg ArithmeticShift64(ValueId v, int h)
    {
        if (_avx512)
            return Shift64(v, h, V.SraIQ, V.SraVQ);
        // ((x ^ sign) >>> n) - (sign >>> n), with the sign bit as a bias.
        var value = R(_f.Operand(v, 0), h);
        var count = Vec(V.AndQ, R(_f.Operand(v, 1), h), K64(63, V.AndQ));
        var bias = Vec(V.SrlVQ, VectorConstant(1UL << 63, 8), count);
        var shifted = Vec(V.SrlVQ, Vec(V.XorQ, value, K64(1UL << 63, V.XorQ)), count);
        return Vec(V.SubQ, shifted, bias);
    }

    private Reg MinMax64(ValueId v, int h, V op, bool signed, bool minimum) =>
        MinMax64(R(_f.Operand(v, 0), h), R(_f.Operand(v, 1), h), op, signed, minimum);

    private Reg MinMax64(Reg a, Reg b, V op, bool signed, bool minimum)
    {
        if (_avx512)
            return Vec(op, a, b);
        var greater = Greater64(a, b, signed);
        return minimum ? BlendVector(greater, b, a) : BlendVector(greater, a, b);
    }

    /// <summary>AVX2: -1 where a is above b.</summary>
    private Reg Greater64(Reg a, Reg b, bool signed)
    {
        if (!signed)
        {
            a = Vec(V.XorQ, a, K64(1UL << 63, V.XorQ));
            b = Vec(V.XorQ, b, K64(1UL << 63, V.XorQ));
        }

        return Vec(V.CmpGtQ, a, b);
    }
}
