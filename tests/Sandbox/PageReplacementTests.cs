using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox.Tests;

/// <summary>Pages are replaced while other threads write to them: nothing is lost. And the handler waits for these writes, and for no other
/// fault.</summary>
[Collection(Alone.Name)]
public sealed unsafe partial class PageReplacementTests : IDisposable
{
    private const ulong Page = Region.PageBytes;

    private const int Accepted = 0, GoneOn = 1;

    private const int AccessError = 2, MapError = 1, Write = 6, WritePresent = 7;

    private static readonly bool Soak = Environment.GetEnvironmentVariable("SHADERJIT_SOAK") == "1";

    private static readonly delegate* unmanaged<int, byte*, byte*, int> Handler = PlaceHandler();

    private readonly List<(nint Address, ulong Bytes)> _mapped = [];

    public void Dispose()
    {
        foreach (var (address, bytes) in _mapped)
            Unmap(address, (nuint)bytes);
    }

    /// <summary>Each thread has a word in every page, and finds there what it wrote last.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(600)]
    public void NoWriteIsLostWhilePagesAreReplaced(int pages)
    {
        byte* memory = Map((ulong)pages * Page);
        bool isOver = false;
        long wrong = 0, written = 0;
        var writers = Enumerable.Range(0, 3).Select(index => new Thread(() =>
        {
            uint value = 0, last = 0;
            while (!Volatile.Read(ref isOver))
            {
                value++;
                for (int page = 0; page < pages; page++)
                {
                    uint* word = (uint*)(memory + ((ulong)page * Page)) + (index * 7) + (page % 100);
                    if (Volatile.Read(ref *word) != last)
                        Interlocked.Increment(ref wrong);
                    Volatile.Write(ref *word, value);
                }

                last = value;
            }

            Interlocked.Add(ref written, value);
        })).ToList();
        writers.ForEach(t => t.Start());
        for (int i = 0; i < (Soak ? 20_000 : 200) / (1 + (pages / 10)); i++)
        {
            using var whole = HostMemory.TryShare(memory, (ulong)pages * Page)!;
            using var again = HostMemory.TryShare(memory, Page)!;
        }

        Volatile.Write(ref isOver, true);
        writers.ForEach(t => t.Join());
        Assert.Equal(0, wrong);
        Assert.True(written > 0);
    }

    /// <summary>What a system call says it has written is there; or it says EFAULT.</summary>
    [Fact]
    public void ASystemCallWritesOrFails()
    {
        byte* memory = Map(Page);
        using var numbers = SharedMemory.TryCreate(Page)!;
        nint source = Libc.MMap(0, (nuint)Page, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared, numbers.File, 0);
        _mapped.Add((source, Page));
        for (int i = 0; i < 512; i++)
            ((long*)source)[i] = i;
        bool isOver = false;
        long wrong = 0, written = 0;
        var writer = new Thread(() =>
        {
            for (long i = 0; !Volatile.Read(ref isOver); i = (i + 1) & 511)
            {
                if (ReadAt(numbers.File, memory, 8, (nint)i * 8) == 8)
                {
                    written++;
                    wrong += Volatile.Read(ref *(long*)memory) == i ? 0 : 1;
                }
                else
                {
                    wrong += Marshal.GetLastPInvokeError() == 14 ? 0 : 1;
                }
            }
        });
        writer.Start();
        for (int i = 0; i < (Soak ? 50_000 : 500); i++)
            HostMemory.TryShare(memory, Page)!.Dispose();
        Volatile.Write(ref isOver, true);
        writer.Join();
        Assert.Equal(0, wrong);
        Assert.True(written > 0);
    }

