using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>The commands that the driver has, and who may ask for which.</summary>
internal static unsafe class DriverCommands
{
    private static readonly CommandTable Table = MakeTable();

    private static CommandTable MakeTable()
    {
        var table = Computing;
        GraphicsApi.AddTo(table);
        return table;
    }

    private static CommandTable Computing => new()
    {
        GetInstanceProcAddr = &GetInstanceProcAddr,
        GetDeviceProcAddr = &GetDeviceProcAddr,

        EnumerateInstanceVersion = &InstanceApi.EnumerateInstanceVersion,
        EnumerateInstanceExtensionProperties = &InstanceApi.EnumerateInstanceExtensionProperties,
        EnumerateInstanceLayerProperties = &InstanceApi.EnumerateInstanceLayerProperties,
        CreateInstance = &InstanceApi.CreateInstance,
        DestroyInstance = &InstanceApi.DestroyInstance,
        EnumeratePhysicalDevices = &InstanceApi.EnumeratePhysicalDevices,
        EnumeratePhysicalDeviceGroups = &InstanceApi.EnumeratePhysicalDeviceGroups,

        GetPhysicalDeviceProperties = &PhysicalDeviceApi.GetPhysicalDeviceProperties,
        GetPhysicalDeviceProperties2 = &PhysicalDeviceApi.GetPhysicalDeviceProperties2,
        GetPhysicalDeviceFeatures = &PhysicalDeviceApi.GetPhysicalDeviceFeatures,
        GetPhysicalDeviceFeatures2 = &PhysicalDeviceApi.GetPhysicalDeviceFeatures2,
        GetPhysicalDeviceQueueFamilyProperties = &PhysicalDeviceApi.GetPhysicalDeviceQueueFamilyProperties,
        GetPhysicalDeviceQueueFamilyProperties2 = &PhysicalDeviceApi.GetPhysicalDeviceQueueFamilyProperties2,
        GetPhysicalDeviceMemoryProperties = &PhysicalDeviceApi.GetPhysicalDeviceMemoryProperties,
        GetPhysicalDeviceMemoryProperties2 = &PhysicalDeviceApi.GetPhysicalDeviceMemoryProperties2,
        GetPhysicalDeviceFormatProperties = &FormatApi.GetPhysicalDeviceFormatProperties,
        GetPhysicalDeviceFormatProperties2 = &FormatApi.GetPhysicalDeviceFormatProperties2,
        GetPhysicalDeviceImageFormatProperties = &FormatApi.GetPhysicalDeviceImageFormatProperties,
        GetPhysicalDeviceImageFormatProperties2 = &FormatApi.GetPhysicalDeviceImageFormatProperties2,
        GetPhysicalDeviceSparseImageFormatProperties = &FormatApi.GetPhysicalDeviceSparseImageFormatProperties,
        GetPhysicalDeviceSparseImageFormatProperties2 = &FormatApi.GetPhysicalDeviceSparseImageFormatProperties2,
        GetPhysicalDeviceExternalBufferProperties = &PhysicalDeviceApi.GetPhysicalDeviceExternalBufferProperties,
        GetPhysicalDeviceExternalFenceProperties = &ExternalSyncApi.GetPhysicalDeviceExternalFenceProperties,
        GetPhysicalDeviceExternalSemaphoreProperties = &ExternalSyncApi.GetPhysicalDeviceExternalSemaphoreProperties,
        EnumerateDeviceExtensionProperties = &PhysicalDeviceApi.EnumerateDeviceExtensionProperties,
        EnumerateDeviceLayerProperties = &PhysicalDeviceApi.EnumerateDeviceLayerProperties,
        GetPhysicalDeviceToolProperties = &PhysicalDeviceApi.GetPhysicalDeviceToolProperties,
        GetPhysicalDeviceCalibrateableTimeDomainsEXT = &ClockApi.GetPhysicalDeviceCalibrateableTimeDomainsEXT,
        GetCalibratedTimestampsEXT = &ClockApi.GetCalibratedTimestampsEXT,

        CreateDevice = &DeviceApi.CreateDevice,
        DestroyDevice = &DeviceApi.DestroyDevice,
        GetDeviceQueue = &DeviceApi.GetDeviceQueue,
        GetDeviceQueue2 = &DeviceApi.GetDeviceQueue2,
        DeviceWaitIdle = &DeviceApi.DeviceWaitIdle,
        QueueWaitIdle = &DeviceApi.QueueWaitIdle,
        GetDeviceGroupPeerMemoryFeatures = &DeviceApi.GetDeviceGroupPeerMemoryFeatures,

        GetSemaphoreFdKHR = &ExternalSyncApi.GetSemaphoreFdKHR,
        ImportSemaphoreFdKHR = &ExternalSyncApi.ImportSemaphoreFdKHR,
        GetFenceFdKHR = &ExternalSyncApi.GetFenceFdKHR,
        ImportFenceFdKHR = &ExternalSyncApi.ImportFenceFdKHR,
        GetMemoryFdKHR = &ExternalMemoryApi.GetMemoryFdKHR,
        GetMemoryFdPropertiesKHR = &ExternalMemoryApi.GetMemoryFdPropertiesKHR,
        GetMemoryHostPointerPropertiesEXT = &ExternalMemoryApi.GetMemoryHostPointerPropertiesEXT,
        AllocateMemory = &MemoryApi.AllocateMemory,
        FreeMemory = &MemoryApi.FreeMemory,
        MapMemory = &MemoryApi.MapMemory,
        UnmapMemory = &MemoryApi.UnmapMemory,
        MapMemory2KHR = &MemoryApi.MapMemory2KHR,
        UnmapMemory2KHR = &MemoryApi.UnmapMemory2KHR,
        SetDeviceMemoryPriorityEXT = &MemoryApi.SetDeviceMemoryPriorityEXT,
        FlushMappedMemoryRanges = &MemoryApi.FlushMappedMemoryRanges,
        InvalidateMappedMemoryRanges = &MemoryApi.InvalidateMappedMemoryRanges,
        GetDeviceMemoryCommitment = &MemoryApi.GetDeviceMemoryCommitment,
        GetDeviceMemoryOpaqueCaptureAddress = &MemoryApi.GetDeviceMemoryOpaqueCaptureAddress,

        CreateBuffer = &BufferApi.CreateBuffer,
        DestroyBuffer = &BufferApi.DestroyBuffer,
        GetBufferMemoryRequirements = &BufferApi.GetBufferMemoryRequirements,
        GetBufferMemoryRequirements2 = &BufferApi.GetBufferMemoryRequirements2,
        GetDeviceBufferMemoryRequirements = &BufferApi.GetDeviceBufferMemoryRequirements,
        BindBufferMemory = &BufferApi.BindBufferMemory,
        BindBufferMemory2 = &BufferApi.BindBufferMemory2,
        GetBufferDeviceAddress = &BufferApi.GetBufferDeviceAddress,
        GetBufferOpaqueCaptureAddress = &BufferApi.GetBufferOpaqueCaptureAddress,
        CreateBufferView = &BufferApi.CreateBufferView,
        DestroyBufferView = &BufferApi.DestroyBufferView,
        CreateImage = &ImageApi.CreateImage,
        DestroyImage = &ImageApi.DestroyImage,
        GetImageMemoryRequirements = &ImageApi.GetImageMemoryRequirements,
        GetImageMemoryRequirements2 = &ImageApi.GetImageMemoryRequirements2,
        GetDeviceImageMemoryRequirements = &ImageApi.GetDeviceImageMemoryRequirements,
        GetImageSparseMemoryRequirements = &ImageApi.GetImageSparseMemoryRequirements,
        GetImageSparseMemoryRequirements2 = &ImageApi.GetImageSparseMemoryRequirements2,
        GetDeviceImageSparseMemoryRequirements = &ImageApi.GetDeviceImageSparseMemoryRequirements,
        BindImageMemory = &ImageApi.BindImageMemory,
        BindImageMemory2 = &ImageApi.BindImageMemory2,
        GetImageSubresourceLayout = &ImageApi.GetImageSubresourceLayout,
        GetImageSubresourceLayout2EXT = &ImageApi.GetImageSubresourceLayout2EXT,
        CopyMemoryToImageEXT = &HostImageCopyApi.CopyMemoryToImageEXT,
        CopyImageToMemoryEXT = &HostImageCopyApi.CopyImageToMemoryEXT,
        CopyImageToImageEXT = &HostImageCopyApi.CopyImageToImageEXT,
        TransitionImageLayoutEXT = &HostImageCopyApi.TransitionImageLayoutEXT,
        CreateImageView = &ImageApi.CreateImageView,
        DestroyImageView = &ImageApi.DestroyImageView,
        CreateSampler = &SamplerApi.CreateSampler,
        DestroySampler = &SamplerApi.DestroySampler,

        CreateDescriptorSetLayout = &DescriptorApi.CreateDescriptorSetLayout,
        GetDescriptorSetLayoutSupport = &DescriptorApi.GetDescriptorSetLayoutSupport,
        DestroyDescriptorSetLayout = &DescriptorApi.DestroyDescriptorSetLayout,
        CreateDescriptorPool = &DescriptorApi.CreateDescriptorPool,
        DestroyDescriptorPool = &DescriptorApi.DestroyDescriptorPool,
        ResetDescriptorPool = &DescriptorApi.ResetDescriptorPool,
        AllocateDescriptorSets = &DescriptorApi.AllocateDescriptorSets,
        FreeDescriptorSets = &DescriptorApi.FreeDescriptorSets,
        UpdateDescriptorSets = &DescriptorApi.UpdateDescriptorSets,
        CreateDescriptorUpdateTemplate = &DescriptorApi.CreateDescriptorUpdateTemplate,
        DestroyDescriptorUpdateTemplate = &DescriptorApi.DestroyDescriptorUpdateTemplate,
        UpdateDescriptorSetWithTemplate = &DescriptorApi.UpdateDescriptorSetWithTemplate,

        CreateShaderModule = &PipelineApi.CreateShaderModule,
        DestroyShaderModule = &PipelineApi.DestroyShaderModule,
        CreatePipelineLayout = &PipelineApi.CreatePipelineLayout,
        DestroyPipelineLayout = &PipelineApi.DestroyPipelineLayout,
        CreatePipelineCache = &PipelineApi.CreatePipelineCache,
        DestroyPipelineCache = &PipelineApi.DestroyPipelineCache,
        GetPipelineCacheData = &PipelineApi.GetPipelineCacheData,
        MergePipelineCaches = &PipelineApi.MergePipelineCaches,
        CreateComputePipelines = &PipelineApi.CreateComputePipelines,
        GetPipelineExecutablePropertiesKHR = &ExecutableApi.GetPipelineExecutablePropertiesKHR,
        GetPipelineExecutableStatisticsKHR = &ExecutableApi.GetPipelineExecutableStatisticsKHR,
        GetPipelineExecutableInternalRepresentationsKHR = &ExecutableApi.GetPipelineExecutableInternalRepresentationsKHR,
        DestroyPipeline = &PipelineApi.DestroyPipeline,

        QueueSubmit = &SyncApi.QueueSubmit,
        QueueSubmit2 = &SyncApi.QueueSubmit2,
        CreateFence = &SyncApi.CreateFence,
        DestroyFence = &SyncApi.DestroyFence,
        ResetFences = &SyncApi.ResetFences,
        GetFenceStatus = &SyncApi.GetFenceStatus,
        WaitForFences = &SyncApi.WaitForFences,
        CreateSemaphore = &SyncApi.CreateSemaphore,
        DestroySemaphore = &SyncApi.DestroySemaphore,
        GetSemaphoreCounterValue = &SyncApi.GetSemaphoreCounterValue,
        WaitSemaphores = &SyncApi.WaitSemaphores,
        SignalSemaphore = &SyncApi.SignalSemaphore,
        CreateEvent = &SyncApi.CreateEvent,
        DestroyEvent = &SyncApi.DestroyEvent,
        GetEventStatus = &SyncApi.GetEventStatus,
        SetEvent = &SyncApi.SetEvent,
        ResetEvent = &SyncApi.ResetEvent,

        CreateQueryPool = &QueryApi.CreateQueryPool,
        DestroyQueryPool = &QueryApi.DestroyQueryPool,
        GetQueryPoolResults = &QueryApi.GetQueryPoolResults,
        ResetQueryPool = &QueryApi.ResetQueryPool,
        CmdWriteTimestamp2 = &QueryApi.CmdWriteTimestamp2,
        CmdResetQueryPool = &QueryApi.CmdResetQueryPool,
        CmdBeginQuery = &QueryApi.CmdBeginQuery,
        CmdEndQuery = &QueryApi.CmdEndQuery,
        CmdWriteTimestamp = &QueryApi.CmdWriteTimestamp,
        CmdCopyQueryPoolResults = &QueryApi.CmdCopyQueryPoolResults,

        CreateCommandPool = &CommandBufferApi.CreateCommandPool,
        DestroyCommandPool = &CommandBufferApi.DestroyCommandPool,
        ResetCommandPool = &CommandBufferApi.ResetCommandPool,
        TrimCommandPool = &CommandBufferApi.TrimCommandPool,
        AllocateCommandBuffers = &CommandBufferApi.AllocateCommandBuffers,
        FreeCommandBuffers = &CommandBufferApi.FreeCommandBuffers,
        BeginCommandBuffer = &CommandBufferApi.BeginCommandBuffer,
        EndCommandBuffer = &CommandBufferApi.EndCommandBuffer,
        ResetCommandBuffer = &CommandBufferApi.ResetCommandBuffer,

        CmdBindPipeline = &CommandApi.CmdBindPipeline,
        CmdBindDescriptorSets = &CommandApi.CmdBindDescriptorSets,
        CmdPushDescriptorSetKHR = &CommandApi.CmdPushDescriptorSetKHR,
        CmdPushDescriptorSetWithTemplateKHR = &CommandApi.CmdPushDescriptorSetWithTemplateKHR,
        CmdPushConstants = &CommandApi.CmdPushConstants,
        CmdDispatch = &CommandApi.CmdDispatch,
        CmdDispatchBase = &CommandApi.CmdDispatchBase,
        CmdDispatchIndirect = &CommandApi.CmdDispatchIndirect,
        CmdCopyBuffer = &CommandApi.CmdCopyBuffer,
        CmdCopyBufferToImage = &ImageCommandApi.CmdCopyBufferToImage,
        CmdCopyImageToBuffer = &ImageCommandApi.CmdCopyImageToBuffer,
        CmdCopyImage = &ImageCommandApi.CmdCopyImage,
        CmdBlitImage = &ImageCommandApi.CmdBlitImage,
        CmdResolveImage = &ImageCommandApi.CmdResolveImage,
        CmdClearColorImage = &ImageCommandApi.CmdClearColorImage,
        CmdClearDepthStencilImage = &ImageCommandApi.CmdClearDepthStencilImage,
        CmdCopyBuffer2 = &CopyCommands2Api.CmdCopyBuffer2,
        CmdCopyBufferToImage2 = &CopyCommands2Api.CmdCopyBufferToImage2,
        CmdCopyImageToBuffer2 = &CopyCommands2Api.CmdCopyImageToBuffer2,
        CmdCopyImage2 = &CopyCommands2Api.CmdCopyImage2,
        CmdBlitImage2 = &CopyCommands2Api.CmdBlitImage2,
        CmdResolveImage2 = &CopyCommands2Api.CmdResolveImage2,
        CmdFillBuffer = &CommandApi.CmdFillBuffer,
        CmdUpdateBuffer = &CommandApi.CmdUpdateBuffer,
        CmdPipelineBarrier = &CommandApi.CmdPipelineBarrier,
        CmdPipelineBarrier2 = &CommandApi.CmdPipelineBarrier2,
        CmdSetEvent2 = &CommandApi.CmdSetEvent2,
        CmdResetEvent2 = &CommandApi.CmdResetEvent2,
        CmdWaitEvents2 = &CommandApi.CmdWaitEvents2,
        CmdSetEvent = &CommandApi.CmdSetEvent,
        CmdResetEvent = &CommandApi.CmdResetEvent,
        CmdWaitEvents = &CommandApi.CmdWaitEvents,
        CmdExecuteCommands = &CommandApi.CmdExecuteCommands,
        CmdBeginConditionalRenderingEXT = &CommandApi.CmdBeginConditionalRenderingEXT,
        CmdEndConditionalRenderingEXT = &CommandApi.CmdEndConditionalRenderingEXT,
        CmdSetDeviceMask = &CommandApi.CmdSetDeviceMask,

        CreatePrivateDataSlot = &PrivateDataApi.CreatePrivateDataSlot,
        DestroyPrivateDataSlot = &PrivateDataApi.DestroyPrivateDataSlot,
        SetPrivateData = &PrivateDataApi.SetPrivateData,
        GetPrivateData = &PrivateDataApi.GetPrivateData,

        CreateGraphicsPipelines = &GraphicsApi.CreateGraphicsPipelines,
        CreateRenderPass = &GraphicsApi.CreateRenderPass,
        CreateRenderPass2 = &GraphicsApi.CreateRenderPass2,
        DestroyRenderPass = &GraphicsApi.DestroyRenderPass,
        GetRenderAreaGranularity = &GraphicsApi.GetRenderAreaGranularity,
        CreateFramebuffer = &GraphicsApi.CreateFramebuffer,
        DestroyFramebuffer = &GraphicsApi.DestroyFramebuffer,
        CreateSamplerYcbcrConversion = &SamplerApi.CreateSamplerYcbcrConversion,
        DestroySamplerYcbcrConversion = &SamplerApi.DestroySamplerYcbcrConversion,
        QueueBindSparse = &GraphicsApi.QueueBindSparse,

        CreateDebugUtilsMessengerEXT = &DebugUtilsApi.CreateDebugUtilsMessengerEXT,
        DestroyDebugUtilsMessengerEXT = &DebugUtilsApi.DestroyDebugUtilsMessengerEXT,
        SubmitDebugUtilsMessageEXT = &DebugUtilsApi.SubmitDebugUtilsMessageEXT,
        SetDebugUtilsObjectNameEXT = &DebugUtilsApi.SetDebugUtilsObjectNameEXT,
        SetDebugUtilsObjectTagEXT = &DebugUtilsApi.SetDebugUtilsObjectTagEXT,
        QueueBeginDebugUtilsLabelEXT = &DebugUtilsApi.QueueBeginDebugUtilsLabelEXT,
        QueueEndDebugUtilsLabelEXT = &DebugUtilsApi.QueueEndDebugUtilsLabelEXT,
        QueueInsertDebugUtilsLabelEXT = &DebugUtilsApi.QueueInsertDebugUtilsLabelEXT,
        CmdBeginDebugUtilsLabelEXT = &DebugUtilsApi.CmdBeginDebugUtilsLabelEXT,
        CmdEndDebugUtilsLabelEXT = &DebugUtilsApi.CmdEndDebugUtilsLabelEXT,
        CmdInsertDebugUtilsLabelEXT = &DebugUtilsApi.CmdInsertDebugUtilsLabelEXT,
        GetDeviceFaultInfoEXT = &FaultApi.GetDeviceFaultInfoEXT,
    };

