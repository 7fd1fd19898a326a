using ShaderJit.Fuzz.Reconvergence;

namespace ShaderJit.Compiler.Tests.Fuzz;

/// <summary>Random programs of nested constructs: each subgroup operation runs over the lanes that SPV_KHR_maximal_reconvergence says,
/// at both widths, from the module as it was lowered to the machine code.</summary>
public sealed class ReconvergenceTests
{
    private const int Programs = 240;

    [Fact]
    public void Lanes_meet_again_as_the_rules_say()
    {
        int finished = 0;
        var failures = new List<string>();
        for (int seed = 1; seed <= Programs; seed++)
        {
            if (ReconvergenceCheck.Check(seed, ref finished) is { } finding)
                failures.Add($"program {seed}: {finding}");
        }

        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
        Assert.True(finished > 3 * Programs / 2, $"{finished} of {2 * Programs} runs were compared");
    }

    [Fact]
    public void Each_kind_of_statement_is_tried()
    {
        var seen = new HashSet<Type>();
        for (int seed = 1; seed <= Programs; seed++)
        {
            var program = ProgramGenerator.Make(seed);
            foreach (var block in (Block[])[program.Main, .. program.Functions])
                Note(block, seen);
        }

        foreach (var kind in typeof(Statement).Assembly.GetTypes())
            Assert.True(!kind.IsSubclassOf(typeof(Statement)) || seen.Contains(kind), $"no program has a {kind.Name}");
    }

    private static void Note(Block? block, HashSet<Type> seen)
    {
        foreach (var statement in block?.Statements ?? [])
        {
            seen.Add(statement.GetType());
            switch (statement)
            {
                case If @if:
                    Note(@if.Then, seen);
                    Note(@if.Else, seen);
                    break;
                case Loop loop:
                    Note(loop.Body, seen);
                    Note(loop.Leaves, seen);
                    break;
                case Switch @switch:
                    foreach (var @case in @switch.Cases)
                        Note(@case.Body, seen);
                    break;
            }
        }
    }
}