    [Fact]
    public void WhatCannotBeReplacedStays()
    {
        // The second of three pieces has a page that cannot be copied.
        byte* memory = Map(4 * Page);
        new Span<byte>(memory, 4 * (int)Page).Fill(7);
        BeyondTheEnd(memory + (2 * Page));
        using (var shared = SharedMemory.TryCreate(4 * Page)!)
        {
            TrapHandler.EnsureInstalled();
            Assert.Equal(Page, PageReplacement.Share((ulong)memory, 4 * Page, shared));
            Assert.Throws<ArgumentOutOfRangeException>(() => PageReplacement.Share((ulong)memory, 5 * Page, shared));
        }

        Assert.Equal([true, false, false, false], ProcessMap.Read((ulong)memory, (ulong)memory + (4 * Page))!.Select(m => m.IsShared));
        Assert.All(ProcessMap.Read((ulong)memory, (ulong)memory + (4 * Page))!, m => Assert.Equal(Libc.ProtRead | Libc.ProtWrite, m.Protection));
        Assert.Equal((7, 7, 7), (memory[0], memory[Page], memory[3 * Page]));

        // As a share of its own: what was replaced becomes private again.
        byte* other = Map(4 * Page);
        new Span<byte>(other, 4 * (int)Page).Fill(8);
        BeyondTheEnd(other + (3 * Page));
        Assert.Throws<SandboxException>(() => HostShare.Make((ulong)other, 4 * Page));
        Assert.All(ProcessMap.Read((ulong)other, (ulong)other + (3 * Page))!, m => Assert.Equal((false, Libc.ProtRead | Libc.ProtWrite), (m.IsShared, m.Protection)));
        other[Page]++;
        Assert.Equal((8, 9, 8), (other[0], other[Page], other[2 * Page]));

        // And this thread gets signals again.
        ulong mask = 0;
        Assert.Equal(0, Libc.Syscall(Libc.SyscallRtSigprocmask, Libc.SigBlock, 0, (nint)(&mask), 8));
        Assert.Equal(0ul, mask & TrapHandler.Bit(Libc.Sigsegv));
    }

    [Theory]
    [InlineData(AccessError, Write, true, Accepted)]
    [InlineData(AccessError, WritePresent, true, Accepted)]
    // It cannot be written to.
    [InlineData(AccessError, WritePresent, false, GoneOn)]
    // A page that is not there; a read; an instruction fetch; a protection key; a shadow stack; a write by the kernel.
    [InlineData(MapError, Write, true, GoneOn)]
    [InlineData(AccessError, 0b101, true, GoneOn)]
    [InlineData(AccessError, 0b10101, true, GoneOn)]
    [InlineData(AccessError, 0b10111, true, GoneOn)]
    [InlineData(AccessError, 0b100111, true, GoneOn)]
    [InlineData(AccessError, 0b1000111, true, GoneOn)]
    [InlineData(AccessError, 0b11, true, GoneOn)]
    // SI_KERNEL, of an address that is none.
    [InlineData(128, 0, true, GoneOn)]
    public void OnlyAWriteThatIsPossibleByNowIsRepeated(int code, int error, bool isWritable, int outcome)
    {
        byte* memory = Map(Page);
        HostMemory.TryShare(memory, Page)!.Dispose();
        Libc.Protect((nint)memory, (nuint)Page, isWritable ? Libc.ProtRead | Libc.ProtWrite : Libc.ProtRead);
        Assert.Equal(outcome, Handle(code, error, (ulong)memory + 13));
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(0x7FFF_FFFF_F000ul)]
    [InlineData(0x8000_0000_0000ul)]
    [InlineData(ulong.MaxValue)]
    public void NoAddressIsTooStrange(ulong address)
    {
        HostMemory.TryShare(Map(Page), Page)!.Dispose();
        Assert.Equal(GoneOn, Handle(AccessError, Write, address));
    }

    [Fact]
    public void AWriteWaitsUntilThePagesAreThere()
    {
        byte* memory = Map(3 * Page);
        HostMemory.TryShare(memory, Page)!.Dispose();
        Libc.Protect((nint)memory, (nuint)(3 * Page), Libc.ProtRead);
        Begin(memory + Page, Page);

        // In front of the range and behind it nobody waits.
        Assert.Equal(GoneOn, Handle(AccessError, WritePresent, (ulong)memory + Page - 1));
        Assert.Equal(GoneOn, Handle(AccessError, WritePresent, (ulong)memory + (2 * Page)));
        var writers = new[] { 0ul, Page - 1 }.Select(at => new Thread(() => Volatile.Write(ref memory[Page + at], 5))).ToList();
        writers.ForEach(t => t.Start());
        Thread.Sleep(100);
        Assert.All(writers, t => Assert.True(t.IsAlive));
        Assert.Equal(0, memory[Page]);
        Libc.Protect((nint)(memory + Page), (nuint)Page, Libc.ProtRead | Libc.ProtWrite);
        End();
        writers.ForEach(t => t.Join());
        Assert.Equal((5, 5), (memory[Page], memory[(2 * Page) - 1]));
    }

