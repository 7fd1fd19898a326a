using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Comparisons and logic. Greater-than swaps its operands; an unordered comparison is the negation of the
/// opposite ordered one.</summary>
internal sealed partial class ModuleLowering
{
    private bool LowerRelational(in Insn i)
    {
        switch (i.Opcode)
        {
            case Opcode.OpAny: return Fold(i, Op.Or);
            case Opcode.OpAll: return Fold(i, Op.And);
            case Opcode.OpIsNan: return Each(i.Result, i[0], static (b, x) => b.Compare(Op.FUnordered, x, x));
            case Opcode.OpIsInf:
                return Each(i.Result, i[0], static (b, x) =>
                    b.Compare(Op.FEq, b.FAbs(x), b.Float(b.Function.TypeOf(x), double.PositiveInfinity)));
            case Opcode.OpOrdered:
                return Each(i.Result, i[0], i[1], static (b, x, y) => b.Not(b.Compare(Op.FUnordered, x, y)));
            case Opcode.OpUnordered: return Compare(i, Op.FUnordered);
            case Opcode.OpLogicalEqual or Opcode.OpIEqual: return Compare(i, Op.IEq);
            case Opcode.OpLogicalNotEqual or Opcode.OpINotEqual: return Compare(i, Op.INe);
            case Opcode.OpPtrEqual: return Compare(i, Op.IEq);
            case Opcode.OpPtrNotEqual: return Compare(i, Op.INe);
            case Opcode.OpLogicalOr: return EachBinary(i, Op.Or);
            case Opcode.OpLogicalAnd: return EachBinary(i, Op.And);
            case Opcode.OpLogicalNot: return EachUnary(i, Op.Not);
            case Opcode.OpSelect: return LowerSelect(i);
            case Opcode.OpULessThan: return Compare(i, Op.ULt);
            case Opcode.OpULessThanEqual: return Compare(i, Op.ULe);
            case Opcode.OpUGreaterThan: return Compare(i, Op.ULt, swap: true);
            case Opcode.OpUGreaterThanEqual: return Compare(i, Op.ULe, swap: true);
            case Opcode.OpSLessThan: return Compare(i, Op.SLt);
            case Opcode.OpSLessThanEqual: return Compare(i, Op.SLe);
            case Opcode.OpSGreaterThan: return Compare(i, Op.SLt, swap: true);
            case Opcode.OpSGreaterThanEqual: return Compare(i, Op.SLe, swap: true);
            case Opcode.OpFOrdEqual: return Compare(i, Op.FEq);
            case Opcode.OpFUnordNotEqual: return Compare(i, Op.FNe);
            case Opcode.OpFOrdNotEqual or Opcode.OpLessOrGreater:
                return Each(i.Result, i[0], i[1], static (b, x, y) =>
                    b.And(b.Compare(Op.FNe, x, y), b.Not(b.Compare(Op.FUnordered, x, y))));
            case Opcode.OpFUnordEqual:
                return Each(i.Result, i[0], i[1], static (b, x, y) =>
                    b.Or(b.Compare(Op.FEq, x, y), b.Compare(Op.FUnordered, x, y)));
            case Opcode.OpFOrdLessThan: return Compare(i, Op.FLt);
            case Opcode.OpFOrdLessThanEqual: return Compare(i, Op.FLe);
            case Opcode.OpFOrdGreaterThan: return Compare(i, Op.FLt, swap: true);
            case Opcode.OpFOrdGreaterThanEqual: return Compare(i, Op.FLe, swap: true);
            case Opcode.OpFUnordLessThan: return Compare(i, Op.FLe, swap: true, negate: true);
            case Opcode.OpFUnordLessThanEqual: return Compare(i, Op.FLt, swap: true, negate: true);
            case Opcode.OpFUnordGreaterThan: return Compare(i, Op.FLe, negate: true);
            case Opcode.OpFUnordGreaterThanEqual: return Compare(i, Op.FLt, negate: true);
            default: return false;
        }
    }

    private bool Compare(in Insn i, Op op, bool swap = false, bool negate = false)
    {
        var a = Leaves(i[swap ? 1 : 0]);
        var b = Leaves(i[swap ? 0 : 1]);
        CheckLength(a, b);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
        {
            results[k] = _b.Compare(op, a[k], b[k]);
            if (negate)
                results[k] = _b.Not(results[k]);
        }

        _values.Set(i.Result, results);
        return true;
    }

    private bool Fold(in Insn i, Op op)
    {
        var a = Leaves(i[0]);
        var result = a[0];
        foreach (var leaf in a[1..])
            result = _b.Binary(op, result, leaf);
        SetScalar(i.Result, result);
        return true;
    }

    /// <summary>The condition is one bool, or one for each component.</summary>
    private bool LowerSelect(in Insn i)
    {
        var c = Leaves(i[0]);
        var x = Leaves(i[1]);
        var y = Leaves(i[2]);
        if (x.Length != y.Length || (c.Length != 1 && c.Length != x.Length))
            Refusal.Throw("operands differ in their number of components");
        var results = new ValueId[x.Length];
        for (int k = 0; k < results.Length; k++)
            results[k] = _b.Select(c[c.Length == 1 ? 0 : k], x[k], y[k]);
        _values.Set(i.Result, results);
        return true;
    }
}
