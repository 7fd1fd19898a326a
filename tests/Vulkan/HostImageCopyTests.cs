using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>VK_EXT_host_image_copy, against copies by commands.</summary>
public sealed unsafe class HostImageCopyTests : VulkanTest
{
    [Theory]
    [InlineData(Format.R8G8B8A8Unorm, ImageAspectFlags.ColorBit, 4)]
    [InlineData(Format.R32G32B32Sfloat, ImageAspectFlags.ColorBit, 12)]
    [InlineData(Format.D16Unorm, ImageAspectFlags.DepthBit, 2)]
    [InlineData(Format.D32SfloatS8Uint, ImageAspectFlags.DepthBit, 4)]
    [InlineData(Format.D32SfloatS8Uint, ImageAspectFlags.StencilBit, 1)]
    public void LayersComeAndGo(Format format, ImageAspectFlags aspect, int bytes)
    {
        using var device = new TestDevice();
        var image = device.Image(HostImage.Describe(format, 13, 6, ImageUsageFlags.HostTransferBitExt) with { ArrayLayers = 2, MipLevels = 2 });
        byte[] texels = TestDevice.Noise(6 * 3 * 2 * bytes);
        var layers = new ImageSubresourceLayers { AspectMask = aspect, MipLevel = 1, LayerCount = 2 };
        Write(device, image, texels, layers, default, new Extent3D { Width = 6, Height = 3, Depth = 1 });
        Assert.Equal(texels, device.Download(image, texels.Length, level: 1, aspect));
        Assert.Equal(texels, Read(device, image, texels.Length, layers, default, new Extent3D { Width = 6, Height = 3, Depth = 1 }));
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void APartGoesToRowsThatAreLonger()
    {
        using var device = new TestDevice();
        var image = device.Image(HostImage.Describe(Format.R8Uint, 8, 8, ImageUsageFlags.HostTransferBitExt) with
        {
            ImageType = ImageType.Type3D, Extent = new Extent3D { Width = 8, Height = 8, Depth = 3 },
        });
        byte[] texels = TestDevice.Noise(8 * 8 * 3);
        device.Upload(image, texels);
        byte[] rows = Read(device, image, 100, TestDevice.Color(), new Offset3D { X = 2, Y = 3, Z = 1 },
            new Extent3D { Width = 5, Height = 4, Depth = 2 }, rowLength: 9, imageHeight: 6);
        byte[] expected = new byte[100];
        for (int z = 0; z < 2; z++)
        {
            for (int y = 0; y < 4; y++)
                texels.AsSpan(((z + 1) * 64) + ((y + 3) * 8) + 2, 5).CopyTo(expected.AsSpan((z * 54) + (y * 9)));
        }

        Assert.Equal(expected, rows);
    }

    [Fact]
    public void BlocksAreDecodedWhenTheHostWritesThem()
    {
        using var device = new TestDevice();
        var commands = device.Image(HostImage.Describe(Format.BC1RgbaUnormBlock, 10, 6, ImageUsageFlags.SampledBit));
        var host = device.Image(HostImage.Describe(Format.BC1RgbaUnormBlock, 10, 6, ImageUsageFlags.SampledBit | ImageUsageFlags.HostTransferBitExt));
        var decoded = device.Image(Format.R8G8B8A8Unorm, 10, 6);
        byte[] blocks = TestDevice.Noise(3 * 2 * 8);
        device.Upload(commands, blocks);
        Write(device, host, blocks, TestDevice.Color(), default, new Extent3D { Width = 10, Height = 6, Depth = 1 });
        Assert.Equal(Blit(commands), Blit(host));

        byte[] Blit(HostImage from)
        {
            device.Run(c =>
            {
                var region = new ImageBlit { SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color() };
                region.SrcOffsets[1] = region.DstOffsets[1] = new Offset3D { X = 10, Y = 6, Z = 1 };
                device.Vk.CmdBlitImage(c, from.Handle, ImageLayout.General, decoded.Handle, ImageLayout.General, 1, &region, Filter.Nearest);
            });
            return device.Download(decoded, 10 * 6 * 4);
        }
    }

    [Theory]
    [InlineData(HostImageCopyFlagsEXT.None)]
    [InlineData(HostImageCopyFlagsEXT.MemcpyExt)]
    public void AnImageGoesToAnImage(HostImageCopyFlagsEXT flags)
    {
        using var device = new TestDevice();
        var from = device.Image(Format.R16G16Uint, 9, 5, ImageUsageFlags.HostTransferBitExt);
        var to = device.Image(Format.R16G16Uint, 9, 5, ImageUsageFlags.HostTransferBitExt);
        byte[] texels = TestDevice.Noise(9 * 5 * 4);
        device.Upload(from, texels);
        var region = new ImageCopy2
        {
            SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color(), Extent = new Extent3D { Width = 9, Height = 5, Depth = 1 },
        };
        var info = new CopyImageToImageInfoEXT { Flags = flags, SrcImage = from.Handle, DstImage = to.Handle, RegionCount = 1, PRegions = &region };
        Assert.Equal(Result.Success, device.Vk.CopyImageToImageEXT(device.Device, in info));
        Assert.Equal(texels, device.Download(to, texels.Length));
        var transition = new HostImageLayoutTransitionInfoEXT { Image = to.Handle, NewLayout = ImageLayout.General, SubresourceRange = to.Range };
        Assert.Equal(Result.Success, device.Vk.TransitionImageLayoutEXT(device.Device, 1, &transition));
    }

    /// <summary>What comes out with the flag fits in the bytes that are said, and goes in again.</summary>
    [Fact]
    public void MemcpyHasItsOwnSize()
    {
        using var device = new TestDevice();
        var image = device.Image(HostImage.Describe(Format.R8G8B8A8Unorm, 13, 6, ImageUsageFlags.HostTransferBitExt) with { MipLevels = 2 });
        var which = new ImageSubresource2EXT
        {
            ImageSubresource = new ImageSubresource { AspectMask = ImageAspectFlags.ColorBit, MipLevel = 1 },
        };
        var size = new SubresourceHostMemcpySizeEXT();
        var layout = new SubresourceLayout2EXT { PNext = &size };
        device.Vk.GetImageSubresourceLayout2EXT(device.Device, image.Handle, &which, &layout);
        Assert.Equal(6UL * 3 * 4, size.Size);
        byte[] texels = TestDevice.Noise((int)size.Size);
        var extent = new Extent3D { Width = 6, Height = 3, Depth = 1 };
        Write(device, image, texels, TestDevice.Color(level: 1), default, extent, HostImageCopyFlagsEXT.MemcpyExt);
        Assert.Equal(texels, Read(device, image, texels.Length, TestDevice.Color(level: 1), default, extent, flags: HostImageCopyFlagsEXT.MemcpyExt));
    }

    /// <summary>Programs that are made with newer headers ask by the name that Vulkan 1.4 took over.</summary>
    [Fact]
    public void TheLayoutIsAskedForByBothNames()
    {
        using var device = new TestDevice();
        fixed (byte* ext = "vkGetImageSubresourceLayout2EXT\0"u8, khr = "vkGetImageSubresourceLayout2KHR\0"u8)
        {
            nint address = device.Vk.GetDeviceProcAddr(device.Device, ext);
            Assert.NotEqual(0, address);
            Assert.Equal(address, device.Vk.GetDeviceProcAddr(device.Device, khr));
        }
    }

    [Fact]
    public void WhatIsOutsideTheImageIsRefused()
    {
        using var device = new TestDevice();
        var image = device.Image(Format.R8Uint, 4, 4, ImageUsageFlags.HostTransferBitExt);
        byte* memory = stackalloc byte[64];
        var region = new MemoryToImageCopyEXT
        {
            PHostPointer = memory, ImageSubresource = TestDevice.Color(), ImageOffset = new Offset3D { X = 1 },
            ImageExtent = new Extent3D { Width = 4, Height = 4, Depth = 1 },
        };
        var info = new CopyMemoryToImageInfoEXT { DstImage = image.Handle, RegionCount = 1, PRegions = &region };
        Assert.NotEqual(Result.Success, device.Vk.CopyMemoryToImageEXT(device.Device, in info));
        Assert.Single(device.Messages);
    }

    /// <summary>"Host Image Copy": GENERAL is one of the layouts, and formats that can be sampled can be copied.</summary>
    [Fact]
    public void ThePropertiesAreTold()
    {
        using var device = new TestDevice();
        var copies = new PhysicalDeviceHostImageCopyPropertiesEXT();
        var properties = new PhysicalDeviceProperties2 { PNext = &copies };
        device.Vk.GetPhysicalDeviceProperties2(device.Vulkan.Physical, &properties);
        Assert.True(copies.CopySrcLayoutCount > 0);
        Assert.Equal(copies.CopySrcLayoutCount, copies.CopyDstLayoutCount);
        var layouts = new ImageLayout[copies.CopySrcLayoutCount];
        fixed (ImageLayout* p = layouts)
        {
            copies.PCopySrcLayouts = copies.PCopyDstLayouts = p;
            device.Vk.GetPhysicalDeviceProperties2(device.Vulkan.Physical, &properties);
        }

        Assert.Contains(ImageLayout.General, layouts);
        var host = new HostImageCopyDevicePerformanceQueryEXT();
        var image = new ImageFormatProperties2 { PNext = &host };
        var info = new PhysicalDeviceImageFormatInfo2
        {
            Format = Format.BC7UnormBlock, Type = ImageType.Type2D, Usage = ImageUsageFlags.HostTransferBitExt | ImageUsageFlags.SampledBit,
        };
        Assert.Equal(Result.Success, device.Vk.GetPhysicalDeviceImageFormatProperties2(device.Vulkan.Physical, &info, &image));
        Assert.True(host.OptimalDeviceAccess && host.IdenticalMemoryLayout);
    }

    private static void Write(TestDevice device, HostImage image, byte[] texels, ImageSubresourceLayers layers, Offset3D offset, Extent3D extent,
        HostImageCopyFlagsEXT flags = 0)
    {
        fixed (byte* p = texels)
        {
            var region = new MemoryToImageCopyEXT { PHostPointer = p, ImageSubresource = layers, ImageOffset = offset, ImageExtent = extent };
            var info = new CopyMemoryToImageInfoEXT { Flags = flags, DstImage = image.Handle, RegionCount = 1, PRegions = &region };
            Assert.Equal(Result.Success, device.Vk.CopyMemoryToImageEXT(device.Device, in info));
        }
    }

    private static byte[] Read(TestDevice device, HostImage image, int bytes, ImageSubresourceLayers layers, Offset3D offset, Extent3D extent,
        uint rowLength = 0, uint imageHeight = 0, HostImageCopyFlagsEXT flags = 0)
    {
        byte[] texels = new byte[bytes];
        fixed (byte* p = texels)
        {
            var region = new ImageToMemoryCopyEXT
            {
                PHostPointer = p, MemoryRowLength = rowLength, MemoryImageHeight = imageHeight, ImageSubresource = layers, ImageOffset = offset,
                ImageExtent = extent,
            };
            var info = new CopyImageToMemoryInfoEXT { Flags = flags, SrcImage = image.Handle, RegionCount = 1, PRegions = &region };
            Assert.Equal(Result.Success, device.Vk.CopyImageToMemoryEXT(device.Device, in info));
        }

        return texels;
    }
}
