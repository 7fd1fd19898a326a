using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.X64;

/// <summary>The command <c>machine</c> of IR filetests: a Simd-level function as machine code, at each lane count, which
/// must leave what the oracle leaves.</summary>
internal static class MachineFiletest
{
    public static string Run(FiletestCase test)
    {
        string? output = null;
        foreach (int lanes in KernelDirectives.LaneCounts(test))
        {
            var run = KernelDirectives.Run(test, IrAssert.Parse(test.Input), lanes);
            var expected = Interpreter.Run(run);
            var actual = MachineRun.Run(run) with { TrapNode = expected.TrapNode };
            string text = KernelDirectives.Describe(test, actual);
            Assert.Equal(KernelDirectives.Describe(test, expected), text);
            Assert.True(output is null || output == text, $"line {test.Line}: {lanes} lanes give\n{text}\nnot\n{output}");
            output = text;
        }

        return output!;
    }
}
