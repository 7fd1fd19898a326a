using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>sets.comp with everything it needs but the writes to its array of inputs.</summary>
internal sealed unsafe class SetsScene
{
    public const uint Factor = 5, More = 1000;
    private const int Count = 64;

    private readonly TestDevice _device;

    public SetsScene(TestDevice device)
    {
        _device = device;
        Inputs = new HostBuffer[4];
        for (int i = 0; i < 4; i++)
        {
            Inputs[i] = device.Buffer(Count * 4);
            for (int k = 0; k < Count; k++)
                Inputs[i].Words()[k] = (uint)((k * k) + (i * 7));
        }

        Result = device.Buffer(Count * 4);
        var factors = device.Buffer(48, BufferUsageFlags.UniformBufferBit);
        factors.Words()[0] = Factor;
        factors.Words()[10] = More;
        InputLayout = device.SetLayout((1, DescriptorType.StorageBuffer, 4));
        var resultLayout = device.SetLayout((0, DescriptorType.UniformBuffer, 1), (7, DescriptorType.StorageBuffer, 1));
        Layout = device.Layout(0, InputLayout, device.SetLayout(), resultLayout);
        Pipeline = device.Pipeline("sets", Layout);
        InputSet = device.Set(InputLayout);
        ResultSet = device.Set(resultLayout);
        device.Write(ResultSet, 0, DescriptorType.UniformBuffer, factors);
        device.Write(ResultSet, 7, DescriptorType.StorageBuffer, Result);
    }

    public HostBuffer[] Inputs { get; }

    public HostBuffer Result { get; }

    public DescriptorSetLayout InputLayout { get; }

    public PipelineLayout Layout { get; }

    public Pipeline Pipeline { get; }

    public DescriptorSet InputSet { get; }

    public DescriptorSet ResultSet { get; }

    public void Dispatch(CommandBuffer commands, DescriptorSet inputs)
    {
        var vk = _device.Vk;
        var results = ResultSet;
        vk.CmdBindPipeline(commands, PipelineBindPoint.Compute, Pipeline);
        vk.CmdBindDescriptorSets(commands, PipelineBindPoint.Compute, Layout, 0, 1, &inputs, 0, null);
        vk.CmdBindDescriptorSets(commands, PipelineBindPoint.Compute, Layout, 2, 1, &results, 0, null);
        vk.CmdDispatch(commands, Count / 32, 1, 1);
    }

    /// <summary>Runs it, and compares with what these inputs give; null stands for zeros.</summary>
    public void Expect(HostBuffer?[] inputs)
    {
        _device.Run(c => Dispatch(c, InputSet));
        for (int k = 0; k < Count; k++)
        {
            uint sum = 0;
            for (int i = 0; i < 4; i++)
                sum += (uint)(i + 1) * (inputs[i] is { } input ? input.Words()[k] : 0);
            Assert.Equal((sum * Factor) + More, Result.Words()[k]);
        }
    }
}
