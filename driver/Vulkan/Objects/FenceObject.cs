using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Execution;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkFence.</summary>
/// <param name="isExportable">Whether it was created for export, and so with a payload that can be shared.</param>
internal sealed class FenceObject(DeviceObject device, Payload payload, bool isExportable) : DeviceChild(device), IWaitable
{
    private int _lossTold;

    public PayloadSlot Payloads { get; } = new(payload);

    public bool IsExportable { get; } = isExportable;

    public bool IsSignaled => Payloads.Current.Value != 0;

    /// <summary>A wait ends as well when the device is lost or closes.</summary>
    bool IWaitable.IsDone => IsSignaled || Device.IsOver;

    SharedWord? IWaitable.Shared => Payloads.Current.Shared;

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

    /// <summary>vkResetFences: a temporary payload goes first, then the permanent one is reset.</summary>
    public void Reset()
    {
        Payloads.Restore();
        Payloads.Current.TryTake();
    }

    public override void Destroy() => Payloads.Dispose();
}
