using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>64-bit integer ops that no one instruction does, on vectors of 64-bit elements: lanes take them for each
/// half, uniform values go to a vector and back.</summary>
internal sealed partial class Selector
{
    private const ulong LowWord = uint.MaxValue, SignBit = 1UL << 63;

    /// <summary>An op on 64-bit elements; b is None for those of one operand. None where the op is not of this file.</summary>
    private Reg WideInteger(Op op, Reg a, Reg b)
    {
        switch (op)
        {
            case Op.UMulHi: return MultiplyHigh64(a, b);
            case Op.SMulHi:
            {
                // Each negative factor counts as 2^64 more.
                var high = Vec(V.SubQ, MultiplyHigh64(a, b), Vec(V.AndQ, Negative64(a), b));
                return Vec(V.SubQ, high, Vec(V.AndQ, Negative64(b), a));
            }

            case Op.UDiv: case Op.URem: case Op.SDiv: case Op.SRem: return Divide64(op, a, b);
            case Op.PopCount: return PopCount64(a);
            case Op.Clz: return LeadingZeros64(a);
            case Op.Ctz:
            {
                // The ones below the lowest set bit.
                var below = Vec(V.AndNotQ, a, Vec(V.AddQ, a, K64(ulong.MaxValue, V.AddQ)));
                return PopCount64(below);
            }

            case Op.BitReverse: return Vec(V.ShufD, ReverseBits(a), 0xB1);
            default: return Reg.None;
        }
    }

    private void SelectUniformWide(ValueId v)
    {
        var a = ToVector64(R(_f.Operand(v, 0)));
        var b = _f.Operands(v).Length > 1 ? ToVector64(R(_f.Operand(v, 1))) : Reg.None;
        Set(v, ToGeneral64(WideInteger(_f[v].Op, a, b)));
    }

    /// <summary>-1 where negative, else 0.</summary>
    private Reg Negative64(Reg x) =>
        _avx512 ? Vec(V.SraIQ, x, 63) : Vec(V.CmpGtQ, VectorConstant(0, 8), x);

    /// <summary>Four products of halves; the middle ones carry into the upper half.</summary>
    private Reg MultiplyHigh64(Reg a, Reg b)
    {
        Reg aHigh = Vec(V.SrlIQ, a, 32), bHigh = Vec(V.SrlIQ, b, 32);
        var middle = Vec(V.AddQ, Vec(V.MulUDQ, aHigh, b), Vec(V.SrlIQ, Vec(V.MulUDQ, a, b), 32));
        var other = Vec(V.AddQ, Vec(V.MulUDQ, a, bHigh), Vec(V.AndQ, middle, K64(LowWord, V.AndQ)));
        var high = Vec(V.AddQ, Vec(V.MulUDQ, aHigh, bHigh), Vec(V.SrlIQ, middle, 32));
        return Vec(V.AddQ, high, Vec(V.SrlIQ, other, 32));
    }

    private Reg PopCount64(Reg x)
    {
        var words = PopCount(x);
        return Vec(V.AddQ, Vec(V.SrlIQ, words, 32), Vec(V.AndQ, words, K64(LowWord, V.AndQ)));
    }

    private Reg LeadingZeros64(Reg x)
    {
        if (_avx512)
            return Vec(V.LzcntQ, x);
        var words = LeadingZeros(x);
        var high = Vec(V.SrlIQ, words, 32);
        var low = Vec(V.AndQ, words, K64(LowWord, V.AndQ));
        return Vec(V.AddQ, high, Vec(V.AndQ, Vec(V.CmpEqQ, high, K64(32, V.CmpEqQ)), low));
    }

    // Division ------------------------------------------------------------------------------------------------------

