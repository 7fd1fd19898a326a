using ShaderJit.Abi;
using ShaderJit.Sandbox;
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
    private readonly List<RegionRange> _freed = [];
    private readonly Lock _gate = new();
    private static ulong _usedByProcess;
    private ulong _used;
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
    public DeviceMemoryObject Allocate(DeviceObject device, ulong bytes)
    {
        lock (_gate)
        {
            if (bytes > Limit || _used > Limit - bytes)
            {
                throw new VulkanException(Result.ErrorOutOfDeviceMemory,
                    $"vkAllocateMemory: {bytes} bytes asked, {Limit - _used} of {Limit} left");
            }

            var range = Commit(bytes, bytes >= LargeAlignment ? LargeAlignment : 1);
            _used += bytes;
            Interlocked.Add(ref _usedByProcess, bytes);
            return new DeviceMemoryObject(device, range, bytes);
        }
    }

    public void Free(DeviceMemoryObject memory)
    {
        lock (_gate)
        {
            _used -= memory.Size;
            Interlocked.Add(ref _usedByProcess, 0 - memory.Size);
            Release(memory.Range);
        }
    }

    /// <summary>Memory for the driver's own tables; it does not count against the limit.</summary>
    public RegionRange AllocateInternal(ulong bytes)
    {
        lock (_gate)
            return Commit(bytes, 1);
    }

    public void FreeInternal(RegionRange range)
    {
        lock (_gate)
            Release(range);
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
            foreach (var range in _freed)
                Decommit(range);
            _freed.Clear();
        }
    }

    private RegionRange Commit(ulong bytes, ulong alignment)
    {
        if (_ranges.Allocate(bytes, alignment) is not { } range)
            throw new VulkanException(Result.ErrorOutOfDeviceMemory, $"the region has no room for {bytes} bytes");
        if (!region.TryCommit(range.Offset, range.Bytes))
        {
            _ranges.Free(range);
            throw new VulkanException(Result.ErrorOutOfDeviceMemory, $"the machine refuses {bytes} bytes of memory");
        }

        return range;
    }

    private void Release(RegionRange range)
    {
        if (_running > 0)
            _freed.Add(range);
        else
            Decommit(range);
    }

    private void Decommit(RegionRange range)
    {
        region.Decommit(range.Offset, range.Bytes);
        _ranges.Free(range);
    }
}
