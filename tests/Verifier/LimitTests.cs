using ShaderJit.Abi;
using Xunit;

namespace ShaderJit.Verifier.Tests;

/// <summary>Images and policies that are out of range, and kernels that are too much work.</summary>
public sealed class LimitTests
{
    private static readonly VerifierPolicy Policy = new(36);

    [Theory]
    [InlineData(31)]
    [InlineData(41)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void RegionsOutOfRangeAreRefused(int bits) =>
        Assert.Equal(VerifierRule.Layout, KernelVerifier.Verify(new byte[64], 0, new VerifierPolicy(bits)).Rule);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(15, 0)]
    [InlineData(64, 49)]
    [InlineData(64, 65)]
    [InlineData(64, -1)]
    [InlineData(64, int.MinValue)]
    [InlineData(64, int.MaxValue)]
    public void ImagesWithoutRoomForTheExitAreRefused(int imageBytes, int codeBytes) =>
        Assert.Equal(VerifierRule.Layout, KernelVerifier.Verify(new byte[imageBytes], codeBytes, Policy).Rule);

    [Fact]
    public void TheExitGapIsNotCode()
    {
        // A nop, then a gap full of ud2, and no constants: an image that ends behind the gap.
        byte[] image = [0x90, .. Enumerable.Repeat((byte)0x0B, KernelAbi.ExitBytes)];
        Assert.True(KernelVerifier.Verify(image, 1, Policy).Accepted);
    }

    /// <summary>A chain of registers that loses one fact for each turn of a loop would need a turn per link.</summary>
    [Fact]
    public void SlowDataflowIsRefused()
    {
        var code = new List<byte>();

        // mov rax, [rsp+64]; mov [rsp+56], rax; and so on for many slots: facts creep one slot for each turn. All start
        // as known, the last does not.
        const int slots = 600;
        for (int i = 0; i < slots; i++)
            code.AddRange([0x48, 0xC7, 0x84, 0x24, .. BitConverter.GetBytes(i * 8), 0, 0, 0, 0]);
        int loop = code.Count;
        for (int i = 0; i < slots; i++)
        {
            code.AddRange([0x48, 0x8B, 0x84, 0x24, .. BitConverter.GetBytes((i + 1) * 8)]);
            code.AddRange([0x48, 0x89, 0x84, 0x24, .. BitConverter.GetBytes(i * 8)]);
        }

        code.AddRange([0x0F, 0x84, .. BitConverter.GetBytes(loop - code.Count - 6)]);
        var image = new byte[KernelAbi.ConstantsOffset(code.Count)];
        code.CopyTo(image);
        Assert.Equal(VerifierRule.TooComplex, KernelVerifier.Verify(image, code.Count, Policy).Rule);
    }

    /// <summary>Many blocks times many slots.</summary>
    [Fact]
    public void LargeDataflowIsRefused()
    {
        var code = new List<byte>();
        for (int i = 0; i < KernelAbi.MaxFrameBytes / 8; i++)
            code.AddRange([0x48, 0x8B, 0x84, 0x24, .. BitConverter.GetBytes(i * 8)]);
        for (int i = 0; i < 40000; i++)
            code.AddRange([0x74, 0x00]);
        var image = new byte[KernelAbi.ConstantsOffset(code.Count)];
        code.CopyTo(image);
        Assert.Equal(VerifierRule.TooComplex, KernelVerifier.Verify(image, code.Count, Policy).Rule);
    }

    [Fact]
    public void RandomBytesGiveAVerdict()
    {
        var random = new Random(3);
        for (int i = 0; i < 50_000; i++)
        {
            var image = new byte[random.Next(16, 200)];
            random.NextBytes(image);
            KernelVerifier.Verify(image, random.Next(0, image.Length - 15), new VerifierPolicy(random.Next(32, 41)));
        }
    }

    [Fact]
    public void MessagesNameTheInstruction()
    {
        byte[] image = [0x90, 0x41, 0x8B, 0x08, .. new byte[60]];
        VerifyResult result = KernelVerifier.Verify(image, 4, Policy);
        Assert.Equal(VerifierRule.None, KernelVerifier.Verify(image, 1, Policy).Rule);
        Assert.Equal((VerifierRule.RegionAddress, 1), (result.Rule, result.Offset));
        Assert.Contains("mov ecx,[r8]", result.Message, StringComparison.Ordinal);
        Assert.Contains("r8 below 2^32", result.Message, StringComparison.Ordinal);
    }
}
