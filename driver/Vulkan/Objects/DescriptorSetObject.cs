using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ShaderJit.Abi;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Memory;

namespace ShaderJit.Vulkan.Objects;

/// <summary>What was written to one descriptor. The host's copy is the one that counts; the region's is for kernels.</summary>
/// <param name="Resource">A BufferObject, BufferViewObject or ImageViewObject; null is a null descriptor, or a sampler alone.</param>
/// <param name="Sampler">Of samplers and combined image samplers.</param>
/// <param name="Type">What it was written as.</param>
internal readonly record struct DescriptorValue(DeviceChild? Resource, ulong Offset, ulong Range, SamplerObject? Sampler = null,
    DescriptorType Type = default);

/// <summary>
/// VkDescriptorSet: a table in the region and the host's copy of it. Writing while kernels read the table is harmless: a
/// descriptor is stored at once, and whatever a kernel finds, it stays in the region.
/// </summary>
internal sealed class DescriptorSetObject : DeviceChild
{
    private readonly DescriptorValue[] _values;
    private readonly ulong _tableBytes;

    /// <param name="table">Zeros, and room for all descriptors of the layout.</param>
    /// <param name="variableCount">Descriptors (or bytes) of the binding with a variable count.</param>
    public DescriptorSetObject(DescriptorSetLayoutObject layout, RegionRange table, uint variableCount = 0)
        : base(layout.Device)
    {
        Layout = layout;
        Table = table;
        (int elements, _tableBytes) = layout.SizeWith(variableCount);
        _values = new DescriptorValue[elements];
        layout.WriteNull(Slot(0, (int)layout.TableBytes));
        foreach (ref readonly var binding in layout.Bindings.AsSpan())
        {
            if (!binding.IsInline)
                continue;
            ulong bytes = binding.IsVariable ? variableCount : (ulong)binding.InlineBytes;
            Store(Slot(binding.TableOffset, BufferDescriptor.Size),
                new BufferDescriptor(table.Offset + (ulong)binding.InlineOffset, (uint)bytes));
        }
    }

    public DescriptorSetLayoutObject Layout { get; }

    public RegionRange Table { get; }

    public int ElementCount => _values.Length;

    /// <summary>True once its handle is gone: a command buffer that still has it finds null descriptors.</summary>
    public bool IsFreed { get; set; }

    public DescriptorValue this[int element] => _values[element];

    /// <summary>Writes one descriptor of a binding.</summary>
    /// <param name="index">Index in the binding's array.</param>
    public void Write(in LayoutBinding binding, int index, DescriptorValue value)
    {
        if (binding.Samplers is { } immutable)
            value = value with { Sampler = immutable[index] };
        _values[binding.FirstElement + index] = value;
        var slot = Slot(binding.TableOffset + (index * binding.Stride), binding.Stride);
        if (binding.IsBuffer || binding.IsMutable)
        {
            Store(slot, value.Resource is BufferObject buffer ? Resolve(buffer, value.Offset, value.Range) : default);
            if (binding.IsBuffer)
                return;
            slot = slot[BufferDescriptor.Size..];
        }

        ulong image = value.Resource switch
        {
            ImageViewObject view when value.Sampler?.Converts(view) is not false =>
                binding.IsStorageImage(value) ? view.StorageRecordOffset : view.RecordOffset,
            BufferViewObject view => view.RecordOffset,
            _ => Device.Records.Null,
        };
        Store(slot, new ImageDescriptor(image, value.Sampler?.RecordOffset ?? Device.Records.Null));
    }

    /// <summary>Bytes of an inline uniform block.</summary>
    /// <exception cref="VulkanException">They are not in the block.</exception>
    public Span<byte> Inline(in LayoutBinding binding, uint offset, uint bytes)
    {
        ulong end = binding.IsVariable ? _tableBytes : (ulong)(binding.InlineOffset + binding.InlineBytes);
        if ((ulong)binding.InlineOffset + offset + bytes > end)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkWriteDescriptorSet-descriptorType-02219: {bytes} bytes at {offset} are not in inline uniform block {binding.Binding}");
        }

        return Slot(binding.InlineOffset + (int)offset, (int)bytes);
    }

    /// <summary>Takes over what another set of the same layout holds.</summary>
    public void CopyFrom(DescriptorSetObject source)
    {
        source._values.CopyTo(_values, 0);
        foreach (ref readonly var binding in Layout.Bindings.AsSpan())
        {
            if (binding.IsInline)
                source.Inline(binding, 0, (uint)binding.InlineBytes).CopyTo(Inline(binding, 0, (uint)binding.InlineBytes));
            for (int i = 0; !binding.IsInline && i < binding.Count; i++)
                Write(binding, i, _values[binding.FirstElement + i]);
        }
    }

    /// <summary>The descriptor of a dynamic buffer with its dynamic offset.</summary>
    public BufferDescriptor ResolveDynamic(int element, uint dynamicOffset) =>
        _values[element] is { Resource: BufferObject buffer } value
            ? Resolve(buffer, value.Offset + dynamicOffset, value.Range)
            : default;

    /// <summary>Writes a descriptor in the form that kernels read, in one store.</summary>
    public static void Store(Span<byte> target, BufferDescriptor descriptor) =>
        MemoryMarshal.Write(target, Vector128.Create(descriptor.Offset, descriptor.Range));

    /// <summary>Writes a descriptor in the form that kernels read, in one store.</summary>
    public static void Store(Span<byte> target, ImageDescriptor descriptor) =>
        MemoryMarshal.Write(target, Vector128.Create(descriptor.Image, descriptor.Sampler));

    private Span<byte> Slot(int offset, int bytes) => Device.Region.Span(Table.Offset + (ulong)offset, bytes);

    private static BufferDescriptor Resolve(BufferObject buffer, ulong offset, ulong range)
    {
        if (!buffer.IsResident || offset >= buffer.Size)
            return default;
        ulong left = buffer.Size - offset;
        ulong bytes = range == Vk.WholeSize ? left : Math.Min(range, left);
        return new BufferDescriptor(buffer.RegionOffset + offset, (uint)Math.Min(bytes, DeviceLimits.MaxBufferRange));
    }
}
