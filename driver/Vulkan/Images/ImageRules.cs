using System.Numerics;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;

namespace ShaderJit.Vulkan.Images;

/// <summary>Which images there can be: for vkGetPhysicalDeviceImageFormatProperties and for vkCreateImage.</summary>
internal static class ImageRules
{
    /// <summary>A sample is a plane of its own, and a kernel compares a sample's number with the count: any count will do.</summary>
    public const SampleCountFlags AllSamples = SampleCountFlags.Count1Bit | SampleCountFlags.Count2Bit
        | SampleCountFlags.Count4Bit | SampleCountFlags.Count8Bit | SampleCountFlags.Count16Bit | SampleCountFlags.Count32Bit
        | SampleCountFlags.Count64Bit;

    private const ImageCreateFlags RefusedFlags = ImageCreateFlags.SparseBindingBit | ImageCreateFlags.SparseResidencyBit
        | ImageCreateFlags.SparseAliasedBit | ImageCreateFlags.ProtectedBit;

    private const ImageUsageFlags KnownUsage = ImageUsageFlags.TransferSrcBit | ImageUsageFlags.TransferDstBit
        | ImageUsageFlags.HostTransferBitExt | ImageUsageFlags.SampledBit | ImageUsageFlags.StorageBit | AttachmentUsage;

    /// <summary>Usages that no queue has a use for; images may say them all the same.</summary>
    private const ImageUsageFlags AttachmentUsage = ImageUsageFlags.ColorAttachmentBit | ImageUsageFlags.DepthStencilAttachmentBit
        | ImageUsageFlags.InputAttachmentBit | ImageUsageFlags.TransientAttachmentBit;

    /// <summary>The limits for images of a kind; false, and zeros, where there are none of that kind.</summary>
    public static bool TryDescribe(Format format, ImageType type, ImageTiling tiling, ImageUsageFlags usage,
        ImageCreateFlags flags, out ImageFormatProperties properties)
    {
        properties = default;
        if (FormatTable.Find(format) is not { } row || usage == 0 || (usage & ~KnownUsage) != 0 || (flags & RefusedFlags) != 0)
            return false;
        if (tiling is not (ImageTiling.Optimal or ImageTiling.Linear))
            return false;
        var features = tiling == ImageTiling.Linear ? FormatFeatures.OfLinearImages(row) : FormatFeatures.OfImages(row);
        if (features == 0)
            return false;

        // Views of other formats may have what the image's own lacks.
        var needed = FormatFeatures.NeededFor(usage);
        var offered = (flags & ImageCreateFlags.ExtendedUsageBit) == 0 ? features
            : features | FormatFeatures.OfViews(row, (flags & ImageCreateFlags.BlockTexelViewCompatibleBit) != 0, tiling == ImageTiling.Linear);
        if ((needed & ~offered) != 0 || ((usage & AttachmentUsage) != 0 && !FormatFeatures.CanBeAttached(offered)))
            return false;

        // An image of one plane says so where it aliases a plane (VUID-VkImageCreateInfo-format-01577).
        if ((flags & ImageCreateFlags.DisjointBit) != 0 && !row.IsMultiPlanar && (flags & ImageCreateFlags.AliasBit) == 0)
            return false;
        bool isCube = (flags & ImageCreateFlags.CubeCompatibleBit) != 0;
        if (row.Ycbcr is not null && (type != ImageType.Type2D || isCube))
            return false;
        if ((isCube && type != ImageType.Type2D)
            || ((flags & (ImageCreateFlags.Create2DArrayCompatibleBit | ImageCreateFlags.Create2DViewCompatibleBitExt)) != 0 && type != ImageType.Type3D)
            || ((flags & ImageCreateFlags.BlockTexelViewCompatibleBit) != 0 && !row.IsCompressed))
        {
            return false;
        }

        switch (type)
        {
            case ImageType.Type1D:
                if (row.IsCompressed)
                    return false;
                properties.MaxExtent = new Extent3D { Width = DeviceLimits.MaxImage2D, Height = 1, Depth = 1 };
                break;
            case ImageType.Type2D:
                properties.MaxExtent = new Extent3D { Width = DeviceLimits.MaxImage2D, Height = DeviceLimits.MaxImage2D, Depth = 1 };
                break;
            case ImageType.Type3D:
                if (!row.IsColor)
                    return false;
                properties.MaxExtent = new Extent3D { Width = DeviceLimits.MaxImage3D, Height = DeviceLimits.MaxImage3D, Depth = DeviceLimits.MaxImage3D };
                break;
            default:
                return false;
        }

        properties.MaxArrayLayers = type == ImageType.Type3D ? 1 : DeviceLimits.MaxImageLayers;
        properties.MaxMipLevels = MipLevels(properties.MaxExtent);
        properties.SampleCounts = type == ImageType.Type2D && tiling == ImageTiling.Optimal && !isCube && FormatFeatures.CanBeAttached(features)
            ? AllSamples
            : SampleCountFlags.Count1Bit;

        if (row.Ycbcr is not null)
        {
            properties.MaxMipLevels = 1;
            properties.SampleCounts = SampleCountFlags.Count1Bit;
        }

        // What Vulkan demands. An image near to it is refused for want of memory.
        properties.MaxResourceSize = 1UL << 31;
        return true;
    }

