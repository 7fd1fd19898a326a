using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Uniform integers and bools: general registers.</summary>
internal sealed partial class Selector
{
    /// <summary>The two-operand arithmetic instructions; the value picks the codes.</summary>
    private enum Alu { Add, Or, And, Sub, Xor, Cmp }

    private static readonly Code[] AluReg32 =
        [Code.Add_r32_rm32, Code.Or_r32_rm32, Code.And_r32_rm32, Code.Sub_r32_rm32, Code.Xor_r32_rm32, Code.Cmp_r32_rm32];
    private static readonly Code[] AluReg64 =
        [Code.Add_r64_rm64, Code.Or_r64_rm64, Code.And_r64_rm64, Code.Sub_r64_rm64, Code.Xor_r64_rm64, Code.Cmp_r64_rm64];
    private static readonly Code[] AluByte32 =
        [Code.Add_rm32_imm8, Code.Or_rm32_imm8, Code.And_rm32_imm8, Code.Sub_rm32_imm8, Code.Xor_rm32_imm8, Code.Cmp_rm32_imm8];
    private static readonly Code[] AluByte64 =
        [Code.Add_rm64_imm8, Code.Or_rm64_imm8, Code.And_rm64_imm8, Code.Sub_rm64_imm8, Code.Xor_rm64_imm8, Code.Cmp_rm64_imm8];
    private static readonly Code[] AluImm32 =
        [Code.Add_rm32_imm32, Code.Or_rm32_imm32, Code.And_rm32_imm32, Code.Sub_rm32_imm32, Code.Xor_rm32_imm32, Code.Cmp_rm32_imm32];
    private static readonly Code[] AluImm64 =
        [Code.Add_rm64_imm32, Code.Or_rm64_imm32, Code.And_rm64_imm32, Code.Sub_rm64_imm32, Code.Xor_rm64_imm32, Code.Cmp_rm64_imm32];

    private static OperandSize SizeOf(RegKind kind) => kind == RegKind.G64 ? OperandSize.B64 : OperandSize.B32;

    /// <summary>dst op= src.</summary>
    private void AluRegister(Alu op, Reg dst, Reg src, RegKind kind)
    {
        var inst = New((kind == RegKind.G64 ? AluReg64 : AluReg32)[(int)op], 2);
        inst.R0 = dst;
        inst.R1 = src;
        inst.Sizes = Sizes(SizeOf(kind));
        inst.Flags = op == Alu.Cmp ? InstFlags.Reads0 : InstFlags.Writes0 | InstFlags.Reads0;
        _m.Add(inst);
    }

    private void AluImmediate(Alu op, Reg dst, int value, RegKind kind)
    {
        bool small = value is >= -128 and <= 127, wide = kind == RegKind.G64;
        var codes = small ? wide ? AluByte64 : AluByte32 : wide ? AluImm64 : AluImm32;
        var inst = New(codes[(int)op], 2);
        inst.R0 = dst;
        inst.Sizes = Sizes(SizeOf(kind));
        inst.Flags = op == Alu.Cmp ? InstFlags.Reads0 : InstFlags.Writes0 | InstFlags.Reads0;
        PlaceImmediate(ref inst, 1, value, small ? wide ? OpKind.Immediate8to64 : OpKind.Immediate8to32
            : wide ? OpKind.Immediate32to64 : OpKind.Immediate32);
        _m.Add(inst);
    }

    /// <summary>dst op= value of v.</summary>
    private void AluValue(Alu op, Reg dst, ValueId v, RegKind kind)
    {
        if (IsImmediate(v, out int value))
            AluImmediate(op, dst, value, kind);
        else
            AluRegister(op, dst, R(v), kind);
    }

    /// <summary>An instruction that reads and writes its only register: not, neg, shl by a constant.</summary>
    private void InPlace(Code code, Reg dst, RegKind kind, int immediate = -1)
    {
        var inst = New(code, immediate >= 0 ? 2 : 1);
        inst.R0 = dst;
        inst.Flags |= InstFlags.Reads0;
        inst.Sizes = Sizes(SizeOf(kind));
        if (immediate >= 0)
            PlaceImmediate(ref inst, 1, immediate);
        _m.Add(inst);
    }

    private void ReadTwo(Code code, Reg a, Reg b, OperandSize size)
    {
        var inst = New(code, 2);
        inst.R0 = a;
        inst.R1 = b;
        inst.Flags = InstFlags.Reads0;
        inst.Sizes = Sizes(size);
        _m.Add(inst);
    }

