using System.Runtime.InteropServices;
using ShaderJit.Abi;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox.Tests;

/// <summary>Memory of the application in a region: what is shared, what is refused, and what is there afterwards.</summary>
public sealed unsafe partial class HostMemoryTests : IDisposable
{
    private const ulong At = KernelAbi.NullGuardBytes + 0x10000;

    private const ulong Page = Region.PageBytes;

    private const int Read = 1, Write = 2, Execute = 4;

    private const int Shared = 1, Private = 2, Fixed = 0x10, Anonymous = 0x20;

    private readonly List<(nint Address, ulong Bytes)> _mapped = [];

    public void Dispose()
    {
        foreach (var (address, bytes) in _mapped)
            Unmap(address, (nuint)bytes);
    }

    [Fact]
    public void AKernelAndTheHostSeeTheSamePages()
    {
        byte* memory = Map(2 * Page);
        Number(memory, 2 * Page);
        using var region = new Region(HandKernel.Bits);
        using var shared = HostMemory.TryShare(memory, 2 * Page)!;
        AssertNumbered(memory, 2 * Page);
        Assert.True(shared.TryMap(region, At));
        fixed (byte* there = region.Span(At, 2 * (int)Page))
            AssertNumbered(there, 2 * Page);

        // The kernel reads what the host has written since, and the host what the kernel writes.
        using KernelCode kernel = Copy(At + Page + 16, At + 8);
        *(uint*)(memory + Page + 16) = 0xCAFE;
        Assert.Equal(TrapCode.Finished, Worker.RunOnce(kernel, region).Code);
        Assert.Equal(0xCAFEu, *(uint*)(memory + 8));
        region.Detach(At, 2 * Page);
    }

    [Fact]
    public void GivenBackItIsPrivateAndHoldsWhatItHeld()
    {
        byte* memory = Map(3 * Page);
        Number(memory, 3 * Page);
        using var region = new Region(HandKernel.Bits);
        var shared = HostMemory.TryShare(memory, 3 * Page)!;
        Assert.True(shared.TryMap(region, At));
        using KernelCode kernel = Copy(At + Page, At + 8);
        Assert.Equal(TrapCode.Finished, Worker.RunOnce(kernel, region).Code);
        uint first = *(uint*)(memory + 8);
        Assert.Equal(*(uint*)(memory + Page), first);
        region.Detach(At, 3 * Page);
        shared.Dispose();
        shared.Dispose();
        Assert.True(ProcessMap.Read((ulong)memory, (ulong)memory + (3 * Page))!.TrueForAll(m => !m.IsShared && m.Protection == (Read | Write)));
        Assert.Equal(first, *(uint*)(memory + 8));
        memory[8] = memory[12];
        AssertNumbered(memory + 12, (3 * Page) - 12, 12);

        // A kernel finds pages of the region's own there, empty; and the host none of what it writes.
        memory[Page] = 99;
        Assert.All(region.Span(At, 3 * (int)Page).ToArray(), b => Assert.Equal(0, b));
        region.Span(At, 1)[0] = 1;
        Assert.Equal(TrapCode.Finished, Worker.RunOnce(kernel, region).Code);
        Assert.Equal(0, memory[0]);
        region.Decommit(At, 3 * Page);
        Assert.Equal(TrapCode.MemoryFault, Worker.RunOnce(kernel, region).Code);
    }

    [Fact]
    public void ItCanBeSharedAgainAndAgain()
    {
        byte* memory = Map(2 * Page);
        for (uint i = 0; i < 20; i++)
        {
            *(uint*)(memory + Page) = i;
            Assert.True(HostMemory.CanShare(memory, 2 * Page));
            using var shared = HostMemory.TryShare(memory, 2 * Page)!;
            *(uint*)memory = *(uint*)(memory + Page);
            using var inner = HostMemory.TryShare(memory + Page, Page)!;
        }

        Assert.Equal(19u, *(uint*)memory);
        using var upper = HostMemory.TryShare(memory + Page, Page)!;
        Assert.Equal(19u, *(uint*)(memory + Page));
        Assert.Equal([false, true], IsShared(memory, 2));
    }

