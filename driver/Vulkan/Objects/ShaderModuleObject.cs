namespace ShaderJit.Vulkan.Objects;

/// <summary>VkShaderModule: a copy of the application's words, which may change or vanish after creation.</summary>
internal sealed class ShaderModuleObject(DeviceObject device, uint[] words) : DeviceChild(device)
{
    public uint[] Words { get; } = words;
}
