using System.Runtime.InteropServices;
using System.Text;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using Xunit;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Commands that every device has, and the small ones that came with 1.1 to 1.3.</summary>
public sealed unsafe class CoreCommandTests : VulkanTest
{
    [Fact]
    public void EveryCoreCommandIsFoundByInstanceAndDevice()
    {
        using var device = new TestDevice();
        var missing = new List<string>();
        int found = 0;
        for (int i = 0; i < Commands.NameCount; i++)
        {
            var name = Commands.NameAt(i, out var id);
            Commands.TryFind(name, out _, out string origin);
            if (!origin.StartsWith("VK_VERSION_", StringComparison.Ordinal))
                continue;
            fixed (byte* text = name)
            {
                bool isThere = device.Vk.GetInstanceProcAddr(device.Vulkan.Instance, text) != 0
                    && (Commands.LevelOf(id) != CommandLevel.Device || device.Vk.GetDeviceProcAddr(device.Device, text) != 0);
                if (isThere)
                    found++;
                else
                    missing.Add(Encoding.UTF8.GetString(name));
            }
        }

        Assert.Empty(missing);
        Assert.True(found > 150);
    }

    /// <summary>Every extension that is listed brings all its commands.</summary>
    [Fact]
    public void EveryCommandOfAListedExtensionIsFound()
    {
        using var device = new TestDevice();
        var listed = Extensions.Device.Concat(Extensions.Instance).Select(e => e.Name).ToHashSet();
        for (int i = 0; i < Commands.NameCount; i++)
        {
            var name = Commands.NameAt(i, out _);
            Commands.TryFind(name, out _, out string origin);
            fixed (byte* text = name)
            {
                bool isThere = device.Vk.GetInstanceProcAddr(device.Vulkan.Instance, text) != 0;
                bool isExtension = !origin.StartsWith("VK_VERSION_", StringComparison.Ordinal);

                // Some commands belong to two extensions (device groups and swapchains), of which one may be listed.
                // Of other vendors' commands in an extension only those whose own extension is there too.
                string vendor = isExtension ? origin.Split('_')[1] : "";
                if (isExtension && listed.Contains(origin) && Encoding.UTF8.GetString(name).EndsWith(vendor, StringComparison.Ordinal))
                    Assert.True(isThere, Encoding.UTF8.GetString(name));
                else if (isExtension && !listed.Contains(origin))
                    Assert.False(isThere, Encoding.UTF8.GetString(name));
            }
        }
    }

    [Fact]
    public void RenderPassesAndFramebuffersAreObjects()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        RenderPass first, second;
        var passInfo = new RenderPassCreateInfo();
        TestDevice.Check(vk.CreateRenderPass(device.Device, &passInfo, null, &first));
        var passInfo2 = new RenderPassCreateInfo2();
        TestDevice.Check(vk.CreateRenderPass2(device.Device, &passInfo2, null, &second));
        Assert.NotEqual(first, second);
        Framebuffer framebuffer;
        var framebufferInfo = new FramebufferCreateInfo { RenderPass = first, Width = 1, Height = 1, Layers = 1 };
        TestDevice.Check(vk.CreateFramebuffer(device.Device, &framebufferInfo, null, &framebuffer));
        Extent2D granularity;
        vk.GetRenderAreaGranularity(device.Device, first, &granularity);
        Assert.Equal((1u, 1u), (granularity.Width, granularity.Height));

        // A handle of one type is none of the other, and each is destroyed once.
        vk.DestroyRenderPass(device.Device, new RenderPass(framebuffer.Handle), null);
        vk.DestroyFramebuffer(device.Device, framebuffer, null);
        vk.DestroyFramebuffer(device.Device, framebuffer, null);
        vk.DestroyRenderPass(device.Device, first, null);
        vk.DestroyRenderPass(device.Device, second, null);
        vk.DestroyRenderPass(device.Device, default, null);
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void CommandsForGraphicsAreHarmless()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        Pipeline pipeline;
        var pipelineInfo = new GraphicsPipelineCreateInfo();
        Assert.Equal(Result.ErrorUnknown, vk.CreateGraphicsPipelines(device.Device, default, 1, &pipelineInfo, null, &pipeline));
        Assert.True(pipeline.IsNull);
        Assert.Equal(Result.ErrorUnknown, vk.QueueBindSparse(device.Queue, 0, null, default));
        Assert.Equal(2, device.Messages.Length);

