using ShaderJit.Vulkan.Bindings;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

namespace ShaderJit.Samples;

/// <summary>A storage buffer that the host sees as well.</summary>
public sealed unsafe class ComputeBuffer : IDisposable
{
    private readonly ComputeDevice _device;
    private readonly DeviceMemory _memory;
    private readonly void* _mapped;

    /// <param name="bytes">Size of the buffer.</param>
    /// <param name="name">What reports call it.</param>
    /// <exception cref="VulkanError">There is no memory.</exception>
    public ComputeBuffer(ComputeDevice device, ulong bytes, string? name = null)
    {
        _device = device;
        Bytes = bytes;
        var vk = device.Vk;
        var info = new BufferCreateInfo { Size = bytes, Usage = BufferUsageFlags.StorageBufferBit, SharingMode = SharingMode.Exclusive };
        VulkanError.Check(vk.CreateBuffer(device.Handle, in info, null, out var buffer), "vkCreateBuffer");
        Handle = buffer;
        vk.GetBufferMemoryRequirements(device.Handle, buffer, out var needs);
        var allocation = new MemoryAllocateInfo { AllocationSize = needs.Size, MemoryTypeIndex = FindMemoryType(needs.MemoryTypeBits) };
        VulkanError.Check(vk.AllocateMemory(device.Handle, in allocation, null, out _memory), "vkAllocateMemory");
        VulkanError.Check(vk.BindBufferMemory(device.Handle, buffer, _memory, 0), "vkBindBufferMemory");
        void* mapped;
        VulkanError.Check(vk.MapMemory(device.Handle, _memory, 0, Vk.WholeSize, 0, &mapped), "vkMapMemory");
        _mapped = mapped;
        As<byte>().Clear();
        if (name is not null && vk.Has(CommandId.SetDebugUtilsObjectNameEXT))
        {
            fixed (byte* text = ComputeInstance.Utf8(name))
            {
                vk.SetDebugUtilsObjectNameEXT(device.Handle, new DebugUtilsObjectNameInfoEXT
                {
                    ObjectType = ObjectType.Buffer,
                    ObjectHandle = buffer.Handle,
                    PObjectName = text,
                });
            }
        }
    }

    public Buffer Handle { get; }

    public ulong Bytes { get; }

    /// <summary>The buffer's contents, mapped for as long as it lives.</summary>
    public Span<T> As<T>()
        where T : unmanaged => new(_mapped, checked((int)(Bytes / (ulong)sizeof(T))));

    public void Dispose()
    {
        _device.Vk.DestroyBuffer(_device.Handle, Handle, null);
        _device.Vk.FreeMemory(_device.Handle, _memory, null);
    }

    private uint FindMemoryType(uint allowed)
    {
        const MemoryPropertyFlags Wanted = MemoryPropertyFlags.HostVisibleBit | MemoryPropertyFlags.HostCoherentBit;
        _device.Vk.GetPhysicalDeviceMemoryProperties(_device.Instance.PhysicalDevice, out var memory);
        for (int i = 0; i < memory.MemoryTypeCount; i++)
        {
            if ((allowed >> i & 1) != 0 && (memory.MemoryTypes[i].PropertyFlags & Wanted) == Wanted)
                return (uint)i;
        }

        throw new VulkanError(Result.ErrorFeatureNotPresent, "no memory that the host can see");
    }
}
