using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>VK_EXT_debug_utils: messengers and names.</summary>
public sealed unsafe class DebugTests : VulkanTest
{
    [Fact]
    public void NamesShowInFaultReports()
    {
        using var device = new TestDevice(new DeviceSettings { TrapOutOfBounds = 1 });
        var buffer = device.Buffer(256);
        var kernel = device.Kernel("out_of_bounds", 0, buffer);
        device.Name(ObjectType.Buffer, buffer.Handle.Handle, "das Ergebnis \u00e4");
        device.Name(ObjectType.Pipeline, kernel.Pipeline.Handle, "the writer");
        device.Name(ObjectType.Device, (ulong)device.Device.Handle, "the device");
        Assert.Equal(Result.ErrorDeviceLost, kernel.TryRun(1));
        string report = Fault.Of(device).Description;
        Assert.Contains("buffer \"das Ergebnis \u00e4\"", report, StringComparison.Ordinal);
        Assert.Contains("pipeline \"the writer\"", report, StringComparison.Ordinal);
        Assert.Contains(device.Messages, m => m.StartsWith("device \"the device\" is lost: ", StringComparison.Ordinal));
    }

    [Fact]
    public void NamesOfNothingAreIgnored()
    {
        using var device = new TestDevice();
        device.Name(ObjectType.Buffer, 0, "none");
        device.Name(ObjectType.Device, 0, "none");
        device.Name(ObjectType.Queue, (ulong)device.Queue.Handle, "queue");
        device.Name(ObjectType.CommandBuffer, 0x1234_5678_9ABC, "stray");
        device.Name(ObjectType.Image, ulong.MaxValue, "none");
        var cleared = new DebugUtilsObjectNameInfoEXT { ObjectType = ObjectType.Device, ObjectHandle = (ulong)device.Device.Handle };
        TestDevice.Check(device.Vk.SetDebugUtilsObjectNameEXT(device.Device, in cleared));
    }

    [Fact]
    public void SubmittedMessagesArriveByTheirSeverity()
    {
        using var device = new TestDevice();
        fixed (byte* text = "from the application\0"u8)
        {
            var data = new DebugUtilsMessengerCallbackDataEXT { PMessage = text };
            device.Vk.SubmitDebugUtilsMessageEXT(device.Vulkan.Instance, DebugUtilsMessageSeverityFlagsEXT.InfoBitExt,
                DebugUtilsMessageTypeFlagsEXT.GeneralBitExt, in data);
            Assert.Empty(device.Messages);
            device.Vk.SubmitDebugUtilsMessageEXT(device.Vulkan.Instance, DebugUtilsMessageSeverityFlagsEXT.WarningBitExt,
                DebugUtilsMessageTypeFlagsEXT.PerformanceBitExt, in data);
            Assert.Empty(device.Messages);
            device.Vk.SubmitDebugUtilsMessageEXT(device.Vulkan.Instance, DebugUtilsMessageSeverityFlagsEXT.WarningBitExt,
                DebugUtilsMessageTypeFlagsEXT.GeneralBitExt, in data);
        }

        Assert.Equal(["from the application"], device.Messages);
    }
}
