using System.Runtime.Intrinsics;

namespace ShaderJit.Vulkan.Formats;

/// <summary>Floats of 11 and 10 bits, and three that share an exponent (Khronos Data Format, chapter 10).</summary>
internal static class SmallFloats
{
    private const int MantissaBits = 9, ExponentBias = 15, LargestExponent = 31;

    /// <summary>Five bits of exponent, no sign: the upper bits of a half.</summary>
    /// <param name="width">11 or 10.</param>
    public static float FromUnsigned(uint bits, int width) => (float)BitConverter.UInt16BitsToHalf((ushort)(bits << (15 - width)));

    /// <summary>Negative numbers become 0, too large ones the largest, to nearest even.</summary>
    public static uint ToUnsigned(float value, int width)
    {
        int dropped = 23 - (width - 5);
        uint infinity = 31u << (width - 5);
        if (float.IsNaN(value))
            return infinity | 1;
        if (value <= 0)
            return 0;
        if (float.IsInfinity(value))
            return infinity;

        // Below 2^-14 the numbers have no leading one: they count in the unit of the smallest.
        if (value < 1f / 16384)
            return (uint)Math.Round(value * Math.ScaleB(1, 14 + width - 5));
        uint bits = BitConverter.SingleToUInt32Bits(value) - ((127u - 15) << 23);
        uint rounded = (bits + (1u << (dropped - 1)) - 1 + ((bits >> dropped) & 1)) >> dropped;
        return Math.Min(rounded, infinity - 1);
    }

    public static Vector128<float> FromSharedExponent(uint bits)
    {
        float scale = MathF.ScaleB(1, (int)(bits >> 27) - ExponentBias - MantissaBits);
        return Vector128.Create((bits & 0x1FF) * scale, ((bits >> 9) & 0x1FF) * scale, ((bits >> 18) & 0x1FF) * scale, 1);
    }

    public static uint ToSharedExponent(Vector128<float> value)
    {
        const double Largest = 511.0 / 512 * 65536;
        double r = Limit(value[0]), g = Limit(value[1]), b = Limit(value[2]);
        double most = Math.Max(r, Math.Max(g, b));
        int exponent = most == 0 ? 0 : Math.Max(-ExponentBias - 1, (int)Math.Floor(Math.Log2(most))) + 1 + ExponentBias;
        if (Math.Floor((most / Unit(exponent)) + 0.5) >= 512)
            exponent++;
        exponent = Math.Min(exponent, LargestExponent);
        return ((uint)exponent << 27) | (Mantissa(b) << 18) | (Mantissa(g) << 9) | Mantissa(r);

        static double Limit(float x) => float.IsNaN(x) ? 0 : Math.Clamp(x, 0, Largest);
        static double Unit(int e) => Math.ScaleB(1, e - ExponentBias - MantissaBits);
        uint Mantissa(double x) => (uint)Math.Min(Math.Floor((x / Unit(exponent)) + 0.5), 511);
    }
}
