using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Semaphores and fences that devices and processes share (VK_KHR_external_semaphore_fd, VK_KHR_external_fence_fd), by opaque
/// file descriptors of this driver's own. Such a descriptor refers to the payload and never copies it.</summary>
/// <remarks>There are no sync files (SYNC_FD): only a driver in the kernel can make one.</remarks>
internal static unsafe class ExternalSyncApi
{
    private const ExternalSemaphoreHandleTypeFlags OpaqueSemaphore = ExternalSemaphoreHandleTypeFlags.OpaqueFdBit;

    private const ExternalFenceHandleTypeFlags OpaqueFence = ExternalFenceHandleTypeFlags.OpaqueFdBit;

    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceExternalFenceProperties(PhysicalDevice device, PhysicalDeviceExternalFenceInfo* info,
        ExternalFenceProperties* properties)
    {
        bool isPossible = info->HandleType == OpaqueFence;
        properties->ExportFromImportedHandleTypes = properties->CompatibleHandleTypes = isPossible ? OpaqueFence : 0;
        properties->ExternalFenceFeatures = isPossible ? ExternalFenceFeatureFlags.ExportableBit | ExternalFenceFeatureFlags.ImportableBit : 0;
    }

    /// <summary>The same for binary and timeline semaphores.</summary>
    [UnmanagedCallersOnly]
    public static void GetPhysicalDeviceExternalSemaphoreProperties(PhysicalDevice device,
        PhysicalDeviceExternalSemaphoreInfo* info, ExternalSemaphoreProperties* properties)
    {
        bool isPossible = info->HandleType == OpaqueSemaphore;
        properties->ExportFromImportedHandleTypes = properties->CompatibleHandleTypes = isPossible ? OpaqueSemaphore : 0;
        properties->ExternalSemaphoreFeatures = isPossible
            ? ExternalSemaphoreFeatureFlags.ExportableBit | ExternalSemaphoreFeatureFlags.ImportableBit
            : 0;
    }

    [UnmanagedCallersOnly]
    public static Result GetSemaphoreFdKHR(Device device, SemaphoreGetFdInfoKHR* info, int* file)
    {
        try
        {
            *file = -1;
            var semaphore = Entry.Get<SemaphoreObject>(Entry.Get(device), info->Semaphore.Handle);
            if (info->HandleType != OpaqueSemaphore || !semaphore.IsExportable)
                throw new VulkanException(Result.ErrorUnknown, "VUID-VkSemaphoreGetFdInfoKHR-handleType-01132: the semaphore was not created for it");
            return Export(semaphore.Payloads, file);
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result ImportSemaphoreFdKHR(Device device, ImportSemaphoreFdInfoKHR* info)
    {
        try
        {
            var semaphore = Entry.Get<SemaphoreObject>(Entry.Get(device), info->Semaphore.Handle);
            bool isTemporary = (info->Flags & SemaphoreImportFlags.TemporaryBit) != 0;
            if (info->HandleType != OpaqueSemaphore)
                throw Unsupported($"semaphores are not imported as {info->HandleType}");
            if (isTemporary && semaphore.Kind == PayloadKind.Timeline)
                throw Unsupported("VUID-VkImportSemaphoreFdInfoKHR-flags-03323: timeline semaphores are imported for good only");
            semaphore.Payloads.Import(Payload.Import(semaphore.Device, semaphore.Kind, info->Fd, semaphore.IsExportable), isTemporary);
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result GetFenceFdKHR(Device device, FenceGetFdInfoKHR* info, int* file)
    {
        try
        {
            *file = -1;
            var fence = Entry.Get<FenceObject>(Entry.Get(device), info->Fence.Handle);
            if (info->HandleType != OpaqueFence || !fence.IsExportable)
                throw new VulkanException(Result.ErrorUnknown, "VUID-VkFenceGetFdInfoKHR-handleType-01453: the fence was not created for it");
            return Export(fence.Payloads, file);
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result ImportFenceFdKHR(Device device, ImportFenceFdInfoKHR* info)
    {
        try
        {
            var fence = Entry.Get<FenceObject>(Entry.Get(device), info->Fence.Handle);
            if (info->HandleType != OpaqueFence)
                throw Unsupported($"fences are not imported as {info->HandleType}");
            fence.Payloads.Import(Payload.Import(fence.Device, PayloadKind.Fence, info->Fd, fence.IsExportable),
                (info->Flags & FenceImportFlags.TemporaryBit) != 0);
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    /// <summary>vkCreateSemaphore.</summary>
    public static SemaphoreObject MakeSemaphore(DeviceObject device, in SemaphoreCreateInfo info)
    {
        var type = PNextChain.Find<SemaphoreTypeCreateInfo>(info.PNext);
        var export = PNextChain.Find<ExportSemaphoreCreateInfo>(info.PNext);
        var (kind, value) = type != null && type->SemaphoreType == SemaphoreType.Timeline
            ? (PayloadKind.Timeline, type->InitialValue)
            : (PayloadKind.Semaphore, 0ul);
        if (export == null || export->HandleTypes == 0)
            return new SemaphoreObject(device, new Payload(device, kind, value), isExportable: false);
        return export->HandleTypes == OpaqueSemaphore
            ? new SemaphoreObject(device, Payload.CreateShared(device, kind, value), isExportable: true)
            : throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkExportSemaphoreCreateInfo-handleTypes-01124: no semaphore is exported as {export->HandleTypes}");
    }

    /// <summary>vkCreateFence.</summary>
    public static FenceObject MakeFence(DeviceObject device, in FenceCreateInfo info)
    {
        var export = PNextChain.Find<ExportFenceCreateInfo>(info.PNext);
        ulong value = (info.Flags & FenceCreateFlags.SignaledBit) != 0 ? 1u : 0;
        if (export == null || export->HandleTypes == 0)
            return new FenceObject(device, new Payload(device, PayloadKind.Fence, value), isExportable: false);
        return export->HandleTypes == OpaqueFence
            ? new FenceObject(device, Payload.CreateShared(device, PayloadKind.Fence, value), isExportable: true)
            : throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkExportFenceCreateInfo-handleTypes-01446: no fence is exported as {export->HandleTypes}");
    }

    private static Result Export(PayloadSlot payloads, int* file)
    {
        *file = payloads.Current.Shared?.Duplicate() ?? -1;
        return *file >= 0 ? Result.Success : Result.ErrorTooManyObjects;
    }

    private static VulkanException Unsupported(string what) => new(Result.ErrorInvalidExternalHandle, what);
}
