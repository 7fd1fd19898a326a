using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>VK_KHR_push_descriptor.</summary>
public sealed unsafe class PushDescriptorTests : VulkanTest
{
    private const DescriptorSetLayoutCreateFlags Pushed = DescriptorSetLayoutCreateFlags.PushDescriptorBitKhr;

    [Fact]
    public void EachDispatchSeesWhatWasPushedBeforeIt()
    {
        using var device = new TestDevice();
        var (a, b) = (device.Buffer(256), device.Buffer(256));
        var layout = device.Layout(8, device.SetLayout(Pushed, false, (0, DescriptorType.StorageBuffer, 1)));
        var kernel = new TestKernel(device, device.Pipeline("fill", layout), layout, default);
        var commands = device.CommandBuffer();

        // Twice, as the tables of the first recording are used again by the second.
        for (uint round = 1; round <= 2; round++)
        {
            device.Record(commands, c =>
            {
                device.Vk.CmdBindPipeline(c, PipelineBindPoint.Compute, kernel.Pipeline);
                kernel.Push(c, 100 * round, 64);
                Push(device, c, layout, 0, a);
                device.Vk.CmdDispatch(c, 1, 1, 1);
                kernel.Push(c, 1000 * round, 64);
                Push(device, c, layout, 0, b);
                device.Vk.CmdDispatch(c, 1, 1, 1);
            });
            var fence = device.Fence();
            device.Submit(fence, commands);
            device.Wait(fence);
            for (uint i = 0; i < 64; i++)
                Assert.Equal(((100 * round) + i, (1000 * round) + i), (a.Words()[(int)i], b.Words()[(int)i]));
        }
    }

    [Fact]
    public void WhatIsNotPushedAgainStays()
    {
        using var device = new TestDevice();
        var scene = new SetsScene(device, device.SetLayout(Pushed, false, (1, DescriptorType.StorageBuffer, 4)));
        device.Run(c =>
        {
            Push(device, c, scene.Layout, 1, [.. scene.Inputs]);
            Push(device, c, scene.Layout, 1, scene.Inputs[3]);
            scene.Dispatch(c, default);
        });
        scene.ExpectResult([scene.Inputs[3], .. scene.Inputs[1..]]);
    }

    [Fact]
    public void TemplatesPush()
    {
        using var device = new TestDevice();
        var scene = new SetsScene(device, device.SetLayout(Pushed, false, (1, DescriptorType.StorageBuffer, 4)));
        var entry = new DescriptorUpdateTemplateEntry
        {
            DstBinding = 1, DescriptorCount = 4, DescriptorType = DescriptorType.StorageBuffer, Offset = 0,
            Stride = (nuint)sizeof(DescriptorBufferInfo),
        };
        var info = new DescriptorUpdateTemplateCreateInfo
        {
            DescriptorUpdateEntryCount = 1, PDescriptorUpdateEntries = &entry,
            TemplateType = DescriptorUpdateTemplateType.PushDescriptorsKhr, PipelineBindPoint = PipelineBindPoint.Compute,
            PipelineLayout = scene.Layout, Set = 0,
        };
        TestDevice.Check(device.Vk.CreateDescriptorUpdateTemplate(device.Device, in info, null, out var template));
        device.Run(c =>
        {
            var data = stackalloc DescriptorBufferInfo[4];
            for (int i = 0; i < 4; i++)
                data[i] = new DescriptorBufferInfo { Buffer = scene.Inputs[3 - i].Handle, Range = Vk.WholeSize };
            device.Vk.CmdPushDescriptorSetWithTemplateKHR(c, template, scene.Layout, 0, data);
            scene.Dispatch(c, default);
        });
        scene.ExpectResult([.. scene.Inputs.Reverse()]);

        // Of another set than the template is for: nothing is recorded, and the end of the recording says so.
        var commands = device.CommandBuffer();
        var begin = new CommandBufferBeginInfo();
        TestDevice.Check(device.Vk.BeginCommandBuffer(commands, in begin));
        device.Vk.CmdPushDescriptorSetWithTemplateKHR(commands, template, scene.Layout, 2, &begin);
        Assert.Equal(Result.ErrorUnknown, device.Vk.EndCommandBuffer(commands));
        device.Vk.DestroyDescriptorUpdateTemplate(device.Device, template, null);
    }

    [Fact]
    public void ThousandsOfPushesInOneCommandBufferHaveATableEach()
    {
        using var device = new TestDevice();
        const int Count = 3000;
        var target = device.Buffer(Count * 64);
        var layout = device.Layout(8, device.SetLayout(Pushed, false, (0, DescriptorType.StorageBuffer, 1)));
        var kernel = new TestKernel(device, device.Pipeline("fill", layout), layout, default);
        device.Run(c =>
        {
            device.Vk.CmdBindPipeline(c, PipelineBindPoint.Compute, kernel.Pipeline);
            for (int i = 0; i < Count; i++)
            {
                kernel.Push(c, (uint)i, 1);
                Push(device, c, layout, 0, new DescriptorBufferInfo { Buffer = target.Handle, Offset = (ulong)i * 64, Range = 64 });
                device.Vk.CmdDispatch(c, 1, 1, 1);
            }
        });
        for (int i = 0; i < Count; i++)
            Assert.Equal((uint)i, target.Words()[i * 16]);
        device.Vk.TrimCommandPool(device.Device, device.Commands, 0);
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void LayoutsForPushingAreNotForAllocatingAndTheOtherWayRound()
    {
        using var device = new TestDevice();
        var pushed = device.SetLayout(Pushed, false, (0, DescriptorType.StorageBuffer, 1));
        Assert.NotEqual(Result.Success, device.TrySet(device.Pool(1, (DescriptorType.StorageBuffer, 1)), pushed, out _));
        var layout = device.Layout(0, device.StorageLayout(1));
        var buffer = device.Buffer(64);
        Assert.Equal(Result.ErrorUnknown, Assert.Throws<VulkanFailure>(() => device.Run(c => Push(device, c, layout, 0, buffer))).Result);
        Assert.Equal(2, device.Messages.Count(m => m.Contains("VUID-", StringComparison.Ordinal)) - 1);
    }

    private static void Push(TestDevice device, CommandBuffer commands, PipelineLayout layout, uint binding, params HostBuffer[] buffers) =>
        Push(device, commands, layout, binding,
            Array.ConvertAll(buffers, b => new DescriptorBufferInfo { Buffer = b.Handle, Range = Vk.WholeSize }));

    private static void Push(TestDevice device, CommandBuffer commands, PipelineLayout layout, uint binding, params DescriptorBufferInfo[] infos)
    {
        fixed (DescriptorBufferInfo* pointer = infos)
        {
            var write = new WriteDescriptorSet
            {
                DstBinding = binding, DescriptorCount = (uint)infos.Length, DescriptorType = DescriptorType.StorageBuffer,
                PBufferInfo = pointer,
            };
            device.Vk.CmdPushDescriptorSetKHR(commands, PipelineBindPoint.Compute, layout, 0, 1, in write);
        }
    }
}
