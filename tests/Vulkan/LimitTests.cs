using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>The limits that Vulkan 1.3 demands ("Required Limits"), with and without the features that raise them, and where it
/// demands more, the roadmap profile of 2022 (appendix "Roadmap": VP_KHR_roadmap_2022).</summary>
public sealed unsafe class LimitTests : VulkanTest
{
    /// <summary>Limits that must be at least so large; [n] is an element.</summary>
    private const string Least = """
        MaxImageDimension1D 8192
        MaxImageDimension2D 8192
        MaxImageDimension3D 256
        MaxImageDimensionCube 8192
        MaxImageArrayLayers 2048
        MaxTexelBufferElements 65536
        MaxUniformBufferRange 65536
        MaxStorageBufferRange 134217728
        MaxPushConstantsSize 128
        MaxMemoryAllocationCount 4096
        MaxSamplerAllocationCount 4000
        BufferImageGranularity 1
        MaxBoundDescriptorSets 4
        MaxPerStageDescriptorSamplers 64
        MaxPerStageDescriptorUniformBuffers 15
        MaxPerStageDescriptorStorageBuffers 30
        MaxPerStageDescriptorSampledImages 200
        MaxPerStageDescriptorStorageImages 16
        MaxPerStageDescriptorInputAttachments 4
        MaxPerStageResources 200
        MaxDescriptorSetSamplers 576
        MaxDescriptorSetUniformBuffers 90
        MaxDescriptorSetUniformBuffersDynamic 8
        MaxDescriptorSetStorageBuffers 96
        MaxDescriptorSetStorageBuffersDynamic 4
        MaxDescriptorSetSampledImages 1800
        MaxDescriptorSetStorageImages 144
        MaxDescriptorSetInputAttachments 4
        MaxVertexInputAttributes 16
        MaxVertexInputBindings 16
        MaxVertexInputAttributeOffset 2047
        MaxVertexInputBindingStride 2048
        MaxVertexOutputComponents 64
        MaxFragmentInputComponents 64
        MaxFragmentOutputAttachments 4
        MaxFragmentCombinedOutputResources 16
        MaxComputeSharedMemorySize 16384
        MaxComputeWorkGroupCount[0] 65535
        MaxComputeWorkGroupCount[1] 65535
        MaxComputeWorkGroupCount[2] 65535
        MaxComputeWorkGroupInvocations 256
        MaxComputeWorkGroupSize[0] 1024
        MaxComputeWorkGroupSize[1] 1024
        MaxComputeWorkGroupSize[2] 64
        SubPixelPrecisionBits 4
        SubTexelPrecisionBits 8
        MipmapPrecisionBits 6
        MaxDrawIndexedIndexValue 16777215
        MaxDrawIndirectCount 1
        MaxSamplerLodBias 14
        MaxSamplerAnisotropy 16
        MaxViewports 1
        MaxViewportDimensions[0] 4096
        MaxViewportDimensions[1] 4096
        ViewportBoundsRange[1] 8191
        MinMemoryMapAlignment 64
        MinTexelBufferOffsetAlignment 1
        MinUniformBufferOffsetAlignment 1
        MinStorageBufferOffsetAlignment 1
        MaxTexelOffset 7
        MaxTexelGatherOffset 7
        MaxFramebufferWidth 4096
        MaxFramebufferHeight 4096
        MaxFramebufferLayers 256
        MaxColorAttachments 7
        MaxSampleMaskWords 1
        DiscreteQueuePriorities 2
        OptimalBufferCopyOffsetAlignment 1
        OptimalBufferCopyRowPitchAlignment 1
        NonCoherentAtomSize 1
        """;

    /// <summary>Limits that must be at most so large.</summary>
    private const string Most = """
        BufferImageGranularity 131072
        MinTexelBufferOffsetAlignment 256
        MinUniformBufferOffsetAlignment 256
        MinStorageBufferOffsetAlignment 256
        MinTexelOffset -8
        MinTexelGatherOffset -8
        ViewportBoundsRange[0] -8192
        NonCoherentAtomSize 256
        """;

    /// <summary>Limits of features that are not there.</summary>
    private const string Absent = """
        SparseAddressSpaceSize 0
        MaxTessellationGenerationLevel 0
        MaxTessellationPatchSize 0
        MaxGeometryShaderInvocations 0
        MaxGeometryOutputVertices 0
        MaxFragmentDualSrcAttachments 0
        MaxClipDistances 0
        MaxCullDistances 0
        MaxCombinedClipAndCullDistances 0
        SubPixelInterpolationOffsetBits 0
        MaxDrawIndirectCount 1
        MaxViewports 1
        PointSizeRange[0] 1
        PointSizeRange[1] 1
        LineWidthRange[0] 1
        LineWidthRange[1] 1
        """;

    [Fact]
    public void AllAreWhatIsDemanded()
    {
        var limits = DeviceLimits.Describe();
        foreach (var (name, value) in Rows(Least))
            Assert.True(Value(limits, name) >= value, $"{name} is {Value(limits, name)}, less than {value}");
        foreach (var (name, value) in Rows(Most))
            Assert.True(Value(limits, name) <= value, $"{name} is {Value(limits, name)}, more than {value}");
        foreach (var (name, value) in Rows(Absent))
            Assert.True(Value(limits, name) == value, $"{name} is {Value(limits, name)}, not {value}");
        foreach (string name in (string[])["MinMemoryMapAlignment", "MinTexelBufferOffsetAlignment", "MinUniformBufferOffsetAlignment",
            "MinStorageBufferOffsetAlignment", "NonCoherentAtomSize", "OptimalBufferCopyOffsetAlignment", "BufferImageGranularity"])
        {
            Assert.True(double.IsPow2(Value(limits, name)), name);
        }

        const SampleCountFlags oneAndFour = SampleCountFlags.Count1Bit | SampleCountFlags.Count4Bit;
        foreach (var counts in (SampleCountFlags[])[limits.SampledImageColorSampleCounts, limits.SampledImageDepthSampleCounts,
            limits.SampledImageStencilSampleCounts, limits.StorageImageSampleCounts, limits.FramebufferColorSampleCounts,
            limits.FramebufferDepthSampleCounts, limits.FramebufferStencilSampleCounts, limits.FramebufferNoAttachmentsSampleCounts])
        {
            Assert.Equal(oneAndFour, counts & oneAndFour);
        }

        Assert.Equal(SampleCountFlags.Count1Bit, limits.SampledImageIntegerSampleCounts & SampleCountFlags.Count1Bit);
        Assert.True(limits.TimestampPeriod > 0);
    }

