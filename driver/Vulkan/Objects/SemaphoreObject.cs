using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Execution;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkSemaphore, binary (value 0 or 1) or timeline.</summary>
/// <param name="isExportable">Whether it was created for export, and so with a payload that can be shared.</param>
internal sealed class SemaphoreObject(DeviceObject device, Payload payload, bool isExportable) : DeviceChild(device)
{
    public PayloadSlot Payloads { get; } = new(payload);

    public PayloadKind Kind { get; } = payload.Kind;

    public bool IsExportable { get; } = isExportable;

    public ulong Value => Payloads.Current.Value;

    public void Signal(ulong value) => Payloads.Current.Signal(value);

    public override void Destroy() => Payloads.Dispose();
}

/// <summary>A wait for a semaphore's value; over as well when the device is lost or closes.</summary>
internal sealed class SemaphoreWait : IWaitable, IDisposable
{
    private readonly DeviceObject _device;
    private readonly Payload _payload;
    private readonly ulong _value;
    private bool _taken;

    private SemaphoreWait(DeviceObject device, Payload payload, ulong value)
    {
        (_device, _payload) = (device, payload);
        _value = payload.Kind == PayloadKind.Timeline ? value : 1;
    }

    public bool IsReached => _taken || _payload.Value >= _value;

    public bool IsDone => IsReached || _device.IsOver;

    public SharedWord? Shared => _payload.Shared;

    /// <summary>The wait of a submission: it takes what was imported into the semaphore temporarily.</summary>
    public static SemaphoreWait OfQueue(SemaphoreObject semaphore, ulong value) => new(semaphore.Device, semaphore.Payloads.Take(), value);

    /// <summary>The wait of the host, which changes nothing.</summary>
    public static SemaphoreWait OfHost(SemaphoreObject semaphore, ulong value) =>
        new(semaphore.Device, semaphore.Payloads.Current.Hold(), value);

    /// <summary>Ends the wait where its value is reached, and takes a binary semaphore's signal. Once true, always true.</summary>
    public bool TryTake() => _taken = _taken || (_payload.Kind == PayloadKind.Timeline ? IsReached : _payload.TryTake());

    public void Dispose() => _payload.Dispose();
}
