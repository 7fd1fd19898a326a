namespace ShaderJit.Compiler;

/// <summary>What an argument of a DebugPrintf is.</summary>
public enum PrintKind : byte { Integer, Float, Text }

/// <summary>An argument of a DebugPrintf.</summary>
/// <param name="IsWide">Its components have 64 bits, two words, the lower one first; else one word. Narrower ones were
/// extended.</param>
/// <param name="Count">Components; 0 for text.</param>
/// <param name="Text">The text itself, which the module holds; else empty.</param>
public readonly record struct PrintArgument(PrintKind Kind, bool IsWide, int Count, string Text)
{
    /// <summary>Words that it takes in a record.</summary>
    public int Words => IsWide ? 2 * Count : Count;
}

/// <summary>A DebugPrintf of a module: its format and what its arguments are. A record of ShaderJit.Abi.PrintBuffer names it by
/// its index.</summary>
public sealed record PrintFormat(string Text, IReadOnlyList<PrintArgument> Arguments)
{
    /// <summary>Words of arguments in a record.</summary>
    public int Words
    {
        get
        {
            int words = 0;
            foreach (var argument in Arguments)
                words += argument.Words;
            return words;
        }
    }
}
