using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Loads and stores of lanes that lie anywhere.</summary>
internal sealed partial class Selector
{
    /// <summary>Byte offsets from the base, one 32-bit element per lane; the hardware sign-extends them.</summary>
    private Reg LaneOffsets(ValueId v)
    {
        ref var node = ref _f[v];
        var offset = _f.Operand(v, 1);
        if (node.Op is not (Op.LoadStrided or Op.StoreStrided))
            return R(offset);
        var steps = LaneSequence(0, node.Aux);
        return IsConst(offset, 0) ? steps : Vec(V.AddD, ToVector(R(offset)), steps);
    }

    private Mem VectorAddress(ValueId v, Reg index)
    {
        ref var node = ref _f[v];
        if (node.Imm != (int)node.Imm)
            Refuse(v, "the displacement is too large");
        var mem = Mem.At(R(_f.Operand(v, 0)), index, 1, (int)node.Imm);
        mem.VectorSize = _full;
        return mem;
    }

    private void SelectGather(ValueId v)
    {
        ref var node = ref _f[v];
        var type = node.Type;
        bool wide = node.Op == Op.GatherWide;
        var mask = MaskOrNone(_f.Operand(v, wide ? 1 : 2));
        if (wide)
        {
            SelectGatherWide(v, mask);
            return;
        }

        var offsets = LaneOffsets(v);
        if (type.Bits == 64)
        {
            for (int h = 0; h < 2; h++)
            {
                var address = VectorAddress(v, HalfOf(offsets, h));
                address.VectorSize = HalfSize;
                SetHalf(v, h, Gather(_avx512 ? Code.EVEX_Vpgatherdq_zmm_k1_vm32y : Code.VEX_Vpgatherdq_ymm_vm32x_ymm, address,
                    HalfMask(mask, h), _full));
            }

            return;
        }

        var code = _avx512 ? Code.EVEX_Vpgatherdd_zmm_k1_vm32z : Code.VEX_Vpgatherdd_ymm_vm32y_ymm;
        if (type.Bits == 32)
        {
            if (node.Op == Op.Gather && (node.Flags & NodeFlags.Near) != 0 && node.Imm is >= 0 and <= int.MaxValue)
                GatherNear(v, code, offsets, mask);
            else
                Set(v, Gather(code, VectorAddress(v, offsets), mask, _full));
            return;
        }

        // The aligned 32-bit word around the element, then the element out of it.
        if (node.Imm != 0)
            offsets = Vec(V.AddD, offsets, K32((uint)node.Imm, V.AddD));
        var place = PlaceInWord(v, offsets);
        if (place.IsNone)
        {
            GatherByLane(v, mask);
            return;
        }

        var low = Vec(V.AndD, place, K32(3, V.AndD));
        if (type.Bits == 16)
            low = Vec(V.MinUD, low, K32(2, V.MinUD));
        var at = VectorAddress(v, Vec(V.SubD, offsets, low));
        at.Displacement = 0;
        var words = Gather(code, at, mask, _full);
        Set(v, NarrowLanes(Vec(V.SrlVD, words, Vec(V.SllID, low, 3)), type));
    }

    /// <summary>The low two bits of addresses: those of the offsets, unless the base may lie anywhere in its word. None
    /// where they are not known: a base is an address of the host, which is not computed with.</summary>
    /// <remarks>A word that is aligned crosses no page, so reading it faults only where the element does. Of an element of
    /// 16 bits at the word's last byte, the word that ends with it is read.</remarks>
    private Reg PlaceInWord(ValueId v, Reg offsets)
    {
        var @base = _f.Operand(v, 0);
        return _f[@base].Op switch
        {
            Op.BufferBase or Op.PushBase or Op.ScratchBase => offsets,
            Op.Confine => Vec(V.AddD, offsets, ToVector(Low(R(_f.Operand(@base, 0))))),
            _ => Reg.None,
        };
    }

