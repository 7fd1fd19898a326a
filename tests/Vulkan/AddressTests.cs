using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>VK_KHR_buffer_device_address: shaders read and write through addresses.</summary>
public sealed unsafe class AddressTests : VulkanTest
{
    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void ShadersFollowAddressesInTheirMemory(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var source = device.Buffer(1024, BufferUsageFlags.ShaderDeviceAddressBit);
        var target = device.Buffer(1024, BufferUsageFlags.ShaderDeviceAddressBit);
        var nodes = device.Buffer(64, BufferUsageFlags.ShaderDeviceAddressBit);
        for (int i = 0; i < 256; i++)
            source.Words()[i] = (uint)(i * 11);
        var (sourceAt, targetAt, nodesAt) = (AddressOf(device, source), AddressOf(device, target), AddressOf(device, nodes));
        Assert.All((ulong[])[sourceAt, targetAt, nodesAt], a => Assert.NotEqual(0ul, a));

        // Three nodes of {value, pad, next}: 0 -> 2 -> 1.
        var words = nodes.Words();
        (words[0], words[2], words[3]) = (1, (uint)(nodesAt + 32), (uint)((nodesAt + 32) >> 32));
        (words[8], words[10], words[11]) = (20, (uint)(nodesAt + 16), (uint)((nodesAt + 16) >> 32));
        words[4] = 300;
        device.Kernel("references", 24).Run(4, (uint)sourceAt, (uint)(sourceAt >> 32), (uint)targetAt, (uint)(targetAt >> 32),
            (uint)nodesAt, (uint)(nodesAt >> 32));
        for (int i = 0; i < 256; i++)
            Assert.Equal((uint)(i * 33) + 321, target.Words()[i]);
    }

    [Fact]
    public void BuffersWithoutMemoryHaveNoAddress()
    {
        using var device = new TestDevice();
        var info = new BufferCreateInfo { Size = 256, Usage = BufferUsageFlags.ShaderDeviceAddressBit };
        TestDevice.Check(device.Vk.CreateBuffer(device.Device, in info, null, out var buffer));
        var address = new BufferDeviceAddressInfo { Buffer = buffer };
        Assert.Equal(0ul, device.Vk.GetBufferDeviceAddress(device.Device, in address));
        device.Vk.DestroyBuffer(device.Device, buffer, null);
        Assert.Equal(0ul, device.Vk.GetBufferDeviceAddress(device.Device, in address));
    }

    private static ulong AddressOf(TestDevice device, HostBuffer buffer)
    {
        var info = new BufferDeviceAddressInfo { Buffer = buffer.Handle };
        return device.Vk.GetBufferDeviceAddress(device.Device, in info);
    }
}
