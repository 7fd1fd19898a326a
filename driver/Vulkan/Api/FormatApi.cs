using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;
using ShaderJit.Vulkan.Images;

namespace ShaderJit.Vulkan.Api;

/// <summary>What a physical device can do with formats.</summary>
internal static unsafe class FormatApi
{
    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceFormatProperties(PhysicalDevice device, Format format, FormatProperties* properties) =>
        *properties = Describe(format, out _);

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceFormatProperties2(PhysicalDevice device, Format format, FormatProperties2* properties)
    {
        properties->FormatProperties = Describe(format, out var wide);
        var target = PNextChain.Find<FormatProperties3>(properties->PNext);
        if (target == null)
            return;
        target->LinearTilingFeatures = wide.LinearTilingFeatures;
        target->OptimalTilingFeatures = wide.OptimalTilingFeatures;
        target->BufferFeatures = wide.BufferFeatures;
    }

    [UnmanagedCallersOnly]
    public static Result GetPhysicalDeviceImageFormatProperties(PhysicalDevice device, Format format, ImageType type,
        ImageTiling tiling, ImageUsageFlags usage, ImageCreateFlags flags, ImageFormatProperties* properties) =>
        ImageRules.TryDescribe(format, type, tiling, usage, flags, out *properties)
            ? Result.Success
            : Result.ErrorFormatNotSupported;

    [UnmanagedCallersOnly]
    public static Result GetPhysicalDeviceImageFormatProperties2(PhysicalDevice device, PhysicalDeviceImageFormatInfo2* info,
        ImageFormatProperties2* properties)
    {
        properties->ImageFormatProperties = default;

        var conversion = PNextChain.Find<SamplerYcbcrConversionImageFormatProperties>(properties->PNext);
        if (conversion != null)
            conversion->CombinedImageSamplerDescriptorCount = 1; // a descriptor names a record that has all planes

        // Images lie in memory the same way whoever copies them.
        var host = PNextChain.Find<HostImageCopyDevicePerformanceQueryEXT>(properties->PNext);
        if (host != null)
            host->OptimalDeviceAccess = host->IdenticalMemoryLayout = true;

        var external = PNextChain.Find<PhysicalDeviceExternalImageFormatInfo>(info->PNext);
        if (external != null && external->HandleType != 0)
        {
            var possible = ExternalMemoryApi.Describe(external->HandleType);
            if (possible.ExternalMemoryFeatures == 0)
                return Result.ErrorFormatNotSupported;
            var answer = PNextChain.Find<ExternalImageFormatProperties>(properties->PNext);
            if (answer != null)
                answer->ExternalMemoryProperties = possible;
        }

        return ImageRules.TryDescribe(info->Format, info->Type, info->Tiling, info->Usage, info->Flags,
            out properties->ImageFormatProperties)
            ? Result.Success
            : Result.ErrorFormatNotSupported;
    }

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceSparseImageFormatProperties(PhysicalDevice device, Format format, ImageType type,
        SampleCountFlags samples, ImageUsageFlags usage, ImageTiling tiling, uint* count,
        SparseImageFormatProperties* properties) => *count = 0;

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceSparseImageFormatProperties2(PhysicalDevice device,
        PhysicalDeviceSparseImageFormatInfo2* info, uint* count, SparseImageFormatProperties2* properties) => *count = 0;

    private static FormatProperties Describe(Format format, out FormatProperties3 wide)
    {
        wide = new FormatProperties3();
        if (FormatTable.Find(format) is not { } row)
            return default;
        wide.LinearTilingFeatures = FormatFeatures.OfLinearImages(row);
        wide.OptimalTilingFeatures = FormatFeatures.OfImages(row);
        wide.BufferFeatures = FormatFeatures.OfBuffers(row);

        // The low half of the wide flags are the narrow ones, but for one bit that only the wide ones have.
        const ulong Narrow = int.MaxValue;
        return new FormatProperties
        {
            LinearTilingFeatures = (FormatFeatureFlags)(uint)((ulong)wide.LinearTilingFeatures & Narrow),
            OptimalTilingFeatures = (FormatFeatureFlags)(uint)((ulong)wide.OptimalTilingFeatures & Narrow),
            BufferFeatures = (FormatFeatureFlags)(uint)((ulong)wide.BufferFeatures & Narrow),
        };
    }
}
