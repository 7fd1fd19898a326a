namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>What this compiler serves. Everything else is refused by name.</summary>
internal static class CapabilityTable
{
    public static bool IsSupported(Capability capability) => capability switch
    {
        Capability.Matrix or Capability.Shader => true,
        Capability.Int8 or Capability.Int16 or Capability.Int64 => true,
        Capability.Float16 or Capability.Float64 => true,
        Capability.StorageBuffer8BitAccess or Capability.UniformAndStorageBuffer8BitAccess
            or Capability.StoragePushConstant8 => true,
        Capability.StorageBuffer16BitAccess or Capability.UniformAndStorageBuffer16BitAccess
            or Capability.StoragePushConstant16 => true,
        Capability.Int64Atomics or Capability.AtomicFloat32AddEXT or Capability.AtomicFloat32MinMaxEXT
            or Capability.AtomicFloat64AddEXT or Capability.AtomicFloat64MinMaxEXT => true,
        Capability.DenormPreserve or Capability.DenormFlushToZero or Capability.SignedZeroInfNanPreserve
            or Capability.RoundingModeRTE or Capability.RoundingModeRTZ => true,
        Capability.PhysicalStorageBufferAddresses => true,
        Capability.UniformBufferArrayDynamicIndexing or Capability.StorageBufferArrayDynamicIndexing => true,
        Capability.ShaderNonUniform or Capability.RuntimeDescriptorArray or Capability.UniformBufferArrayNonUniformIndexing
            or Capability.StorageBufferArrayNonUniformIndexing => true,
        Capability.GroupNonUniform or Capability.GroupNonUniformVote or Capability.GroupNonUniformArithmetic
            or Capability.GroupNonUniformBallot or Capability.GroupNonUniformShuffle
            or Capability.GroupNonUniformShuffleRelative or Capability.GroupNonUniformClustered or Capability.GroupNonUniformQuad
            or Capability.GroupNonUniformRotateKHR or Capability.GroupNonUniformPartitionedNV
            or Capability.SubgroupBallotKHR or Capability.SubgroupVoteKHR => true,
        Capability.VariablePointersStorageBuffer or Capability.VariablePointers => true,
        Capability.VulkanMemoryModel or Capability.VulkanMemoryModelDeviceScope => true,
        Capability.WorkgroupMemoryExplicitLayoutKHR or Capability.WorkgroupMemoryExplicitLayout8BitAccessKHR
            or Capability.WorkgroupMemoryExplicitLayout16BitAccessKHR => true,
        Capability.ExpectAssumeKHR or Capability.DeviceGroup => true,
        Capability.DotProduct or Capability.DotProductInputAll or Capability.DotProductInput4x8Bit
            or Capability.DotProductInput4x8BitPacked => true,
        Capability.Sampled1D or Capability.Image1D or Capability.SampledBuffer or Capability.ImageBuffer
            or Capability.SampledCubeArray or Capability.ImageCubeArray or Capability.StorageImageExtendedFormats
            or Capability.StorageImageReadWithoutFormat or Capability.StorageImageWriteWithoutFormat
            or Capability.StorageImageMultisample or Capability.ImageMSArray or Capability.ImageQuery or Capability.ImageGatherExtended
                or Capability.MinLod or Capability.Int64ImageEXT => true,
        Capability.SampledImageArrayDynamicIndexing or Capability.StorageImageArrayDynamicIndexing
            or Capability.UniformTexelBufferArrayDynamicIndexing or Capability.StorageTexelBufferArrayDynamicIndexing
            or Capability.SampledImageArrayNonUniformIndexing or Capability.StorageImageArrayNonUniformIndexing
            or Capability.UniformTexelBufferArrayNonUniformIndexing
            or Capability.StorageTexelBufferArrayNonUniformIndexing => true,
        _ when IsForOtherStages(capability) => true,
        _ => false,
    };

    /// <summary>Capabilities that mean nothing to a kernel: a module may hold other stages too. What they bring is refused where
    /// a kernel uses it.</summary>
    public static bool IsForOtherStages(Capability capability) => capability switch
    {
        Capability.Geometry or Capability.Tessellation or Capability.TessellationPointSize or Capability.GeometryPointSize
            or Capability.GeometryStreams or Capability.TransformFeedback or Capability.MultiViewport => true,
        Capability.ClipDistance or Capability.CullDistance or Capability.SampleRateShading or Capability.InputAttachment
            or Capability.DerivativeControl or Capability.InterpolationFunction => true,
        Capability.InputAttachmentArrayDynamicIndexing or Capability.InputAttachmentArrayNonUniformIndexing => true,
        Capability.DrawParameters or Capability.MultiView or Capability.ShaderLayer or Capability.ShaderViewportIndex
            or Capability.ShaderViewportIndexLayerEXT => true,
        Capability.SampleMaskPostDepthCoverage or Capability.StencilExportEXT or Capability.FragmentFullyCoveredEXT
            or Capability.FragmentBarycentricKHR or Capability.FragmentShadingRateKHR => true,
        Capability.FragmentShaderSampleInterlockEXT or Capability.FragmentShaderPixelInterlockEXT
            or Capability.FragmentShaderShadingRateInterlockEXT or Capability.DemoteToHelperInvocation => true,
        _ => false,
    };

    /// <summary>Extensions that add nothing beyond those capabilities, or only what is not looked at.</summary>
    public static bool IsSupportedExtension(string name) => name switch
    {
        "SPV_KHR_storage_buffer_storage_class" or "SPV_KHR_16bit_storage" or "SPV_KHR_8bit_storage" => true,
        "SPV_KHR_physical_storage_buffer" or "SPV_EXT_physical_storage_buffer" => true,
        "SPV_KHR_variable_pointers" => true,
        "SPV_EXT_descriptor_indexing" => true,
        "SPV_KHR_integer_dot_product" => true,
        "SPV_EXT_shader_image_int64" => true,
        "SPV_KHR_float_controls" or "SPV_EXT_shader_atomic_float_add" or "SPV_EXT_shader_atomic_float_min_max" => true,
        "SPV_KHR_vulkan_memory_model" or "SPV_KHR_workgroup_memory_explicit_layout" or "SPV_KHR_expect_assume" => true,
        "SPV_KHR_subgroup_uniform_control_flow" or "SPV_KHR_maximal_reconvergence" or "SPV_KHR_subgroup_rotate"
            or "SPV_NV_shader_subgroup_partitioned" or "SPV_KHR_shader_ballot" or "SPV_KHR_subgroup_vote"
            or "SPV_KHR_device_group" or "SPV_KHR_terminate_invocation" => true,
        "SPV_KHR_no_integer_wrap_decoration" => true,
        "SPV_KHR_non_semantic_info" => true,
        "SPV_KHR_shader_draw_parameters" or "SPV_KHR_multiview" or "SPV_EXT_shader_viewport_index_layer"
            or "SPV_KHR_post_depth_coverage" or "SPV_EXT_shader_stencil_export" or "SPV_EXT_fragment_fully_covered"
            or "SPV_KHR_fragment_shader_barycentric" or "SPV_KHR_fragment_shading_rate"
            or "SPV_EXT_fragment_shader_interlock" or "SPV_EXT_demote_to_helper_invocation" => true,
        "SPV_GOOGLE_decorate_string" or "SPV_GOOGLE_hlsl_functionality1" or "SPV_GOOGLE_user_type" => true,
        _ => false,
    };

    public static bool IsSupportedImport(string name) =>
        name is "GLSL.std.450" or "OpenCL.DebugInfo.100" || name.StartsWith("NonSemantic.", StringComparison.Ordinal);
}
