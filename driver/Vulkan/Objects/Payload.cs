using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Objects;

/// <summary>
/// What a semaphore or fence holds: 0 or 1, or a timeline's value. It is the device's own, or shared with other devices and processes
/// (VK_KHR_external_semaphore_fd, VK_KHR_external_fence_fd). Submissions keep the payload that the object had then, as importing gives it
/// another one ("Importing Semaphore Payloads").
/// </summary>
/// <remarks>A shared number is whatever its other owners write: no decision but the one at hand may rest on it, and a timeline may go
/// back.</remarks>
internal sealed class Payload : IDisposable
{
    /// <summary>Who writes to a shared number all the time keeps nobody in a loop here; its value then is that one's to say.</summary>
    private const int MostTries = 10_000;

    private readonly DeviceObject _device;
    private ulong _value;
    private int _holders = 1;

    public Payload(DeviceObject device, PayloadKind kind, ulong value) => (_device, Kind, _value) = (device, kind, value);

    public Payload(DeviceObject device, PayloadKind kind, SharedWord shared) => (_device, Kind, Shared) = (device, kind, shared);

    public PayloadKind Kind { get; }

    /// <summary>What is shared, or null.</summary>
    public SharedWord? Shared { get; }

    public ulong Value => Shared is null ? Volatile.Read(ref _value) : Shared.Value;

    /// <summary>One that other devices and processes can get (<see cref="SharedWord.Duplicate"/>).</summary>
    /// <exception cref="VulkanException">The machine refuses.</exception>
    public static Payload CreateShared(DeviceObject device, PayloadKind kind, ulong value) =>
        SharedWord.TryCreate((ulong)kind, value) is { } shared
            ? new Payload(device, kind, shared)
            : throw new VulkanException(Result.ErrorOutOfHostMemory, $"the machine gives no memory or no descriptor for a {kind} that could be exported");

    /// <summary>Takes over a descriptor that was exported; it stays the application's where that fails.</summary>
    /// <exception cref="VulkanException">It is none of this kind.</exception>
    public static Payload Import(DeviceObject device, PayloadKind kind, int file, bool isExportable) =>
        SharedWord.TryAdopt(file, (ulong)kind, isExportable) is { } shared
            ? new Payload(device, kind, shared)
            : throw new VulkanException(Result.ErrorInvalidExternalHandle, $"the file descriptor is no {kind} that this driver has exported");

    /// <summary>Signals it; a timeline gets a value, which must grow.</summary>
    /// <exception cref="VulkanException">The device's own timeline is that far already. Of a shared one that is no error of this device.</exception>
    public void Signal(ulong value = 1)
    {
        ulong before = Value;
        for (int i = 0; i < MostTries; i++)
        {
            if (Kind == PayloadKind.Timeline && value <= before)
            {
                if (Shared is not null)
                    break;
                throw new VulkanException(Result.ErrorUnknown,
                    $"VUID-VkSemaphoreSignalInfo-value-03258: {value} is not above the semaphore's value {before}");
            }

            // Host and queue may signal at once: of two signals, one must not take the value back.
            if (TryChange(before, Kind == PayloadKind.Timeline ? value : 1, out ulong seen) || IsClosed)
                break;
            before = seen;
        }

        _device.Progress.Notify();
    }

    /// <summary>Takes the signal of a binary semaphore or fence; false where there is none.</summary>
    public bool TryTake()
    {
        ulong before = Value;
        for (int i = 0; i < MostTries && before != 0; i++)
        {
            if (TryChange(before, 0, out ulong seen))
                return true;
            before = seen;
        }

        return false;
    }

    /// <summary>Keeps it until one more <see cref="Dispose"/>: programs destroy semaphores, or import into them, before what they
    /// submitted has ended.</summary>
    public Payload Hold()
    {
        if (Shared is not null)
            Interlocked.Increment(ref _holders);
        return this;
    }

    /// <summary>Ends the holder's use. Other devices and processes go on sharing it.</summary>
    public void Dispose()
    {
        if (Shared is not null && Interlocked.Decrement(ref _holders) == 0)
            Shared.Dispose();
    }

    private bool IsClosed => Shared is { IsClosed: true };

    private bool TryChange(ulong from, ulong to, out ulong seen)
    {
        if (Shared is not null)
            return Shared.TryChange(from, to, out seen);
        seen = Interlocked.CompareExchange(ref _value, to, from);
        return seen == from;
    }
}

/// <summary>What a payload belongs to. One that is exported is imported as the same: the number stands in the file, so it must not change.</summary>
internal enum PayloadKind
{
    Semaphore = 1,
    Timeline = 2,
    Fence = 3,
}
