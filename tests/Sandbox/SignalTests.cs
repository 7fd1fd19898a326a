using ShaderJit.Sandbox.Tests.Children;

namespace ShaderJit.Sandbox.Tests;

/// <summary>Signals that are none of ours end as they would without us.</summary>
public class SignalTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("kill-default", 128 + Libc.Sigbus)]
    [InlineData("kill-ignored", 0)]
    [InlineData("fault-default", 128 + Libc.Sigill)]
    [InlineData("fault-ignored", 128 + Libc.Sigill)]
    [InlineData("fault-runtime", null)]
    [InlineData("fault-read-only", null)]
    public void AForeignSignalEndsAsWithoutUs(string scenario, int? exitCode)
    {
        ChildResult bare = ChildProcess.Run(Limit, "signals", scenario + "-bare");
        ChildResult ours = ChildProcess.Run(Limit, "signals", scenario);
        Assert.True(bare.ExitCode == ours.ExitCode, $"{bare.ExitCode} without, {ours.ExitCode} with: {ours.Errors}");
        if (exitCode is int expected) Assert.Equal(expected, ours.ExitCode);
        else Assert.NotEqual(0, ours.ExitCode);
    }

    [Theory]
    [InlineData("stolen")]
    [InlineData("preemption-taken")]
    public void TheHandlersComeBackInFront(string scenario)
    {
        ChildResult result = ChildProcess.Run(Limit, "signals", scenario);
        Assert.True(result.ExitCode == 0, $"{result.ExitCode}: {result.Errors}");
    }
}
