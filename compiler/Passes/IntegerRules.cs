using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>Rules for integer and bool ops and their comparisons, where not all operands are constant.</summary>
internal static class IntegerRules
{
    public static ValueId Simplify(Rewriter r, ValueId id)
    {
        var f = r.F;
        var op = f[id].Op;
        var a = f.Operand(id, 0);
        if (op is Op.Not or Op.PopCount or Op.BitReverse or Op.Clz or Op.Ctz)
            return op == Op.Not ? Not(r, id, a) : ValueId.None;

        var b = f.Operand(id, 1);
        bool constant = r.IsConst(b, out ulong c);
        if (r.IsConst(a) && !constant && IsCommutative(op))
            return r.Become(id, op, b, a, f[id].Flags);
        if (op is >= Op.IEq and <= Op.SLe)
            return Compare(r, id, op, a, b);
        var same = SameOperands(r, id, op, a, b);
        if (!same.IsNone)
            return same;
        if (r.IsConst(a, out ulong left))
            return ConstantLeft(r, id, op, left, a);
        return constant ? ConstantRight(r, id, op, a, c) : ValueId.None;
    }

    public static bool IsCommutative(Op op) => op is Op.IAdd or Op.IMul or Op.UMulHi or Op.SMulHi or Op.UDot4 or Op.SDot4 or Op.And or Op.Or or Op.Xor
        or Op.UMin or Op.UMax or Op.SMin or Op.SMax or Op.IEq or Op.INe;

    private static ValueId SameOperands(Rewriter r, ValueId id, Op op, ValueId a, ValueId b)
    {
        if (a != b)
            return ValueId.None;
        return op switch
        {
            Op.ISub or Op.Xor => r.BecomeConst(id, 0),
            Op.And or Op.Or or Op.UMin or Op.UMax or Op.SMin or Op.SMax => a,
            _ => ValueId.None,
        };
    }

    private static ValueId ConstantLeft(Rewriter r, ValueId id, Op op, ulong left, ValueId a)
    {
        if (left == 0 && op is Op.UDiv or Op.SDiv or Op.URem or Op.SRem or Op.Shl or Op.LShr or Op.AShr)
            return a;
        return left == Rewriter.Ones(r.F[id].Type) && op == Op.AShr ? a : ValueId.None;
    }

    private static ValueId ConstantRight(Rewriter r, ValueId id, Op op, ValueId a, ulong c)
    {
        var type = r.F[id].Type;
        int bits = type.Bits;
        ulong ones = Rewriter.Ones(type);
        ulong shift = c & (ulong)(bits - 1);
        switch (op)
        {
            case Op.IAdd: return c == 0 ? a : Reassociate(r, id, op, a, c);
            case Op.ISub:
                if (c == 0)
                    return a;
                var flags = c == 1UL << (bits - 1) ? r.F[id].Flags & ~NodeFlags.NoWrap : r.F[id].Flags;
                return r.Become(id, Op.IAdd, a, r.Constant(id, type, IntegerMath.Mask(0 - c, bits)), flags);
            case Op.IMul:
                return c == 0 ? r.BecomeConst(id, 0) : c == 1 ? a : Reassociate(r, id, op, a, c);
            case Op.UMulHi: return c is 0 or 1 ? r.BecomeConst(id, 0) : ValueId.None;
            case Op.UDiv or Op.SDiv: return c == 0 ? r.BecomeConst(id, 0) : c == 1 ? a : ValueId.None;
            case Op.URem or Op.SRem: return c is 0 or 1 ? r.BecomeConst(id, 0) : ValueId.None;
            case Op.And: return c == 0 ? r.BecomeConst(id, 0) : c == ones ? a : Reassociate(r, id, op, a, c);
            case Op.Or: return c == ones ? r.BecomeConst(id, ones) : c == 0 ? a : Reassociate(r, id, op, a, c);
            case Op.Xor: return c == 0 ? a : c == ones ? r.Become(id, Op.Not, a) : Reassociate(r, id, op, a, c);
            case Op.Shl or Op.LShr or Op.AShr: return shift == 0 ? a : Shift(r, id, op, a, shift, bits);
            case Op.UMin: return c == 0 ? r.BecomeConst(id, 0) : c == ones ? a : Reassociate(r, id, op, a, c);
            case Op.UMax: return c == ones ? r.BecomeConst(id, ones) : c == 0 ? a : Reassociate(r, id, op, a, c);
            case Op.SMin:
                return c == 1UL << (bits - 1) ? r.BecomeConst(id, c) : c == ones >> 1 ? a : Reassociate(r, id, op, a, c);
            case Op.SMax:
                return c == ones >> 1 ? r.BecomeConst(id, c) : c == 1UL << (bits - 1) ? a : Reassociate(r, id, op, a, c);
            default: return ValueId.None;
        }
    }

