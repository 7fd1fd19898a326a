using System.Text;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Simd;

/// <summary>
/// The command <c>simd</c> of a filetest: vectorizes the function at both widths, requires that the oracle gives the same
/// before and after, and tells how often the ops of <c>ops=a,b</c> stand in the result, then the oracle's result. With
/// <c>refused</c> as an argument: why the stage refuses the function.
/// </summary>
internal static class SimdCase
{
    public static string Run(FiletestCase test)
    {
        var f = IrAssert.Parse(test.Input);
        if (Array.IndexOf(test.Arguments, "refused") >= 0)
            return Refusal(f);
        var text = new StringBuilder();
        string? first = null;
        foreach (int lanes in KernelDirectives.LaneCounts(test))
        {
            string expected = Outcome(test, f, lanes);
            var g = VectorizerTests.Vectorize(f, lanes);
            Assert.Equal(expected, Outcome(test, g, lanes));
            PassPipeline.RunSimd(g, lanes);
            IrAssert.Verify(g, "passes");
            Assert.Equal(expected, Outcome(test, g, lanes));
            Assert.True(first is null || first == expected, $"line {test.Line}: widths differ:\n{first}\n{expected}");
            first = expected;
            if (test.Option("ops", "") is { Length: > 0 } ops)
                text.Append($"{lanes} lanes:{Count(g, ops)}\n");
        }

        return text.Append(first).ToString();
    }

    /// <summary>How the run ended; which node trapped is another one after vectorizing.</summary>
    private static string Outcome(FiletestCase test, Function f, int lanes)
    {
        var result = Interpreter.Run(KernelDirectives.Run(test, f, lanes));
        return result.Code == Abi.TrapCode.Finished ? KernelDirectives.Describe(test, result) : $"trap {result.Code} at {result.TrapAddress}\n";
    }

    internal static string Count(Function g, string ops)
    {
        var text = new StringBuilder();
        foreach (string name in ops.Split(','))
        {
            Assert.True(OpTable.TryParse(name, out var op), name);
            int count = 0;
            foreach (var block in g.Layout)
            {
                for (var id = g[block].First; !id.IsNone; id = g[id].Next)
                    count += g[id].Op == op ? 1 : 0;
            }

            text.Append($" {name}={count}");
        }

        return text.ToString();
    }

    private static string Refusal(Function f)
    {
        var diagnostics = new List<Diagnostic>();
        Assert.Null(ShaderJit.Compiler.Simd.Vectorizer.Run(f, 8, diagnostics));
        return string.Join('\n', diagnostics);
    }
}
