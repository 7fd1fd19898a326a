#if SHADERJIT_COST
namespace ShaderJit.Sandbox;

/// <summary>
/// A second road into the code heap, past the verifier, so that the benchmark can say what verification costs, and what
/// code costs that the verifier admits. Only builds with <c>-p:ShaderJitCost=true</c> have it: no library or driver that is
/// shipped, which tests/Repository checks.
/// </summary>
public static class SandboxCost
{
    /// <summary>Kernels are sealed unread.</summary>
    public static bool WithoutVerification { get; set; }
}
#endif
