using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Null descriptors of images: every access reads zero in all components, every query of a size, of levels or of samples
/// gives 0, and stores vanish (VkPhysicalDeviceRobustness2FeaturesEXT::nullDescriptor).</summary>
public sealed unsafe class NullImageTests : VulkanTest
{
    private const int SampledKinds = 9, Kinds = 20;

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void ImagesOfAllKindsReadZeroAndHaveNoSize(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var bindings = new (uint Binding, DescriptorType Type, uint Count)[Kinds + 1];
        bindings[0] = (0, DescriptorType.StorageBuffer, 1);
        for (uint i = 1; i <= Kinds; i++)
            bindings[i] = (i, TypeOf(i), 1);
        var layout = device.SetLayout(bindings);
        var pipelineLayout = device.Layout(0, layout);
        var pipeline = device.Pipeline("null_images", pipelineLayout);
        var result = device.Buffer(Kinds * sizeof(float));

        // Outside of an image this sampler would give white.
        var info = new SamplerCreateInfo
        {
            AddressModeU = SamplerAddressMode.ClampToBorder, AddressModeV = SamplerAddressMode.ClampToBorder,
            AddressModeW = SamplerAddressMode.ClampToBorder, BorderColor = BorderColor.FloatOpaqueWhite, MagFilter = Filter.Linear,
        };
        TestDevice.Check(device.Vk.CreateSampler(device.Device, in info, null, out var sampler));
        device.Later(() => device.Vk.DestroySampler(device.Device, sampler, null));
        foreach (bool isWritten in new[] { false, true })
        {
            TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.StorageBuffer, 1), (DescriptorType.CombinedImageSampler, SampledKinds),
                (DescriptorType.UniformTexelBuffer, 1), (DescriptorType.StorageImage, 9), (DescriptorType.StorageTexelBuffer, 1)), layout, out var set));
            device.Write(set, 0, DescriptorType.StorageBuffer, result);
            for (uint i = 1; isWritten && i <= Kinds; i++)
                WriteNull(device, set, i, sampler);
            MemoryMarshal.Cast<byte, float>(result.Bytes).Clear();
            device.Run(c =>
            {
                var bound = set;
                device.Vk.CmdBindPipeline(c, PipelineBindPoint.Compute, pipeline);
                device.Vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, pipelineLayout, 0, 1, &bound, 0, null);
                device.Vk.CmdDispatch(c, 1, 1, 1);
            });
            Assert.Equal(new float[Kinds], MemoryMarshal.Cast<byte, float>(result.Bytes).ToArray());
        }
    }

    private static DescriptorType TypeOf(uint binding) => binding switch
    {
        <= SampledKinds => DescriptorType.CombinedImageSampler,
        10 => DescriptorType.UniformTexelBuffer,
        19 => DescriptorType.StorageTexelBuffer,
        _ => DescriptorType.StorageImage,
    };

    private static void WriteNull(TestDevice device, DescriptorSet set, uint binding, Sampler sampler)
    {
        var image = new DescriptorImageInfo { Sampler = sampler, ImageLayout = ImageLayout.General };
        BufferView view = default;
        var write = new WriteDescriptorSet
        {
            DstSet = set, DstBinding = binding, DescriptorCount = 1, DescriptorType = TypeOf(binding), PImageInfo = &image, PTexelBufferView = &view,
        };
        device.Vk.UpdateDescriptorSets(device.Device, 1, &write, 0, null);
    }
}
