using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Bit instructions.</summary>
internal sealed partial class ModuleLowering
{
    private bool LowerBits(in Insn i)
    {
        switch (i.Opcode)
        {
            case Opcode.OpBitwiseAnd: return EachBinary(i, Op.And);
            case Opcode.OpBitwiseOr: return EachBinary(i, Op.Or);
            case Opcode.OpBitwiseXor: return EachBinary(i, Op.Xor);
            case Opcode.OpNot: return EachUnary(i, Op.Not);
            case Opcode.OpShiftLeftLogical: return Shift(i, Op.Shl);
            case Opcode.OpShiftRightLogical: return Shift(i, Op.LShr);
            case Opcode.OpShiftRightArithmetic: return Shift(i, Op.AShr);
            case Opcode.OpBitReverse: return EachUnary(i, Op.BitReverse);
            case Opcode.OpBitCount: return BitCount(i);
            case Opcode.OpBitFieldInsert or Opcode.OpBitFieldSExtract or Opcode.OpBitFieldUExtract: return BitField(i);
            default: return false;
        }
    }

    /// <summary>The count may have another width than the base.</summary>
    private bool Shift(in Insn i, Op op)
    {
        var a = Leaves(i[0]);
        var b = Leaves(i[1]);
        CheckLength(a, b);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
            results[k] = _b.Binary(op, a[k], Resize(b[k], _f.TypeOf(a[k]), signed: false));
        _values.Set(i.Result, results);
        return true;
    }

    private bool BitCount(in Insn i)
    {
        var a = Leaves(i[0]);
        var type = ScalarTypeOf(i.Type);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
            results[k] = Resize(_b.Unary(Op.PopCount, a[k]), type, signed: false);
        _values.Set(i.Result, results);
        return true;
    }

    private bool BitField(in Insn i)
    {
        bool insert = i.Opcode == Opcode.OpBitFieldInsert;
        var a = Leaves(i[0]);
        var type = _f.TypeOf(a[0]);
        var offset = Resize(Leaf(i[insert ? 2 : 1]), type, signed: false);
        var count = Resize(Leaf(i[insert ? 3 : 2]), type, signed: false);
        var field = insert ? Leaves(i[1]) : a;
        CheckLength(a, field);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
        {
            results[k] = i.Opcode switch
            {
                Opcode.OpBitFieldInsert => BitFields.Insert(_b, a[k], field[k], offset, count),
                Opcode.OpBitFieldSExtract => BitFields.ExtractSigned(_b, a[k], offset, count),
                _ => BitFields.ExtractUnsigned(_b, a[k], offset, count),
            };
        }

        _values.Set(i.Result, results);
        return true;
    }

    /// <summary>An integer in another width.</summary>
    private ValueId Resize(ValueId value, IrType type, bool signed)
    {
        int from = _f.TypeOf(value).Bits;
        if (from == type.Bits)
            return value;
        return _b.Convert(from > type.Bits ? Op.Trunc : signed ? Op.SExt : Op.ZExt, type, value);
    }
}
