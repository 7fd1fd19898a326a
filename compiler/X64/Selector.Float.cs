using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Floats, uniform ones and lanes alike: always full vectors. f16 is computed as f32 and rounded after each
/// op, which rounds like one rounding; the fused multiply-add goes through f64, which holds its product exactly.</summary>
internal sealed partial class Selector
{
    private void SelectFloat(ValueId v)
    {
        ref var node = ref _f[v];
        var type = node.Type;
        for (int h = 0; h < Halves(type); h++)
        {
            var result = type.Bits switch
            {
                16 => Float16Bits(v),
                32 => Float32(v),
                _ => Float64(v, h),
            };
            SetHalf(v, h, result);
        }
    }

    private Reg Float32(ValueId v)
    {
        var x = _f.Operand(v, 0);
        switch (_f[v].Op)
        {
            case Op.FAdd: return Binary(v, V.AddPs, true);
            case Op.FSub: return Binary(v, V.SubPs, false);
            case Op.FMul: return Binary(v, V.MulPs, true);
            case Op.FDiv: return Binary(v, V.DivPs, false);
            case Op.FMin: return Binary(v, V.MinPs, false);
            case Op.FMax: return Binary(v, V.MaxPs, false);
            case Op.FFma: return Fma(v, 0, V.Fma132Ps, V.Fma213Ps, V.Fma231Ps);
            case Op.FNeg: return Vec(V.XorD, R(x), K32(0x80000000, V.XorD));
            case Op.FAbs: return Vec(V.AndD, R(x), K32(0x7FFFFFFF, V.AndD));
            case Op.FSqrt: return Vec(V.SqrtPs, VectorSource(x, V.SqrtPs));
            case Op.FRsqrt: return ReciprocalSqrt(R(x));
            default: return Vec(V.RoundPs, R(x), RoundMode(_f[v].Op));
        }
    }

    /// <summary>The immediate of vroundps and vrndscaleps; inexact results raise nothing.</summary>
    private static int RoundMode(Op op) => op switch
    {
        Op.FRoundEven => 8,
        Op.FFloor => 9,
        Op.FCeil => 10,
        Op.FTrunc => 11,
        _ => throw new InvalidOperationException($"not a rounding op: {op}"),
    };

    private Reg Float64(ValueId v, int h)
    {
        var x = _f.Operand(v, 0);
        switch (_f[v].Op)
        {
            case Op.FAdd: return Binary(v, V.AddPd, true, h);
            case Op.FSub: return Binary(v, V.SubPd, false, h);
            case Op.FMul: return Binary(v, V.MulPd, true, h);
            case Op.FDiv: return Binary(v, V.DivPd, false, h);
            case Op.FMin: return Binary(v, V.MinPd, false, h);
            case Op.FMax: return Binary(v, V.MaxPd, false, h);
            case Op.FFma: return Fma(v, h, V.Fma132Pd, V.Fma213Pd, V.Fma231Pd);
            case Op.FNeg: return Vec(V.XorQ, R(x, h), K64(1UL << 63, V.XorQ));
            case Op.FAbs: return Vec(V.AndQ, R(x, h), K64(long.MaxValue, V.AndQ));
            case Op.FSqrt: return Vec(V.SqrtPd, VectorSource(x, V.SqrtPd, h));
            case Op.FRsqrt: return Vec(V.DivPd, VectorConstant(BitConverter.DoubleToUInt64Bits(1), 8), Vec(V.SqrtPd, R(x, h)));
            default: return Vec(V.RoundPd, R(x, h), RoundMode(_f[v].Op));
        }
    }

    /// <summary>An f16 op; those that only choose or change the sign never touch the other bits.</summary>
    private Reg Float16Bits(ValueId v)
    {
        var op = _f[v].Op;
        var x = R(_f.Operand(v, 0));
        switch (op)
        {
            case Op.FNeg: return Vec(V.XorD, x, K32(0x8000, V.XorD));
            case Op.FAbs: return Vec(V.AndD, x, K32(0x7FFF, V.AndD));
            case Op.FMin:
            case Op.FMax:
            {
                var y = R(_f.Operand(v, 1));
                Reg a = WidenHalf(x), b = WidenHalf(y);
                int predicate = op == Op.FMin ? 0x11 : 0x1E;
                if (!_avx512)
                    return BlendVector(Vec(V.CmpMPs, a, b, predicate), x, y);
                var mask = _m.NewReg(RegKind.Mask);
                Vec(V.CmpPs, mask, a, b, predicate);
                return Blend(mask, x, y, false);
            }

            default: return NarrowHalf(Float16(v));
        }
    }

    /// <summary>The f32 result of an f16 op.</summary>
    private Reg Float16(ValueId v)
    {
        var op = _f[v].Op;
        var x = WidenHalf(R(_f.Operand(v, 0)));
        switch (op)
        {
            case Op.FSqrt: return Vec(V.SqrtPs, x);
            case Op.FRsqrt: return Vec(V.DivPs, VectorConstant(0x3F800000, 4), Vec(V.SqrtPs, x));
            case Op.FFloor: case Op.FCeil: case Op.FTrunc: case Op.FRoundEven: return Vec(V.RoundPs, x, RoundMode(op));
        }

        var y = WidenHalf(R(_f.Operand(v, 1)));
        return Vec(op switch
        {
            Op.FAdd => V.AddPs,
            Op.FSub => V.SubPs,
            Op.FMul => V.MulPs,
            _ => V.DivPs,
        }, x, y);
    }

