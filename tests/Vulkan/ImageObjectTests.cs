using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Formats, images, views, samplers: what is offered, made and refused.</summary>
public sealed unsafe class ImageObjectTests : VulkanTest
{
    private const FormatFeatureFlags Sampled = FormatFeatureFlags.SampledImageBit | FormatFeatureFlags.BlitSrcBit
        | FormatFeatureFlags.TransferSrcBit | FormatFeatureFlags.TransferDstBit;

    private const FormatFeatureFlags Filtered = Sampled | FormatFeatureFlags.SampledImageFilterLinearBit;
    private const FormatFeatureFlags Stored = FormatFeatureFlags.StorageImageBit;
    private const FormatFeatureFlags Drawn = FormatFeatureFlags.ColorAttachmentBit | FormatFeatureFlags.BlitDstBit;
    private const FormatFeatureFlags Blended = FormatFeatureFlags.ColorAttachmentBlendBit;
    private const FormatFeatureFlags Vertices = FormatFeatureFlags.VertexBufferBit;
    private const FormatFeatureFlags Texels = FormatFeatureFlags.UniformTexelBufferBit;
    private const FormatFeatureFlags StoredTexels = FormatFeatureFlags.StorageTexelBufferBit;

    /// <summary>"Required Format Support" of the specification, rows of every kind.</summary>
    public static TheoryData<Format, FormatFeatureFlags, FormatFeatureFlags> Required => new()
    {
        { Format.B4G4R4A4UnormPack16, Filtered, 0 },
        { Format.R5G6B5UnormPack16, Filtered | Drawn | Blended, 0 },
        { Format.A1R5G5B5UnormPack16, Filtered | Drawn | Blended, 0 },
        { Format.R8Unorm, Filtered | Drawn | Blended, Vertices | Texels },
        { Format.R8Snorm, Filtered, Vertices | Texels },
        { Format.R8Uint, Sampled | Drawn, Vertices | Texels },
        { Format.R8G8Sint, Sampled | Drawn, Vertices | Texels },
        { Format.R8G8B8A8Unorm, Filtered | Drawn | Blended | Stored, Vertices | Texels | StoredTexels },
        { Format.R8G8B8A8Snorm, Filtered | Stored, Vertices | Texels | StoredTexels },
        { Format.R8G8B8A8Uint, Sampled | Drawn | Stored, Vertices | Texels | StoredTexels },
        { Format.R8G8B8A8Srgb, Filtered | Drawn | Blended, 0 },
        { Format.B8G8R8A8Unorm, Filtered | Drawn | Blended, Vertices | Texels },
        { Format.B8G8R8A8Srgb, Filtered | Drawn | Blended, 0 },
        { Format.A8B8G8R8SnormPack32, Filtered, Vertices | Texels | StoredTexels },
        { Format.A2B10G10R10UnormPack32, Filtered | Drawn | Blended, Vertices | Texels },
        { Format.A2B10G10R10UintPack32, Sampled | Drawn, Texels },
        { Format.R16Snorm, 0, Vertices },
        { Format.R16G16B16A16Sfloat, Filtered | Drawn | Blended | Stored, Vertices | Texels | StoredTexels },
        { Format.R16Sfloat, Filtered | Drawn | Blended, Vertices | Texels },
        { Format.R32Uint, Sampled | Drawn | Stored | FormatFeatureFlags.StorageImageAtomicBit, Vertices | Texels | StoredTexels | FormatFeatureFlags.StorageTexelBufferAtomicBit },
        { Format.R32Sfloat, Sampled | Drawn | Stored, Vertices | Texels | StoredTexels },
        { Format.R32G32Sint, Sampled | Drawn | Stored, Vertices | Texels | StoredTexels },
        { Format.R32G32B32Sfloat, 0, Vertices },
        { Format.R32G32B32A32Sfloat, Sampled | Drawn | Stored, Vertices | Texels | StoredTexels },
        { Format.B10G11R11UfloatPack32, Filtered, Texels },
        { Format.E5B9G9R9UfloatPack32, Filtered, 0 },
        { Format.D16Unorm, Sampled | FormatFeatureFlags.DepthStencilAttachmentBit, 0 },
        { Format.D32Sfloat, Sampled | FormatFeatureFlags.DepthStencilAttachmentBit, 0 },
        { Format.D32SfloatS8Uint, FormatFeatureFlags.DepthStencilAttachmentBit, 0 },
    };

