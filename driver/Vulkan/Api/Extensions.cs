using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Api;

/// <summary>The extensions that the driver has. One list each for instance and device.</summary>
/// <remarks>Device groups are there as Vulkan 1.1 demands, but not as extensions: programs take those (vulkaninfo does)
/// as a sign that a swapchain is there.</remarks>
internal static class Extensions
{
    public static readonly (string Name, uint Version)[] Instance =
    [
        (ExtensionNames.ExtDebugUtils, ExtensionVersions.ExtDebugUtils),
        (ExtensionNames.KhrExternalFenceCapabilities, ExtensionVersions.KhrExternalFenceCapabilities),
        (ExtensionNames.KhrExternalMemoryCapabilities, ExtensionVersions.KhrExternalMemoryCapabilities),
        (ExtensionNames.KhrExternalSemaphoreCapabilities, ExtensionVersions.KhrExternalSemaphoreCapabilities),
        (ExtensionNames.KhrGetPhysicalDeviceProperties2, ExtensionVersions.KhrGetPhysicalDeviceProperties2),
    ];

    public static readonly (string Name, uint Version)[] Device =
    [
        (ExtensionNames.Ext4444Formats, ExtensionVersions.Ext4444Formats),
        (ExtensionNames.ExtBorderColorSwizzle, ExtensionVersions.ExtBorderColorSwizzle),
        (ExtensionNames.ExtBufferDeviceAddress, ExtensionVersions.ExtBufferDeviceAddress),
        (ExtensionNames.ExtCalibratedTimestamps, ExtensionVersions.ExtCalibratedTimestamps),
        (ExtensionNames.ExtConditionalRendering, ExtensionVersions.ExtConditionalRendering),
        (ExtensionNames.ExtCustomBorderColor, ExtensionVersions.ExtCustomBorderColor),
        (ExtensionNames.ExtDescriptorIndexing, ExtensionVersions.ExtDescriptorIndexing),
        (ExtensionNames.ExtDeviceFault, ExtensionVersions.ExtDeviceFault),
        .. Settings.HostMemory ? new[] { (ExtensionNames.ExtExternalMemoryHost, ExtensionVersions.ExtExternalMemoryHost) } : [],
        (ExtensionNames.ExtGlobalPriority, ExtensionVersions.ExtGlobalPriority),
        (ExtensionNames.ExtGlobalPriorityQuery, ExtensionVersions.ExtGlobalPriorityQuery),
        (ExtensionNames.ExtHostImageCopy, ExtensionVersions.ExtHostImageCopy),
        (ExtensionNames.ExtHostQueryReset, ExtensionVersions.ExtHostQueryReset),
        (ExtensionNames.ExtImage2DViewOf3D, ExtensionVersions.ExtImage2DViewOf3D),
        (ExtensionNames.ExtImageRobustness, ExtensionVersions.ExtImageRobustness),
        (ExtensionNames.ExtImageSlicedViewOf3D, ExtensionVersions.ExtImageSlicedViewOf3D),
        (ExtensionNames.ExtInlineUniformBlock, ExtensionVersions.ExtInlineUniformBlock),
        (ExtensionNames.ExtMemoryBudget, ExtensionVersions.ExtMemoryBudget),
        (ExtensionNames.ExtMemoryPriority, ExtensionVersions.ExtMemoryPriority),
        (ExtensionNames.ExtMutableDescriptorType, ExtensionVersions.ExtMutableDescriptorType),
        (ExtensionNames.ExtPageableDeviceLocalMemory, ExtensionVersions.ExtPageableDeviceLocalMemory),
        (ExtensionNames.ExtPipelineCreationCacheControl, ExtensionVersions.ExtPipelineCreationCacheControl),
        (ExtensionNames.ExtPipelineCreationFeedback, ExtensionVersions.ExtPipelineCreationFeedback),
        (ExtensionNames.ExtPipelineRobustness, ExtensionVersions.ExtPipelineRobustness),
        (ExtensionNames.ExtPrivateData, ExtensionVersions.ExtPrivateData),
        (ExtensionNames.ExtRobustness2, ExtensionVersions.ExtRobustness2),
        (ExtensionNames.ExtSamplerFilterMinmax, ExtensionVersions.ExtSamplerFilterMinmax),
        (ExtensionNames.ExtScalarBlockLayout, ExtensionVersions.ExtScalarBlockLayout),
        (ExtensionNames.ExtShaderAtomicFloat, ExtensionVersions.ExtShaderAtomicFloat),
        (ExtensionNames.ExtShaderAtomicFloat2, ExtensionVersions.ExtShaderAtomicFloat2),
        (ExtensionNames.ExtShaderDemoteToHelperInvocation, ExtensionVersions.ExtShaderDemoteToHelperInvocation),
        (ExtensionNames.ExtShaderImageAtomicInt64, ExtensionVersions.ExtShaderImageAtomicInt64),
        (ExtensionNames.ExtShaderSubgroupBallot, ExtensionVersions.ExtShaderSubgroupBallot),
        (ExtensionNames.ExtShaderSubgroupVote, ExtensionVersions.ExtShaderSubgroupVote),
        (ExtensionNames.ExtSubgroupSizeControl, ExtensionVersions.ExtSubgroupSizeControl),
        (ExtensionNames.ExtTexelBufferAlignment, ExtensionVersions.ExtTexelBufferAlignment),
        (ExtensionNames.ExtToolingInfo, ExtensionVersions.ExtToolingInfo),
        (ExtensionNames.ExtYcbcr2Plane444Formats, ExtensionVersions.ExtYcbcr2Plane444Formats),
        (ExtensionNames.ExtYcbcrImageArrays, ExtensionVersions.ExtYcbcrImageArrays),
        (ExtensionNames.GoogleDecorateString, ExtensionVersions.GoogleDecorateString),
        (ExtensionNames.GoogleHlslFunctionality1, ExtensionVersions.GoogleHlslFunctionality1),
        (ExtensionNames.GoogleUserType, ExtensionVersions.GoogleUserType),
        (ExtensionNames.Khr16BitStorage, ExtensionVersions.Khr16BitStorage),
        (ExtensionNames.Khr8BitStorage, ExtensionVersions.Khr8BitStorage),
        (ExtensionNames.KhrBindMemory2, ExtensionVersions.KhrBindMemory2),
        (ExtensionNames.KhrBufferDeviceAddress, ExtensionVersions.KhrBufferDeviceAddress),
        (ExtensionNames.KhrCopyCommands2, ExtensionVersions.KhrCopyCommands2),
        (ExtensionNames.KhrDedicatedAllocation, ExtensionVersions.KhrDedicatedAllocation),
        (ExtensionNames.KhrDescriptorUpdateTemplate, ExtensionVersions.KhrDescriptorUpdateTemplate),
        (ExtensionNames.KhrDriverProperties, ExtensionVersions.KhrDriverProperties),
        (ExtensionNames.KhrExternalFence, ExtensionVersions.KhrExternalFence),
        (ExtensionNames.KhrExternalFenceFd, ExtensionVersions.KhrExternalFenceFd),
        (ExtensionNames.KhrExternalMemory, ExtensionVersions.KhrExternalMemory),
        (ExtensionNames.KhrExternalMemoryFd, ExtensionVersions.KhrExternalMemoryFd),
        (ExtensionNames.KhrExternalSemaphore, ExtensionVersions.KhrExternalSemaphore),
        (ExtensionNames.KhrExternalSemaphoreFd, ExtensionVersions.KhrExternalSemaphoreFd),
        (ExtensionNames.KhrFormatFeatureFlags2, ExtensionVersions.KhrFormatFeatureFlags2),
        (ExtensionNames.KhrGetMemoryRequirements2, ExtensionVersions.KhrGetMemoryRequirements2),
        (ExtensionNames.KhrGlobalPriority, ExtensionVersions.KhrGlobalPriority),
        (ExtensionNames.KhrImageFormatList, ExtensionVersions.KhrImageFormatList),
        (ExtensionNames.KhrMaintenance1, ExtensionVersions.KhrMaintenance1),
        (ExtensionNames.KhrMaintenance2, ExtensionVersions.KhrMaintenance2),
        (ExtensionNames.KhrMaintenance3, ExtensionVersions.KhrMaintenance3),
        (ExtensionNames.KhrMaintenance4, ExtensionVersions.KhrMaintenance4),
        (ExtensionNames.KhrMapMemory2, ExtensionVersions.KhrMapMemory2),
        (ExtensionNames.KhrPipelineExecutableProperties, ExtensionVersions.KhrPipelineExecutableProperties),
        (ExtensionNames.KhrPushDescriptor, ExtensionVersions.KhrPushDescriptor),
        (ExtensionNames.KhrRelaxedBlockLayout, ExtensionVersions.KhrRelaxedBlockLayout),
        (ExtensionNames.KhrSamplerMirrorClampToEdge, ExtensionVersions.KhrSamplerMirrorClampToEdge),
        (ExtensionNames.KhrSamplerYcbcrConversion, ExtensionVersions.KhrSamplerYcbcrConversion),
        (ExtensionNames.KhrShaderAtomicInt64, ExtensionVersions.KhrShaderAtomicInt64),
        (ExtensionNames.KhrShaderExpectAssume, ExtensionVersions.KhrShaderExpectAssume),
        (ExtensionNames.KhrShaderFloat16Int8, ExtensionVersions.KhrShaderFloat16Int8),
        (ExtensionNames.KhrShaderFloatControls, ExtensionVersions.KhrShaderFloatControls),
        (ExtensionNames.KhrShaderIntegerDotProduct, ExtensionVersions.KhrShaderIntegerDotProduct),
        (ExtensionNames.KhrShaderMaximalReconvergence, ExtensionVersions.KhrShaderMaximalReconvergence),
        (ExtensionNames.KhrShaderNonSemanticInfo, ExtensionVersions.KhrShaderNonSemanticInfo),
        (ExtensionNames.KhrShaderSubgroupExtendedTypes, ExtensionVersions.KhrShaderSubgroupExtendedTypes),
        (ExtensionNames.KhrShaderSubgroupRotate, ExtensionVersions.KhrShaderSubgroupRotate),
        (ExtensionNames.KhrShaderSubgroupUniformControlFlow, ExtensionVersions.KhrShaderSubgroupUniformControlFlow),
        (ExtensionNames.KhrShaderTerminateInvocation, ExtensionVersions.KhrShaderTerminateInvocation),
        (ExtensionNames.KhrSpirv14, ExtensionVersions.KhrSpirv14),
        (ExtensionNames.KhrStorageBufferStorageClass, ExtensionVersions.KhrStorageBufferStorageClass),
        (ExtensionNames.KhrSynchronization2, ExtensionVersions.KhrSynchronization2),
        (ExtensionNames.KhrTimelineSemaphore, ExtensionVersions.KhrTimelineSemaphore),
        (ExtensionNames.KhrUniformBufferStandardLayout, ExtensionVersions.KhrUniformBufferStandardLayout),
        (ExtensionNames.KhrVariablePointers, ExtensionVersions.KhrVariablePointers),
        (ExtensionNames.KhrVulkanMemoryModel, ExtensionVersions.KhrVulkanMemoryModel),
        (ExtensionNames.KhrWorkgroupMemoryExplicitLayout, ExtensionVersions.KhrWorkgroupMemoryExplicitLayout),
        (ExtensionNames.KhrZeroInitializeWorkgroupMemory, ExtensionVersions.KhrZeroInitializeWorkgroupMemory),
        (ExtensionNames.NVShaderSubgroupPartitioned, ExtensionVersions.NVShaderSubgroupPartitioned),
        (ExtensionNames.ValveMutableDescriptorType, ExtensionVersions.ValveMutableDescriptorType),
    ];

    public static bool Contains((string Name, uint Version)[] list, string name)
    {
        foreach (var (candidate, _) in list)
        {
            if (candidate == name)
                return true;
        }

        return false;
    }

    public static ExtensionProperties[] Describe((string Name, uint Version)[] list)
    {
        var result = new ExtensionProperties[list.Length];
        for (int i = 0; i < list.Length; i++)
        {
            result[i].SpecVersion = list[i].Version;
            unsafe
            {
                // SAFETY: the fixed array has 256 bytes.
                fixed (byte* name = result[i].ExtensionName)
                    DeviceIdentity.WriteText(new Span<byte>(name, 256), list[i].Name);
            }
        }

        return result;
    }
}
