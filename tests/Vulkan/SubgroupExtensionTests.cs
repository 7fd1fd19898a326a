using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>VK_KHR_shader_maximal_reconvergence, VK_KHR_shader_subgroup_rotate, VK_KHR_shader_expect_assume and
/// VK_NV_shader_subgroup_partitioned.</summary>
public sealed unsafe class SubgroupExtensionTests : VulkanTest
{
    private const int Invocations = 64;

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void LanesMeetAgainAndRotate(int lanes)
    {
        var assume = new PhysicalDeviceShaderExpectAssumeFeaturesKHR { ShaderExpectAssume = true };
        var rotate = new PhysicalDeviceShaderSubgroupRotateFeaturesKHR
        {
            PNext = &assume, ShaderSubgroupRotate = true, ShaderSubgroupRotateClustered = true,
        };
        var reconvergence = new PhysicalDeviceShaderMaximalReconvergenceFeaturesKHR { PNext = &rotate, ShaderMaximalReconvergence = true };
        using var device = new TestDevice(TestDevice.Lanes(lanes), &reconvergence);
        var results = device.Buffer(Invocations * 16);
        device.Kernel("reconverge", 0, results).Run(1);
        for (int i = 0; i < Invocations; i++)
        {
            int lane = i % lanes;
            uint[] expected = [3u << (lane & ~1), (uint)((lane + 1) % lanes), (uint)(lane & ~3 | (lane + 1) & 3), (uint)lane / 2];
            Assert.Equal(expected, results.Words().Slice(4 * i, 4).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void PartsOfASubgroupAddUp(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var results = device.Buffer(Invocations * 8);
        device.Kernel("partition", 0, results).Run(1);
        for (int i = 0; i < Invocations; i++)
        {
            // Parts of lanes 3 apart.
            int lane = i % lanes;
            uint part = 0, sum = 0;
            for (int other = lane % 3; other < lanes; other += 3)
            {
                part |= 1u << other;
                sum += (uint)other;
            }

            Assert.Equal([part, sum], results.Words().Slice(2 * i, 2).ToArray());
        }
    }

    [Fact]
    public void TheDeviceSaysSo()
    {
        using var device = new TestDevice();
        var assume = new PhysicalDeviceShaderExpectAssumeFeaturesKHR();
        var rotate = new PhysicalDeviceShaderSubgroupRotateFeaturesKHR { PNext = &assume };
        var reconvergence = new PhysicalDeviceShaderMaximalReconvergenceFeaturesKHR { PNext = &rotate };
        var features = new PhysicalDeviceFeatures2 { PNext = &reconvergence };
        device.Vk.GetPhysicalDeviceFeatures2(device.Vulkan.Physical, &features);
        Assert.True(assume.ShaderExpectAssume);
        Assert.True(rotate.ShaderSubgroupRotate);
        Assert.True(rotate.ShaderSubgroupRotateClustered);
        Assert.True(reconvergence.ShaderMaximalReconvergence);
        var subgroups = new PhysicalDeviceSubgroupProperties();
        var properties = new PhysicalDeviceProperties2 { PNext = &subgroups };
        device.Vk.GetPhysicalDeviceProperties2(device.Vulkan.Physical, &properties);
        const SubgroupFeatureFlags Rotations = SubgroupFeatureFlags.RotateBitKhr | SubgroupFeatureFlags.RotateClusteredBitKhr;
        Assert.Equal(Rotations, subgroups.SupportedOperations & Rotations);
        Assert.True(subgroups.SupportedOperations.HasFlag(SubgroupFeatureFlags.PartitionedBitNV));
    }
}
