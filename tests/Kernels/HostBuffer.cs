using ShaderJit.Vulkan.Bindings;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

namespace ShaderJit.Kernels;

/// <summary>A storage buffer with memory of its own, mapped for as long as it lives.</summary>
public sealed unsafe class HostBuffer : IDisposable
{
    private readonly VulkanDevice _device;
    private readonly DeviceMemory _memory;
    private readonly byte* _data;

    /// <param name="size">Bytes.</param>
    /// <param name="usage">Besides storage and transfer destination.</param>
    public HostBuffer(VulkanDevice device, int size, BufferUsageFlags usage = 0)
    {
        _device = device;
        Size = size;
        var vk = device.Vk;
        var info = new BufferCreateInfo
        {
            Size = (ulong)size,
            Usage = BufferUsageFlags.StorageBufferBit | BufferUsageFlags.TransferDstBit | BufferUsageFlags.TransferSrcBit | usage,
        };
        VulkanFailure.Check(vk.CreateBuffer(device.Device, in info, null, out var buffer), "vkCreateBuffer");
        Handle = buffer;
        vk.GetBufferMemoryRequirements(device.Device, buffer, out var needs);
        var flags = new MemoryAllocateFlagsInfo { Flags = MemoryAllocateFlags.DeviceAddressBit };
        var allocation = new MemoryAllocateInfo { AllocationSize = needs.Size, MemoryTypeIndex = device.MemoryType };
        if ((usage & BufferUsageFlags.ShaderDeviceAddressBit) != 0)
            allocation.PNext = &flags;
        VulkanFailure.Check(vk.AllocateMemory(device.Device, in allocation, null, out _memory), "vkAllocateMemory");
        VulkanFailure.Check(vk.BindBufferMemory(device.Device, buffer, _memory, 0), "vkBindBufferMemory");
        void* data;
        VulkanFailure.Check(vk.MapMemory(device.Device, _memory, 0, Vk.WholeSize, 0, &data), "vkMapMemory");
        _data = (byte*)data;
    }

    public Buffer Handle { get; }

    public int Size { get; }

    /// <summary>The buffer's bytes, as the device sees them.</summary>
    public Span<byte> Bytes => new(_data, Size);

    public void Dispose()
    {
        _device.Vk.DestroyBuffer(_device.Device, Handle, null);
        _device.Vk.FreeMemory(_device.Device, _memory, null);
    }
}
