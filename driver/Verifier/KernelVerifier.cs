using System.Buffers;
using ShaderJit.Abi;

namespace ShaderJit.Verifier;

/// <summary>
/// Decides whether a kernel may become executable. It takes bytes and a policy, and nobody's word: a kernel that is
/// accepted cannot, whatever its compiler meant, touch memory other than its region with the guards, its frame, its
/// arguments (loads) and its constants (loads), nor leave but by its exit. docs/sandbox.md states the rules and what is
/// not claimed.
/// </summary>
/// <remarks>
/// How to read it: <see cref="LengthDecoder"/> and Iced find the instructions (<see cref="DecodedCode"/>), each has to be
/// on the reviewed list (<see cref="AllowedInstructions"/>, <see cref="InstructionForm"/>), then <see cref="Dataflow"/>
/// follows what is known of registers (<see cref="Facts"/>, <see cref="Transfer"/>) and proves every address
/// (<see cref="MemoryRule"/>).
/// </remarks>
public static class KernelVerifier
{
    /// <summary>Largest image, in bytes.</summary>
    public const int MaxImageBytes = 64 << 20;

    /// <summary>Verifies a kernel's image: code, exit gap and constants.</summary>
    /// <param name="image">All bytes of the image. The exit gap is not looked at: the code heap owns it. The bytes are
    /// copied first, once, so a writer elsewhere could not show the checks different bytes.</param>
    /// <param name="codeBytes">Bytes of code at the start of the image.</param>
    /// <param name="policy">What to verify against.</param>
    /// <returns>Accepted, or the first broken rule. No exception is thrown for any input.</returns>
    public static VerifyResult Verify(ReadOnlySpan<byte> image, int codeBytes, in VerifierPolicy policy)
    {
        if (policy.RegionBits is < KernelAbi.MinRegionBits or > KernelAbi.MaxRegionBits)
            return new VerifyResult(VerifierRule.Layout, 0, $"region of 2^{policy.RegionBits} bytes");
        if (codeBytes < 0 || image.Length > MaxImageBytes || codeBytes > image.Length - KernelAbi.ExitBytes)
            return new VerifyResult(VerifierRule.Layout, 0, $"{codeBytes} bytes of code in {image.Length} of image");

        byte[] copy = ArrayPool<byte>.Shared.Rent(image.Length);
        try
        {
            image.CopyTo(copy);
            return Verify(copy, image.Length, codeBytes, policy.RegionBits);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private static VerifyResult Verify(byte[] image, int imageLength, int codeBytes, int regionBits)
    {
        using DecodedCode code = DecodedCode.Decode(image, codeBytes);
        if (code.Rule != VerifierRule.None)
            return RejectionText.Of(code.Rule, code.Steps[code.Offender], null);

        using var dataflow = new Dataflow(image, imageLength, KernelAbi.ConstantsOffset(codeBytes), regionBits);
        VerifierRule rule = dataflow.Run(code.Steps);
        if (rule == VerifierRule.None)
            return default;
        if (rule == VerifierRule.TooComplex)
            return new VerifyResult(rule, 0, "the kernel's dataflow needs too many steps or too much memory");
        return RejectionText.Of(rule, code.Steps[dataflow.Offender], dataflow);
    }
}
