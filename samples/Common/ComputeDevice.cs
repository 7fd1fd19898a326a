using ShaderJit.Vulkan;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Samples;

/// <summary>A VkDevice with one compute queue and one command buffer: enough to run kernels one after the other.</summary>
public sealed unsafe class ComputeDevice : IDisposable
{
    private readonly Device _device;
    private readonly Queue _queue;
    private readonly CommandPool _pool;
    private readonly CommandBuffer _commands;
    private readonly Fence _fence;

    /// <param name="faults">Whether to ask for fault reports and buffer addresses.</param>
    /// <param name="settings">What only ShaderJit in this process understands; null for what the environment says.</param>
    /// <exception cref="VulkanError">A command failed.</exception>
    public ComputeDevice(ComputeInstance instance, bool faults = false, DeviceSettings? settings = null)
    {
        Instance = instance;
        float priority = 1;
        var queue = new DeviceQueueCreateInfo { QueueFamilyIndex = instance.QueueFamily, QueueCount = 1, PQueuePriorities = &priority };
        var addresses = new PhysicalDeviceBufferDeviceAddressFeatures { BufferDeviceAddress = true };
        var reports = new PhysicalDeviceFaultFeaturesEXT { DeviceFault = true, PNext = &addresses };
        var own = settings ?? new DeviceSettings();
        own.PNext = faults ? &reports : null;
        fixed (byte* fault = ComputeInstance.Utf8(ExtensionNames.ExtDeviceFault))
        fixed (byte* address = ComputeInstance.Utf8(ExtensionNames.KhrBufferDeviceAddress))
        {
            byte** extensions = stackalloc byte*[] { fault, address };
            var info = new DeviceCreateInfo
            {
                PNext = settings is null ? own.PNext : &own,
                QueueCreateInfoCount = 1,
                PQueueCreateInfos = &queue,
                EnabledExtensionCount = faults ? 2u : 0,
                PpEnabledExtensionNames = extensions,
            };
            VulkanError.Check(instance.Vk.CreateDevice(instance.PhysicalDevice, in info, null, out _device), "vkCreateDevice");
        }

        Vk = instance.Vk.ForDevice(_device);
        Vk.GetDeviceQueue(_device, instance.QueueFamily, 0, out _queue);
        var pool = new CommandPoolCreateInfo { QueueFamilyIndex = instance.QueueFamily, Flags = CommandPoolCreateFlags.ResetCommandBufferBit };
        VulkanError.Check(Vk.CreateCommandPool(_device, in pool, null, out _pool), "vkCreateCommandPool");
        var commands = new CommandBufferAllocateInfo { CommandPool = _pool, Level = CommandBufferLevel.Primary, CommandBufferCount = 1 };
        VulkanError.Check(Vk.AllocateCommandBuffers(_device, in commands, out _commands), "vkAllocateCommandBuffers");
        VulkanError.Check(Vk.CreateFence(_device, new FenceCreateInfo(), null, out _fence), "vkCreateFence");
    }

    public ComputeInstance Instance { get; }

    /// <summary>The commands of this device.</summary>
    public Vk Vk { get; }

    public Device Handle => _device;

    /// <summary>Runs a kernel and waits for its end.</summary>
    /// <param name="constants">The push constants; as many bytes as the kernel was made for.</param>
    /// <exception cref="VulkanError">The device was lost, or there is no memory.</exception>
    public void Run<T>(ComputeKernel kernel, in T constants, uint groupsX, uint groupsY = 1)
        where T : unmanaged
    {
        VulkanError.Check(Vk.BeginCommandBuffer(_commands, new CommandBufferBeginInfo { Flags = CommandBufferUsageFlags.OneTimeSubmitBit }),
            "vkBeginCommandBuffer");
        fixed (T* pointer = &constants)
            kernel.Record(_commands, pointer, sizeof(T));
        Vk.CmdDispatch(_commands, groupsX, groupsY, 1);
        var results = new MemoryBarrier { SrcAccessMask = AccessFlags.ShaderWriteBit, DstAccessMask = AccessFlags.HostReadBit };
        Vk.CmdPipelineBarrier(_commands, PipelineStageFlags.ComputeShaderBit, PipelineStageFlags.HostBit, 0, 1, in results, 0, null, 0, null);
        VulkanError.Check(Vk.EndCommandBuffer(_commands), "vkEndCommandBuffer");

        fixed (CommandBuffer* commands = &_commands)
            VulkanError.Check(Vk.QueueSubmit(_queue, 1, new SubmitInfo { CommandBufferCount = 1, PCommandBuffers = commands }, _fence), "vkQueueSubmit");
        var result = Vk.WaitForFences(_device, 1, in _fence, true, ulong.MaxValue);
        if (result == Result.ErrorDeviceLost)
        {
            // What ran has to come to rest before anything that it used is destroyed; the fence then tells that it has.
            Vk.DeviceWaitIdle(_device);
            Vk.GetFenceStatus(_device, _fence);
        }

        VulkanError.Check(result, "vkWaitForFences");
        VulkanError.Check(Vk.ResetFences(_device, 1, in _fence), "vkResetFences");
    }

    /// <summary>What the driver tells about the fault that the device was lost by (VK_EXT_device_fault).</summary>
    public string DescribeFault()
    {
        var counts = new DeviceFaultCountsEXT();
        VulkanError.Check(Vk.GetDeviceFaultInfoEXT(_device, ref counts, null), "vkGetDeviceFaultInfoEXT");
        var addresses = stackalloc DeviceFaultAddressInfoEXT[(int)counts.AddressInfoCount + 1];
        var vendor = stackalloc DeviceFaultVendorInfoEXT[(int)counts.VendorInfoCount + 1];
        var info = new DeviceFaultInfoEXT { PAddressInfos = addresses, PVendorInfos = vendor };
        VulkanError.Check(Vk.GetDeviceFaultInfoEXT(_device, ref counts, &info), "vkGetDeviceFaultInfoEXT");
        return ComputeInstance.Text(info.Description);
    }

    public void Dispose()
    {
        Vk.DestroyFence(_device, _fence, null);
        Vk.DestroyCommandPool(_device, _pool, null);
        Vk.DestroyDevice(_device, null);
    }
}
