using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Api;

/// <summary>Priorities among the queues of all processes (VK_KHR_global_priority). A queue's threads run at the process's own
/// priority: that is the medium one, and whoever asks for less gets no more than that.</summary>
internal static unsafe class QueuePriorities
{
    /// <summary>By ascending priority.</summary>
    private static readonly QueueGlobalPriorityKHR[] Supported = [QueueGlobalPriorityKHR.LowKhr, QueueGlobalPriorityKHR.MediumKhr];

    public static void Describe(QueueFamilyGlobalPriorityPropertiesKHR* properties)
    {
        properties->PriorityCount = (uint)Supported.Length;
        for (int i = 0; i < Supported.Length; i++)
            properties->Priorities[i] = Supported[i];
    }

    /// <summary>Throws where a queue asks for more than the process has.</summary>
    /// <param name="info">Null where it asks for nothing.</param>
    /// <exception cref="VulkanException">ErrorNotPermittedKhr; ErrorInitializationFailed for a number that is no priority.</exception>
    public static void Check(DeviceQueueGlobalPriorityCreateInfoKHR* info)
    {
        if (info == null || Array.IndexOf(Supported, info->GlobalPriority) >= 0)
            return;
        bool isHigher = info->GlobalPriority is QueueGlobalPriorityKHR.HighKhr or QueueGlobalPriorityKHR.RealtimeKhr;
        throw new VulkanException(isHigher ? Result.ErrorNotPermittedKhr : Result.ErrorInitializationFailed,
            $"queues of global priority {info->GlobalPriority} are not supported");
    }
}
