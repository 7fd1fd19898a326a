using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Samplers, and their conversions of Y'CbCr.</summary>
internal static unsafe class SamplerApi
{
    [UnmanagedCallersOnly]
    public static Result CreateSampler(Device device, SamplerCreateInfo* info, AllocationCallbacks* allocator, Sampler* sampler) =>
        Entry.Create(device, info, sampler, &Make);

    [UnmanagedCallersOnly]
    public static void DestroySampler(Device device, Sampler sampler, AllocationCallbacks* allocator) =>
        Entry.Destroy<SamplerObject>(device, sampler.Handle);

    [UnmanagedCallersOnly]
    public static Result CreateSamplerYcbcrConversion(Device device, SamplerYcbcrConversionCreateInfo* info,
        AllocationCallbacks* allocator, SamplerYcbcrConversion* conversion) => Entry.Create(device, info, conversion, &Make);

    [UnmanagedCallersOnly]
    public static void DestroySamplerYcbcrConversion(Device device, SamplerYcbcrConversion conversion,
        AllocationCallbacks* allocator) => Entry.Destroy<YcbcrConversionObject>(device, conversion.Handle);

    private static YcbcrConversionObject Make(DeviceObject device, SamplerYcbcrConversionCreateInfo* info) => new(device, *info);

    private static SamplerObject Make(DeviceObject device, SamplerCreateInfo* info)
    {
        var mode = PNextChain.Find<SamplerReductionModeCreateInfo>(info->PNext);
        var custom = PNextChain.Find<SamplerCustomBorderColorCreateInfoEXT>(info->PNext);
        (uint, uint, uint, uint) border = default;
        if (custom != null)
        {
            ref var color = ref custom->CustomBorderColor;
            border = (color.Uint32[0], color.Uint32[1], color.Uint32[2], color.Uint32[3]);
        }

        var conversion = PNextChain.Find<SamplerYcbcrConversionInfo>(info->PNext);
        var converter = conversion == null ? null : Entry.Get<YcbcrConversionObject>(device, conversion->Conversion.Handle);
        return new SamplerObject(device, SamplerObject.Describe(*info, mode == null ? 0 : mode->ReductionMode, border))
        {
            Conversion = converter?.Conversion, ConvertedFormat = converter?.Format,
        };
    }
}
