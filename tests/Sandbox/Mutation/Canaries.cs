using System.Runtime.InteropServices;
using ShaderJit.Abi;

namespace ShaderJit.Sandbox.Tests.Mutation;

/// <summary>
/// Memory with a pattern in it that nobody has any business to change: low addresses (where an address ends up that
/// has lost its base), both sides of each region's reservation, places at random, and what lies around the parts of
/// the kernel thread.
/// </summary>
internal sealed unsafe partial class Canaries
{
    private const byte Pattern = 0xC5;
    private const int MapFlags = Libc.MapPrivate | Libc.MapAnonymous | Libc.MapFixedNoReplace;
    private const int LowBytes = 4 << 20, EdgeBytes = 1 << 20, SomewhereBytes = 256 << 10;

    private readonly List<(nint Start, int Bytes)> _areas = [];

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MMap(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    /// <summary>Bytes that are watched.</summary>
    public long Bytes => _areas.Sum(a => (long)a.Bytes);

    /// <summary>Fills low memory and places at random.</summary>
    public void MapSomewhere(Random random)
    {
        Map(0x1_0000, LowBytes);
        Map(0x7000_0000, EdgeBytes);
        Map(0x1_0000_0000, EdgeBytes);
        for (int i = 0; i < 8; i++)
            Map(random.NextInt64(0x2_0000_0000, 0x7000_0000_0000) & ~0xFFFFL, SomewhereBytes);
    }

    /// <summary>Fills memory on both sides of a region's guards.</summary>
    public void MapAround(Region region)
    {
        Map((long)region.Base - RegionLayout.GuardBefore - RegionLayout.Alignment - EdgeBytes, EdgeBytes);
        Map((long)region.Base + (long)region.Bytes + RegionLayout.GuardAfter + RegionLayout.Alignment, EdgeBytes);
    }

    /// <summary>Fills what belongs to a kernel thread and is not in use: below the frame, behind the arguments, behind
    /// the record's state.</summary>
    public void FillAround(KernelThread thread)
    {
        // Handlers of SIGSEGV and of preemption have a stack of their own here; the others come far less near.
        Fill(thread.FrameAddress - 32 * 1024, 16 * 1024);
        Fill(thread.ArgumentAddress + ArgumentFrame.Size, 4096 - ArgumentFrame.Size);
        int used = ThreadRecord.ExtendedAt + ThreadRecord.ExtendedCapacity;
        Fill(thread.RecordAddress + used, ThreadRecord.Bytes - used);
    }

    /// <summary>The first byte that was changed, or 0.</summary>
    public nint FindChange()
    {
        foreach ((nint start, int bytes) in _areas)
        {
            int at = new ReadOnlySpan<byte>((void*)start, bytes).IndexOfAnyExcept(Pattern);
            if (at >= 0) return start + at;
        }

        return 0;
    }

    private void Map(long at64, int bytes)
    {
        nint address = (nint)at64;
        // What is occupied already is left alone.
        nint at = MMap(address, (nuint)bytes, Libc.ProtRead | Libc.ProtWrite, MapFlags, -1, 0);
        if (at == address) Fill(address, bytes);
        else if (at != -1) Libc.Release(at, (nuint)bytes);
    }

    private void Fill(nint address, int bytes)
    {
        new Span<byte>((void*)address, bytes).Fill(Pattern);
        _areas.Add((address, bytes));
    }
}
