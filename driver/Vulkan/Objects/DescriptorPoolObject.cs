using ShaderJit.Abi;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Memory;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkDescriptorPool: one range of the region, cut into the tables of its sets.</summary>
internal sealed class DescriptorPoolObject : DeviceChild
{
    private const ulong TableAlignment = 64;

    private readonly RegionRange _range;
    private readonly uint _maxSets;
    private readonly Dictionary<ulong, DescriptorSetObject> _sets = [];
    private RegionAllocator _tables;

    public DescriptorPoolObject(DeviceObject device, uint maxSets, ulong descriptors)
        : base(device)
    {
        _maxSets = maxSets;
        _range = device.Memory.AllocateInternal((descriptors * BufferDescriptor.Size) + (maxSets * TableAlignment));
        _tables = NewTables();
    }

    /// <summary>A set with null descriptors.</summary>
    public ulong Allocate(DescriptorSetLayoutObject layout)
    {
        if ((uint)_sets.Count >= _maxSets ||
            _tables.Allocate(Math.Max(layout.TableBytes, 1)) is not { } table)
        {
            throw new VulkanException(Result.ErrorOutOfPoolMemory,
                $"vkAllocateDescriptorSets: the pool has no room for a set of {layout.ElementCount} descriptors");
        }

        Device.Region.Span(table.Offset, (int)table.Bytes).Clear();
        var set = new DescriptorSetObject(this, layout, table);
        ulong handle = HandleTable.Add(set);
        _sets.Add(handle, set);
        return handle;
    }

    public void Free(ulong handle)
    {
        // A set of another pool has its table elsewhere.
        if (!_sets.Remove(handle, out var set))
            return;
        HandleTable.Remove<DescriptorSetObject>(handle);
        set.IsFreed = true;
        _tables.Free(set.Table);
    }

    public void Reset()
    {
        foreach (var (handle, set) in _sets)
        {
            HandleTable.Remove<DescriptorSetObject>(handle);
            set.IsFreed = true;
        }

        _sets.Clear();
        _tables = NewTables();
    }

    public override void Destroy()
    {
        Reset();
        Device.Memory.FreeInternal(_range);
    }

    private RegionAllocator NewTables() => new(_range.Offset, _range.End, TableAlignment);
}
