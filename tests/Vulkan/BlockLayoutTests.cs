using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Scalar block layout, uniform blocks with std430's layout, initialized shared memory, SPIR-V 1.6.</summary>
public sealed unsafe class BlockLayoutTests : VulkanTest
{
    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void MembersStandWhereTheOffsetsSay(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var (source, factors, result) = (device.Buffer(4 + (16 * 20)), device.Words(99, 2, 3, 5), device.Buffer(16 * 12));
        var from = MemoryMarshal.Cast<byte, float>(source.Bytes);
        for (int i = 0; i < 16; i++)
        {
            from[1 + (i * 5)] = i + 0.5f;
            for (int k = 0; k < 3; k++)
                from[2 + (i * 5) + k] = (i * 10) + k;
            source.Words()[5 + (i * 5)] = (uint)(i * i);
        }

        var setLayout = device.SetLayout((0, DescriptorType.StorageBuffer, 1), (1, DescriptorType.UniformBuffer, 1), (2, DescriptorType.StorageBuffer, 1));
        var layout = device.Layout(0, setLayout);
        TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.StorageBuffer, 3)), setLayout, out var set));
        device.Write(set, 0, DescriptorType.StorageBuffer, source);
        device.Write(set, 1, DescriptorType.UniformBuffer, factors);
        device.Write(set, 2, DescriptorType.StorageBuffer, result);
        new TestKernel(device, device.Pipeline("layouts.13", layout), layout, set).Run(1);

        float[] factor = [2, 3, 5];
        var found = MemoryMarshal.Cast<byte, float>(result.Bytes);
        for (int i = 0; i < 16; i++)
        {
            float[] added = [i + 0.5f, i * i, 15 - i < 8 ? 16 - i : 0];
            for (int k = 0; k < 3; k++)
                Assert.Equal((((i * 10) + k) * factor[i % 3]) + added[k], found[(i * 3) + k]);
        }
    }
}
