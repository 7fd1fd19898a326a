using ShaderJit.Abi;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Images;

namespace ShaderJit.Vulkan.Api;

/// <summary>VkPhysicalDeviceLimits: one table. Graphics limits are the least that Vulkan 1.3 and its roadmap profile of 2022
/// demand, as nothing uses them.</summary>
internal static unsafe class DeviceLimits
{
    public const uint MaxWorkgroupCount = 65535;
    public const uint MaxWorkgroupInvocations = 1024;
    public const uint MaxWorkgroupSizeXY = 1024, MaxWorkgroupSizeZ = 64;
    public const uint MaxSharedMemory = 64 * 1024;
    public const uint BufferOffsetAlignment = 16;
    public const ulong MapAlignment = 4096;

    /// <summary>A descriptor's range ends a mebibyte below 2^31: kernels take the offset of a vector's first lane as a
    /// signed number, and no lane that is in bounds may be so near to 2^31 that the first one, which need not be in bounds,
    /// lies beyond.</summary>
    public const uint MaxBufferRange = int.MaxValue - (1 << 20) + 1;

    /// <summary>Texels of an image along one side, 3D or not, and layers.</summary>
    public const uint MaxImage2D = 16384, MaxImage3D = 2048, MaxImageLayers = 2048;

    /// <summary>Texels of a texel buffer: at 16 bytes each, half of <see cref="MaxBufferRange"/>.</summary>
    public const uint MaxTexelBufferElements = 1 << 26;

    /// <summary>Descriptors of one kind that a stage or set may have; only memory limits them.</summary>
    public const uint MaxDescriptors = 1 << 16;

    public const uint MaxSamplers = 1 << 16;

    /// <summary>vkAllocateMemory's ranges that a device may have. Linux allows a process 65,530 mappings, and each of these may
    /// become two: itself, and a hole beside it. A process that has none left ends.</summary>
    public const uint MaxAllocations = 1 << 14;

    /// <summary>Samples that an anisotropic filter takes at most.</summary>
    public const float MaxAnisotropy = 16;

    /// <summary>Input attachments, which no compute shader has.</summary>
    public const uint MaxInputAttachments = 7;

    /// <summary>Dynamic buffers of either kind that a set may have: a pipeline layout has room for both kinds.</summary>
    public const uint MaxDynamicBuffers = KernelAbi.MaxDynamicDescriptors / 2;

    public static PhysicalDeviceLimits Describe()
    {
        var limits = new PhysicalDeviceLimits
        {
            MaxImageDimension1D = MaxImage2D, MaxImageDimension2D = MaxImage2D, MaxImageDimension3D = MaxImage3D,
            MaxImageDimensionCube = MaxImage2D, MaxImageArrayLayers = MaxImageLayers,
            MaxTexelBufferElements = MaxTexelBufferElements,
            MaxUniformBufferRange = MaxBufferRange, MaxStorageBufferRange = MaxBufferRange,
            MaxPushConstantsSize = KernelAbi.MaxPushConstantBytes,
            MaxMemoryAllocationCount = MaxAllocations, MaxSamplerAllocationCount = MaxSamplers,
            BufferImageGranularity = 1, SparseAddressSpaceSize = 0,
            MaxBoundDescriptorSets = KernelAbi.MaxDescriptorSets,
            MaxPerStageDescriptorSamplers = MaxDescriptors, MaxPerStageDescriptorUniformBuffers = MaxDescriptors,
            MaxPerStageDescriptorStorageBuffers = MaxDescriptors, MaxPerStageDescriptorSampledImages = MaxDescriptors,
            MaxPerStageDescriptorStorageImages = MaxDescriptors, MaxPerStageDescriptorInputAttachments = MaxInputAttachments,
            MaxPerStageResources = MaxDescriptors,
            MaxDescriptorSetSamplers = MaxDescriptors, MaxDescriptorSetUniformBuffers = MaxDescriptors,
            MaxDescriptorSetUniformBuffersDynamic = MaxDynamicBuffers,
            MaxDescriptorSetStorageBuffers = MaxDescriptors,
            MaxDescriptorSetStorageBuffersDynamic = MaxDynamicBuffers,
            MaxDescriptorSetSampledImages = MaxDescriptors, MaxDescriptorSetStorageImages = MaxDescriptors,
            MaxDescriptorSetInputAttachments = MaxInputAttachments,
            MaxVertexInputAttributes = 16, MaxVertexInputBindings = 16, MaxVertexInputAttributeOffset = 2047,
            MaxVertexInputBindingStride = 2048, MaxVertexOutputComponents = 64,
            MaxFragmentInputComponents = 64, MaxFragmentOutputAttachments = 8, MaxFragmentCombinedOutputResources = 16,
            MaxComputeSharedMemorySize = MaxSharedMemory, MaxComputeWorkGroupInvocations = MaxWorkgroupInvocations,
            SubPixelPrecisionBits = 4, SubTexelPrecisionBits = 8, MipmapPrecisionBits = 8,
            MaxDrawIndexedIndexValue = (1 << 24) - 1, MaxDrawIndirectCount = 1,
            MaxSamplerLodBias = 16, MaxSamplerAnisotropy = MaxAnisotropy, MaxViewports = 1,
            MinMemoryMapAlignment = (nuint)MapAlignment, MinTexelBufferOffsetAlignment = BufferOffsetAlignment,
            MinUniformBufferOffsetAlignment = BufferOffsetAlignment, MinStorageBufferOffsetAlignment = BufferOffsetAlignment,
            MinTexelOffset = -8, MaxTexelOffset = 7, MinTexelGatherOffset = -32, MaxTexelGatherOffset = 31,
            MaxFramebufferWidth = 4096, MaxFramebufferHeight = 4096, MaxFramebufferLayers = 256,
            FramebufferColorSampleCounts = OneAndFour, FramebufferDepthSampleCounts = OneAndFour,
            FramebufferStencilSampleCounts = OneAndFour, FramebufferNoAttachmentsSampleCounts = OneAndFour,
            MaxColorAttachments = 8,
            SampledImageColorSampleCounts = ImageRules.AllSamples, SampledImageIntegerSampleCounts = ImageRules.AllSamples,
            SampledImageDepthSampleCounts = ImageRules.AllSamples, SampledImageStencilSampleCounts = ImageRules.AllSamples,
            StorageImageSampleCounts = ImageRules.AllSamples, MaxSampleMaskWords = 1,
            TimestampComputeAndGraphics = true, TimestampPeriod = 1,
            DiscreteQueuePriorities = 2, StandardSampleLocations = true,
            OptimalBufferCopyOffsetAlignment = 64, OptimalBufferCopyRowPitchAlignment = 64, NonCoherentAtomSize = 64,
            PointSizeGranularity = 0, LineWidthGranularity = 0,
        };
        for (int i = 0; i < 3; i++)
        {
            limits.MaxComputeWorkGroupCount[i] = MaxWorkgroupCount;
            limits.MaxComputeWorkGroupSize[i] = i < 2 ? MaxWorkgroupSizeXY : MaxWorkgroupSizeZ;
        }

        limits.MaxViewportDimensions[0] = limits.MaxViewportDimensions[1] = 4096;
        limits.ViewportBoundsRange[0] = -8192;
        limits.ViewportBoundsRange[1] = 8191;
        limits.PointSizeRange[0] = limits.PointSizeRange[1] = 1;
        limits.LineWidthRange[0] = limits.LineWidthRange[1] = 1;
        return limits;
    }

    private const SampleCountFlags OneAndFour = SampleCountFlags.Count1Bit | SampleCountFlags.Count4Bit;
}
