using System.Numerics;
using ShaderJit.Abi;
using Xunit;

namespace ShaderJit.Verifier.Tests;

/// <summary>
/// The guards against every operand that the verifier admits: each combination of anchor, term, scale and displacement at
/// its corners, as machine code, for each region size. What is accepted must lie between the guards in exact arithmetic,
/// and what design and compiler count on must be accepted.
/// </summary>
public sealed class GuardTests
{
    private const int R15 = 15, Rax = 0, Rcx = 1;

    // mov eax, [r15]                       a U32 in rax
    // mov rdx, [r15]; shr rdx, 64 - k      an offset in rdx
    // lea rcx, [r15 + rdx]                 a Base in rcx
    private static byte[] Prologue(int k) =>
        [0x41, 0x8B, 0x07, 0x49, 0x8B, 0x17, 0x48, 0xC1, 0xEA, (byte)(64 - k), 0x49, 0x8D, 0x0C, 0x17];

    [Fact]
    public void AcceptedOperandsStayBetweenTheGuards()
    {
        int accepted = 0, rejected = 0;
        for (int k = KernelAbi.MinRegionBits; k <= KernelAbi.MaxRegionBits; k++)
        {
            foreach (int anchor in (int[])[R15, Rcx])
            {
                foreach (int term in (int[])[-1, Rax, 2])
                {
                    for (int scaleBits = 0; scaleBits < 4; scaleBits++)
                    {
                        foreach (int displacement in (int[])[int.MinValue, -1, 0, 1, int.MaxValue])
                        {
                            foreach (bool wide in (bool[])[false, true])
                            {
                                bool isAccepted = Verify(k, anchor, term, scaleBits, displacement, wide);
                                BigInteger size = BigInteger.Pow(2, k);
                                BigInteger lowest = displacement, highest = displacement + (wide ? 64 : 4);
                                highest += anchor == R15 ? 0 : size - 1;
                                BigInteger scale = BigInteger.Pow(2, scaleBits);
                                highest += scale * (term == Rax ? uint.MaxValue : term == 2 ? size - 1 : 0);
                                bool confined = lowest >= -RegionLayout.GuardBefore
                                    && highest <= size + RegionLayout.GuardAfter;
                                Assert.True(isAccepted == confined, $"k {k} anchor {anchor} term {term} scale {scale}");
                                if (term != 2)
                                    Assert.True(isAccepted, $"k {k} anchor {anchor} term {term} scale {scale}");
                                accepted += isAccepted ? 1 : 0;
                                rejected += isAccepted ? 0 : 1;
                            }
                        }
                    }
                }
            }
        }

        Assert.True(accepted > 0 && rejected > 0);
    }

    /// <summary>Sign-extended vector indices are admitted at each scale and displacement, so the guard in front must take
    /// them.</summary>
    [Fact]
    public void TheGuardsTakeVectorIndices()
    {
        BigInteger lowest = new BigInteger(int.MinValue) * 8 + int.MinValue;
        BigInteger highest = new BigInteger(int.MaxValue) * 8 + int.MaxValue + 8;
        Assert.True(lowest >= -RegionLayout.GuardBefore);
        Assert.True(highest <= RegionLayout.GuardAfter);
    }

    // vmovups zmm0, [anchor + term * scale + disp32], or mov eax, the same.
    private static bool Verify(int k, int anchor, int term, int scaleBits, int displacement, bool wide)
    {
        var code = new List<byte>(Prologue(k));
        byte sib = (byte)((scaleBits << 6) | ((term < 0 ? 4 : term) << 3) | (anchor & 7));
        byte[] address = [0x84, sib, .. BitConverter.GetBytes(displacement)];
        if (wide)
            code.AddRange([0x62, (byte)(anchor == R15 ? 0xD1 : 0xF1), 0x7C, 0x48, 0x10, .. address]);
        else
            code.AddRange([(byte)(anchor == R15 ? 0x41 : 0x40), 0x8B, .. address]);
        var image = new byte[KernelAbi.ConstantsOffset(code.Count)];
        code.CopyTo(image);
        VerifyResult result = KernelVerifier.Verify(image, code.Count, new VerifierPolicy(k));
        Assert.True(result.Rule is VerifierRule.None or VerifierRule.RegionAddress, result.Message);
        return result.Accepted;
    }
}
