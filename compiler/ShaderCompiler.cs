using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler;

/// <summary>The compiler's one way in: SPIR-V to a kernel, or the reasons why not.</summary>
public static class ShaderCompiler
{
    /// <summary>Compiles one entry point of a module.</summary>
    public static CompileResult Compile(ReadOnlySpan<uint> words, StageDesc stage, in TargetFeatures target) =>
        new() { Diagnostics = [new Diagnostic(-1, "no stages")] };

    /// <summary>Name of the instruction whose first word is given: "OpStore".</summary>
    public static string InstructionName(uint firstWord) => ((Opcode)(firstWord & 0xFFFF)).ToString();
}