    private void TestSelf(Reg reg, RegKind kind) =>
        ReadTwo(kind == RegKind.G64 ? Code.Test_rm64_r64 : Code.Test_rm32_r32, reg, reg, SizeOf(kind));

    private Reg Lea32(Reg @base, Reg index, int scale, int displacement)
    {
        var dst = _m.NewReg(RegKind.G32);
        var inst = New(Code.Lea_r32_m, 2);
        inst.R0 = dst;
        inst.MemOperand = 1;
        inst.Mem = Mem.At(@base, index, scale, displacement);
        inst.Sizes = Sizes(OperandSize.B32);
        _m.Add(inst);
        return dst;
    }

    /// <summary>Cuts a 32-bit register to the width of a narrow type; the result is zero-extended.</summary>
    private Reg NarrowUniform(Reg reg, IrType type) => type.Bits switch
    {
        8 => Two(Code.Movzx_r32_rm8, RegKind.G32, reg, OperandSize.B32, OperandSize.B8),
        16 => Two(Code.Movzx_r32_rm16, RegKind.G32, reg, OperandSize.B32, OperandSize.B16),
        1 => And1(reg),
        _ => reg,
    };

    private Reg And1(Reg reg)
    {
        var dst = CopyOf(reg, RegKind.G32);
        AluImmediate(Alu.And, dst, 1, RegKind.G32);
        return dst;
    }

    /// <summary>A narrow value sign-extended to 32 bits.</summary>
    private Reg SignedUniform(ValueId v)
    {
        var type = _f.TypeOf(v);
        return type.Bits switch
        {
            8 => Two(Code.Movsx_r32_rm8, RegKind.G32, R(v), OperandSize.B32, OperandSize.B8),
            16 => Two(Code.Movsx_r32_rm16, RegKind.G32, R(v), OperandSize.B32, OperandSize.B16),
            _ => R(v),
        };
    }

    private void SelectUniformInteger(ValueId v)
    {
        ref var node = ref _f[v];
        var type = node.Type;
        var kind = KindOf(type);
        switch (node.Op)
        {
            case Op.IAdd: SelectUniformAdd(v); break;
            case Op.ISub: SetNarrow(v, Arithmetic(Alu.Sub, v, false)); break;
            case Op.And: Set(v, Arithmetic(Alu.And, v, true)); break;
            case Op.Or: Set(v, Arithmetic(Alu.Or, v, true)); break;
            case Op.Xor: Set(v, Arithmetic(Alu.Xor, v, true)); break;
            case Op.Not:
            {
                var dst = CopyOf(R(_f.Operand(v, 0)), kind);
                if (type.Scalar == Scalar.Bool)
                    AluImmediate(Alu.Xor, dst, 1, kind);
                else
                    InPlace(kind == RegKind.G64 ? Code.Not_rm64 : Code.Not_rm32, dst, kind);
                Set(v, type.Scalar == Scalar.Bool ? dst : NarrowUniform(dst, type));
                break;
            }

            case Op.IMul: SelectUniformMultiply(v); break;
            case Op.UMulHi: case Op.SMulHi: SelectUniformMultiplyHigh(v); break;
            case Op.UDot4: case Op.SDot4:
                Set(v, ToGeneral(Dot4(ToVector(R(_f.Operand(v, 0))), ToVector(R(_f.Operand(v, 1))), node.Op == Op.SDot4)));
                break;
            case Op.UDiv: case Op.SDiv: case Op.URem: case Op.SRem: SelectUniformDivision(v); break;
            case Op.Shl: case Op.LShr: case Op.AShr: SelectUniformShift(v); break;
            case Op.UMin: UniformMinMax(v, Condition.Below); break;
            case Op.UMax: UniformMinMax(v, Condition.Above); break;
            case Op.SMin: UniformMinMax(v, Condition.Less); break;
            case Op.SMax: UniformMinMax(v, Condition.Greater); break;
            case Op.PopCount:
            case Op.Clz:
            case Op.Ctz:
                SelectUniformCount(v);
                break;
            default:
                SelectUniformReverse(v);
                break;
        }
    }

    private void SetNarrow(ValueId v, Reg reg) => Set(v, NarrowUniform(reg, _f.TypeOf(v)));

