using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>Rules for <see cref="Op.Select"/>.</summary>
internal static class SelectRules
{
    public static ValueId Simplify(Rewriter r, ValueId id)
    {
        var f = r.F;
        ValueId condition = f.Operand(id, 0), a = f.Operand(id, 1), b = f.Operand(id, 2);
        if (a == b)
            return a;
        if (r.IsConst(condition, out ulong bits))
            return bits != 0 ? a : b;
        bool left = r.IsConst(a, out ulong x), right = r.IsConst(b, out ulong y);
        if (left && right && x == y)
            return a;
        if (f[condition].Op == Op.Not)
            return r.Become(id, Op.Select, f.Operand(condition, 0), b, a);
        if (f[id].Type.Scalar != Scalar.Bool)
            return ValueId.None;
        if (left && right)
            return x != 0 ? condition : r.Become(id, Op.Not, condition);
        if (right && y == 0)
            return r.Become(id, Op.And, condition, a);
        return left && x != 0 ? r.Become(id, Op.Or, condition, b) : ValueId.None;
    }
}
