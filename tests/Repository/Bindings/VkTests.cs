using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using Xunit;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

namespace ShaderJit.Repository.Tests.Bindings;

/// <summary><see cref="Vk"/> against a driver of six functions.</summary>
public sealed unsafe class VkTests
{
    private const nint InstanceBits = 0x1000;
    private const nint DeviceBits = 0x2000;

    private static readonly CommandTable Driver = new()
    {
        EnumerateInstanceVersion = &EnumerateInstanceVersion,
        EnumeratePhysicalDevices = &EnumeratePhysicalDevices,
        GetDeviceProcAddr = &GetDeviceProcAddr,
        CreateBuffer = &CreateBuffer,
        GetBufferDeviceAddress = &GetBufferDeviceAddress,
        CmdSetDepthBias = &CmdSetDepthBias,
    };

    [Fact]
    public void Global_commands_load_at_once_and_others_with_the_instance()
    {
        var vk = Vk.FromGetInstanceProcAddr(&GetInstanceProcAddr);
        Assert.Equal(Result.Success, vk.EnumerateInstanceVersion(out var version));
        Assert.Equal(Vk.Version11, version);
        Assert.False(vk.Has(CommandId.EnumeratePhysicalDevices));

        vk.LoadInstance(new Instance(InstanceBits));
        uint count = 0;
        Assert.Equal(Result.Success, vk.EnumeratePhysicalDevices(new Instance(InstanceBits), ref count, null));
        Assert.Equal(7u, count);
    }

    [Fact]
    public void A_missing_command_says_its_name()
    {
        var vk = Vk.FromGetInstanceProcAddr(&GetInstanceProcAddr);
        vk.LoadInstance(new Instance(InstanceBits));
        var error = Assert.Throws<InvalidOperationException>(() => vk.CmdDispatch(default, 1, 1, 1));
        Assert.Contains("vkCmdDispatch", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_is_found_under_its_alias_too()
    {
        // The driver knows only the KHR name, as a Vulkan 1.1 driver does.
        var vk = Vk.FromGetInstanceProcAddr(&GetInstanceProcAddr).Loaded().ForDevice(new Device(DeviceBits));
        Assert.Equal(0xABCDul, vk.GetBufferDeviceAddress(default, new BufferDeviceAddressInfo()));
    }

    [Fact]
    public void References_reach_the_driver_as_pointers()
    {
        var vk = Vk.FromGetInstanceProcAddr(&GetInstanceProcAddr).Loaded();
        Assert.Equal(Result.Success, vk.CreateBuffer(new Device(DeviceBits), new BufferCreateInfo { Size = 99 }, null, out var buffer));
        Assert.Equal(new Buffer(99), buffer);
        Assert.Equal(Result.ErrorUnknown, vk.CreateBuffer(new Device(DeviceBits), default(BufferCreateInfo), null, out _));
    }

    [Fact]
    public void Device_commands_replace_those_of_the_instance_only_in_the_copy()
    {
        var vk = Vk.FromGetInstanceProcAddr(&GetInstanceProcAddr).Loaded();
        var ofDevice = vk.ForDevice(new Device(DeviceBits));
        Assert.True(vk.Has(CommandId.CmdSetDepthBias));
        Assert.False(ofDevice.Has(CommandId.CmdSetDepthBias));
        Assert.True(ofDevice.Has(CommandId.EnumeratePhysicalDevices));
    }

    [Fact]
    public void A_table_answers_names()
    {
        Assert.NotEqual(0, Driver.Find("vkCreateBuffer"u8));
        Assert.Equal(Driver[CommandId.GetBufferDeviceAddress], Driver.Find("vkGetBufferDeviceAddressEXT"u8));
        Assert.Equal(0, Driver.Find("vkCmdDispatch"u8));
        Assert.Equal(0, Driver.Find("vkNoSuchThing"u8));
    }

    [Theory]
    [InlineData(Result.ErrorDeviceLost, "VK_ERROR_DEVICE_LOST")]
    [InlineData(Result.ErrorOutOfPoolMemory, "VK_ERROR_OUT_OF_POOL_MEMORY")]
    [InlineData((Result)(-123), "-123")]
    public void Values_have_C_names(Result value, string expected) => Assert.Equal(expected, NativeNames.Of(value));

    [Fact]
    public void Booleans_read_any_value_but_zero_as_true()
    {
        Bool32 two = 2u;
        Assert.True(two);
        Assert.Equal((Bool32)true, two);
        Assert.Equal(1u, ((Bool32)true).Value);
        Assert.False(default(Bool32));
    }

    [UnmanagedCallersOnly]
    private static nint GetInstanceProcAddr(nint instance, byte* name)
    {
        var text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        if (!Commands.TryFind(text, out var command) || text.SequenceEqual("vkGetBufferDeviceAddress"u8))
            return 0;
        return instance == InstanceBits || Commands.LevelOf(command) == CommandLevel.Global ? Driver[command] : 0;
    }

    [UnmanagedCallersOnly]
    private static nint GetDeviceProcAddr(Device device, byte* name)
    {
        var text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        return device.Handle == DeviceBits && (text.SequenceEqual("vkGetBufferDeviceAddressKHR"u8) || text.SequenceEqual("vkCreateBuffer"u8))
            ? Driver.Find(text)
            : 0;
    }

    [UnmanagedCallersOnly]
    private static Result EnumerateInstanceVersion(uint* version)
    {
        *version = Vk.Version11;
        return Result.Success;
    }

    [UnmanagedCallersOnly]
    private static Result EnumeratePhysicalDevices(Instance instance, uint* count, PhysicalDevice* devices)
    {
        *count = 7;
        return Result.Success;
    }

    [UnmanagedCallersOnly]
    private static Result CreateBuffer(Device device, BufferCreateInfo* info, AllocationCallbacks* allocator, Buffer* buffer)
    {
        *buffer = new Buffer(info->Size);
        return info->SType == StructureType.BufferCreateInfo ? Result.Success : Result.ErrorUnknown;
    }

    [UnmanagedCallersOnly]
    private static ulong GetBufferDeviceAddress(Device device, BufferDeviceAddressInfo* info) => 0xABCD;

    [UnmanagedCallersOnly]
    private static void CmdSetDepthBias(CommandBuffer commandBuffer, float constant, float clamp, float slope)
    {
    }
}

file static class VkExtensions
{
    /// <summary>The same object with the test driver's instance loaded.</summary>
    public static Vk Loaded(this Vk vk)
    {
        vk.LoadInstance(new Instance(0x1000));
        return vk;
    }
}
