namespace ShaderJit.Conformance.Script;

/// <summary>The script breaks the format's rules.</summary>
internal sealed class ScriptException(int line, string message) : Exception($"line {line}: {message}")
{
    public int Line { get; } = line;
}

/// <summary>The case needs what the device, this machine or the runner does not have: the case neither passes nor fails.</summary>
internal sealed class UnsupportedException(string reason) : Exception(reason);

/// <summary>The case was run and what it expects does not hold, or the driver returned an error.</summary>
internal sealed class CaseFailedException(string reason) : Exception(reason);