    private Reg Arithmetic(Alu op, ValueId v, bool commutes)
    {
        var kind = KindOf(_f.TypeOf(v));
        ValueId a = _f.Operand(v, 0), b = _f.Operand(v, 1);
        if (commutes && IsConst(a))
            (a, b) = (b, a);
        var dst = CopyOf(R(a), kind);
        AluValue(op, dst, b, kind);
        return dst;
    }

    private void SelectUniformAdd(ValueId v)
    {
        var type = _f.TypeOf(v);
        ValueId a = _f.Operand(v, 0), b = _f.Operand(v, 1);
        if (IsConst(a))
            (a, b) = (b, a);
        if (type.Bits == 64)
        {
            Set(v, Arithmetic(Alu.Add, v, true));
            return;
        }

        SetNarrow(v, IsImmediate(b, out int value) ? Lea32(R(a), Reg.None, 1, value) : Arithmetic(Alu.Add, v, true));
    }

    private void SelectUniformMultiply(ValueId v)
    {
        var type = _f.TypeOf(v);
        var kind = KindOf(type);
        bool wide = kind == RegKind.G64;
        ValueId a = _f.Operand(v, 0), b = _f.Operand(v, 1);
        if (IsConst(a))
            (a, b) = (b, a);
        var dst = _m.NewReg(kind);
        if (IsImmediate(b, out int value))
        {
            var inst = New(wide ? Code.Imul_r64_rm64_imm32 : Code.Imul_r32_rm32_imm32, 3);
            inst.R0 = dst;
            inst.R1 = R(a);
            inst.Sizes = Sizes(SizeOf(kind));
            PlaceImmediate(ref inst, 2, value, wide ? OpKind.Immediate32to64 : OpKind.Immediate32);
            _m.Add(inst);
        }
        else
        {
            Reg x = R(a), y = R(b);
            Copy(dst, x);
            Multiply(dst, y, kind);
        }

        SetNarrow(v, dst);
    }

    private void Multiply(Reg dst, Reg by, RegKind kind)
    {
        var inst = New(kind == RegKind.G64 ? Code.Imul_r64_rm64 : Code.Imul_r32_rm32, 2);
        inst.R0 = dst;
        inst.R1 = by;
        inst.Flags |= InstFlags.Reads0;
        inst.Sizes = Sizes(SizeOf(kind));
        _m.Add(inst);
    }

    private void SelectUniformMultiplyHigh(ValueId v)
    {
        ref var node = ref _f[v];
        if (node.Type.Bits == 64)
        {
            SelectUniformWide(v);
            return;
        }

        bool signed = node.Op == Op.SMulHi;
        var product = Widen(_f.Operand(v, 0), signed);
        Multiply(product, Widen(_f.Operand(v, 1), signed), RegKind.G64);
        InPlace(Code.Shr_rm64_imm8, product, RegKind.G64, node.Type.Bits);
        SetNarrow(v, Low(product));
    }

    /// <summary>A new 64-bit register with a value of up to 32 bits, extended.</summary>
    private Reg Widen(ValueId v, bool signed)
    {
        var reg = signed ? SignedUniform(v) : R(v);
        return signed
            ? Two(Code.Movsxd_r64_rm32, RegKind.G64, reg, OperandSize.B64, OperandSize.B32)
            : Two(Code.Mov_r32_rm32, RegKind.G64, reg, OperandSize.B32, OperandSize.B32);
    }

    /// <summary>The low 32 bits, by a real instruction: it makes the upper half zero.</summary>
    private Reg Low(Reg wide) => Two(Code.Mov_r32_rm32, RegKind.G32, wide, OperandSize.B32, OperandSize.B32);

    /// <summary>Through f64, which holds every 32-bit number and whose rounded quotient truncates to the right one.
    /// Division by 0 gives infinity or NaN, which converts to a number whose low half is 0.</summary>
    private void SelectUniformDivision(ValueId v)
    {
        ref var node = ref _f[v];
        if (node.Type.Bits == 64)
        {
            SelectUniformWide(v);
            return;
        }

        bool signed = node.Op is Op.SDiv or Op.SRem;
        Reg a = Widen(_f.Operand(v, 0), signed), b = Widen(_f.Operand(v, 1), signed);
        Reg x = ToDouble(a), y = ToDouble(b);
        var q = Three(_avx512 ? Code.EVEX_Vdivsd_xmm_k1z_xmm_xmmm64_er : Code.VEX_Vdivsd_xmm_xmm_xmmm64, RegKind.Vec, x, y,
            OperandSize.B128, OperandSize.B128, OperandSize.B128);
        var wide = Two(_avx512 ? Code.EVEX_Vcvttsd2si_r64_xmmm64_sae : Code.VEX_Vcvttsd2si_r64_xmmm64, RegKind.G64, q,
            OperandSize.B64, OperandSize.B128);
        var quotient = Low(wide);
        if (node.Op is Op.UDiv or Op.SDiv)
        {
            SetNarrow(v, quotient);
            return;
        }

        // a - q * b, and 0 where b is 0.
        Reg low = Low(b), product = CopyOf(quotient, RegKind.G32);
        Multiply(product, low, RegKind.G32);
        var remainder = CopyOf(Low(a), RegKind.G32);
        AluRegister(Alu.Sub, remainder, product, RegKind.G32);
        TestSelf(low, RegKind.G32);
        ConditionalMove(Condition.Equal, remainder, low, RegKind.G32);
        SetNarrow(v, remainder);
    }

