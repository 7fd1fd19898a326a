using System.Text;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Several pipelines in one call, which are built on several threads.</summary>
public sealed unsafe class PipelineBatchTests : VulkanTest
{
    private const int Count = 12, Bad = 5;

    [Fact]
    public void EachComputesWhatItWouldAlone()
    {
        using var device = new TestDevice();
        var (result, pipelines, layout) = Create(device, -1, 0);
        Assert.Equal(Result.Success, result);
        for (int i = 0; i < Count; i++)
        {
            var output = device.Buffer(64);
            var set = device.Set(device.StorageLayout(1));
            device.Write(set, 0, DescriptorType.StorageBuffer, output);
            var pipeline = pipelines[i];
            device.Run(c =>
            {
                var bound = set;
                device.Vk.CmdBindPipeline(c, PipelineBindPoint.Compute, pipeline);
                device.Vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, layout, 0, 1, &bound, 0, null);
                device.Vk.CmdDispatch(c, 1, 1, 1);
            });
            Assert.Equal((uint)(1000 + i), output.Words()[1]);
        }

        Destroy(device, pipelines);
    }

    [Fact]
    public void OneThatFailsLeavesTheOthers()
    {
        using var device = new TestDevice();
        var (result, pipelines, _) = Create(device, Bad, 0);
        Assert.NotEqual(Result.Success, result);
        for (int i = 0; i < Count; i++)
            Assert.Equal(i == Bad, pipelines[i].Handle == 0);
        Destroy(device, pipelines);
    }

    [Fact]
    public void NoneAfterOneThatFailsIsMadeWhereThatIsAskedFor()
    {
        using var device = new TestDevice();
        var (result, pipelines, _) = Create(device, Bad, PipelineCreateFlags.EarlyReturnOnFailureBit);
        Assert.NotEqual(Result.Success, result);
        for (int i = 0; i < Count; i++)
            Assert.Equal(i >= Bad, pipelines[i].Handle == 0);
        Destroy(device, pipelines);
    }

    [Fact]
    public void OneThatMayOnlyComeFromTheCacheFindsThoseBeforeIt()
    {
        using var device = new TestDevice();
        var info = new PipelineCacheCreateInfo();
        TestDevice.Check(device.Vk.CreatePipelineCache(device.Device, in info, null, out var cache));
        var (result, pipelines, _) = Create(device, -1, 0, cache, repeated: Bad);
        Assert.Equal(Result.Success, result);
        Assert.All(pipelines, pipeline => Assert.NotEqual(0ul, pipeline.Handle));
        Destroy(device, pipelines);
        device.Vk.DestroyPipelineCache(device.Device, cache, null);
    }

    [Fact]
    public void NoneIsNone()
    {
        using var device = new TestDevice();
        Assert.Equal(Result.Success, device.Vk.CreateComputePipelines(device.Device, default, 0, null, null, null));
    }

    /// <summary>Pipelines of the shader "specialized" whose second word out is 1000 and the pipeline's number.</summary>
    /// <param name="bad">The one whose entry point is missing; -1 for none.</param>
    /// <param name="repeated">The one that is the same as that before it and may only come from the cache; -1 for none.</param>
    private static (Result Result, Pipeline[] Pipelines, PipelineLayout Layout) Create(TestDevice device, int bad, PipelineCreateFlags flags,
        PipelineCache cache = default, int repeated = -1)
    {
        var layout = device.Layout(0, device.StorageLayout(1));
        var words = Shaders.Words("specialized");
        ShaderModule module;
        fixed (uint* code = words)
        {
            var info = new ShaderModuleCreateInfo { CodeSize = (nuint)words.Length * 4, PCode = code };
            TestDevice.Check(device.Vk.CreateShaderModule(device.Device, in info, null, out module));
        }

        var pipelines = new Pipeline[Count];
        var infos = stackalloc ComputePipelineCreateInfo[Count];
        var constants = stackalloc SpecializationInfo[Count];
        uint* values = stackalloc uint[Count];
        var entry = new SpecializationMapEntry { ConstantID = 1, Size = 4 };
        Result result;
        fixed (byte* main = Encoding.UTF8.GetBytes("main\0"), missing = Encoding.UTF8.GetBytes("missing\0"))
        fixed (Pipeline* target = pipelines)
        {
            for (int i = 0; i < Count; i++)
            {
                values[i] = (uint)(1000 + (i == repeated ? i - 1 : i));
                constants[i] = new SpecializationInfo { MapEntryCount = 1, PMapEntries = &entry, DataSize = 4, PData = &values[i] };
                infos[i] = new ComputePipelineCreateInfo
                {
                    Flags = i == repeated ? flags | PipelineCreateFlags.FailOnPipelineCompileRequiredBit : flags,
                    Stage = new PipelineShaderStageCreateInfo
                    {
                        Stage = ShaderStageFlags.ComputeBit, Module = module, PName = i == bad ? missing : main,
                        PSpecializationInfo = &constants[i],
                    },
                    Layout = layout,
                };
            }

            result = device.Vk.CreateComputePipelines(device.Device, cache, Count, infos, null, target);
        }

        device.Vk.DestroyShaderModule(device.Device, module, null);
        return (result, pipelines, layout);
    }

    private static void Destroy(TestDevice device, Pipeline[] pipelines)
    {
        foreach (var pipeline in pipelines)
            device.Vk.DestroyPipeline(device.Device, pipeline, null);
    }
}
