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
    public static Result CreateBuffer(Device device, BufferCreateInfo* info, AllocationCallbacks* allocator, Buffer* buffer) =>
        Entry.Create(device, info, buffer, &Make);

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
        var info = new BindBufferMemoryInfo { Buffer = buffer, Memory = memory, MemoryOffset = offset };
        return Entry.ForEach(device, 1, &info, &Bind);
    }

    [UnmanagedCallersOnly]
    public static Result BindBufferMemory2(Device device, uint count, BindBufferMemoryInfo* infos) =>
        Entry.ForEach(device, count, infos, &Bind);

    /// <summary>A buffer's device address is its offset in the region: no host address is ever visible to shaders.</summary>
    [UnmanagedCallersOnly]
    public static ulong GetBufferDeviceAddress(Device device, BufferDeviceAddressInfo* info) =>
        HandleTable.Get<BufferObject>(info->Buffer.Handle) is { IsResident: true } found ? found.RegionOffset : 0;

    [UnmanagedCallersOnly]
    public static ulong GetBufferOpaqueCaptureAddress(Device device, BufferDeviceAddressInfo* info) => 0;

    [UnmanagedCallersOnly]
    public static Result CreateBufferView(Device device, BufferViewCreateInfo* info, AllocationCallbacks* allocator,
        BufferView* view) => Entry.Create(device, info, view, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyBufferView(Device device, BufferView view, AllocationCallbacks* allocator) =>
        Entry.Destroy<BufferViewObject>(device, view.Handle);

    private static BufferObject Make(DeviceObject device, BufferCreateInfo* info)
    {
        if (info->Size == 0)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkBufferCreateInfo-size-00912: size is 0");
        if (info->Size > device.Physical.MaxBufferBytes)
            throw new VulkanException(Result.ErrorOutOfDeviceMemory, $"a buffer of {info->Size} bytes is too large");
        if ((info->Flags & (BufferCreateFlags.SparseBindingBit | BufferCreateFlags.ProtectedBit)) != 0)
            throw new VulkanException(Result.ErrorUnknown, "sparse and protected buffers are not supported");
        return new BufferObject(device, info->Size, info->Usage);
    }

    private static BufferViewObject Make(DeviceObject device, BufferViewCreateInfo* info) =>
        new(Entry.Get<BufferObject>(device, info->Buffer.Handle), info->Format, info->Offset, info->Range);

    private static void Bind(DeviceObject device, in BindBufferMemoryInfo info) =>
        Entry.Get<BufferObject>(device, info.Buffer.Handle)
            .Bind(Entry.Get<DeviceMemoryObject>(device, info.Memory.Handle), info.MemoryOffset);

    private static MemoryRequirements Requirements(ulong size) => new()
    {
        Size = (size + BufferObject.Alignment - 1) & ~(BufferObject.Alignment - 1),
        Alignment = BufferObject.Alignment,
        MemoryTypeBits = 1,
    };
}
