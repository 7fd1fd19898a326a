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

    /// <param name="inputs">Layout of the array of inputs: four storage buffers at binding 1; by default without flags.</param>
    /// <param name="inlineFactors">Whether the factors are an inline uniform block, which the test writes.</param>
    public SetsScene(TestDevice device, DescriptorSetLayout inputs = default, bool inlineFactors = false)
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
        InputLayout = inputs.Handle != 0 ? inputs : device.SetLayout((1, DescriptorType.StorageBuffer, 4));
        ResultLayout = device.SetLayout(
            (0, inlineFactors ? DescriptorType.InlineUniformBlock : DescriptorType.UniformBuffer, inlineFactors ? 48u : 1),
            (7, DescriptorType.StorageBuffer, 1));
        Layout = device.Layout(0, InputLayout, device.SetLayout(), ResultLayout);
        Pipeline = device.Pipeline("sets", Layout);
        if (inputs.Handle == 0)
            InputSet = device.Set(InputLayout);
        TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.InlineUniformBlock, 48), (DescriptorType.StorageBuffer, 2)),
            ResultLayout, out var resultSet));
        ResultSet = resultSet;
        if (!inlineFactors)
            device.Write(ResultSet, 0, DescriptorType.UniformBuffer, factors);
        device.Write(ResultSet, 7, DescriptorType.StorageBuffer, Result);
    }

    public HostBuffer[] Inputs { get; }

    public HostBuffer Result { get; }

    public DescriptorSetLayout InputLayout { get; }

    public DescriptorSetLayout ResultLayout { get; }

    public PipelineLayout Layout { get; }

    public Pipeline Pipeline { get; }

    /// <summary>The set of inputs; the test makes it where it gave the layout.</summary>
    public DescriptorSet InputSet { get; set; }

    public DescriptorSet ResultSet { get; }

    /// <param name="inputs">Null where they were pushed.</param>
    public void Dispatch(CommandBuffer commands, DescriptorSet inputs)
    {
        var vk = _device.Vk;
        var results = ResultSet;
        vk.CmdBindPipeline(commands, PipelineBindPoint.Compute, Pipeline);
        if (inputs.Handle != 0)
            vk.CmdBindDescriptorSets(commands, PipelineBindPoint.Compute, Layout, 0, 1, &inputs, 0, null);
        vk.CmdBindDescriptorSets(commands, PipelineBindPoint.Compute, Layout, 2, 1, &results, 0, null);
        vk.CmdDispatch(commands, Count / 32, 1, 1);
    }

    /// <summary>Runs it, and compares with what these inputs give; null stands for zeros.</summary>
    public void Expect(HostBuffer?[] inputs)
    {
        _device.Run(c => Dispatch(c, InputSet));
        ExpectResult(inputs);
    }

    /// <summary>Compares what was computed already.</summary>
    public void ExpectResult(HostBuffer?[] inputs)
    {
        for (int k = 0; k < Count; k++)
        {
            uint sum = 0;
            for (int i = 0; i < 4; i++)
                sum += (uint)(i + 1) * (inputs[i] is { } input ? input.Words()[k] : 0);
            Assert.Equal((sum * Factor) + More, Result.Words()[k]);
        }
    }
}
