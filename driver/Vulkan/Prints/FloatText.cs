using System.Globalization;
using System.Text;

namespace ShaderJit.Vulkan.Prints;

/// <summary>Floating-point numbers as C's printf writes them.</summary>
internal static class FloatText
{
    private const int UsualPrecision = 6;

    public static void Append(StringBuilder text, in PrintConversion conversion, double value)
    {
        bool isUpper = char.IsAsciiLetterUpper(conversion.Letter);
        string sign = double.IsNegative(value) && !double.IsNaN(value) ? "-" : conversion.PositiveSign;
        double magnitude = Math.Abs(value);
        if (!double.IsFinite(value))
        {
            string name = double.IsNaN(value) ? "nan" : "inf";
            conversion.AppendNumber(text, sign, isUpper ? name.ToUpperInvariant() : name, mayFill: false);
            return;
        }

        int precision = conversion.Precision < 0 ? UsualPrecision : conversion.Precision;
        string digits = conversion.Letter switch
        {
            'e' or 'E' => Exponential(magnitude, precision),
            'g' or 'G' => General(magnitude, precision, conversion.IsAlternate),
            'a' or 'A' => Hexadecimal(magnitude, conversion.Precision),
            'x' or 'X' or 'o' or 'u' or 'd' or 'i' or 'c' or 'p' or 's' => General(magnitude, UsualPrecision, keepZeros: false),
            _ => magnitude.ToString("F" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        };
        if (digits.StartsWith("0x", StringComparison.Ordinal))
            (sign, digits) = (sign + digits[..2], digits[2..]);
        conversion.AppendNumber(text, isUpper ? sign.ToUpperInvariant() : sign, isUpper ? digits.ToUpperInvariant() : digits, mayFill: true);
    }

    /// <summary>1.234560e+02: the exponent has two digits at least.</summary>
    private static string Exponential(double value, int precision)
    {
        string digits = value.ToString("e" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

        // .NET writes three digits at least.
        int exponent = digits.IndexOf('e', StringComparison.Ordinal) + 2;
        return digits[exponent] == '0' ? digits.Remove(exponent, 1) : digits;
    }

    /// <summary>The shorter of the two forms, without zeros at the end.</summary>
    private static string General(double value, int precision, bool keepZeros)
    {
        precision = Math.Max(precision, 1);
        string exponential = Exponential(value, precision - 1);
        int split = exponential.IndexOf('e', StringComparison.Ordinal);
        int exponent = int.Parse(exponential.AsSpan(split + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent < -4 || exponent >= precision)
            return keepZeros ? exponential : WithoutZeros(exponential[..split]) + exponential[split..];
        string digits = value.ToString("F" + (precision - 1 - exponent).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return keepZeros ? digits : WithoutZeros(digits);
    }

    private static string WithoutZeros(string digits) =>
        digits.Contains('.', StringComparison.Ordinal) ? digits.TrimEnd('0').TrimEnd('.') : digits;

    /// <summary>0x1.8p+1, rounded to even where a precision is given.</summary>
    private static string Hexadecimal(double value, int precision)
    {
        const int fractionDigits = 13;
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        ulong fraction = bits & ((1UL << 52) - 1);
        int exponent = (int)(bits >> 52);
        ulong mantissa = exponent == 0 ? fraction : fraction | (1UL << 52);
        if (value == 0)
            exponent = 0;
        else
            exponent = Math.Max(exponent, 1) - 1023;
        int shown = fractionDigits;
        if (precision is >= 0 and < fractionDigits)
        {
            int dropped = 4 * (fractionDigits - precision);
            ulong half = 1UL << (dropped - 1), rest = mantissa & ((1UL << dropped) - 1);
            mantissa >>= dropped;
            if (rest > half || (rest == half && (mantissa & 1) != 0))
                mantissa++;
            shown = precision;
        }

        string digits = (mantissa & ((1UL << (4 * shown)) - 1)).ToString("x" + Math.Max(shown, 1).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        string after = precision < 0 ? digits.TrimEnd('0') : shown == 0 ? "" : digits.PadRight(precision, '0');
        string point = after.Length > 0 ? "." : "";
        return $"0x{mantissa >> (4 * shown)}{point}{after}p{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent)}";
    }
}