    /// <summary>
    /// Two estimates through f64, each a little too low, and a correction by one.
    /// </summary>
    /// <remarks>The first estimate is below the quotient by at most 2^-49 of it, so what is left over holds the divisor
    /// at most 2^15 times; the second finds that to within one. No remainder on the way is negative.</remarks>
    private Reg Divide64(Op op, Reg a, Reg b)
    {
        bool signed = op is Op.SDiv or Op.SRem, remainder = op is Op.URem or Op.SRem;
        Reg aSign = Reg.None, sign = Reg.None, divisor = b;
        if (signed)
        {
            aSign = Negative64(a);
            var bSign = Negative64(b);
            sign = remainder ? aSign : Vec(V.XorQ, aSign, bSign);
            a = NegateWhere(a, aSign);
            b = NegateWhere(b, bSign);
        }

        var reciprocalOf = UnsignedToDouble(b);
        var quotient = EstimateQuotient(a, reciprocalOf);
        var rest = Vec(V.SubQ, a, Multiply64(quotient, b));
        var more = EstimateQuotient(rest, reciprocalOf);
        rest = Vec(V.SubQ, rest, Multiply64(more, b));
        Reg result;
        if (_avx512)
        {
            Reg again = _m.NewReg(RegKind.Mask), nonzero = _m.NewReg(RegKind.Mask);
            Vec(V.CmpUQ, again, rest, b, 5);
            result = remainder ? rest : Vec(V.AddQ, quotient, more);
            result = CopyOf(result, RegKind.Vec);
            if (remainder)
                Vec(V.SubQ, result, result, b, -1, again);
            else
                Vec(V.SubQ, result, result, VectorConstant(ulong.MaxValue, 8), -1, again);
            if (signed)
                result = NegateWhere(result, sign);
            Vec(V.CmpQ, nonzero, divisor, VectorConstant(0, 8), 4);
            var kept = _m.NewReg(RegKind.Vec);
            Vec(V.OrQ, kept, result, result, -1, nonzero, true);
            return kept;
        }

        // -1 where the rest is below the divisor.
        var below = Greater64(b, rest, false);
        result = remainder
            ? Vec(V.SubQ, rest, Vec(V.AndNotQ, below, b))
            : Vec(V.AddQ, Vec(V.AddQ, Vec(V.AddQ, quotient, more), K64(1, V.AddQ)), below);
        if (signed)
            result = NegateWhere(result, sign);
        return Vec(V.AndNotQ, Vec(V.CmpEqQ, divisor, VectorConstant(0, 8)), result);
    }

    /// <summary>-x where the mask is -1, x where it is 0.</summary>
    private Reg NegateWhere(Reg x, Reg mask) => Vec(V.SubQ, Vec(V.XorQ, x, mask), mask);

    private Reg EstimateQuotient(Reg a, Reg divisor)
    {
        var quotient = Vec(V.MulPd, Vec(V.DivPd, UnsignedToDouble(a), divisor), KD(1 - Math.ScaleB(1, -50), V.MulPd));
        return DoubleToUnsigned64(quotient);
    }

    // To and from f64 -----------------------------------------------------------------------------------------------

    private Reg UnsignedToDouble(Reg x) => _avx512 ? Vec(V.CvtUqq2Pd, x) : HalvesToDouble(x, false);

    private Reg SignedToDouble(Reg x) => _avx512 ? Vec(V.CvtQq2Pd, x) : HalvesToDouble(x, true);

    /// <summary>The upper word as the significand of a number about 2^84, the lower one of a number about 2^52: both are
    /// exact, and their sum rounds once.</summary>
    private Reg HalvesToDouble(Reg x, bool signed)
    {
        double bias = Math.ScaleB(1, 84) + Math.ScaleB(1, 52) + (signed ? Math.ScaleB(1, 63) : 0);
        var high = Vec(V.XorQ, Vec(V.SrlIQ, x, 32), K64(signed ? 0x4530000080000000UL : 0x4530000000000000UL, V.XorQ));
        var low = Vec(V.BlendD, x, VectorConstant(0x4330000000000000, 8), 0xAA);
        return Vec(V.AddPd, Vec(V.SubPd, high, KD(bias, V.SubPd)), low);
    }

