using Iced.Intel;

namespace ShaderJit.Compiler.X64;

/// <summary>Puts together machine instructions of each shape, on virtual registers.</summary>
internal sealed partial class Selector
{
    private static ushort Sizes(OperandSize all) => (ushort)((int)all * 0x1111);

    private static ushort Sizes(OperandSize s0, OperandSize s1, OperandSize s2 = OperandSize.B32) =>
        (ushort)((int)s0 | ((int)s1 << 4) | ((int)s2 << 8));

    private MachineInstruction New(Code code, int operands) => new()
    {
        Code = code, Kind = InstKind.Machine, Flags = InstFlags.Writes0, OperandCount = (byte)operands, MemOperand = 255,
        ImmOperand = 255, R0 = Reg.None, R1 = Reg.None, R2 = Reg.None, R3 = Reg.None, Mask = Reg.None,
        SpirvOffset = _spirv,
    };

    private static void Place(ref MachineInstruction inst, int operand, in Src src)
    {
        if (src.IsMem)
        {
            inst.MemOperand = (byte)operand;
            inst.Mem = src.Mem;
        }
        else
        {
            inst.Set(operand, src.Reg);
        }
    }

    private static void PlaceImmediate(ref MachineInstruction inst, int operand, long value, OpKind kind = OpKind.Immediate8)
    {
        inst.ImmOperand = (byte)operand;
        inst.ImmKind = kind;
        inst.Immediate = value;
    }

    /// <summary>dst := copy of src; vanishes when both get the same register.</summary>
    private void Copy(Reg dst, Reg src)
    {
        var inst = New(Code.INVALID, 2);
        inst.Kind = InstKind.Copy;
        inst.R0 = dst;
        inst.R1 = src;
        _m.Add(inst);
    }

    private Reg CopyOf(Reg src, RegKind kind)
    {
        var reg = _m.NewReg(kind);
        Copy(reg, src);
        return reg;
    }

    /// <summary>A vector instruction of the table: dst, [a], b, [immediate], under a mask or none.</summary>
    private void Vec(V op, Reg dst, Reg a, in Src b, int immediate = -1, Reg? mask = null, bool zero = false,
        bool tied = false)
    {
        int operands = a.IsNone ? 2 : 3;
        var inst = New(VectorOps.Of(op, _avx512), operands + (immediate >= 0 ? 1 : 0));
        inst.Sizes = Sizes(_full);
        inst.Flags |= VectorOps.Folds(op, _avx512);
        inst.R0 = dst;
        inst.R1 = a;
        Place(ref inst, operands - 1, b);
        if (immediate >= 0)
            PlaceImmediate(ref inst, operands, immediate);
        if (mask is { IsNone: false } m)
        {
            inst.Mask = m;
            inst.Flags |= zero ? InstFlags.Zeroing : InstFlags.None;
            if (!zero && op is not (V.CmpPs or V.CmpPd or V.CmpD or V.CmpUD or V.CmpQ or V.CmpUQ or V.BlendMD or V.BlendMPs
                or V.BlendMQ))
                tied = true;
        }

        if (tied)
            inst.Flags |= InstFlags.Reads0;
        _m.Add(inst);
    }

    private Reg Vec(V op, Reg a, in Src b, int immediate = -1)
    {
        var dst = _m.NewReg(RegKind.Vec);
        Vec(op, dst, a, b, immediate);
        return dst;
    }

    private Reg Vec(V op, in Src b, int immediate = -1) => Vec(op, Reg.None, b, immediate);

    /// <summary>dst op= b, where the instruction reads its first operand too.</summary>
    private void VecTied(V op, Reg dst, Reg a, in Src b, int immediate = -1) =>
        Vec(op, dst, a, b, immediate, null, false, true);

    private Src K32(uint bits, V op) => ConstantSource(bits, 4, op);

    private Src K64(ulong bits, V op) => ConstantSource(bits, 8, op);

    private Src KF(float value, V op) => ConstantSource(BitConverter.SingleToUInt32Bits(value), 4, op);

    private Src KD(double value, V op) => ConstantSource(BitConverter.DoubleToUInt64Bits(value), 8, op);

    /// <summary>An instruction outside the table: dst, src with their sizes.</summary>
    private void Two(Code code, Reg dst, in Src src, OperandSize s0, OperandSize s1, int immediate = -1)
    {
        var inst = New(code, immediate >= 0 ? 3 : 2);
        inst.R0 = dst;
        Place(ref inst, 1, src);
        inst.Sizes = Sizes(s0, s1);
        if (immediate >= 0)
            PlaceImmediate(ref inst, 2, immediate);
        _m.Add(inst);
    }

    private Reg Two(Code code, RegKind kind, in Src src, OperandSize s0, OperandSize s1, int immediate = -1)
    {
        var dst = _m.NewReg(kind);
        Two(code, dst, src, s0, s1, immediate);
        return dst;
    }

    private Reg Three(Code code, RegKind kind, Reg a, in Src b, OperandSize s0, OperandSize s1, OperandSize s2,
        int immediate = -1)
    {
        var dst = _m.NewReg(kind);
        var inst = New(code, immediate >= 0 ? 4 : 3);
        inst.R0 = dst;
        inst.R1 = a;
        Place(ref inst, 2, b);
        inst.Sizes = Sizes(s0, s1, s2);
        if (immediate >= 0)
            PlaceImmediate(ref inst, 3, immediate);
        _m.Add(inst);
        return dst;
    }

    /// <summary>An instruction that only stores: [mem] := src.</summary>
    private void StoreTo(Code code, in Mem mem, Reg src, OperandSize size, Reg? mask = null, int immediate = -1)
    {
        var inst = New(code, immediate >= 0 ? 3 : 2);
        inst.Flags = InstFlags.None;
        inst.MemOperand = 0;
        inst.Mem = mem;
        inst.R1 = src;
        inst.Sizes = Sizes(size);
        if (mask is { IsNone: false } m)
            inst.Mask = m;
        if (immediate >= 0)
            PlaceImmediate(ref inst, 2, immediate);
        _m.Add(inst);
    }
}
