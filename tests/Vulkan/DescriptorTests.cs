using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Sets, arrays of buffers, uniform and dynamic buffers, the ways of updating.</summary>
public sealed unsafe class DescriptorTests : VulkanTest
{
    private const DescriptorType Storage = DescriptorType.StorageBuffer, Uniform = DescriptorType.UniformBuffer,
        StorageDynamic = DescriptorType.StorageBufferDynamic, UniformDynamic = DescriptorType.UniformBufferDynamic;

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void ArraysOfBuffersInOneSetAndAUniformBufferInAnother(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var scene = new SetsScene(device);
        device.Write(scene.InputSet, 1, Storage, scene.Inputs);
        scene.Expect(scene.Inputs);
    }

    [Fact]
    public void WritesGoOnIntoTheFollowingBindings()
    {
        using var device = new TestDevice();
        var (a, b, c) = (device.Words(11), device.Words(22), device.Words(33));

        // Bindings 2 (two descriptors), 3 (none), 9 (one): one write of three begins at 2.
        var layout = device.SetLayout((9, Storage, 1), (2, Storage, 2), (3, Storage, 0));
        var set = device.Set(layout);
        device.Write(set, 2, Storage, a, b, c);
        Assert.Empty(device.Messages);
        var found = Handles.HandleTable.Get<Objects.DescriptorSetObject>(set.Handle)!;
        Assert.Equal([a.Handle.Handle, b.Handle.Handle, c.Handle.Handle],
            Enumerable.Range(0, 3).Select(i => HandleOf(found[i].Resource, a, b, c)));

        // One more than there are.
        device.Write(set, 2, Storage, a, b, c, a);
        Assert.Contains("VUID-VkWriteDescriptorSet-dstArrayElement-00321", Assert.Single(device.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public void EachOfManySparseBindingsIsFound()
    {
        using var device = new TestDevice();
        var (a, b) = (device.Words(11), device.Words(22));
        var layout = device.SetLayout([.. Enumerable.Range(0, 60).Select(i => ((uint)(180 - (3 * i)), Storage, 1u))]);
        var set = device.Set(layout);
        for (uint i = 0; i < 60; i++)
            device.Write(set, 3 * (i + 1), Storage, i % 7 == 0 ? a : b);
        Assert.Empty(device.Messages);
        var found = Handles.HandleTable.Get<Objects.DescriptorSetObject>(set.Handle)!;
        for (int i = 0; i < 60; i++)
            Assert.Equal((i % 7 == 0 ? a : b).Handle.Handle, HandleOf(found[i].Resource, a, b));
        foreach (uint none in (uint[])[0, 4, 91, 179, 181])
            Assert.Equal(-1, found.Layout.IndexOf(none));
    }

    [Fact]
    public void CopiesTakeDescriptorsFromOneSetToAnother()
    {
        using var device = new TestDevice();
        var scene = new SetsScene(device);
        var source = device.Set(scene.InputLayout);
        device.Write(source, 1, Storage, [.. scene.Inputs.Reverse()]);
        var copies = stackalloc CopyDescriptorSet[2];
        copies[0] = new CopyDescriptorSet
        {
            SrcSet = source, SrcBinding = 1, SrcArrayElement = 0, DstSet = scene.InputSet, DstBinding = 1, DstArrayElement = 1,
            DescriptorCount = 3,
        };
        copies[1] = copies[0] with { SrcArrayElement = 3, DstArrayElement = 0, DescriptorCount = 1 };
        device.Vk.UpdateDescriptorSets(device.Device, 0, null, 2, copies);
        scene.Expect([scene.Inputs[0], scene.Inputs[3], scene.Inputs[2], scene.Inputs[1]]);
    }

    [Fact]
    public void TemplatesReadTheApplicationsStructs()
    {
        using var device = new TestDevice();
        var scene = new SetsScene(device);
        var data = stackalloc DescriptorBufferInfo[8];
        for (int i = 0; i < 4; i++)
            data[1 + i] = new DescriptorBufferInfo { Buffer = scene.Inputs[i].Handle, Range = Vk.WholeSize };

        // Elements 1, 0 of the array by a descending stride; then 2 and 3.
        var entries = stackalloc DescriptorUpdateTemplateEntry[2];
        nuint size = (nuint)sizeof(DescriptorBufferInfo);
        entries[0] = new() { DstBinding = 1, DescriptorCount = 2, DescriptorType = Storage, Offset = 2 * size, Stride = unchecked(0 - size) };
        entries[1] = new() { DstBinding = 1, DstArrayElement = 2, DescriptorCount = 2, DescriptorType = Storage, Offset = 3 * size, Stride = size };
        var info = new DescriptorUpdateTemplateCreateInfo
        {
            DescriptorUpdateEntryCount = 2, PDescriptorUpdateEntries = entries, DescriptorSetLayout = scene.InputLayout,
        };
        TestDevice.Check(device.Vk.CreateDescriptorUpdateTemplate(device.Device, in info, null, out var template));
        device.Vk.UpdateDescriptorSetWithTemplate(device.Device, scene.InputSet, template, data);
        device.Vk.DestroyDescriptorUpdateTemplate(device.Device, template, null);
        scene.Expect([scene.Inputs[1], scene.Inputs[0], scene.Inputs[2], scene.Inputs[3]]);
    }

    [Fact]
    public void UnwrittenAndNullDescriptorsReadZeroAndDropStores()
    {
        using var device = new TestDevice();
        var scene = new SetsScene(device);
        device.Write(scene.InputSet, 1, Storage, null, scene.Inputs[1]); // [2] and [3] are never written
        scene.Expect([null, scene.Inputs[1], null, null]);

        var unwritten = device.Kernel("fill", 8, (HostBuffer?)null);
        unwritten.Run(4, 1, 200);
    }

    [Fact]
    public void SetsThatAreNotBoundReadAsNull()
    {
        using var device = new TestDevice();
        var scene = new SetsScene(device);
        var (vk, resultSet) = (device.Vk, scene.ResultSet);
        device.Run(c =>
        {
            var set = resultSet;
            vk.CmdBindPipeline(c, PipelineBindPoint.Compute, scene.Pipeline);
            vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, scene.Layout, 2, 1, &set, 0, null);
            vk.CmdDispatch(c, 2, 1, 1);
        });
        Assert.All(scene.Result.Words().ToArray(), w => Assert.Equal(SetsScene.More, w));
    }

    [Fact]
    public void FreedSetsReadAsNull()
    {
        using var device = new TestDevice();
        var scene = new SetsScene(device);
        TestDevice.Check(device.TrySet(device.Pool(1, (Storage, 4)), scene.InputLayout, out var set));
        var pool = device.Pool(1, (Storage, 4));
        TestDevice.Check(device.TrySet(pool, scene.InputLayout, out var freed));
        device.Write(freed, 1, Storage, scene.Inputs);
        var commands = device.Record(c => scene.Dispatch(c, freed));
        TestDevice.Check(device.Vk.FreeDescriptorSets(device.Device, pool, 1, in freed));
        var fence = device.Fence();
        device.Submit(fence, commands);
        device.Wait(fence);
        Assert.All(scene.Result.Words().ToArray(), w => Assert.Equal(SetsScene.More, w));
        Assert.NotEqual(0ul, set.Handle);
    }

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void DynamicOffsetsGoByBindingNumberThenArrayElement(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var data = device.Buffer(4096);
        for (int i = 0; i < 1024; i++)
            data.Words()[i] = (uint)i;
        var result = device.Buffer(64);
        var first = device.SetLayout((5, StorageDynamic, 1), (1, UniformDynamic, 1), (3, StorageDynamic, 2));
        var second = device.SetLayout((4, Storage, 1), (0, StorageDynamic, 1));
        var layout = device.Layout(0, first, second);
        var pipeline = device.Pipeline("dynamic", layout);
        var sets = stackalloc DescriptorSet[] { device.Set(first), device.Set(second) };
        var whole = new DescriptorBufferInfo { Buffer = data.Handle, Offset = 256, Range = 512 };
        device.Write(sets[0], 5, 0, StorageDynamic, whole);
        device.Write(sets[0], 1, 0, UniformDynamic, whole with { Range = 16 });
        device.Write(sets[0], 3, 0, StorageDynamic, whole, whole);
        device.Write(sets[1], 0, 0, StorageDynamic, whole with { Range = 16 });
        device.Write(sets[1], 4, 0, Storage, new DescriptorBufferInfo { Buffer = result.Handle, Range = Vk.WholeSize });
        Assert.Empty(device.Messages);

        // In set 0: binding 1, binding 3 [0] and [1], binding 5; then set 1's.
        uint* offsets = stackalloc uint[] { 16, 32, 48, 64, 128 };
        nint setsAt = (nint)sets, offsetsAt = (nint)offsets;
        device.Run(c =>
        {
            device.Vk.CmdBindPipeline(c, PipelineBindPoint.Compute, pipeline);
            device.Vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, layout, 0, 2, (DescriptorSet*)setsAt, 5, (uint*)offsetsAt);
            device.Vk.CmdDispatch(c, 1, 1, 1);
        });

        // The last lies behind the 16 bytes of its range: 0, though the buffer goes on.
        Assert.Equal([64u + 16, 64 + 4, 64 + 8, 64 + 12, 64 + 32, 0], result.Words()[..6].ToArray());
    }

    [Fact]
    public void APoolRunsOutAndIsFreedAndReset()
    {
        using var device = new TestDevice();
        var layout = device.StorageLayout(2);
        var pool = device.Pool(2, (Storage, 4));
        TestDevice.Check(device.TrySet(pool, layout, out var a));
        TestDevice.Check(device.TrySet(pool, layout, out var b));
        Assert.Equal(Result.ErrorOutOfPoolMemory, device.TrySet(pool, layout, out var none));
        Assert.Equal(0ul, none.Handle);

        TestDevice.Check(device.Vk.FreeDescriptorSets(device.Device, pool, 1, in a));
        TestDevice.Check(device.TrySet(pool, layout, out var again));
        Assert.NotEqual(a.Handle, again.Handle);

        // All or nothing: with room for none, none of two is made.
        int live = Handles.HandleTable.LiveCount;
        TestDevice.Check(device.Vk.FreeDescriptorSets(device.Device, pool, 1, in b));
        var two = stackalloc DescriptorSetLayout[] { layout, layout };
        var sets = stackalloc DescriptorSet[2];
        var info = new DescriptorSetAllocateInfo { DescriptorPool = pool, DescriptorSetCount = 2, PSetLayouts = two };
        Assert.Equal(Result.ErrorOutOfPoolMemory, device.Vk.AllocateDescriptorSets(device.Device, &info, sets));
        Assert.Equal((0ul, 0ul, live - 1), (sets[0].Handle, sets[1].Handle, Handles.HandleTable.LiveCount));

        TestDevice.Check(device.Vk.ResetDescriptorPool(device.Device, pool, 0));
        Assert.Equal(live - 2, Handles.HandleTable.LiveCount);
        TestDevice.Check(device.Vk.AllocateDescriptorSets(device.Device, &info, sets));
    }

    private static ulong HandleOf(Objects.DeviceChild? resource, params HostBuffer[] buffers) =>
        buffers.Single(b => Handles.HandleTable.Get<Objects.BufferObject>(b.Handle.Handle) == resource).Handle.Handle;
}
