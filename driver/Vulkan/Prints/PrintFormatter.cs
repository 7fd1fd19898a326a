using System.Text;
using ShaderJit.Compiler;

namespace ShaderJit.Vulkan.Prints;

/// <summary>
/// Makes the text of a DebugPrintf: C's conversions <c>d i u o x X f F e E g G a A c p s</c> with flags, width, precision and
/// <c>l</c>, vectors as <c>%v3f</c> or <c>%.2v3f</c>.
/// </summary>
/// <remarks>
/// Formats and arguments come from shaders and are not trusted. Nothing of them is an error: an argument is read as what it is, a
/// letter that does not fit it takes the usual one for it, a missing one shows as <c>(missing)</c>, and what is no conversion
/// is text. Widths, precisions and the length are bounded, and control characters are made visible.
/// </remarks>
internal static class PrintFormatter
{
    /// <summary>Characters of a message.</summary>
    public const int MaxLength = 4096;

    private const int MaxWidth = 256;

    /// <param name="words">The arguments of a record, <see cref="PrintFormat.Words"/> long.</param>
    public static string Format(PrintFormat format, ReadOnlySpan<uint> words)
    {
        var text = new StringBuilder();
        var pattern = Bounded(format.Text);
        int argument = 0;
        for (int at = 0; at < pattern.Length && text.Length < MaxLength;)
        {
            int end = at;
            if (pattern[at] != '%' || !PrintConversion.TryRead(pattern, ref end, MaxWidth, out var conversion))
            {
                text.Append(pattern[at++]);
                continue;
            }

            at = end;
            if (conversion.Letter == '%')
                text.Append('%');
            else if (argument == format.Arguments.Count)
                text.Append("(missing)");
            else
                Append(text, conversion, format.Arguments[argument++], ref words);
        }

        return VisibleText.Of(text, MaxLength);
    }

    private static void Append(StringBuilder text, in PrintConversion conversion, in PrintArgument argument, ref ReadOnlySpan<uint> words)
    {
        if (argument.Kind == PrintKind.Text)
        {
            var whole = Bounded(argument.Text);
            bool isCut = conversion.Precision >= 0 && conversion.Precision < whole.Length;
            conversion.AppendPadded(text, isCut ? whole[..conversion.Precision] : whole);
            return;
        }

        for (int k = 0; k < argument.Count; k++)
        {
            ulong bits = words[0];
            if (argument.IsWide)
                bits |= (ulong)words[1] << 32;
            words = words[(argument.IsWide ? 2 : 1)..];
            if (k > 0)
                text.Append(", ");
            if (argument.Kind == PrintKind.Float)
                FloatText.Append(text, conversion, argument.IsWide ? BitConverter.UInt64BitsToDouble(bits) : BitConverter.UInt32BitsToSingle((uint)bits));
            else
                AppendInteger(text, conversion, bits, argument.IsWide);
        }
    }

    private static void AppendInteger(StringBuilder text, in PrintConversion conversion, ulong bits, bool isWide)
    {
        bool isNegative = false;
        string digits;
        string prefix = "";
        switch (conversion.Letter)
        {
            case 'c':
                conversion.AppendPadded(text, Rune.IsValid((uint)bits) ? new Rune((uint)bits).ToString() : "\uFFFD");
                return;
            case 'x' or 'X':
                digits = bits.ToString(conversion.Letter == 'x' ? "x" : "X", null);
                if (conversion.IsAlternate && bits != 0)
                    prefix = conversion.Letter == 'x' ? "0x" : "0X";
                break;
            case 'o':
                digits = Octal(bits);
                if (conversion.IsAlternate && bits != 0)
                    prefix = "0";
                break;
            case 'p':
                digits = bits.ToString("x", null);
                prefix = "0x";
                break;
            case 'u':
                digits = bits.ToString(provider: null);
                break;
            default:
                long value = isWide ? (long)bits : (int)bits;
                isNegative = value < 0;
                digits = (isNegative ? 0 - (ulong)value : (ulong)value).ToString(provider: null);
                prefix = isNegative ? "-" : conversion.PositiveSign;
                break;
        }

        if (conversion.Precision >= 0)
            digits = digits.PadLeft(Math.Min(conversion.Precision, MaxWidth), '0');
        conversion.AppendNumber(text, prefix, digits, mayFill: conversion.Precision < 0);
    }

    private static ReadOnlySpan<char> Bounded(string text) => text.AsSpan(0, Math.Min(text.Length, MaxLength));

    private static string Octal(ulong value)
    {
        Span<char> digits = stackalloc char[22];
        int at = digits.Length;
        do
        {
            digits[--at] = (char)('0' + (value & 7));
            value >>= 3;
        }
        while (value != 0);
        return digits[at..].ToString();
    }
}
