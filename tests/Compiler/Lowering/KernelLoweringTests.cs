using ShaderJit.Compiler.Tests.Spirv;

namespace ShaderJit.Compiler.Tests.Lowering;

/// <summary>Every kernel of tests/Filetests/kernels lowers to IR that the verifier accepts, from glslang's and from
/// glslc's SPIR-V, in both modes.</summary>
public sealed class KernelLoweringTests
{
    public static TheoryData<string> Kernels => new(KernelFiles.Names());

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Lowers(string name)
    {
        var module = TestStage.Read(KernelFiles.Words(name));
        var f = TestStage.Lower(module, TestStage.Of(module));
        Assert.Empty(f.PrivateArrays);
        TestStage.Lower(module, TestStage.Of(module, OutOfBoundsMode.Trap));
        if (Environment.GetEnvironmentVariable("SHADERJIT_DUMP") is { Length: > 0 } folder)
            File.WriteAllText(Path.Combine(folder, name + ".ir"), Ir.IrPrinter.Print(f, offsets: false));
    }
}
