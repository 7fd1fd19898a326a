using System.Numerics;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>vkGetPhysicalDeviceImageFormatProperties for every format, type, tiling and usage: what it says of an image holds for
/// vkCreateImage, and keeps to the device's limits.</summary>
public sealed unsafe class ImageLimitTests : VulkanTest
{
    private static readonly (ImageUsageFlags Usage, FormatFeatureFlags Feature)[] Usages =
    [
        (ImageUsageFlags.TransferSrcBit, FormatFeatureFlags.TransferSrcBit),
        (ImageUsageFlags.TransferDstBit, FormatFeatureFlags.TransferDstBit),
        (ImageUsageFlags.SampledBit, FormatFeatureFlags.SampledImageBit),
        (ImageUsageFlags.StorageBit, FormatFeatureFlags.StorageImageBit),
        (ImageUsageFlags.ColorAttachmentBit, FormatFeatureFlags.ColorAttachmentBit),
        (ImageUsageFlags.DepthStencilAttachmentBit, FormatFeatureFlags.DepthStencilAttachmentBit),
    ];

    [Theory]
    [InlineData(ImageTiling.Optimal)]
    [InlineData(ImageTiling.Linear)]
    public void ImagesAreAsDescribed(ImageTiling tiling)
    {
        using var device = new TestDevice();
        device.Vk.GetPhysicalDeviceProperties(device.Vulkan.Physical, out var properties);
        int described = 0;
        foreach (var row in FormatTable.All)
        {
            device.Vk.GetPhysicalDeviceFormatProperties(device.Vulkan.Physical, row.Format, out var format);
            var features = tiling == ImageTiling.Linear ? format.LinearTilingFeatures : format.OptimalTilingFeatures;
            foreach (var type in (ImageType[])[ImageType.Type1D, ImageType.Type2D, ImageType.Type3D])
            {
                foreach (var (usage, feature) in Usages)
                {
                    ImageFormatProperties limits;
                    new Span<byte>(&limits, sizeof(ImageFormatProperties)).Fill(0xCD);
                    var result = device.Vk.GetPhysicalDeviceImageFormatProperties(device.Vulkan.Physical, row.Format, type, tiling, usage, 0, &limits);
                    var info = new ImageCreateInfo
                    {
                        ImageType = type, Format = row.Format, Tiling = tiling, Usage = usage, MipLevels = 1, ArrayLayers = 1,
                        Samples = SampleCountFlags.Count1Bit, Extent = new Extent3D { Width = 4, Height = type == ImageType.Type1D ? 1u : 4, Depth = 1 },
                    };
                    var made = device.Vk.CreateImage(device.Device, in info, null, out var image);
                    device.Vk.DestroyImage(device.Device, image, null);
                    Assert.True(result == made, $"{row.Format} {type} {tiling} {usage}: {result} described, {made} made");
                    if (result != Result.Success)
                    {
                        Assert.Equal(Result.ErrorFormatNotSupported, result);
                        Assert.True(new ReadOnlySpan<byte>(&limits, sizeof(ImageFormatProperties)).IndexOfAnyExcept((byte)0) < 0, $"{row.Format} {type}: not all zeros");
                        continue;
                    }

                    described++;
                    Assert.True((features & feature) != 0, $"{row.Format} {tiling} {usage}");
                    CheckLimits(row, limits, type, tiling, properties.Limits);
                    bool isAttachment = (features & (FormatFeatureFlags.ColorAttachmentBit | FormatFeatureFlags.DepthStencilAttachmentBit)) != 0;
                    Assert.True(limits.SampleCounts != SampleCountFlags.Count1Bit == (isAttachment && type == ImageType.Type2D), $"{row.Format} {type} {tiling}: {limits.SampleCounts}");
                }
            }
        }

        Assert.True(described > 300);
    }

    /// <summary>With VK_IMAGE_CREATE_EXTENDED_USAGE_BIT an image may have each usage that one of the formats its views may have
    /// offers, and no other.</summary>
    [Theory]
    [InlineData(ImageTiling.Optimal)]
    [InlineData(ImageTiling.Linear)]
    public void ExtendedUsagesAreThoseOfViews(ImageTiling tiling)
    {
        using var device = new TestDevice();
        const ImageCreateFlags Extended = ImageCreateFlags.MutableFormatBit | ImageCreateFlags.ExtendedUsageBit;
        ImageUsageFlags[] usages = [.. Usages.Select(u => u.Usage), ImageUsageFlags.InputAttachmentBit, ImageUsageFlags.TransientAttachmentBit];
        int extended = 0;
        foreach (var row in FormatTable.All.Where(row => row.Ycbcr is null))
        {
            device.Vk.GetPhysicalDeviceFormatProperties(device.Vulkan.Physical, row.Format, out var properties);
            if ((tiling == ImageTiling.Linear ? properties.LinearTilingFeatures : properties.OptimalTilingFeatures) == 0)
                continue;
            foreach (var usage in usages)
            {
                bool own = Has(row, usage, 0);
                bool any = own || FormatTable.All.Any(view => view.Ycbcr is null && row.IsColor && view.IsColor
                    && !row.IsCompressed && !view.IsCompressed && view.BlockBytes == row.BlockBytes && Has(view, usage, 0));
                Assert.True(any == Has(row, usage, Extended), $"{row.Format} {tiling} {usage}: {any} expected");
                extended += any && !own ? 1 : 0;
            }
        }

        Assert.True(extended > 3);

        bool Has(FormatInfo row, ImageUsageFlags usage, ImageCreateFlags flags)
        {
            ImageFormatProperties limits;
            return device.Vk.GetPhysicalDeviceImageFormatProperties(device.Vulkan.Physical, row.Format, ImageType.Type2D, tiling, usage, flags, &limits) == Result.Success;
        }
    }

    private static void CheckLimits(FormatInfo row, in ImageFormatProperties limits, ImageType type, ImageTiling tiling, in PhysicalDeviceLimits device)
    {
        var extent = limits.MaxExtent;
        uint largest = Math.Max(extent.Width, Math.Max(extent.Height, extent.Depth));
        Assert.InRange(limits.MaxMipLevels, 1u, (uint)BitOperations.Log2(largest) + 1);
        Assert.True(limits.MaxResourceSize >= 1u << 31);
        Assert.NotEqual(0u, (uint)(limits.SampleCounts & SampleCountFlags.Count1Bit));
        bool is3D = type == ImageType.Type3D;
        Assert.Equal((type == ImageType.Type1D, !is3D), (extent.Height == 1, extent.Depth == 1));
        if (is3D)
            Assert.Equal(1u, limits.MaxArrayLayers);
        if (tiling == ImageTiling.Linear)
            return;
        if (row.Ycbcr is not null)
        {
            Assert.Equal((1u, device.MaxImageArrayLayers), (limits.MaxMipLevels, limits.MaxArrayLayers));
            return;
        }

        Assert.Equal((uint)BitOperations.Log2(largest) + 1, limits.MaxMipLevels);
        Assert.True(extent.Width >= (is3D ? device.MaxImageDimension3D : type == ImageType.Type2D ? device.MaxImageDimension2D : device.MaxImageDimension1D));
        if (!is3D)
            Assert.True(limits.MaxArrayLayers >= device.MaxImageArrayLayers);
    }
}
