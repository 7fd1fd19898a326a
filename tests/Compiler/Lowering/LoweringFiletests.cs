using System.Text;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.Compiler.Tests.Simd;
using ShaderJit.Compiler.Tests.Spirv;
using ShaderJit.Compiler.Tests.X64;
using ShaderJit.Reference;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Compiler.Tests.Lowering;

/// <summary>
/// Runs tests/Filetests/lowering. A .comp stands for the .spv and .opt.spv that build.sh makes of it: both are lowered,
/// run by the oracle at each width, and must all give what is expected (command <c>run</c>; <c>machine</c> runs the whole
/// compiler's code as well). A .spvasm is assembled; commands: <c>lower</c> (the IR as text), <c>refuse</c> (the
/// diagnostics), <c>run</c>, <c>machine</c>.
/// </summary>
/// <remarks>Options: <c>spec=ID:BITS,...</c> specialization constants; <c>oob=trap</c>; <c>bounds=scalar</c>; with <c>machine</c>, <c>ops=a,b</c>: how
/// often these ops stand in the Simd-level function.</remarks>
public sealed class LoweringFiletests
{
    public static IEnumerable<object[]> Shaders() => FiletestFile.Paths("lowering", ".comp");

    public static IEnumerable<object[]> Assembly() => FiletestFile.Paths("lowering", ".spvasm");

    [Theory]
    [MemberData(nameof(Shaders))]
    public void Shader(string path) => FiletestFile.Check(path, test =>
    {
        string name = Path.Combine(FiletestFile.Root, Path.ChangeExtension(path, null));
        string plain = Run(test, KernelFiles.ToWords(File.ReadAllBytes(name + ".spv")));
        string optimized = Run(test, KernelFiles.ToWords(File.ReadAllBytes(name + ".opt.spv")));
        Assert.True(plain == optimized, $"{path}: optimized gives\n{optimized}\nnot\n{plain}");
        return plain;
    });

    [Theory]
    [MemberData(nameof(Assembly))]
    public void AssemblyText(string path) => FiletestFile.Check(path, test =>
    {
        uint[] words = Assembler.Assemble(test.Input);
        return test.Command switch
        {
            "lower" => IrPrinter.Print(TestStage.Lower(TestStage.Read(words), Stage(test, TestStage.Read(words))), offsets: false),
            "refuse" => Refuse(test, words),
            "run" or "machine" => Run(test, words),
            _ => throw new InvalidOperationException($"unknown command '{test.Command}'"),
        };
    });

    private static string Run(FiletestCase test, uint[] words)
    {
        var module = TestStage.Read(words);
        var f = TestStage.Lower(module, Stage(test, module));
        string? output = null;
        var counts = new StringBuilder();
        foreach (int lanes in KernelDirectives.LaneCounts(test))
        {
            var run = KernelDirectives.Run(test, f, lanes);
            var result = Interpreter.Run(run);
            string text = KernelDirectives.Describe(test, result);
            Assert.True(output is null || output == text, $"line {test.Line}: {lanes} lanes give\n{text}\nnot\n{output}");
            output = text;
            if (test.Command == "machine")
                Assert.Equal(text, Machine(test, words, Stage(test, module), run, result, counts));
        }

        return counts + output!;
    }

    /// <summary>The same through validation, passes, SIMD stage and back end.</summary>
    private static string Machine(FiletestCase test, uint[] words, StageDesc stage, KernelRun run, RunResult expected,
        StringBuilder counts)
    {
        var compiled = ShaderCompiler.Compile(words, stage, new TargetFeatures(run.LaneCount, run.RegionBits));
        Assert.True(compiled.Kernel is not null, $"line {test.Line}: {string.Join("; ", compiled.Diagnostics)}");
        var f = TestStage.Lower(TestStage.Read(words), stage);
        PassPipeline.RunInvocation(f);
        var simd = VectorizerTests.Vectorize(f, run.LaneCount);
        if (test.Option("ops", "") is { Length: > 0 } ops)
        {
            PassPipeline.RunSimd(simd, run.LaneCount);
            counts.Append($"{run.LaneCount} lanes:{SimdCase.Count(simd, ops)}\n");
        }

        var result = MachineRun.Run(KernelDirectives.Run(test, simd, run.LaneCount), compiled.Kernel);
        return KernelDirectives.Describe(test, result with { TrapNode = expected.TrapNode });
    }

    private static string Refuse(FiletestCase test, uint[] words)
    {
        var module = TestStage.Read(words);
        var diagnostics = new List<Diagnostic>();
        Assert.Null(ModuleLowering.Lower(module, Stage(test, module), diagnostics));
        return string.Join('\n', diagnostics);
    }

    private static StageDesc Stage(FiletestCase test, Module module)
    {
        var specializations = new List<Specialization>();
        foreach (string entry in test.Option("spec", "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = entry.Split(':');
            specializations.Add(new Specialization(uint.Parse(parts[0]), ulong.Parse(parts[1]), 4));
        }

        var mode = test.Option("oob", "") == "trap" ? OutOfBoundsMode.Trap : OutOfBoundsMode.Guarded;
        return TestStage.Of(module, mode, specializations) with { ScalarBounds = test.Option("bounds", "") == "scalar" };
    }
}
