using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan;

/// <summary>Carries a VkResult out of the driver's objects; entry points turn it into their return value.</summary>
internal sealed class VulkanException(Result result, string message) : Exception(message)
{
    public Result Result { get; } = result;
}
