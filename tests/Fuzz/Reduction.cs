using ShaderJit.Compiler;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Fuzz.Peer;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Fuzz;

/// <summary>When a smaller module shows the same fault as the one it came from.</summary>
internal static class Reduction
{
    public static bool FailsAlike(string text, FuzzModule original, Finding finding, PeerCheck? peer = null)
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
        return (original with { Words = words }).Check(ref finished, peer) is { } found && found.Kind == finding.Kind && Head(found) == Head(finding);
    }

    /// <summary>What must stay the same of the text: for a refusal or an exception its first words, without places and ids.</summary>
    private static string Head(Finding finding)
    {
        if (finding.Kind is FindingKind.Differs or FindingKind.PeerDiffers)
            return "";
        string line = finding.Text.Split('\n')[0];
        return string.Concat(line.Where(c => !char.IsAsciiDigit(c)));
    }
}