    /// <summary>Truncates a double in [0, 2^64); others give something.</summary>
    private Reg DoubleToUnsigned64(Reg x)
    {
        if (_avx512)
            return Vec(V.CvttPd2Uqq, x);
        var whole = Vec(V.RoundPd, x, 3);
        var high = Vec(V.RoundPd, Vec(V.MulPd, whole, KD(Math.ScaleB(1, -32), V.MulPd)), 3);
        var low = CopyOf(high, RegKind.Vec);
        VecTied(V.Fnma213Pd, low, VectorConstant(BitConverter.DoubleToUInt64Bits(4294967296.0), 8), whole);
        // Added to 2^52, each is the low word of the sum.
        var shift = VectorConstant(0x4330000000000000, 8);
        var upper = Vec(V.SllIQ, Vec(V.AddPd, high, shift), 32);
        return Vec(V.OrQ, upper, Vec(V.XorQ, Vec(V.AddPd, low, shift), shift));
    }

    /// <summary>To 64-bit integers, saturating; NaN gives 0.</summary>
    private Reg DoubleToInteger64(Reg x, bool signed)
    {
        if (_avx512)
        {
            Reg ordered = _m.NewReg(RegKind.Mask), big = _m.NewReg(RegKind.Mask), dst = _m.NewReg(RegKind.Vec);
            if (!signed)
                x = Vec(V.MaxPd, x, VectorConstant(0, 8));
            Vec(V.CmpPd, ordered, x, x, 7);
            Vec(V.CmpPd, big, x, KD(9223372036854775808.0, V.CmpPd), 0x1D);
            Vec(signed ? V.CvttPd2Qq : V.CvttPd2Uqq, dst, Reg.None, x, -1, ordered, true);
            // Above the range the signed conversion gives the smallest number, the unsigned one the largest.
            if (signed)
                Vec(V.XorQ, dst, dst, K64(ulong.MaxValue, V.XorQ), -1, big);
            return dst;
        }

        if (!signed)
        {
            var positive = Vec(V.MaxPd, x, VectorConstant(0, 8));
            var above = Vec(V.CmpMPd, positive, KD(18446744073709551616.0, V.CmpMPd), 0x1D);
            return Vec(V.OrQ, DoubleToUnsigned64(positive), above);
        }

        x = ZeroNan64(x);
        var size = Vec(V.MinPd, Vec(V.AndQ, x, K64(~SignBit, V.AndQ)), KD(9223372036854775808.0, V.MinPd));
        var result = NegateWhere(DoubleToUnsigned64(size), Negative64(x));
        return Vec(V.XorQ, result, Vec(V.CmpMPd, x, KD(9223372036854775808.0, V.CmpMPd), 0x1D));
    }

    /// <summary>Low bits that a narrower float cannot hold leave one sticky bit behind, if any is set: rounding again,
    /// to nearest and to fewer bits, then gives what rounding once would.</summary>
    private Reg Sticky(Reg x, int bits)
    {
        ulong low = (1UL << bits) - 1;
        var carry = Vec(V.AddQ, Vec(V.AndQ, x, K64(low, V.AndQ)), K64(low, V.AddQ));
        return Vec(V.AndQ, Vec(V.OrQ, x, carry), K64(~low, V.AndQ));
    }

    /// <summary>64-bit integers to f32 in half a vector, rounded once.</summary>
    private Reg Integer64ToSingle(Reg x, bool signed)
    {
        if (_avx512)
        {
            return Two(signed ? Code.EVEX_Vcvtqq2ps_ymm_k1z_zmmm512b64_er : Code.EVEX_Vcvtuqq2ps_ymm_k1z_zmmm512b64_er,
                RegKind.Vec, x, OperandSize.B256, OperandSize.B512);
        }

        // Numbers within 2^53 are exact as f64. Of the others the 53 upper bits are, with a sticky one.
        var range = signed
            ? Vec(V.SrlIQ, Vec(V.AddQ, x, K64(1UL << 53, V.AddQ)), 54)
            : Vec(V.SrlIQ, x, 53);
        var small = Vec(V.CmpEqQ, range, VectorConstant(0, 8));
        return NarrowDouble(HalvesToDouble(BlendVector(small, x, Sticky(x, 11)), signed));
    }

    /// <summary>f64 to f32 in half a vector, ready to become f16.</summary>
    private Reg DoubleBeforeHalf(Reg x) => NarrowDouble(Sticky(x, 29));
}
