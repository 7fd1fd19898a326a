using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Verifier;

namespace ShaderJit.Vulkan.Pipelines;

/// <summary>
/// Builds the tables of the encoder and of the decoder, once in a process, on a thread that has nothing else to do yet:
/// with them the first pipeline of a process took a third longer. Who needs a table meanwhile waits for it, as it is the
/// runtime that runs each of their constructors once.
/// </summary>
internal static class WarmUp
{
    private static int s_begun;

    /// <summary>Whether there is something to gain: another processor, and nothing was warmed up yet.</summary>
    public static bool IsDue => Environment.ProcessorCount > 1 && Volatile.Read(ref s_begun) == 0;

    /// <summary>Does nothing where it is not due. Throws nothing.</summary>
    public static void Run()
    {
        if (!IsDue || Interlocked.Exchange(ref s_begun, 1) != 0)
            return;

        // In the order of their use. What the verifier says of one nop is of no interest.
        ShaderCompiler.WarmUp();
        Span<byte> image = stackalloc byte[1 + KernelAbi.ExitBytes];
        image.Fill(0x90);
        KernelVerifier.Verify(image, 1, new VerifierPolicy(KernelAbi.MinRegionBits));
    }
}
