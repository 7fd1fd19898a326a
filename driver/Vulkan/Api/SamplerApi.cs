using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Samplers.</summary>
internal static unsafe class SamplerApi
{
    [UnmanagedCallersOnly]
    public static Result CreateSampler(Device device, SamplerCreateInfo* info, AllocationCallbacks* allocator, Sampler* sampler)
    {
        try
        {
            *sampler = default;
            var owner = Entry.Get(device);
            if (PNextChain.Find<SamplerYcbcrConversionInfo>(info->PNext) != null)
                throw new VulkanException(Result.ErrorFeatureNotPresent, "Y'CbCr conversion is not supported");
            if (info->AnisotropyEnable && !DeviceFeatures.Core.SamplerAnisotropy)
                throw new VulkanException(Result.ErrorFeatureNotPresent, "VUID-VkSamplerCreateInfo-anisotropyEnable-01070: no anisotropic filters");
            var mode = PNextChain.Find<SamplerReductionModeCreateInfo>(info->PNext);
            var custom = PNextChain.Find<SamplerCustomBorderColorCreateInfoEXT>(info->PNext);
            (uint, uint, uint, uint) border = default;
            if (custom != null)
            {
                ref var color = ref custom->CustomBorderColor;
                border = (color.Uint32[0], color.Uint32[1], color.Uint32[2], color.Uint32[3]);
            }

            var record = SamplerObject.Describe(*info, mode == null ? 0 : mode->ReductionMode, border);
            *sampler = new Sampler(HandleTable.Add(new SamplerObject(owner, record)));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void DestroySampler(Device device, Sampler sampler, AllocationCallbacks* allocator) =>
        Entry.Destroy<SamplerObject>(device, sampler.Handle);
}
