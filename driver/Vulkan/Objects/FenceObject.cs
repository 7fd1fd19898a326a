using ShaderJit.Vulkan.Execution;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkFence.</summary>
internal sealed class FenceObject(DeviceObject device, bool signaled) : DeviceChild(device), IWaitable
{
    private int _signaled = signaled ? 1 : 0;

    public bool IsSignaled => Volatile.Read(ref _signaled) != 0;

    /// <summary>A wait ends as well when the device is lost.</summary>
    bool IWaitable.IsDone => IsSignaled || Device.IsLost;

    public void Signal()
    {
        Volatile.Write(ref _signaled, 1);
        Device.Progress.Notify();
    }

    public void Reset() => Volatile.Write(ref _signaled, 0);
}
