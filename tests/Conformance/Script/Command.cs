using ShaderJit.Conformance.Data;

namespace ShaderJit.Conformance.Script;

/// <summary>What the script does, in order.</summary>
internal abstract record Command(int Line);

/// <summary>Dispatches so many workgroups.</summary>
internal sealed record RunCommand(int Line, string Pipeline, uint X, uint Y, uint Z) : Command(Line);

internal sealed record RepeatCommand(int Line, uint Count, IReadOnlyList<Command> Commands) : Command(Line);

internal sealed record CopyCommand(int Line, string From, string To) : Command(Line);

/// <summary>Writes numbers into a buffer: vkscript's subdata and uniform.</summary>
internal sealed record WriteCommand(int Line, string Resource, int Offset, ElementLayout Layout, IReadOnlyList<Literal> Values) : Command(Line);

internal enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Near,
}

/// <summary>How far a number may be off.</summary>
/// <param name="IsPercent">Of the expected number.</param>
internal readonly record struct Tolerance(double Value, bool IsPercent);

/// <summary>Numbers of a buffer from a byte offset on.</summary>
/// <param name="Layout">How to read the buffer; null for the buffer's own.</param>
internal sealed record ExpectValues(int Line, string Resource, int Offset, Comparison Comparison, ElementLayout? Layout,
    IReadOnlyList<Literal> Values, IReadOnlyList<Tolerance> Tolerances) : Command(Line);

/// <summary>The colour of a rectangle of texels.</summary>
/// <param name="Color">0 to 255 each; 3 or 4.</param>
internal sealed record ExpectColor(int Line, string Resource, uint X, uint Y, uint Width, uint Height, double[] Color,
    IReadOnlyList<Tolerance> Tolerances) : Command(Line);

internal enum BufferComparison
{
    Equal,
    RootMeanSquare,
    HistogramEarthMovers,
}

/// <summary>Two buffers.</summary>
internal sealed record ExpectBuffer(int Line, string Resource, string Other, BufferComparison Comparison, double Tolerance) : Command(Line);
