using System.Runtime.InteropServices;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Samplers with an anisotropic filter, from vkCreateSampler to what a shader reads; how well they filter is tested with
/// the compiler.</summary>
public sealed unsafe class AnisotropyTests : VulkanTest
{
    /// <summary>A footprint of four texels by one, of an image whose levels are told apart by their texels: as wide as it is
    /// long it is seen in level 2, in its shape in level 0.</summary>
    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void AFootprintIsSeenInItsShape(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        const uint size = 16;
        var image = device.Image(HostImage.Describe(Format.R32Sfloat, size, size, ImageUsageFlags.SampledBit) with { MipLevels = 3 });
        for (uint level = 0; level < 3; level++)
        {
            var texels = new float[(size >> (int)level) * (size >> (int)level)];
            Array.Fill(texels, 1 + level);
            device.Upload(image, MemoryMarshal.AsBytes<float>(texels), level);
        }

        var view = image.View(ImageViewType.Type2D);
        var setLayout = device.SetLayout((0, DescriptorType.CombinedImageSampler, 1), (1, DescriptorType.CombinedImageSampler, 1),
            (2, DescriptorType.CombinedImageSampler, 1), (3, DescriptorType.CombinedImageSampler, 1), (4, DescriptorType.StorageBuffer, 1),
            (5, DescriptorType.StorageBuffer, 1));
        var layout = device.Layout(0, setLayout);
        var pipeline = device.Pipeline("sample_gradients", layout);
        using var where = new HostBuffer(device.Vulkan, 32 * 32);
        var first = MemoryMarshal.Cast<byte, float>(where.Bytes);
        (first[0], first[1], first[4], first[7]) = (0.5f, 0.5f, 4f / size, 1f / size);
        using var result = new HostBuffer(device.Vulkan, 32 * 5 * 16);

        Assert.Equal(3, Sample(default), 1e-3f);
        Assert.Equal(3, Sample(new SamplerCreateInfo { AnisotropyEnable = true, MaxAnisotropy = 1 }), 1e-3f);
        Assert.Equal(2, Sample(new SamplerCreateInfo { AnisotropyEnable = true, MaxAnisotropy = 2 }), 1e-3f);
        Assert.Equal(1, Sample(new SamplerCreateInfo { AnisotropyEnable = true, MaxAnisotropy = 16 }), 1e-3f);
        Assert.Equal(3, Sample(new SamplerCreateInfo { MaxAnisotropy = 16 }), 1e-3f);

        float Sample(SamplerCreateInfo info)
        {
            info.SType = StructureType.SamplerCreateInfo;
            (info.MagFilter, info.MinFilter, info.MipmapMode) = (Filter.Linear, Filter.Linear, SamplerMipmapMode.Linear);
            info.MaxLod = Vk.LodClampNone;
            TestDevice.Check(device.Vk.CreateSampler(device.Device, in info, null, out var sampler));
            device.Later(() => device.Vk.DestroySampler(device.Device, sampler, null));
            TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.CombinedImageSampler, 4), (DescriptorType.StorageBuffer, 2)), setLayout, out var set));
            var described = new DescriptorImageInfo { ImageView = view, Sampler = sampler, ImageLayout = ImageLayout.General };
            for (uint binding = 0; binding < 4; binding++)
            {
                var write = new WriteDescriptorSet
                {
                    DstSet = set, DstBinding = binding, DescriptorCount = 1, DescriptorType = DescriptorType.CombinedImageSampler, PImageInfo = &described,
                };
                device.Vk.UpdateDescriptorSets(device.Device, 1, in write, 0, null);
            }

            device.Write(set, 4, DescriptorType.StorageBuffer, where, result);
            device.Run(c =>
            {
                device.Vk.CmdBindPipeline(c, PipelineBindPoint.Compute, pipeline);
                device.Vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, layout, 0, 1, in set, 0, null);
                device.Vk.CmdDispatch(c, 1, 1, 1);
            });
            return MemoryMarshal.Cast<byte, float>(result.Bytes)[0];
        }
    }
}
