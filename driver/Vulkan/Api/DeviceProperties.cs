using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>
/// The structs of a vkGetPhysicalDeviceProperties2 chain. What a core version has taken over stands in one place, the
/// struct of that version; the structs of the extensions are pieces of it.
/// </summary>
internal static unsafe class DeviceProperties
{
    /// <summary>Push descriptors that a set may have (VK_KHR_push_descriptor).</summary>
    public const uint MaxPushDescriptors = 256;

    /// <summary>Bytes of one inline uniform block, and blocks per stage or set.</summary>
    public const uint MaxInlineUniformBlockSize = 4096, MaxInlineUniformBlocks = 64;

    /// <summary>Descriptors in all pools whose sets may be updated after they were bound.</summary>
    private const uint MaxUpdateAfterBind = DescriptorSetLayoutObject.MaxDescriptors;

    /// <summary>Subgroup operations that the compiler has.</summary>
    private const SubgroupFeatureFlags SubgroupOperations = SubgroupFeatureFlags.BasicBit | SubgroupFeatureFlags.VoteBit
        | SubgroupFeatureFlags.ArithmeticBit | SubgroupFeatureFlags.BallotBit | SubgroupFeatureFlags.ShuffleBit
        | SubgroupFeatureFlags.ShuffleRelativeBit | SubgroupFeatureFlags.ClusteredBit | SubgroupFeatureFlags.QuadBit
        | SubgroupFeatureFlags.RotateBitKhr | SubgroupFeatureFlags.RotateClusteredBitKhr | SubgroupFeatureFlags.PartitionedBitNV;

    /// <summary>Writes one struct of the chain; one that is not known is left alone.</summary>
    public static void Describe(BaseOutStructure* item, PhysicalDeviceObject physical)
    {
        switch (item->SType)
        {
            case StructureType.PhysicalDeviceVulkan11Properties:
            case StructureType.PhysicalDeviceIdProperties:
            case StructureType.PhysicalDeviceSubgroupProperties:
            case StructureType.PhysicalDevicePointClippingProperties:
            case StructureType.PhysicalDeviceMultiviewProperties:
            case StructureType.PhysicalDeviceProtectedMemoryProperties:
            case StructureType.PhysicalDeviceMaintenance3Properties:
                var core11 = Vulkan11(physical);
                Put(item, &core11, item->SType switch
                {
                    StructureType.PhysicalDeviceIdProperties => core11.DeviceUUID,
                    StructureType.PhysicalDeviceSubgroupProperties => &core11.SubgroupSize,
                    StructureType.PhysicalDevicePointClippingProperties => &core11.PointClippingBehavior,
                    StructureType.PhysicalDeviceMultiviewProperties => &core11.MaxMultiviewViewCount,
                    StructureType.PhysicalDeviceProtectedMemoryProperties => &core11.ProtectedNoFault,
                    StructureType.PhysicalDeviceMaintenance3Properties => &core11.MaxPerSetDescriptors,
                    _ => null,
                });
                break;
            case StructureType.PhysicalDeviceVulkan12Properties:
            case StructureType.PhysicalDeviceDriverProperties:
            case StructureType.PhysicalDeviceFloatControlsProperties:
            case StructureType.PhysicalDeviceDescriptorIndexingProperties:
            case StructureType.PhysicalDeviceDepthStencilResolveProperties:
            case StructureType.PhysicalDeviceSamplerFilterMinmaxProperties:
            case StructureType.PhysicalDeviceTimelineSemaphoreProperties:
                var core12 = Vulkan12();
                Put(item, &core12, item->SType switch
                {
                    StructureType.PhysicalDeviceDriverProperties => &core12.DriverID,
                    StructureType.PhysicalDeviceFloatControlsProperties => &core12.DenormBehaviorIndependence,
                    StructureType.PhysicalDeviceDescriptorIndexingProperties => &core12.MaxUpdateAfterBindDescriptorsInAllPools,
                    StructureType.PhysicalDeviceDepthStencilResolveProperties => &core12.SupportedDepthResolveModes,
                    StructureType.PhysicalDeviceSamplerFilterMinmaxProperties => &core12.FilterMinmaxSingleComponentFormats,
                    StructureType.PhysicalDeviceTimelineSemaphoreProperties => &core12.MaxTimelineSemaphoreValueDifference,
                    _ => null,
                });
                break;
            case StructureType.PhysicalDeviceVulkan13Properties:
            case StructureType.PhysicalDeviceSubgroupSizeControlProperties:
            case StructureType.PhysicalDeviceInlineUniformBlockProperties:
            case StructureType.PhysicalDeviceShaderIntegerDotProductProperties:
            case StructureType.PhysicalDeviceTexelBufferAlignmentProperties:
            case StructureType.PhysicalDeviceMaintenance4Properties:
                var core13 = Vulkan13(physical);
                Put(item, &core13, item->SType switch
                {
                    StructureType.PhysicalDeviceSubgroupSizeControlProperties => &core13.MinSubgroupSize,
                    StructureType.PhysicalDeviceInlineUniformBlockProperties => &core13.MaxInlineUniformBlockSize,
                    StructureType.PhysicalDeviceShaderIntegerDotProductProperties => &core13.IntegerDotProduct8BitUnsignedAccelerated,
                    StructureType.PhysicalDeviceTexelBufferAlignmentProperties => &core13.StorageTexelBufferOffsetAlignmentBytes,
                    StructureType.PhysicalDeviceMaintenance4Properties => &core13.MaxBufferSize,
                    _ => null,
                });
                break;
            case StructureType.PhysicalDevicePushDescriptorPropertiesKhr:
                ((PhysicalDevicePushDescriptorPropertiesKHR*)item)->MaxPushDescriptors = MaxPushDescriptors;
                break;
            case StructureType.PhysicalDeviceCustomBorderColorPropertiesExt:
                ((PhysicalDeviceCustomBorderColorPropertiesEXT*)item)->MaxCustomBorderColorSamplers = DeviceLimits.MaxSamplers;
                break;
            case StructureType.PhysicalDeviceHostImageCopyPropertiesExt:
                HostImageCopyApi.Describe((PhysicalDeviceHostImageCopyPropertiesEXT*)item);
                break;
            case StructureType.PhysicalDeviceExternalMemoryHostPropertiesExt when Settings.HostMemory:
                ((PhysicalDeviceExternalMemoryHostPropertiesEXT*)item)->MinImportedHostPointerAlignment = Sandbox.Region.PageBytes;
                break;
            case StructureType.PhysicalDeviceRobustness2PropertiesExt:
                // Accesses are checked to the byte.
                var robustness = (PhysicalDeviceRobustness2PropertiesEXT*)item;
                robustness->RobustStorageBufferAccessSizeAlignment = robustness->RobustUniformBufferAccessSizeAlignment = 1;
                break;
            case StructureType.PhysicalDevicePipelineRobustnessPropertiesExt:
                // What a device does that enables no feature of robustness: the same as one that does, but for vectors.
                var defaults = (PhysicalDevicePipelineRobustnessPropertiesEXT*)item;
                defaults->DefaultRobustnessStorageBuffers = defaults->DefaultRobustnessUniformBuffers =
                    defaults->DefaultRobustnessVertexInputs = PipelineRobustnessBufferBehaviorEXT.RobustBufferAccessExt;
                defaults->DefaultRobustnessImages = PipelineRobustnessImageBehaviorEXT.RobustImageAccess2Ext;
                break;
        }
    }