    /// <summary>(x op c1) op c2 = x op (c1 op c2).</summary>
    private static ValueId Reassociate(Rewriter r, ValueId id, Op op, ValueId a, ulong c)
    {
        var f = r.F;
        if (f[a].Op != op || !r.IsConst(f.Operand(a, 1), out ulong inner))
            return ValueId.None;
        var type = f[id].Type;
        ulong value = IntegerMath.Evaluate(op, type.Bits, inner, c);
        var flags = f[id].Flags & f[a].Flags;
        if (op == Op.IAdd)
        {
            // Two sums that do not wrap make one that does not, unless the constants' own sum wraps.
            bool wraps = ((inner ^ value) & (c ^ value)) >> (type.Bits - 1) != 0;
            flags = wraps ? flags & ~NodeFlags.NoWrap : flags;
        }
        else
        {
            flags &= ~NodeFlags.NoWrap;
        }

        return r.Become(id, op, f.Operand(a, 0), r.Constant(id, type, value), flags);
    }

    private static ValueId Shift(Rewriter r, ValueId id, Op op, ValueId a, ulong shift, int bits)
    {
        var f = r.F;
        var type = f[id].Type;
        if (f[a].Op is not (Op.Shl or Op.LShr or Op.AShr) || !r.IsConst(f.Operand(a, 1), out ulong inner))
            return ValueId.None;
        inner &= (ulong)(bits - 1);
        var x = f.Operand(a, 0);
        if (f[a].Op == op)
        {
            ulong sum = inner + shift;
            if (sum >= (ulong)bits)
                return op == Op.AShr ? r.Become(id, op, x, r.Constant(id, type, (ulong)(bits - 1))) : r.BecomeConst(id, 0);
            return r.Become(id, op, x, r.Constant(id, type, sum), f[id].Flags & f[a].Flags);
        }

        if (inner != shift || f[a].Op == Op.AShr || op == Op.AShr)
            return ValueId.None;
        ulong ones = Rewriter.Ones(type);
        ulong mask = op == Op.LShr ? ones >> (int)shift : IntegerMath.Mask(ones << (int)shift, bits);
        return r.Become(id, Op.And, x, r.Constant(id, type, mask));
    }

    private static ValueId Not(Rewriter r, ValueId id, ValueId a)
    {
        var f = r.F;
        if (f[a].Op == Op.Not)
            return f.Operand(a, 0);
        if (f[a].Type.Scalar != Scalar.Bool || f[a].Op is not ((>= Op.IEq and <= Op.SLe) or Op.FEq or Op.FNe))
            return ValueId.None;
        ValueId x = f.Operand(a, 0), y = f.Operand(a, 1);
        return f[a].Op switch
        {
            Op.IEq => r.Become(id, Op.INe, x, y),
            Op.INe => r.Become(id, Op.IEq, x, y),
            Op.ULt => r.Become(id, Op.ULe, y, x),
            Op.ULe => r.Become(id, Op.ULt, y, x),
            Op.SLt => r.Become(id, Op.SLe, y, x),
            Op.SLe => r.Become(id, Op.SLt, y, x),
            Op.FEq => r.Become(id, Op.FNe, x, y),
            _ => r.Become(id, Op.FEq, x, y),
        };
    }

    private static ValueId Compare(Rewriter r, ValueId id, Op op, ValueId a, ValueId b)
    {
        var type = r.F.TypeOf(a);
        if (a == b)
            return r.BecomeConst(id, op is Op.IEq or Op.ULe or Op.SLe ? 1UL : 0);
        bool left = r.IsConst(a, out ulong x), right = r.IsConst(b, out ulong y);
        if (right && type.Scalar == Scalar.Bool)
            return (op == Op.IEq) == (y != 0) ? a : r.Become(id, Op.Not, a);
        ulong ones = Rewriter.Ones(type), least = 1UL << (type.Bits - 1), most = ones >> 1;
        return op switch
        {
            Op.ULt when (right && y == 0) || (left && x == ones) => r.BecomeConst(id, 0),
            Op.ULt when right && y == 1 => r.Become(id, Op.IEq, a, r.Constant(id, type, 0)),
            Op.ULt when left && x == 0 => r.Become(id, Op.INe, b, a),
            Op.ULt when !left && !right => ClampRules.Below(r, id, a, b),
            Op.ULe when (right && y == ones) || (left && x == 0) => r.BecomeConst(id, 1),
            Op.ULe when right && y == 0 => r.Become(id, Op.IEq, a, b),
            Op.ULe when left && x == 1 => r.Become(id, Op.INe, b, r.Constant(id, type, 0)),
            Op.SLt when (right && y == least) || (left && x == most) => r.BecomeConst(id, 0),
            Op.SLe when (right && y == most) || (left && x == least) => r.BecomeConst(id, 1),
            _ => ValueId.None,
        };
    }
}
