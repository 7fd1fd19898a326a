using ShaderJit.Compiler;
using ShaderJit.Compiler.Lowering;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Reference;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Fuzz;

/// <summary>When a smaller module shows the same fault as the one it came from.</summary>
internal static class Reduction
{
    /// <param name="check">What is wrong with a module, or null.</param>
    public static bool FailsAlike(string text, FuzzModule original, Finding finding, Func<FuzzModule, Finding?> check)
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

        var smaller = original with { Words = words };
        return check(smaller) is { } found && found.Kind == finding.Kind && Head(found) == Head(finding)
            && (finding.Kind is not (FindingKind.Differs or FindingKind.PeerDiffers) || IsOrdered(smaller, original));
    }

    /// <summary>
    /// Whether what a module computes does not depend on the order of its invocations: with a barrier taken away, it often
    /// does, and then any difference is right. Where subgroups are not looked at, invocations may run one by one or many
    /// together; where they are, the barriers must at least stay.
    /// </summary>
    private static bool IsOrdered(FuzzModule module, FuzzModule original)
    {
        var read = TestStage.Read(module.Words);
        foreach (var i in read.Instructions)
        {
            if (i.Opcode.ToString().StartsWith("OpGroupNonUniform", StringComparison.Ordinal))
                return Barriers(read) == Barriers(TestStage.Read(original.Words));
        }

        var run = new ModuleRun(module.Words, module.Seed, module.Groups);
        if (ModuleLowering.Lower(read, TestStage.Of(read), []) is not { } f)
            return false; // a variable has lost its binding
        return Outcomes.Difference(Interpreter.Run(run.Of(f, 1)), Interpreter.Run(run.Of(f, 32)), run.FloatBits) is null;
    }

    private static int Barriers(Module module)
    {
        int count = 0;
        foreach (var i in module.Instructions)
            count += i.Opcode == Opcode.OpControlBarrier ? 1 : 0;
        return count;
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
