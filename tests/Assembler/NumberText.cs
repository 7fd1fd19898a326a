using System.Globalization;
using System.Numerics;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.SpirvAssembler;

/// <summary>Literal numbers as text: integers in decimal or hex, floats in decimal or as hex floats.</summary>
/// <remarks>
/// A hex float whose exponent is one beyond the format's largest has the exponent field of infinity and NaN:
/// 0x1p+128 is a 32-bit infinity and 0x1.8p+128 a NaN.
/// </remarks>
internal static class NumberText
{
    public static bool TryParseInteger(string text, out ulong bits)
    {
        bool negative = text.StartsWith('-');
        string digits = negative ? text[1..] : text;
        bool isHex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool parsed = isHex
            ? ulong.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bits)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out bits);
        if (negative)
            bits = 0 - bits;
        return parsed;
    }

    /// <summary>The bits of a number of a type; false where the text is none or does not fit.</summary>
    public static bool TryParse(string text, in TypeInfo type, out ulong bits)
    {
        if (type.IsFloat)
            return TryParseFloat(text, type.Width, out bits);
        if (!TryParseInteger(text, out bits))
            return false;
        if (type.Width == 64)
            return true;
        bool negative = text.StartsWith('-');
        ulong mask = (1UL << type.Width) - 1;
        if (negative ? (long)bits < -(1L << (type.Width - 1)) : bits > mask)
            return false;
        bits &= mask;
        // Narrow signed numbers are sign-extended to their word.
        if (type.Signed && type.Width < 32 && (bits >> (type.Width - 1)) != 0)
            bits = (bits | ~mask) & 0xFFFFFFFF;
        return true;
    }

    private static bool TryParseFloat(string text, int width, out ulong bits)
    {
        int p = text.IndexOfAny(['p', 'P']);
        if (p > 0 && text.Contains("0x", StringComparison.OrdinalIgnoreCase))
            return TryParseHexFloat(text, p, width, out bits);
        bool parsed = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        bits = width switch
        {
            16 => BitConverter.HalfToUInt16Bits(Half.Parse(parsed ? text : "0", NumberStyles.Float, CultureInfo.InvariantCulture)),
            32 => BitConverter.SingleToUInt32Bits(float.Parse(parsed ? text : "0", NumberStyles.Float, CultureInfo.InvariantCulture)),
            _ => BitConverter.DoubleToUInt64Bits(value),
        };
        return parsed;
    }

    private static bool TryParseHexFloat(string text, int p, int width, out ulong bits)
    {
        bits = 0;
        bool negative = text[0] == '-';
        string digits = text[((negative ? 1 : 0) + 2)..p];
        if (!int.TryParse(text.AsSpan(p + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int exponent))
            return false;
        int dot = digits.IndexOf('.', StringComparison.Ordinal);
        string hex = dot < 0 ? digits : digits.Remove(dot, 1);
        int fractionBits = dot < 0 ? 0 : (hex.Length - dot) * 4;
        if (hex.Length is 0 or > 16
            || !ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong mantissa))
            return false;
        (int fieldBits, int bias) = width switch { 16 => (10, 15), 32 => (23, 127), _ => (52, 1023) };
        ulong sign = negative ? 1UL << (width - 1) : 0;
        if (mantissa == 0)
        {
            bits = sign;
            return true;
        }
        // Put the leading one at the bit above the fraction.
        int top = 63 - BitOperations.LeadingZeroCount(mantissa);
        int e = exponent + top - fractionBits;
        ulong fraction = top <= fieldBits ? mantissa << (fieldBits - top) : mantissa >> (top - fieldBits);
        int field = e + bias;
        if (field > 2 * bias + 1)
            return false;
        if (field <= 0)
            fraction = field < -fieldBits ? 0 : fraction >> (1 - field);
        bits = sign | (field <= 0 ? 0 : (ulong)field << fieldBits) | (fraction & ((1UL << fieldBits) - 1));
        return true;
    }

    /// <summary>The bits of a number of a type as text that <see cref="TryParse"/> takes back.</summary>
    public static string Print(ulong bits, in TypeInfo type)
    {
        if (type.IsInt)
        {
            int shift = 64 - type.Width;
            return type.Signed
                ? ((long)(bits << shift) >> shift).ToString(CultureInfo.InvariantCulture)
                : ((bits << shift) >> shift).ToString(CultureInfo.InvariantCulture);
        }
        (int fieldBits, int bias) = type.Width switch { 16 => (10, 15), 32 => (23, 127), _ => (52, 1023) };
        int field = (int)(bits >> fieldBits) & (2 * bias + 1);
        if (field == 2 * bias + 1)
        {
            ulong fraction = (bits & ((1UL << fieldBits) - 1)) << (64 - fieldBits);
            string digits = fraction == 0 ? "" : "." + fraction.ToString("x16", CultureInfo.InvariantCulture).TrimEnd('0');
            return $"{(bits >> (type.Width - 1) != 0 ? "-" : "")}0x1{digits}p+{bias + 1}";
        }
        return type.Width switch
        {
            16 => BitConverter.UInt16BitsToHalf((ushort)bits).ToString("R", CultureInfo.InvariantCulture),
            32 => BitConverter.UInt32BitsToSingle((uint)bits).ToString("R", CultureInfo.InvariantCulture),
            _ => BitConverter.UInt64BitsToDouble(bits).ToString("R", CultureInfo.InvariantCulture),
        };
    }
}
