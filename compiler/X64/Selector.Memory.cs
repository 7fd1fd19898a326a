using Iced.Intel;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Bases, and loads and stores that are the same for all lanes. Every region operand has a form that the verifier can prove.</summary>
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
}
