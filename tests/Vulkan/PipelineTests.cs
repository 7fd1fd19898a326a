using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Specialization constants, push constants, dispatch in all its forms, and what is refused.</summary>
public sealed unsafe class PipelineTests : VulkanTest
{
    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void SpecializationConstantsOfAllTypes(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        Assert.Equal([0u, unchecked((uint)-7), BitConverter.SingleToUInt32Bits(3), 1, 20, 1], Specialized(device));
        Assert.Equal([1u, unchecked((uint)-7), BitConverter.SingleToUInt32Bits(3), 1, 20, 1], Specialized(device, (0, 1)));
        Assert.Equal([0u, 12345, BitConverter.SingleToUInt32Bits(0.25f), 48, 10, 48],
            Specialized(device, (10, 48), (2, BitConverter.SingleToUInt32Bits(0.125f)), (1, 12345), (3, 4), (99, 1)));
    }

    [Fact]
    public void WorkgroupsThatAreTooLargeAreRefused()
    {
        using var device = new TestDevice();
        uint size = 5000;
        var entry = new SpecializationMapEntry { ConstantID = 10, Size = 4 };
        var info = new SpecializationInfo { MapEntryCount = 1, PMapEntries = &entry, DataSize = 4, PData = &size };
        var layout = device.Layout(0, device.StorageLayout(1));
        var result = device.TryPipeline(Shaders.Words("specialized"), layout, out var pipeline, constants: &info);
        Assert.Equal(Result.ErrorInvalidShaderNV, result);
        Assert.Equal(0ul, pipeline.Handle);

        // Data that the entry reaches beyond.
        entry.Offset = 2;
        Assert.Equal(Result.ErrorUnknown, device.TryPipeline(Shaders.Words("specialized"), layout, out _, constants: &info));
    }

    [Fact]
    public void PushConstantsAreWhatWasPushedLastByteForByte()
    {
        using var device = new TestDevice();
        var data = device.Buffer(1024);
        var kernel = device.Kernel("fill", 8, data);
        device.Run(c =>
        {
            kernel.Push(c, 100, 32);
            uint count = 64;
            device.Vk.CmdPushConstants(c, kernel.Layout, ShaderStageFlags.ComputeBit, 4, 4, &count);
            kernel.Dispatch(c, 4);
            device.Vk.CmdPushConstants(c, kernel.Layout, ShaderStageFlags.VertexBit, 0, 4, &count);
            device.Vk.CmdPushConstants(c, kernel.Layout, ShaderStageFlags.ComputeBit, 0, 0, (void*)0x10);
        });
        for (int i = 0; i < 256; i++)
            Assert.Equal(i < 64 ? (uint)(100 + i) : 0, data.Words()[i]);
    }

    [Fact]
    public void DispatchBaseIndirectAndEmpty()
    {
        using var device = new TestDevice();
        var notes = device.Buffer(64 * 1024);
        var indirect = device.Buffer(64, BufferUsageFlags.IndirectBufferBit);
        ((uint[])[9, 9, 3, 1, 2]).CopyTo(indirect.Words());
        var kernel = device.Kernel("workgroups", 0, notes);
        var vk = device.Vk;

        List<uint[]> Ran(Action<CommandBuffer> dispatch)
        {
            notes.Bytes.Clear();
            device.Run(c =>
            {
                kernel.Dispatch(c, 0);
                dispatch(c);
            });
            var found = new List<uint[]>();
            for (int i = 0; i < (int)notes.Words()[0]; i++)
                found.Add(notes.Words().Slice(4 + (i * 4), 4).ToArray());
            return [.. found.OrderBy(n => n[2]).ThenBy(n => n[1]).ThenBy(n => n[0])];
        }

        static List<uint[]> Grid(uint baseX, uint baseY, uint baseZ, uint x, uint y, uint z)
        {
            var all = new List<uint[]>();
            for (uint k = 0; k < z; k++)
            {
                for (uint j = 0; j < y; j++)
                {
                    for (uint i = 0; i < x; i++)
                        all.Add([baseX + i, baseY + j, baseZ + k, (x * 10000) + (y * 100) + z]);
                }
            }

            return all;
        }

        Assert.Equal(Grid(0, 0, 0, 5, 4, 3), Ran(c => vk.CmdDispatch(c, 5, 4, 3)));
        Assert.Equal(Grid(0, 0, 0, 40, 40, 2), Ran(c => vk.CmdDispatch(c, 40, 40, 2)));
        Assert.Equal(Grid(7, 8, 9, 2, 3, 2), Ran(c => vk.CmdDispatchBase(c, 7, 8, 9, 2, 3, 2)));
        Assert.Equal(Grid(0, 0, 0, 3, 1, 2), Ran(c => vk.CmdDispatchIndirect(c, indirect.Handle, 8)));
        Assert.Empty(Ran(c => vk.CmdDispatch(c, 5, 0, 3)));
        Assert.Empty(Ran(c => vk.CmdDispatchBase(c, 7, 8, 9, 0, 3, 2)));
        Assert.Empty(Ran(c => vk.CmdDispatchIndirect(c, indirect.Handle, 20)));

        // Reaches beyond the buffer.
        Assert.Empty(Ran(c => vk.CmdDispatchIndirect(c, indirect.Handle, 56)));
        Assert.Empty(Ran(c => vk.CmdDispatchIndirect(c, indirect.Handle, ulong.MaxValue)));
    }

