using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>robustBufferAccess2: loads outside a descriptor's range give 0, stores are dropped; and the mode that traps.</summary>
public sealed class RobustAccessTests : VulkanTest
{
    private const int RangeWords = 100, WholeWords = 400, OffsetWords = 64;

    /// <summary>First index, step between invocations.</summary>
    public static TheoryData<int, int, int> Accesses
    {
        get
        {
            var data = new TheoryData<int, int, int>();
            foreach (int lanes in TestDevice.Widths)
            {
                foreach (var (first, step) in ((int, int)[])
                    [
                        (0, 1), (50, 1), (99, 0), (100, 0), (100, 1), (-1, 1), (-40, 1), (1000, -17), (int.MinValue, 1),

                        // Times 4 these are 0, 4, ... modulo 2^32: they must not alias the start.
                        (0x40000000, 1), (0x40000000, 0), (unchecked((int)0x80000000), 0), (unchecked((int)0xC0000000), 1),
                        (0x20000000, 0x20000000), (0x3FFFFFF0, 1), (-1, 0), (70, 2), (3, 7), (0x10000000, 1), (0x1FFFFFFF, 3),
                    ])
                    data.Add(lanes, first, step);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Accesses))]
    public void OutsideTheRangeLoadsGiveZeroAndStoresAreDropped(int lanes, int first, int step)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var (kernel, loaded, source, target) = Make(device);
        kernel.Run(1, (uint)first, (uint)step, 5000);

        var expected = Enumerable.Repeat(7u, WholeWords).ToArray();
        for (uint i = 0; i < 64; i++)
        {
            uint index = (uint)(first + ((int)i * step));
            Assert.Equal(index < RangeWords ? source.Words()[(int)index + OffsetWords] : 0, loaded.Words()[(int)i]);
            if (index < RangeWords)
                expected[index + OffsetWords] = step == 0 ? target.Words()[(int)index + OffsetWords] : 5000 + i;
        }

