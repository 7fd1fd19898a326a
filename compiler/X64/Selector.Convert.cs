using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Conversions.</summary>
internal sealed partial class Selector
{
    private void SelectConversion(ValueId v)
    {
        var x = _f.Operand(v, 0);
        IrType to = _f.TypeOf(v), from = _f.TypeOf(x);
        switch (_f[v].Op)
        {
            case Op.Trunc: Truncate(v, x, from, to); break;
            case Op.ZExt: Extend(v, x, from, to, false); break;
            case Op.SExt: Extend(v, x, from, to, true); break;
            case Op.FToS: FromFloat(v, x, from, to, true); break;
            case Op.FToU: FromFloat(v, x, from, to, false); break;
            case Op.SToF: ToFloat(v, x, from, to, true); break;
            case Op.UToF: ToFloat(v, x, from, to, false); break;
            case Op.FWiden: WidenFloat(v, x, from, to); break;
            case Op.FNarrow: NarrowFloat(v, x, from, to); break;
            default: SelectBitcast(v, x, from, to); break;
        }
    }

    private void Truncate(ValueId v, ValueId x, IrType from, IrType to)
    {
        if (!to.Lanes)
        {
            var low = from.Bits == 64 ? Low(R(x)) : R(x);
            Set(v, NarrowUniform(low, to));
            return;
        }

        var lanes = from.Bits == 64 ? LowHalves(R(x), R(x, 1)) : R(x);
        Set(v, NarrowLanes(lanes, to));
    }

    /// <summary>The low 32 bits of 64-bit lanes.</summary>
    private Reg LowHalves(Reg low, Reg high)
    {
        if (!_avx512)
            return Vec(V.PermIQ, Vec(V.ShufPs, low, high, 0x88), 0xD8);
        Reg a = Two(Code.EVEX_Vpmovqd_ymmm256_k1z_zmm, RegKind.Vec, low, OperandSize.B256, OperandSize.B512);
        Reg b = Two(Code.EVEX_Vpmovqd_ymmm256_k1z_zmm, RegKind.Vec, high, OperandSize.B256, OperandSize.B512);
        return JoinHalves(a, b);
    }

    private void Extend(ValueId v, ValueId x, IrType from, IrType to, bool signed)
    {
        if (!to.Lanes)
        {
            if (to.Bits == 64)
                Set(v, Widen(x, signed));
            else
                Set(v, signed ? NarrowUniform(SignedUniform(x), to) : R(x));
            return;
        }

        var lanes = signed ? SignedLanes(x) : R(x);
        if (to.Bits < 64)
        {
            Set(v, signed ? NarrowLanes(lanes, to) : lanes);
            return;
        }

        Set(v, ExtendHalf(lanes, 0, signed), ExtendHalf(lanes, 1, signed));
    }

    private Reg ExtendHalf(Reg lanes, int half, bool signed)
    {
        var code = _avx512
            ? signed ? Code.EVEX_Vpmovsxdq_zmm_k1z_ymmm256 : Code.EVEX_Vpmovzxdq_zmm_k1z_ymmm256
            : signed ? Code.VEX_Vpmovsxdq_ymm_xmmm128 : Code.VEX_Vpmovzxdq_ymm_xmmm128;
        return Two(code, RegKind.Vec, HalfOf(lanes, half), _full, HalfSize);
    }

    // Float to integer ----------------------------------------------------------------------------------------------

    private void FromFloat(ValueId v, ValueId x, IrType from, IrType to, bool signed)
    {
        if (to.Bits == 64)
        {
            FromFloat64(v, x, from, to, signed);
            return;
        }

        if (from.Bits == 64)
        {
            FromDouble(v, x, to, signed);
            return;
        }

        var value = from.Bits == 16 ? WidenHalf(R(x)) : R(x);
        if (to.Bits < 32)
        {
            // Cut to the narrow range first: the maximum's and minimum's second operand is taken for NaN.
            float high = signed ? (1 << (to.Bits - 1)) - 1 : (1 << to.Bits) - 1;
            float low = signed ? -(1 << (to.Bits - 1)) : 0;
            value = ZeroNan(value);
            value = Vec(V.MaxPs, Vec(V.MinPs, value, KF(high, V.MinPs)), KF(low, V.MaxPs));
            Finish(v, NarrowLanes(Vec(V.CvttPs2Dq, value), to), to);
            return;
        }

        if (signed && (_f[v].Flags & NodeFlags.NoWrap) != 0)
            Finish(v, Vec(V.CvttPs2Dq, value), to);
        else
            Finish(v, signed ? FloatToSigned(value) : FloatToUnsigned(value), to);
    }

    private Reg ZeroNan(Reg value)
    {
        if (!_avx512)
            return Vec(V.AndD, Vec(V.CmpMPs, value, value, 7), value);
        var ordered = _m.NewReg(RegKind.Mask);
        Vec(V.CmpPs, ordered, value, value, 7);
        var dst = _m.NewReg(RegKind.Vec);
        Vec(V.AndD, dst, value, value, -1, ordered, true);
        return dst;
    }