    private static PhysicalDeviceVulkan11Properties Vulkan11(PhysicalDeviceObject physical)
    {
        var result = new PhysicalDeviceVulkan11Properties
        {
            DeviceNodeMask = 0,
            DeviceLUIDValid = false,
            SubgroupSize = (uint)physical.LaneCount,
            SubgroupSupportedStages = ShaderStageFlags.ComputeBit,
            SubgroupSupportedOperations = SubgroupOperations,
            SubgroupQuadOperationsInAllStages = false,
            PointClippingBehavior = PointClippingBehavior.AllClipPlanes,
            MaxMultiviewViewCount = 6,
            MaxMultiviewInstanceIndex = (1 << 27) - 1,
            ProtectedNoFault = false,
            MaxPerSetDescriptors = DeviceLimits.MaxDescriptors,
            MaxMemoryAllocationSize = physical.HeapBytes,
        };
        DeviceIdentity.WriteDeviceUuid(new Span<byte>(result.DeviceUUID, 16));
        DeviceIdentity.WriteCacheUuid(new Span<byte>(result.DriverUUID, 16), physical);
        return result;
    }

    private static PhysicalDeviceVulkan12Properties Vulkan12()
    {
        var result = new PhysicalDeviceVulkan12Properties
        {
            DriverID = DeviceIdentity.DriverId,
            ConformanceVersion = default, // not submitted to Khronos

            // Float controls: the compiler makes every mode of instructions, for each width by itself.
            DenormBehaviorIndependence = ShaderFloatControlsIndependence.All,
            RoundingModeIndependence = ShaderFloatControlsIndependence.All,
            ShaderSignedZeroInfNanPreserveFloat16 = true,
            ShaderSignedZeroInfNanPreserveFloat32 = true,
            ShaderSignedZeroInfNanPreserveFloat64 = true,
            ShaderDenormPreserveFloat16 = true,
            ShaderDenormPreserveFloat32 = true,
            ShaderDenormPreserveFloat64 = true,
            ShaderDenormFlushToZeroFloat16 = true,
            ShaderDenormFlushToZeroFloat32 = true,
            ShaderDenormFlushToZeroFloat64 = true,
            ShaderRoundingModeRTEFloat16 = true,
            ShaderRoundingModeRTEFloat32 = true,
            ShaderRoundingModeRTEFloat64 = true,
            ShaderRoundingModeRTZFloat16 = true,
            ShaderRoundingModeRTZFloat32 = true,
            ShaderRoundingModeRTZFloat64 = true,

            // Descriptor indexing
            MaxUpdateAfterBindDescriptorsInAllPools = MaxUpdateAfterBind,
            ShaderUniformBufferArrayNonUniformIndexingNative = true,
            ShaderSampledImageArrayNonUniformIndexingNative = true,
            ShaderStorageBufferArrayNonUniformIndexingNative = true,
            ShaderStorageImageArrayNonUniformIndexingNative = true,
            RobustBufferAccessUpdateAfterBind = true,
            MaxPerStageDescriptorUpdateAfterBindSamplers = MaxUpdateAfterBind,
            MaxPerStageDescriptorUpdateAfterBindUniformBuffers = MaxUpdateAfterBind,
            MaxPerStageDescriptorUpdateAfterBindStorageBuffers = MaxUpdateAfterBind,
            MaxPerStageDescriptorUpdateAfterBindSampledImages = MaxUpdateAfterBind,
            MaxPerStageDescriptorUpdateAfterBindStorageImages = MaxUpdateAfterBind,
            MaxPerStageDescriptorUpdateAfterBindInputAttachments = DeviceLimits.MaxInputAttachments,
            MaxPerStageUpdateAfterBindResources = MaxUpdateAfterBind,
            MaxDescriptorSetUpdateAfterBindSamplers = MaxUpdateAfterBind,
            MaxDescriptorSetUpdateAfterBindUniformBuffers = MaxUpdateAfterBind,
            MaxDescriptorSetUpdateAfterBindUniformBuffersDynamic = DeviceLimits.MaxDynamicBuffers,
            MaxDescriptorSetUpdateAfterBindStorageBuffers = MaxUpdateAfterBind,
            MaxDescriptorSetUpdateAfterBindStorageBuffersDynamic = DeviceLimits.MaxDynamicBuffers,
            MaxDescriptorSetUpdateAfterBindSampledImages = MaxUpdateAfterBind,
            MaxDescriptorSetUpdateAfterBindStorageImages = MaxUpdateAfterBind,
            MaxDescriptorSetUpdateAfterBindInputAttachments = DeviceLimits.MaxInputAttachments,

            // Resolves in render passes, which there are none of: the least that Vulkan demands.
            SupportedDepthResolveModes = ResolveModeFlags.SampleZeroBit,
            SupportedStencilResolveModes = ResolveModeFlags.SampleZeroBit,

            FilterMinmaxSingleComponentFormats = true,
            FilterMinmaxImageComponentMapping = true,

            MaxTimelineSemaphoreValueDifference = ulong.MaxValue,
            FramebufferIntegerColorSampleCounts = SampleCountFlags.Count1Bit,
        };
        DeviceIdentity.WriteText(new Span<byte>(result.DriverName, 256), DeviceIdentity.DriverName);
        DeviceIdentity.WriteText(new Span<byte>(result.DriverInfo, 256), DeviceIdentity.DriverInfo);
        return result;
    }