        var commands = device.CommandBuffer();
        var begin = new CommandBufferBeginInfo();
        var viewport = new Viewport { Width = 1, Height = 1 };
        Action<Vk>[] recorded =
        [
            v => v.CmdDraw(commands, 3, 1, 0, 0),
            v => v.CmdDrawIndexed(commands, 3, 1, 0, 0, 0),
            v => v.CmdSetLineWidth(commands, 1),
            v => v.CmdSetDepthBias(commands, 1, 2, 3),
            v => v.CmdSetStencilOp(commands, 0, 0, 0, 0, 0),
            v => v.CmdEndRendering(commands),
            v => v.CmdSetViewport(commands, 0, 1, in viewport),
        ];
        foreach (var command in recorded)
        {
            TestDevice.Check(vk.BeginCommandBuffer(commands, in begin));
            command(vk);
            Assert.Equal(Result.ErrorUnknown, vk.EndCommandBuffer(commands));
        }
    }

    [Fact]
    public void PrivateDataStaysWithObjectAndSlot()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var info = new PrivateDataSlotCreateInfo();
        PrivateDataSlot one, two;
        TestDevice.Check(vk.CreatePrivateDataSlot(device.Device, &info, null, &one));
        TestDevice.Check(vk.CreatePrivateDataSlot(device.Device, &info, null, &two));
        var buffer = device.Buffer(64);
        var commands = device.CommandBuffer();
        (ObjectType Type, ulong Handle)[] targets =
        [
            (ObjectType.Buffer, buffer.Handle.Handle), (ObjectType.Device, (ulong)device.Device.Handle),
            (ObjectType.Queue, (ulong)device.Queue.Handle), (ObjectType.CommandBuffer, (ulong)commands.Handle),
        ];
        ulong data;
        for (int i = 0; i < targets.Length; i++)
        {
            vk.GetPrivateData(device.Device, targets[i].Type, targets[i].Handle, one, &data);
            Assert.Equal(0ul, data);
            TestDevice.Check(vk.SetPrivateData(device.Device, targets[i].Type, targets[i].Handle, one, ulong.MaxValue - (ulong)i));
        }

        for (int i = 0; i < targets.Length; i++)
        {
            vk.GetPrivateData(device.Device, targets[i].Type, targets[i].Handle, one, &data);
            Assert.Equal(ulong.MaxValue - (ulong)i, data);
            vk.GetPrivateData(device.Device, targets[i].Type, targets[i].Handle, two, &data);
            Assert.Equal(0ul, data);
        }

        // The block of a freed command buffer is used again, its data is not.
        vk.FreeCommandBuffers(device.Device, device.Commands, 1, in commands);
        var next = device.CommandBuffer();
        Assert.Equal(commands.Handle, next.Handle);
        vk.GetPrivateData(device.Device, ObjectType.CommandBuffer, (ulong)next.Handle, one, &data);
        Assert.Equal(0ul, data);
        Assert.Equal(Result.ErrorUnknown, vk.SetPrivateData(device.Device, ObjectType.Buffer, 12345, one, 1));
        vk.DestroyPrivateDataSlot(device.Device, one, null);
        vk.DestroyPrivateDataSlot(device.Device, two, null);
        vk.DestroyPrivateDataSlot(device.Device, default, null);
    }

    [Fact]
    public void RequirementsWithoutABufferAreThoseOfABuffer()
    {
        using var device = new TestDevice();
        foreach (ulong size in (ulong[])[1, 63, 64, 65, 4097, (1ul << 30) - 1])
        {
            var info = new BufferCreateInfo { Size = size, Usage = BufferUsageFlags.StorageBufferBit };
            TestDevice.Check(device.Vk.CreateBuffer(device.Device, in info, null, out Buffer buffer));
            device.Vk.GetBufferMemoryRequirements(device.Device, buffer, out var expected);
            var dedicated = new MemoryDedicatedRequirements { PrefersDedicatedAllocation = true, RequiresDedicatedAllocation = true };
            var requirements = new MemoryRequirements2 { PNext = &dedicated };
            var query = new DeviceBufferMemoryRequirements { PCreateInfo = &info };
            device.Vk.GetDeviceBufferMemoryRequirements(device.Device, &query, &requirements);
            Assert.Equal((expected.Size, expected.Alignment, expected.MemoryTypeBits),
                (requirements.MemoryRequirements.Size, requirements.MemoryRequirements.Alignment, requirements.MemoryRequirements.MemoryTypeBits));
            Assert.False(dedicated.PrefersDedicatedAllocation || dedicated.RequiresDedicatedAllocation);
            Assert.True(expected.Size >= size && expected.Size < size + expected.Alignment);
            device.Vk.DestroyBuffer(device.Device, buffer, null);
        }
    }

    [Fact]
    public void TheLargestBufferCanBeMadeAndNoLarger()
    {
        using var device = new TestDevice();
        var maintenance = new PhysicalDeviceMaintenance4Properties();
        var properties = new PhysicalDeviceProperties2 { PNext = &maintenance };
        device.Vk.GetPhysicalDeviceProperties2(device.Vulkan.Physical, &properties);
        Assert.True(maintenance.MaxBufferSize >= 1 << 30);
        var info = new BufferCreateInfo { Size = maintenance.MaxBufferSize, Usage = BufferUsageFlags.StorageBufferBit };
        TestDevice.Check(device.Vk.CreateBuffer(device.Device, in info, null, out Buffer buffer));
        device.Vk.DestroyBuffer(device.Device, buffer, null);
        info.Size++;
        Assert.Equal(Result.ErrorOutOfDeviceMemory, device.Vk.CreateBuffer(device.Device, in info, null, out buffer));
        Assert.True(buffer.IsNull);
    }

    [Fact]
    public void TheMemoryBudgetFollowsAllocations()
    {
        using var device = new TestDevice();
        ulong before = Usage(device, out ulong budget, out ulong heap);
        var buffer = new Kernels.HostBuffer(device.Vulkan, 1 << 20);
        ulong during = Usage(device, out _, out _);
        buffer.Dispose();
        Assert.Equal(before + (1 << 20), during);
        Assert.Equal(before, Usage(device, out _, out _));
        Assert.True(budget > 0 && budget <= heap);
    }

    [Fact]
    public void MemoryOfADestroyedDeviceIsNotUsed()
    {
        using var device = new TestDevice();
        ulong before = Usage(device, out _, out _);
        using (var other = new TestDevice())
        {
            var info = new MemoryAllocateInfo { AllocationSize = 1 << 20 };
            TestDevice.Check(other.Vk.AllocateMemory(other.Device, in info, null, out var memory));
            Assert.Equal(before + (1 << 20), Usage(device, out _, out _));
            Handles.HandleTable.Remove<Objects.DeviceMemoryObject>(memory.Handle);
        }

        Assert.Equal(before, Usage(device, out _, out _));
    }

    [Fact]
    public void EnumerationsTellWhenTheArrayIsTooShort()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        uint count = 0;
        TestDevice.Check(vk.EnumerateDeviceExtensionProperties(device.Vulkan.Physical, null, &count, null));
        Assert.Equal((uint)Extensions.Device.Length, count);
        var properties = new ExtensionProperties[count];
        fixed (ExtensionProperties* pointer = properties)
        {
            count--;
            Assert.Equal(Result.Incomplete, vk.EnumerateDeviceExtensionProperties(device.Vulkan.Physical, null, &count, pointer));
            Assert.Equal((uint)properties.Length - 1, count);
            count = 0;
            Assert.Equal(Result.Incomplete, vk.EnumerateInstanceExtensionProperties(null, &count, pointer));
        }

        PhysicalDevice physical;
        count = 0;
        Assert.Equal(Result.Incomplete, vk.EnumeratePhysicalDevices(device.Vulkan.Instance, &count, &physical));
        count = 9;
        TestDevice.Check(vk.EnumeratePhysicalDevices(device.Vulkan.Instance, &count, &physical));
        Assert.Equal((1u, device.Vulkan.Physical), (count, physical));
        count = 1;
        TestDevice.Check(vk.GetPhysicalDeviceToolProperties(device.Vulkan.Physical, &count, null));
        Assert.Equal(0u, count);
    }

    [Fact]
    public void OneDeviceIsAGroupOfItself()
    {
        using var device = new TestDevice();
        uint count = 0;
        TestDevice.Check(device.Vk.EnumeratePhysicalDeviceGroups(device.Vulkan.Instance, &count, null));
        Assert.Equal(1u, count);
        var group = new PhysicalDeviceGroupProperties();
        TestDevice.Check(device.Vk.EnumeratePhysicalDeviceGroups(device.Vulkan.Instance, &count, &group));
        Assert.Equal((1u, device.Vulkan.Physical), (group.PhysicalDeviceCount, group.PhysicalDevices[0]));
        PeerMemoryFeatureFlags features;
        device.Vk.GetDeviceGroupPeerMemoryFeatures(device.Device, 0, 0, 0, &features);
        Assert.True((features & PeerMemoryFeatureFlags.CopyDstBit) != 0);
        count = 0;
        Assert.Equal(Result.Incomplete, device.Vk.EnumeratePhysicalDeviceGroups(device.Vulkan.Instance, &count, &group));

        // Masks and bases of a group of one.
        var kernel = device.Kernel("fill", 8, device.Buffer(256));
        device.Run(c =>
        {
            device.Vk.CmdSetDeviceMask(c, 1);
            kernel.Push(c, 7, 64);
            kernel.Dispatch(c, 1, 7, 64);
        });
    }

    [Fact]
    public void LabelsAreTakenAndChangeNothing()
    {
        using var device = new TestDevice();
        var buffer = device.Buffer(256);
        var kernel = device.Kernel("fill", 8, buffer);
        fixed (byte* name = "label\0"u8)
        {
            var label = new DebugUtilsLabelEXT { PLabelName = name };
            nint text = (nint)name;
            var commands = device.Record(c =>
            {
                var own = new DebugUtilsLabelEXT { PLabelName = (byte*)text };
                device.Vk.CmdBeginDebugUtilsLabelEXT(c, &own);
                device.Vk.CmdInsertDebugUtilsLabelEXT(c, &own);
                kernel.Dispatch(c, 1, 3, 64);
                device.Vk.CmdEndDebugUtilsLabelEXT(c);
            });
            device.Vk.QueueBeginDebugUtilsLabelEXT(device.Queue, &label);
            device.Vk.QueueInsertDebugUtilsLabelEXT(device.Queue, &label);
            var fence = device.Fence();
            device.Submit(fence, commands);
            device.Vk.QueueEndDebugUtilsLabelEXT(device.Queue);
            device.Wait(fence);
            var tag = new DebugUtilsObjectTagInfoEXT { ObjectType = ObjectType.Buffer, ObjectHandle = buffer.Handle.Handle, PTag = name, TagSize = 5 };
            TestDevice.Check(device.Vk.SetDebugUtilsObjectTagEXT(device.Device, &tag));
        }

        Assert.Equal(3u + 63, buffer.Words()[63]);
        Assert.Empty(device.Messages);
    }

    /// <summary>Allocation callbacks are the application's offer, which the driver does not take up; above all it must not
    /// mind that they fail.</summary>
    [Fact]
    public void CallbacksThatNeverAllocateAreNoTrouble()
    {
        using var device = new TestDevice();
        var callbacks = new AllocationCallbacks();
        callbacks.PfnAllocation = &Allocate;
        var fenceInfo = new FenceCreateInfo();
        Fence fence;
        TestDevice.Check(device.Vk.CreateFence(device.Device, &fenceInfo, &callbacks, &fence));
        device.Vk.DestroyFence(device.Device, fence, &callbacks);
        var bufferInfo = new BufferCreateInfo { Size = 64 };
        Buffer buffer;
        TestDevice.Check(device.Vk.CreateBuffer(device.Device, &bufferInfo, &callbacks, &buffer));
        device.Vk.DestroyBuffer(device.Device, buffer, &callbacks);
    }

    [UnmanagedCallersOnly]
    private static void* Allocate(void* user, nuint size, nuint alignment, SystemAllocationScope scope) => null;

    private static ulong Usage(TestDevice device, out ulong heapBudget, out ulong heapSize)
    {
        var budget = new PhysicalDeviceMemoryBudgetPropertiesEXT();
        var properties = new PhysicalDeviceMemoryProperties2 { PNext = &budget };
        device.Vk.GetPhysicalDeviceMemoryProperties2(device.Vulkan.Physical, &properties);
        for (int i = 1; i < 16; i++)
            Assert.Equal((0ul, 0ul), (budget.HeapBudget[i], budget.HeapUsage[i]));
        heapBudget = budget.HeapBudget[0];
        heapSize = properties.MemoryProperties.MemoryHeaps[0].Size;
        return budget.HeapUsage[0];
    }
}
