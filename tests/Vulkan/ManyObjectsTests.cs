using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>As many objects at once as Vulkan demands, and command buffers of great length.</summary>
public sealed unsafe class ManyObjectsTests : VulkanTest
{
    [Fact]
    public void SamplersAndAllocationsUpToWhatIsDemanded()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var samplers = new Sampler[4000];
        var samplerInfo = new SamplerCreateInfo { MaxLod = 1 };
        for (int i = 0; i < samplers.Length; i++)
            TestDevice.Check(vk.CreateSampler(device.Device, in samplerInfo, null, out samplers[i]));
        Assert.Equal(samplers.Length, samplers.Distinct().Count());
        foreach (var sampler in samplers)
            vk.DestroySampler(device.Device, sampler, null);

        // Some of them shared, which are mappings of their own.
        var memories = new DeviceMemory[4096];
        var export = new ExportMemoryAllocateInfo { HandleTypes = ExternalMemoryHandleTypeFlags.OpaqueFdBit };
        for (int i = 0; i < memories.Length; i++)
        {
            var info = new MemoryAllocateInfo { PNext = i % 64 == 0 ? &export : null, AllocationSize = 100 + (ulong)i };
            TestDevice.Check(vk.AllocateMemory(device.Device, in info, null, out memories[i]));
        }

        foreach (var memory in memories)
            vk.FreeMemory(device.Device, memory, null);
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void AllocationsUpToTheLimitAndFreedWithHolesBetween()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        vk.GetPhysicalDeviceProperties(device.Vulkan.Physical, out var properties);
        var memories = new DeviceMemory[properties.Limits.MaxMemoryAllocationCount];
        var info = new MemoryAllocateInfo { AllocationSize = 4096 };
        for (int i = 0; i < memories.Length; i++)
            TestDevice.Check(vk.AllocateMemory(device.Device, in info, null, out memories[i]));
        Assert.Equal(Result.ErrorTooManyObjects, vk.AllocateMemory(device.Device, in info, null, out var more));
        Assert.Equal(0u, more.Handle);

        // Every second one, so that as many mappings as possible come of it.
        for (int i = 0; i < memories.Length; i += 2)
            vk.FreeMemory(device.Device, memories[i], null);
        TestDevice.Check(vk.AllocateMemory(device.Device, in info, null, out more));
        vk.FreeMemory(device.Device, more, null);
        for (int i = 1; i < memories.Length; i += 2)
            vk.FreeMemory(device.Device, memories[i], null);
        Assert.Single(device.Messages);
    }

    [Fact]
    public void ACommandBufferOfManyCommandsAndManyCommandBuffers()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        const int commands = 20_000, buffers = 2_000;
        var data = device.Buffer(commands * 4);
        device.Run(c =>
        {
            for (uint i = 0; i < commands; i++)
                vk.CmdFillBuffer(c, data.Handle, i * 4, 4, i + 1);
        });
        Assert.Equal(Enumerable.Range(1, commands).Select(i => (uint)i), data.Words().ToArray());

        var all = new CommandBuffer[buffers];
        for (int i = 0; i < buffers; i++)
        {
            uint index = (uint)i;
            all[i] = device.Record(c => vk.CmdFillBuffer(c, data.Handle, index * 4, 4, 7));
        }

        var fence = device.Fence();
        device.Submit(fence, all);
        device.Wait(fence);
        Assert.All(data.Words()[..buffers].ToArray(), word => Assert.Equal(7u, word));
        Assert.Equal(buffers + 1u, data.Words()[buffers]);
        TestDevice.Check(vk.ResetCommandPool(device.Device, device.Commands, CommandPoolResetFlags.ReleaseResourcesBit));
        vk.TrimCommandPool(device.Device, device.Commands, 0);
        Assert.Empty(device.Messages);
    }
}
