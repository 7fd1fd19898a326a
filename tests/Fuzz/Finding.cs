namespace ShaderJit.Fuzz;

/// <summary>What is wrong with how a module was handled.</summary>
internal enum FindingKind
{
    /// <summary>The machine code left other bytes than the oracle, or ended in another way.</summary>
    Differs,

    /// <summary>The compiler refused a valid module.</summary>
    Refused,

    /// <summary>The verifier rejected what the compiler made.</summary>
    Rejected,

    /// <summary>A stage left an invalid function.</summary>
    Broken,

    /// <summary>Something threw.</summary>
    Throws,

    /// <summary>The process died.</summary>
    Crash,

    /// <summary>Another driver leaves other bytes than the oracle, where the specification allows one answer.</summary>
    PeerDiffers,
}

/// <summary>A module that was not handled as it must be.</summary>
/// <param name="Lanes">At which width; 0 where it has none.</param>
/// <param name="Text">What happened.</param>
internal sealed record Finding(FindingKind Kind, int Lanes, string Text)
{
    public override string ToString() => $"{Kind}{(Lanes > 0 ? $" at {Lanes} lanes" : "")}: {Text}";
}

/// <summary>A stage says no.</summary>
internal sealed class ModuleException(FindingKind kind, string message) : Exception(message)
{
    public FindingKind Kind { get; } = kind;
}