    [Theory]
    [MemberData(nameof(Required))]
    public void RequiredFeaturesAreThere(Format format, FormatFeatureFlags optimal, FormatFeatureFlags buffers)
    {
        using var device = new TestDevice();
        device.Vk.GetPhysicalDeviceFormatProperties(device.Vulkan.Physical, format, out var properties);
        Assert.Equal(optimal, properties.OptimalTilingFeatures & optimal);
        Assert.Equal(buffers, properties.BufferFeatures & buffers);
        var wide = new FormatProperties3();
        var chain = new FormatProperties2 { PNext = &wide };
        device.Vk.GetPhysicalDeviceFormatProperties2(device.Vulkan.Physical, format, &chain);
        Assert.Equal((ulong)properties.OptimalTilingFeatures, (ulong)wide.OptimalTilingFeatures & 0x7FFFFFFF);
        Assert.Equal(chain.FormatProperties.BufferFeatures, properties.BufferFeatures);
    }

    [Fact]
    public void EveryRowAddsUp()
    {
        var seen = new HashSet<Format>();
        foreach (var row in FormatTable.All)
        {
            Assert.True(seen.Add(row.Format));
            Assert.Same(row, FormatTable.Find(row.Format));
            Assert.InRange(row.BlockBytes, 1, 16);
            int used = row.R.Bits + row.G.Bits + row.B.Bits + row.A.Bits + row.Stencil.Bits;
            Assert.True(row.IsCompressed ? used == 0 : used <= row.BlockBytes * 8, $"{row.Format}");
            Assert.Equal(row.IsCompressed, row.Decoded != Format.Undefined);
        }

        Assert.Null(FormatTable.Find(Format.Undefined));
        Assert.Null(FormatTable.Find(Format.Astc4x4UnormBlock));
        Assert.Null(FormatTable.Find((Format)int.MinValue));
    }

    [Fact]
    public void ImagesThatThereAreNotAreRefused()
    {
        using var device = new TestDevice();
        var good = HostImage.Describe(Format.R8G8B8A8Unorm, 16, 16, ImageUsageFlags.SampledBit);
        ImageCreateInfo[] wrong =
        [
            good with { Format = Format.Undefined }, good with { Format = Format.Etc2R8G8B8UnormBlock }, good with { Usage = 0 },
            good with { Usage = ImageUsageFlags.DepthStencilAttachmentBit },
            good with { Format = Format.BC7UnormBlock, Usage = ImageUsageFlags.ColorAttachmentBit }, good with { Format = Format.E5B9G9R9UfloatPack32, Samples = SampleCountFlags.Count4Bit },
            good with { Format = Format.D16Unorm, Usage = ImageUsageFlags.ColorAttachmentBit }, good with { Format = Format.R8G8B8A8Srgb, Usage = ImageUsageFlags.StorageBit },
            good with { Flags = ImageCreateFlags.SparseBindingBit }, good with { Extent = new Extent3D { Width = 16, Height = 16 } },
            good with { Extent = new Extent3D { Width = 1 << 20, Height = 16, Depth = 1 } }, good with { MipLevels = 6 }, good with { MipLevels = 0 },
            good with { ArrayLayers = 0 }, good with { ArrayLayers = 1 << 20 }, good with { Samples = 0 }, good with { Samples = (SampleCountFlags)3 },
            good with { Samples = SampleCountFlags.Count4Bit, MipLevels = 2 }, good with { Flags = ImageCreateFlags.CubeCompatibleBit },
            good with { ImageType = ImageType.Type1D }, good with { ImageType = (ImageType)99 }, good with { Tiling = ImageTiling.DrmFormatModifierExt },
            good with { Extent = new Extent3D { Width = 16384, Height = 16384, Depth = 1 }, ArrayLayers = 2 },
            good with { ImageType = ImageType.Type3D, Extent = new Extent3D { Width = 2048, Height = 2048, Depth = 2048 } },
        ];
        foreach (var info in wrong)
        {
            Assert.True(device.Vk.CreateImage(device.Device, in info, null, out var image) < 0, $"{info.Format} {info.Usage} {info.Extent.Width}");
            Assert.Equal(0u, image.Handle);
        }
    }

