using ShaderJit.Sandbox.Tests.Children;
using ShaderJit.Sandbox.Tests.Mutation;

namespace ShaderJit.Sandbox.Tests;

/// <summary>The tests' child processes: what could take the test run down with it runs here.</summary>
internal static class Program
{
    private static int Main(string[] args) => args switch
    {
        ["mutate", var seed, var count, var journal] => MutationRun.Run(Int(seed), Int(count), journal, -1),
        ["mutate", var seed, var count, var journal, var only] =>
            MutationRun.Run(Int(seed), Int(count), journal, Int(only)),
        ["signals", var scenario] => SignalScenario.Run(scenario),
        _ => throw new ArgumentException(
            "mutate SEED COUNT JOURNAL [ONLY] | signals SCENARIO: started by the tests, see ChildProcess"),
    };

    private static int Int(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
