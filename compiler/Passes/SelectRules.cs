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
        if (left && x != 0)
            return r.Become(id, Op.Or, condition, b);
        if (IsInverse(f, condition, b))
            return r.Become(id, Op.Or, b, a);
        return IsInverse(f, condition, a) ? r.Become(id, Op.And, a, b) : ValueId.None;
    }

    /// <summary>True where one comparison holds exactly where the other does not.</summary>
    private static bool IsInverse(Function f, ValueId a, ValueId b)
    {
        Op first = f[a].Op, second = f[b].Op;
        bool swapped = (first, second) is (Op.ULt, Op.ULe) or (Op.ULe, Op.ULt) or (Op.SLt, Op.SLe) or (Op.SLe, Op.SLt);
        bool straight = (first, second) is (Op.IEq, Op.INe) or (Op.INe, Op.IEq) or (Op.FEq, Op.FNe) or (Op.FNe, Op.FEq);
        if (!swapped && !straight)
            return false;
        return f.Operand(a, 0) == f.Operand(b, swapped ? 1 : 0) && f.Operand(a, 1) == f.Operand(b, swapped ? 0 : 1);
    }
}
