using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Tests.Filetests;

/// <summary>Parsing and verifying IR where a failure fails the test.</summary>
internal static class IrAssert
{
    public static Function Parse(string text)
    {
        var f = IrParser.Parse(text, out string error);
        Assert.True(f is not null, error);
        Verify(f, "parsing");
        return f;
    }

    /// <param name="stage">What made the function, for the message.</param>
    public static void Verify(Function f, string stage)
    {
        var errors = IrVerifier.Verify(f);
        Assert.True(errors.Count == 0, $"after {stage}: {string.Join("; ", errors)}\n{IrPrinter.Print(f)}");
    }
}