    /// <summary>Sets a result computed in a vector: lanes, or a uniform integer.</summary>
    private void Finish(ValueId v, Reg vector, IrType to) => Set(v, to.Lanes ? vector : ToGeneral(vector));

    /// <summary>The machine gives 0x80000000 for what does not fit: right below the range, wrong above and for NaN.</summary>
    private Reg FloatToSigned(Reg value)
    {
        if (!_avx512)
        {
            var converted = Vec(V.CvttPs2Dq, value);
            var above = Vec(V.CmpMPs, value, KF(2147483648f, V.CmpMPs), 0x1D);
            return Vec(V.AndD, Vec(V.CmpMPs, value, value, 7), Vec(V.XorD, converted, above));
        }

        Reg ordered = _m.NewReg(RegKind.Mask), big = _m.NewReg(RegKind.Mask), dst = _m.NewReg(RegKind.Vec);
        Vec(V.CmpPs, ordered, value, value, 7);
        Vec(V.CmpPs, big, value, KF(2147483648f, V.CmpPs), 0x1D);
        Vec(V.CvttPs2Dq, dst, Reg.None, value, -1, ordered, true);
        Vec(V.XorD, dst, dst, K32(uint.MaxValue, V.XorD), -1, big);
        return dst;
    }

    private Reg FloatToUnsigned(Reg value)
    {
        // Negative numbers and NaN become 0.
        var positive = Vec(V.MaxPs, value, VectorConstant(0, 4));
        if (_avx512)
            return Vec(V.CvttPs2Udq, positive);
        var upper = Vec(V.CmpMPs, positive, KF(2147483648f, V.CmpMPs), 0x1D);
        var reduced = Vec(V.SubPs, positive, Vec(V.AndD, upper, KF(2147483648f, V.AndD)));
        var converted = Vec(V.XorD, Vec(V.CvttPs2Dq, reduced), Vec(V.SllID, upper, 31));
        return Vec(V.OrD, converted, Vec(V.CmpMPs, positive, KF(4294967296f, V.CmpMPs), 0x1D));
    }

    private void FromDouble(ValueId v, ValueId x, IrType to, bool signed)
    {
        double high = signed ? Math.Pow(2, to.Bits - 1) - 1 : Math.Pow(2, to.Bits) - 1;
        double low = signed ? -Math.Pow(2, to.Bits - 1) : 0;
        Span<Reg> parts = stackalloc Reg[2];
        for (int h = 0; h < Halves(_f.TypeOf(x)); h++)
        {
            var value = ZeroNan64(R(x, h));
            value = Vec(V.MaxPd, Vec(V.MinPd, value, KD(high, V.MinPd)), KD(low, V.MaxPd));
            parts[h] = FromDoubles(value, signed);
        }

        var joined = to.Lanes ? JoinHalves(parts[0], parts[1]) : parts[0];
        Finish(v, to.Lanes ? NarrowLanes(joined, to) : joined, to);
        if (!to.Lanes)
            Set(v, NarrowUniform(_value[v.Index], to));
    }

    private Reg ZeroNan64(Reg value)
    {
        if (!_avx512)
            return Vec(V.AndQ, Vec(V.CmpMPd, value, value, 7), value);
        var ordered = _m.NewReg(RegKind.Mask);
        Vec(V.CmpPd, ordered, value, value, 7);
        var dst = _m.NewReg(RegKind.Vec);
        Vec(V.AndQ, dst, value, value, -1, ordered, true);
        return dst;
    }

    private void FromFloat64(ValueId v, ValueId x, IrType from, IrType to, bool signed)
    {
        for (int h = 0; h < Halves(to); h++)
        {
            var value = from.Bits == 64 ? R(x, h) : FloatHalf(from.Bits == 16 ? WidenHalf(R(x)) : R(x), h);
            var result = DoubleToInteger64(value, signed);
            if (to.Lanes)
                SetHalf(v, h, result);
            else
                Set(v, ToGeneral64(result));
        }
    }

    /// <summary>Half of the lanes of f32 as f64.</summary>
    private Reg FloatHalf(Reg value, int half) => Two(
        _avx512 ? Code.EVEX_Vcvtps2pd_zmm_k1z_ymmm256b32_sae : Code.VEX_Vcvtps2pd_ymm_xmmm128, RegKind.Vec,
        HalfOf(value, half), _full, HalfSize);

    // Integer to float ----------------------------------------------------------------------------------------------

    private void ToFloat(ValueId v, ValueId x, IrType from, IrType to, bool signed)
    {
        if (from.Bits == 64)
        {
            ToFloat64(v, x, from, to, signed);
            return;
        }

        Reg value;
        if (from.Lanes)
            value = signed ? SignedLanes(x) : R(x);
        else
            value = ToVector(signed ? SignedUniform(x) : R(x));
        bool asSigned = signed || from.Bits < 32;
        if (to.Bits == 64)
        {
            for (int h = 0; h < Halves(to); h++)
                SetHalf(v, h, ToDoubles(HalfOf(value, h), asSigned));
            return;
        }

        if (to.Bits == 16 && from.Bits == 32)
        {
            value = HalfRange(value, signed);
            asSigned = true;
        }

        var result = asSigned ? Vec(V.CvtDq2Ps, value) : UnsignedToFloat(value);
        Set(v, to.Bits == 16 ? NarrowHalf(result) : result);
    }

