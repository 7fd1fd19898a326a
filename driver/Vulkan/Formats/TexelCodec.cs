using System.Runtime.Intrinsics;

namespace ShaderJit.Vulkan.Formats;

/// <summary>
/// Reads and writes one texel of a colour or depth format for blits, clears and resolves. Shaders' own accesses are compiled
/// code, which knows nothing of this.
/// </summary>
internal static class TexelCodec
{
    /// <summary>Largest texel, in bytes.</summary>
    public const int MaxTexelBytes = 16;

    /// <summary>R, G, B and A; what the format lacks is 0, and 1 for A.</summary>
    public static Vector128<float> ReadFloat(FormatInfo format, ReadOnlySpan<byte> texel)
    {
        if (format.Kind == NumericKind.SharedExponent)
            return SmallFloats.FromSharedExponent((uint)Bits(texel, 0, 32));
        return Vector128.Create(Float(format, texel, 0), Float(format, texel, 1), Float(format, texel, 2), Float(format, texel, 3));
    }

    /// <summary>The same for integer formats; unsigned ones as their bits.</summary>
    public static Vector128<int> ReadInteger(FormatInfo format, ReadOnlySpan<byte> texel) =>
        Vector128.Create(Integer(format, texel, 0), Integer(format, texel, 1), Integer(format, texel, 2), Integer(format, texel, 3));

    /// <summary>Converts as stores to images do ("Numeric conversion"): clamped, to nearest.</summary>
    /// <param name="texel">The format's bytes; all of them are written.</param>
    public static void WriteFloat(FormatInfo format, Span<byte> texel, Vector128<float> value)
    {
        texel = texel[..format.BlockBytes];
        texel.Clear();
        if (format.Kind == NumericKind.SharedExponent)
        {
            Put(texel, 0, 32, SmallFloats.ToSharedExponent(value));
            return;
        }

        for (int i = 0; i < 4; i++)
        {
            var where = format.Component(i);
            if (where.Bits > 0)
                Put(texel, where.Shift, where.Bits, Encode(format.Kind, where.Bits, value[i], isAlpha: i == 3));
        }
    }

    /// <summary>The same for integer formats: clamped to the component's width.</summary>
    public static void WriteInteger(FormatInfo format, Span<byte> texel, Vector128<int> value)
    {
        texel = texel[..format.BlockBytes];
        texel.Clear();
        for (int i = 0; i < 4; i++)
        {
            var where = format.Component(i);
            if (where.Bits == 0)
                continue;
            uint bits;
            if (format.Kind == NumericKind.UInt)
            {
                bits = where.Bits >= 32 ? (uint)value[i] : Math.Min((uint)value[i], (1u << where.Bits) - 1);
            }
            else
            {
                int most = where.Bits >= 32 ? int.MaxValue : (1 << (where.Bits - 1)) - 1;
                bits = (uint)Math.Clamp(value[i], -most - 1, most);
            }

            Put(texel, where.Shift, where.Bits, bits);
        }
    }

    private static float Float(FormatInfo format, ReadOnlySpan<byte> texel, int component)
    {
        var where = format.Component(component);
        if (where.Bits == 0)
            return component == 3 ? 1 : 0;
        uint bits = (uint)Bits(texel, where.Shift, where.Bits);
        return format.Kind switch
        {
            NumericKind.UNorm => (float)(bits / (double)((1UL << where.Bits) - 1)),
            NumericKind.SNorm => Math.Max(-1f, (float)(Signed(bits, where.Bits) / (double)((1L << (where.Bits - 1)) - 1))),
            NumericKind.SFloat => where.Bits == 16 ? (float)BitConverter.UInt16BitsToHalf((ushort)bits) : BitConverter.UInt32BitsToSingle(bits),
            NumericKind.UFloat => SmallFloats.FromUnsigned(bits, where.Bits),
            NumericKind.Srgb => component == 3 ? bits / 255f : Srgb.ToLinear(bits / 255f),
            NumericKind.UInt => bits,
            NumericKind.SInt => Signed(bits, where.Bits),
            _ => 0,
        };
    }

    private static int Integer(FormatInfo format, ReadOnlySpan<byte> texel, int component)
    {
        var where = format.Component(component);
        if (where.Bits == 0)
            return component == 3 ? 1 : 0;
        uint bits = (uint)Bits(texel, where.Shift, where.Bits);
        return format.Kind == NumericKind.SInt ? Signed(bits, where.Bits) : (int)bits;
    }

    private static uint Encode(NumericKind kind, int bits, float value, bool isAlpha)
    {
        switch (kind)
        {
            case NumericKind.UNorm:
                return (uint)Math.Round(Unit(value, 0) * ((1UL << bits) - 1));
            case NumericKind.SNorm:
                return (uint)(int)Math.Round(Unit(value, -1) * ((1L << (bits - 1)) - 1));
            case NumericKind.Srgb:
                return (uint)Math.Round(Unit(isAlpha ? value : Srgb.FromLinear((float)Unit(value, 0)), 0) * 255);
            case NumericKind.SFloat:
                return bits == 16 ? BitConverter.HalfToUInt16Bits((Half)value) : BitConverter.SingleToUInt32Bits(value);
            case NumericKind.UFloat:
                return SmallFloats.ToUnsigned(value, bits);
            default:
                return 0;
        }
    }

    private static double Unit(float value, double least) => float.IsNaN(value) ? 0 : Math.Clamp(value, least, 1);

    private static int Signed(uint bits, int width) => (int)(bits << (32 - width)) >> (32 - width);

    /// <summary>Up to 32 bits, which need not begin or end with a byte.</summary>
    private static ulong Bits(ReadOnlySpan<byte> texel, int shift, int width)
    {
        ulong value = 0;
        int first = shift / 8, last = (shift + width - 1) / 8;
        for (int i = last; i >= first; i--)
            value = (value << 8) | texel[i];
        return (value >> (shift % 8)) & ((1UL << width) - 1);
    }

    /// <summary>Into bits that are 0.</summary>
    private static void Put(Span<byte> texel, int shift, int width, uint bits)
    {
        ulong value = (bits & ((1UL << width) - 1)) << (shift % 8);
        for (int i = shift / 8; value != 0; i++, value >>= 8)
            texel[i] |= (byte)value;
    }
}
