using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>Rules for chains of conversions.</summary>
internal static class ConversionRules
{
    public static ValueId Simplify(Rewriter r, ValueId id)
    {
        var f = r.F;
        var op = f[id].Op;
        var a = f.Operand(id, 0);
        var inner = f[a].Op;
        if (inner is not (Op.Trunc or Op.ZExt or Op.SExt or Op.Bitcast))
            return ValueId.None;
        var x = f.Operand(a, 0);
        int from = f.TypeOf(x).Bits, to = f[id].Type.Bits;
        switch (op)
        {
            case Op.Bitcast when inner == Op.Bitcast:
                return f.TypeOf(x) == f[id].Type ? x : r.Become(id, Op.Bitcast, x);
            case Op.Trunc when inner == Op.Trunc:
                return r.Become(id, Op.Trunc, x);
            case Op.Trunc when inner is Op.ZExt or Op.SExt:
                return from == to ? x : r.Become(id, from > to ? Op.Trunc : inner, x);
            case Op.ZExt when inner == Op.ZExt:
                return r.Become(id, Op.ZExt, x);
            case Op.SExt when inner is Op.SExt or Op.ZExt:
                return r.Become(id, inner, x);
            default:
                return ValueId.None;
        }
    }
}
