using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkDescriptorUpdateTemplate.</summary>
/// <param name="pushedSet">Number of the set that it pushes; null for a template that updates sets.</param>
internal sealed class DescriptorUpdateTemplateObject(DeviceObject device, DescriptorUpdateTemplateEntry[] entries, uint? pushedSet)
    : DeviceChild(device)
{
    public DescriptorUpdateTemplateEntry[] Entries { get; } = entries;

    public uint? PushedSet { get; } = pushedSet;
}
