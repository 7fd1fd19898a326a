using ShaderJit.Abi;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Memory;

/// <summary>The device's one memory heap: ranges of its region, committed while they are allocated.</summary>
/// <remarks>
/// Freed memory is decommitted only while no command runs, so that neither a copy by the driver nor a kernel finds its
/// pages gone under it.
/// </remarks>
internal sealed class DeviceHeap(Region region, ulong limit)
{
    private readonly RegionAllocator _ranges = new(KernelAbi.NullGuardBytes, 1UL << region.Bits);
    private readonly List<(RegionRange Range, bool IsShared)> _freed = [];
    private readonly Lock _gate = new();
    private static ulong _usedByProcess;
    private ulong _used;
    private uint _count;
    private int _running;

    /// <summary>Alignment of vkAllocateMemory's ranges, so that huge pages fit, for allocations of at least that size.</summary>
    private const ulong LargeAlignment = 2 << 20;

    /// <summary>Bytes that vkAllocateMemory may hand out in all.</summary>
    public ulong Limit { get; } = limit;

    /// <summary>Bytes that all devices of this process have handed out now.</summary>
    public static ulong UsedByProcess => Volatile.Read(ref _usedByProcess);

    /// <summary>Bytes handed out now.</summary>
    public ulong Used => Volatile.Read(ref _used);

    /// <summary>Memory for the application. Fresh memory reads as zeros.</summary>
    /// <param name="shared">What is mapped there, at least so many bytes rounded up to pages; null for pages of the region's
    /// own.</param>
    /// <param name="host">Or memory of the application's that is mapped there, of at least so many bytes; else null.</param>
    public DeviceMemoryObject Allocate(DeviceObject device, ulong bytes, SharedMemory? shared, HostMemory? host = null)
    {
        lock (_gate)
        {
            if (_count >= DeviceLimits.MaxAllocations)
                throw new VulkanException(Result.ErrorTooManyObjects, $"vkAllocateMemory: there are {_count} allocations, which are the most");
            if (bytes > Limit || _used > Limit - bytes)
            {
                throw new VulkanException(Result.ErrorOutOfDeviceMemory,
                    $"vkAllocateMemory: {bytes} bytes asked, {Limit - _used} of {Limit} left");
            }

            var range = Commit(bytes, bytes >= LargeAlignment ? LargeAlignment : 1, shared, host);
            _used += bytes;
            _count++;
            Interlocked.Add(ref _usedByProcess, bytes);
            return new DeviceMemoryObject(device, range, bytes, shared, host);
        }
    }

    public void Free(DeviceMemoryObject memory)
    {
        lock (_gate)
        {
            // The application's memory is out of the region from here on, whatever still runs.
            if (memory.Host is not null)
                region.Detach(memory.Range.Offset, memory.Range.Bytes);
            _used -= memory.Size;
            _count--;
            Interlocked.Add(ref _usedByProcess, 0 - memory.Size);
            Release(memory.Range, memory.Shared is not null);
        }
    }

    /// <summary>Memory for the driver's own tables; it does not count against the limit.</summary>
    public RegionRange AllocateInternal(ulong bytes)
    {
        lock (_gate)
            return Commit(bytes, 1, shared: null);
    }

    public void FreeInternal(RegionRange range)
    {
        lock (_gate)
            Release(range, isShared: false);
    }

    /// <summary>The device goes, and with it all memory that it has handed out.</summary>
    public void Close()
    {
        lock (_gate)
        {
            Interlocked.Add(ref _usedByProcess, 0 - _used);
            _used = 0;
        }
    }

    /// <summary>Commands begin to run; freed pages stay until the last <see cref="EndRun"/>.</summary>
    public void BeginRun()
    {
        lock (_gate)
            _running++;
    }

    public void EndRun()
    {
        lock (_gate)
        {
            if (--_running > 0 || _freed.Count == 0)
                return;
            foreach (var (range, isShared) in _freed)
                Decommit(range, isShared);
            _freed.Clear();
        }
    }

    private RegionRange Commit(ulong bytes, ulong alignment, SharedMemory? shared, HostMemory? host = null)
    {
        if (_ranges.Allocate(bytes, alignment) is not { } range)
            throw new VulkanException(Result.ErrorOutOfDeviceMemory, $"the region has no room for {bytes} bytes");
        bool isThere = host?.TryMap(region, range.Offset)
            ?? (shared is null ? region.TryCommit(range.Offset, range.Bytes) : region.TryMap(range.Offset, range.Bytes, shared));
        if (!isThere)
        {
            _ranges.Free(range);
            throw new VulkanException(Result.ErrorOutOfDeviceMemory, $"the machine refuses {bytes} bytes of memory");
        }

        return range;
    }

    private void Release(RegionRange range, bool isShared)
    {
        if (_running > 0)
            _freed.Add((range, isShared));
        else
            Decommit(range, isShared);
    }

    private void Decommit(RegionRange range, bool isShared)
    {
        if (isShared)
            region.Unmap(range.Offset, range.Bytes);
        else
            region.Decommit(range.Offset, range.Bytes);
        _ranges.Free(range);
    }
}
