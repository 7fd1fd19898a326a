using System.Text;

namespace ShaderJit.SpirvAssembler;

/// <summary>Text that is not SPIR-V assembly.</summary>
public sealed class AssemblyException(int line, string message) : Exception($"line {line}: {message}")
{
    /// <summary>Counted from 1.</summary>
    public int Line { get; } = line;
}

/// <summary>A word of the text; a string without its quotes.</summary>
internal readonly record struct Token(string Text, bool IsString, int Line)
{
    /// <summary>"OpLoad", not "OptNoneINTEL" and not "OpenCL".</summary>
    public bool IsOpcode => !IsString && Text.Length > 2 && Text.StartsWith("Op", StringComparison.Ordinal)
        && char.IsUpper(Text[2]);

    /// <summary>Splits text into words. A comment goes from a semicolon to the line's end.</summary>
    public static List<Token> Split(string text)
    {
        var tokens = new List<Token>();
        int line = 1;
        for (int at = 0; at < text.Length;)
        {
            char c = text[at];
            if (c == '\n')
            {
                line++;
                at++;
            }
            else if (char.IsWhiteSpace(c))
            {
                at++;
            }
            else if (c == ';')
            {
                while (at < text.Length && text[at] != '\n')
                    at++;
            }
            else if (c == '"')
            {
                tokens.Add(ReadString(text, ref at, ref line));
            }
            else
            {
                int start = at;
                while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] != ';')
                    at++;
                tokens.Add(new(text[start..at], false, line));
            }
        }
        return tokens;
    }

    private static Token ReadString(string text, ref int at, ref int line)
    {
        int start = line;
        var value = new StringBuilder();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            if (text[at] == '\n')
                line++;
            value.Append(text[at]);
        }
        if (at == text.Length)
            throw new AssemblyException(start, "the string does not end");
        at++;
        return new(value.ToString(), true, start);
    }
}