    private Reg ToDouble(Reg wide)
    {
        var zero = VectorConstant(0, 4);
        return Three(_avx512 ? Code.EVEX_Vcvtsi2sd_xmm_xmm_rm64_er : Code.VEX_Vcvtsi2sd_xmm_xmm_rm64, RegKind.Vec, zero, wide,
            OperandSize.B128, OperandSize.B128, OperandSize.B64);
    }

    private void SelectUniformShift(ValueId v)
    {
        ref var node = ref _f[v];
        var op = node.Op;
        var type = node.Type;
        var kind = KindOf(type);
        bool wide = kind == RegKind.G64;
        ValueId a = _f.Operand(v, 0), b = _f.Operand(v, 1);
        var value = op == Op.AShr ? SignedUniform(a) : R(a);
        if (IsImmediate(b, out int count))
        {
            count &= type.Bits - 1;
            var dst = CopyOf(value, kind);
            if (count != 0)
            {
                InPlace(op switch
                {
                    Op.Shl => wide ? Code.Shl_rm64_imm8 : Code.Shl_rm32_imm8,
                    Op.LShr => wide ? Code.Shr_rm64_imm8 : Code.Shr_rm32_imm8,
                    _ => wide ? Code.Sar_rm64_imm8 : Code.Sar_rm32_imm8,
                }, dst, kind, count);
            }

            SetNarrow(v, dst);
            return;
        }

        var by = R(b);
        if (type.Bits < 32)
        {
            by = CopyOf(by, RegKind.G32);
            AluImmediate(Alu.And, by, type.Bits - 1, RegKind.G32);
        }

        // The count register is the last operand; BMI2 shifts take the low bits of it.
        var shifted = Three(op switch
        {
            Op.Shl => wide ? Code.VEX_Shlx_r64_rm64_r64 : Code.VEX_Shlx_r32_rm32_r32,
            Op.LShr => wide ? Code.VEX_Shrx_r64_rm64_r64 : Code.VEX_Shrx_r32_rm32_r32,
            _ => wide ? Code.VEX_Sarx_r64_rm64_r64 : Code.VEX_Sarx_r32_rm32_r32,
        }, kind, value, by, SizeOf(kind), SizeOf(kind), SizeOf(kind));
        SetNarrow(v, shifted);
    }

    private void UniformMinMax(ValueId v, Condition condition)
    {
        var type = _f.TypeOf(v);
        var kind = KindOf(type);
        bool signed = condition is Condition.Less or Condition.Greater;
        Reg a = signed ? SignedUniform(_f.Operand(v, 0)) : R(_f.Operand(v, 0));
        Reg b = signed ? SignedUniform(_f.Operand(v, 1)) : R(_f.Operand(v, 1));
        var dst = CopyOf(b, kind);
        AluRegister(Alu.Cmp, a, dst, kind);
        ConditionalMove(condition, dst, a, kind);
        Set(v, signed ? NarrowUniform(dst, type) : dst);
    }

    private void ConditionalMove(Condition condition, Reg dst, Reg src, RegKind kind)
    {
        var inst = New(ConditionalMoveCode(condition, kind == RegKind.G64), 2);
        inst.R0 = dst;
        inst.R1 = src;
        inst.Flags |= InstFlags.Reads0;
        inst.Sizes = Sizes(SizeOf(kind));
        _m.Add(inst);
    }

