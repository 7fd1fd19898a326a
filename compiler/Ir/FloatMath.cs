namespace ShaderJit.Compiler.Ir;

/// <summary>Float ops and conversions on bits: IEEE 754, round to nearest even, denormals kept.</summary>
public static class FloatMath
{
    public static double ToDouble(Scalar scalar, ulong bits) => scalar switch
    {
        Scalar.F16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        Scalar.F32 => BitConverter.UInt32BitsToSingle((uint)bits),
        Scalar.F64 => BitConverter.UInt64BitsToDouble(bits),
        _ => throw new InvalidOperationException($"{scalar} is no float"),
    };

    public static ulong Evaluate32(Op op, ulong aBits, ulong bBits, ulong cBits)
    {
        float a = BitConverter.UInt32BitsToSingle((uint)aBits), b = BitConverter.UInt32BitsToSingle((uint)bBits);
        switch (op)
        {
            case Op.FAdd: return Bits(a + b);
            case Op.FSub: return Bits(a - b);
            case Op.FMul: return Bits(a * b);
            case Op.FDiv: return Bits(a / b);
            case Op.FFma: return Bits(MathF.FusedMultiplyAdd(a, b, BitConverter.UInt32BitsToSingle((uint)cBits)));
            case Op.FNeg: return aBits ^ 0x80000000;
            case Op.FAbs: return aBits & 0x7fffffff;
            case Op.FSqrt: return Bits(MathF.Sqrt(a));
            case Op.FRsqrt: return Bits((float)(1.0 / Math.Sqrt(a)));
            case Op.FMin: return a < b ? aBits : bBits;
            case Op.FMax: return a > b ? aBits : bBits;
            case Op.FFloor: return Bits(MathF.Floor(a));
            case Op.FCeil: return Bits(MathF.Ceiling(a));
            case Op.FTrunc: return Bits(MathF.Truncate(a));
            case Op.FRoundEven: return Bits(MathF.Round(a));
            default: return Compare(op, a, b);
        }
    }

    public static ulong Evaluate64(Op op, ulong aBits, ulong bBits, ulong cBits)
    {
        double a = BitConverter.UInt64BitsToDouble(aBits), b = BitConverter.UInt64BitsToDouble(bBits);
        switch (op)
        {
            case Op.FAdd: return Bits(a + b);
            case Op.FSub: return Bits(a - b);
            case Op.FMul: return Bits(a * b);
            case Op.FDiv: return Bits(a / b);
            case Op.FFma: return Bits(Math.FusedMultiplyAdd(a, b, BitConverter.UInt64BitsToDouble(cBits)));
            case Op.FNeg: return aBits ^ 1UL << 63;
            case Op.FAbs: return aBits & ~(1UL << 63);
            case Op.FSqrt: return Bits(Math.Sqrt(a));
            case Op.FRsqrt: return Bits(1.0 / Math.Sqrt(a));
            case Op.FMin: return a < b ? aBits : bBits;
            case Op.FMax: return a > b ? aBits : bBits;
            case Op.FFloor: return Bits(Math.Floor(a));
            case Op.FCeil: return Bits(Math.Ceiling(a));
            case Op.FTrunc: return Bits(Math.Truncate(a));
            case Op.FRoundEven: return Bits(Math.Round(a));
            default: return Compare(op, a, b);
        }
    }

    /// <summary>A half op is the double op, rounded.</summary>
    public static ulong Evaluate16(Op op, ulong a, ulong b)
    {
        switch (op)
        {
            case Op.FNeg: return a ^ 0x8000;
            case Op.FAbs: return a & 0x7fff;
            case Op.FMin: return ToDouble(Scalar.F16, a) < ToDouble(Scalar.F16, b) ? a : b;
            case Op.FMax: return ToDouble(Scalar.F16, a) > ToDouble(Scalar.F16, b) ? a : b;
            case Op.FEq or Op.FLt or Op.FLe or Op.FNe or Op.FUnordered:
                return Compare(op, ToDouble(Scalar.F16, a), ToDouble(Scalar.F16, b));
            default:
                ulong wide = Evaluate64(op, Bits(ToDouble(Scalar.F16, a)), Bits(ToDouble(Scalar.F16, b)), 0);
                return Resize(Scalar.F64, Scalar.F16, wide);
        }
    }

    /// <summary>Toward zero, saturating; NaN gives 0.</summary>
    public static ulong ToSigned(double value, int bits)
    {
        if (double.IsNaN(value))
            return 0;
        double limit = Math.ScaleB(1.0, bits - 1);
        long whole = value >= limit ? (long)((1UL << (bits - 1)) - 1) : value < -limit ? -1L << (bits - 1) : (long)value;
        return IntegerMath.Mask((ulong)whole, bits);
    }

    /// <summary>Toward zero, saturating; NaN and negative numbers give 0.</summary>
    public static ulong ToUnsigned(double value, int bits)
    {
        if (!(value > 0))
            return 0;
        if (value >= Math.ScaleB(1.0, bits))
            return IntegerMath.Mask(ulong.MaxValue, bits);
        return value >= 9223372036854775808.0 ? (ulong)(long)(value - 9223372036854775808.0) + (1UL << 63) : (ulong)(long)value;
    }

    public static ulong FromSigned(long value, Scalar result) => result switch
    {
        Scalar.F16 => BitConverter.HalfToUInt16Bits((Half)(float)Math.Clamp(value, -1 << 20, 1 << 20)),
        Scalar.F32 => Bits((float)value),
        Scalar.F64 => Bits((double)value),
        _ => throw new InvalidOperationException($"{result} is no float"),
    };

    public static ulong FromUnsigned(ulong value, Scalar result)
    {
        if (value <= long.MaxValue)
            return FromSigned((long)value, result);
        // Half the number, its lowest bit kept sticky so that rounding stays right, then doubled.
        long half = (long)(value >> 1 | value & 1);
        return result switch
        {
            Scalar.F16 => FromSigned(long.MaxValue, result),
            Scalar.F32 => Bits((float)half * 2),
            Scalar.F64 => Bits((double)half * 2),
            _ => throw new InvalidOperationException($"{result} is no float"),
        };
    }

    public static ulong Resize(Scalar from, Scalar to, ulong bits) => to switch
    {
        Scalar.F16 => from == Scalar.F32
            ? BitConverter.HalfToUInt16Bits((Half)BitConverter.UInt32BitsToSingle((uint)bits))
            : BitConverter.HalfToUInt16Bits((Half)BitConverter.UInt64BitsToDouble(bits)),
        Scalar.F32 => from == Scalar.F16
            ? Bits((float)BitConverter.UInt16BitsToHalf((ushort)bits))
            : Bits((float)BitConverter.UInt64BitsToDouble(bits)),
        Scalar.F64 => Bits(ToDouble(from, bits)),
        _ => throw new InvalidOperationException($"{to} is no float"),
    };

    private static ulong Compare(Op op, double a, double b) => op switch
    {
        Op.FEq => a == b ? 1UL : 0,
        Op.FLt => a < b ? 1UL : 0,
        Op.FLe => a <= b ? 1UL : 0,
        Op.FNe => a != b ? 1UL : 0,
        Op.FUnordered => double.IsNaN(a) || double.IsNaN(b) ? 1UL : 0,
        _ => throw new InvalidOperationException($"{op} is no float op"),
    };

    private static ulong Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);
}
