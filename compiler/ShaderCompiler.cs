using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Simd;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Compiler.Spirv.Validation;
using ShaderJit.Compiler.X64;

namespace ShaderJit.Compiler;

/// <summary>
/// The compiler's one way in. A module goes through the stages in one direction: read, validate, lower, passes, SIMD,
/// passes, machine code. Each stage may refuse it with diagnostics; none is trusted by the sandbox.
/// </summary>
public static class ShaderCompiler
{
    /// <summary>Compiles one entry point of a module. Does not throw on bad modules; safe to call from any thread.</summary>
    /// <param name="words">The module, in either byte order.</param>
    /// <param name="stage">Entry point, specialization and layout.</param>
    /// <param name="target">The machine to make code for.</param>
    public static CompileResult Compile(ReadOnlySpan<uint> words, StageDesc stage, in TargetFeatures target)
    {
        var diagnostics = new List<Diagnostic>();
        if (ModuleReader.Read(words, diagnostics) is not { } module
            || !ModuleValidator.Validate(module, diagnostics)
            || ModuleLowering.Lower(module, stage, diagnostics) is not { } function)
        {
            return new CompileResult { Diagnostics = diagnostics };
        }

        var representations = new List<Representation>();
        var prints = function.Prints;
        PassPipeline.RunInvocation(function);
        if (stage.KeepRepresentations)
            representations.Add(new("Invocation IR", "What one invocation does, optimized", IrPrinter.Print(function)));
        if (Vectorizer.Run(function, target.LaneCount, diagnostics) is not { } vectorized)
            return new CompileResult { Diagnostics = diagnostics };
        function.Discard();
        PassPipeline.RunSimd(vectorized, target.LaneCount);
        if (stage.KeepRepresentations)
            representations.Add(new("SIMD IR", $"What {target.LaneCount} lanes do, optimized", IrPrinter.Print(vectorized)));
        var kernel = X64Backend.Emit(vectorized, target, diagnostics);
        vectorized.Discard();
        return new CompileResult
        {
            Kernel = kernel, Diagnostics = diagnostics, Lines = module.SourceLines(), Prints = prints,
            Representations = representations,
        };
    }

    /// <summary>Builds what the first compile of a process would else build: the encoder's tables. Safe to call from any
    /// thread at any time.</summary>
    public static void WarmUp() => CodeEmitter.WarmUp();

    /// <summary>Name of the instruction whose first word is given: "OpStore".</summary>
    public static string InstructionName(uint firstWord) => ((Opcode)(firstWord & 0xFFFF)).ToString();
}