    /// <summary>A replacement that ended without the page having become writable: the fault is somebody's own.</summary>
    [Fact]
    public void AFaultThatIsNotOursGoesOnInTheEnd()
    {
        byte* memory = Map(Page);
        HostMemory.TryShare(memory, Page)!.Dispose();
        Libc.Protect((nint)memory, (nuint)Page, Libc.ProtRead);
        Begin(memory, Page);
        int outcome = -1;
        var writer = new Thread(() => outcome = Handle(AccessError, WritePresent, (ulong)memory));
        writer.Start();
        Thread.Sleep(50);
        Assert.Equal(-1, outcome);
        End();
        writer.Join();
        Assert.Equal(GoneOn, outcome);
    }

    /// <summary>No thread of a child that was forked meanwhile ends the replacement: its page becomes writable at once.</summary>
    [Fact]
    public void AForkedChildDoesNotWait()
    {
        byte* memory = Map(2 * Page);
        HostMemory.TryShare(memory, Page)!.Dispose();
        Libc.Protect((nint)memory, (nuint)(2 * Page), Libc.ProtRead);
        Begin(memory, Page);
        PageReplacement.Record->IsOriginal = 0;
        try
        {
            Assert.Equal(Accepted, Handle(AccessError, WritePresent, (ulong)memory + 5));
            Assert.Equal(GoneOn, Handle(AccessError, WritePresent, (ulong)memory + Page));
            memory[7] = 1;
        }
        finally
        {
            PageReplacement.Record->IsOriginal = 1;
            End();
        }
    }

    private static void Begin(byte* memory, ulong bytes)
    {
        PageReplacement.Record->Start = (ulong)memory;
        PageReplacement.Record->End = (ulong)memory + bytes;
        Assert.Equal(1u, Interlocked.Increment(ref PageReplacement.Record->Sequence) & 1);
    }

    private static void End()
    {
        Assert.Equal(0u, Interlocked.Increment(ref PageReplacement.Record->Sequence) & 1);
        Libc.Syscall(Libc.SyscallFutex, (nint)(&PageReplacement.Record->Sequence), Libc.FutexWakePrivate, int.MaxValue, 0);
    }

    /// <summary>Calls the handler's code as the kernel would, but with a fault that is made up.</summary>
    private static int Handle(int code, int error, ulong address)
    {
        byte* info = stackalloc byte[128];
        byte* context = stackalloc byte[1024];
        *(int*)(info + 8) = code;
        *(ulong*)(info + 16) = address;
        *(long*)(context + 192) = error;
        return Handler(Libc.Sigsegv, info, context);
    }

    /// <summary>A handler that returns <see cref="GoneOn"/> where another would go on to the one before it, and checks what that gets.</summary>
    private static delegate* unmanaged<int, byte*, byte*, int> PlaceHandler()
    {
        var a = new Assembler(64);
        Label inner = a.CreateLabel(), bad = a.CreateLabel();
        a.push(r15);
        a.push(rbx);
        a.push(r12);
        a.push(r13);
        a.mov(ebx, edi);
        a.mov(r12, rsi);
        a.mov(r13, rdx);
        a.xor(r15d, r15d);
        a.call(inner);
        a.mov(eax, r15d);
        a.pop(r13);
        a.pop(r12);
        a.pop(rbx);
        a.pop(r15);
        a.ret();
        a.Label(ref inner);
        PageReplacementCode.WaitForPages(a);
        a.mov(r15d, GoneOn);
        a.cmp(edi, ebx);
        a.jne(bad);
        a.cmp(rsi, r12);
        a.jne(bad);
        a.cmp(rdx, r13);
        a.jne(bad);
        a.ret();
        a.Label(ref bad);
        a.ud2();
        return (delegate* unmanaged<int, byte*, byte*, int>)CodeSpace.PlaceHandler(a);
    }

    /// <summary>Puts a page there that no file has: touching it is SIGBUS, or EFAULT.</summary>
    private static void BeyondTheEnd(byte* page)
    {
        using var file = SharedMemory.TryCreate(Page)!;
        Assert.Equal((nint)page, Libc.MMap((nint)page, (nuint)Page, Libc.ProtRead | Libc.ProtWrite, Libc.MapPrivate | Libc.MapFixed, file.File, (nint)Page));
    }

    private byte* Map(ulong bytes)
    {
        nint address = Libc.MMap(0, (nuint)bytes, Libc.ProtRead | Libc.ProtWrite, Libc.MapPrivate | Libc.MapAnonymous, -1, 0);
        Assert.NotEqual(-1, address);
        _mapped.Add((address, bytes));
        return (byte*)address;
    }

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint ReadAt(int file, void* target, nint bytes, nint offset);
}