    [Fact]
    public void ViewsThatDoNotFitAreRefused()
    {
        using var device = new TestDevice();
        var image = device.Image(HostImage.Describe(Format.R8G8B8A8Unorm, 16, 16, ImageUsageFlags.SampledBit) with { ArrayLayers = 6, MipLevels = 3 });
        var good = new ImageViewCreateInfo { Image = image.Handle, ViewType = ImageViewType.Type2DArray, Format = Format.R8G8B8A8Unorm, SubresourceRange = image.Range };
        ImageViewCreateInfo[] wrong =
        [
            good with { ViewType = ImageViewType.Cube }, good with { ViewType = ImageViewType.Type2D }, good with { ViewType = ImageViewType.Type3D },
            good with { ViewType = (ImageViewType)77 }, good with { Format = Format.R16G16B16A16Sfloat }, good with { Format = Format.Undefined },
            good with { Image = default }, good with { SubresourceRange = image.Range with { BaseMipLevel = 3 } },
            good with { SubresourceRange = image.Range with { LevelCount = 4 } }, good with { SubresourceRange = image.Range with { BaseArrayLayer = 6 } },
            good with { SubresourceRange = image.Range with { BaseArrayLayer = 1, LayerCount = 6 } },
            good with { SubresourceRange = image.Range with { AspectMask = ImageAspectFlags.DepthBit } },
        ];
        foreach (var info in wrong)
        {
            Assert.True(device.Vk.CreateImageView(device.Device, in info, null, out var view) < 0, $"{info.ViewType} {info.Format}");
            Assert.Equal(0u, view.Handle);
        }

        // And an image without memory.
        var create = HostImage.Describe(Format.R8Unorm, 4, 4, ImageUsageFlags.SampledBit);
        TestDevice.Check(device.Vk.CreateImage(device.Device, in create, null, out var bare));
        var early = good with { Image = bare, ViewType = ImageViewType.Type2D, Format = Format.R8Unorm };
        Assert.True(device.Vk.CreateImageView(device.Device, in early, null, out _) < 0);
        device.Vk.DestroyImage(device.Device, bare, null);
    }

    /// <summary>Not valid, but Khronos' robustness tests do it: a view of another format of an image that is not mutable.</summary>
    [Fact]
    public void ImagesThatAreNotMutableHaveViewsOfOtherFormats()
    {
        using var device = new TestDevice();
        var info = HostImage.Describe(Format.R64Sint, 4, 4, ImageUsageFlags.StorageBit | ImageUsageFlags.SampledBit) with { Samples = SampleCountFlags.Count4Bit };
        var image = device.Image(info);
        Assert.NotEqual(0u, image.View(ImageViewType.Type2D).Handle);
        Assert.NotEqual(0u, image.View(ImageViewType.Type2D, Format.R32G32Sint).Handle);
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void MemoryMustBeLargeEnough()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var create = HostImage.Describe(Format.R32G32B32A32Sfloat, 100, 100, ImageUsageFlags.StorageBit);
        TestDevice.Check(vk.CreateImage(device.Device, in create, null, out var image));
        vk.GetImageMemoryRequirements(device.Device, image, out var needs);
        Assert.True(needs.Size >= 160000 && needs.MemoryTypeBits == 1);
        var allocation = new MemoryAllocateInfo { AllocationSize = needs.Size - 64 };
        TestDevice.Check(vk.AllocateMemory(device.Device, in allocation, null, out var small));
        allocation.AllocationSize = needs.Size + 64;
        TestDevice.Check(vk.AllocateMemory(device.Device, in allocation, null, out var memory));
        Assert.NotEqual(Result.Success, vk.BindImageMemory(device.Device, image, small, 0));
        Assert.NotEqual(Result.Success, vk.BindImageMemory(device.Device, image, memory, 128));
        Assert.NotEqual(Result.Success, vk.BindImageMemory(device.Device, image, memory, 1));
        Assert.NotEqual(Result.Success, vk.BindImageMemory(device.Device, image, memory, ulong.MaxValue - 63));
        Assert.Equal(Result.Success, vk.BindImageMemory(device.Device, image, memory, 64));
        Assert.NotEqual(Result.Success, vk.BindImageMemory(device.Device, image, memory, 64));

        // A command on memory that was freed does nothing.
        var color = TestDevice.Floats(1, 1, 1, 1);
        var commands = device.Record(c => vk.CmdClearColorImage(c, image, ImageLayout.General, in color, 1,
            new ImageSubresourceRange { AspectMask = ImageAspectFlags.ColorBit, LevelCount = 1, LayerCount = 1 }));
        vk.FreeMemory(device.Device, memory, null);
        device.Submit(default, commands);
        TestDevice.Check(vk.DeviceWaitIdle(device.Device));
        vk.FreeMemory(device.Device, small, null);
        vk.DestroyImage(device.Device, image, null);
    }

    [Fact]
    public void SamplersTellWhatTheyCannotDo()
    {
        using var device = new TestDevice();
        var good = new SamplerCreateInfo { MaxLod = 1000 };
        SamplerCreateInfo[] wrong =
        [
            good with { MagFilter = Filter.CubicExt }, good with { AddressModeU = (SamplerAddressMode)9 }, good with { BorderColor = (BorderColor)9 },
        ];
        foreach (var info in wrong)
            Assert.True(device.Vk.CreateSampler(device.Device, in info, null, out _) < 0);
        for (int i = 0; i < 3000; i++)
        {
            TestDevice.Check(device.Vk.CreateSampler(device.Device, in good, null, out var sampler));
            device.Vk.DestroySampler(device.Device, sampler, null);
        }
    }
}
