using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Loads and stores of lanes that lie one behind the other.</summary>
internal sealed partial class Selector
{
    /// <summary>
    /// [b + sext(offset) + imm + extra]. The address rule knows unsigned 32-bit registers only: offset + 2^31 is one, and
    /// 2^31 less in the displacement makes up for it (in front of the region there are guards).
    /// </summary>
    private Mem ContiguousAddress(ValueId v, int extra)
    {
        ref var node = ref _f[v];
        var offset = _f.Operand(v, 1);
        long displacement = node.Imm + extra;
        var @base = R(_f.Operand(v, 0));
        if (IsConst(offset))
        {
            long at = (int)_f[offset].Imm + displacement;
            if (at == (int)at)
                return Mem.At(@base, (int)at);
        }

        if (displacement != (int)displacement)
            Refuse(v, "the displacement is too large");
        if ((node.Flags & NodeFlags.NoWrap) != 0)
            return Mem.At(@base, R(offset), 1, (int)displacement);
#if SHADERJIT_COST
        if (SandboxCost.WithoutConfinement)
            return Mem.At(@base, SignExtended(offset), 1, (int)displacement);
#endif
        // offset = x + c without wrapping: the same biased x serves its neighbours.
        ref var sum = ref _f[offset];
        int constant = 0;
        if (sum.Op == Op.IAdd && (sum.Flags & NodeFlags.NoWrap) != 0)
        {
            var (x, c) = (_f.Operand(offset, 0), _f.Operand(offset, 1));
            if (IsConst(x))
                (x, c) = (c, x);
            if (IsImmediate(c, out int value) && Fits(value + displacement + int.MinValue))
                (offset, constant) = (x, value);
        }

        if (Fits(constant + displacement + int.MinValue))
            return Mem.At(@base, Biased(offset), 1, (int)(constant + displacement + int.MinValue));
        // A negative displacement would leave the reach of the bias: the whole offset in 64 bits, confined anew.
        var wide = Two(Code.Movsxd_r64_rm32, RegKind.G64, R(offset), OperandSize.B64, OperandSize.B32);
        AluImmediate(Alu.Add, wide, (int)displacement, RegKind.G64);
        // A base is never a number to the verifier, so the sum is made modulo 2^32 where it can be.
        return NegativeAddress(v, @base, wide);
    }

#if SHADERJIT_COST
    /// <summary>A uniform i32 in 64 bits, made once per block.</summary>
    private Reg SignExtended(ValueId offset)
    {
        if (!_biased.TryGetValue(offset.Index, out var reg))
        {
            reg = Two(Code.Movsxd_r64_rm32, RegKind.G64, R(offset), OperandSize.B64, OperandSize.B32);
            _biased.Add(offset.Index, reg);
        }

        return reg;
    }
#endif

    private static bool Fits(long value) => value == (int)value;

    private Mem NegativeAddress(ValueId v, Reg @base, Reg wide)
    {
        // offset + displacement is at least -2^31 for every lane that is accessed; lower ones only name lanes outside.
        // Clamp it there: max(sum, -2^31) fits the bias again.
        var low = IntegerConstant(int.MinValue, RegKind.G64);
        AluRegister(Alu.Cmp, wide, low, RegKind.G64);
        ConditionalMove(Condition.Less, wide, low, RegKind.G64);
        var biased = Lea32(wide, Reg.None, 1, int.MinValue);
        return Mem.At(@base, biased, 1, int.MinValue);
    }

    /// <summary>A uniform i32 plus 2^31, made once per block.</summary>
    private Reg Biased(ValueId offset)
    {
        if (!_biased.TryGetValue(offset.Index, out var reg))
        {
            reg = Lea32(R(offset), Reg.None, 1, int.MinValue);
            _biased.Add(offset.Index, reg);
        }

        return reg;
    }

    private static Mem Plus(Mem mem, int displacement)
    {
        mem.Displacement += displacement;
        return mem;
    }

    private void SelectLoadContiguous(ValueId v)
    {
        var type = _f.TypeOf(v);
        var mask = MaskOrNone(_f.Operand(v, 2));
        Mem address = ContiguousAddress(v, 0);
        // Masks of buffers are mostly those of bounds and of a grid's end. Workgroup memory is in the nearest cache, and what
        // shaders do there is often for some lanes.
        var maskFlags = _f[_f.Operand(v, 0)].Op != Op.ScratchBase ? InstFlags.MostlyAllLanes : InstFlags.None;
        if (type.Bits == 64)
        {
            for (int h = 0; h < 2; h++)
                SetHalf(v, h, LoadVector(Plus(address, h * _m.VectorBytes), HalfMask(mask, h), true, maskFlags));
            return;
        }

        if (type.Bits == 32)
        {
            Set(v, LoadVector(address, mask, false, maskFlags));
            return;
        }

        bool bytes = type.Bits == 8;
        if (!_avx512 && !mask.IsNone)
        {
            var loop = BeginLanes(mask, true);
            var element = Two(bytes ? Code.Movzx_r32_rm8 : Code.Movzx_r32_rm16, RegKind.G32, WithLane(address, loop.Lane, type.Bytes),
                OperandSize.B32, bytes ? OperandSize.B8 : OperandSize.B16);
            InsertLane(loop, ToVector(element), false);
            EndLanes(loop);
            Set(v, loop.Result);
            return;
        }

        var dst = _m.NewReg(RegKind.Vec);
        var inst = New(_avx512
            ? bytes ? Code.EVEX_Vpmovzxbd_zmm_k1z_xmmm128 : Code.EVEX_Vpmovzxwd_zmm_k1z_ymmm256
            : bytes ? Code.VEX_Vpmovzxbd_ymm_xmmm64 : Code.VEX_Vpmovzxwd_ymm_xmmm128, 2);
        inst.R0 = dst;
        inst.Sizes = Sizes(_full);
        Place(ref inst, 1, address);
        inst.Mask = mask;
        inst.Flags |= mask.IsNone ? InstFlags.None : InstFlags.Zeroing | maskFlags;
        _m.Add(inst);
        Set(v, dst);
    }

