using System.Runtime.InteropServices;
using System.Text;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Sizes of subgroups by pipeline, and what a pipeline tells of its kernel.</summary>
public sealed unsafe class PipelineTextTests : VulkanTest
{
    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void PipelinesChooseTheirSubgroupSize(int lanes)
    {
        // A device of the narrowest and one of the widest: both have pipelines of either size.
        foreach (int ofDevice in TestDevice.Widths)
        {
            using var device = new TestDevice(TestDevice.Lanes(ofDevice));
            var result = device.Buffer(64 * 4);
            var setLayout = device.StorageLayout(1);
            var layout = device.Layout(0, setLayout);
            var set = device.Set(setLayout);
            device.Write(set, 0, DescriptorType.StorageBuffer, result);
            Assert.Equal(Result.Success, TryPipeline(device, layout, (uint)lanes, 0, out var pipeline));
            new TestKernel(device, pipeline, layout, set).Run(1);
            for (int i = 0; i < 64; i++)
                Assert.Equal((uint)((lanes * 1000) + (i % lanes)), result.Words()[i]);
            Assert.Equal((uint)lanes, Properties(device, pipeline).SubgroupSize);
            device.Vk.DestroyPipeline(device.Device, pipeline, null);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(32)]
    [InlineData(0)]
    public void OtherSubgroupSizesAreRefused(uint size)
    {
        using var device = new TestDevice();
        Assert.NotEqual(Result.Success, TryPipeline(device, device.Layout(0, device.StorageLayout(1)), size, 0, out _));
    }

    [Fact]
    public void AssemblyAndStatisticsAreThereForEveryPipeline()
    {
        using var device = new TestDevice();
        var layout = device.Layout(0, device.StorageLayout(1));
        Assert.Equal(Result.Success, TryPipeline(device, layout, 8, 0, out var pipeline));
        var found = Handles.HandleTable.Get<Objects.PipelineObject>(pipeline.Handle)!;
        var properties = Properties(device, pipeline);
        Assert.Equal("kernel", Text(properties.Name));

        var (name, assembly) = Assert.Single(Representations(device, pipeline));
        Assert.Equal("Assembly", name);
        Assert.Contains("ymm0", assembly, StringComparison.Ordinal);
        Assert.Contains("vp", assembly, StringComparison.Ordinal);

        var statistics = Statistics(device, pipeline);
        Assert.Equal((ulong)found.Kernel.CodeBytes, statistics["Code bytes"]);
        Assert.Equal((ulong)assembly.Count(c => c == '\n'), statistics["Instructions"]);
        Assert.Equal(8ul, statistics["Lanes"]);
        Assert.InRange(statistics["Memory accesses"], 1ul, statistics["Instructions"]);
        device.Vk.DestroyPipeline(device.Device, pipeline, null);
    }

    [Fact]
    public void RepresentationsAreKeptWhereThePipelineIsCreatedToKeepThem()
    {
        using var device = new TestDevice();
        var layout = device.Layout(0, device.StorageLayout(1));
        Assert.Equal(Result.Success,
            TryPipeline(device, layout, 8, PipelineCreateFlags.CaptureInternalRepresentationsBitKhr, out var pipeline));
        var all = Representations(device, pipeline);
        Assert.Equal(["Invocation IR", "SIMD IR", "Assembly"], all.Select(r => r.Name));
        Assert.All(all, r => Assert.True(r.Text.Length > 100));

        // Too little room: the text is cut, and the result says so.
        var info = new PipelineExecutableInfoKHR { Pipeline = pipeline };
        byte* text = stackalloc byte[16];
        var cut = new PipelineExecutableInternalRepresentationKHR { PData = text, DataSize = 16 };
        uint count = 1;
        Assert.Equal(Result.Incomplete, device.Vk.GetPipelineExecutableInternalRepresentationsKHR(device.Device, &info, &count, &cut));
        Assert.Equal((1u, (nuint)16, (byte)0), (count, cut.DataSize, text[15]));
        device.Vk.DestroyPipeline(device.Device, pipeline, null);
    }

    private static Result TryPipeline(TestDevice device, PipelineLayout layout, uint size, PipelineCreateFlags flags, out Pipeline pipeline)
    {
        var required = new PipelineShaderStageRequiredSubgroupSizeCreateInfo { RequiredSubgroupSize = size };
        return device.TryPipeline(Shaders.Words("subgroup_size"), layout, out pipeline, flags: flags, stageNext: &required,
            stageFlags: PipelineShaderStageCreateFlags.RequireFullSubgroupsBit);
    }

    private static PipelineExecutablePropertiesKHR Properties(TestDevice device, Pipeline pipeline)
    {
        var info = new PipelineInfoKHR { Pipeline = pipeline };
        uint count = 5;
        var properties = new PipelineExecutablePropertiesKHR();
        TestDevice.Check(device.Vk.GetPipelineExecutablePropertiesKHR(device.Device, &info, &count, &properties));
        Assert.Equal(1u, count);
        count = 0;
        Assert.Equal(Result.Incomplete, device.Vk.GetPipelineExecutablePropertiesKHR(device.Device, &info, &count, &properties));
        return properties;
    }

    private static Dictionary<string, ulong> Statistics(TestDevice device, Pipeline pipeline)
    {
        var info = new PipelineExecutableInfoKHR { Pipeline = pipeline };
        uint count = 0;
        TestDevice.Check(device.Vk.GetPipelineExecutableStatisticsKHR(device.Device, &info, &count, null));
        var all = new PipelineExecutableStatisticKHR[count];
        Array.Fill(all, new PipelineExecutableStatisticKHR());
        fixed (PipelineExecutableStatisticKHR* pointer = all)
        {
            TestDevice.Check(device.Vk.GetPipelineExecutableStatisticsKHR(device.Device, &info, &count, pointer));
            count--;
            Assert.Equal(Result.Incomplete, device.Vk.GetPipelineExecutableStatisticsKHR(device.Device, &info, &count, pointer));
        }

        return all.ToDictionary(s => Text(s.Name), s => s.Value.U64);
    }

    private static List<(string Name, string Text)> Representations(TestDevice device, Pipeline pipeline)
    {
        var info = new PipelineExecutableInfoKHR { Pipeline = pipeline };
        uint count = 0;
        TestDevice.Check(device.Vk.GetPipelineExecutableInternalRepresentationsKHR(device.Device, &info, &count, null));
        var all = new PipelineExecutableInternalRepresentationKHR[count];
        Array.Fill(all, new PipelineExecutableInternalRepresentationKHR());
        var result = new List<(string, string)>();
        fixed (PipelineExecutableInternalRepresentationKHR* pointer = all)
        {
            TestDevice.Check(device.Vk.GetPipelineExecutableInternalRepresentationsKHR(device.Device, &info, &count, pointer));
            for (int i = 0; i < all.Length; i++)
                pointer[i].PData = NativeMemory.Alloc(pointer[i].DataSize);
            TestDevice.Check(device.Vk.GetPipelineExecutableInternalRepresentationsKHR(device.Device, &info, &count, pointer));
            for (int i = 0; i < all.Length; i++)
            {
                Assert.True(pointer[i].IsText);
                result.Add((Text(pointer[i].Name), Encoding.UTF8.GetString((byte*)pointer[i].PData, (int)pointer[i].DataSize - 1)));
                NativeMemory.Free(pointer[i].PData);
            }
        }

        return result;
    }

    private static string Text(byte* text) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
