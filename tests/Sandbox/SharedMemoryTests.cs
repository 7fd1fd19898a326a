using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ShaderJit.Abi;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox.Tests;

/// <summary>Memory of several processes in a region: what is mapped there, what is not, and what is left behind.</summary>
public partial class SharedMemoryTests
{
    private const ulong At = KernelAbi.NullGuardBytes + 0x10000;

    private const uint CloseOnExec = 1, AllowSealing = 2, HugePages = 4;

    private const int AddSeals = 1033, Shrink = 2, Write = 8, FutureWrite = 16;

    [Fact]
    public void WhatAKernelStoresIsSeenWhereverTheMemoryIsMapped()
    {
        using var memory = SharedMemory.TryCreate(2 * Region.PageBytes)!;
        int file = memory.Duplicate();
        using var other = SharedMemory.TryAdopt(file)!;
        Assert.Equal(2 * Region.PageBytes, other.Bytes);
        using var region = new Region(HandKernel.Bits);
        using var second = new Region(HandKernel.Bits);
        Assert.True(region.TryMap(At, 2 * Region.PageBytes, memory));
        Assert.True(second.TryMap(At + 0x5000, Region.PageBytes, other));
        Assert.All(region.Span(At, 2 * (int)Region.PageBytes).ToArray(), b => Assert.Equal(0, b));
        using KernelCode kernel = Store(At + 8);
        Assert.Equal(TrapCode.Finished, Worker.RunOnce(kernel, region).Code);
        Assert.Equal(0x1234, BinaryPrimitives.ReadInt32LittleEndian(second.Span(At + 0x5008, 4)));

        // The mapping outlives the file, and one region the other.
        memory.Dispose();
        other.Dispose();
        second.Unmap(At + 0x5000, Region.PageBytes);
        second.Dispose();
        Assert.Equal(0x1234, BinaryPrimitives.ReadInt32LittleEndian(region.Span(At + 8, 4)));
    }

    [Fact]
    public void UnmappedPagesAreInaccessibleAndEmptyWhenCommitted()
    {
        using var memory = SharedMemory.TryCreate(2 * Region.PageBytes)!;
        using var region = new Region(HandKernel.Bits);
        using KernelCode kernel = Store(At + Region.PageBytes);
        Assert.True(region.TryMap(At, 2 * Region.PageBytes, memory));
        Assert.Equal(TrapCode.Finished, Worker.RunOnce(kernel, region).Code);
        region.Unmap(At, 2 * Region.PageBytes);
        KernelExit exit = Worker.RunOnce(kernel, region);
        Assert.Equal((TrapCode.MemoryFault, FaultPlace.Region), (exit.Code, exit.Place));
        Assert.True(region.TryCommit(At, 2 * Region.PageBytes));
        Assert.All(region.Span(At, 2 * (int)Region.PageBytes).ToArray(), b => Assert.Equal(0, b));
        Assert.Equal(TrapCode.Finished, Worker.RunOnce(kernel, region).Code);

        // The shared memory has kept what was stored before, and nothing of what was stored after.
        region.Decommit(At, 2 * Region.PageBytes);
        Assert.True(region.TryMap(At, 2 * Region.PageBytes, memory));
        Assert.Equal(0x1234, BinaryPrimitives.ReadInt32LittleEndian(region.Span(At + Region.PageBytes, 4)));
    }

    [Fact]
    public void NeitherSizeNorSealsOfItChange()
    {
        using var memory = SharedMemory.TryCreate(Region.PageBytes)!;
        int file = memory.Duplicate();
        Assert.Equal(-1, Truncate(file, 0));
        Assert.Equal(-1, Truncate(file, 2 * (long)Region.PageBytes));
        Assert.Equal(-1, Control(file, AddSeals, Write));
        Assert.Equal(0, Close(file));
    }

