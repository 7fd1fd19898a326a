namespace ShaderJit.Sandbox;

/// <summary>The operating system refused something that the sandbox cannot work without.</summary>
public sealed class SandboxException : Exception
{
    /// <summary>Says what was refused, and with which errno.</summary>
    public SandboxException(string message) : base(message)
    {
    }

    /// <summary>Says what was refused, and why.</summary>
    public SandboxException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <summary>Without a reason.</summary>
    public SandboxException()
    {
    }
}
