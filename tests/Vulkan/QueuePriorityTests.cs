using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>VK_KHR_global_priority: the priorities that are listed are those that a device can be made with.</summary>
public sealed unsafe class QueuePriorityTests : VulkanTest
{
    [Fact]
    public void DevicesAreMadeWithTheListedPrioritiesAndNoOther()
    {
        using var device = new TestDevice();
        var priorities = new QueueFamilyGlobalPriorityPropertiesKHR();
        var family = new QueueFamilyProperties2 { PNext = &priorities };
        uint count = 1;
        device.Vk.GetPhysicalDeviceQueueFamilyProperties2(device.Vulkan.Physical, &count, &family);
        Assert.InRange(priorities.PriorityCount, 1u, Vk.MaxGlobalPrioritySizeKhr);
        var listed = new QueueGlobalPriorityKHR[priorities.PriorityCount];
        for (int i = 0; i < listed.Length; i++)
            listed[i] = priorities.Priorities[i];
        Assert.Contains(QueueGlobalPriorityKHR.MediumKhr, listed);
        Assert.Equal(listed.Order(), listed);

        foreach (var priority in Enum.GetValues<QueueGlobalPriorityKHR>())
        {
            var expected = listed.Contains(priority) ? Result.Success : Result.ErrorNotPermittedKhr;
            Assert.Equal(expected, Create(device, priority));
        }

        Assert.Equal(Result.ErrorInitializationFailed, Create(device, (QueueGlobalPriorityKHR)3));
    }

    private static Result Create(TestDevice device, QueueGlobalPriorityKHR priority)
    {
        float one = 1;
        var global = new DeviceQueueGlobalPriorityCreateInfoKHR { GlobalPriority = priority };
        var queue = new DeviceQueueCreateInfo { PNext = &global, QueueCount = 1, PQueuePriorities = &one };
        var info = new DeviceCreateInfo { QueueCreateInfoCount = 1, PQueueCreateInfos = &queue };
        var result = device.Vk.CreateDevice(device.Vulkan.Physical, in info, null, out var made);
        if (result == Result.Success)
            device.Vk.DestroyDevice(made, null);
        return result;
    }
}
