using System.Runtime.InteropServices;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Images and texel buffers of 64-bit integers and of floats, and atomics on them, through the driver.</summary>
public sealed unsafe class ImageAtomicTests : VulkanTest
{
    private const int Width = 16, Height = 8;

    [Fact]
    public void TheirFormatsHaveWhatAtomicsNeed()
    {
        using var device = new TestDevice();
        const FormatFeatureFlags Images = FormatFeatureFlags.SampledImageBit | FormatFeatureFlags.StorageImageBit | FormatFeatureFlags.StorageImageAtomicBit
            | FormatFeatureFlags.TransferSrcBit | FormatFeatureFlags.TransferDstBit;
        const FormatFeatureFlags Buffers = FormatFeatureFlags.UniformTexelBufferBit | FormatFeatureFlags.StorageTexelBufferBit
            | FormatFeatureFlags.StorageTexelBufferAtomicBit;
        foreach (var format in new[] { Format.R64Uint, Format.R64Sint, Format.R32Uint, Format.R32Sint, Format.R32Sfloat })
        {
            device.Vk.GetPhysicalDeviceFormatProperties(device.Vulkan.Physical, format, out var properties);
            Assert.Equal(Images, properties.OptimalTilingFeatures & Images);
            Assert.Equal(Images, properties.LinearTilingFeatures & Images);
            Assert.Equal(Buffers, properties.BufferFeatures & Buffers);
            TestDevice.Check(device.Vk.GetPhysicalDeviceImageFormatProperties(device.Vulkan.Physical, format, ImageType.Type2D, ImageTiling.Optimal,
                ImageUsageFlags.StorageBit | ImageUsageFlags.SampledBit, 0, out var image));
            Assert.True((image.SampleCounts & SampleCountFlags.Count4Bit) != 0);
        }
    }

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void IntegersOf64Bits(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var texels = Longs(device, 64);
        var result = device.Buffer(Width * Height * 3 * 32);
        HostImage source = Image(device, Format.R64Sint, 14, 6), target = Image(device, Format.R64Uint, 13, 7), sheets = Image(device, Format.R64Sint, 8, 5, 2),
            counters = Image(device, Format.R64Uint, 8, 4),
            extremes = Image(device, HostImage.Describe(Format.R64Sint, 7, 1, ImageUsageFlags.StorageBit) with { ImageType = ImageType.Type1D });
        long[] values = [.. Enumerable.Range(0, 14 * 6).Select(i => (long)i * 0x123456789 - 5000000000)];
        device.Upload(source, MemoryMarshal.AsBytes<long>(values));
        device.Upload(counters, MemoryMarshal.AsBytes<long>([.. Enumerable.Range(0, 32).Select(i => (long)i << 33)]));
        device.Upload(extremes, MemoryMarshal.AsBytes<long>([0, 0, 1, -1, 7, 7, 5]));
        var scene = new Scene(device, "wide", [source, target, sheets, null, counters, extremes], 3, device.Texels(texels, Format.R64Uint), result);
        scene.Run();
        var actual = MemoryMarshal.Cast<byte, long>(result.Bytes).ToArray();
        long[] written = MemoryMarshal.Cast<byte, long>(device.Download(target, 13 * 7 * 8)).ToArray();
        for (int y = 0; y < 6; y++)
        {
            for (int x = 0; x < 13; x++)
            {
                Assert.Equal([values[(y * 14) + x], 0, 0, 1], actual.AsSpan((((y + 1) * Width) + x + 1) * 12, 4).ToArray());
                Assert.Equal(values[(y * 14) + x] + 1, written[(y * 13) + x]);
            }
        }

        long[] counts = MemoryMarshal.Cast<byte, long>(device.Download(counters, 32 * 8)).ToArray();
        Assert.Equal((9L << 33) + (4 * 0x100000001L), counts[9]);
        long[] ends = MemoryMarshal.Cast<byte, long>(device.Download(extremes, 7 * 8)).ToArray();
        Assert.Equal([14L << 32, -1L << 32, 1 | ~0L << 32, ~(0xFFFFFFFFL << 16), 7, 0x123456789, 6], ends);
        Assert.Empty(device.Messages);
    }

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void SamplesOf64Bits(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var info = HostImage.Describe(Format.R64Sint, Width, Height, ImageUsageFlags.StorageBit) with { Samples = SampleCountFlags.Count4Bit };
        var many = Image(device, info);
        var one = Image(device, Format.R64Sint, Width, Height);
        var result = device.Buffer(Width * Height * 2 * 32);
        new Scene(device, "wide_samples", [many], uint.MaxValue, default, result).Run();
        var actual = MemoryMarshal.Cast<byte, long>(result.Bytes).ToArray();
        for (int i = 0; i < Width * Height; i++)
            Assert.Equal([(3L << 40) - i, 0, 0, 1, (2L << 40) - i + (7L << 33), 0, 0, 1], actual.AsSpan(i * 8, 8).ToArray());
        var resolve = new ImageResolve { SrcSubresource = TestDevice.Color(), DstSubresource = TestDevice.Color(), Extent = info.Extent };
        device.Run(c => device.Vk.CmdResolveImage(c, many.Handle, ImageLayout.General, one.Handle, ImageLayout.General, 1, in resolve));
        Assert.Equal(Enumerable.Range(0, Width * Height).Select(i => -(long)i), MemoryMarshal.Cast<byte, long>(device.Download(one, Width * Height * 8)).ToArray());
        Assert.Empty(device.Messages);
    }

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void Floats(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        HostImage sums = Image(device, Format.R32Sfloat, 8, 4), swapped = Image(device, Format.R32Sfloat, 15, 7, 2);
        device.Upload(sums, new byte[8 * 4 * 4]);
        device.Upload(swapped, new byte[15 * 7 * 2 * 4]);
        var extremes = device.Buffer(8, BufferUsageFlags.StorageTexelBufferBit);
        var result = device.Buffer(Width * Height * 8);
        var scene = new Scene(device, "float_atomics", [sums, null, swapped], 1, device.Texels(extremes, Format.R32Sfloat), result);
        scene.Run();
        Assert.Equal([14 * 0.25f, -0.25f], MemoryMarshal.Cast<byte, float>(extremes.Bytes).ToArray());
        float[] added = MemoryMarshal.Cast<byte, float>(device.Download(sums, 8 * 4 * 4)).ToArray();
        Assert.Equal(2 * ((4 * 0.5f) + (5 * 0.5f)), added[8 + 2]);
        Assert.Equal([0f, 3f], MemoryMarshal.Cast<byte, float>(result.Bytes).Slice(((2 * Width) + 4) * 2, 2).ToArray());
        Assert.Empty(device.Messages);
    }

