using ShaderJit.Abi;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;
using ShaderJit.Vulkan.Images;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkBufferView: a range of a buffer as texels, and the record of it that kernels read.</summary>
internal sealed class BufferViewObject : DeviceChild
{
    /// <param name="range">Bytes, or VK_WHOLE_SIZE.</param>
    /// <exception cref="VulkanException">The range is not in the buffer, or the format is not for texel buffers.</exception>
    public BufferViewObject(BufferObject buffer, Format format, ulong offset, ulong range)
        : base(buffer.Device)
    {
        if (FormatTable.Find(format) is not { } row || FormatFeatures.OfTexelBuffers(row) == 0)
            throw new VulkanException(Result.ErrorFormatNotSupported, $"VUID-VkBufferViewCreateInfo-format-08779: no texel buffers of {format}");
        if (offset >= buffer.Size || (range != Vk.WholeSize && (range == 0 || range > buffer.Size - offset)))
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkBufferViewCreateInfo-offset-00931: outside the buffer");
        if (offset % DeviceLimits.BufferOffsetAlignment != 0)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkBufferViewCreateInfo-offset-02749: {offset} is not aligned");
        if (!buffer.IsResident)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkBufferViewCreateInfo-buffer-00935: the buffer has no memory");
        ulong bytes = range == Vk.WholeSize ? buffer.Size - offset : range;
        ulong texels = Math.Min(bytes / (ulong)row.BlockBytes, DeviceLimits.MaxTexelBufferElements);
        Buffer = buffer;
        Format = row;
        var record = new ImageRecord
        {
            Base = buffer.RegionOffset + offset, Width = (uint)texels, Levels = [new ImageRecord.Level(0, 0, 0)],
        };
        RecordOffset = Device.Records.Add(RecordWriter.WithFormat(record, row, isStencil: false, isOpaque: false, default, () => 0));
    }

    public BufferObject Buffer { get; }

    public FormatInfo Format { get; }

    /// <summary>Region offset of the <see cref="ImageRecord"/>.</summary>
    public ulong RecordOffset { get; }

    public override void Destroy() => Device.Records.FreeImage(RecordOffset);
}
