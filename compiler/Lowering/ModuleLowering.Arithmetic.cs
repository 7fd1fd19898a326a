using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Arithmetic instructions but those on matrices.</summary>
internal sealed partial class ModuleLowering
{
    private bool LowerArithmetic(in Insn i)
    {
        switch (i.Opcode)
        {
            case Opcode.OpSNegate:
                return Each(i.Result, i[0], static (b, x) => b.ISub(b.Zero(b.Function.TypeOf(x)), x));
            case Opcode.OpFNegate: return EachUnary(i, Op.FNeg);
            case Opcode.OpIAdd: return EachBinary(i, Op.IAdd);
            case Opcode.OpISub: return EachBinary(i, Op.ISub);
            case Opcode.OpIMul: return EachBinary(i, Op.IMul);
            case Opcode.OpFAdd: return EachBinary(i, Op.FAdd);
            case Opcode.OpFSub: return EachBinary(i, Op.FSub);
            case Opcode.OpFMul: return EachBinary(i, Op.FMul);
            case Opcode.OpFDiv:
                var flags = Precise(i);
                return Each(i.Result, i[0], i[1], (b, x, y) => Common.Divide(b, x, y, flags));
            case Opcode.OpUDiv: return Division(i, Op.UDiv);
            case Opcode.OpSDiv: return Division(i, Op.SDiv);
            case Opcode.OpUMod: return Division(i, Op.URem);
            case Opcode.OpSRem: return Division(i, Op.SRem);
            case Opcode.OpSMod:
                TrapOnZero(i[1]);
                return Each(i.Result, i[0], i[1], SMod);
            case Opcode.OpFRem: return Each(i.Result, i[0], i[1], Common.Rem);
            case Opcode.OpFMod: return Each(i.Result, i[0], i[1], Common.Mod);
            case Opcode.OpVectorTimesScalar or Opcode.OpMatrixTimesScalar: return TimesScalar(i);
            case Opcode.OpDot:
                CheckLength(Leaves(i[0]), Leaves(i[1]));
                SetScalar(i.Result, Vectors.Dot(_b, Leaves(i[0]), Leaves(i[1]), Precise(i)));
                return true;
            case Opcode.OpSDot or Opcode.OpUDot or Opcode.OpSUDot or Opcode.OpSDotAccSat or Opcode.OpUDotAccSat
                or Opcode.OpSUDotAccSat:
                return IntegerDot(i);
            case Opcode.OpIAddCarry: return AddCarry(i);
            case Opcode.OpISubBorrow: return SubBorrow(i);
            case Opcode.OpUMulExtended: return Extended(i, Op.UMulHi);
            case Opcode.OpSMulExtended: return Extended(i, Op.SMulHi);
            default: return false;
        }
    }

    private bool Division(in Insn i, Op op)
    {
        TrapOnZero(i[1]);
        return EachBinary(i, op);
    }

    private void TrapOnZero(uint divisor)
    {
        if (!_stage.TrapDivisionByZero)
            return;
        foreach (var leaf in Leaves(divisor))
        {
            Trap(_b.Compare(Op.IEq, leaf, _b.Zero(_f.TypeOf(leaf))), TrapCode.DivisionByZero, ValueId.None);
        }
    }

    /// <summary>The remainder with the divisor's sign.</summary>
    private static ValueId SMod(FunctionBuilder b, ValueId x, ValueId y)
    {
        var zero = b.Zero(b.Function.TypeOf(x));
        var rest = b.Binary(Op.SRem, x, y);
        var differs = b.Compare(Op.SLt, b.Xor(rest, y), zero);
        var adjust = b.And(differs, b.Compare(Op.INe, rest, zero));
        return b.Select(adjust, b.IAdd(rest, y), rest);
    }

    private bool TimesScalar(in Insn i)
    {
        var a = Leaves(i[0]);
        var scalar = Leaf(i[1]);
        var flags = Precise(i);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
            results[k] = _b.FMul(a[k], scalar, flags);
        _values.Set(i.Result, results);
        return true;
    }

    /// <summary>Dot products of integers: vectors, or scalars that pack four bytes; added to an accumulator, saturating,
    /// in the forms that have one.</summary>
    private bool IntegerDot(in Insn i)
    {
        var a = Leaves(i[0]);
        var b = Leaves(i[1]);
        CheckLength(a, b);
        var type = ScalarTypeOf(i.Type);
        bool accumulates = i.Opcode is Opcode.OpSDotAccSat or Opcode.OpUDotAccSat or Opcode.OpSUDotAccSat;
        bool unsigned = i.Opcode is Opcode.OpUDot or Opcode.OpUDotAccSat;
        var signs = (A: !unsigned, B: i.Opcode is Opcode.OpSDot or Opcode.OpSDotAccSat);
        ValueId sum;
        if (i.Count == (accumulates ? 3 : 2))
        {
            sum = DotProducts.Sum(_b, a, b, type, signs.A, signs.B);
        }
        else
        {
            sum = signs.A == signs.B
                ? _b.Binary(signs.A ? Op.SDot4 : Op.UDot4, a[0], b[0])
                : DotProducts.SignedByUnsigned(_b, a[0], b[0]);
            sum = Resize(sum, type, signs.A);
        }

        if (accumulates)
            sum = DotProducts.AddSaturating(_b, sum, Leaf(i[2]), signs.A);
        SetScalar(i.Result, sum);
        return true;
    }

    /// <summary>A struct of sums and carries (0 or 1).</summary>
    private bool AddCarry(in Insn i)
    {
        var a = Leaves(i[0]);
        var b = Leaves(i[1]);
        CheckLength(a, b);
        int n = a.Length;
        var results = new ValueId[2 * n];
        for (int k = 0; k < n; k++)
        {
            results[k] = _b.IAdd(a[k], b[k]);
            results[n + k] = OneIf(_b.Compare(Op.ULt, results[k], a[k]), _f.TypeOf(a[k]));
        }

        _values.Set(i.Result, results);
        return true;
    }

    private bool SubBorrow(in Insn i)
    {
        var a = Leaves(i[0]);
        var b = Leaves(i[1]);
        CheckLength(a, b);
        int n = a.Length;
        var results = new ValueId[2 * n];
        for (int k = 0; k < n; k++)
        {
            results[k] = _b.ISub(a[k], b[k]);
            results[n + k] = OneIf(_b.Compare(Op.ULt, a[k], b[k]), _f.TypeOf(a[k]));
        }

        _values.Set(i.Result, results);
        return true;
    }

    /// <summary>A struct of the low and the high halves of products.</summary>
    private bool Extended(in Insn i, Op high)
    {
        var a = Leaves(i[0]);
        var b = Leaves(i[1]);
        CheckLength(a, b);
        int n = a.Length;
        var results = new ValueId[2 * n];
        for (int k = 0; k < n; k++)
        {
            results[k] = _b.IMul(a[k], b[k]);
            results[n + k] = _b.Binary(high, a[k], b[k]);
        }

        _values.Set(i.Result, results);
        return true;
    }

    private ValueId OneIf(ValueId condition, IrType type) => _b.Select(condition, _b.Const(type, 1), _b.Zero(type));
}