    private static Code ConditionalMoveCode(Condition condition, bool wide) => condition switch
    {
        Condition.Below => wide ? Code.Cmovb_r64_rm64 : Code.Cmovb_r32_rm32,
        Condition.AboveOrEqual => wide ? Code.Cmovae_r64_rm64 : Code.Cmovae_r32_rm32,
        Condition.Equal => wide ? Code.Cmove_r64_rm64 : Code.Cmove_r32_rm32,
        Condition.NotEqual => wide ? Code.Cmovne_r64_rm64 : Code.Cmovne_r32_rm32,
        Condition.BelowOrEqual => wide ? Code.Cmovbe_r64_rm64 : Code.Cmovbe_r32_rm32,
        Condition.Above => wide ? Code.Cmova_r64_rm64 : Code.Cmova_r32_rm32,
        Condition.Less => wide ? Code.Cmovl_r64_rm64 : Code.Cmovl_r32_rm32,
        Condition.GreaterOrEqual => wide ? Code.Cmovge_r64_rm64 : Code.Cmovge_r32_rm32,
        Condition.LessOrEqual => wide ? Code.Cmovle_r64_rm64 : Code.Cmovle_r32_rm32,
        Condition.Greater => wide ? Code.Cmovg_r64_rm64 : Code.Cmovg_r32_rm32,
        _ => throw new InvalidOperationException($"no move for {condition}"),
    };

    private static Code SetCode(Condition condition) => condition switch
    {
        Condition.Below => Code.Setb_rm8,
        Condition.AboveOrEqual => Code.Setae_rm8,
        Condition.Equal => Code.Sete_rm8,
        Condition.NotEqual => Code.Setne_rm8,
        Condition.BelowOrEqual => Code.Setbe_rm8,
        Condition.Above => Code.Seta_rm8,
        Condition.Less => Code.Setl_rm8,
        Condition.GreaterOrEqual => Code.Setge_rm8,
        Condition.LessOrEqual => Code.Setle_rm8,
        Condition.Greater => Code.Setg_rm8,
        _ => throw new InvalidOperationException($"no setcc for {condition}"),
    };

    /// <summary>1 where the condition codes hold, else 0.</summary>
    private Reg FromCondition(Condition condition)
    {
        var low = _m.NewReg(RegKind.G32);
        var inst = New(SetCode(condition), 1);
        inst.R0 = low;
        inst.Sizes = Sizes(OperandSize.B8);
        _m.Add(inst);
        return Two(Code.Movzx_r32_rm8, RegKind.G32, low, OperandSize.B32, OperandSize.B8);
    }

    private void SelectUniformCount(ValueId v)
    {
        ref var node = ref _f[v];
        var type = node.Type;
        bool wide = type.Bits == 64;
        var kind = KindOf(type);
        var x = R(_f.Operand(v, 0));
        if (node.Op == Op.Ctz && type.Bits < 32)
        {
            // A bit just above stops the count at the width.
            x = CopyOf(x, kind);
            AluImmediate(Alu.Or, x, 1 << type.Bits, kind);
        }

        var dst = Two(node.Op switch
        {
            Op.PopCount => wide ? Code.Popcnt_r64_rm64 : Code.Popcnt_r32_rm32,
            Op.Clz => wide ? Code.Lzcnt_r64_rm64 : Code.Lzcnt_r32_rm32,
            _ => wide ? Code.Tzcnt_r64_rm64 : Code.Tzcnt_r32_rm32,
        }, kind, x, SizeOf(kind), SizeOf(kind));
        if (node.Op == Op.Clz && type.Bits < 32)
            AluImmediate(Alu.Sub, dst, 32 - type.Bits, kind);
        Set(v, dst);
    }

    private void SelectUniformReverse(ValueId v)
    {
        var type = _f.TypeOf(v);
        if (type.Bits == 64)
        {
            SelectUniformWide(v);
            return;
        }

        var reversed = ToGeneral(ReverseBits(ToVector(R(_f.Operand(v, 0)))));
        if (type.Bits < 32)
            InPlace(Code.Shr_rm32_imm8, reversed, RegKind.G32, 32 - type.Bits);
        Set(v, reversed);
    }

    /// <summary>A 32-bit general register in every element of a vector.</summary>
    private Reg ToVector(Reg general)
    {
        if (_avx512)
            return Two(Code.EVEX_Vpbroadcastd_zmm_k1z_r32, RegKind.Vec, general, _full, OperandSize.B32);
        var low = Two(Code.VEX_Vmovd_xmm_rm32, RegKind.Vec, general, OperandSize.B128, OperandSize.B32);
        return Two(Code.VEX_Vpbroadcastd_ymm_xmmm32, RegKind.Vec, low, _full, OperandSize.B128);
    }

