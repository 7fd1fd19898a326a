using System.Numerics;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Replaces multiplications, divisions and remainders by constants with cheaper ops. In: constants are right operands.
/// Out: powers of two became shifts and masks; other 32-bit divisions a multiplication by a scaled reciprocal (Granlund
/// and Montgomery, "Division by invariant integers using multiplication"). Invariant: bit for bit the same.
/// </summary>
internal static class StrengthReduction
{
    public static void Run(PassContext context, Function f)
    {
        var rewriter = context.Rewriter;
        rewriter.F = f;
        foreach (var block in f.Layout)
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                if (f[id].Op is not (Op.IMul or Op.UDiv or Op.SDiv or Op.URem or Op.SRem))
                    continue;
                if (rewriter.IsConst(f.Operand(id, 1), out ulong c) && c > 1)
                    Reduce(rewriter, id, f[id].Op, f.Operand(id, 0), c);
            }
        }
    }

    private static void Reduce(Rewriter r, ValueId id, Op op, ValueId x, ulong c)
    {
        var type = r.F[id].Type;
        int bits = type.Bits;
        long signed = IntegerMath.Sign(c, bits);
        int log = BitOperations.TrailingZeroCount(c);
        if (BitOperations.IsPow2(c))
        {
            switch (op)
            {
                case Op.IMul: r.Become(id, Op.Shl, x, Number(r, id, log), r.F[id].Flags & NodeFlags.NoWrap); break;
                case Op.UDiv: r.Become(id, Op.LShr, x, Number(r, id, log)); break;
                case Op.URem: r.Become(id, Op.And, x, r.Constant(id, type, c - 1)); break;
                case Op.SDiv when signed > 0: SignedPowerOfTwo(r, id, x, log); break;
                case Op.SRem when signed > 0: SignedRemainder(r, id, x, log); break;
            }
        }
        else if (bits == 32 && op == Op.UDiv)
        {
            var (value, last, shift) = Divide(r, id, x, (uint)c);
            r.Become(id, last, value, Number(r, id, shift));
        }
        else if (bits == 32 && op == Op.URem)
        {
            var (value, last, shift) = Divide(r, id, x, (uint)c);
            var quotient = r.Insert(id, last, type, value, Number(r, id, shift));
            var product = r.Insert(id, Op.IMul, type, quotient, r.Constant(id, type, c));
            r.Become(id, Op.ISub, x, product);
        }
        else if (bits == 32 && op is Op.SDiv or Op.SRem && bits == 32 && signed > 1)
        {
            var quotient = DivideSigned(r, id, x, (int)signed);
            if (op == Op.SDiv)
                r.Become(id, Op.IAdd, quotient.Rounded, quotient.Sign);
            else
                r.Become(id, Op.ISub, x, r.Insert(id, Op.IMul, type,
                    r.Insert(id, Op.IAdd, type, quotient.Rounded, quotient.Sign), r.Constant(id, type, c)));
        }
    }

    private static ValueId Number(Rewriter r, ValueId id, int value) => r.Constant(id, r.F[id].Type, (ulong)value);

    /// <summary>Rounds toward zero: a negative dividend gets 2^log - 1 first.</summary>
    private static ValueId Biased(Rewriter r, ValueId id, ValueId x, int log)
    {
        var type = r.F[id].Type;
        var sign = r.Insert(id, Op.AShr, type, x, Number(r, id, type.Bits - 1));
        var bias = r.Insert(id, Op.LShr, type, sign, Number(r, id, type.Bits - log));
        return r.Insert(id, Op.IAdd, type, x, bias);
    }

    private static void SignedPowerOfTwo(Rewriter r, ValueId id, ValueId x, int log) =>
        r.Become(id, Op.AShr, Biased(r, id, x, log), Number(r, id, log));

    private static void SignedRemainder(Rewriter r, ValueId id, ValueId x, int log)
    {
        var type = r.F[id].Type;
        ulong mask = IntegerMath.Mask(ulong.MaxValue << log, type.Bits);
        r.Become(id, Op.ISub, x, r.Insert(id, Op.And, type, Biased(r, id, x, log), r.Constant(id, type, mask)));
    }

    /// <summary>x / d = last(value, shift).</summary>
    private static (ValueId Value, Op Last, int Shift) Divide(Rewriter r, ValueId id, ValueId x, uint d)
    {
        var type = r.F[id].Type;
        int zeros = BitOperations.TrailingZeroCount(d);
        if (FindMagic(d, 0, out uint magic, out int shift))
            return (r.Insert(id, Op.UMulHi, type, x, r.Constant(id, type, magic)), Op.LShr, shift);
        if (zeros > 0 && FindMagic(d >> zeros, zeros, out magic, out shift))
        {
            var even = r.Insert(id, Op.LShr, type, x, Number(r, id, zeros));
            return (r.Insert(id, Op.UMulHi, type, even, r.Constant(id, type, magic)), Op.LShr, shift);
        }

        // The magic number has 33 bits: x + ((x - q) / 2) stands for its top one.
        int log = 32 - BitOperations.LeadingZeroCount(d - 1);
        uint low = (uint)(((UInt128.One << (32 + log)) + d - 1) / d);
        var q = r.Insert(id, Op.UMulHi, type, x, r.Constant(id, type, low));
        var half = r.Insert(id, Op.LShr, type, r.Insert(id, Op.ISub, type, x, q), Number(r, id, 1));
        return (r.Insert(id, Op.IAdd, type, half, q), Op.LShr, log - 1);
    }

    /// <summary>x / d = umulhi(x, magic) >> shift for every x below 2^(32 - zeros), with a magic number of 32 bits.</summary>
    private static bool FindMagic(uint d, int zeros, out uint magic, out int shift)
    {
        for (shift = 0; shift < 32; shift++)
        {
            var power = UInt128.One << (32 + shift);
            var candidate = (power + d - 1) / d;
            magic = (uint)candidate;
            if (candidate > uint.MaxValue)
                return false;
            if (candidate * d - power <= UInt128.One << (shift + zeros))
                return true;
        }

        magic = 0;
        return false;
    }

    /// <summary>x / d = Rounded + Sign, for d above 1.</summary>
    private static (ValueId Rounded, ValueId Sign) DivideSigned(Rewriter r, ValueId id, ValueId x, int d)
    {
        var type = r.F[id].Type;
        int log = Math.Max(1, 32 - BitOperations.LeadingZeroCount((uint)d - 1));
        long magic = (long)(((UInt128.One << (31 + log)) / (uint)d) + 1) - (1L << 32);
        var high = r.Insert(id, Op.SMulHi, type, x, r.Constant(id, type, (uint)magic));
        var sum = r.Insert(id, Op.IAdd, type, x, high);
        var rounded = r.Insert(id, Op.AShr, type, sum, Number(r, id, log - 1));
        var sign = r.Insert(id, Op.LShr, type, x, Number(r, id, 31));
        return (rounded, sign);
    }
}