    /// <summary>a * b + c in place of the operand that is not needed any more. A deferred negation of one operand is
    /// part of the instruction.</summary>
    private Reg Fma(ValueId v, int h, V form132, V form213, V form231)
    {
        ValueId a = _f.Operand(v, 0), b = _f.Operand(v, 1), c = _f.Operand(v, 2);
        ValueId aUser = v, bUser = v, cUser = v;
        int form = 0;
        if (IsDeferredNegation(a))
            (a, aUser, form) = (_f.Operand(a, 0), a, Negated);
        else if (IsDeferredNegation(b))
            (b, bUser, form) = (_f.Operand(b, 0), b, Negated);
        else if (IsDeferredNegation(c))
            (c, cUser, form) = (_f.Operand(c, 0), c, Subtracting);
        (form132, form213, form231) = ((V)((int)form132 + form), (V)((int)form213 + form), (V)((int)form231 + form));
        bool aDies = DiesHere(a, aUser), bDies = DiesHere(b, bUser), cDies = DiesHere(c, cUser);
        bool aFlows = aDies && FlowsBackTo(v, a), bFlows = bDies && FlowsBackTo(v, b);
        var dst = _m.NewReg(RegKind.Vec);
        if (IsConst(c) || _deferred[c.Index])
        {
            // 213: dst = src2 * dst + src3.
            if (bDies && (!aDies || bFlows))
                (a, b) = (b, a);
            Reg x = R(a, h), y = R(b, h);
            var last = VectorSource(c, form213, h);
            Copy(dst, x);
            VecTied(form213, dst, y, last);
            return dst;
        }

        if ((cDies && !aFlows && !bFlows) || !(aDies || bDies))
        {
            // 231: dst = src2 * src3 + dst.
            if (IsConst(a) || _deferred[a.Index])
                (a, b) = (b, a);
            Reg x = R(a, h), z = R(c, h);
            var last = VectorSource(b, form231, h);
            Copy(dst, z);
            VecTied(form231, dst, x, last);
            return dst;
        }

        // 132: dst = dst * src3 + src2, so that a factor may be in memory.
        if (!aDies || IsConst(a) || _deferred[a.Index] || (bFlows && !_deferred[b.Index]))
            (a, b) = (b, a);
        Reg factor = R(a, h), addend = R(c, h);
        var other = VectorSource(b, form132, h);
        Copy(dst, factor);
        VecTied(form132, dst, addend, other);
        return dst;
    }

    // From a multiply-add in V to that with a negated product, and to that which subtracts.
    private const int Negated = V.Fnma132Ps - V.Fma132Ps, Subtracting = V.Fms132Ps - V.Fma132Ps;

    private bool IsDeferredNegation(ValueId v) => _deferred[v.Index] && _f[v].Op == Op.FNeg;

    /// <summary>A guess: a node is the last user of a value.</summary>
    private bool DiesHere(ValueId v, ValueId user) =>
        _user[v.Index] == user && !IsConst(v) && _f[v].Block.Index >= 0 && _depth[_f[v].Block.Index] == _loopDepth;

    /// <summary>A value is what a parameter of the loop's header will be next time around: one register for both saves
    /// a move.</summary>
    private bool FlowsBackTo(ValueId v, ValueId parameter) => _flowsBack[v.Index] == parameter;

    private Reg ReciprocalSqrt(Reg x)
    {
        if (!_avx512)
            return Vec(V.DivPs, VectorConstant(0x3F800000, 4), Vec(V.SqrtPs, x));
        // One Newton step on the 14-bit estimate y: y + y/2 * (1 - x*y*y). Where that is NaN (0 and infinity, and x NaN)
        // the estimate is the answer.
        var y = Vec(V.Rsqrt14Ps, x);
        var t = Vec(V.MulPs, x, y);
        var half = Vec(V.MulPs, y, KF(0.5f, V.MulPs));
        VecTied(V.Fnma213Ps, t, y, KF(1f, V.Fnma213Ps));
        VecTied(V.Fma213Ps, half, t, y);
        var wrong = _m.NewReg(RegKind.Mask);
        Vec(V.CmpPs, wrong, half, half, 3);
        var dst = _m.NewReg(RegKind.Vec);
        Vec(V.BlendMPs, dst, half, y, -1, wrong);
        return dst;
    }

    /// <summary>f16 in 32-bit elements to f32.</summary>
    private Reg WidenHalf(Reg x)
    {
        if (_avx512)
        {
            var packed = Two(Code.EVEX_Vpmovdw_ymmm256_k1z_zmm, RegKind.Vec, x, OperandSize.B256, OperandSize.B512);
            return Two(Code.EVEX_Vcvtph2ps_zmm_k1z_ymmm256_sae, RegKind.Vec, packed, OperandSize.B512, OperandSize.B256);
        }

        return Two(Code.VEX_Vcvtph2ps_ymm_xmmm128, RegKind.Vec, PackWords(x), OperandSize.B256, OperandSize.B128);
    }

    /// <summary>AVX2: the low words of eight elements, in the low half.</summary>
    private Reg PackWords(Reg x) => Vec(V.PermIQ, Vec(V.PackUsDW, x, x), 0x08);

    private Reg NarrowHalf(Reg x)
    {
        if (_avx512)
        {
            var packed = Two(Code.EVEX_Vcvtps2ph_ymmm256_k1z_zmm_imm8_sae, RegKind.Vec, x, OperandSize.B256, OperandSize.B512, 0);
            return Two(Code.EVEX_Vpmovzxwd_zmm_k1z_ymmm256, RegKind.Vec, packed, OperandSize.B512, OperandSize.B256);
        }

        var words = Two(Code.VEX_Vcvtps2ph_xmmm128_ymm_imm8, RegKind.Vec, x, OperandSize.B128, OperandSize.B256, 0);
        return Two(Code.VEX_Vpmovzxwd_ymm_xmmm128, RegKind.Vec, words, OperandSize.B256, OperandSize.B128);
    }
}
