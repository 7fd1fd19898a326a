using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkBuffer.</summary>
internal sealed class BufferObject(DeviceObject device, ulong size, BufferUsageFlags usage) : DeviceChild(device)
{
    /// <summary>Alignment of a buffer's memory, in bytes: a cache line, and a whole vector.</summary>
    public const ulong Alignment = 64;

    /// <summary>Bytes.</summary>
    public ulong Size { get; } = size;
    public BufferUsageFlags Usage { get; } = usage;
    public DeviceMemoryObject? Memory { get; private set; }
    public ulong MemoryOffset { get; private set; }

    /// <summary>True while memory is bound and not freed.</summary>
    public bool IsResident => Memory is { IsFreed: false };

    /// <summary>Region offset of byte 0; only where <see cref="IsResident"/>.</summary>
    public ulong RegionOffset => Memory!.Range.Offset + MemoryOffset;

    public void Bind(DeviceMemoryObject memory, ulong offset)
    {
        if (Memory is not null)
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkBindBufferMemory-buffer-07459: buffer is bound already");
        if (offset % Alignment != 0)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-vkBindBufferMemory-memoryOffset-01036: {offset} is not a multiple of {Alignment}");
        }

        if (offset > memory.Size || Size > memory.Size - offset)
        {
            throw new VulkanException(Result.ErrorOutOfDeviceMemory,
                $"vkBindBufferMemory: {Size} bytes at {offset} do not fit in memory of {memory.Size} bytes");
        }

        Memory = memory;
        MemoryOffset = offset;
        Device.Buffers.Add(this);
    }

    public override void Destroy() => Device.Buffers.Remove(this);
}
