using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Execution;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkSemaphore, binary (value 0 or 1) or timeline.</summary>
internal sealed class SemaphoreObject(DeviceObject device, bool isTimeline, ulong value) : DeviceChild(device)
{
    private ulong _value = value;

    public bool IsTimeline { get; } = isTimeline;

    public ulong Value => Volatile.Read(ref _value);

    /// <summary>Sets a timeline semaphore's value, which must grow, or signals a binary one.</summary>
    public void Signal(ulong value)
    {
        ulong before = Value;
        while (true)
        {
            if (IsTimeline && value <= before)
            {
                throw new VulkanException(Result.ErrorUnknown,
                    $"VUID-VkSemaphoreSignalInfo-value-03258: {value} is not above the semaphore's value {before}");
            }

            // Host and queue may signal at once: of two signals, one must not take the value back.
            ulong seen = Interlocked.CompareExchange(ref _value, IsTimeline ? value : 1, before);
            if (seen == before)
                break;
            before = seen;
        }

        Device.Progress.Notify();
    }

    /// <summary>Takes a binary semaphore's signal, after a wait for it.</summary>
    public void Consume()
    {
        if (!IsTimeline)
            Volatile.Write(ref _value, 0);
    }
}

/// <summary>A wait for a semaphore's value; over as well when the device is lost or closes.</summary>
internal sealed class SemaphoreWait(SemaphoreObject semaphore, ulong value) : IWaitable
{
    public SemaphoreObject Semaphore { get; } = semaphore;

    public ulong Value { get; } = semaphore.IsTimeline ? value : 1;

    public bool IsReached => Semaphore.Value >= Value;

    public bool IsDone => IsReached || Semaphore.Device.IsOver;
}
