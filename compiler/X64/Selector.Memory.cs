using Iced.Intel;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Bases, loads and stores. Every region operand has a form that the verifier can prove.</summary>
internal sealed partial class Selector
{
    // Bases ---------------------------------------------------------------------------------------------------------

    private void SelectBase(ValueId v)
    {
        ref var node = ref _f[v];
        switch (node.Op)
        {
            case Op.ArgLoad:
                Set(v, LoadGeneral(Mem.At(Reg.Arguments, node.Aux), KindOf(node.Type)));
                break;
            case Op.PushBase: Set(v, ConfinedArgument(ArgumentFrame.PushConstantOffset)); break;
            case Op.ScratchBase: Set(v, ConfinedArgument(ArgumentFrame.ScratchOffset)); break;
            case Op.Confine: Set(v, Confine(R(_f.Operand(v, 0)))); break;
            case Op.BufferBase: SelectBufferBase(v); break;
            default:
                Set(v, LoadGeneral(Descriptor(v, BufferDescriptor.RangeField), RegKind.G32));
                break;
        }
    }

    private Reg LoadGeneral(in Mem mem, RegKind kind)
    {
        bool wide = kind == RegKind.G64;
        return Two(wide ? Code.Mov_r64_rm64 : Code.Mov_r32_rm32, kind, mem, SizeOf(kind), SizeOf(kind));
    }

    /// <summary>r15 + (address mod 2^k).</summary>
    private Reg Confine(Reg address)
    {
        Reg dst;
#if SHADERJIT_COST
        if (SandboxCost.WithoutConfinement)
        {
            dst = CopyOf(address, RegKind.G64);
            AluRegister(Alu.Add, dst, Reg.Region, RegKind.G64);
            return dst;
        }
#endif
        if (_regionBits == 32)
        {
            dst = Two(Code.Mov_r32_rm32, RegKind.G64, address, OperandSize.B32, OperandSize.B32);
        }
        else
        {
            dst = CopyOf(address, RegKind.G64);
            InPlace(Code.Shl_rm64_imm8, dst, RegKind.G64, 64 - _regionBits);
            InPlace(Code.Shr_rm64_imm8, dst, RegKind.G64, 64 - _regionBits);
        }

        AluRegister(Alu.Add, dst, Reg.Region, RegKind.G64);
        return dst;
    }

    private Reg ConfinedLoad(in Mem mem)
    {
        if (_regionBits != 32)
            return Confine(LoadGeneral(mem, RegKind.G64));
        var dst = Two(Code.Mov_r32_rm32, RegKind.G64, mem, OperandSize.B32, OperandSize.B32);
        AluRegister(Alu.Add, dst, Reg.Region, RegKind.G64);
        return dst;
    }

    private Reg ConfinedArgument(int offset) => ConfinedLoad(Mem.At(Reg.Arguments, offset));

    private void SelectBufferBase(ValueId v)
    {
        Set(v, ConfinedLoad(Descriptor(v, (int)_f[v].Imm)));
    }

    /// <summary>Where a field of a buffer descriptor stands: in the argument frame, or in its set's table.</summary>
    private Mem Descriptor(ValueId v, int field)
    {
        var resource = _f.Resources[_f[v].Aux];
        var element = _f.Operand(v, 0);
        bool constant = IsImmediate(element, out int index);
        if (resource.DynamicIndex >= 0)
        {
            // The frame takes constant displacements only; lowering gives dynamic buffers constant elements.
            if (!constant && resource.Count > 1)
                Refuse(v, "a dynamic index into an array of dynamic buffers");
            index = constant ? Math.Clamp(index, 0, resource.Count - 1) : 0;
            return Mem.At(Reg.Arguments, ArgumentFrame.DynamicDescriptors + (resource.DynamicIndex + index) * BufferDescriptor.Size + field);
        }

        var table = ConfinedArgument(ArgumentFrame.DescriptorSetOffsets + 8 * resource.Set);
        int displacement = resource.TableOffset + field;
        if (constant)
            return Mem.At(table, displacement + index * resource.Stride);
        var scaled = _m.NewReg(RegKind.G32);
        var inst = New(Code.Imul_r32_rm32_imm32, 3);
        inst.R0 = scaled;
        inst.R1 = R(element);
        inst.Sizes = Sizes(OperandSize.B32);
        PlaceImmediate(ref inst, 2, resource.Stride, OpKind.Immediate32);
        _m.Add(inst);
        return Mem.At(table, scaled, 1, displacement);
    }

    // Uniform accesses ----------------------------------------------------------------------------------------------

    /// <summary>[b + zext(offset) + imm].</summary>
    private Mem UniformAddress(ValueId v)
    {
        ref var node = ref _f[v];
        var offset = _f.Operand(v, 1);
        if (IsConst(offset))
        {
            long displacement = (uint)_f[offset].Imm + node.Imm;
            if (displacement == (int)displacement)
                return Mem.At(R(_f.Operand(v, 0)), (int)displacement);
        }

        if (node.Imm != (int)node.Imm)
            Refuse(v, "the displacement is too large");
        return Mem.At(R(_f.Operand(v, 0)), R(offset), 1, (int)node.Imm);
    }

