using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Stores to views of another format than the shader declares, as ffmpeg's filters do.</summary>
public sealed unsafe class ImageStoreTests : VulkanTest
{
    public static TheoryData<Format, byte[], int> Planes
    {
        get
        {
            var data = new TheoryData<Format, byte[], int>();
            foreach (int lanes in TestDevice.Widths)
            {
                data.Add(Format.R8Unorm, [1, 2, 3, 4], lanes);
                data.Add(Format.R8G8Unorm, [1, 51, 2, 51, 3, 51, 4, 51], lanes);
                data.Add(Format.R8G8B8A8Unorm, [1, 51, 0, 255, 2, 51, 0, 255, 3, 51, 0, 255, 4, 51, 0, 255], lanes);
                data.Add(Format.B8G8R8A8Unorm, [0, 51, 1, 255, 0, 51, 2, 255, 0, 51, 3, 255, 0, 51, 4, 255], lanes);
                data.Add(Format.R16Unorm, [1, 1, 2, 2, 3, 3, 4, 4], lanes);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Planes))]
    public void AViewOfAnotherFormatIsWrittenInItsOwn(Format format, byte[] expected, int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var image = device.Image(format, 4, 1, ImageUsageFlags.StorageBit);
        var setLayout = device.SetLayout((0, DescriptorType.StorageImage, 1));
        var layout = device.Layout(0, setLayout);
        var pipeline = device.Pipeline("plane_write", layout);
        TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.StorageImage, 1)), setLayout, out var set));
        var info = new DescriptorImageInfo { ImageView = image.View(ImageViewType.Type2D), ImageLayout = ImageLayout.General };
        var write = new WriteDescriptorSet { DstSet = set, DescriptorCount = 1, DescriptorType = DescriptorType.StorageImage, PImageInfo = &info };
        device.Vk.UpdateDescriptorSets(device.Device, 1, in write, 0, null);
        DescriptorSet[] sets = [set];
        device.Run(c =>
        {
            device.Vk.CmdBindPipeline(c, PipelineBindPoint.Compute, pipeline);
            device.Vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, layout, 0, 1, in sets[0], 0, null);
            device.Vk.CmdDispatch(c, 1, 1, 1);
        });
        Assert.Equal(expected, device.Download(image, expected.Length));
        Assert.Empty(device.Messages);
    }
}
