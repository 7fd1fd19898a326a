using System.Runtime.InteropServices;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats.BlockCompression;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Compressed blocks: what they decode to, and that shaders and blits read that after every copy.</summary>
public sealed unsafe class BlockCompressionTests : VulkanTest
{
    private static readonly string[] Bptc = File.ReadAllLines(RepositoryRoot.Of("tests/Vulkan/Blocks/bptc.txt"));

    [Theory]
    [InlineData(Format.BC7UnormBlock, 64)]
    [InlineData(Format.BC6HUfloatBlock, 128)]
    [InlineData(Format.BC6HSfloatBlock, 128)]
    public void EveryModeAndPartitionDecodesAsElsewhere(Format format, int bytes)
    {
        int blocks = 0;
        Span<byte> texels = stackalloc byte[BlockDecoder.MostBytes];
        foreach (string line in Bptc)
        {
            string[] parts = line.Split(' ');
            if (parts[0] != format.ToString())
                continue;
            BlockDecoder.Decode(format, Convert.FromHexString(parts[1]), texels);
            Assert.True(parts[2] == Convert.ToHexStringLower(texels[..bytes]), parts[1]);
            blocks++;
        }

        Assert.InRange(blocks, 28, 152);
    }

    // Red 31 and blue 31, in both orders; indices 0, 1, 2, 3 and then 0.
    [Theory]
    [InlineData(Format.BC1RgbUnormBlock, "00F81F00E4000000", "FF0000FF", "0000FFFF", "AA0055FF", "5500AAFF")]
    [InlineData(Format.BC1RgbaUnormBlock, "1F0000F8E4000000", "0000FFFF", "FF0000FF", "800080FF", "00000000")]
    [InlineData(Format.BC1RgbSrgbBlock, "1F0000F8E4000000", "0000FFFF", "FF0000FF", "800080FF", "000000FF")]
    [InlineData(Format.BC2UnormBlock, "F08400000000000000F81F00E4000000", "FF000000", "0000FFFF", "AA005544", "5500AA88")]
    [InlineData(Format.BC2SrgbBlock, "F0840000000000001F0000F8E4000000", "0000FF00", "FF0000FF", "5500AA44", "AA005588")]

    // Alpha 210 and 0 with indices 0, 1, 2, 7: a seventh of 210 is 30. Then 0 and 250 with 0, 1, 6, 7.
    [InlineData(Format.BC3UnormBlock, "D200880E0000000000F81F00E4000000", "FF0000D2", "0000FF00", "AA0055B4", "5500AA1E")]
    [InlineData(Format.BC3SrgbBlock, "00FA880F0000000000F81F00E4000000", "FF000000", "0000FFFA", "AA005500", "5500AAFF")]
    [InlineData(Format.BC4UnormBlock, "D200880E00000000", "D2D2", "0000", "B4B4", "1E1E")]
    [InlineData(Format.BC4UnormBlock, "00FA880F00000000", "0000", "FAFA", "0000", "FFFF")]

    // 127 and -127: five sevenths are 23405 of 32767; then -128, which is -1, and 127.
    [InlineData(Format.BC4SnormBlock, "7F81880E00000000", "FF7F", "0180", "6D5B", "93A4")]
    [InlineData(Format.BC4SnormBlock, "807F880F00000000", "0180", "FF7F", "0180", "FF7F")]
    [InlineData(Format.BC5UnormBlock, "D200880E0000000000FA880F00000000", "D2D20000", "0000FAFA", "B4B40000", "1E1EFFFF")]
    [InlineData(Format.BC5SnormBlock, "7F81880E00000000807F880F00000000", "FF7F0180", "0180FF7F", "6D5B0180", "93A4FF7F")]
    public void TwoEndsAndWhatLiesBetween(Format format, string block, params string[] expected)
    {
        Span<byte> texels = stackalloc byte[BlockDecoder.MostBytes];
        BlockDecoder.Decode(format, Convert.FromHexString(block), texels);
        for (int i = 0; i < expected.Length; i++)
        {
            int bytes = expected[i].Length / 2;
            Assert.Equal(expected[i], Convert.ToHexString(texels.Slice(i * bytes, bytes)));
        }
    }