    private static HostBuffer Longs(TestDevice device, int count) => device.Buffer(count * 8, BufferUsageFlags.StorageTexelBufferBit);

    private static HostImage Image(TestDevice device, Format format, uint width, uint height, uint layers = 1) =>
        Image(device, HostImage.Describe(format, width, height, ImageUsageFlags.StorageBit) with { ArrayLayers = layers });

    private static HostImage Image(TestDevice device, in ImageCreateInfo info) => device.Image(info);

    /// <summary>A shader over storage images, with a texel buffer among them and a buffer behind them.</summary>
    private sealed class Scene
    {
        private readonly TestDevice _device;
        private readonly PipelineLayout _layout;
        private readonly Pipeline _pipeline;
        private readonly DescriptorSet _set;

        /// <param name="images">By binding; null for the texel buffer.</param>
        public Scene(TestDevice device, string shader, HostImage?[] images, uint texelBinding, BufferView texels, HostBuffer result)
        {
            _device = device;
            var bindings = new (uint, DescriptorType, uint)[images.Length + 1];
            for (uint i = 0; i < images.Length; i++)
                bindings[i] = (i, i == texelBinding ? DescriptorType.StorageTexelBuffer : DescriptorType.StorageImage, 1);
            bindings[^1] = ((uint)images.Length, DescriptorType.StorageBuffer, 1);
            var setLayout = device.SetLayout(bindings);
            _layout = device.Layout(0, setLayout);
            _pipeline = device.Pipeline(shader, _layout);
            TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.StorageImage, 8), (DescriptorType.StorageTexelBuffer, 1), (DescriptorType.StorageBuffer, 1)),
                setLayout, out _set));
            device.Write(_set, (uint)images.Length, DescriptorType.StorageBuffer, result);
            for (uint i = 0; i < images.Length; i++)
            {
                var type = images[i] is not { } image ? default : image.Info.ImageType == ImageType.Type1D ? ImageViewType.Type1D
                    : image.Info.ArrayLayers > 1 ? ImageViewType.Type2DArray : ImageViewType.Type2D;
                var info = new DescriptorImageInfo { ImageView = images[i]?.View(type) ?? default, ImageLayout = ImageLayout.General };
                var write = new WriteDescriptorSet
                {
                    DstSet = _set, DstBinding = i, DescriptorCount = 1, DescriptorType = bindings[i].Item2, PImageInfo = &info, PTexelBufferView = &texels,
                };
                device.Vk.UpdateDescriptorSets(device.Device, 1, in write, 0, null);
            }
        }

        public void Run() => _device.Run(c =>
        {
            var set = _set;
            _device.Vk.CmdBindPipeline(c, PipelineBindPoint.Compute, _pipeline);
            _device.Vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, _layout, 0, 1, &set, 0, null);
            _device.Vk.CmdDispatch(c, 2, 2, 1);
        });
    }
}