    [Fact]
    public void LimitsOfLaterVersionsAreWhatIsDemanded()
    {
        using var device = new TestDevice();
        var core13 = new PhysicalDeviceVulkan13Properties();
        var core12 = new PhysicalDeviceVulkan12Properties { PNext = &core13 };
        var core11 = new PhysicalDeviceVulkan11Properties { PNext = &core12 };
        var push = new PhysicalDevicePushDescriptorPropertiesKHR { PNext = &core11 };
        var robust = new PhysicalDeviceRobustness2PropertiesEXT { PNext = &push };
        var head = new PhysicalDeviceProperties2 { PNext = &robust };
        device.Vk.GetPhysicalDeviceProperties2(device.Vulkan.Physical, &head);
        var limits = head.Properties.Limits;

        Assert.True(core11.MaxPerSetDescriptors >= 1024 && core11.MaxMemoryAllocationSize >= 1ul << 30);
        Assert.True(core11.MaxMultiviewViewCount >= 6 && core11.MaxMultiviewInstanceIndex >= (1 << 27) - 1);
        Assert.True(core12.MaxTimelineSemaphoreValueDifference >= int.MaxValue);
        const uint many = 500_000;
        Assert.All(
            [
                core12.MaxUpdateAfterBindDescriptorsInAllPools, core12.MaxPerStageDescriptorUpdateAfterBindSamplers,
                core12.MaxPerStageDescriptorUpdateAfterBindStorageBuffers, core12.MaxPerStageDescriptorUpdateAfterBindSampledImages,
                core12.MaxPerStageDescriptorUpdateAfterBindStorageImages, core12.MaxPerStageUpdateAfterBindResources,
                core12.MaxDescriptorSetUpdateAfterBindSamplers, core12.MaxDescriptorSetUpdateAfterBindStorageBuffers,
                core12.MaxDescriptorSetUpdateAfterBindSampledImages, core12.MaxDescriptorSetUpdateAfterBindStorageImages,
            ],
            (uint limit) => Assert.True(limit >= many));

        // None is below what sets have that are not updated after they were bound.
        Assert.True(core12.MaxPerStageDescriptorUpdateAfterBindUniformBuffers >= limits.MaxPerStageDescriptorUniformBuffers);
        Assert.True(core12.MaxDescriptorSetUpdateAfterBindUniformBuffers >= limits.MaxDescriptorSetUniformBuffers);
        Assert.True(core12.MaxDescriptorSetUpdateAfterBindUniformBuffersDynamic >= limits.MaxDescriptorSetUniformBuffersDynamic);
        Assert.True(core12.MaxDescriptorSetUpdateAfterBindStorageBuffersDynamic >= limits.MaxDescriptorSetStorageBuffersDynamic);
        Assert.True(core12.MaxPerStageUpdateAfterBindResources >= limits.MaxPerStageResources);

        Assert.True(core13.MaxInlineUniformBlockSize >= 256 && core13.MaxPerStageDescriptorInlineUniformBlocks >= 4
            && core13.MaxDescriptorSetInlineUniformBlocks >= 4 && core13.MaxInlineUniformTotalSize >= 256);
        Assert.True(core13.MaxBufferSize >= 1ul << 30 && core13.MaxBufferSize >= limits.MaxStorageBufferRange);
        Assert.True(uint.IsPow2(core13.MinSubgroupSize) && uint.IsPow2(core13.MaxSubgroupSize));
        Assert.InRange(core11.SubgroupSize, core13.MinSubgroupSize, core13.MaxSubgroupSize);
        Assert.True(core13.MaxComputeWorkgroupSubgroups * core13.MaxSubgroupSize >= limits.MaxComputeWorkGroupInvocations);
        Assert.True(push.MaxPushDescriptors >= 32);
        Assert.True(robust.RobustStorageBufferAccessSizeAlignment is 1 or 4);
        Assert.InRange(robust.RobustUniformBufferAccessSizeAlignment, 1ul, 256ul);
    }

    private static IEnumerable<(string Name, double Value)> Rows(string table)
    {
        foreach (string row in table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = row.Split(' ');
            yield return (words[0], double.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static double Value(PhysicalDeviceLimits limits, string name)
    {
        int bracket = name.IndexOf('[', StringComparison.Ordinal);
        string member = bracket < 0 ? name : name[..bracket];
        var field = typeof(PhysicalDeviceLimits).GetField(member) ?? throw new InvalidOperationException(member);
        if (field.GetCustomAttribute<FixedBufferAttribute>() is not { } elements)
            return Convert.ToDouble(field.GetValue(limits) is nuint wide ? (ulong)wide : field.GetValue(limits), System.Globalization.CultureInfo.InvariantCulture);
        byte* at = (byte*)&limits + Marshal.OffsetOf<PhysicalDeviceLimits>(member) + (4 * (name[bracket + 1] - '0'));
        return elements.ElementType == typeof(float) ? *(float*)at : *(uint*)at;
    }
}
