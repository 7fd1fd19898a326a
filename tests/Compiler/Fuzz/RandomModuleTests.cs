using System.Globalization;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Tests.Agreement;
using ShaderJit.Compiler.Tests.Lowering;
using ShaderJit.Compiler.Tests.Simd;
using ShaderJit.Compiler.Tests.Spirv;
using ShaderJit.Compiler.Tests.X64;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Fuzz;

/// <summary>
/// Random modules through the whole compiler at both widths: the machine code leaves what the oracle leaves.
/// </summary>
/// <remarks>SHADERJIT_FUZZ: modules of each kind. SHADERJIT_FUZZ_SEED: the first one's seed. A module that fails is
/// written to a file, whose name stands in the message.</remarks>
public sealed class RandomModuleTests
{
    private static readonly int Count = Setting("SHADERJIT_FUZZ", 75), FirstSeed = Setting("SHADERJIT_FUZZ_SEED", 1);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Modules_agree_with_the_oracle(bool barriers, bool subgroups)
    {
        int finished = 0;
        var failures = new List<string>();
        for (int seed = FirstSeed; seed < FirstSeed + Count && failures.Count < 5; seed++)
        {
            var random = RandomModule.Make(seed, barriers, subgroups);
            foreach (int lanes in (int[])[8, 16])
            {
                string? problem;
                try
                {
                    problem = Check(random, lanes, ref finished);
                }
                catch (Exception e)
                {
                    problem = e.ToString();
                }

                bool dump = Environment.GetEnvironmentVariable("SHADERJIT_DUMP") is { Length: > 0 };
                if (problem is null && !dump)
                    continue;
                string folder = dump ? Environment.GetEnvironmentVariable("SHADERJIT_DUMP")! : Path.GetTempPath();
                string file = Path.Combine(folder, $"module-{seed}-{barriers}-{subgroups}.spvasm");
                File.WriteAllText(file, random.Text);
                if (problem is null)
                    continue;
                failures.Add($"seed {seed}, {lanes} lanes ({file}): {problem}");
                break;
            }
        }

        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
        // Runs that trap or take too long compare little.
        Assert.True(finished > Count, $"{finished} of {2 * Count} runs finished");
    }

    /// <summary>The generator keeps to SPIR-V's rules, as spirv-val reads them.</summary>
    [Fact]
    public void Modules_are_valid()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            var random = RandomModule.Make(seed, seed % 2 == 0, seed % 3 == 0);
            // Where the tool is not installed, there is nothing to ask.
            Assert.Equal("", SpirvTools.Validate(random.Words, "vulkan1.1") ?? "");
        }
    }

    /// <summary>What is wrong with a module's code at a width, and after which stage; null if nothing.</summary>
    private static string? Check(RandomModule random, int lanes, ref int finished)
    {
        var module = TestStage.Read(random.Words);
        var stage = TestStage.Of(module);
        var f = TestStage.Lower(module, stage);
        RunResult? lowered = random.Precise ? Interpreter.Run(random.Run(f, lanes)) : null;
        PassPipeline.RunInvocation(f);
        var g = VectorizerTests.Vectorize(f, lanes);
        PassPipeline.RunSimd(g);
        var compiled = ShaderCompiler.Compile(random.Words, stage, new TargetFeatures(lanes, KernelAbi.MinRegionBits));
        if (compiled.Kernel is null)
            return $"refused: {string.Join("; ", compiled.Diagnostics)}";

        // Contraction changes bits, so what may be contracted is compared after it.
        var expected = lowered ?? Interpreter.Run(random.Run(f, lanes));
        if (expected.Code == TrapCode.Preempted)
            return null;
        finished += expected.Code == TrapCode.Finished ? 1 : 0;
        var machine = MachineRun.Run(random.Run(g, lanes), compiled.Kernel);
        if (Outcomes.Difference(expected, machine, RandomModule.IsFloat) is not { } difference)
            return null;
        return (Stage("passes", expected, random.Run(f, lanes)) ?? Stage("SIMD stage", expected, random.Run(g, lanes))
            ?? "after the back end: ") + difference;
    }

    private static string? Stage(string name, RunResult expected, KernelRun run)
    {
        return Outcomes.Difference(expected, Interpreter.Run(run), RandomModule.IsFloat) is { } difference
            ? $"after the {name} ({difference}): " : null;
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
