using ShaderJit.Compiler.Spirv.Validation;

namespace ShaderJit.Compiler.Spirv;

/// <summary>
/// Checks what a module says against the specification and against what this compiler serves. After it, lowering may
/// follow ids, types and blocks without checks of its own.
/// </summary>
/// <remarks>
/// Checked: capabilities, extensions and versions of every instruction and operand; ids (defined, defined before use,
/// of the right sort, dominating their uses); types, their nesting and size; constants; decorations and the explicit
/// layout of buffers; functions (types, no recursion, size once inlined); structured control flow, and that of maximal
/// reconvergence; operand types of every
/// instruction, of which those without a rule are refused; entry points, execution modes, built-ins.
/// Not checked: alignment rules beyond those of scalar block layout, and everything about values that only show at run
/// time.
/// </remarks>
public static class ModuleValidator
{
    /// <summary>True for a module that may be lowered; else false and one more diagnostic.</summary>
    public static bool Validate(Module module, List<Diagnostic> diagnostics)
    {
        var context = new ValidationContext(module, diagnostics);
        // Later topics rely on what earlier ones have established, so the order matters.
        return Capabilities.Check(context)
            && Ids.Check(context)
            && Types.Check(context)
            && Constants.Check(context)
            && Decorations.Check(context)
            && Functions.Check(context)
            && EntryPoints.Check(context)
            && BuiltIns.Check(context)
            && Layouts.Check(context)
            && ControlFlow.Check(context)
            && MaximalReconvergence.Check(context)
            && Instructions.Check(context);
    }
}