        // Nothing but the range was touched, not even the rest of the same buffer.
        Assert.Equal(expected, target.Words().ToArray());
        if (step == 0 && (uint)first < RangeWords)
            Assert.InRange(target.Words()[first + OffsetWords], 5000u, 5063u);
        Assert.Empty(device.Messages);
    }

    /// <summary>A range that ends within a vector: its components within are accessed if robustBufferAccess2 is enabled.</summary>
    [Theory]
    [MemberData(nameof(Ends))]
    public unsafe void VectorsAreCheckedByComponentOrAsAWhole(int lanes, bool byComponent, int words, uint first)
    {
        var features = new PhysicalDeviceRobustness2FeaturesEXT { RobustBufferAccess2 = byComponent };
        using var device = new TestDevice(TestDevice.Lanes(lanes), &features);
        var loaded = device.Buffer(32 * 16);
        var source = device.Words([.. Enumerable.Range(1, WholeWords).Select(i => BitConverter.SingleToUInt32Bits(i))]);
        var target = device.Words([.. Enumerable.Repeat(7u, WholeWords)]);
        var kernel = device.Kernel("vectors", 4, loaded, source, target);
        device.Write(kernel.Set, 1, 0, DescriptorType.StorageBuffer, new DescriptorBufferInfo { Buffer = source.Handle, Range = (ulong)words * 4 });
        device.Write(kernel.Set, 2, 0, DescriptorType.StorageBuffer, new DescriptorBufferInfo { Buffer = target.Handle, Range = (ulong)words * 4 });
        kernel.Run(1, first);
        int inside = byComponent ? words : words / 4 * 4;
        uint[] kept = target.Words().ToArray();
        for (int i = 0; i < 32 * 4; i++)
        {
            long at = ((long)unchecked(first + ((uint)i / 4)) * 4) + (i % 4);
            bool isInside = at < inside;
            Assert.Equal(isInside ? at + 1 : 0, BitConverter.UInt32BitsToSingle(loaded.Words()[i]));
            if (isInside)
                Assert.Equal(i + 1, BitConverter.UInt32BitsToSingle(kept[at]));
        }

        Assert.All(kept[inside..], word => Assert.Equal(7u, word));
        Assert.Empty(device.Messages);
    }

    public static TheoryData<int, bool, int, uint> Ends
    {
        get
        {
            var data = new TheoryData<int, bool, int, uint>();
            foreach (int lanes in TestDevice.Widths)
            {
                foreach (bool byComponent in (bool[])[false, true])
                {
                    foreach (int words in (int[])[2, 41, 66, 103, 128])
                        data.Add(lanes, byComponent, words, 0);
                    data.Add(lanes, byComponent, 63, 10);
                    data.Add(lanes, byComponent, 63, 0x0FFFFFFF);
                    data.Add(lanes, byComponent, 63, 0xFFFFFFF8);
                }
            }

            return data;
        }
    }

    /// <summary>VK_EXT_pipeline_robustness: the stage's word counts before the pipeline's, and either before the device's.</summary>
    [Theory]
    [InlineData(false, null, null, false)]
    [InlineData(true, null, null, true)]
    [InlineData(false, RobustBufferAccess2, null, true)]
    [InlineData(false, null, RobustBufferAccess2, true)]
    [InlineData(true, Disabled, null, false)]
    [InlineData(true, null, PipelineRobustnessBufferBehaviorEXT.RobustBufferAccessExt, false)]
    [InlineData(true, PipelineRobustnessBufferBehaviorEXT.DeviceDefaultExt, null, true)]
    [InlineData(false, PipelineRobustnessBufferBehaviorEXT.DeviceDefaultExt, null, false)]
    [InlineData(true, RobustBufferAccess2, Disabled, false)]
    [InlineData(false, Disabled, RobustBufferAccess2, true)]
    public unsafe void PipelinesSayHowVectorsAreChecked(bool device2, PipelineRobustnessBufferBehaviorEXT? ofPipeline,
        PipelineRobustnessBufferBehaviorEXT? ofStage, bool byComponent)
    {
        var features = new PhysicalDeviceRobustness2FeaturesEXT { RobustBufferAccess2 = device2 };
        using var device = new TestDevice(TestDevice.Lanes(8), &features);
        var loaded = device.Buffer(32 * 16);
        var source = device.Words([.. Enumerable.Range(1, 16).Select(i => BitConverter.SingleToUInt32Bits(i))]);
        var kernel = device.Kernel("vectors", 4, loaded, source, device.Buffer(256));
        device.Write(kernel.Set, 1, 0, DescriptorType.StorageBuffer, new DescriptorBufferInfo { Buffer = source.Handle, Range = 6 * 4 });
        var pipelineSays = new PipelineRobustnessCreateInfoEXT { StorageBuffers = ofPipeline ?? 0, UniformBuffers = ofPipeline ?? 0 };
        var stageSays = new PipelineRobustnessCreateInfoEXT { StorageBuffers = ofStage ?? 0, UniformBuffers = ofStage ?? 0 };
        TestDevice.Check(device.TryPipeline(Shaders.Words("vectors"), kernel.Layout, out var pipeline,
            next: ofPipeline is null ? null : &pipelineSays, stageNext: ofStage is null ? null : &stageSays));
        (kernel with { Pipeline = pipeline }).Run(1, 0);
        device.Vk.DestroyPipeline(device.Device, pipeline, null);
        for (int i = 0; i < 8; i++)
            Assert.Equal(i < (byComponent ? 6 : 4) ? i + 1 : 0, BitConverter.UInt32BitsToSingle(loaded.Words()[i]));
        Assert.Empty(device.Messages);
    }

    private const PipelineRobustnessBufferBehaviorEXT Disabled = PipelineRobustnessBufferBehaviorEXT.DisabledExt,
        RobustBufferAccess2 = PipelineRobustnessBufferBehaviorEXT.RobustBufferAccess2Ext;

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void RangesThatEndWithinAWordHoldOnlyWholeWords(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var (kernel, loaded, source, _) = Make(device);
        device.Write(kernel.Set, 1, 0, DescriptorType.StorageBuffer,
            new DescriptorBufferInfo { Buffer = source.Handle, Offset = OffsetWords * 4, Range = 42 });
        kernel.Run(1, 0, 1, 0);
        for (int i = 0; i < 64; i++)
            Assert.Equal(i < 10 ? source.Words()[i + OffsetWords] : 0, loaded.Words()[i]);
    }

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void TrapModeReportsTheFirst(int lanes)
    {
        using var device = new TestDevice(new DeviceSettings { LaneCount = (uint)lanes, TrapOutOfBounds = 1 });
        var (kernel, _, source, _) = Make(device);
        device.Name(ObjectType.Buffer, source.Handle.Handle, "the source");
        kernel.Run(1, 0, 1, 0);

        Assert.Equal(Result.ErrorDeviceLost, kernel.TryRun(1, 60, 1, 0));
        var fault = Fault.Of(device);
        Assert.Contains("out-of-bounds", fault.Description, StringComparison.Ordinal);
        Assert.Contains("\"the source\"", fault.Description, StringComparison.Ordinal);
        Assert.Contains("OpLoad", fault.Description, StringComparison.Ordinal);
        Assert.Contains("indexed.comp:10", fault.Description, StringComparison.Ordinal);
        Assert.Contains("workgroup (0, 0, 0)", fault.Description, StringComparison.Ordinal);
        Assert.Contains("invocation (40, 0, 0)", fault.Description, StringComparison.Ordinal);

        ulong start = Handles.HandleTable.Get<Objects.BufferObject>(source.Handle.Handle)!.RegionOffset;
        var address = Assert.Single(fault.Addresses, a => a.AddressType != DeviceFaultAddressTypeEXT.InstructionPointerFaultExt);
        Assert.Equal(DeviceFaultAddressTypeEXT.ReadInvalidExt, address.AddressType);
        Assert.Equal(start + ((OffsetWords + RangeWords) * 4), address.ReportedAddress);
    }

    private static (TestKernel Kernel, HostBuffer Loaded, HostBuffer Source, HostBuffer Target) Make(TestDevice device)
    {
        var loaded = device.Buffer(256);
        var source = device.Buffer(WholeWords * 4);
        var target = device.Buffer(WholeWords * 4);
        for (int i = 0; i < WholeWords; i++)
            source.Words()[i] = (uint)(i + 100_000);
        target.Words().Fill(7);
        loaded.Words().Fill(0xDEAD);
        var kernel = device.Kernel("indexed", 12, loaded, null, null);
        foreach (var (binding, buffer) in ((uint, HostBuffer)[])[(1, source), (2, target)])
        {
            device.Write(kernel.Set, binding, 0, DescriptorType.StorageBuffer,
                new DescriptorBufferInfo { Buffer = buffer.Handle, Offset = OffsetWords * 4, Range = RangeWords * 4 });
        }

        return (kernel, loaded, source, target);
    }
}