    [Fact]
    public void ARangeOfASharedRangeIsTheSameMemoryUntilTheLastIsGone()
    {
        byte* memory = Map(4 * Page);
        using var region = new Region(HandKernel.Bits);
        var whole = HostMemory.TryShare(memory, 4 * Page)!;
        var part = HostMemory.TryShare(memory + (2 * Page), Page)!;
        Assert.True(part.TryMap(region, At));
        whole.Dispose();
        Assert.Throws<ObjectDisposedException>(() => whole.TryMap(region, At + (4 * Page)));
        memory[(2 * Page) + 5] = 7;
        Assert.Equal(7, region.Span(At, 8)[5]);
        region.Span(At, 8)[6] = 8;
        Assert.Equal(8, memory[(2 * Page) + 6]);
        region.Detach(At, Page);
        part.Dispose();
        Assert.Equal([false, false, false, false], IsShared(memory, 4));
        Assert.Equal((7, 8), (memory[(2 * Page) + 5], memory[(2 * Page) + 6]));
    }

    /// <summary>Whatever is shared of a range already, in which order it goes, and where: all see the same bytes.</summary>
    [Theory]
    [InlineData(0, 4, 3, 4)]
    [InlineData(3, 4, 0, 4)]
    [InlineData(2, 2, 0, 6)]
    [InlineData(0, 6, 2, 2)]
    [InlineData(0, 3, 3, 3)]
    [InlineData(5, 2, 0, 5)]
    public void RangesThatOverlapAreSharedSideBySide(int firstPage, int firstPages, int secondPage, int secondPages)
    {
        const int pages = 8;
        byte* memory = Map(pages * Page);
        using var region = new Region(HandKernel.Bits);
        for (int order = 0; order < 2; order++)
        {
            Number(memory, pages * Page);
            var first = HostMemory.TryShare(memory + ((ulong)firstPage * Page), (ulong)firstPages * Page)!;
            var second = HostMemory.TryShare(memory + ((ulong)secondPage * Page), (ulong)secondPages * Page)!;

            // One that takes all of it, with what nobody has shared yet around and between.
            var all = HostMemory.TryShare(memory, pages * Page)!;
            AssertNumbered(memory, pages * Page);
            Assert.Equal(Enumerable.Repeat(true, pages), IsShared(memory, pages));
            ulong firstAt = At, secondAt = At + (16 * Page), allAt = At + (32 * Page);
            Assert.True(first.TryMap(region, firstAt) && second.TryMap(region, secondAt) && all.TryMap(region, allAt));
            for (int page = 0; page < pages; page++)
            {
                *(int*)(memory + ((ulong)page * Page)) = 1000 + page;
                Assert.Equal(1000 + page, Word(allAt, page));
                if (page >= firstPage && page < firstPage + firstPages)
                    Assert.Equal(1000 + page, Word(firstAt, page - firstPage));
                if (page >= secondPage && page < secondPage + secondPages)
                    Assert.Equal(1000 + page, Word(secondAt, page - secondPage));
            }

            foreach (var (share, at, count) in order == 0
                ? new[] { (first, firstAt, firstPages), (all, allAt, pages), (second, secondAt, secondPages) }
                : [(second, secondAt, secondPages), (first, firstAt, firstPages), (all, allAt, pages)])
            {
                region.Detach(at, (ulong)count * Page);
                share.Dispose();
                region.Decommit(at, (ulong)count * Page);
                for (int page = 0; page < pages; page++)
                    Assert.Equal(1000 + page, *(int*)(memory + ((ulong)page * Page)));
            }

            Assert.Equal(Enumerable.Repeat(false, pages), IsShared(memory, pages));
        }

        int Word(ulong at, int page) => BitConverter.ToInt32(region.Span(at + ((ulong)page * Page), 4));
    }

    [Fact]
    public void ARangeWithAPageThatCannotBeSharedStaysAsItWas()
    {
        byte* memory = Map(6 * Page);
        using var known = HostMemory.TryShare(memory + Page, Page)!;
        Remap(memory + (4 * Page), Page, Read | Write, Shared | Anonymous, -1);
        Refused(memory, 6 * Page);
        Assert.Equal([false, true, false, false, true, false], IsShared(memory, 6));
    }

    [Fact]
    public void MallocsMemoryIsShared()
    {
        void* memory;
        Assert.Equal(0, Align(&memory, (nuint)Page, (nuint)(5 * Page)));
        Number((byte*)memory, 5 * Page);
        for (int i = 0; i < 3; i++)
        {
            using var shared = HostMemory.TryShare(memory, 5 * Page)!;
            AssertNumbered((byte*)memory, 5 * Page);
        }

        AssertNumbered((byte*)memory, 5 * Page);
        Free(memory);
    }

