using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Samples;

/// <summary>A Vulkan command that failed.</summary>
public sealed class VulkanError(Result result, string command) : Exception($"{command}: {result}")
{
    public Result Result { get; } = result;

    /// <exception cref="VulkanError">The result is an error.</exception>
    public static void Check(Result result, string command)
    {
        if (result < Result.Success)
            throw new VulkanError(result, command);
    }
}
