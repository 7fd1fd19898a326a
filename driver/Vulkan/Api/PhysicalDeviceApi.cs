using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Memory;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>vkGetPhysicalDevice* commands. They have no result, so a stale handle leaves the output as it is.</summary>
internal static unsafe class PhysicalDeviceApi
{
    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceProperties(PhysicalDevice device, PhysicalDeviceProperties* properties) =>
        Properties(device, properties);

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceProperties2(PhysicalDevice device, PhysicalDeviceProperties2* properties)
    {
        Properties(device, &properties->Properties);
        if (DispatchableBlock.Get<PhysicalDeviceObject>(device.Handle) is not { } physical)
            return;
        foreach (var item in PNextChain.Of(properties->PNext))
            DeviceProperties.Describe(item, physical);
    }

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceFeatures(PhysicalDevice device, PhysicalDeviceFeatures* features) =>
        *features = DeviceFeatures.Core;

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceFeatures2(PhysicalDevice device, PhysicalDeviceFeatures2* features)
    {
        features->Features = DeviceFeatures.Core;
        foreach (var item in PNextChain.Of(features->PNext))
            DeviceFeatures.Describe(item);
    }

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceQueueFamilyProperties(PhysicalDevice device, uint* count,
        QueueFamilyProperties* properties)
    {
        if (properties != null && *count > 0)
            *properties = QueueFamily;
        *count = properties == null ? 1 : Math.Min(*count, 1);
    }

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceQueueFamilyProperties2(PhysicalDevice device, uint* count,
        QueueFamilyProperties2* properties)
    {
        if (properties != null && *count > 0)
        {
            properties->QueueFamilyProperties = QueueFamily;
            var priorities = PNextChain.Find<QueueFamilyGlobalPriorityPropertiesKHR>(properties->PNext);
            if (priorities != null)
                QueuePriorities.Describe(priorities);
        }

        *count = properties == null ? 1 : Math.Min(*count, 1);
    }

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceMemoryProperties(PhysicalDevice device, PhysicalDeviceMemoryProperties* properties) =>
        Memory(device, properties);

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceMemoryProperties2(PhysicalDevice device, PhysicalDeviceMemoryProperties2* properties)
    {
        Memory(device, &properties->MemoryProperties);
        var budget = PNextChain.Find<PhysicalDeviceMemoryBudgetPropertiesEXT>(properties->PNext);
        if (budget == null)
            return;
        for (int i = 0; i < 16; i++)
            budget->HeapBudget[i] = budget->HeapUsage[i] = 0;
        budget->HeapBudget[0] = properties->MemoryProperties.MemoryHeaps[0].Size;
        budget->HeapUsage[0] = DeviceHeap.UsedByProcess;
    }

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceExternalBufferProperties(PhysicalDevice device,
        PhysicalDeviceExternalBufferInfo* info, ExternalBufferProperties* properties) =>
        properties->ExternalMemoryProperties = ExternalMemoryApi.Describe(info->HandleType);

    [UnmanagedCallersOnly]
    public static Result EnumerateDeviceExtensionProperties(PhysicalDevice device, byte* layer, uint* count,
        ExtensionProperties* properties)
    {
        if (layer != null)
            return Result.ErrorLayerNotPresent;
        bool hides = DispatchableBlock.Get<PhysicalDeviceObject>(device.Handle) is { Instance.HidesHostMemory: true };
        return Entry.Enumerate<ExtensionProperties>(Extensions.Describe(hides
            ? Array.FindAll(Extensions.Device, e => e.Name != ExtensionNames.ExtExternalMemoryHost)
            : Extensions.Device), count, properties);
    }

    [UnmanagedCallersOnly]
    public static Result EnumerateDeviceLayerProperties(PhysicalDevice device, uint* count, LayerProperties* properties)
    {
        *count = 0;
        return Result.Success;
    }

    /// <summary>There are no tools in the driver; layers add their own.</summary>
    [UnmanagedCallersOnly]
    public static Result GetPhysicalDeviceToolProperties(PhysicalDevice device, uint* count, PhysicalDeviceToolProperties* tools)
    {
        *count = 0;
        return Result.Success;
    }

    private static QueueFamilyProperties QueueFamily => new()
    {
        QueueFlags = QueueFlags.ComputeBit | QueueFlags.TransferBit | (Settings.GraphicsQueue ? QueueFlags.GraphicsBit : 0),
        QueueCount = 1,
        TimestampValidBits = 64,
        MinImageTransferGranularity = new Extent3D { Width = 1, Height = 1, Depth = 1 },
    };

    private static void Properties(PhysicalDevice device, PhysicalDeviceProperties* properties)
    {
        if (DispatchableBlock.Get<PhysicalDeviceObject>(device.Handle) is not { } physical)
            return;
        *properties = default;
        properties->ApiVersion = DeviceIdentity.ApiVersion;
        properties->DriverVersion = DeviceIdentity.DriverVersion;
        properties->VendorID = DeviceIdentity.VendorId;
        properties->DeviceID = DeviceIdentity.DeviceId;
        properties->DeviceType = PhysicalDeviceType.Cpu;
        DeviceIdentity.WriteText(new Span<byte>(properties->DeviceName, 256), DeviceIdentity.DeviceName(physical));
        DeviceIdentity.WriteCacheUuid(new Span<byte>(properties->PipelineCacheUUID, 16), physical);
        properties->Limits = DeviceLimits.Describe();
    }

    private static void Memory(PhysicalDevice device, PhysicalDeviceMemoryProperties* properties)
    {
        *properties = default;
        if (DispatchableBlock.Get<PhysicalDeviceObject>(device.Handle) is not { } physical)
            return;
        properties->MemoryTypeCount = 1;
        properties->MemoryTypes[0] = new MemoryType
        {
            PropertyFlags = MemoryPropertyFlags.DeviceLocalBit | MemoryPropertyFlags.HostVisibleBit
                | MemoryPropertyFlags.HostCoherentBit | MemoryPropertyFlags.HostCachedBit,
        };
        properties->MemoryHeapCount = 1;
        properties->MemoryHeaps[0] = new MemoryHeap { Size = physical.HeapBytes, Flags = MemoryHeapFlags.DeviceLocalBit };
    }
}
