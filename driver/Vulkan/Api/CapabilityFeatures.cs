using ShaderJit.Compiler.Spirv;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Api;

/// <summary>Which features allow a SPIR-V capability ("Vulkan Environment for SPIR-V", table of capabilities). A module that
/// declares one whose features the device lacks is refused, whatever the compiler could do with it.</summary>
internal static class CapabilityFeatures
{
    /// <summary>The features of which one is needed; none where every device has it, or where a property says so.</summary>
    private static readonly Dictionary<Capability, Feature[]> Table = new()
    {
        [Capability.Matrix] = [],
        [Capability.Shader] = [],
        [Capability.Sampled1D] = [],
        [Capability.Image1D] = [],
        [Capability.SampledBuffer] = [],
        [Capability.ImageBuffer] = [],
        [Capability.ImageQuery] = [],
        [Capability.DerivativeControl] = [],
        [Capability.DeviceGroup] = [],
        [Capability.ExpectAssumeKHR] = [Feature.ShaderExpectAssume],
        [Capability.Int8] = [Feature.ShaderInt8],
        [Capability.Int16] = [Feature.ShaderInt16],
        [Capability.Int64] = [Feature.ShaderInt64],
        [Capability.Float16] = [Feature.ShaderFloat16],
        [Capability.Float64] = [Feature.ShaderFloat64],
        [Capability.Int64Atomics] = [Feature.ShaderBufferInt64Atomics, Feature.ShaderSharedInt64Atomics],
        [Capability.Int64ImageEXT] = [Feature.ShaderImageInt64Atomics],
        [Capability.AtomicFloat32AddEXT] = [Feature.ShaderBufferFloat32AtomicAdd, Feature.ShaderSharedFloat32AtomicAdd,
            Feature.ShaderImageFloat32AtomicAdd],
        [Capability.AtomicFloat64AddEXT] = [Feature.ShaderBufferFloat64AtomicAdd, Feature.ShaderSharedFloat64AtomicAdd],
        [Capability.AtomicFloat32MinMaxEXT] = [Feature.ShaderBufferFloat32AtomicMinMax, Feature.ShaderSharedFloat32AtomicMinMax,
            Feature.ShaderImageFloat32AtomicMinMax],
        [Capability.AtomicFloat64MinMaxEXT] = [Feature.ShaderBufferFloat64AtomicMinMax, Feature.ShaderSharedFloat64AtomicMinMax],
        [Capability.StorageBuffer8BitAccess] = [Feature.StorageBuffer8BitAccess],
        [Capability.UniformAndStorageBuffer8BitAccess] = [Feature.UniformAndStorageBuffer8BitAccess],
        [Capability.StoragePushConstant8] = [Feature.StoragePushConstant8],
        [Capability.StorageBuffer16BitAccess] = [Feature.StorageBuffer16BitAccess],
        [Capability.UniformAndStorageBuffer16BitAccess] = [Feature.UniformAndStorageBuffer16BitAccess],
        [Capability.StoragePushConstant16] = [Feature.StoragePushConstant16],
        [Capability.StorageInputOutput16] = [Feature.StorageInputOutput16],

        // VkPhysicalDeviceFloatControlsProperties
        [Capability.DenormPreserve] = [],
        [Capability.DenormFlushToZero] = [],
        [Capability.SignedZeroInfNanPreserve] = [],
        [Capability.RoundingModeRTE] = [],
        [Capability.RoundingModeRTZ] = [],

        [Capability.DotProduct] = [Feature.ShaderIntegerDotProduct],
        [Capability.DotProductInputAll] = [Feature.ShaderIntegerDotProduct],
        [Capability.DotProductInput4x8Bit] = [Feature.ShaderIntegerDotProduct],
        [Capability.DotProductInput4x8BitPacked] = [Feature.ShaderIntegerDotProduct],

        // VkPhysicalDeviceSubgroupProperties
        [Capability.GroupNonUniform] = [],
        [Capability.GroupNonUniformVote] = [],
        [Capability.GroupNonUniformArithmetic] = [],
        [Capability.GroupNonUniformBallot] = [],
        [Capability.GroupNonUniformShuffle] = [],
        [Capability.GroupNonUniformShuffleRelative] = [],
        [Capability.GroupNonUniformClustered] = [],
        [Capability.GroupNonUniformQuad] = [],
        [Capability.GroupNonUniformPartitionedNV] = [],
        [Capability.GroupNonUniformRotateKHR] = [Feature.ShaderSubgroupRotate],
        [Capability.SubgroupBallotKHR] = [],
        [Capability.SubgroupVoteKHR] = [],

        [Capability.PhysicalStorageBufferAddresses] = [Feature.BufferDeviceAddress],
        [Capability.VulkanMemoryModel] = [Feature.VulkanMemoryModel],
        [Capability.VulkanMemoryModelDeviceScope] = [Feature.VulkanMemoryModelDeviceScope],
        [Capability.VariablePointers] = [Feature.VariablePointers],
        [Capability.VariablePointersStorageBuffer] = [Feature.VariablePointersStorageBuffer],
        [Capability.WorkgroupMemoryExplicitLayoutKHR] = [Feature.WorkgroupMemoryExplicitLayout],
        [Capability.WorkgroupMemoryExplicitLayout8BitAccessKHR] = [Feature.WorkgroupMemoryExplicitLayout8BitAccess],
        [Capability.WorkgroupMemoryExplicitLayout16BitAccessKHR] = [Feature.WorkgroupMemoryExplicitLayout16BitAccess],
        [Capability.UniformBufferArrayDynamicIndexing] = [Feature.ShaderUniformBufferArrayDynamicIndexing],
        [Capability.StorageBufferArrayDynamicIndexing] = [Feature.ShaderStorageBufferArrayDynamicIndexing],
        [Capability.SampledImageArrayDynamicIndexing] = [Feature.ShaderSampledImageArrayDynamicIndexing],
        [Capability.StorageImageArrayDynamicIndexing] = [Feature.ShaderStorageImageArrayDynamicIndexing],
        [Capability.UniformTexelBufferArrayDynamicIndexing] = [Feature.ShaderUniformTexelBufferArrayDynamicIndexing],
        [Capability.StorageTexelBufferArrayDynamicIndexing] = [Feature.ShaderStorageTexelBufferArrayDynamicIndexing],
        [Capability.UniformBufferArrayNonUniformIndexing] = [Feature.ShaderUniformBufferArrayNonUniformIndexing],
        [Capability.StorageBufferArrayNonUniformIndexing] = [Feature.ShaderStorageBufferArrayNonUniformIndexing],
        [Capability.SampledImageArrayNonUniformIndexing] = [Feature.ShaderSampledImageArrayNonUniformIndexing],
        [Capability.StorageImageArrayNonUniformIndexing] = [Feature.ShaderStorageImageArrayNonUniformIndexing],
        [Capability.UniformTexelBufferArrayNonUniformIndexing] = [Feature.ShaderUniformTexelBufferArrayNonUniformIndexing],
        [Capability.StorageTexelBufferArrayNonUniformIndexing] = [Feature.ShaderStorageTexelBufferArrayNonUniformIndexing],
        [Capability.RuntimeDescriptorArray] = [Feature.RuntimeDescriptorArray],
        [Capability.ShaderNonUniform] = [Feature.ShaderUniformBufferArrayNonUniformIndexing,
            Feature.ShaderStorageBufferArrayNonUniformIndexing, Feature.ShaderSampledImageArrayNonUniformIndexing,
            Feature.ShaderStorageImageArrayNonUniformIndexing, Feature.ShaderUniformTexelBufferArrayNonUniformIndexing,
            Feature.ShaderStorageTexelBufferArrayNonUniformIndexing],
        [Capability.ImageGatherExtended] = [Feature.ShaderImageGatherExtended],
        [Capability.StorageImageMultisample] = [Feature.ShaderStorageImageMultisample],
        [Capability.ImageMSArray] = [Feature.ShaderStorageImageMultisample],
        [Capability.ImageCubeArray] = [Feature.ImageCubeArray],
        [Capability.SampledCubeArray] = [Feature.ImageCubeArray],
        [Capability.StorageImageExtendedFormats] = [Feature.ShaderStorageImageExtendedFormats],
        [Capability.StorageImageReadWithoutFormat] = [Feature.ShaderStorageImageReadWithoutFormat],
        [Capability.StorageImageWriteWithoutFormat] = [Feature.ShaderStorageImageWriteWithoutFormat],
        [Capability.MinLod] = [Feature.ShaderResourceMinLod],
        [Capability.DemoteToHelperInvocation] = [Feature.ShaderDemoteToHelperInvocation],
        [Capability.ShaderClockKHR] = [Feature.ShaderSubgroupClock, Feature.ShaderDeviceClock],

        // Of other stages, which a module may hold besides a kernel: nothing is compiled of what needs them.
        [Capability.Geometry] = [],
        [Capability.Tessellation] = [],
        [Capability.TessellationPointSize] = [],
        [Capability.GeometryPointSize] = [],
        [Capability.GeometryStreams] = [],
        [Capability.TransformFeedback] = [],
        [Capability.MultiViewport] = [],
        [Capability.ClipDistance] = [],
        [Capability.CullDistance] = [],
        [Capability.SampleRateShading] = [],
        [Capability.InputAttachment] = [],
        [Capability.InterpolationFunction] = [],
        [Capability.InputAttachmentArrayDynamicIndexing] = [],
        [Capability.InputAttachmentArrayNonUniformIndexing] = [],
        [Capability.DrawParameters] = [],
        [Capability.MultiView] = [],
        [Capability.ShaderLayer] = [],
        [Capability.ShaderViewportIndex] = [],
        [Capability.ShaderViewportIndexLayerEXT] = [],
        [Capability.SampleMaskPostDepthCoverage] = [],
        [Capability.StencilExportEXT] = [],
        [Capability.FragmentFullyCoveredEXT] = [],
        [Capability.FragmentBarycentricKHR] = [],
        [Capability.FragmentShadingRateKHR] = [],
        [Capability.FragmentShaderSampleInterlockEXT] = [],
        [Capability.FragmentShaderPixelInterlockEXT] = [],
        [Capability.FragmentShaderShadingRateInterlockEXT] = [],
    };