    /// <summary>Where an access depends on ok: jumps around it. Returns the block to go on in, or -1 where the access
    /// always (or, with <paramref name="never"/>, never) happens.</summary>
    private int Guard(ValueId v, int okIndex, out bool never)
    {
        never = false;
        var operands = _f.Operands(v);
        if (operands.Length <= okIndex)
            return -1;
        var ok = operands[okIndex];
        if (IsConst(ok))
        {
            never = (_f[ok].Imm & 1) == 0;
            return -1;
        }

        int access = NewBlock(), next = NewBlock();
        End(TerminatorKind.ConditionalJump, access, next, Test(ok));
        Begin(access);
        return next;
    }

    private void Unguard(int next)
    {
        if (next < 0)
            return;
        End(TerminatorKind.Jump, next);
        Begin(next);
    }

    private void SelectUniformLoad(ValueId v)
    {
        var type = _f.TypeOf(v);
        var kind = KindOf(type);
        var dst = Define(v);
        bool guarded = _f.Operands(v).Length > 2 && !(IsConst(_f.Operand(v, 2)) && (_f[_f.Operand(v, 2)].Imm & 1) != 0);
        Mem address = UniformAddress(v);
        if (guarded)
        {
            if (kind == RegKind.Vec)
                _m.Add(ConstantLoad(dst, 0, 4));
            else
                IntegerConstant(dst, 0, kind);
        }

        int next = Guard(v, 2, out bool never);
        if (!never)
            UniformLoad(dst, address, type);
        Unguard(next);
    }

    private void UniformLoad(Reg dst, in Mem address, IrType type)
    {
        switch (type.Scalar)
        {
            case Scalar.I8: Two(Code.Movzx_r32_rm8, dst, address, OperandSize.B32, OperandSize.B8); break;
            case Scalar.I16: Two(Code.Movzx_r32_rm16, dst, address, OperandSize.B32, OperandSize.B16); break;
            case Scalar.I32: Two(Code.Mov_r32_rm32, dst, address, OperandSize.B32, OperandSize.B32); break;
            case Scalar.I64: Two(Code.Mov_r64_rm64, dst, address, OperandSize.B64, OperandSize.B64); break;
            case Scalar.F32:
                Two(_avx512 ? Code.EVEX_Vbroadcastss_zmm_k1z_xmmm32 : Code.VEX_Vbroadcastss_ymm_m32, dst, address, _full,
                    OperandSize.B128);
                break;
            case Scalar.F64:
                Two(_avx512 ? Code.EVEX_Vbroadcastsd_zmm_k1z_xmmm64 : Code.VEX_Vbroadcastsd_ymm_m64, dst, address, _full,
                    OperandSize.B128);
                break;
            default:
                var bits = Two(Code.Movzx_r32_rm16, RegKind.G32, address, OperandSize.B32, OperandSize.B16);
                Copy(dst, ToVector(bits));
                break;
        }
    }

    private void SelectUniformStore(ValueId v)
    {
        if (_f[v].Op == Op.DiagnosticStore)
        {
            StoreTo(Code.Mov_rm32_r32, Mem.At(Reg.Frame, _f[v].Aux), R(_f.Operand(v, 0)), OperandSize.B32);
            return;
        }

        var value = _f.Operand(v, 2);
        var type = _f.TypeOf(value);
        var reg = R(value);
        if (type.Scalar == Scalar.F16)
            reg = ToGeneral(reg);
        Mem address = UniformAddress(v);
        int next = Guard(v, 3, out bool never);
        if (!never)
            UniformStore(address, reg, type);
        Unguard(next);
    }

    private void UniformStore(in Mem address, Reg reg, IrType type)
    {
        switch (type.Scalar)
        {
            case Scalar.I8: StoreTo(Code.Mov_rm8_r8, address, reg, OperandSize.B8); break;
            case Scalar.I16: case Scalar.F16: StoreTo(Code.Mov_rm16_r16, address, reg, OperandSize.B16); break;
            case Scalar.I32: StoreTo(Code.Mov_rm32_r32, address, reg, OperandSize.B32); break;
            case Scalar.I64: StoreTo(Code.Mov_rm64_r64, address, reg, OperandSize.B64); break;
            case Scalar.F32:
                StoreTo(_avx512 ? Code.EVEX_Vmovss_m32_k1_xmm : Code.VEX_Vmovss_m32_xmm, address, reg, OperandSize.B128);
                break;
            default:
                StoreTo(_avx512 ? Code.EVEX_Vmovsd_m64_k1_xmm : Code.VEX_Vmovsd_m64_xmm, address, reg, OperandSize.B128);
                break;
        }
    }

    // Contiguous ----------------------------------------------------------------------------------------------------

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
        if (type.Bits == 64)
        {
            for (int h = 0; h < 2; h++)
                SetHalf(v, h, LoadVector(Plus(address, h * _m.VectorBytes), HalfMask(mask, h), true));
            return;
        }

        if (type.Bits == 32)
        {
            Set(v, LoadVector(address, mask, false));
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
        inst.Flags |= mask.IsNone ? InstFlags.None : InstFlags.Zeroing;
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

    private Reg LoadVector(in Mem address, Reg mask, bool wide)
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
        }
        else if (!mask.IsNone)
        {
            inst.Mask = mask;
            inst.Flags |= InstFlags.Zeroing;
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

    // Gathers and scatters ------------------------------------------------------------------------------------------

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
