using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Api;

/// <summary>
/// The features that the driver has: one table. Every feature struct of the registry (those of the core versions, those of
/// extensions) and the check at device creation follow from it; what is not in the table is false wherever it stands.
/// </summary>
internal static unsafe class DeviceFeatures
{
    private static readonly bool[] Supported = TableOf(
    [
        // Buffers and descriptors
        Feature.RobustBufferAccess,
        Feature.BufferDeviceAddress,
        Feature.ShaderUniformBufferArrayDynamicIndexing,
        Feature.ShaderStorageBufferArrayDynamicIndexing,
        Feature.ShaderUniformBufferArrayNonUniformIndexing,
        Feature.ShaderStorageBufferArrayNonUniformIndexing,
        Feature.RuntimeDescriptorArray,
        Feature.DescriptorIndexing,
        Feature.InlineUniformBlock,
        Feature.DescriptorBindingInlineUniformBlockUpdateAfterBind,
        Feature.DescriptorBindingUniformBufferUpdateAfterBind,
        Feature.DescriptorBindingStorageBufferUpdateAfterBind,
        Feature.DescriptorBindingSampledImageUpdateAfterBind,
        Feature.DescriptorBindingStorageImageUpdateAfterBind,
        Feature.DescriptorBindingUniformTexelBufferUpdateAfterBind,
        Feature.DescriptorBindingStorageTexelBufferUpdateAfterBind,
        Feature.DescriptorBindingUpdateUnusedWhilePending,
        Feature.DescriptorBindingPartiallyBound,
        Feature.DescriptorBindingVariableDescriptorCount,
        Feature.NullDescriptor,
        Feature.MutableDescriptorType,
        Feature.RobustBufferAccess2,
        Feature.PipelineRobustness,

        // Images
        Feature.ImageCubeArray,
        Feature.TextureCompressionBC,
        Feature.RobustImageAccess,
        Feature.RobustImageAccess2,
        Feature.ShaderImageGatherExtended,
        Feature.SamplerMirrorClampToEdge,
        Feature.SamplerAnisotropy,
        Feature.SamplerYcbcrConversion,
        Feature.Ycbcr2plane444Formats,
        Feature.YcbcrImageArrays,
        Feature.Image2DViewOf3D,
        Feature.Sampler2DViewOf3D,
        Feature.ImageSlicedViewOf3D,
        Feature.HostImageCopy,
        Feature.CustomBorderColors,
        Feature.CustomBorderColorWithoutFormat,
        Feature.BorderColorSwizzle,
        Feature.BorderColorSwizzleFromImage,
        Feature.TexelBufferAlignment,
        Feature.SamplerFilterMinmax,
        Feature.FormatA4R4G4B4,
        Feature.FormatA4B4G4R4,
        Feature.ShaderResourceMinLod,
        Feature.ShaderStorageImageExtendedFormats,
        Feature.ShaderStorageImageMultisample,
        Feature.ShaderStorageImageReadWithoutFormat,
        Feature.ShaderStorageImageWriteWithoutFormat,
        Feature.ShaderSampledImageArrayDynamicIndexing,
        Feature.ShaderStorageImageArrayDynamicIndexing,
        Feature.ShaderUniformTexelBufferArrayDynamicIndexing,
        Feature.ShaderStorageTexelBufferArrayDynamicIndexing,
        Feature.ShaderSampledImageArrayNonUniformIndexing,
        Feature.ShaderStorageImageArrayNonUniformIndexing,
        Feature.ShaderUniformTexelBufferArrayNonUniformIndexing,
        Feature.ShaderStorageTexelBufferArrayNonUniformIndexing,

        // Numbers
        Feature.ShaderInt8,
        Feature.ShaderInt16,
        Feature.ShaderInt64,
        Feature.ShaderFloat16,
        Feature.ShaderFloat64,
        Feature.StorageBuffer8BitAccess,
        Feature.UniformAndStorageBuffer8BitAccess,
        Feature.StoragePushConstant8,
        Feature.StorageBuffer16BitAccess,
        Feature.UniformAndStorageBuffer16BitAccess,
        Feature.StoragePushConstant16,
        Feature.ShaderIntegerDotProduct,
        Feature.ShaderSubgroupExtendedTypes,

        // Atomics
        Feature.ShaderBufferInt64Atomics,
        Feature.ShaderSharedInt64Atomics,
        Feature.ShaderBufferFloat32Atomics,
        Feature.ShaderBufferFloat32AtomicAdd,
        Feature.ShaderBufferFloat32AtomicMinMax,
        Feature.ShaderBufferFloat64Atomics,
        Feature.ShaderBufferFloat64AtomicAdd,
        Feature.ShaderBufferFloat64AtomicMinMax,
        Feature.ShaderSharedFloat32Atomics,
        Feature.ShaderSharedFloat32AtomicAdd,
        Feature.ShaderSharedFloat32AtomicMinMax,
        Feature.ShaderImageInt64Atomics,
        Feature.ShaderImageFloat32Atomics,
        Feature.ShaderImageFloat32AtomicAdd,
        Feature.ShaderImageFloat32AtomicMinMax,
        Feature.ShaderSharedFloat64Atomics,
        Feature.ShaderSharedFloat64AtomicAdd,
        Feature.ShaderSharedFloat64AtomicMinMax,

        // Memory and subgroups of shaders
        Feature.VariablePointersStorageBuffer,
        Feature.VariablePointers,
        Feature.VulkanMemoryModel,
        Feature.VulkanMemoryModelDeviceScope,
        Feature.VulkanMemoryModelAvailabilityVisibilityChains,
        Feature.WorkgroupMemoryExplicitLayout,
        Feature.WorkgroupMemoryExplicitLayoutScalarBlockLayout,
        Feature.WorkgroupMemoryExplicitLayout8BitAccess,
        Feature.WorkgroupMemoryExplicitLayout16BitAccess,
        Feature.ShaderZeroInitializeWorkgroupMemory,
        Feature.ScalarBlockLayout,
        Feature.UniformBufferStandardLayout,
        Feature.ShaderSubgroupUniformControlFlow,
        Feature.ShaderMaximalReconvergence,
        Feature.ShaderExpectAssume,

        // Memory: its pages are the system's, which pages them out as it likes. Priorities change nothing.
        Feature.MemoryPriority,
        Feature.PageableDeviceLocalMemory,

        // Synchronization
        Feature.TimelineSemaphore,
        Feature.Synchronization2,
        Feature.HostQueryReset,
        Feature.PipelineStatisticsQuery,
        Feature.InheritedQueries,
        Feature.GlobalPriorityQuery,

        // Objects
        Feature.Maintenance4,
        Feature.PrivateData,
        Feature.PipelineCreationCacheControl,
        Feature.PipelineExecutableInfo,

        // Subgroups
        Feature.SubgroupSizeControl,
        Feature.ComputeFullSubgroups,
        Feature.SubgroupBroadcastDynamicId,
        Feature.ShaderSubgroupRotate,
        Feature.ShaderSubgroupRotateClustered,

        // Graphics, which no queue has: Vulkan demands these of every device, and nothing can be done with them here.
        Feature.Multiview,
        Feature.ImagelessFramebuffer,
        Feature.SeparateDepthStencilLayouts,
        Feature.DynamicRendering,
        Feature.ShaderTerminateInvocation,
        Feature.ShaderDemoteToHelperInvocation,

        // Extensions
        Feature.DeviceFault,
        Feature.ConditionalRendering,
        Feature.InheritedConditionalRendering,
    ]);