    /// <summary>True where one of the features that allow it is advertised.</summary>
    public static bool HasFeature(Capability capability) =>
        Table.TryGetValue(capability, out var features) && Array.Exists(features, DeviceFeatures.Has);

    /// <summary>The same, or every device has it. False for a capability that is not in the table.</summary>
    public static bool IsAllowed(Capability capability) =>
        Table.TryGetValue(capability, out var features) && (features.Length == 0 || Array.Exists(features, DeviceFeatures.Has));

    /// <summary>Whether the device has features for all capabilities that a module declares. Words that are no module are left
    /// to the compiler.</summary>
    /// <exception cref="VulkanException">ErrorInvalidShaderNV, with the capability's word and name.</exception>
    public static void Check(ReadOnlySpan<uint> words)
    {
        // Capabilities are a module's first instructions, of two words each, after a header of five.
        for (int at = 5; at + 1 < words.Length && words[at] == (2u << 16 | (uint)Opcode.OpCapability); at += 2)
        {
            var capability = (Capability)words[at + 1];
            if (Table.TryGetValue(capability, out var features) && !IsAllowed(capability))
            {
                throw new VulkanException(Result.ErrorInvalidShaderNV,
                    $"SPIR-V word {at}: capability {capability} needs feature {string.Join(" or ", features)}, which the device does not have");
            }
        }
    }
}
