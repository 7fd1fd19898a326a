using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Samplers.</summary>
internal static unsafe class SamplerApi
{
    [UnmanagedCallersOnly]
    public static Result CreateSampler(Device device, SamplerCreateInfo* info, AllocationCallbacks* allocator, Sampler* sampler) =>
        Entry.Create(device, info, sampler, &Make);

    [UnmanagedCallersOnly]
    public static void DestroySampler(Device device, Sampler sampler, AllocationCallbacks* allocator) =>
        Entry.Destroy<SamplerObject>(device, sampler.Handle);

    private static SamplerObject Make(DeviceObject device, SamplerCreateInfo* info)
    {
        if (PNextChain.Find<SamplerYcbcrConversionInfo>(info->PNext) != null)
            throw new VulkanException(Result.ErrorFeatureNotPresent, "Y'CbCr conversion is not supported");
        var mode = PNextChain.Find<SamplerReductionModeCreateInfo>(info->PNext);
        var custom = PNextChain.Find<SamplerCustomBorderColorCreateInfoEXT>(info->PNext);
        (uint, uint, uint, uint) border = default;
        if (custom != null)
        {
            ref var color = ref custom->CustomBorderColor;
            border = (color.Uint32[0], color.Uint32[1], color.Uint32[2], color.Uint32[3]);
        }

        return new SamplerObject(device, SamplerObject.Describe(*info, mode == null ? 0 : mode->ReductionMode, border));
    }
}
