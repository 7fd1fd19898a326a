using System.Runtime.InteropServices;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Blits, clears and resolves: what they write, and what they refuse.</summary>
public sealed unsafe class ImageBlitTests : VulkanTest
{
    [Fact]
    public void NearestScalesAndMirrors()
    {
        using var device = new TestDevice();
        var source = device.Image(Format.R8Uint, 4, 2);
        var target = device.Image(Format.R8Uint, 8, 2);
        device.Upload(source, [1, 2, 3, 4, 5, 6, 7, 8]);
        Blit(device, source, target, Filter.Nearest, ((0, 0), (4, 2)), ((0, 0), (8, 2)));
        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8], device.Download(target, 16));
        Blit(device, source, target, Filter.Nearest, ((4, 2), (0, 0)), ((2, 0), (6, 2)));
        Assert.Equal([1, 1, 8, 7, 6, 5, 4, 4, 5, 5, 4, 3, 2, 1, 8, 8], device.Download(target, 16));
        Blit(device, source, target, Filter.Nearest, ((1, 0), (3, 1)), ((8, 2), (4, 0)));
        Assert.Equal([1, 1, 8, 7, 3, 3, 2, 2, 5, 5, 4, 3, 3, 3, 2, 2], device.Download(target, 16));
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void LinearMixesNeighbours()
    {
        using var device = new TestDevice();
        var source = device.Image(Format.R32Sfloat, 2, 2);
        var target = device.Image(Format.R32Sfloat, 4, 4);
        device.Upload(source, MemoryMarshal.AsBytes<float>([0, 4, 8, 12]));
        Blit(device, source, target, Filter.Linear, ((0, 0), (2, 2)), ((0, 0), (4, 4)));
        float[] expected = [0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12];
        Assert.Equal(expected, MemoryMarshal.Cast<byte, float>(device.Download(target, 64)).ToArray());
    }

    [Fact]
    public void SlicesAreAnAxisAndLayersAreNot()
    {
        using var device = new TestDevice();
        var volume = device.Image3D(Format.R32Sfloat, 1, 1, 2);
        var taller = device.Image3D(Format.R32Sfloat, 1, 1, 4);
        var flat = device.Image(Format.R32Sfloat, 1, 1);
        device.Upload(volume, MemoryMarshal.AsBytes<float>([0, 4]));
        var region = new ImageBlit { SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color() };
        (region.SrcOffsets[1], region.DstOffsets[1]) = (At(1, 1, 2), At(1, 1, 4));
        device.Run(c => device.Vk.CmdBlitImage(c, volume.Handle, ImageLayout.General, taller.Handle, ImageLayout.General, 1, in region, Filter.Linear));
        Assert.Equal([0f, 1, 3, 4], MemoryMarshal.Cast<byte, float>(device.Download(taller, 16)).ToArray());
        var one = region;
        (one.SrcOffsets[0], one.SrcOffsets[1], one.DstOffsets[1]) = (At(0, 0, 1), At(1, 1, 2), At(1, 1, 1));
        device.Run(c => device.Vk.CmdBlitImage(c, volume.Handle, ImageLayout.General, flat.Handle, ImageLayout.General, 1, in one, Filter.Nearest));
        Assert.Equal([4f], MemoryMarshal.Cast<byte, float>(device.Download(flat, 4)).ToArray());

        var layers = device.Layers(Format.R8Unorm, 1, 1, 3);
        var others = device.Layers(Format.R8Unorm, 1, 1, 3);
        device.Upload(layers, [10, 20, 30]);
        device.Upload(others, [0, 0, 0]);
        var two = new ImageBlit { SrcSubresource = TestDevice.Color(layer: 1, layers: 2), DstSubresource = TestDevice.Color(layers: 2) };
        two.SrcOffsets[1] = two.DstOffsets[1] = At(1, 1, 1);
        device.Run(c => device.Vk.CmdBlitImage(c, layers.Handle, ImageLayout.General, others.Handle, ImageLayout.General, 1, in two, Filter.Linear));
        Assert.Equal([20, 30, 0], device.Download(others, 3));
        Assert.Empty(device.Messages);
    }

    public static TheoryData<Format, byte[]> Encodings => new()
    {
        // What red 1, green 0.5, blue 0.25, alpha 0 is in each format.
        { Format.R8G8B8A8Unorm, [255, 128, 64, 0] },
        { Format.B8G8R8A8Unorm, [64, 128, 255, 0] },
        { Format.R8G8B8A8Srgb, [255, 188, 137, 0] },
        { Format.R8G8Snorm, [127, 64] },
        { Format.R16G16Unorm, [255, 255, 0, 128] },
        { Format.R5G6B5UnormPack16, [0x08, 0xFC] },
        { Format.A1R5G5B5UnormPack16, [0x08, 0x7E] },
        { Format.R4G4B4A4UnormPack16, [0x40, 0xF8] },
        { Format.A2B10G10R10UnormPack32, [0xFF, 0x03, 0x08, 0x10] },
        { Format.R16G16B16A16Sfloat, [0, 0x3C, 0, 0x38, 0, 0x34, 0, 0] },
        { Format.B10G11R11UfloatPack32, [0xC0, 0x03, 0x1C, 0x68] },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void BlitsAndClearsConvert(Format format, byte[] texel)
    {
        using var device = new TestDevice();
        var source = device.Image(Format.R32G32B32A32Sfloat, 1, 1);
        var target = device.Image(format, 1, 1);
        device.Upload(source, MemoryMarshal.AsBytes<float>([1, 0.5f, 0.25f, 0]));
        Blit(device, source, target, Filter.Nearest, ((0, 0), (1, 1)), ((0, 0), (1, 1)));
        Assert.Equal(texel, device.Download(target, texel.Length));
        var cleared = device.Layers(format, 5, 3, 2);
        var color = TestDevice.Floats(1, 0.5f, 0.25f, 0);
        device.Run(c => device.Vk.CmdClearColorImage(c, cleared.Handle, ImageLayout.General, in color, 1, cleared.Range));
        byte[] all = device.Download(cleared, 30 * texel.Length);
        for (int i = 0; i < 30; i++)
            Assert.Equal(texel, all.AsSpan(i * texel.Length, texel.Length));

        // And back.
        Blit(device, target, source, Filter.Linear, ((0, 0), (1, 1)), ((0, 0), (1, 1)));
        var back = MemoryMarshal.Cast<byte, float>(device.Download(source, 16)).ToArray();
        Assert.Equal(1, back[0], 0.001f);
        Assert.Equal(0.5f, back[1], 0.04f);
    }

    [Fact]
    public void IntegersStayIntegers()
    {
        using var device = new TestDevice();
        var source = device.Image(Format.R32G32Sint, 1, 1);
        var target = device.Image(Format.R8G8B8A8Sint, 1, 1);
        device.Upload(source, MemoryMarshal.AsBytes<int>([-1000, 77]));
        Blit(device, source, target, Filter.Nearest, ((0, 0), (1, 1)), ((0, 0), (1, 1)));
        Assert.Equal([0x80, 77, 0, 1], device.Download(target, 4));
        var color = TestDevice.Integers(-1, 2, 3, 4);
        device.Run(c => device.Vk.CmdClearColorImage(c, target.Handle, ImageLayout.General, in color, 1, target.Range));
        Assert.Equal([255, 2, 3, 4], device.Download(target, 4));
    }

    [Theory]
    [InlineData(Format.R64Uint)]
    [InlineData(Format.R64Sint)]
    public void TwoElementsClearAComponentOf64Bits(Format format)
    {
        using var device = new TestDevice();
        var image = device.Image(format, 3, 1);
        var color = TestDevice.Integers(0x03020100, unchecked((int)0xF7060504), -1, -1);
        device.Run(c => device.Vk.CmdClearColorImage(c, image.Handle, ImageLayout.General, in color, 1, image.Range));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 0xF7, 0, 1, 2, 3, 4, 5, 6, 0xF7, 0, 1, 2, 3, 4, 5, 6, 0xF7], device.Download(image, 24));
    }

    [Fact]
    public void ClearsKeepToTheirLevelsAndLayers()
    {
        using var device = new TestDevice();
        var image = device.Layers(Format.R8Uint, 4, 4, 3, levels: 3);
        var color = TestDevice.Integers(9, 0, 0, 0);
        device.Run(c =>
        {
            var range = new ImageSubresourceRange
            {
                AspectMask = ImageAspectFlags.ColorBit, BaseMipLevel = 1, LevelCount = 1, BaseArrayLayer = 1, LayerCount = Vk.RemainingArrayLayers,
            };
            device.Vk.CmdClearColorImage(c, image.Handle, ImageLayout.General, in color, 1, in range);
        });
        Assert.Equal(new byte[48], device.Download(image, 48));
        Assert.Equal([0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9], device.Download(image, 12, 1));
        Assert.Equal(new byte[3], device.Download(image, 3, 2));
    }

    [Fact]
    public void DepthAndStencilAreClearedOneByOne()
    {
        using var device = new TestDevice();
        var image = device.Image(Format.D24UnormS8Uint, 2, 1);
        var value = new ClearDepthStencilValue { Depth = 0.5f, Stencil = 0x1234 };
        device.Run(c => device.Vk.CmdClearDepthStencilImage(c, image.Handle, ImageLayout.General, in value, 1, image.Range));
        value.Depth = 1;
        device.Run(c => device.Vk.CmdClearDepthStencilImage(c, image.Handle, ImageLayout.General, in value, 1,
            image.Range with { AspectMask = ImageAspectFlags.DepthBit }));
        Assert.Equal([0x34, 0x34], device.Download(image, 2, aspect: ImageAspectFlags.StencilBit));
        Assert.Equal([255, 255, 255], device.Download(image, 8, aspect: ImageAspectFlags.DepthBit)[..3]);
    }

    [Fact]
    public void SharedExponentsComeBack()
    {
        using var device = new TestDevice();
        var source = device.Image(Format.E5B9G9R9UfloatPack32, 1, 1);
        var target = device.Image(Format.R32G32B32A32Sfloat, 1, 1);
        float[][] colors = [[1, 0.5f, 0.25f], [0, 0, 0], [65408, 1e9f, 0], [3e-5f, 6e-5f, 0]];
        float[][] expected = [[1, 0.5f, 0.25f], [0, 0, 0], [65408, 65408, 0], [3e-5f, 6e-5f, 0]];
        for (int i = 0; i < colors.Length; i++)
        {
            var color = TestDevice.Floats(colors[i][0], colors[i][1], colors[i][2], 7);
            device.Run(c => device.Vk.CmdClearColorImage(c, source.Handle, ImageLayout.General, in color, 1, source.Range));
            Blit(device, source, target, Filter.Nearest, ((0, 0), (1, 1)), ((0, 0), (1, 1)));
            var texel = MemoryMarshal.Cast<byte, float>(device.Download(target, 16)).ToArray();
            Assert.Equal(1, texel[3]);
            for (int k = 0; k < 3; k++)
                Assert.Equal(expected[i][k], texel[k], expected[i][k] * 0.01f);
        }
    }

    [Fact]
    public void WhatLeavesAnImageIsRefused()
    {
        using var device = new TestDevice();
        var image = device.Layers(Format.R8G8B8A8Unorm, 8, 8, 2, levels: 2);
        var other = device.Image(Format.R8G8B8A8Uint, 8, 8);
        var many = device.Image(HostImage.Describe(Format.R8G8B8A8Unorm, 8, 8, 0) with { Samples = SampleCountFlags.Count4Bit });
        var depth = device.Image(Format.D16Unorm, 8, 8);
        var buffer = device.Buffer(1024);
        var vk = device.Vk;
        var good = new BufferImageCopy { ImageSubresource = TestDevice.Color(), ImageExtent = Extent(8, 8, 1) };
        BufferImageCopy[] wrong =
        [
            good with { ImageOffset = At(8, 0, 0) }, good with { ImageOffset = At(0, 8, 0) },
            good with { ImageOffset = At(-1, 0, 0) }, good with { ImageOffset = At(0, int.MinValue, 0) }, good with { ImageOffset = At(int.MaxValue, 0, 0) },
            good with { ImageOffset = At(0, 0, 1) }, good with { ImageExtent = Extent(uint.MaxValue, 2, 1) },
            good with { ImageSubresource = TestDevice.Color(level: 2) },
            good with { ImageSubresource = TestDevice.Color(layer: 2) }, good with { ImageSubresource = TestDevice.Color(layer: 1, layers: 2) },
            good with { ImageSubresource = TestDevice.Color(layer: 1, layers: uint.MaxValue) }, good with { ImageSubresource = TestDevice.Color(layers: 0) },
            good with { ImageSubresource = new ImageSubresourceLayers { AspectMask = ImageAspectFlags.DepthBit, LayerCount = 1 } },
            good with { BufferOffset = 800 }, good with { BufferOffset = ulong.MaxValue - 3 }, good with { BufferRowLength = 64 },
            good with { BufferRowLength = 7 }, good with { BufferImageHeight = 7 },
            good with { BufferRowLength = uint.MaxValue, BufferImageHeight = uint.MaxValue, ImageSubresource = TestDevice.Color(layers: 2) },
        ];
        foreach (var region in wrong)
        {
            Refused(device, c => vk.CmdCopyBufferToImage(c, buffer.Handle, image.Handle, ImageLayout.General, 1, in region));
            Refused(device, c => vk.CmdCopyImageToBuffer(c, image.Handle, ImageLayout.General, buffer.Handle, 1, in region));
        }

        Refused(device, c => vk.CmdCopyBufferToImage(c, default, image.Handle, ImageLayout.General, 1, in good));
        Refused(device, c => vk.CmdCopyBufferToImage(c, buffer.Handle, default, ImageLayout.General, 1, in good));
        Refused(device, c => vk.CmdCopyBufferToImage(c, buffer.Handle, many.Handle, ImageLayout.General, 1, in good));
        var copy = new ImageCopy { SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color(), Extent = Extent(8, 8, 1) };
        ImageCopy[] wrongCopies =
        [
            copy with { DstOffset = At(1, 0, 0) }, copy with { SrcOffset = At(0, 1, 0) }, copy with { SrcSubresource = TestDevice.Color(layers: 2) },
            copy with { DstSubresource = TestDevice.Color(level: 1) }, copy with { Extent = Extent(8, 8, 0x80000000) with { Width = 0x80000001 } },
            copy with { SrcSubresource = new ImageSubresourceLayers { LayerCount = 1 } },
        ];
        foreach (var region in wrongCopies)
            Refused(device, c => vk.CmdCopyImage(c, image.Handle, ImageLayout.General, other.Handle, ImageLayout.General, 1, in region));
        Refused(device, c => vk.CmdCopyImage(c, image.Handle, ImageLayout.General, depth.Handle, ImageLayout.General, 1, in copy));
        Refused(device, c => vk.CmdCopyImage(c, image.Handle, ImageLayout.General, many.Handle, ImageLayout.General, 1, in copy));
        var blit = new ImageBlit { SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color() };
        blit.SrcOffsets[1] = blit.DstOffsets[1] = At(8, 8, 1);
        var beyond = blit;
        beyond.DstOffsets[1] = At(9, 8, 1);
        var negative = blit;
        negative.SrcOffsets[0] = At(0, -1, 0);
        Refused(device, c => vk.CmdBlitImage(c, image.Handle, ImageLayout.General, other.Handle, ImageLayout.General, 1, in blit, Filter.Nearest));
        Refused(device, c => vk.CmdBlitImage(c, image.Handle, ImageLayout.General, image.Handle, ImageLayout.General, 1, in beyond, Filter.Nearest));
        Refused(device, c => vk.CmdBlitImage(c, image.Handle, ImageLayout.General, image.Handle, ImageLayout.General, 1, in negative, Filter.Nearest));
        Refused(device, c => vk.CmdBlitImage(c, other.Handle, ImageLayout.General, other.Handle, ImageLayout.General, 1, in blit, Filter.Linear));
        Refused(device, c => vk.CmdBlitImage(c, image.Handle, ImageLayout.General, image.Handle, ImageLayout.General, 1, in blit, Filter.CubicExt));
        var resolve = new ImageResolve { SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color(), Extent = Extent(8, 8, 1) };
        Refused(device, c => vk.CmdResolveImage(c, image.Handle, ImageLayout.General, image.Handle, ImageLayout.General, 1, in resolve));
        Refused(device, c => vk.CmdResolveImage(c, many.Handle, ImageLayout.General, image.Handle, ImageLayout.General, 1, resolve with { DstOffset = At(0, 0, 3) }));
        var color = TestDevice.Floats(0, 0, 0, 0);
        Refused(device, c => vk.CmdClearColorImage(c, depth.Handle, ImageLayout.General, in color, 1, depth.Range));
        Refused(device, c => vk.CmdClearColorImage(c, image.Handle, ImageLayout.General, in color, 1, image.Range with { BaseMipLevel = 2 }));
        Refused(device, c => vk.CmdClearColorImage(c, image.Handle, ImageLayout.General, in color, 1, image.Range with { LevelCount = 3 }));
        Refused(device, c => vk.CmdClearColorImage(c, image.Handle, ImageLayout.General, in color, 1, image.Range with { BaseArrayLayer = 7 }));
    }

    private static void Refused(TestDevice device, Action<CommandBuffer> body)
    {
        var buffer = device.CommandBuffer();
        var begin = new CommandBufferBeginInfo();
        TestDevice.Check(device.Vk.BeginCommandBuffer(buffer, in begin));
        int before = device.Messages.Length;
        body(buffer);
        Assert.Equal(before + 1, device.Messages.Length);
        Assert.NotEqual(Result.Success, device.Vk.EndCommandBuffer(buffer));
    }

    private static void Blit(TestDevice device, HostImage source, HostImage target, Filter filter,
        ((int X, int Y) First, (int X, int Y) Second) from, ((int X, int Y) First, (int X, int Y) Second) to)
    {
        var region = new ImageBlit { SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color() };
        (region.SrcOffsets[0], region.SrcOffsets[1]) = (At(from.First.X, from.First.Y, 0), At(from.Second.X, from.Second.Y, 1));
        (region.DstOffsets[0], region.DstOffsets[1]) = (At(to.First.X, to.First.Y, 0), At(to.Second.X, to.Second.Y, 1));
        device.Run(c => device.Vk.CmdBlitImage(c, source.Handle, ImageLayout.General, target.Handle, ImageLayout.General, 1, in region, filter));
    }

    private static Offset3D At(int x, int y, int z) => new() { X = x, Y = y, Z = z };

    private static Extent3D Extent(uint width, uint height, uint depth) => new() { Width = width, Height = height, Depth = depth };
}
