using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Copies between buffers and images.</summary>
public sealed unsafe class ImageCopyTests : VulkanTest
{
    [Theory]
    [InlineData(Format.R8Unorm, 1)]
    [InlineData(Format.R8G8B8Unorm, 3)]
    [InlineData(Format.R5G6B5UnormPack16, 2)]
    [InlineData(Format.R8G8B8A8Srgb, 4)]
    [InlineData(Format.R16G16B16Sfloat, 6)]
    [InlineData(Format.R16G16B16A16Uint, 8)]
    [InlineData(Format.R32G32B32Sfloat, 12)]
    [InlineData(Format.R32G32B32A32Sint, 16)]
    [InlineData(Format.R64Uint, 8)]
    public void EveryTexelSizeComesBack(Format format, int bytes)
    {
        using var device = new TestDevice();
        var image = device.Layers(format, 13, 7, 3);
        byte[] texels = TestDevice.Noise(13 * 7 * 3 * bytes);
        device.Upload(image, texels);
        Assert.Equal(texels, device.Download(image, texels.Length));
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void LevelsLayersAndSlicesAreApart()
    {
        using var device = new TestDevice();
        var volume = device.Image3D(Format.R8G8Unorm, 9, 6, 5, levels: 4);
        var layers = device.Layers(Format.R8G8Unorm, 9, 6, 5, levels: 3);
        for (uint level = 0; level < 4; level++)
        {
            device.Upload(volume, TestDevice.Noise(Size(level, 5 >> (int)level), (int)level), level);
            if (level < 3)
                device.Upload(layers, TestDevice.Noise(Size(level, 5), 10 + (int)level), level: level);
        }

        for (uint level = 0; level < 4; level++)
        {
            int slices = Size(level, 5 >> (int)level);
            Assert.Equal(TestDevice.Noise(slices, (int)level), device.Download(volume, slices, level));
            if (level < 3)
                Assert.Equal(TestDevice.Noise(Size(level, 5), 10 + (int)level), device.Download(layers, Size(level, 5), level));
        }

        static int Size(uint level, int planes) => Math.Max(9 >> (int)level, 1) * Math.Max(6 >> (int)level, 1) * Math.Max(planes, 1) * 2;
    }

    [Fact]
    public void APartOfABufferGoesToAPartOfAnImage()
    {
        using var device = new TestDevice();
        var image = device.Layers(Format.R8Uint, 8, 8, 2);
        var from = device.Buffer(256);
        TestDevice.Noise(256).CopyTo(from.Bytes);
        device.Upload(image, new byte[128]);
        device.Run(c =>
        {
            var region = new BufferImageCopy
            {
                BufferOffset = 5, BufferRowLength = 11, BufferImageHeight = 7, ImageSubresource = TestDevice.Color(layers: 2),
                ImageOffset = new Offset3D { X = 2, Y = 3 }, ImageExtent = new Extent3D { Width = 5, Height = 4, Depth = 1 },
            };
            device.Vk.CmdCopyBufferToImage(c, from.Handle, image.Handle, ImageLayout.General, 1, &region);
        });
        byte[] expected = new byte[128];
        for (int layer = 0; layer < 2; layer++)
        {
            for (int y = 0; y < 4; y++)
                from.Bytes.Slice(5 + (layer * 77) + (y * 11), 5).CopyTo(expected.AsSpan((layer * 64) + ((y + 3) * 8) + 2));
        }

        Assert.Equal(expected, device.Download(image, 128));

        // The same with the other form of the command, backwards.
        var to = device.Buffer(256);
        device.Run(c =>
        {
            var region = new BufferImageCopy2
            {
                BufferOffset = 7, ImageSubresource = TestDevice.Color(layer: 1), ImageOffset = new Offset3D { X = 2, Y = 3 },
                ImageExtent = new Extent3D { Width = 5, Height = 4, Depth = 1 },
            };
            var info = new CopyImageToBufferInfo2 { SrcImage = image.Handle, DstBuffer = to.Handle, RegionCount = 1, PRegions = &region };
            device.Vk.CmdCopyImageToBuffer2(c, in info);
        });
        for (int y = 0; y < 4; y++)
            Assert.Equal(from.Bytes.Slice(82 + (y * 11), 5), to.Bytes.Slice(7 + (y * 5), 5));
    }

    /// <summary>The regions that shifting an image's width and height by the level makes, its depth as it is: sides of none where
    /// they are at one already, slices that the level does not have.</summary>
    [Theory]
    [InlineData(ImageType.Type1D, 8, 1, 1)]
    [InlineData(ImageType.Type2D, 16, 4, 1)]
    [InlineData(ImageType.Type3D, 8, 8, 8)]
    public void RegionsAreCutToTheMipLevel(ImageType type, uint width, uint height, uint depth)
    {
        using var device = new TestDevice();
        const uint Levels = 4;
        var image = device.Image(HostImage.Describe(Format.R8Uint, width, height, 0) with
        {
            ImageType = type, MipLevels = Levels, Extent = new Extent3D { Width = width, Height = height, Depth = depth },
        });
        uint size = width * height * depth;
        HostBuffer from = device.Buffer((int)(size * Levels)), to = device.Buffer((int)(size * Levels));
        TestDevice.Noise((int)(size * Levels)).CopyTo(from.Bytes);
        to.Bytes.Fill(99);
        var regions = new BufferImageCopy[Levels];
        byte[] expected = new byte[size * Levels];
        expected.AsSpan().Fill(99);
        for (uint level = 0; level < Levels; level++)
        {
            var extent = new Extent3D { Width = width >> (int)level, Height = height >> (int)level, Depth = depth };
            regions[level] = new BufferImageCopy { BufferOffset = size * level, ImageSubresource = TestDevice.Color(level), ImageExtent = extent };
            int copied = (int)(extent.Width * extent.Height * Math.Max(depth >> (int)level, 1));
            from.Bytes.Slice((int)(size * level), copied).CopyTo(expected.AsSpan((int)(size * level)));
        }

        device.Run(c =>
        {
            fixed (BufferImageCopy* first = regions)
                device.Vk.CmdCopyBufferToImage(c, from.Handle, image.Handle, ImageLayout.General, Levels, first);
        });
        device.Run(c =>
        {
            fixed (BufferImageCopy* first = regions)
                device.Vk.CmdCopyImageToBuffer(c, image.Handle, ImageLayout.General, to.Handle, Levels, first);
        });
        Assert.Equal(expected, to.Bytes.ToArray());
    }

    [Fact]
    public void ImagesAreCopiedToImagesOfTheSameTexelSize()
    {
        using var device = new TestDevice();
        var a = device.Layers(Format.R8G8B8A8Unorm, 8, 8, 4);
        var b = device.Image(Format.R32Uint, 8, 8);
        var volume = device.Image3D(Format.R32Sfloat, 8, 8, 4);
        byte[] texels = TestDevice.Noise(8 * 8 * 4 * 4);
        device.Upload(a, texels);
        device.Upload(b, new byte[256]);
        device.Upload(volume, new byte[1024]);
        device.Run(c =>
        {
            var region = new ImageCopy
            {
                SrcSubresource = TestDevice.Color(layer: 2), SrcOffset = new Offset3D { X = 1, Y = 2 }, DstSubresource = TestDevice.Color(),
                DstOffset = new Offset3D { X = 4, Y = 3 }, Extent = new Extent3D { Width = 3, Height = 5, Depth = 1 },
            };
            device.Vk.CmdCopyImage(c, a.Handle, ImageLayout.General, b.Handle, ImageLayout.General, 1, &region);

            // Layers become slices.
            var wide = new ImageCopy2
            {
                SrcSubresource = TestDevice.Color(layer: 1, layers: 3), DstSubresource = TestDevice.Color(),
                DstOffset = new Offset3D { Z = 1 }, Extent = new Extent3D { Width = 8, Height = 8, Depth = 3 },
            };
            var info = new CopyImageInfo2 { SrcImage = a.Handle, DstImage = volume.Handle, RegionCount = 1, PRegions = &wide };
            device.Vk.CmdCopyImage2(c, in info);
        });
        byte[] expected = new byte[256];
        for (int y = 0; y < 5; y++)
            texels.AsSpan(512 + ((y + 2) * 32) + 4, 12).CopyTo(expected.AsSpan(((y + 3) * 32) + 16));
        Assert.Equal(expected, device.Download(b, 256));
        byte[] slices = new byte[1024];
        texels.AsSpan(256).CopyTo(slices.AsSpan(256));
        Assert.Equal(slices, device.Download(volume, 1024));
        Assert.Empty(device.Messages);
    }

    [Theory]
    [InlineData(Format.D16UnormS8Uint, 2)]
    [InlineData(Format.D24UnormS8Uint, 4)]
    [InlineData(Format.D32SfloatS8Uint, 4)]
    public void DepthAndStencilAreCopiedOneByOne(Format format, int depthBytes)
    {
        using var device = new TestDevice();
        var image = device.Image(format, 8, 8);
        var other = device.Image(format, 8, 8);
        byte[] depth = TestDevice.Noise(64 * depthBytes), stencil = TestDevice.Noise(64, 7);
        if (format == Format.D24UnormS8Uint)
        {
            for (int i = 3; i < depth.Length; i += 4)
                depth[i] = 0;
        }

        device.Upload(image, stencil, aspect: ImageAspectFlags.StencilBit);
        device.Upload(image, depth, aspect: ImageAspectFlags.DepthBit);
        var both = new ImageSubresourceLayers { AspectMask = image.Aspects, LayerCount = 1 };
        var region = new ImageCopy { SrcSubresource = both, DstSubresource = both, Extent = image.Info.Extent };
        device.Run(c => device.Vk.CmdCopyImage(c, image.Handle, ImageLayout.General, other.Handle, ImageLayout.General, 1, in region));
        Assert.Equal(stencil, device.Download(other, 64, aspect: ImageAspectFlags.StencilBit));
        Assert.Equal(depth, device.Download(other, depth.Length, aspect: ImageAspectFlags.DepthBit));
    }

    [Fact]
    public void BlocksAreCopiedWhole()
    {
        using var device = new TestDevice();
        var blocks = device.Image(Format.BC1RgbaUnormBlock, 10, 6);
        var words = device.Image(Format.R32G32Uint, 3, 2);
        byte[] data = TestDevice.Noise(3 * 2 * 8);
        device.Upload(blocks, data);
        Assert.Equal(data, device.Download(blocks, data.Length));

        // A block is a texel of the other image, and the last column and row are cut.
        var region = new ImageCopy
        {
            SrcSubresource = TestDevice.Color(), SrcOffset = new Offset3D { X = 4, Y = 4 }, DstSubresource = TestDevice.Color(),
            Extent = new Extent3D { Width = 6, Height = 2, Depth = 1 },
        };
        var back = region with { Extent = new Extent3D { Width = 2, Height = 1, Depth = 1 }, SrcOffset = new Offset3D { X = 0, Y = 0 }, DstOffset = new Offset3D { X = 4, Y = 4 } };
        device.Upload(words, new byte[48]);
        device.Run(c => device.Vk.CmdCopyImage(c, blocks.Handle, ImageLayout.General, words.Handle, ImageLayout.General, 1, in region));
        Assert.Equal(data.AsSpan(32, 16), device.Download(words, 48).AsSpan(0, 16));
        device.Upload(blocks, new byte[48]);
        device.Run(c => device.Vk.CmdCopyImage(c, words.Handle, ImageLayout.General, blocks.Handle, ImageLayout.General, 1, in back));
        Assert.Equal(data.AsSpan(32, 16), device.Download(blocks, 48).AsSpan(32, 16));
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void MultisampledImagesAreCopiedWithAllSamples()
    {
        using var device = new TestDevice();
        var info = HostImage.Describe(Format.R8G8B8A8Unorm, 4, 4, 0) with { Samples = SampleCountFlags.Count4Bit };
        var (a, b, one) = (device.Image(info), device.Image(info), device.Image(Format.R8G8B8A8Unorm, 4, 4));
        var color = TestDevice.Floats(1, 0.2f, 0, 1);
        var region = new ImageCopy { SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color(), Extent = info.Extent };
        var resolve = new ImageResolve { SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color(), Extent = info.Extent };
        device.Run(c =>
        {
            var range = a.Range;
            device.Vk.CmdClearColorImage(c, a.Handle, ImageLayout.General, in color, 1, in range);
            device.Vk.CmdCopyImage(c, a.Handle, ImageLayout.General, b.Handle, ImageLayout.General, 1, in region);
            device.Vk.CmdResolveImage(c, b.Handle, ImageLayout.General, one.Handle, ImageLayout.General, 1, in resolve);
        });
        byte[] expected = new byte[64];
        for (int i = 0; i < 64; i += 4)
            (expected[i], expected[i + 1], expected[i + 3]) = (255, 51, 255);
        Assert.Equal(expected, device.Download(one, 64));
    }

    [Fact]
    public void LinearImagesAreReadThroughAMapping()
    {
        using var device = new TestDevice();
        var image = device.Image(HostImage.Describe(Format.R8G8B8A8Uint, 20, 5, 0) with { Tiling = ImageTiling.Linear, InitialLayout = ImageLayout.Preinitialized });
        byte[] texels = TestDevice.Noise(20 * 5 * 4);
        device.Upload(image, texels);
        var which = new ImageSubresource { AspectMask = ImageAspectFlags.ColorBit };
        device.Vk.GetImageSubresourceLayout(device.Device, image.Handle, in which, out var layout);
        void* data;
        TestDevice.Check(device.Vk.MapMemory(device.Device, image.Memory, 0, Vk.WholeSize, 0, &data));
        for (int y = 0; y < 5; y++)
            Assert.Equal(texels.AsSpan(y * 80, 80), new Span<byte>((byte*)data + layout.Offset + ((ulong)y * layout.RowPitch), 80));
    }
}