    [Fact]
    public void PagesThatTheApplicationHasReplacedAreLeftAlone()
    {
        byte* memory = Map(5 * Page);
        Number(memory, 5 * Page);
        var shared = HostMemory.TryShare(memory, 5 * Page)!;

        // One gone, one replaced, one read-only; and one that was moved to the place of another.
        Punch(memory);
        Remap(memory + Page, Page, Read | Write, Private | Anonymous, -1);
        memory[Page] = 55;
        Assert.Equal(0, Protect((nint)(memory + (2 * Page)), (nuint)Page, Read));
        Assert.Equal((nint)(memory + (3 * Page)), Move((nint)(memory + (4 * Page)), (nuint)Page, (nuint)Page, 3, (nint)(memory + (3 * Page))));
        Forget(memory + (4 * Page));
        Assert.Null(HostMemory.TryShare(memory + Page, 2 * Page));
        Assert.Null(HostMemory.TryShare(memory + (2 * Page), Page));
        Assert.Null(HostMemory.TryShare(memory + (3 * Page), Page));
        shared.Dispose();

        // What is gone may be another thread's meanwhile, and a mapping of its own may join the page behind.
        ulong first = (ulong)memory + Page, last = (ulong)memory + (4 * Page);
        var now = ProcessMap.Read(first, last)!;
        Assert.Equal(
            [(Page, Page, 0ul, false), (2 * Page, Page, 0, false), (3 * Page, Page, 1, true)],
            now.Select(m => (Math.Max(m.Start, first) - (ulong)memory, Math.Min(m.End, last) - Math.Max(m.Start, first), Math.Min(m.Inode, 1), m.IsShared)));
        Assert.Equal([Read | Write, Read, Read | Write], now.Select(m => m.Protection));
        Assert.Equal(55, memory[Page]);
        AssertNumbered(memory + (2 * Page), Page, 2 * Page);
        AssertNumbered(memory + (3 * Page), Page, 4 * Page);
    }

    /// <summary>Allocators take it for granted that what they have given back to the kernel is empty.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(700)]
    public void GivenBackItIsAnonymousMemoryAsBefore(int pages)
    {
        ulong bytes = (ulong)pages * Page;
        byte* memory = Map(bytes);
        Number(memory, bytes);
        using (var part = HostMemory.TryShare(memory, Page)!)
            HostMemory.TryShare(memory, bytes)!.Dispose();
        AssertNumbered(memory, bytes);
        Assert.All(ProcessMap.Read((ulong)memory, (ulong)memory + bytes)!, m => Assert.Equal((false, 0ul, Read | Write), (m.IsShared, m.Inode, m.Protection)));
        Assert.Equal(0, Libc.MAdvise((nint)memory, (nuint)bytes, Libc.AdviseDontNeed));
        for (ulong i = 0; i < bytes; i++)
            Assert.Equal(0, memory[i]);
    }

    [Fact]
    public void ARangeThatWasReplacedWholeIsSharedAnew()
    {
        byte* memory = Map(Page);
        using var region = new Region(HandKernel.Bits);
        using var old = HostMemory.TryShare(memory, Page)!;
        Remap(memory, Page, Read | Write, Private | Anonymous, -1);
        memory[3] = 4;
        using (var shared = HostMemory.TryShare(memory, Page)!)
        {
            Assert.True(old.TryMap(region, At) && shared.TryMap(region, At + Page));
            Assert.Equal((0, 4, 4), (region.Span(At, 8)[3], region.Span(At + Page, 8)[3], memory[3]));
        }

        Assert.Equal(4, memory[3]);
    }

