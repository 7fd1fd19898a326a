using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Conversion instructions.</summary>
internal sealed partial class ModuleLowering
{
    private bool LowerConversion(in Insn i)
    {
        switch (i.Opcode)
        {
            case Opcode.OpConvertFToU: return Convert(i, Op.FToU);
            case Opcode.OpConvertFToS: return Convert(i, Op.FToS);
            case Opcode.OpConvertSToF: return Convert(i, Op.SToF);
            case Opcode.OpConvertUToF: return Convert(i, Op.UToF);
            case Opcode.OpUConvert: return Resized(i, signed: false);
            case Opcode.OpSConvert: return Resized(i, signed: true);
            case Opcode.OpFConvert: return Convert(i, Op.FWiden);
            case Opcode.OpQuantizeToF16: return Each(i.Result, i[0], Quantize);
            case Opcode.OpConvertPtrToU or Opcode.OpConvertUToPtr: return Resized(i, signed: false);
            case Opcode.OpBitcast: return Bitcast(i);
            default: return false;
        }
    }

    private bool Convert(in Insn i, Op op)
    {
        var type = ScalarTypeOf(i.Type);
        var a = Leaves(i[0]);
        var results = new ValueId[a.Length];
        bool towardZero = (_floats.TowardZero & type.Bits) != 0;
        if (i.Result != 0 && _module.TryDecoration(i.Result, Decoration.FPRoundingMode, out uint mode))
            towardZero = (FPRoundingMode)mode == FPRoundingMode.RTZ;
        for (int k = 0; k < results.Length; k++)
        {
            var from = _f.TypeOf(a[k]);
            if (op is Op.SToF or Op.UToF && towardZero)
                results[k] = TowardZero.FromInteger(_b, type, a[k], op == Op.SToF);
            else if (op != Op.FWiden)
                results[k] = _b.Convert(op, type, a[k]);
            else if (towardZero && from.Bits > type.Bits)
                results[k] = TowardZero.Narrow(_b, type, a[k]);
            else
                results[k] = from == type ? a[k] : _b.Convert(from.Bits < type.Bits ? Op.FWiden : Op.FNarrow, type, a[k]);
        }

        _values.Set(i.Result, results);
        return true;
    }

    private bool Resized(in Insn i, bool signed)
    {
        var type = ScalarTypeOf(i.Type);
        var a = Leaves(i[0]);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
            results[k] = Resize(a[k], type, signed);
        _values.Set(i.Result, results);
        return true;
    }

    /// <summary>To f16 and back; denormals become zeros of the same sign.</summary>
    private static ValueId Quantize(FunctionBuilder b, ValueId x)
    {
        var rounded = b.Convert(Op.FWiden, IrType.F32, b.Convert(Op.FNarrow, IrType.F16, x));
        var denormal = b.Compare(Op.FLt, b.FAbs(x), b.F32(6.103515625e-5f));
        var zero = b.Bitcast(IrType.F32, b.And(b.Bitcast(IrType.I32, x), b.I32(int.MinValue)));
        return b.Select(denormal, zero, rounded);
    }

    /// <summary>The same bits cut into components of another width: component 0 has the low bits.</summary>
    private bool Bitcast(in Insn i)
    {
        var shape = ShapeOf(i.Type);
        var a = Leaves(i[0]);
        if (shape.Leaves == 0 || a.Length == 0)
            Refusal.Throw("a bitcast of what has no bits");
        var from = _f.TypeOf(a[0]);
        var to = shape.LeafType(0);
        if (from.Bits * a.Length != to.Bits * shape.Leaves || from.Bits < 8 || to.Bits < 8)
            Refusal.Throw("a bitcast between different sizes");
        var results = new ValueId[shape.Leaves];
        if (from.Bits == to.Bits)
        {
            for (int k = 0; k < results.Length; k++)
                results[k] = _b.Bitcast(to, a[k]);
        }
        else if (from.Bits < to.Bits)
        {
            Join(a, from, results, to);
        }
        else
        {
            Cut(a, from, results, to);
        }

        _values.Set(i.Result, results);
        return true;
    }

    private void Join(ReadOnlySpan<ValueId> parts, IrType from, Span<ValueId> results, IrType to)
    {
        var wide = ShapeTable.IntegerOf(to.Bits);
        int ratio = to.Bits / from.Bits;
        for (int k = 0; k < results.Length; k++)
        {
            var bits = _b.Zero(wide);
            for (int j = 0; j < ratio; j++)
            {
                var part = _b.Bitcast(ShapeTable.IntegerOf(from.Bits), parts[k * ratio + j]);
                var placed = _b.Binary(Op.Shl, _b.Convert(Op.ZExt, wide, part), _b.Const(wide, j * from.Bits));
                bits = _b.Or(bits, placed);
            }

            results[k] = _b.Bitcast(to, bits);
        }
    }

    private void Cut(ReadOnlySpan<ValueId> wholes, IrType from, Span<ValueId> results, IrType to)
    {
        var wide = ShapeTable.IntegerOf(from.Bits);
        int ratio = from.Bits / to.Bits;
        for (int k = 0; k < results.Length; k++)
        {
            var bits = _b.Bitcast(wide, wholes[k / ratio]);
            var part = _b.Binary(Op.LShr, bits, _b.Const(wide, k % ratio * to.Bits));
            results[k] = _b.Bitcast(to, _b.Convert(Op.Trunc, ShapeTable.IntegerOf(to.Bits), part));
        }
    }
}
