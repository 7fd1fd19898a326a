using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

namespace ShaderJit.Vulkan.Api;

/// <summary>Buffers and buffer views.</summary>
internal static unsafe class BufferApi
{
    [UnmanagedCallersOnly]
    public static Result CreateBuffer(Device device, BufferCreateInfo* info, AllocationCallbacks* allocator, Buffer* buffer)
    {
        try
        {
            *buffer = default;
            var owner = Entry.Get(device);
            if (info->Size == 0)
                throw new VulkanException(Result.ErrorUnknown, "VUID-VkBufferCreateInfo-size-00912: size is 0");
            if (info->Size > owner.Physical.MaxBufferBytes)
                throw new VulkanException(Result.ErrorOutOfDeviceMemory, $"a buffer of {info->Size} bytes is too large");
            if ((info->Flags & (BufferCreateFlags.SparseBindingBit | BufferCreateFlags.ProtectedBit)) != 0)
                throw new VulkanException(Result.ErrorUnknown, "sparse and protected buffers are not supported");
            *buffer = new Buffer(HandleTable.Add(new BufferObject(owner, info->Size, info->Usage)));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void DestroyBuffer(Device device, Buffer buffer, AllocationCallbacks* allocator) =>
        Entry.Destroy<BufferObject>(device, buffer.Handle);

    [UnmanagedCallersOnly]
    public static void GetBufferMemoryRequirements(Device device, Buffer buffer, MemoryRequirements* requirements) =>
        *requirements = Requirements(HandleTable.Get<BufferObject>(buffer.Handle)?.Size ?? 0);

    [UnmanagedCallersOnly]
    public static void GetBufferMemoryRequirements2(Device device, BufferMemoryRequirementsInfo2* info,
        MemoryRequirements2* requirements) =>
        Describe(requirements, HandleTable.Get<BufferObject>(info->Buffer.Handle)?.Size ?? 0);

    [UnmanagedCallersOnly]
    public static void GetDeviceBufferMemoryRequirements(Device device, DeviceBufferMemoryRequirements* info,
        MemoryRequirements2* requirements) => Describe(requirements, info->PCreateInfo->Size);

    private static void Describe(MemoryRequirements2* requirements, ulong size)
    {
        requirements->MemoryRequirements = Requirements(size);
        var dedicated = PNextChain.Find<MemoryDedicatedRequirements>(requirements->PNext);
        if (dedicated != null)
            dedicated->PrefersDedicatedAllocation = dedicated->RequiresDedicatedAllocation = false;
    }

    [UnmanagedCallersOnly]
    public static Result BindBufferMemory(Device device, Buffer buffer, DeviceMemory memory, ulong offset)
    {
        try
        {
            Bind(Entry.Get(device), buffer, memory, offset);
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result BindBufferMemory2(Device device, uint count, BindBufferMemoryInfo* infos)
    {
        try
        {
            var owner = Entry.Get(device);
            for (uint i = 0; i < count; i++)
                Bind(owner, infos[i].Buffer, infos[i].Memory, infos[i].MemoryOffset);
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    /// <summary>A buffer's device address is its offset in the region: no host address is ever visible to shaders.</summary>
    [UnmanagedCallersOnly]
    public static ulong GetBufferDeviceAddress(Device device, BufferDeviceAddressInfo* info) =>
        HandleTable.Get<BufferObject>(info->Buffer.Handle) is { IsResident: true } found ? found.RegionOffset : 0;

    [UnmanagedCallersOnly]
    public static ulong GetBufferOpaqueCaptureAddress(Device device, BufferDeviceAddressInfo* info) => 0;

    [UnmanagedCallersOnly]
    public static Result CreateBufferView(Device device, BufferViewCreateInfo* info, AllocationCallbacks* allocator,
        BufferView* view)
    {
        try
        {
            *view = default;
            var owner = Entry.Get(device);
            var buffer = Entry.Get<BufferObject>(owner, info->Buffer.Handle);
            *view = new BufferView(HandleTable.Add(new BufferViewObject(buffer, info->Format, info->Offset, info->Range)));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void DestroyBufferView(Device device, BufferView view, AllocationCallbacks* allocator) =>
        Entry.Destroy<BufferViewObject>(device, view.Handle);

    private static void Bind(DeviceObject device, Buffer buffer, DeviceMemory memory, ulong offset) =>
        Entry.Get<BufferObject>(device, buffer.Handle).Bind(Entry.Get<DeviceMemoryObject>(device, memory.Handle), offset);

    private static MemoryRequirements Requirements(ulong size) => new()
    {
        Size = (size + BufferObject.Alignment - 1) & ~(BufferObject.Alignment - 1),
        Alignment = BufferObject.Alignment,
        MemoryTypeBits = 1,
    };
}
