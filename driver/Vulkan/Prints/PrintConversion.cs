using System.Text;

namespace ShaderJit.Vulkan.Prints;

/// <summary>A conversion of a format: <c>%</c>, flags, width, precision, what says the argument's type, and a letter.</summary>
/// <param name="Precision">-1 where none is given.</param>
/// <param name="Letter">The conversion's letter; % for a percent sign.</param>
internal readonly record struct PrintConversion(bool IsLeft, bool FillsZeros, bool IsAlternate, string PositiveSign, int Width,
    int Precision, char Letter)
{
    private const string Letters = "diouxXfFeEgGaAcps";

    /// <summary>Reads the conversion that begins at a percent sign; false where it is none.</summary>
    /// <param name="at">The percent sign's place; afterwards, where the text goes on.</param>
    /// <param name="most">Larger widths and precisions count as this.</param>
    public static bool TryRead(ReadOnlySpan<char> pattern, ref int at, int most, out PrintConversion conversion)
    {
        int i = at + 1;
        bool isLeft = false, fillsZeros = false, isAlternate = false;
        string positiveSign = "";
        conversion = default;
        for (; i < pattern.Length && pattern[i] is '-' or '+' or ' ' or '#' or '0'; i++)
        {
            switch (pattern[i])
            {
                case '-': isLeft = true; break;
                case '+': positiveSign = "+"; break;
                case ' ' when positiveSign.Length == 0: positiveSign = " "; break;
                case '#': isAlternate = true; break;
                case '0': fillsZeros = true; break;
            }
        }

        int width = Number(pattern, ref i, most);
        int precision = -1;
        if (i < pattern.Length && pattern[i] == '.')
        {
            i++;
            precision = Number(pattern, ref i, most);
        }

        // The argument says itself how many components and bits it has.
        if (i + 1 < pattern.Length && pattern[i] == 'v' && pattern[i + 1] is >= '2' and <= '4')
            i += 2;
        while (i < pattern.Length && pattern[i] is 'l' or 'h')
            i++;
        if (i == pattern.Length || (pattern[i] != '%' && !Letters.Contains(pattern[i], StringComparison.Ordinal)))
            return false;
        char letter = pattern[i++];
        if (letter == 'u' && i < pattern.Length && pattern[i] == 'l')
        {
            // %ul and %ulx are older forms of %lu and %lx.
            i++;
            if (i < pattern.Length && pattern[i] == 'x')
                letter = pattern[i++];
        }

        at = i;
        conversion = new PrintConversion(isLeft, fillsZeros && !isLeft, isAlternate, positiveSign, width, precision, letter);
        return true;
    }

    /// <summary>Appends sign or prefix and digits, filled up to the width.</summary>
    /// <param name="mayFill">Whether zeros may fill it.</param>
    public void AppendNumber(StringBuilder text, string prefix, ReadOnlySpan<char> digits, bool mayFill)
    {
        int missing = Math.Max(0, Width - prefix.Length - digits.Length);
        bool zeros = FillsZeros && mayFill;
        if (!IsLeft && !zeros)
            text.Append(' ', missing);
        text.Append(prefix);
        if (zeros)
            text.Append('0', missing);
        text.Append(digits);
        if (IsLeft)
            text.Append(' ', missing);
    }

    /// <summary>Appends text, filled up to the width with spaces.</summary>
    public void AppendPadded(StringBuilder text, ReadOnlySpan<char> content) => AppendNumber(text, "", content, mayFill: false);

    private static int Number(ReadOnlySpan<char> pattern, ref int at, int most)
    {
        int value = 0;
        for (; at < pattern.Length && char.IsAsciiDigit(pattern[at]); at++)
            value = Math.Min(most, (value * 10) + (pattern[at] - '0'));
        return value;
    }
}
