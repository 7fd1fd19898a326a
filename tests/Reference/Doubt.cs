using ShaderJit.Compiler.Ir;

namespace ShaderJit.Reference;

/// <summary>
/// Answers in another way where SPIR-V and Vulkan allow another answer: another result where it is undefined, floats that are
/// rounded otherwise, denormals that count as zero. What two runs with different doubts agree on, any driver must give.
/// </summary>
/// <remarks>The answer depends on the seed and the operands alone, so what is computed twice is the same twice.</remarks>
/// <param name="seed">Chooses among the answers.</param>
/// <param name="exact">Additions, subtractions and multiplications of floats may not be contracted, so they are not in
/// doubt.</param>
public sealed class Doubt(int seed, bool exact)
{
    /// <summary>As <see cref="ScalarMath.Evaluate"/>.</summary>
    public ulong Evaluate(Op op, Scalar result, Scalar operand, ulong a, ulong b, ulong c)
    {
        ulong value = ScalarMath.Evaluate(op, result, operand, a, b, c);
        int bits = new IrType(operand).Bits;
        ulong hash = Hash(op, a, b, c);
        switch (op)
        {
            case Op.UDiv or Op.URem:
                return b == 0 ? IntegerMath.Mask(hash, bits) : value;
            case Op.SDiv:
                long x = IntegerMath.Sign(a, bits), y = IntegerMath.Sign(b, bits);
                return y == 0 || (y == -1 && x == -1L << (bits - 1)) ? IntegerMath.Mask(hash, bits) : value;
            case Op.SRem:
                return IntegerMath.Sign(a, bits) < 0 || IntegerMath.Sign(b, bits) <= 0 ? IntegerMath.Mask(hash, bits) : value;
            case Op.Shl or Op.LShr or Op.AShr:
                return b >= (ulong)bits ? IntegerMath.Mask(hash, bits) : value;
            case Op.FToS or Op.FToU:
                return Converts(op, result, FloatMath.ToDouble(operand, a)) ? value : IntegerMath.Mask(hash, new IrType(result).Bits);
            case Op.FMin or Op.FMax when double.IsNaN(FloatMath.ToDouble(operand, a)) || double.IsNaN(FloatMath.ToDouble(operand, b)):
                return Choice(hash) ? a : b;
            case Op.FFma:
                // One rounding or two.
                return Rounded(result, ScalarMath.Evaluate(op, result, operand, Near(result, a, hash, exact ? 4 : 0), b, c), hash);
            case Op.FAdd or Op.FSub or Op.FMul:
                return Rounded(result, exact ? value : Near(result, value, hash, 0), hash);
            case Op.FDiv or Op.FSqrt or Op.FRsqrt:
                return Rounded(result, Near(result, value, hash, exact ? 4 : 0), hash);
            case Op.FNarrow:
                return Rounded(result, Near(result, value, hash, 4), hash);
            case Op.FNeg or Op.FMin or Op.FMax or Op.FFloor or Op.FCeil or Op.FTrunc or Op.FRoundEven:
                return Rounded(result, value, hash);
            default:
                return value;
        }
    }

    /// <summary>A number near by: some units of the last place, fewer with a higher precision.</summary>
    private static ulong Near(Scalar type, ulong value, ulong hash, int precision)
    {
        double x = FloatMath.ToDouble(type, value);
        if (x == 0 || !double.IsFinite(x))
            return value;
        int digits = type switch { Scalar.F16 => 7, Scalar.F64 => 40, _ => 16 } + (type == Scalar.F16 ? precision / 2 : precision);
        int step = (int)(hash >> 8 & 7) - 3;
        return FloatMath.Resize(Scalar.F64, type, BitConverter.DoubleToUInt64Bits(x * (1 + step * Math.ScaleB(1, -digits - 2))));
    }

    /// <summary>Zero has either sign, and denormals may be zero.</summary>
    private ulong Rounded(Scalar type, ulong value, ulong hash)
    {
        double x = FloatMath.ToDouble(type, value);
        double smallest = type switch { Scalar.F16 => Math.ScaleB(1, -14), Scalar.F64 => Math.ScaleB(1, -1022), _ => Math.ScaleB(1, -126) };
        if (Math.Abs(x) >= smallest || double.IsNaN(x) || !Choice(hash >> 16))
            return value;
        ulong sign = 1UL << (new IrType(type).Bits - 1);
        return x == 0 ? value ^ sign : value & sign;
    }

    /// <summary>Always yes, always no, and then by the operands: where one sign of many zeros shows, some run must have it
    /// otherwise.</summary>
    private bool Choice(ulong hash) => seed switch { 1 => true, 2 => false, _ => (hash & 1) == 0 };

    private static bool Converts(Op op, Scalar result, double x)
    {
        int bits = new IrType(result).Bits;
        return op == Op.FToS
            ? x > -Math.ScaleB(1, bits - 1) - 1 && x < Math.ScaleB(1, bits - 1)
            : x > -1 && x < Math.ScaleB(1, bits);
    }

    private ulong Hash(Op op, ulong a, ulong b, ulong c)
    {
        ulong h = (ulong)seed * 0x9E3779B97F4A7C15 + (ulong)op;
        h = Mix(h ^ a);
        h = Mix(h ^ b);
        return Mix(h ^ c);
    }

    private static ulong Mix(ulong h)
    {
        h ^= h >> 32;
        h *= 0xD6E8FEB86659FD93;
        h ^= h >> 29;
        h *= 0xA0761D6478BD642F;
        return h ^ (h >> 32);
    }
}
