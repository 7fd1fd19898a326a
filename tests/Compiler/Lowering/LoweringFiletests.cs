using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.Compiler.Tests.Spirv;
using ShaderJit.Reference;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Compiler.Tests.Lowering;

/// <summary>
/// Runs tests/Filetests/lowering. A .comp stands for the .spv and .opt.spv that build.sh makes of it: both are lowered,
/// run by the oracle at each width, and must all give what is expected (command <c>run</c>). A .spvasm is assembled;
/// commands: <c>lower</c> (the IR as text), <c>refuse</c> (the diagnostics), <c>run</c>.
/// </summary>
/// <remarks>Options: <c>spec=ID:BITS,...</c> specialization constants; <c>oob=trap</c>.</remarks>
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
            "run" => Run(test, words),
            _ => throw new InvalidOperationException($"unknown command '{test.Command}'"),
        };
    });

    private static string Run(FiletestCase test, uint[] words)
    {
        var module = TestStage.Read(words);
        var f = TestStage.Lower(module, Stage(test, module));
        string? output = null;
        foreach (int lanes in KernelDirectives.LaneCounts(test))
        {
            string text = KernelDirectives.Describe(test, Interpreter.Run(KernelDirectives.Run(test, f, lanes)));
            Assert.True(output is null || output == text, $"line {test.Line}: {lanes} lanes give\n{text}\nnot\n{output}");
            output = text;
        }

        return output!;
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
        return TestStage.Of(module, mode, specializations);
    }
}