    [Fact]
    public void UnsupportedModulesAreRefusedWithTheirWordAndReason()
    {
        using var device = new TestDevice();
        var layout = device.Layout(0, device.StorageLayout(1));
        Assert.Equal(Result.ErrorInvalidShaderNV, device.TryPipeline(Shaders.Words("unsupported"), layout, out var pipeline));
        Assert.Equal(0ul, pipeline.Handle);
        string message = Assert.Single(device.Messages);
        Assert.Matches(@"SPIR-V word \d+", message);
        Assert.Contains("ShaderClock", message, StringComparison.Ordinal);
    }

    [Fact]
    public void BindingsThatTheLayoutLacksAreRefused()
    {
        using var device = new TestDevice();
        var words = Shaders.Words("fill");
        Assert.True(device.TryPipeline(words, device.Layout(8), out _) < 0);
        Assert.True(device.TryPipeline(words, device.Layout(8, device.SetLayout((3, DescriptorType.StorageBuffer, 1))), out _) < 0);
        Assert.True(device.TryPipeline(words, device.Layout(8, device.SetLayout((0, DescriptorType.StorageImage, 1))), out _) < 0);
        Assert.True(device.TryPipeline(words, device.Layout(0, device.StorageLayout(1)), out _) < 0);
        Assert.True(device.TryPipeline(words, default, out _) < 0);
        Assert.Equal(5, device.Messages.Length);
        device.Pipeline("fill", device.Layout(8, device.StorageLayout(1)));
    }

    [Fact]
    public void OneOfSeveralPipelinesFails()
    {
        using var device = new TestDevice();
        var layout = device.Layout(8, device.StorageLayout(1));
        var modules = stackalloc ShaderModule[2];
        for (int i = 0; i < 2; i++)
        {
            var words = Shaders.Words(i == 0 ? "fill" : "unsupported");
            fixed (uint* code = words)
            {
                var moduleInfo = new ShaderModuleCreateInfo { CodeSize = (nuint)words.Length * 4, PCode = code };
                TestDevice.Check(device.Vk.CreateShaderModule(device.Device, in moduleInfo, null, out modules[i]));
            }
        }

        fixed (byte* name = "main\0"u8)
        {
            var infos = stackalloc ComputePipelineCreateInfo[3];
            for (int i = 0; i < 3; i++)
            {
                infos[i] = new ComputePipelineCreateInfo
                {
                    Stage = new PipelineShaderStageCreateInfo
                    {
                        Stage = ShaderStageFlags.ComputeBit, Module = modules[i % 2], PName = name,
                    },
                    Layout = layout,
                };
            }

            var pipelines = stackalloc Pipeline[3];
            Assert.Equal(Result.ErrorInvalidShaderNV, device.Vk.CreateComputePipelines(device.Device, default, 3, infos, null, pipelines));
            Assert.True(pipelines[0].Handle != 0 && pipelines[1].Handle == 0 && pipelines[2].Handle != 0);
            for (int i = 0; i < 3; i++)
                device.Vk.DestroyPipeline(device.Device, pipelines[i], null);
        }

        for (int i = 0; i < 2; i++)
            device.Vk.DestroyShaderModule(device.Device, modules[i], null);
    }

    /// <summary>data[0..4] and how many invocations ran.</summary>
    private static uint[] Specialized(TestDevice device, params (uint Id, uint Bits)[] constants)
    {
        var entries = stackalloc SpecializationMapEntry[constants.Length];
        var values = stackalloc uint[constants.Length];
        for (int i = 0; i < constants.Length; i++)
        {
            entries[i] = new SpecializationMapEntry { ConstantID = constants[i].Id, Offset = (uint)i * 4, Size = 4 };
            values[i] = constants[i].Bits;
        }

        var info = new SpecializationInfo
        {
            MapEntryCount = (uint)constants.Length, PMapEntries = entries, DataSize = (nuint)constants.Length * 4, PData = values,
        };
        var data = device.Buffer(1024);
        data.Words()[5] = 5;
        var setLayout = device.StorageLayout(1);
        var layout = device.Layout(0, setLayout);
        var kernel = new TestKernel(device, device.Pipeline("specialized", layout, &info), layout, device.Set(setLayout));
        device.Write(kernel.Set, 0, DescriptorType.StorageBuffer, data);
        kernel.Run(1);
        uint ran = 0;
        while (data.Words()[8 + (int)ran] == ran + 1)
            ran++;
        return [.. data.Words()[..5], ran];
    }
}
