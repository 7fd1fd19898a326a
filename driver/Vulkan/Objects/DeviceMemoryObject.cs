using ShaderJit.Vulkan.Memory;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkDeviceMemory: a committed range of the device's region.</summary>
internal sealed class DeviceMemoryObject(DeviceObject device, RegionRange range, ulong size) : DeviceChild(device)
{
    public RegionRange Range { get; } = range;

    /// <summary>VkMemoryAllocateInfo::allocationSize, in bytes.</summary>
    public ulong Size { get; } = size;

    /// <summary>True while mapped by vkMapMemory.</summary>
    public bool IsMapped { get; set; }

    /// <summary>True from vkFreeMemory on. Commands that were recorded with it then do nothing.</summary>
    public bool IsFreed { get; private set; }

    public override void Destroy()
    {
        IsFreed = true;
        Device.Memory.Free(this);
    }
}
