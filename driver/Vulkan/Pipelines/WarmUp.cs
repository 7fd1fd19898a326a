using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Verifier;

namespace ShaderJit.Vulkan.Pipelines;

/// <summary>
/// Builds the tables of the encoder and of the decoder, once in a process, beside the creation of its first device: with
/// them the first pipeline of a process took a third longer. Who needs a table meanwhile waits for it, as it is the
/// runtime that runs each of their constructors once.
/// </summary>
internal static class WarmUp
{
    private static int s_begun;

    /// <summary>Does nothing the second time, or where there is no other processor to do it. Throws nothing.</summary>
    public static void Begin()
    {
        if (Environment.ProcessorCount == 1 || Interlocked.Exchange(ref s_begun, 1) != 0)
            return;
        try
        {
            new Thread(Run) { IsBackground = true, Name = "ShaderJit warm-up" }.Start();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            Log.Warn($"the compiler is not warmed up: {e.Message}");
        }
    }

    private static void Run()
    {
        // In the order of their use. What the verifier says of one nop is of no interest.
        ShaderCompiler.WarmUp();
        Span<byte> image = stackalloc byte[1 + KernelAbi.ExitBytes];
        image.Fill(0x90);
        KernelVerifier.Verify(image, 1, new VerifierPolicy(KernelAbi.MinRegionBits));
    }
}
