namespace ShaderJit.Vulkan.Objects;

/// <summary>What every object of a device has.</summary>
internal abstract class DeviceChild(DeviceObject device)
{
    public DeviceObject Device { get; } = device;

    /// <summary>Name given by vkSetDebugUtilsObjectNameEXT; shown in fault reports.</summary>
    public string? DebugName { get; set; }

    /// <summary>Gives back what the object holds, after its handle was taken away.</summary>
    public virtual void Destroy()
    {
    }
}
