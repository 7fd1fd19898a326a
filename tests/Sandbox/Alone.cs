namespace ShaderJit.Sandbox.Tests;

/// <summary>Tests that measure time or load the machine: one after the other, after all others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class Alone
{
    public const string Name = "alone";
}
