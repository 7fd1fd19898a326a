using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Memory;

namespace ShaderJit.Vulkan.Objects;

/// <summary>What was written to one descriptor. The host's copy is the one that counts; the region's is for kernels.</summary>
/// <param name="Resource">A BufferObject, BufferViewObject or SamplerObject; null is a null descriptor.</param>
internal readonly record struct DescriptorValue(DeviceChild? Resource, ulong Offset, ulong Range);

/// <summary>VkDescriptorSet: a table in the region and the host's copy of it.</summary>
internal sealed class DescriptorSetObject(DescriptorPoolObject pool, DescriptorSetLayoutObject layout, RegionRange table)
    : DeviceChild(pool.Device)
{
    private readonly DescriptorValue[] _values = new DescriptorValue[layout.ElementCount];

    public DescriptorPoolObject Pool { get; } = pool;

    public DescriptorSetLayoutObject Layout { get; } = layout;

    public RegionRange Table { get; } = table;

    /// <summary>True once its handle is gone: a command buffer that still has it finds null descriptors.</summary>
    public bool IsFreed { get; set; }

    public DescriptorValue this[int element] => _values[element];

    /// <summary>Writes one descriptor, by its index among all of the set.</summary>
    public void Write(int element, DescriptorValue value)
    {
        _values[element] = value;
        var descriptor = value.Resource is BufferObject buffer ? Resolve(buffer, value.Offset, value.Range) : default;
        Store(Device.Region.Span(Table.Offset + ((ulong)element * BufferDescriptor.Size), BufferDescriptor.Size), descriptor);
    }

    /// <summary>The descriptor of a dynamic buffer with its dynamic offset.</summary>
    public BufferDescriptor ResolveDynamic(int element, uint dynamicOffset) =>
        _values[element] is { Resource: BufferObject buffer } value
            ? Resolve(buffer, value.Offset + dynamicOffset, value.Range)
            : default;

    /// <summary>Writes a descriptor in the form that kernels read.</summary>
    public static void Store(Span<byte> target, BufferDescriptor descriptor)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target[BufferDescriptor.OffsetField..], descriptor.Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(target[BufferDescriptor.RangeField..], descriptor.Range);
    }

    private static BufferDescriptor Resolve(BufferObject buffer, ulong offset, ulong range)
    {
        if (!buffer.IsResident || offset >= buffer.Size)
            return default;
        ulong left = buffer.Size - offset;
        ulong bytes = range == Vk.WholeSize ? left : Math.Min(range, left);
        return new BufferDescriptor(buffer.RegionOffset + offset, (uint)Math.Min(bytes, DeviceLimits.MaxBufferRange));
    }
}
