using System.Globalization;
using System.Text;

namespace ShaderJit.Vulkan.Prints;

/// <summary>Text of a stranger that can be shown on a terminal or written to a log: nothing in it moves a cursor, starts a line,
/// or turns the direction of what stands beside it.</summary>
internal static class VisibleText
{
    /// <summary>The text with what is not plain written as <c>\n</c>, <c>\x1B</c>, <c>\u202E</c>; a line's end at the very end
    /// goes.</summary>
    /// <param name="most">Characters; what is longer is cut and ends in three dots.</param>
    public static string Of(StringBuilder text, int most)
    {
        int length = text.Length;
        if (length > 0 && text[length - 1] == '\n')
            length--;
        var result = new StringBuilder(length);
        for (int i = 0; i < length; i++)
        {
            if (result.Length > most)
            {
                result.Length = most;
                return result.Append("...").ToString();
            }

            char c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < length && char.IsLowSurrogate(text[i + 1]))
                result.Append(c).Append(text[++i]);
            else if (c is '\n' or '\r' or '\t')
                result.Append('\\').Append(c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
            else if (char.IsSurrogate(c))
                result.Append('\uFFFD');
            else if (IsPlain(c))
                result.Append(c);
            else if (c <= 0xFF)
                result.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:X2}");
            else
                result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
        }

        return result.ToString();
    }

    private static bool IsPlain(char c) => CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