    /// <summary>The address of a command for an instance, or 0.</summary>
    /// <param name="instance">0 for the commands that need no instance.</param>
    /// <param name="name">UTF-8, zero-terminated.</param>
    public static nint Find(nint instance, byte* name)
    {
        if (name == null)
            return 0;
        var text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        if (!Commands.TryFind(text, out var command, out string origin))
            return 0;
        if (instance == 0)
        {
            return Commands.LevelOf(command) == CommandLevel.Global || command == CommandId.GetInstanceProcAddr
                ? Table[command]
                : 0;
        }

        return IsOffered(origin) ? Table[command] : 0;
    }

    /// <summary>The address of a command that a VkPhysicalDevice comes first in, or 0.</summary>
    public static nint FindOfPhysicalDevice(nint instance, byte* name)
    {
        if (name == null)
            return 0;
        var text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        return Commands.TryFind(text, out var command) && Commands.LevelOf(command) == CommandLevel.PhysicalDevice
            ? Find(instance, name)
            : 0;
    }

    /// <summary>The address of a device-level command, or 0.</summary>
    public static nint FindForDevice(DeviceObject device, byte* name)
    {
        if (name == null)
            return 0;
        var text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        if (!Commands.TryFind(text, out var command, out string origin) || Commands.LevelOf(command) != CommandLevel.Device)
            return 0;
        bool enabled = IsCore(origin) || device.Extensions.Contains(origin) || device.Physical.Instance.Extensions.Contains(origin);
        return enabled ? Table[command] : 0;
    }

    private static bool IsOffered(string origin) => IsCore(origin)
        || Extensions.Contains(Extensions.Instance, origin) || Extensions.Contains(Extensions.Device, origin);

    private static bool IsCore(string origin) => origin is "VK_VERSION_1_0" or "VK_VERSION_1_1" or "VK_VERSION_1_2" or "VK_VERSION_1_3";

    [UnmanagedCallersOnly]
    private static nint GetInstanceProcAddr(Instance instance, byte* name) =>
        Find(instance.Handle, name);

    [UnmanagedCallersOnly]
    private static nint GetDeviceProcAddr(Device device, byte* name) =>
        DispatchableBlock.Get<DeviceObject>(device.Handle) is { } found
            ? FindForDevice(found, name)
            : 0;
}
