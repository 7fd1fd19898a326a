using Iced.Intel;
using ShaderJit.Abi;
using ShaderJit.Verifier;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox.Tests;

/// <summary>What gets into the code heap, and what does not.</summary>
[Collection(Alone.Name)]
public class CodeHeapTests
{
    [Fact]
    public void ARejectedKernelNeverBecomesExecutableAndItsPagesComeBack()
    {
        int free = CodeHeap.Process.FreePages, count = CodeHeap.Process.Count;
        Action<Assembler, Label>[] bad =
        [
            (a, _) => a.syscall(),
            (a, _) => a.ret(),
            (a, _) => a.mov(__dword_ptr[rax], 1),
            (a, _) => a.mov(r15, rax),
            (a, _) => a.mov(__qword_ptr[rsp - 8], rax),
            (a, _) => a.mov(__qword_ptr[r14], rax),
            (a, _) => a.jmp(rax),
            (a, _) => a.mov(rax, __qword_ptr.gs[0]),
        ];
        foreach (Action<Assembler, Label> body in bad)
        {
            PublishResult result = CodeHeap.Process.Publish(HandKernel.Assemble(body), HandKernel.Policy);
            Assert.Null(result.Kernel);
            Assert.False(result.Verdict.Accepted);
            Assert.False(result.IsFull);
            Assert.NotEmpty(result.Verdict.Message);
        }

        Assert.Equal((free, count), (CodeHeap.Process.FreePages, CodeHeap.Process.Count));
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            // From the first page for kernels to the heap's end, nothing is executable but what is published.
            nint start = nint.Parse(line[..line.IndexOf('-', StringComparison.Ordinal)],
                System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
            if (start < CodeSpace.Kernels || start >= CodeSpace.Kernels + CodeSpace.KernelBytes) continue;
            if (!line.Contains("r-xp", StringComparison.Ordinal)) continue;
            Assert.NotNull(CodeHeap.Process.Find(start));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(15, 0)]
    [InlineData(64, -1)]
    [InlineData(64, 49)]
    [InlineData(64, int.MaxValue)]
    public void AnImageWithoutRoomForTheExitIsRejected(int imageBytes, int codeBytes)
    {
        byte[] image = new byte[imageBytes];
        image.AsSpan().Fill(0x90);
        PublishResult result = CodeHeap.Process.Publish(HandKernel.FromImage(image, codeBytes), HandKernel.Policy);
        Assert.Null(result.Kernel);
        Assert.Equal(VerifierRule.Layout, result.Verdict.Rule);
    }

    [Fact]
    public void AKernelLargerThanTheHeapDoesNotFit()
    {
        // One byte more than there is room for; never touched, so it costs nothing.
        byte[] image = GC.AllocateUninitializedArray<byte>(CodeSpace.KernelBytes + 1);
        PublishResult result = CodeHeap.Process.Publish(HandKernel.FromImage(image, 64), HandKernel.Policy);
        Assert.True(result.IsFull);
        Assert.Null(result.Kernel);
    }

    [Fact]
    public void WhatIsPublishedIsACopyThatLaterChangesDoNotReach()
    {
        using var region = new Region(HandKernel.Bits);
        CompiledKernel kernel = HandKernel.Assemble((a, _) => a.mov(eax, (int)TrapCode.Unreachable));
        byte[] image = kernel.Image.ToArray();
        using KernelCode published = HandKernel.Publish(HandKernel.FromImage(image, kernel.CodeBytes));
        image.AsSpan().Fill(0xF4);
        Assert.Equal(TrapCode.Unreachable, Worker.RunOnce(published, region).Code);
    }

    [Fact]
    public void AddressesAreFound()
    {
        using KernelCode first = HandKernel.Publish((a, _) => a.nop());
        using KernelCode large = HandKernel.Publish(HandKernel.FromCode(new byte[20_000].AsSpan().Nops()));
        Assert.Same(first, CodeHeap.Process.Find(first.Entry));
        Assert.Same(large, CodeHeap.Process.Find(large.Entry + 19_999));
        Assert.Same(large, CodeHeap.Process.Find(large.Entry));
        Assert.Null(CodeHeap.Process.Find(CodeSpace.Kernels - 1));
        Assert.Null(CodeHeap.Process.Find(CodeSpace.Kernels + CodeSpace.KernelBytes));
        nint entry = large.Entry;
        large.Dispose();
        Assert.NotSame(large, CodeHeap.Process.Find(entry));
    }

    [Fact]
    public void PageRangesAreTakenLowestFirstAndMergeWhenTheyComeBack()
    {
        var ranges = new PageRanges(10, 10);
        Assert.Equal(10, ranges.Take(3));
        Assert.Equal(13, ranges.Take(3));
        Assert.Equal(16, ranges.Take(4));
        Assert.Equal(-1, ranges.Take(1));
        ranges.Return(13, 3);
        Assert.Equal(-1, ranges.Take(4));
        ranges.Return(16, 4);
        Assert.Equal(13, ranges.Take(7));
        ranges.Return(10, 3);
        Assert.Throws<InvalidOperationException>(() => ranges.Return(12, 2));
        Assert.Throws<InvalidOperationException>(() => ranges.Return(9, 2));
        ranges.Return(13, 7);
        Assert.Equal(10, ranges.FreePages);
        Assert.Equal(10, ranges.Take(10));
    }

    /// <summary>Takes and returns at random, against a plain map of pages.</summary>
    [Fact]
    public void PageRangesAgreeWithAMapOfPages()
    {
        var random = new Random(1);
        bool[] used = new bool[200];
        var ranges = new PageRanges(0, used.Length);
        var taken = new List<(int First, int Count)>();
        for (int step = 0; step < 20_000; step++)
        {
            if (random.Next(2) == 0)
            {
                int count = random.Next(1, 30);
                int first = ranges.Take(count);
                if (first < 0) continue;
                for (int i = first; i < first + count; i++)
                {
                    Assert.False(used[i]);
                    used[i] = true;
                }

                taken.Add((first, count));
            }
            else if (taken.Count > 0)
            {
                int at = random.Next(taken.Count);
                (int first, int count) = taken[at];
                taken.RemoveAt(at);
                ranges.Return(first, count);
                used.AsSpan(first, count).Clear();
            }

            Assert.Equal(used.Count(u => !u), ranges.FreePages);
        }
    }
}
