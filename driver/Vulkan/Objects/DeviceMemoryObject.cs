using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Memory;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkDeviceMemory: a committed range of the device's region.</summary>
internal sealed class DeviceMemoryObject(DeviceObject device, RegionRange range, ulong size, SharedMemory? shared, HostMemory? host)
    : DeviceChild(device)
{
    public RegionRange Range { get; } = range;

    /// <summary>VkMemoryAllocateInfo::allocationSize, in bytes.</summary>
    public ulong Size { get; } = size;

    /// <summary>What is mapped there, where the memory can be exported or was imported; else null.</summary>
    public SharedMemory? Shared { get; } = shared;

    /// <summary>The application's own memory, where it was imported by its address; else null.</summary>
    public HostMemory? Host { get; } = host;

    /// <summary>True while mapped by vkMapMemory.</summary>
    public bool IsMapped { get; set; }

    /// <summary>True from vkFreeMemory on. Commands that were recorded with it then do nothing.</summary>
    public bool IsFreed { get; private set; }

    public override void Destroy()
    {
        IsFreed = true;
        Device.Memory.Free(this);
        Shared?.Dispose();
        Host?.Dispose();
    }
}
