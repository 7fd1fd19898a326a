namespace ShaderJit.Compiler.Tests.Filetests;

/// <summary>One case of a filetest: a command, its directives, an input and what it should give.</summary>
/// <remarks>
/// Text form, with <c>;</c> (or <c>//</c> in a file that ends in .comp) as comment mark:
/// <code>
/// ; test: run lanes=8
/// ; buffer 0 0 u32: 1 2 3
/// (the input: any lines)
/// ; expect:
/// ; (lines of output)
/// ; end
/// </code>
/// </remarks>
public sealed class FiletestCase
{
    /// <summary>First word after <c>test:</c>.</summary>
    public required string Command { get; init; }

    /// <summary>Further words of that line; <c>key=value</c> ones are found by <see cref="Option"/>.</summary>
    public required string[] Arguments { get; init; }

    /// <summary>Comment lines between the <c>test:</c> line and the input, without the mark.</summary>
    public required IReadOnlyList<string> Directives { get; init; }
    public required string Input { get; init; }
    public required string Expected { get; init; }

    /// <summary>Line of the <c>test:</c> line, from 1.</summary>
    public required int Line { get; init; }

    public string Option(string key, string otherwise)
    {
        foreach (string argument in Arguments)
        {
            if (argument.StartsWith(key + "=", StringComparison.Ordinal))
                return argument[(key.Length + 1)..];
        }

        return otherwise;
    }

    public int Option(string key, int otherwise) => int.Parse(Option(key, otherwise.ToString()));
}
