using System.Runtime.InteropServices;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Views of some slices of 3D images: of one as a 2D image (VK_EXT_image_2d_view_of_3d), of several as a 3D image
/// (VK_EXT_image_sliced_view_of_3d).</summary>
public sealed unsafe class ImageSliceTests : VulkanTest
{
    private const uint Remaining = ~0u;

    private static HostImage Image(TestDevice device, uint levels) => device.Image(
        HostImage.Describe(Format.R8G8B8A8Unorm, 8, 4, ImageUsageFlags.StorageBit | ImageUsageFlags.SampledBit) with
        {
            Flags = ImageCreateFlags.Create2DViewCompatibleBitExt, ImageType = ImageType.Type3D,
            Extent = new Extent3D { Width = 8, Height = 4, Depth = 6 }, MipLevels = levels,
        });

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void OneSliceIsA2DImage(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var image = Image(device, levels: 2);
        device.Upload(image, new byte[4 * 2 * 3 * 4], level: 1);
        var view = image.View(ImageViewType.Type2D, range: new ImageSubresourceRange
        {
            AspectMask = ImageAspectFlags.ColorBit, BaseMipLevel = 1, LevelCount = 1, BaseArrayLayer = 2, LayerCount = 1,
        });
        Store(device, "image", view);
        var expected = new byte[4 * 2 * 3 * 4];
        expected.AsSpan(4 * 2 * 2 * 4).Fill(255);
        Assert.Equal(expected, device.Download(image, expected.Length, level: 1));
        Assert.Empty(device.Messages);
    }

    [Theory]
    [InlineData(8, 1u, 3u, 3)]
    [InlineData(8, 4u, Remaining, 2)]
    [InlineData(16, 0u, 6u, 6)]
    [InlineData(16, 5u, 1u, 1)]
    public void SomeSlicesAreA3DImage(int lanes, uint first, uint count, int expectedCount)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var image = Image(device, levels: 1);
        device.Upload(image, new byte[8 * 4 * 6 * 4]);
        TestDevice.Check(TrySlices(device, image, first, count, out var view));
        Store(device, "slices", view);
        Assert.Equal([8, 4, 6, (int)first == 0 ? 1 : 0], Sampled(device, view));
        device.Vk.DestroyImageView(device.Device, view, null);
        var texels = device.Download(image, 8 * 4 * 6 * 4);
        for (int z = 0; z < 6; z++)
        {
            for (int y = 0; y < 4; y++)
            {
                for (int x = 0; x < 8; x++)
                {
                    int within = z - (int)first;
                    byte[] expected = within >= 0 && within < expectedCount ? [(byte)(x + 1), (byte)(y + 1), (byte)(within + 1), (byte)expectedCount] : [0, 0, 0, 0];
                    Assert.Equal(expected, texels.AsSpan(((z * 32) + (y * 8) + x) * 4, 4).ToArray());
                }
            }
        }

        Assert.Empty(device.Messages);
    }

    [Fact]
    public void SlicesThatAreNotThereAreRefused()
    {
        using var device = new TestDevice();
        var image = Image(device, levels: 1);
        Assert.True(TrySlices(device, image, 6, 1, out _) < 0);
        Assert.True(TrySlices(device, image, 2, 5, out _) < 0);
        Assert.True(TrySlices(device, image, 2, 0, out _) < 0);
        Assert.True(TrySlices(device, image, 2, 1, out _, ImageViewType.Type2D) < 0);
        var levels = Image(device, levels: 2);
        Assert.True(TrySlices(device, levels, 0, 1, out _) < 0);

        // Only 3D images have slices.
        var flat = HostImage.Describe(Format.R8G8B8A8Unorm, 8, 4, ImageUsageFlags.StorageBit) with { Flags = ImageCreateFlags.Create2DViewCompatibleBitExt };
        Assert.True(device.Vk.CreateImage(device.Device, in flat, null, out _) < 0);
        Assert.Equal(6, device.Messages.Length);
    }

    private static Result TrySlices(TestDevice device, HostImage image, uint first, uint count, out ImageView view, ImageViewType type = ImageViewType.Type3D)
    {
        var slices = new ImageViewSlicedCreateInfoEXT { SliceOffset = first, SliceCount = count };
        var info = new ImageViewCreateInfo
        {
            PNext = &slices, Image = image.Handle, ViewType = type, Format = image.Info.Format,
            SubresourceRange = image.Range with { LayerCount = 1 },
        };
        return device.Vk.CreateImageView(device.Device, in info, null, out view);
    }

    /// <summary>The size of what a sampled image shows of a view, and 255 times R of the first texel.</summary>
    private static int[] Sampled(TestDevice device, ImageView view)
    {
        var sampling = new SamplerCreateInfo();
        TestDevice.Check(device.Vk.CreateSampler(device.Device, in sampling, null, out var sampler));
        device.Later(() => device.Vk.DestroySampler(device.Device, sampler, null));
        var result = device.Buffer(16);
        var setLayout = device.SetLayout((0, DescriptorType.CombinedImageSampler, 1), (1, DescriptorType.StorageBuffer, 1));
        var layout = device.Layout(0, setLayout);
        TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.CombinedImageSampler, 1), (DescriptorType.StorageBuffer, 1)), setLayout, out var set));
        var info = new DescriptorImageInfo { ImageView = view, Sampler = sampler, ImageLayout = ImageLayout.General };
        var write = new WriteDescriptorSet { DstSet = set, DescriptorCount = 1, DescriptorType = DescriptorType.CombinedImageSampler, PImageInfo = &info };
        device.Vk.UpdateDescriptorSets(device.Device, 1, in write, 0, null);
        device.Write(set, 1, DescriptorType.StorageBuffer, result);
        new TestKernel(device, device.Pipeline("slices_sampled", layout), layout, set).Run(1);
        return MemoryMarshal.Cast<byte, int>(result.Bytes).ToArray();
    }

    /// <summary>Runs a shader of one storage image.</summary>
    private static void Store(TestDevice device, string shader, ImageView view)
    {
        var setLayout = device.SetLayout((0, DescriptorType.StorageImage, 1));
        var layout = device.Layout(0, setLayout);
        var pipeline = device.Pipeline(shader, layout);
        TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.StorageImage, 1)), setLayout, out var set));
        var info = new DescriptorImageInfo { ImageView = view, ImageLayout = ImageLayout.General };
        var write = new WriteDescriptorSet { DstSet = set, DescriptorCount = 1, DescriptorType = DescriptorType.StorageImage, PImageInfo = &info };
        device.Vk.UpdateDescriptorSets(device.Device, 1, in write, 0, null);
        device.Run(c =>
        {
            var bound = set;
            device.Vk.CmdBindPipeline(c, PipelineBindPoint.Compute, pipeline);
            device.Vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, layout, 0, 1, &bound, 0, null);
            device.Vk.CmdDispatch(c, 2, 2, 4);
        });
    }
}
