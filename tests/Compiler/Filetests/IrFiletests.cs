using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Filetests;

/// <summary>
/// Runs tests/Filetests/**/*.ir. Commands: <c>print</c> (parse, verify, print), <c>error</c> (the parser's or verifier's
/// complaint), <c>run</c> (the oracle's result; see <see cref="KernelDirectives"/>),
/// <c>pass NAME...</c> (the function after these passes; also <c>invocation</c> or <c>simd</c> for the whole pipeline).
/// <c>simd</c> (op counts and result after the SIMD stage; see <see cref="Simd.SimdCase"/>).
/// The function is verified after each pass, and where buffers are given, the oracle must agree before and after.
/// </summary>
public sealed class IrFiletests
{
    public static IEnumerable<object[]> Files() => FiletestFile.Paths("", ".ir");

    [Theory]
    [MemberData(nameof(Files))]
    public void File(string path) => FiletestFile.Check(path, Run);

    /// <summary>print(parse(x)) == x, for everything that our printer wrote into an expectation.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void PrintedTextParsesToItself(string path) => FiletestFile.Check(path, test =>
    {
        if (test.Expected.StartsWith("function ", StringComparison.Ordinal) && !FiletestFile.Bless)
            Assert.Equal(test.Expected, IrPrinter.Print(IrAssert.Parse(test.Expected), offsets: true).TrimEnd());
        return test.Expected;
    });

    private static string Run(FiletestCase test) => test.Command switch
    {
        "print" => IrPrinter.Print(IrAssert.Parse(test.Input), offsets: true),
        "error" => Complaint(test.Input),
        "pass" => RunPasses(test),
        "run" => RunKernel(test, IrAssert.Parse(test.Input)),
        "simd" => Simd.SimdCase.Run(test),
        "machine" => X64.MachineFiletest.Run(test),
        _ => throw new InvalidOperationException($"unknown command '{test.Command}'"),
    };

    private static string RunPasses(FiletestCase test)
    {
        var f = IrAssert.Parse(test.Input);
        string? before = RunsKernel(test) ? RunKernel(test, f) : null;
        foreach (string pass in test.Arguments)
        {
            if (pass.Contains('='))
                continue;
            if (pass == "invocation")
                PassPipeline.RunInvocation(f);
            else if (pass == "simd")
                PassPipeline.RunSimd(f, 16);
            else
                PassPipeline.Run(f, pass);
            IrAssert.Verify(f, pass);
        }

        if (before is not null)
            Assert.Equal(before, RunKernel(test, f));
        return IrPrinter.Print(f);
    }

    private static bool RunsKernel(FiletestCase test)
    {
        foreach (string directive in test.Directives)
        {
            if (directive.StartsWith("buffer ", StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static string RunKernel(FiletestCase test, Function f)
    {
        string? output = null;
        foreach (int lanes in KernelDirectives.LaneCounts(test))
        {
            string text = KernelDirectives.Describe(test, Interpreter.Run(KernelDirectives.Run(test, f, lanes)));
            Assert.True(output is null || output == text, $"line {test.Line}: {lanes} lanes give\n{text}\nnot\n{output}");
            output = text;
        }

        return output!;
    }

    private static string Complaint(string text)
    {
        var f = IrParser.Parse(text, out string error);
        if (f is null)
            return error;
        var errors = IrVerifier.Verify(f);
        Assert.True(errors.Count > 0, "nothing to complain about");
        return string.Join('\n', errors);
    }
}
