namespace ShaderJit.Conformance.Data;

/// <summary>How the bits of a component are read.</summary>
internal enum NumberKind
{
    SInt,
    UInt,
    SFloat,
    UFloat,
    UNorm,
    SNorm,
    Srgb,
    UScaled,
    SScaled,
}

/// <summary>One number in an element.</summary>
/// <param name="BitOffset">From the element's first byte, little-endian.</param>
/// <param name="Bits">1 to 64.</param>
/// <param name="Row">Row in its vector or column; which tolerance applies to it.</param>
/// <param name="Channel">R, G, B, A, D or S of a texel; 0 elsewhere.</param>
internal readonly record struct Component(NumberKind Kind, int BitOffset, int Bits, int Row = 0, char Channel = '\0')
{
    public bool IsFloat => Kind is NumberKind.SFloat or NumberKind.UFloat;

    public bool IsSigned => Kind is NumberKind.SInt or NumberKind.SNorm or NumberKind.SScaled;

    /// <summary>The component's bits, zero-extended.</summary>
    public ulong Read(ReadOnlySpan<byte> element)
    {
        ulong value = 0;
        int at = 0;
        while (at < Bits)
        {
            int bit = BitOffset + at;
            int take = Math.Min(8 - bit % 8, Bits - at);
            ulong part = (ulong)(element[bit / 8] >> bit % 8) & ((1UL << take) - 1);
            value |= part << at;
            at += take;
        }

        return value;
    }

    /// <summary>Puts the low bits of a value into the component's place.</summary>
    public void Write(Span<byte> element, ulong value)
    {
        int at = 0;
        while (at < Bits)
        {
            int bit = BitOffset + at;
            int take = Math.Min(8 - bit % 8, Bits - at);
            int mask = ((1 << take) - 1) << bit % 8;
            element[bit / 8] = (byte)(element[bit / 8] & ~mask | (int)(value >> at) << bit % 8 & mask);
            at += take;
        }
    }

    /// <summary>The bits of a number as the script writes it: integers wrap, normalized ones are given raw.</summary>
    public ulong Encode(Literal literal) => IsFloat ? EncodeReal(literal.Real) : literal.Integer & Mask;

    /// <summary>The bits of a real number.</summary>
    public ulong EncodeReal(double value) => (Kind, Bits) switch
    {
        (_, 64) => BitConverter.DoubleToUInt64Bits(value),
        (_, 32) => BitConverter.SingleToUInt32Bits((float)value),
        (NumberKind.SFloat, 16) => TruncateToHalf(value),
        // Unsigned small floats are halves without sign and low mantissa bits.
        _ => value > 0 ? (ulong)(BitConverter.HalfToUInt16Bits((Half)value) >> (15 - Bits)) : 0,
    };

    /// <summary>The number that the bits stand for; normalized and scaled ones as their integer.</summary>
    public double Decode(ulong bits)
    {
        if (IsFloat)
        {
            return Bits switch
            {
                64 => BitConverter.UInt64BitsToDouble(bits),
                32 => BitConverter.UInt32BitsToSingle((uint)bits),
                16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
                _ => (double)BitConverter.UInt16BitsToHalf((ushort)(bits << (15 - Bits))),
            };
        }

        return IsSigned ? SignExtend(bits) : bits;
    }

    /// <summary>The same, with normalized numbers as 0 to 1 or −1 to 1 and sRGB as linear.</summary>
    public double DecodeNormalized(ulong bits)
    {
        double value = Decode(bits);
        switch (Kind)
        {
            case NumberKind.UNorm:
                return value / Mask;
            case NumberKind.SNorm:
                return Math.Max(-1, value / (Mask >> 1));
            case NumberKind.Srgb:
                value /= Mask;
                if (Channel == 'A')
                    return value;
                return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
            default:
                return value;
        }
    }

    /// <summary>Toward zero, and without denormals: so does the format's reference implementation, and the suites' expectations
    /// were made with it.</summary>
    private static ushort TruncateToHalf(double value)
    {
        var single = (float)value;
        var half = (Half)single;
        ushort bits = BitConverter.HalfToUInt16Bits(half);
        if (Half.IsNaN(half) || float.IsInfinity(single))
            return bits;
        if (Math.Abs((float)half) > Math.Abs(single))
            bits--;
        return (bits & 0x7C00) == 0 ? (ushort)(bits & 0x8000) : bits;
    }

    public long SignExtend(ulong bits) => (long)(bits << (64 - Bits)) >> (64 - Bits);

    public ulong Mask => Bits == 64 ? ulong.MaxValue : (1UL << Bits) - 1;
}
