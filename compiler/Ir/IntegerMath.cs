using System.Numerics;

namespace ShaderJit.Compiler.Ir;

/// <summary>Integer and bool ops on bits that are zero-extended to 64; the answers to what SPIR-V leaves open
/// (division by zero, wide shifts) stand at <see cref="Op"/>.</summary>
public static class IntegerMath
{
    public static ulong Mask(ulong value, int bits) => bits == 64 ? value : value & ((1UL << bits) - 1);

    /// <summary>Sign-extended.</summary>
    public static long Sign(ulong value, int bits) => (long)(value << (64 - bits)) >> (64 - bits);

    public static ulong Evaluate(Op op, int bits, ulong a, ulong b)
    {
        int count = (int)(b & (ulong)(bits - 1));
        switch (op)
        {
            case Op.IAdd: return Mask(a + b, bits);
            case Op.ISub: return Mask(a - b, bits);
            case Op.IMul: return Mask(a * b, bits);
            case Op.UMulHi: return bits == 64 ? Math.BigMul(a, b, out _) : a * b >> bits;
            case Op.SMulHi:
                return bits == 64
                    ? (ulong)Math.BigMul((long)a, (long)b, out _)
                    : Mask((ulong)(Sign(a, bits) * Sign(b, bits) >> bits), bits);
            case Op.UDot4: return UnsignedDot(a, b);
            case Op.SDot4: return SignedDot(a, b);
            case Op.UDiv: return b == 0 ? 0 : a / b;
            case Op.URem: return b == 0 ? 0 : a % b;
            case Op.SDiv: return SignedDivide(a, b, bits);
            case Op.SRem: return SignedRemainder(a, b, bits);
            case Op.And: return a & b;
            case Op.Or: return a | b;
            case Op.Xor: return a ^ b;
            case Op.Not: return Mask(~a, bits);
            case Op.Shl: return Mask(a << count, bits);
            case Op.LShr: return a >> count;
            case Op.AShr: return Mask((ulong)(Sign(a, bits) >> count), bits);
            case Op.UMin: return Math.Min(a, b);
            case Op.UMax: return Math.Max(a, b);
            case Op.SMin: return Sign(a, bits) < Sign(b, bits) ? a : b;
            case Op.SMax: return Sign(a, bits) > Sign(b, bits) ? a : b;
            case Op.PopCount: return (ulong)BitOperations.PopCount(a);
            case Op.BitReverse: return Reverse(a) >> (64 - bits);
            case Op.Clz: return (ulong)(BitOperations.LeadingZeroCount(a) - (64 - bits));
            case Op.Ctz: return (ulong)Math.Min(BitOperations.TrailingZeroCount(a), bits);
            case Op.IEq: return a == b ? 1UL : 0;
            case Op.INe: return a != b ? 1UL : 0;
            case Op.ULt: return a < b ? 1UL : 0;
            case Op.ULe: return a <= b ? 1UL : 0;
            case Op.SLt: return Sign(a, bits) < Sign(b, bits) ? 1UL : 0;
            case Op.SLe: return Sign(a, bits) <= Sign(b, bits) ? 1UL : 0;
            default: throw new InvalidOperationException($"{op} is no integer op");
        }
    }

    private static ulong UnsignedDot(ulong a, ulong b)
    {
        ulong sum = 0;
        for (int shift = 0; shift < 32; shift += 8)
            sum += (a >> shift & 0xFF) * (b >> shift & 0xFF);
        return sum;
    }

    private static ulong SignedDot(ulong a, ulong b)
    {
        long sum = 0;
        for (int shift = 0; shift < 32; shift += 8)
            sum += Sign(a >> shift, 8) * Sign(b >> shift, 8);
        return Mask((ulong)sum, 32);
    }

    private static ulong SignedDivide(ulong a, ulong b, int bits)
    {
        long x = Sign(a, bits), y = Sign(b, bits);
        if (y == 0)
            return 0;
        return Mask(y == -1 ? 0UL - a : (ulong)(x / y), bits);
    }

    private static ulong SignedRemainder(ulong a, ulong b, int bits)
    {
        long x = Sign(a, bits), y = Sign(b, bits);
        return y is 0 or -1 ? 0 : Mask((ulong)(x % y), bits);
    }

    private static ulong Reverse(ulong value)
    {
        value = (value >> 1 & 0x5555555555555555) | (value & 0x5555555555555555) << 1;
        value = (value >> 2 & 0x3333333333333333) | (value & 0x3333333333333333) << 2;
        value = (value >> 4 & 0x0f0f0f0f0f0f0f0f) | (value & 0x0f0f0f0f0f0f0f0f) << 4;
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value);
    }
}