    [Fact]
    public void BlocksWithoutAModeAreBlack()
    {
        byte[] texels = new byte[BlockDecoder.MostBytes];
        Array.Fill(texels, (byte)0x55);
        BlockDecoder.Decode(Format.BC7UnormBlock, new byte[16], texels);
        Assert.Equal(new byte[64], texels[..64]);
        byte[] reserved = new byte[16];
        Array.Fill(reserved, (byte)0xFF);
        BlockDecoder.Decode(Format.BC6HUfloatBlock, reserved, texels);
        for (int i = 0; i < 16; i++)
            Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0x3C], texels[(8 * i)..((8 * i) + 8)]);
    }

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void ShadersReadWhatWasCopied(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));

        // 6 x 5 texels of BC1: four blocks, three of them cut off. Sampled at texels (0..3, 0) and (4, 4), (5, 0).
        byte[] red = Convert.FromHexString("00F81F00E4000000"), blue = Convert.FromHexString("1F001F0000000000");
        var small = device.Image(Format.BC1RgbaUnormBlock, 6, 5, ImageUsageFlags.SampledBit);
        device.Upload(small, [.. red, .. blue, .. blue, .. red]);
        float third = 1 / 3f;
        Same(device, small, 6, 5, [(0, 0), (1, 0), (2, 0), (3, 0), (4, 4), (5, 0)],
            [1, 0, 0, 1, 0, 0, 1, 1, 2 * third, 0, third, 1, third, 0, 2 * third, 1, 1, 0, 0, 1, 0, 0, 1, 1]);

        // One block to another image, in a layer and level of its own.
        var other = device.Image(HostImage.Describe(Format.BC1RgbaUnormBlock, 16, 16, ImageUsageFlags.SampledBit) with
        {
            ArrayLayers = 2, MipLevels = 2,
        });
        device.Run(c =>
        {
            var region = new ImageCopy
            {
                SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color(level: 1, layer: 1),
                DstOffset = new Offset3D { X = 4, Y = 4 }, Extent = new Extent3D { Width = 4, Height = 4, Depth = 1 },
            };
            device.Vk.CmdCopyImage(c, small.Handle, ImageLayout.General, other.Handle, ImageLayout.General, 1, &region);
        });
        var part = other.Range with { BaseMipLevel = 1, LevelCount = 1, BaseArrayLayer = 1, LayerCount = 1 };
        Same(device, other, 8, 8, [(4, 4), (5, 4)], [1, 0, 0, 1, 0, 0, 1, 1], part);

        // A block of each mode of BC7.
        var blocks = new List<(byte[] Block, byte[] Texels)>();
        foreach (string line in Bptc)
        {
            string[] parts = line.Split(' ');
            if (parts[0] == nameof(Format.BC7UnormBlock) && blocks.Count < 24)
                blocks.Add((Convert.FromHexString(parts[1]), Convert.FromHexString(parts[2])));
        }

        var wide = device.Image(Format.BC7UnormBlock, 96, 4, ImageUsageFlags.SampledBit);
        device.Upload(wide, blocks.SelectMany(b => b.Block).ToArray());
        Same(device, wide, 96, 4, [.. blocks.Select((_, i) => ((4 * i) + 1, 2))],
            [.. blocks.SelectMany(b => b.Texels[36..40]).Select(t => t / 255f)]);
        Assert.Empty(device.Messages);
    }

    /// <summary>Outside the image lies transparent black, of which formats without alpha show an alpha of one.</summary>
    [Theory]
    [InlineData(Format.BC1RgbUnormBlock, 1)]
    [InlineData(Format.BC1RgbSrgbBlock, 1)]
    [InlineData(Format.BC6HUfloatBlock, 1)]
    [InlineData(Format.BC6HSfloatBlock, 1)]
    [InlineData(Format.BC1RgbaUnormBlock, 0)]
    [InlineData(Format.BC7SrgbBlock, 0)]
    public void BordersHaveNoMoreComponentsThanTheFormat(Format format, float alpha)
    {
        using var device = new TestDevice();
        var image = device.Image(format, 4, 4, ImageUsageFlags.SampledBit);
        device.Upload(image, new byte[format is Format.BC1RgbUnormBlock or Format.BC1RgbSrgbBlock or Format.BC1RgbaUnormBlock ? 8 : 16]);
        var sampling = new SamplerCreateInfo
        {
            AddressModeU = SamplerAddressMode.ClampToBorder, AddressModeV = SamplerAddressMode.ClampToBorder,
            BorderColor = BorderColor.FloatTransparentBlack,
        };
        Same(device, image, 4, 4, [(-3, 0), (0, 6)], [0, 0, 0, alpha, 0, 0, 0, alpha], sampling: sampling);
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void BlitsReadDecodedTexelsAndStoresAreRefused()
    {
        using var device = new TestDevice();
        var image = device.Image3D(Format.BC4UnormBlock, 4, 4, 2);
        device.Upload(image, Convert.FromHexString("D200880E0000000000FA880F00000000"));
        var target = device.Image3D(Format.R16Unorm, 4, 4, 2);
        device.Run(c =>
        {
            var region = new ImageBlit { SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color() };
            region.SrcOffsets[1] = region.DstOffsets[1] = new Offset3D { X = 4, Y = 4, Z = 2 };
            device.Vk.CmdBlitImage(c, image.Handle, ImageLayout.General, target.Handle, ImageLayout.General, 1, in region, Filter.Nearest);
        });
        byte[] texels = device.Download(target, 64);
        Assert.Equal("D2D20000B4B41E1E", Convert.ToHexString(texels.AsSpan(0, 8)));
        Assert.Equal("0000FAFA0000FFFF", Convert.ToHexString(texels.AsSpan(32, 8)));
        Assert.Empty(device.Messages);
    }

    /// <summary>Blocks that a kernel stores through a view of their bits are seen by samplers, layer by layer and level by level.</summary>
    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void BlocksAreStoredByKernels(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var image = device.Image(HostImage.Describe(Format.BC1RgbaUnormBlock, 16, 8, ImageUsageFlags.SampledBit | ImageUsageFlags.StorageBit) with
        {
            Flags = ImageCreateFlags.MutableFormatBit | ImageCreateFlags.BlockTexelViewCompatibleBit | ImageCreateFlags.ExtendedUsageBit,
            ArrayLayers = 2, MipLevels = 2,
        });
        for (uint level = 0; level < 2; level++)
            device.Upload(image, new byte[(level == 0 ? 64 : 16) * 2], level);
        var one = new ImageSubresourceRange { AspectMask = ImageAspectFlags.ColorBit, BaseMipLevel = 1, LevelCount = 1, BaseArrayLayer = 1, LayerCount = 1 };
        var view = image.View(ImageViewType.Type2D, Format.R32G32Uint, one);
        var setLayout = device.SetLayout((0, DescriptorType.StorageImage, 1));
        var layout = device.Layout(0, setLayout);
        TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.StorageImage, 1)), setLayout, out var set));
        var info = new DescriptorImageInfo { ImageView = view, ImageLayout = ImageLayout.General };
        var write = new WriteDescriptorSet { DstSet = set, DescriptorCount = 1, DescriptorType = DescriptorType.StorageImage, PImageInfo = &info };
        device.Vk.UpdateDescriptorSets(device.Device, 1, in write, 0, null);
        new TestKernel(device, device.Pipeline("blocks", layout), layout, set).Run(1);

        // 8 by 4 texels, of two blocks: red, and every other texel of the second black.
        Same(device, image, 8, 4, [(0, 0), (3, 3), (4, 0), (5, 0)], [1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1], one);
        Same(device, image, 8, 4, [(0, 0), (5, 0)], [0, 0, 0, 1, 0, 0, 0, 1], one with { BaseArrayLayer = 0 });
        Same(device, image, 16, 8, [(0, 0), (5, 0)], [0, 0, 0, 1, 0, 0, 0, 1], one with { BaseMipLevel = 0 });
        byte[] blocks = device.Download(image, 32, level: 1);
        Assert.Equal("00F8000000000000" + "00F8000011111111", Convert.ToHexString(blocks.AsSpan(16)));
        Assert.Empty(device.Messages);

        // Views of bits must be allowed.
        var closed = image.Info with { Flags = ImageCreateFlags.MutableFormatBit | ImageCreateFlags.ExtendedUsageBit };
        Assert.Equal(Result.ErrorFormatNotSupported, device.Vk.CreateImage(device.Device, in closed, null, out _));
    }

    /// <summary>Samples the middles of texels with sample_2d.comp.</summary>
    private static void Same(TestDevice device, HostImage image, int width, int height, (int X, int Y)[] at, float[] expected,
        ImageSubresourceRange? range = null, SamplerCreateInfo sampling = default)
    {
        TestDevice.Check(device.Vk.CreateSampler(device.Device, in sampling, null, out var sampler));
        device.Later(() => device.Vk.DestroySampler(device.Device, sampler, null));
        var (where, result) = (device.Buffer(32 * 16), device.Buffer(32 * 16));
        var coordinates = MemoryMarshal.Cast<byte, float>(where.Bytes);
        for (int i = 0; i < at.Length; i++)
            (coordinates[4 * i], coordinates[(4 * i) + 1]) = ((at[i].X + 0.5f) / width, (at[i].Y + 0.5f) / height);
        var setLayout = device.SetLayout((0, DescriptorType.CombinedImageSampler, 1), (1, DescriptorType.StorageBuffer, 1), (2, DescriptorType.StorageBuffer, 1));
        var layout = device.Layout(0, setLayout);
        TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.CombinedImageSampler, 1), (DescriptorType.StorageBuffer, 2)), setLayout, out var set));
        device.Write(set, 1, DescriptorType.StorageBuffer, where, result);
        var info = new DescriptorImageInfo { ImageView = image.View(ImageViewType.Type2D, range: range), Sampler = sampler, ImageLayout = ImageLayout.General };
        var write = new WriteDescriptorSet
        {
            DstSet = set, DescriptorCount = 1, DescriptorType = DescriptorType.CombinedImageSampler, PImageInfo = &info,
        };
        device.Vk.UpdateDescriptorSets(device.Device, 1, in write, 0, null);
        new TestKernel(device, device.Pipeline("sample_2d", layout), layout, set).Run(1);
        var found = MemoryMarshal.Cast<byte, float>(result.Bytes);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], found[i], 0.5f / 255);
    }
}
