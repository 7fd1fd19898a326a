using System.Runtime.InteropServices;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Memory;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Memory that processes share (VK_KHR_external_memory_fd), by opaque file descriptors of this driver's own; and memory of the
/// application that the device shares (VK_EXT_external_memory_host).</summary>
internal static unsafe class ExternalMemoryApi
{
    private const ExternalMemoryHandleTypeFlags Supported = ExternalMemoryHandleTypeFlags.OpaqueFdBit;

    private const ExternalMemoryHandleTypeFlags HostPointer = ExternalMemoryHandleTypeFlags.HostAllocationBitExt;

    /// <summary>What can be done with memory of buffers and images by handles of a type.</summary>
    public static ExternalMemoryProperties Describe(ExternalMemoryHandleTypeFlags type) => new()
    {
        ExternalMemoryFeatures = type switch
        {
            Supported => ExternalMemoryFeatureFlags.ExportableBit | ExternalMemoryFeatureFlags.ImportableBit,
            HostPointer when Settings.HostMemory => ExternalMemoryFeatureFlags.ImportableBit,
            _ => 0,
        },
        ExportFromImportedHandleTypes = type & Supported,
        CompatibleHandleTypes = type,
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

        var host = PNextChain.Find<ImportMemoryHostPointerInfoEXT>(info.PNext);
        if (host != null && host->HandleType != 0)
            return ImportHost(device, *host, info.AllocationSize, isOnly: import == null && (export == null || export->HandleTypes == 0));

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

    [UnmanagedCallersOnly]
    public static Result GetMemoryHostPointerPropertiesEXT(Device device, ExternalMemoryHandleTypeFlags type, void* pointer,
        MemoryHostPointerPropertiesEXT* properties)
    {
        try
        {
            // How much will be imported is not said: what holds for the first page is all that can be told.
            bool isPossible = Settings.HostMemory && type == HostPointer && HostMemory.CanShare(pointer, Region.PageBytes);
            properties->MemoryTypeBits = isPossible ? 1u : 0;
            return isPossible ? Result.Success : Result.ErrorInvalidExternalHandle;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    /// <summary>Shares memory of the application with the device, until vkFreeMemory.</summary>
    private static DeviceMemoryObject ImportHost(DeviceObject device, in ImportMemoryHostPointerInfoEXT import, ulong bytes, bool isOnly)
    {
        if (!Settings.HostMemory || import.HandleType != HostPointer || !isOnly)
        {
            throw new VulkanException(Result.ErrorInvalidExternalHandle,
                "VUID-VkImportMemoryHostPointerInfoEXT-handleType-01748, VUID-VkMemoryAllocateInfo-None-06657: only memory of the application is imported by its address");
        }

        if ((((ulong)import.PHostPointer | bytes) & (Region.PageBytes - 1)) != 0)
        {
            throw new VulkanException(Result.ErrorInvalidExternalHandle,
                $"VUID-VkImportMemoryHostPointerInfoEXT-pHostPointer-01749, VUID-VkMemoryAllocateInfo-allocationSize-01745: address and size are no multiples of {Region.PageBytes}");
        }

        if (bytes > device.Memory.Limit)
            return device.Memory.Allocate(device, bytes, shared: null);
        var host = HostMemory.TryShare(import.PHostPointer, bytes) ?? throw new VulkanException(Result.ErrorInvalidExternalHandle,
            $"vkAllocateMemory: {bytes} bytes at 0x{(ulong)import.PHostPointer:x} are not private, anonymous, readable and writable memory of the application");
        try
        {
            return device.Memory.Allocate(device, bytes, shared: null, host);
        }
        catch
        {
            host.Dispose();
            throw;
        }
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
