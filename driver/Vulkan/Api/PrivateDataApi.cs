using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Private data: a number for each object and slot.</summary>
internal static unsafe class PrivateDataApi
{
    [UnmanagedCallersOnly]
    public static Result CreatePrivateDataSlot(Device device, PrivateDataSlotCreateInfo* info, AllocationCallbacks* allocator,
        PrivateDataSlot* slot) => Entry.Create(device, info, slot, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyPrivateDataSlot(Device device, PrivateDataSlot slot, AllocationCallbacks* allocator) =>
        Entry.Destroy<PrivateDataSlotObject>(device, slot.Handle);

    [UnmanagedCallersOnly]
    public static Result SetPrivateData(Device device, ObjectType type, ulong handle, PrivateDataSlot slot, ulong data)
    {
        try
        {
            var target = Entry.Find(type, handle)
                ?? throw new VulkanException(Result.ErrorUnknown, $"VUID-vkSetPrivateData-objectHandle-04017: no such {type}");
            Entry.Get<PrivateDataSlotObject>(Entry.Get(device), slot.Handle)[target] = data;
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void GetPrivateData(Device device, ObjectType type, ulong handle, PrivateDataSlot slot, ulong* data) =>
        *data = Entry.Find(type, handle) is { } target && HandleTable.Get<PrivateDataSlotObject>(slot.Handle) is { } found
            ? found[target]
            : 0;

    private static PrivateDataSlotObject Make(DeviceObject device, PrivateDataSlotCreateInfo* info) => new(device);
}