    private Reg UnsignedToFloat(Reg value)
    {
        if (_avx512)
            return Vec(V.CvtUdq2Ps, value);
        // Both halves convert exactly; the sum rounds once.
        var high = Vec(V.CvtDq2Ps, Vec(V.SrlID, value, 16));
        var low = Vec(V.CvtDq2Ps, Vec(V.AndD, value, K32(0xFFFF, V.AndD)));
        VecTied(V.Fma213Ps, high, VectorConstant(BitConverter.SingleToUInt32Bits(65536f), 4), low);
        return high;
    }

    /// <summary>Far beyond the largest f16 all numbers are infinity; what is left is exact as f32, and rounds once.</summary>
    private Reg HalfRange(Reg value, bool signed) => signed
        ? Vec(V.MaxSD, Vec(V.MinSD, value, K32(1 << 20, V.MinSD)), K32(unchecked((uint)(-1 << 20)), V.MaxSD))
        : Vec(V.MinUD, value, K32(1 << 20, V.MinUD));

    private void ToFloat64(ValueId v, ValueId x, IrType from, IrType to, bool signed)
    {
        Span<Reg> parts = stackalloc Reg[2];
        for (int h = 0; h < Halves(from); h++)
        {
            var value = from.Lanes ? R(x, h) : ToVector64(R(x));
            if (to.Bits == 16)
                value = HalfRange64(value, signed);
            parts[h] = to.Bits switch
            {
                64 => signed ? SignedToDouble(value) : UnsignedToDouble(value),
                32 => Integer64ToSingle(value, signed),
                _ => value,
            };
        }

        if (!from.Lanes)
            parts[1] = parts[0];
        switch (to.Bits)
        {
            case 64: Set(v, parts[0], from.Lanes ? parts[1] : Reg.None); break;
            case 32: Set(v, JoinHalves(parts[0], parts[1])); break;
            default: Set(v, NarrowHalf(Vec(V.CvtDq2Ps, LowHalves(parts[0], parts[1])))); break;
        }
    }

    /// <summary>The same of 64-bit numbers.</summary>
    private Reg HalfRange64(Reg value, bool signed)
    {
        Reg most = VectorConstant(1 << 20, 8), least = VectorConstant(unchecked((ulong)(-1L << 20)), 8);
        if (_avx512)
            return signed ? Vec(V.MaxSQ, Vec(V.MinSQ, value, most), least) : Vec(V.MinUQ, value, most);
        value = BlendVector(Greater64(value, most, signed), most, value);
        return signed ? BlendVector(Greater64(least, value, true), least, value) : value;
    }

    // Float to float ------------------------------------------------------------------------------------------------

    private void WidenFloat(ValueId v, ValueId x, IrType from, IrType to)
    {
        var value = from.Bits == 16 ? WidenHalf(R(x)) : R(x);
        if (to.Bits == 32)
        {
            Set(v, value);
            return;
        }

        for (int h = 0; h < Halves(to); h++)
            SetHalf(v, h, FloatHalf(value, h));
    }

    private void NarrowFloat(ValueId v, ValueId x, IrType from, IrType to)
    {
        if (from.Bits == 64)
        {
            if (to.Bits == 16)
            {
                var first = DoubleBeforeHalf(R(x));
                Set(v, NarrowHalf(JoinHalves(first, from.Lanes ? DoubleBeforeHalf(R(x, 1)) : first)));
                return;
            }

            var low = NarrowDouble(R(x));
            // A uniform one fills half a vector: repeat it.
            Set(v, JoinHalves(low, from.Lanes ? NarrowDouble(R(x, 1)) : low));
            return;
        }

        Set(v, NarrowHalf(R(x)));
    }

    private Reg NarrowDouble(Reg value) => Two(
        _avx512 ? Code.EVEX_Vcvtpd2ps_ymm_k1z_zmmm512b64_er : Code.VEX_Vcvtpd2ps_xmm_ymmm256, RegKind.Vec, value, HalfSize, _full);

    private void SelectBitcast(ValueId v, ValueId x, IrType from, IrType to)
    {
        if (from.IsFloat == to.IsFloat || to.Lanes)
        {
            Set(v, R(x), Halves(to) == 2 ? R(x, 1) : Reg.None);
            return;
        }

        if (to.IsFloat)
            Set(v, to.Bits == 64 ? ToVector64(R(x)) : ToVector(R(x)));
        else
            Set(v, to.Bits == 64 ? ToGeneral64(R(x)) : ToGeneral(R(x)));
    }
}
