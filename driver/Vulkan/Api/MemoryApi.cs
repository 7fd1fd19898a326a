using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Device memory.</summary>
internal static unsafe class MemoryApi
{
    [UnmanagedCallersOnly]
    public static Result AllocateMemory(Device device, MemoryAllocateInfo* info, AllocationCallbacks* allocator,
        DeviceMemory* memory) => Entry.Create(device, info, memory, &Make);

    [UnmanagedCallersOnly]
    public static void FreeMemory(Device device, DeviceMemory memory, AllocationCallbacks* allocator) =>
        Entry.Destroy<DeviceMemoryObject>(device, memory.Handle);

    [UnmanagedCallersOnly]
    public static Result MapMemory(Device device, DeviceMemory memory, ulong offset, ulong size, MemoryMapFlags flags,
        void** data) => Map(device, memory, offset, size, data);

    [UnmanagedCallersOnly]
    public static Result MapMemory2KHR(Device device, MemoryMapInfoKHR* info, void** data) =>
        Map(device, info->Memory, info->Offset, info->Size, data);

    private static Result Map(Device device, DeviceMemory memory, ulong offset, ulong size, void** data)
    {
        try
        {
            *data = null;
            var owner = Entry.Get(device);
            var found = Entry.Get<DeviceMemoryObject>(owner, memory.Handle);
            if (found.IsMapped)
                throw new VulkanException(Result.ErrorMemoryMapFailed, "VUID-vkMapMemory-memory-00678: mapped already");
            if (offset >= found.Size || (size != Vk.WholeSize && size > found.Size - offset))
            {
                throw new VulkanException(Result.ErrorMemoryMapFailed,
                    $"vkMapMemory: {size} bytes at {offset} are not in memory of {found.Size} bytes");
            }

            found.IsMapped = true;
            *data = owner.Region.Base + found.Range.Offset + offset;
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void UnmapMemory(Device device, DeviceMemory memory) => Unmap(memory);

    [UnmanagedCallersOnly]
    public static Result UnmapMemory2KHR(Device device, MemoryUnmapInfoKHR* info)
    {
        Unmap(info->Memory);
        return Result.Success;
    }

    private static void Unmap(DeviceMemory memory)
    {
        if (HandleTable.Get<DeviceMemoryObject>(memory.Handle) is { } found)
            found.IsMapped = false;
    }

    /// <summary>A hint. What is paged out is the system's choice.</summary>
    [UnmanagedCallersOnly]
    public static void SetDeviceMemoryPriorityEXT(Device device, DeviceMemory memory, float priority)
    {
    }

    /// <summary>Memory is coherent: x86's own ordering is all that is needed.</summary>
    [UnmanagedCallersOnly]
    public static Result FlushMappedMemoryRanges(Device device, uint count, MappedMemoryRange* ranges) => Result.Success;

    [UnmanagedCallersOnly]
    public static Result InvalidateMappedMemoryRanges(Device device, uint count, MappedMemoryRange* ranges) => Result.Success;

    [UnmanagedCallersOnly]
    public static void GetDeviceMemoryCommitment(Device device, DeviceMemory memory, ulong* bytes) =>
        *bytes = HandleTable.Get<DeviceMemoryObject>(memory.Handle)?.Size ?? 0;

    [UnmanagedCallersOnly]
    public static ulong GetDeviceMemoryOpaqueCaptureAddress(Device device, DeviceMemoryOpaqueCaptureAddressInfo* info) => 0;

    private static DeviceMemoryObject Make(DeviceObject device, MemoryAllocateInfo* info)
    {
        if (info->MemoryTypeIndex != 0)
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkAllocateMemory-pAllocateInfo-01714: there is one memory type");
        if (info->AllocationSize == 0)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkMemoryAllocateInfo-allocationSize-07897: no bytes asked");
        return ExternalMemoryApi.Allocate(device, *info);
    }
}