    [Fact]
    public void ThreadsThatReadNeverSeeAnythingElse()
    {
        byte* memory = Map(64 * Page);
        Number(memory, 64 * Page);
        bool isOver = false;
        long wrong = 0;
        var reader = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                for (ulong i = 0; i < 64 * Page; i += 512)
                    wrong += Volatile.Read(ref memory[i]) == (byte)(i >> 9) ? 0 : 1;
            }
        });
        reader.Start();
        for (int i = 0; i < 200; i++)
            HostMemory.TryShare(memory, 64 * Page)!.Dispose();
        Volatile.Write(ref isOver, true);
        reader.Join();
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void NoWriteIsLostWhenItIsGivenBack()
    {
        byte* memory = Map(8 * Page);
        for (int round = 0; round < 100; round++)
        {
            var shared = HostMemory.TryShare(memory, 8 * Page)!;
            uint* counter = (uint*)(memory + (3 * Page));
            *counter = 0;
            uint last = 0;
            bool isOver = false;
            var writer = new Thread(() =>
            {
                while (!Volatile.Read(ref isOver))
                    Volatile.Write(ref *counter, ++last);
            });
            writer.Start();
            while (Volatile.Read(ref *counter) < 1000)
                Thread.SpinWait(10);
            shared.Dispose();
            Volatile.Write(ref isOver, true);
            writer.Join();
            Assert.Equal(last, *counter);
        }
    }

    [Theory]
    [InlineData(1ul, Page)]
    [InlineData(0ul, Page + 1)]
    [InlineData(0ul, 0ul)]
    [InlineData(0ul, 3 * Page)]
    [InlineData(0ul, ulong.MaxValue - Page + 1)]
    [InlineData(0ul, 1ul << 63)]
    public void RangesThatAreNotWholeMappedPagesAreRefused(ulong offset, ulong bytes)
    {
        // Two pages with a hole behind them.
        byte* memory = Map(3 * Page);
        Punch(memory + (2 * Page));
        Refused(memory + offset, bytes);
        using var shared = HostMemory.TryShare(memory, 2 * Page);
        Assert.NotNull(shared);
    }

    [Fact]
    public void NothingIsNoMemory()
    {
        Refused(null, Page);
        Refused((void*)(ulong.MaxValue - Page + 1), Page);
        byte* memory = Map(3 * Page);
        Punch(memory + Page);
        Refused(memory, 3 * Page);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Read)]
    [InlineData(Read | Execute)]
    [InlineData(Read | Write | Execute)]
    public void OnlyReadableAndWritablePagesAreTaken(int protection)
    {
        byte* memory = Map(3 * Page);
        Assert.Equal(0, Protect((nint)(memory + Page), (nuint)Page, protection));
        Refused(memory + Page, Page);
        Refused(memory, 3 * Page);
    }

    [Fact]
    public void FilesAndSharedMemoryAreRefused()
    {
        byte* memory = Map(4 * Page);
        Remap(memory, Page, Read | Write, Shared | Anonymous, -1);
        Refused(memory, Page);
        string path = Path.GetTempFileName();
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            file.SetLength((long)Page);
            int number = (int)file.SafeFileHandle.DangerousGetHandle();
            Remap(memory, Page, Read | Write, Private, number);
            Refused(memory, Page);
            Remap(memory, Page, Read | Write, Shared, number);
            Refused(memory, Page);
            Refused(memory, 2 * Page);
        }

        File.Delete(path);

        // Memory of this driver's kind that was not made of the range itself.
        using var other = SharedMemory.TryCreate(4 * Page)!;
        int copy = other.Duplicate();
        Remap(memory, 4 * Page, Read | Write, Shared, copy);
        Refused(memory, 4 * Page);
        Assert.Equal(0, Close(copy));
    }

    [Fact]
    public void WhatIsTheSandboxesOwnIsRefused()
    {
        var region = new Region(HandKernel.Bits);
        Assert.True(region.TryCommit(At, 2 * Page));
        byte* inside = region.Base + At;
        Refused(inside, Page);
        Assert.True(OwnMemory.Overlaps((ulong)region.Base, (ulong)region.Base + 1));
        ulong start = (ulong)region.Base;
        region.Dispose();
        Assert.False(OwnMemory.Overlaps(start, start + 1));
        Worker.Run(thread =>
        {
            Refused((void*)thread.ArgumentAddress, Page);
            Refused((void*)(thread.RecordAddress & -(nint)Page), Page);
            Refused((void*)(thread.FrameAddress & -(nint)Page), Page);
        });
    }

    [Fact]
    public void TheStackThatItRunsOnIsRefused()
    {
        byte here = 0;
        Refused((void*)((ulong)&here & ~(Page - 1)), Page);
        var thread = new Thread(() =>
        {
            byte there = 0;
            Refused((void*)((ulong)&there & ~(Page - 1)), Page);
        });
        thread.Start();
        thread.Join();
        var stack = ProcessMap.Read(0, ulong.MaxValue)!.Single(m => m.Name == "[stack]");
        Refused((void*)(stack.End - Page), Page);
    }

    [Theory]
    [InlineData("7f0000001000-7f0000003000 rw-p 00001000 00:01 1029 /memfd:a name (deleted)", 0x7f0000001000ul, 0x7f0000003000ul, 3, false, 0x1000ul, 1ul, 1029ul, "/memfd:a name (deleted)")]
    [InlineData("ffffffffff600000-ffffffffff601000 --xs 00000000 103:02 0 [vsyscall]", 0xffffffffff600000ul, 0xffffffffff601000ul, 4, true, 0ul, 0x10302ul, 0ul, "[vsyscall]")]
    [InlineData("1000-2000 r--p 0 00:00 0 ", 0x1000ul, 0x2000ul, 1, false, 0ul, 0ul, 0ul, "")]
    public void LinesOfTheMapAreRead(string line, ulong start, ulong end, int protection, bool isShared, ulong offset, ulong device, ulong inode, string name) =>
        Assert.Equal(new ProcessMapping(start, end, protection, isShared, offset, device, inode, name), ProcessMap.Parse(line));

    [Theory]
    [InlineData("")]
    [InlineData("1000 rw-p 0 00:00 0")]
    [InlineData("1000-2000 rw 0 00:00 0")]
    [InlineData("1000-x rw-p 0 00:00 0")]
    [InlineData("1000-2000 rw-p 0 00 0")]
    [InlineData("1000-2000 rw-p 0 00:00 -1")]
    public void OtherLinesAreNotGuessed(string line) => Assert.Null(ProcessMap.Parse(line));

    private static void Refused(void* address, ulong bytes)
    {
        Assert.False(HostMemory.CanShare(address, bytes));
        var before = ProcessMap.Read((ulong)address, (ulong)address + Math.Min(bytes, 8 * Page));
        Assert.Null(HostMemory.TryShare(address, bytes));
        Assert.Equal(before!.Select(m => (m.IsShared, m.Inode)), ProcessMap.Read((ulong)address, (ulong)address + Math.Min(bytes, 8 * Page))!.Select(m => (m.IsShared, m.Inode)));
    }

    /// <summary>Of each page, whether it is mapped shared.</summary>
    private static IEnumerable<bool> IsShared(byte* memory, int pages)
    {
        ulong start = (ulong)memory;
        var mappings = ProcessMap.Read(start, start + ((ulong)pages * Page))!;
        return Enumerable.Range(0, pages).Select(page => mappings.Single(m => m.Start <= start + ((ulong)page * Page) && m.End > start + ((ulong)page * Page)).IsShared);
    }

    private static void Number(byte* memory, ulong bytes)
    {
        for (ulong i = 0; i < bytes; i++)
            memory[i] = (byte)(i >> 9);
    }

    private static void AssertNumbered(byte* memory, ulong bytes, ulong first = 0)
    {
        for (ulong i = 0; i < bytes; i++)
            Assert.Equal((byte)((first + i) >> 9), memory[i]);
    }

    private static KernelCode Copy(ulong from, ulong to) => HandKernel.Publish((a, _) =>
    {
        a.mov(ecx, (int)from);
        a.mov(eax, __dword_ptr[r15 + rcx]);
        a.mov(ecx, (int)to);
        a.mov(__dword_ptr[r15 + rcx], eax);
        a.xor(eax, eax);
    });

    private byte* Map(ulong bytes)
    {
        nint address = MapPages(0, (nuint)bytes, Read | Write, Private | Anonymous, -1, 0);
        Assert.NotEqual(-1, address);
        _mapped.Add((address, bytes));
        return (byte*)address;
    }

    /// <summary>Unmaps a page, which anybody's memory may come to from then on.</summary>
    private void Punch(byte* page)
    {
        Forget(page);
        Assert.Equal(0, Unmap((nint)page, (nuint)Page));
    }

    /// <summary>A page is not this test's any more.</summary>
    private void Forget(byte* page)
    {
        int index = _mapped.FindIndex(m => m.Address <= (nint)page && (ulong)page < (ulong)m.Address + m.Bytes);
        var (address, bytes) = _mapped[index];
        ulong before = (ulong)page - (ulong)address;
        _mapped.RemoveAt(index);
        if (before > 0)
            _mapped.Add((address, before));
        if (bytes > before + Page)
            _mapped.Add(((nint)(page + Page), bytes - before - Page));
    }

    private static void Remap(byte* address, ulong bytes, int protection, int flags, int file) =>
        Assert.Equal((nint)address, MapPages((nint)address, (nuint)bytes, protection, flags | Fixed, file, 0));

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MapPages(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "mremap")]
    private static partial nint Move(nint address, nuint oldBytes, nuint newBytes, int flags, nint target);

    [LibraryImport("libc", EntryPoint = "posix_memalign")]
    private static partial int Align(void** memory, nuint alignment, nuint bytes);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(void* memory);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