    private Reg ToVector64(Reg general)
    {
        if (_avx512)
            return Two(Code.EVEX_Vpbroadcastq_zmm_k1z_r64, RegKind.Vec, general, _full, OperandSize.B64);
        var low = Two(Code.VEX_Vmovq_xmm_rm64, RegKind.Vec, general, OperandSize.B128, OperandSize.B64);
        return Two(Code.VEX_Vpbroadcastq_ymm_xmmm64, RegKind.Vec, low, _full, OperandSize.B128);
    }

    /// <summary>Element 0 of a vector in a general register.</summary>
    private Reg ToGeneral(Reg vector) => Two(_avx512 ? Code.EVEX_Vmovd_rm32_xmm : Code.VEX_Vmovd_rm32_xmm, RegKind.G32,
        vector, OperandSize.B32, OperandSize.B128);

    private Reg ToGeneral64(Reg vector) => Two(_avx512 ? Code.EVEX_Vmovq_rm64_xmm : Code.VEX_Vmovq_rm64_xmm, RegKind.G64,
        vector, OperandSize.B64, OperandSize.B128);

    // Conditions ----------------------------------------------------------------------------------------------------

    /// <summary>Sets the condition codes by a uniform bool and says which condition is "true".</summary>
    private Condition Test(ValueId c)
    {
        if (!_deferred[c.Index])
        {
            TestSelf(R(c), RegKind.G32);
            return Condition.NotEqual;
        }

        _deferred[c.Index] = false;
        switch (_f[c].Op)
        {
            case Op.Not:
                return (Condition)((int)Test(_f.Operand(c, 0)) ^ 1);
            case Op.MaskAny:
            case Op.MaskAll:
                return TestMask(_f.Operand(c, 0), _f[c].Op == Op.MaskAll);
            default:
                return Compare(c);
        }
    }

    /// <summary>Compares two uniform integers.</summary>
    private Condition Compare(ValueId v)
    {
        ref var node = ref _f[v];
        ValueId a = _f.Operand(v, 0), b = _f.Operand(v, 1);
        var type = _f.TypeOf(a);
        var kind = KindOf(type);
        bool signed = node.Op is Op.SLt or Op.SLe;
        var condition = node.Op switch
        {
            Op.IEq => Condition.Equal,
            Op.INe => Condition.NotEqual,
            Op.ULt => Condition.Below,
            Op.ULe => Condition.BelowOrEqual,
            Op.SLt => Condition.Less,
            _ => Condition.LessOrEqual,
        };
        if (IsConst(a) && !IsConst(b))
        {
            (a, b) = (b, a);
            condition = condition switch
            {
                Condition.Below => Condition.Above,
                Condition.BelowOrEqual => Condition.AboveOrEqual,
                Condition.Less => Condition.Greater,
                Condition.LessOrEqual => Condition.GreaterOrEqual,
                _ => condition,
            };
        }

        var x = signed ? SignedUniform(a) : R(a);
        if (IsImmediate(b, out int value) && (type.Bits >= 32 || !signed))
        {
            if (value == 0 && condition is Condition.Equal or Condition.NotEqual)
                TestSelf(x, kind);
            else
                AluImmediate(Alu.Cmp, x, type.Bits == 1 ? value & 1 : value, kind);
        }
        else
        {
            AluRegister(Alu.Cmp, x, signed ? SignedUniform(b) : R(b), kind);
        }

        return condition;
    }

    private void SelectUniformCompare(ValueId v)
    {
        if (_f.TypeOf(_f.Operand(v, 0)).IsFloat)
        {
            Set(v, MaskToBool(CompareFloat(v, Reg.None)));
            return;
        }

        Set(v, FromCondition(Compare(v)));
    }

    private void SelectUniformSelect(ValueId v)
    {
        ValueId c = _f.Operand(v, 0), a = _f.Operand(v, 1), b = _f.Operand(v, 2);
        var type = _f.TypeOf(v);
        if (type.IsFloat)
        {
            var mask = BoolToMask(R(c));
            Set(v, Blend(mask, R(a), R(b), type.Bits == 64));
            return;
        }

        var kind = KindOf(type);
        Reg x = R(a), dst = CopyOf(R(b), kind);
        var condition = Test(c);
        ConditionalMove(condition, dst, x, kind);
        Set(v, dst);
    }
}