    /// <summary>Throws where an image cannot be made.</summary>
    /// <exception cref="VulkanException">ErrorFormatNotSupported or, for limits that are not kept, ErrorUnknown.</exception>
    public static void Check(in ImageCreateInfo info)
    {
        if (!TryDescribe(info.Format, info.ImageType, info.Tiling, info.Usage, info.Flags, out var limits))
        {
            throw new VulkanException(Result.ErrorFormatNotSupported,
                $"VUID-VkImageCreateInfo-imageCreateMaxMipLevels-02251: no {info.ImageType} images of {info.Format}, {info.Tiling}, with usage {info.Usage} and flags {info.Flags}");
        }

        var extent = info.Extent;
        if (extent.Width == 0 || extent.Height == 0 || extent.Depth == 0 || extent.Width > limits.MaxExtent.Width
            || extent.Height > limits.MaxExtent.Height || extent.Depth > limits.MaxExtent.Depth)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkImageCreateInfo-extent-02252: {extent.Width} x {extent.Height} x {extent.Depth} is not within the limits");
        }

        if (FormatTable.Find(info.Format)!.Ycbcr is { } chroma
            && ((chroma.HalvesWidth && extent.Width % 2 != 0) || (chroma.HalvesHeight && extent.Height % 2 != 0)))
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkImageCreateInfo-format-04712: {extent.Width} x {extent.Height} texels of {info.Format} cannot share their chroma");
        }

        if (info.MipLevels == 0 || info.MipLevels > Math.Min(MipLevels(extent), limits.MaxMipLevels))
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkImageCreateInfo-mipLevels-00958: {info.MipLevels} levels");
        if (info.ArrayLayers == 0 || info.ArrayLayers > limits.MaxArrayLayers)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkImageCreateInfo-arrayLayers-02256: {info.ArrayLayers} layers");
        bool isSquare = extent.Width == extent.Height && info.ArrayLayers >= 6;
        if ((info.Flags & ImageCreateFlags.CubeCompatibleBit) != 0 && !isSquare)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkImageCreateInfo-imageType-00954: cubes have square faces, six of them");
        if (BitOperations.PopCount((uint)info.Samples) != 1 || (info.Samples & limits.SampleCounts) == 0)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkImageCreateInfo-samples-02258: {info.Samples}");
        if (info.Samples != SampleCountFlags.Count1Bit && info.MipLevels != 1)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkImageCreateInfo-samples-02257: multisampled images have one level");
    }

    private static uint MipLevels(Extent3D extent) =>
        (uint)BitOperations.Log2(Math.Max(extent.Width, Math.Max(extent.Height, extent.Depth))) + 1;
}
