using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Variable counts, updates of sets that are bound or in use, bindings that are partially written.</summary>
public sealed unsafe class DescriptorIndexingTests : VulkanTest
{
    private const DescriptorType Storage = DescriptorType.StorageBuffer;
    private const DescriptorSetLayoutCreateFlags AfterBind = DescriptorSetLayoutCreateFlags.UpdateAfterBindPoolBit;

    [Fact]
    public void SetsChooseTheCountOfTheLastBinding()
    {
        using var device = new TestDevice();
        var scene = new SetsScene(device, device.SetLayout(AfterBind, true, (1, Storage, 4)));
        var pool = device.Pool(3, (Storage, 9));
        TestDevice.Check(device.TrySet(pool, scene.InputLayout, out var four, 4));
        TestDevice.Check(device.TrySet(pool, scene.InputLayout, out var three, 3));
        TestDevice.Check(device.TrySet(pool, scene.InputLayout, out var none));
        device.Write(four, 1, Storage, scene.Inputs);
        scene.InputSet = four;
        scene.Expect(scene.Inputs);

        device.Write(three, 1, Storage, scene.Inputs[..3]);
        Assert.Empty(device.Messages);
        device.Write(three, 1, Storage, scene.Inputs);
        device.Write(none, 1, Storage, scene.Inputs[0]);
        Assert.Equal(2, device.Messages.Count(m => m.Contains("VUID-VkWriteDescriptorSet-dstArrayElement-00321", StringComparison.Ordinal)));
        Assert.NotEqual(Result.Success, device.TrySet(device.Pool(1, (Storage, 9)), scene.InputLayout, out _, 5));
    }

    [Fact]
    public void OnlyTheLastBindingMayBeVariable()
    {
        using var device = new TestDevice();
        Assert.NotEqual(Result.Success, device.TrySetLayout(0, true, [(5, Storage, 4), (3, Storage, 4)], out _));
        Assert.Equal(Result.Success, device.TrySetLayout(0, true, [(3, Storage, 4), (5, Storage, 4)], out var layout));
        device.Vk.DestroyDescriptorSetLayout(device.Device, layout, null);
    }

    [Fact]
    public void LayoutSupportTellsHowManyVariableDescriptorsThereMayBe()
    {
        using var device = new TestDevice();
        var flags = DescriptorBindingFlags.VariableDescriptorCountBit;
        var more = new DescriptorSetLayoutBindingFlagsCreateInfo { BindingCount = 1, PBindingFlags = &flags };
        var binding = new DescriptorSetLayoutBinding
        {
            DescriptorType = Storage, DescriptorCount = 500_000, StageFlags = ShaderStageFlags.ComputeBit,
        };
        var info = new DescriptorSetLayoutCreateInfo { PNext = &more, BindingCount = 1, PBindings = &binding };
        var variable = new DescriptorSetVariableDescriptorCountLayoutSupport();
        var support = new DescriptorSetLayoutSupport { PNext = &variable };
        device.Vk.GetDescriptorSetLayoutSupport(device.Device, &info, &support);
        Assert.True(support.Supported);
        Assert.True(variable.MaxVariableDescriptorCount >= 500_000);

        binding.DescriptorCount = 1 << 30;
        device.Vk.GetDescriptorSetLayoutSupport(device.Device, &info, &support);
        Assert.False(support.Supported);
        Assert.Equal(0u, variable.MaxVariableDescriptorCount);
        Assert.Empty(device.Messages);
    }

    /// <summary>What a set holds when its commands run counts, not what it held when it was bound or submitted.</summary>
    [Fact]
    public void UpdatesAfterBindingReachTheDispatch()
    {
        using var device = new TestDevice();
        var scene = new SetsScene(device);
        device.Write(scene.InputSet, 1, Storage, scene.Inputs);
        var info = new EventCreateInfo();
        TestDevice.Check(device.Vk.CreateEvent(device.Device, in info, null, out var gate));
        var commands = device.Record(c =>
        {
            var waited = gate;
            device.Vk.CmdWaitEvents(c, 1, &waited, PipelineStageFlags.HostBit, PipelineStageFlags.ComputeShaderBit, 0, null, 0, null, 0, null);
            scene.Dispatch(c, scene.InputSet);
        });
        device.Write(scene.InputSet, 1, 1, Storage, new DescriptorBufferInfo { Buffer = scene.Inputs[0].Handle, Range = Vk.WholeSize });
        var fence = device.Fence();
        device.Submit(fence, commands);
        device.Write(scene.InputSet, 1, 2, Storage, new DescriptorBufferInfo { Buffer = scene.Inputs[3].Handle, Range = Vk.WholeSize });
        TestDevice.Check(device.Vk.SetEvent(device.Device, gate));
        device.Wait(fence);
        scene.ExpectResult([scene.Inputs[0], scene.Inputs[0], scene.Inputs[3], scene.Inputs[3]]);
        device.Vk.DestroyEvent(device.Device, gate, null);
    }

    /// <summary>Descriptors that the running kernels do not use change all the time, also to what makes no sense.</summary>
    [Fact]
    public void DescriptorsThatAreNotUsedMayChangeWhileKernelsRun()
    {
        using var device = new TestDevice();
        var layout = device.SetLayout(AfterBind, false, (0, Storage, 1), (1, Storage, 8));
        var pipelineLayout = device.Layout(8, layout);
        TestDevice.Check(device.TrySet(device.Pool(1, (Storage, 9)), layout, out var set));
        var (used, other) = (device.Buffer(256 * 1024), device.Words(1, 2, 3, 4));
        device.Write(set, 0, Storage, used);
        var kernel = new TestKernel(device, device.Pipeline("fill", pipelineLayout), pipelineLayout, set);
        bool stop = false;
        var writer = new Background<bool>(() =>
        {
            for (uint i = 0; !Volatile.Read(ref stop); i++)
            {
                device.Write(set, 1, i % 8, Storage, new DescriptorBufferInfo { Buffer = other.Handle, Offset = i % 16, Range = Vk.WholeSize });
                device.Write(set, 1, (i + 3) % 8, Storage, new DescriptorBufferInfo());
            }

            return true;
        });
        for (uint round = 0; round < 50; round++)
        {
            kernel.Run(1024, round, 65536);
            Assert.Equal((round, round + 65535), (used.Words()[0], used.Words()[65535]));
        }

        Volatile.Write(ref stop, true);
        Assert.True(writer.Result());
        Assert.Equal([1u, 2, 3, 4], other.Words().ToArray());
        Assert.Empty(device.Messages);
    }
}
