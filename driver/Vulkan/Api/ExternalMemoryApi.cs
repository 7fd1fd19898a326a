using System.Runtime.InteropServices;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Memory;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Memory that processes share (VK_KHR_external_memory_fd): opaque file descriptors of this driver's own.</summary>
internal static unsafe class ExternalMemoryApi
{
    private const ExternalMemoryHandleTypeFlags Supported = ExternalMemoryHandleTypeFlags.OpaqueFdBit;

    /// <summary>What can be done with memory of buffers and images by handles of a type.</summary>
    public static ExternalMemoryProperties Describe(ExternalMemoryHandleTypeFlags type) => type != Supported
        ? new() { CompatibleHandleTypes = type }
        : new()
        {
            ExternalMemoryFeatures = ExternalMemoryFeatureFlags.ExportableBit | ExternalMemoryFeatureFlags.ImportableBit,
            ExportFromImportedHandleTypes = Supported,
            CompatibleHandleTypes = Supported,
        };

    /// <summary>vkAllocateMemory: memory of the region's own, exportable or imported.</summary>
    public static DeviceMemoryObject Allocate(DeviceObject device, in MemoryAllocateInfo info)
    {
        var import = PNextChain.Find<ImportMemoryFdInfoKHR>(info.PNext);
        var export = PNextChain.Find<ExportMemoryAllocateInfo>(info.PNext);
        if (export != null && (export->HandleTypes & ~Supported) != 0)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkExportMemoryAllocateInfo-handleTypes-00656: no memory is exported as {export->HandleTypes}");
        }

        const ulong last = RegionAllocator.PageBytes - 1;
        bool isImport = import != null && import->HandleType != 0;
        if ((!isImport && (export == null || export->HandleTypes == 0)) || info.AllocationSize > device.Memory.Limit)
            return device.Memory.Allocate(device, info.AllocationSize, shared: null);
        ulong bytes = (info.AllocationSize + last) & ~last;
        var shared = isImport ? Adopt(*import, bytes) : SharedMemory.TryCreate(bytes)
            ?? throw new VulkanException(Result.ErrorOutOfHostMemory, "the machine gives no memory that could be exported");
        try
        {
            return device.Memory.Allocate(device, info.AllocationSize, shared);
        }
        catch
        {
            // A file that is not imported stays the application's.
            if (isImport)
                shared.Abandon();
            else
                shared.Dispose();
            throw;
        }
    }

    [UnmanagedCallersOnly]
    public static Result GetMemoryFdKHR(Device device, MemoryGetFdInfoKHR* info, int* file)
    {
        try
        {
            *file = -1;
            var memory = Entry.Get<DeviceMemoryObject>(Entry.Get(device), info->Memory.Handle);
            if (info->HandleType != Supported || memory.Shared is not { } shared)
                throw new VulkanException(Result.ErrorUnknown, "VUID-VkMemoryGetFdInfoKHR-handleType-00671: the memory was not allocated for it");
            *file = shared.Duplicate();
            return *file >= 0 ? Result.Success : Result.ErrorTooManyObjects;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    /// <summary>Opaque descriptors are none of those that this may be asked of, and there are no others.</summary>
    [UnmanagedCallersOnly]
    public static Result GetMemoryFdPropertiesKHR(Device device, ExternalMemoryHandleTypeFlags type, int file,
        MemoryFdPropertiesKHR* properties)
    {
        properties->MemoryTypeBits = 0;
        return Result.ErrorInvalidExternalHandle;
    }

    private static SharedMemory Adopt(in ImportMemoryFdInfoKHR import, ulong bytes)
    {
        if (import.HandleType != Supported || SharedMemory.TryAdopt(import.Fd) is not { } shared)
            throw new VulkanException(Result.ErrorInvalidExternalHandle, "the file descriptor is none that this driver has exported");
        if (shared.Bytes >= bytes)
            return shared;
        ulong there = shared.Bytes;
        shared.Abandon();
        throw new VulkanException(Result.ErrorInvalidExternalHandle,
            $"VUID-VkMemoryAllocateInfo-allocationSize-01742: {bytes} bytes asked, the file has {there}");
    }
}