    /// <summary>Asks whether the lanes access neighbouring elements; then one load does. Asking takes a tenth of a gather.</summary>
    private void GatherNear(ValueId v, Code code, Reg offsets, Reg mask)
    {
        ref var node = ref _f[v];
        var first = ToGeneral(offsets);
        var expected = Vec(V.AddD, ToVector(first), LaneSequence(0, 4));
        Reg differ, counts;
        if (_avx512)
        {
            var unequal = _m.NewReg(RegKind.Mask);
            Vec(V.CmpD, unequal, expected, offsets, 4);
            differ = MaskBits(unequal);
            counts = mask.IsNone ? differ : MaskBits(mask);
        }
        else
        {
            var equal = Vec(V.CmpEqD, expected, offsets);
            differ = MaskBits(Vec(V.AndNotQ, equal, mask.IsNone ? FreshTrueMask() : mask));
            counts = differ;
        }

        // Biased like a contiguous access: offsets are signed.
        var address = Mem.At(R(_f.Operand(v, 0)), Lea32(first, Reg.None, 1, int.MinValue), 1, (int)(node.Imm + int.MinValue));
        var dst = _m.NewReg(RegKind.Vec);
        int near = NewBlock(), far = NewBlock(), after = NewBlock();
        ReadTwo(Code.Test_rm32_r32, differ, counts, OperandSize.B32);
        End(TerminatorKind.ConditionalJump, far, near, Condition.NotEqual);
        Begin(near);
        Copy(dst, LoadVector(address, mask, false));
        End(TerminatorKind.Jump, after);
        Begin(far);
        Copy(dst, Gather(code, VectorAddress(v, offsets), mask, _full));
        End(TerminatorKind.Jump, after);
        Begin(after);
        Set(v, dst);
    }

    private void GatherByLane(ValueId v, Reg mask)
    {
        var access = PrepareLaneAccess(v);
        var loop = BeginLanes(mask, true);
        var element = _m.NewReg(RegKind.G32);
        UniformLoad(element, LaneAddress(access, loop), new IrType(IntegerOf(_f.TypeOf(v))));
        InsertLane(loop, ToVector(element), false);
        EndLanes(loop);
        Set(v, loop.Result);
    }

    /// <summary>Gathers; a mask of None is all lanes. Lanes outside the mask give 0.</summary>
    private Reg Gather(Code code, in Mem address, Reg mask, OperandSize size)
    {
        var dst = _m.NewReg(RegKind.Vec);
        _m.Add(ConstantLoad(dst, 0, 4));
        // The machine clears the mask as it goes.
        var spent = mask.IsNone ? FreshTrueMask() : CopyOf(mask, _avx512 ? RegKind.Mask : RegKind.Vec);
        var inst = New(code, _avx512 ? 2 : 3);
        inst.R0 = dst;
        inst.Sizes = Sizes(size);
        inst.Flags |= InstFlags.Reads0;
        Place(ref inst, 1, address);
        if (_avx512)
        {
            inst.Mask = spent;
            inst.Flags |= InstFlags.WritesMask;
        }
        else
        {
            inst.R2 = spent;
            inst.Flags |= InstFlags.Writes2;
        }

        _m.Add(inst);
        return dst;
    }

    private Reg FreshTrueMask()
    {
        if (_avx512)
            return MaskConstant(true);
        var reg = _m.NewReg(RegKind.Vec);
        Vec(V.CmpEqD, reg, new Reg(Reg.FirstVec), new Reg(Reg.FirstVec));
        return reg;
    }

    /// <summary>64-bit addresses confined to the region's 2^k bytes, by a shift up and down again.</summary>
    private Reg ConfinedAddresses(ValueId address, long displacement, int half)
    {
        var at = R(address, half);
        if (displacement != 0)
            at = Vec(V.AddQ, at, K64((ulong)displacement, V.AddQ));
#if SHADERJIT_COST
        if (SandboxCost.WithoutConfinement)
            return at;
#endif
        return Vec(V.SrlIQ, Vec(V.SllIQ, at, 64 - _regionBits), 64 - _regionBits);
    }

    private Mem WideAddress(Reg index)
    {
        var mem = Mem.At(Reg.Region, index, 1, 0);
        mem.VectorSize = _full;
        return mem;
    }

