using System.Globalization;

namespace ShaderJit.Conformance.Data;

/// <summary>A number as the script writes it: decimal, hexadecimal, real, nan or inf.</summary>
internal readonly record struct Literal(string Text)
{
    /// <summary>The number as 64 bits, two's complement; 2.0 is an integer too.</summary>
    /// <exception cref="FormatException">It is no integer.</exception>
    public ulong Integer =>
        TryHex(out ulong bits) ? bits
        : long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long signed) ? (ulong)signed
        : ulong.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out bits) ? bits
        : double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && real == Math.Truncate(real) && Math.Abs(real) < 1L << 53
            ? (ulong)(long)real
        : throw new FormatException($"'{Text}' is not an integer");

    /// <summary>The number as a real one.</summary>
    /// <exception cref="FormatException">It is no number.</exception>
    public double Real
    {
        get
        {
            if (TryHex(out ulong bits))
                return bits;
            if (double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
                return value;
            string bare = Text.TrimStart('+', '-').ToLowerInvariant();
            bool negative = Text.StartsWith('-');
            return bare switch
            {
                "nan" => double.NaN,
                "inf" or "infinity" => negative ? double.NegativeInfinity : double.PositiveInfinity,
                _ => throw new FormatException($"'{Text}' is not a number"),
            };
        }
    }

    public override string ToString() => Text;

    private bool TryHex(out ulong bits)
    {
        bits = 0;
        return (Text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            && ulong.TryParse(Text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bits);
    }
}