    private static PhysicalDeviceVulkan13Properties Vulkan13(PhysicalDeviceObject physical) => new()
    {
        MinSubgroupSize = PhysicalDeviceObject.FewestLanes,
        MaxSubgroupSize = (uint)physical.LaneCount,
        MaxComputeWorkgroupSubgroups = DeviceLimits.MaxWorkgroupInvocations / PhysicalDeviceObject.FewestLanes,
        RequiredSubgroupSizeStages = ShaderStageFlags.ComputeBit,

        MaxInlineUniformBlockSize = MaxInlineUniformBlockSize,
        MaxPerStageDescriptorInlineUniformBlocks = MaxInlineUniformBlocks,
        MaxPerStageDescriptorUpdateAfterBindInlineUniformBlocks = MaxInlineUniformBlocks,
        MaxDescriptorSetInlineUniformBlocks = MaxInlineUniformBlocks,
        MaxDescriptorSetUpdateAfterBindInlineUniformBlocks = MaxInlineUniformBlocks,
        MaxInlineUniformTotalSize = MaxInlineUniformBlockSize * MaxInlineUniformBlocks,

        StorageTexelBufferOffsetAlignmentBytes = DeviceLimits.BufferOffsetAlignment,
        UniformTexelBufferOffsetAlignmentBytes = DeviceLimits.BufferOffsetAlignment,

        MaxBufferSize = physical.MaxBufferBytes,
    };

    /// <summary>Fills the struct with what stands at <paramref name="first"/> in the struct of a core version.</summary>
    /// <param name="whole">The struct of the core version.</param>
    /// <param name="first">The first of the members that the extension's struct has too, in the same order; null where
    /// <paramref name="item"/> is of the core version itself.</param>
    private static void Put(BaseOutStructure* item, void* whole, void* first)
    {
        // SAFETY: the type says how long the struct at item is; its members stand at first in the same order, padded alike.
        int bytes = StructureTypeInfo.SizeOf(item->SType) - sizeof(BaseOutStructure);
        var source = first == null ? (byte*)whole + sizeof(BaseOutStructure) : (byte*)first;
        new ReadOnlySpan<byte>(source, bytes).CopyTo(new Span<byte>(item + 1, bytes));
    }
}
