#if SHADERJIT_COST
namespace ShaderJit.Compiler;

/// <summary>
/// What the sandbox and robust access ask of generated code, to be left out, so that the benchmark can say what it costs.
/// Only builds with <c>-p:ShaderJitCost=true</c> have this: no library or driver that is shipped.
/// </summary>
public static class SandboxCost
{
    /// <summary>Buffers and storage images are accessed without asking whether the access is within: for kernels that stay
    /// within.</summary>
    public static bool WithoutBounds { get; set; }

    /// <summary>Addresses are not masked to the region, and offsets are extended as a compiler would that need not prove
    /// anything. The verifier rejects such kernels.</summary>
    public static bool WithoutConfinement { get; set; }
}
#endif
