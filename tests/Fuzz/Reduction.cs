using ShaderJit.Compiler;
using ShaderJit.Compiler.Spirv;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Fuzz;

/// <summary>When a smaller module shows the same fault as the one it came from.</summary>
internal static class Reduction
{
    public static bool FailsAlike(string text, FuzzModule original, Finding finding)
    {
        uint[] words;
        try
        {
            words = Assembler.Assemble(text);
        }
        catch (AssemblyException)
        {
            return false;
        }

        // An invalid module is refused with right, and is not what is looked for.
        var diagnostics = new List<Diagnostic>();
        try
        {
            if (ModuleReader.Read(words, diagnostics) is not { } module || !ModuleValidator.Validate(module, diagnostics))
                return false;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return false;
        }

        int finished = 0;
        return (original with { Words = words }).Check(ref finished) is { } found && found.Kind == finding.Kind && Head(found) == Head(finding);
    }

    /// <summary>What must stay the same of the text: for a refusal or an exception its first words, without places and ids.</summary>
    private static string Head(Finding finding)
    {
        if (finding.Kind == FindingKind.Differs)
            return "";
        string line = finding.Text.Split('\n')[0];
        return string.Concat(line.Where(c => !char.IsAsciiDigit(c)));
    }
}