    private void SelectGatherWide(ValueId v, Reg mask)
    {
        ref var node = ref _f[v];
        var type = node.Type;
        Span<Reg> parts = stackalloc Reg[2];
        for (int h = 0; h < 2; h++)
        {
            var at = ConfinedAddresses(_f.Operand(v, 0), node.Imm, h);
            if (type.Bits == 64)
            {
                SetHalf(v, h, Gather(_avx512 ? Code.EVEX_Vpgatherqq_zmm_k1_vm64z : Code.VEX_Vpgatherqq_ymm_vm64y_ymm,
                    WideAddress(at), HalfMask(mask, h), _full));
                continue;
            }

            var shift = Reg.None;
            if (type.Bits < 32)
            {
                var low = Vec(V.AndQ, at, K64(3, V.AndQ));
                if (type.Bits == 16)
                    low = Vec(V.MinUD, low, K32(2, V.MinUD));
                shift = Vec(V.SllIQ, low, 3);
                at = Vec(V.AndNotQ, low, at);
            }

            if (_avx512)
            {
                parts[h] = Gather(Code.EVEX_Vpgatherqd_ymm_k1_vm64z, WideAddress(at), HalfMask(mask, h), HalfSize);
            }
            else
            {
                var lanes = mask.IsNone ? Reg.None : HalfOf(mask, h);
                parts[h] = Gather(Code.VEX_Vpgatherqd_xmm_vm64y_xmm, WideAddress(at), lanes, HalfSize);
            }

            if (!shift.IsNone)
                parts[h] = HalfWords(Vec(V.SrlVQ, ExtendHalf(parts[h], 0, false), shift));
        }

        if (type.Bits < 64)
            Set(v, NarrowLanes(JoinHalves(parts[0], parts[1]), type));
    }

    /// <summary>The low words of half the lanes' 64-bit elements, in half a vector.</summary>
    private Reg HalfWords(Reg wide) => _avx512
        ? Two(Code.EVEX_Vpmovqd_ymmm256_k1z_zmm, RegKind.Vec, wide, OperandSize.B256, OperandSize.B512)
        : Vec(V.PermIQ, Vec(V.ShufPs, wide, wide, 0x88), 0xD8);

    private void SelectScatter(ValueId v)
    {
        ref var node = ref _f[v];
        bool wide = node.Op == Op.ScatterWide;
        var value = _f.Operand(v, wide ? 1 : 2);
        var type = _f.TypeOf(value);
        var mask = MaskOrNone(_f.Operand(v, wide ? 2 : 3));
        if (!_avx512 || type.Bits < 32)
        {
            ScatterByLane(v, value, mask);
            return;
        }

        if (wide)
        {
            for (int h = 0; h < 2; h++)
            {
                var address = WideAddress(ConfinedAddresses(_f.Operand(v, 0), node.Imm, h));
                if (type.Bits == 64)
                    Scatter(Code.EVEX_Vpscatterqq_vm64z_k1_zmm, address, R(value, h), HalfMask(mask, h), _full);
                else
                    Scatter(Code.EVEX_Vpscatterqd_vm64z_k1_ymm, address, HalfOf(R(value), h), HalfMask(mask, h), HalfSize);
            }

            return;
        }

        var offsets = LaneOffsets(v);
        if (type.Bits == 32)
        {
            Scatter(Code.EVEX_Vpscatterdd_vm32z_k1_zmm, VectorAddress(v, offsets), R(value), mask, _full);
            return;
        }

        for (int h = 0; h < 2; h++)
        {
            var address = VectorAddress(v, HalfOf(offsets, h));
            address.VectorSize = HalfSize;
            Scatter(Code.EVEX_Vpscatterdq_vm32y_k1_zmm, address, R(value, h), HalfMask(mask, h), _full);
        }
    }

    private void Scatter(Code code, in Mem address, Reg value, Reg mask, OperandSize size)
    {
        var spent = mask.IsNone ? MaskConstant(true) : CopyOf(mask, RegKind.Mask);
        var inst = New(code, 2);
        inst.Flags = InstFlags.WritesMask;
        Place(ref inst, 0, address);
        inst.R1 = value;
        inst.Mask = spent;
        inst.Sizes = Sizes(size);
        _m.Add(inst);
    }

    private void ScatterByLane(ValueId v, ValueId value, Reg mask)
    {
        var type = _f.TypeOf(value);
        var access = PrepareLaneAccess(v);
        Reg first = R(value), second = type.Bits == 64 ? R(value, 1) : Reg.None;
        var loop = BeginLanes(mask, false);
        var element = type.Bits == 64 ? ToGeneral64(Extract64(first, second, loop.Lane)) : ExtractLane(first, loop);
        UniformStore(LaneAddress(access, loop), element, type with { Scalar = IntegerOf(type), Lanes = false });
        EndLanes(loop);
    }

    private static Scalar IntegerOf(IrType type) => type.Bits switch
    {
        8 => Scalar.I8,
        16 => Scalar.I16,
        32 => Scalar.I32,
        _ => Scalar.I64,
    };
}
