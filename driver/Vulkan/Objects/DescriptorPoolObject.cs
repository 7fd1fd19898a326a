using ShaderJit.Abi;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Memory;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkDescriptorPool: one range of the region, cut into the tables of its sets.</summary>
internal sealed class DescriptorPoolObject : DeviceChild
{
    /// <summary>Granularity and alignment of a set's table, in bytes.</summary>
    public const ulong TableAlignment = 64;

    private readonly RegionRange _range;
    private readonly uint _maxSets;
    private readonly Dictionary<ulong, DescriptorSetObject> _sets = [];
    private RegionAllocator _tables;

    /// <param name="descriptors">Of all types, without inline uniform blocks.</param>
    /// <param name="inlineBlocks">Inline uniform blocks of all sets.</param>
    /// <param name="inlineBytes">Bytes of those.</param>
    public DescriptorPoolObject(DeviceObject device, uint maxSets, ulong descriptors, ulong inlineBlocks = 0, ulong inlineBytes = 0)
        : base(device)
    {
        _maxSets = maxSets;

        // Each block has a descriptor in front, and both its ends are rounded up.
        _range = device.Memory.AllocateInternal((descriptors * BufferDescriptor.Size) + (inlineBlocks * 2 * BufferDescriptor.Size)
            + inlineBytes + (maxSets * TableAlignment));
        _tables = NewTables();
    }

    /// <summary>A set with null descriptors.</summary>
    /// <param name="variableCount">Descriptors (or bytes) of the binding whose count is variable.</param>
    public ulong Allocate(DescriptorSetLayoutObject layout, uint variableCount)
    {
        if (layout.IsPushed)
        {
            throw new VulkanException(Result.ErrorUnknown,
                "VUID-VkDescriptorSetAllocateInfo-pSetLayouts-00308: sets of this layout are pushed, not allocated");
        }

        if ((uint)_sets.Count >= _maxSets || TakeTable(layout) is not { } table)
        {
            throw new VulkanException(Result.ErrorOutOfPoolMemory,
                $"vkAllocateDescriptorSets: the pool has no room for a set of {layout.ElementCount} descriptors");
        }

        var set = new DescriptorSetObject(layout, table, variableCount);
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
        if (HasOwnTable(set.Layout))
            Device.Memory.FreeInternal(set.Table);
        else
            _tables.Free(set.Table);
    }

    public void Reset()
    {
        foreach (var (handle, set) in _sets)
        {
            HandleTable.Remove<DescriptorSetObject>(handle);
            set.IsFreed = true;
            if (HasOwnTable(set.Layout))
                Device.Memory.FreeInternal(set.Table);
        }

        _sets.Clear();
        _tables = NewTables();
    }

    public override void Destroy()
    {
        Reset();
        Device.Memory.FreeInternal(_range);
    }

    /// <summary>Shaders may index all descriptors that a layout allows, also those that a set with a variable count lacks. Such a
    /// table has room for them all: pages of their own, of which only those that are used take memory.</summary>
    private static bool HasOwnTable(DescriptorSetLayoutObject layout) => layout.Variable is not null;

    /// <summary>A table of zeros; null where the pool has no room.</summary>
    private RegionRange? TakeTable(DescriptorSetLayoutObject layout)
    {
        ulong bytes = Math.Max(layout.TableBytes, 1);
        if (HasOwnTable(layout))
            return Device.Memory.AllocateInternal(bytes);
        if (_tables.Allocate(bytes) is not { } table)
            return null;
        Device.Region.Span(table.Offset, (int)table.Bytes).Clear();
        return table;
    }

    private RegionAllocator NewTables() => new(_range.Offset, _range.End, TableAlignment);
}
