using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Inline uniform blocks: their bytes stand in the set.</summary>
public sealed unsafe class InlineUniformTests : VulkanTest
{
    private const DescriptorType Inline = DescriptorType.InlineUniformBlock;

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void ShadersReadTheBlock(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var scene = Scene(device);
        Write(device, scene.ResultSet, 0, 0, SetsScene.Factor);
        Write(device, scene.ResultSet, 0, 40, SetsScene.More, 0);
        scene.Expect(scene.Inputs);

        // Not in the block: nothing is written.
        Write(device, scene.ResultSet, 0, 44, 7, 7);
        Write(device, scene.ResultSet, 7, 0, 7);
        Assert.Equal(2, device.Messages.Length);
        scene.Expect(scene.Inputs);
    }

    [Fact]
    public void TemplatesAndCopiesWriteTheBlock()
    {
        using var device = new TestDevice();
        var scene = Scene(device);
        var pool = device.Pool(1, (Inline, 48), (DescriptorType.StorageBuffer, 1));
        TestDevice.Check(device.TrySet(pool, scene.ResultLayout, out var source));
        var entry = new DescriptorUpdateTemplateEntry
        {
            DstBinding = 0, DstArrayElement = 0, DescriptorCount = 48, DescriptorType = Inline, Offset = 4, Stride = 0,
        };
        var info = new DescriptorUpdateTemplateCreateInfo
        {
            DescriptorUpdateEntryCount = 1, PDescriptorUpdateEntries = &entry, DescriptorSetLayout = scene.ResultLayout,
        };
        TestDevice.Check(device.Vk.CreateDescriptorUpdateTemplate(device.Device, in info, null, out var template));
        uint* words = stackalloc uint[13];
        words[1] = SetsScene.Factor;
        words[11] = SetsScene.More;
        device.Vk.UpdateDescriptorSetWithTemplate(device.Device, source, template, words);
        device.Vk.DestroyDescriptorUpdateTemplate(device.Device, template, null);

        var copies = stackalloc CopyDescriptorSet[2];
        copies[0] = new CopyDescriptorSet { SrcSet = source, DstSet = scene.ResultSet, DescriptorCount = 4 };
        copies[1] = copies[0] with { SrcArrayElement = 16, DstArrayElement = 16, DescriptorCount = 32 };
        device.Vk.UpdateDescriptorSets(device.Device, 0, null, 2, copies);
        Assert.Empty(device.Messages);
        scene.Expect(scene.Inputs);
    }

    [Fact]
    public void BlocksHaveALargestSize()
    {
        using var device = new TestDevice();
        Assert.NotEqual(Result.Success, device.TrySetLayout(0, false, [(0, Inline, Api.DeviceProperties.MaxInlineUniformBlockSize + 4)], out _));
        Assert.NotEqual(Result.Success, device.TrySetLayout(0, false, [(0, Inline, 6)], out _));
        var layout = device.SetLayout((0, Inline, Api.DeviceProperties.MaxInlineUniformBlockSize), (1, Inline, 0));
        TestDevice.Check(device.TrySet(device.Pool(1, (Inline, Api.DeviceProperties.MaxInlineUniformBlockSize)), layout, out _));
    }

    [Fact]
    public void TheLastBlockMayHaveAVariableSize()
    {
        using var device = new TestDevice();
        var layout = device.SetLayout(0, true, (0, DescriptorType.StorageBuffer, 1), (3, Inline, 256));
        TestDevice.Check(device.TrySet(device.Pool(1, (Inline, 32), (DescriptorType.StorageBuffer, 1)), layout, out var set, 32));
        Write(device, set, 3, 28, 1);
        Assert.Empty(device.Messages);
        Write(device, set, 3, 32, 1);
        Assert.Single(device.Messages);
    }

    private static SetsScene Scene(TestDevice device)
    {
        var scene = new SetsScene(device, inlineFactors: true);
        device.Write(scene.InputSet, 1, DescriptorType.StorageBuffer, scene.Inputs);
        return scene;
    }

    private static void Write(TestDevice device, DescriptorSet set, uint binding, uint offset, params uint[] words)
    {
        fixed (uint* data = words)
        {
            var bytes = new WriteDescriptorSetInlineUniformBlock { DataSize = (uint)words.Length * 4, PData = data };
            var write = new WriteDescriptorSet
            {
                PNext = &bytes, DstSet = set, DstBinding = binding, DstArrayElement = offset, DescriptorCount = bytes.DataSize,
                DescriptorType = Inline,
            };
            device.Vk.UpdateDescriptorSets(device.Device, 1, in write, 0, null);
        }
    }
}
