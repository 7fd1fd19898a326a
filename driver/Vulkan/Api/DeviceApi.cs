using System.Runtime.InteropServices;
using ShaderJit.Compiler;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Pipelines;

namespace ShaderJit.Vulkan.Api;

/// <summary>Devices and queues.</summary>
internal static unsafe class DeviceApi
{
    [UnmanagedCallersOnly]
    public static Result CreateDevice(PhysicalDevice physicalDevice, DeviceCreateInfo* info, AllocationCallbacks* allocator,
        Device* device)
    {
        PhysicalDeviceObject? physical = null;
        try
        {
            *device = default;
            physical = Entry.Get(physicalDevice);
            var extensions = InstanceApi.ReadNames(info->EnabledExtensionCount, info->PpEnabledExtensionNames, Extensions.Device);
            DeviceFeatures.Check(info);
            for (uint i = 0; i < info->QueueCreateInfoCount; i++)
            {
                if (info->PQueueCreateInfos[i].QueueFamilyIndex != 0 || info->PQueueCreateInfos[i].QueueCount > 1)
                    throw new VulkanException(Result.ErrorInitializationFailed, "there is one queue family with one queue");
                QueuePriorities.Check(PNextChain.Find<DeviceQueueGlobalPriorityCreateInfoKHR>(info->PQueueCreateInfos[i].PNext));
            }

            int lanes = physical.LaneCount;
            int limit = Settings.DispatchLimitMilliseconds;
            var outOfBounds = Settings.OutOfBounds;
            foreach (var item in PNextChain.Of(info->PNext))
            {
                if (item->SType != DeviceSettings.Type)
                    continue;
                var settings = (DeviceSettings*)item;
                if (settings->DispatchLimitMilliseconds != uint.MaxValue)
                    limit = (int)Math.Min(settings->DispatchLimitMilliseconds, int.MaxValue);
                if (settings->TrapOutOfBounds != 0)
                    outOfBounds = OutOfBoundsMode.Trap;
                if (settings->LaneCount != 0)
                {
                    lanes = (int)settings->LaneCount;
                    if (lanes != 8 && lanes != physical.LaneCount)
                        throw new VulkanException(Result.ErrorFeatureNotPresent, $"this CPU has no back end with {settings->LaneCount} lanes");
                }
            }

            WarmUp.Begin();
            var made = new DeviceObject(physical, extensions,
                limit == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(limit), outOfBounds, lanes)
            {
                ChecksScalars = DeviceFeatures.IsEnabled(info, Feature.RobustBufferAccess2),
            };
            made.QueueHandle = new Queue(DispatchableBlock.Allocate(made.Queue));
            *device = new Device(DispatchableBlock.Allocate(made));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(physical?.Instance, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void DestroyDevice(Device device, AllocationCallbacks* allocator)
    {
        try
        {
            if (DispatchableBlock.Free<DeviceObject>(device.Handle) is not { } found)
                return;
            DispatchableBlock.Free<QueueObject>(found.QueueHandle.Handle);
            found.Destroy();
        }
        catch (Exception e)
        {
            Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void GetDeviceQueue(Device device, uint family, uint index, Queue* queue) =>
        *queue = Find(device, family, index);

    [UnmanagedCallersOnly]
    public static void GetDeviceQueue2(Device device, DeviceQueueInfo2* info, Queue* queue) =>
        *queue = info->Flags == 0 ? Find(device, info->QueueFamilyIndex, info->QueueIndex) : default;

    [UnmanagedCallersOnly]
    public static Result DeviceWaitIdle(Device device)
    {
        try
        {
            return WaitIdle(Entry.Get(device).Queue);
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result QueueWaitIdle(Queue queue)
    {
        try
        {
            return WaitIdle(Entry.Get(queue));
        }
        catch (Exception e)
        {
            return Entry.Fail(queue, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void GetDeviceGroupPeerMemoryFeatures(Device device, uint heap, uint local, uint remote,
        PeerMemoryFeatureFlags* features) => *features = PeerMemoryFeatureFlags.CopySrcBit
            | PeerMemoryFeatureFlags.CopyDstBit | PeerMemoryFeatureFlags.GenericSrcBit | PeerMemoryFeatureFlags.GenericDstBit;

    private static Result WaitIdle(QueueObject queue)
    {
        queue.Device.Progress.Wait([queue], all: true, ulong.MaxValue);
        return queue.Device.IsOver ? Result.ErrorDeviceLost : Result.Success;
    }

    private static Queue Find(Device device, uint family, uint index) =>
        family == 0 && index == 0 && DispatchableBlock.Get<DeviceObject>(device.Handle) is { } found
            ? found.QueueHandle
            : default;
}