    /// <summary>[mem + lane * bytes] for a lane number in a register; the index register of mem joins it.</summary>
    private Mem WithLane(Mem mem, Reg lane, int bytes)
    {
        if (mem.Index.IsNone)
        {
            mem.Index = lane;
            mem.Scale = (byte)bytes;
            return mem;
        }

        // Only lanes of the mask come here: their offset is at most 2^31 + the access, so the sum cannot wrap.
        mem.Index = Lea32(mem.Index, lane, bytes, 0);
        return mem;
    }

    private Reg LoadVector(in Mem address, Reg mask, bool wide, InstFlags maskFlags = InstFlags.None)
    {
        var dst = _m.NewReg(RegKind.Vec);
        bool vexMasked = !_avx512 && !mask.IsNone;
        var inst = New(_avx512
            ? wide ? Code.EVEX_Vmovupd_zmm_k1z_zmmm512 : Code.EVEX_Vmovups_zmm_k1z_zmmm512
            : vexMasked ? wide ? Code.VEX_Vmaskmovpd_ymm_ymm_m256 : Code.VEX_Vmaskmovps_ymm_ymm_m256
            : Code.VEX_Vmovups_ymm_ymmm256, vexMasked ? 3 : 2);
        inst.R0 = dst;
        inst.Sizes = Sizes(_full);
        if (vexMasked)
        {
            inst.R1 = mask;
            inst.Flags |= maskFlags;
        }
        else if (!mask.IsNone)
        {
            inst.Mask = mask;
            inst.Flags |= InstFlags.Zeroing | maskFlags;
        }

        Place(ref inst, vexMasked ? 2 : 1, address);
        _m.Add(inst);
        return dst;
    }

    private void StoreVector(in Mem address, Reg value, Reg mask, bool wide)
    {
        if (_avx512 || mask.IsNone)
        {
            StoreTo(_avx512
                ? wide ? Code.EVEX_Vmovupd_zmmm512_k1z_zmm : Code.EVEX_Vmovups_zmmm512_k1z_zmm
                : Code.VEX_Vmovups_ymmm256_ymm, address, value, _full, mask);
            return;
        }

        var inst = New(wide ? Code.VEX_Vmaskmovpd_m256_ymm_ymm : Code.VEX_Vmaskmovps_m256_ymm_ymm, 3);
        inst.Flags = InstFlags.None;
        Place(ref inst, 0, address);
        inst.R1 = mask;
        inst.R2 = value;
        inst.Sizes = Sizes(_full);
        _m.Add(inst);
    }

    private void SelectStoreContiguous(ValueId v)
    {
        var value = _f.Operand(v, 2);
        var type = _f.TypeOf(value);
        Reg mask = MaskOrNone(_f.Operand(v, 3)), first = R(value);
        Mem address = ContiguousAddress(v, 0);
        if (type.Bits == 64)
        {
            for (int h = 0; h < 2; h++)
                StoreVector(Plus(address, h * _m.VectorBytes), R(value, h), HalfMask(mask, h), true);
            return;
        }

        if (type.Bits == 32)
        {
            StoreVector(address, first, mask, false);
            return;
        }

        bool bytes = type.Bits == 8;
        if (_avx512)
        {
            StoreTo(bytes ? Code.EVEX_Vpmovdb_xmmm128_k1z_zmm : Code.EVEX_Vpmovdw_ymmm256_k1z_zmm, address, first, _full, mask);
            return;
        }

        if (!mask.IsNone)
        {
            var loop = BeginLanes(mask, false);
            UniformStore(WithLane(address, loop.Lane, type.Bytes), ExtractLane(first, loop), type);
            EndLanes(loop);
            return;
        }

        var packed = PackWords(first);
        if (!bytes)
        {
            StoreTo(Code.VEX_Vmovdqu_xmmm128_xmm, address, packed, OperandSize.B128);
            return;
        }

        var octets = Three(Code.VEX_Vpackuswb_ymm_ymm_ymmm256, RegKind.Vec, packed, packed, _full, _full, _full);
        StoreTo(Code.VEX_Vmovq_xmmm64_xmm, address, octets, OperandSize.B128);
    }
}