    [Theory]
    [InlineData(KernelAbi.NullGuardBytes - Region.PageBytes, Region.PageBytes)]
    [InlineData(0ul, Region.PageBytes)]
    [InlineData(At + 1, Region.PageBytes)]
    [InlineData(At, Region.PageBytes + 1)]
    [InlineData(At, 0ul)]
    [InlineData(At, 3 * Region.PageBytes)]
    [InlineData(1ul << HandKernel.Bits, Region.PageBytes)]
    [InlineData((1ul << HandKernel.Bits) - Region.PageBytes, 2 * Region.PageBytes)]
    [InlineData(ulong.MaxValue - 4095, Region.PageBytes)]
    [InlineData(At, ulong.MaxValue - 4095)]
    public void RangesElsewhereAreRefused(ulong offset, ulong bytes)
    {
        using var memory = SharedMemory.TryCreate(2 * Region.PageBytes)!;
        using var region = new Region(HandKernel.Bits);
        Assert.Throws<ArgumentOutOfRangeException>(() => region.TryMap(offset, bytes, memory));
        if (bytes != 3 * Region.PageBytes)
            Assert.Throws<ArgumentOutOfRangeException>(() => region.Unmap(offset, bytes));
    }

    [Fact]
    public void AClosedFileIsNotMapped()
    {
        var memory = SharedMemory.TryCreate(Region.PageBytes)!;
        memory.Dispose();
        using var region = new Region(HandKernel.Bits);
        Assert.Throws<ObjectDisposedException>(() => region.TryMap(At, Region.PageBytes, memory));
        Assert.Throws<ObjectDisposedException>(() => memory.Duplicate());
        using var whole = SharedMemory.TryCreate(Region.PageBytes)!;
        region.Dispose();
        Assert.Throws<ObjectDisposedException>(() => region.TryMap(At, Region.PageBytes, whole));
    }

    [Fact]
    public void AFileOpenedForReadingIsRefused()
    {
        using var memory = SharedMemory.TryCreate(Region.PageBytes)!;
        int file = memory.Duplicate();
        using (var reader = new FileStream($"/proc/self/fd/{file}", FileMode.Open, FileAccess.Read))
            Assert.Null(SharedMemory.TryAdopt((int)reader.SafeFileHandle.DangerousGetHandle()));
        Assert.Equal(0, Close(file));
    }

    [Fact]
    public void FilesThatMayLoseTheirPagesAreRefused()
    {
        Assert.Null(SharedMemory.TryAdopt(-1));
        Assert.Null(SharedMemory.TryAdopt(int.MaxValue));
        string path = Path.GetTempFileName();
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            file.SetLength(1 << 20);
            Assert.Null(SharedMemory.TryAdopt((int)file.SafeFileHandle.DangerousGetHandle()));
        }

        File.Delete(path);
        Refused(AllowSealing, 0, Region.PageBytes);
        Refused(0, 0, Region.PageBytes);
        Refused(AllowSealing, Shrink | Write, Region.PageBytes);
        Refused(AllowSealing, Shrink | FutureWrite, Region.PageBytes);
        Refused(AllowSealing, Shrink, 0);
        Refused(AllowSealing, Shrink, Region.PageBytes - 1);
        Refused(AllowSealing | HugePages, Shrink, 0);
        Refused(AllowSealing | HugePages, Shrink, 2 << 20);
    }

    [Fact]
    public void AForeignFileOfTheRightKindIsTaken()
    {
        int file = Create("test", CloseOnExec | AllowSealing);
        Assert.Equal(0, Truncate(file, (3 * (long)Region.PageBytes) + 5));
        Assert.Equal(0, Control(file, AddSeals, Shrink));
        var memory = SharedMemory.TryAdopt(file)!;
        Assert.Equal(3 * Region.PageBytes, memory.Bytes);
        memory.Abandon();
        Assert.Throws<ObjectDisposedException>(() => memory.Duplicate());
        memory = SharedMemory.TryAdopt(file)!;
        memory.Dispose();
        Assert.Equal(-1, Close(file));
    }

    private static void Refused(uint flags, int seals, ulong bytes)
    {
        int file = Create("test", flags | CloseOnExec);
        if (file < 0)
            return; // no huge pages here
        if (Truncate(file, (long)bytes) == 0 && (seals == 0 || Control(file, AddSeals, seals) == 0))
            Assert.Null(SharedMemory.TryAdopt(file));

        // Still the caller's.
        Assert.Equal(0, Close(file));
    }

    private static KernelCode Store(ulong offset) => HandKernel.Publish((a, _) =>
    {
        a.mov(ecx, (int)offset);
        a.mov(__dword_ptr[r15 + rcx], 0x1234);
    });

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate")]
    private static partial int Truncate(int file, long bytes);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
