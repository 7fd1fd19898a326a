using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Execution;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkFence.</summary>
internal sealed class FenceObject(DeviceObject device, bool signaled) : DeviceChild(device), IWaitable
{
    private int _signaled = signaled ? 1 : 0;
    private int _lossTold;

    public bool IsSignaled => Volatile.Read(ref _signaled) != 0;

    /// <summary>A wait ends as well when the device is lost or closes.</summary>
    bool IWaitable.IsDone => IsSignaled || Device.IsOver;

    /// <summary>
    /// What a query tells: Success, NotReady or ErrorDeviceLost. A fence tells once that the device was lost, and counts as
    /// signaled from when nothing runs on it any more: only then may its objects be destroyed, as layers check.
    /// </summary>
    public Result Poll()
    {
        if (IsSignaled)
            return Result.Success;
        if (!Device.IsOver)
        {
            Device.Progress.Yield();
            return Result.NotReady;
        }

        return Interlocked.Exchange(ref _lossTold, 1) != 0 && Device.Queue.IsDone ? Result.Success : Result.ErrorDeviceLost;
    }

    public void Signal()
    {
        Volatile.Write(ref _signaled, 1);
        Device.Progress.Notify();
    }

    public void Reset() => Volatile.Write(ref _signaled, 0);
}
