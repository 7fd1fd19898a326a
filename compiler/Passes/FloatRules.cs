using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>Rules for float ops that hold for every operand, signed zeros and infinities included; only the payload of
/// a NaN may differ.</summary>
internal static class FloatRules
{
    public static ValueId Simplify(Rewriter r, ValueId id)
    {
        var f = r.F;
        var op = f[id].Op;
        var a = f.Operand(id, 0);
        if (op is Op.FNeg or Op.FAbs)
            return Sign(r, id, op, a);
        if (op is not (Op.FAdd or Op.FSub or Op.FMul or Op.FDiv))
            return ValueId.None;

        var b = f.Operand(id, 1);
        var type = f[id].Type;
        if (op is Op.FAdd or Op.FMul && r.IsConst(a) && !r.IsConst(b))
            return r.Become(id, op, b, a, f[id].Flags);
        if (r.IsConst(a, out ulong left) && op == Op.FSub && left == NegativeZero(type))
            return r.Become(id, Op.FNeg, b);
        if (!r.IsConst(b, out ulong c))
            return ValueId.None;
        double value = FloatMath.ToDouble(type.Scalar, c);
        switch (op)
        {
            case Op.FAdd: return c == NegativeZero(type) ? a : ValueId.None;
            case Op.FSub: return c == 0 ? a : ValueId.None;
            case Op.FMul:
                return value == 1.0 ? a : value == -1.0 ? r.Become(id, Op.FNeg, a) : ScaleOnce(r, id, a, value);
            default:
                if (value == 1.0)
                    return a;
                if (!HasExactReciprocal(type.Scalar, value))
                    return ValueId.None;
                ulong one = FloatMath.FromSigned(1, type.Scalar);
                ulong reciprocal = ScalarMath.Evaluate(Op.FDiv, type.Scalar, type.Scalar, one, c);
                return r.Become(id, Op.FMul, a, r.Constant(id, type, reciprocal), f[id].Flags);
        }
    }

    private static ValueId Sign(Rewriter r, ValueId id, Op op, ValueId a)
    {
        var f = r.F;
        if (f[a].Op is not (Op.FNeg or Op.FAbs))
            return ValueId.None;
        if (op == Op.FAbs)
            return f[a].Op == Op.FAbs ? a : r.Become(id, Op.FAbs, f.Operand(a, 0));
        return f[a].Op == Op.FNeg ? f.Operand(a, 0) : ValueId.None;
    }

    /// <summary>(i c1) c2 = i (c1 c2) for an integer i, where c2 is a power of two and nothing comes near the smallest or the
    /// largest numbers: normalized texels with weights.</summary>
    private static ValueId ScaleOnce(Rewriter r, ValueId id, ValueId a, double power)
    {
        var f = r.F;
        var type = f[id].Type;
        if (type.Scalar != Scalar.F32 || f[a].Op != Op.FMul || f[f.Operand(a, 0)].Op is not (Op.SToF or Op.UToF)
            || !r.IsConst(f.Operand(a, 1), out ulong c) || !HasExactReciprocal(type.Scalar, power))
        {
            return ValueId.None;
        }

        double scale = FloatMath.ToDouble(type.Scalar, c), both = scale * power;
        if (Math.Abs(scale) is not (> 1e-27 and < 1e17) || Math.Abs(both) is not (> 1e-27 and < 1e17))
            return ValueId.None;
        var bits = ScalarMath.Evaluate(Op.FMul, type.Scalar, type.Scalar, c, (ulong)f[f.Operand(id, 1)].Imm);
        return r.Become(id, Op.FMul, f.Operand(a, 0), r.Constant(id, type, bits), f[id].Flags & f[a].Flags);
    }

    /// <summary>A power of two whose reciprocal is a normal number.</summary>
    private static bool HasExactReciprocal(Scalar scalar, double value)
    {
        if (scalar == Scalar.F16 || value == 0 || !double.IsFinite(value))
            return false;
        int exponent = Math.ILogB(value);
        int limit = scalar == Scalar.F32 ? 125 : 1021;
        return Math.Abs(exponent) <= limit && Math.ScaleB(1.0, exponent) == Math.Abs(value);
    }

    private static ulong NegativeZero(IrType type) => 1UL << (type.Bits - 1);
}