    /// <summary>Features of Vulkan 1.0.</summary>
    public static PhysicalDeviceFeatures Core
    {
        get
        {
            var head = new PhysicalDeviceFeatures2();
            Describe((BaseOutStructure*)&head);
            return head.Features;
        }
    }

    public static bool Has(Feature feature) => Supported[(int)feature];

    /// <summary>Writes the features of one struct of a vkGetPhysicalDeviceFeatures2 chain; others are left alone.</summary>
    public static void Describe(BaseOutStructure* item)
    {
        var members = FeatureStructs.MembersOf(item->SType);

        // SAFETY: MembersOf says that so many VkBool32s follow the header.
        var values = (Bool32*)(item + 1);
        for (int i = 0; i < members.Length; i++)
            values[i] = Has(members[i]);
    }

    /// <summary>Throws where an application asks for a feature that is not there.</summary>
    /// <exception cref="VulkanException">ErrorFeatureNotPresent.</exception>
    public static void Check(DeviceCreateInfo* info)
    {
        if (info->PEnabledFeatures != null)
            Check(FeatureStructs.MembersOf(StructureType.PhysicalDeviceFeatures2), (Bool32*)info->PEnabledFeatures);
        foreach (var item in PNextChain.Of(info->PNext))
            Check(FeatureStructs.MembersOf(item->SType), (Bool32*)(item + 1));
    }

    /// <summary>Whether a device is created with a feature that is none of Vulkan 1.0's.</summary>
    public static bool IsEnabled(DeviceCreateInfo* info, Feature feature)
    {
        foreach (var item in PNextChain.Of(info->PNext))
        {
            var members = FeatureStructs.MembersOf(item->SType);
            for (int i = 0; i < members.Length; i++)
            {
                if (members[i] == feature && ((Bool32*)(item + 1))[i])
                    return true;
            }
        }

        return false;
    }

    private static void Check(ReadOnlySpan<Feature> members, Bool32* asked)
    {
        for (int i = 0; i < members.Length; i++)
        {
            if (asked[i] && !Has(members[i]))
                throw new VulkanException(Result.ErrorFeatureNotPresent, $"the device has no feature {members[i]}");
        }
    }

    private static bool[] TableOf(ReadOnlySpan<Feature> features)
    {
        bool[] table = new bool[Enum.GetValues<Feature>().Length];
        foreach (var feature in features)
            table[(int)feature] = true;
        return table;
    }
}
