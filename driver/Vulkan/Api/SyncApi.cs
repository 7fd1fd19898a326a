using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Recording;
using Semaphore = ShaderJit.Vulkan.Bindings.Semaphore;

namespace ShaderJit.Vulkan.Api;

/// <summary>Submission, fences, semaphores, events.</summary>
internal static unsafe class SyncApi
{
    [UnmanagedCallersOnly]
    public static Result QueueSubmit(Queue queue, uint count, SubmitInfo* submits, Fence fence) =>
        Submit<SubmitInfo>(queue, count, submits, fence, &Read);

    [UnmanagedCallersOnly]
    public static Result QueueSubmit2(Queue queue, uint count, SubmitInfo2* submits, Fence fence) =>
        Submit<SubmitInfo2>(queue, count, submits, fence, &Read);

    private static Result Submit<T>(Queue queue, uint count, T* submits, Fence fence,
        delegate*<DeviceObject, ref T, Payload?, Submission> read)
        where T : unmanaged
    {
        try
        {
            var target = Entry.Get(queue);
            target.Device.ThrowIfLost();
            var signaled = fence.Handle == 0 ? null : Entry.Get<FenceObject>(target.Device, fence.Handle);
            var batches = new Submission[Math.Max(count, signaled is null ? 0u : 1u)];
            for (int i = 0; i < batches.Length; i++)
            {
                var last = i == batches.Length - 1 ? signaled?.Payloads.Current.Hold() : null;
                batches[i] = i < (int)count ? read(target.Device, ref submits[i], last) : Empty(last);
            }

            target.Submit(batches);
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(queue, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result CreateFence(Device device, FenceCreateInfo* info, AllocationCallbacks* allocator, Fence* fence) =>
        Entry.Create(device, info, fence, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyFence(Device device, Fence fence, AllocationCallbacks* allocator) =>
        Entry.Destroy<FenceObject>(device, fence.Handle);

    [UnmanagedCallersOnly]
    public static Result ResetFences(Device device, uint count, Fence* fences) => Entry.ForEach(device, count, fences, &Reset);

    [UnmanagedCallersOnly]
    public static Result GetFenceStatus(Device device, Fence fence)
    {
        return HandleTable.Get<FenceObject>(fence.Handle) is { } found ? found.Poll() : Result.ErrorUnknown;
    }

    [UnmanagedCallersOnly]
    public static Result WaitForFences(Device device, uint count, Fence* fences, Bool32 all, ulong timeout)
    {
        try
        {
            var owner = Entry.Get(device);
            if (count == 0)
                return Result.Success;
            if (count == 1)
                return WaitForFence(owner, Entry.Get<FenceObject>(owner, fences->Handle), timeout);
            var waits = new IWaitable[count];
            for (uint i = 0; i < count; i++)
                waits[i] = Entry.Get<FenceObject>(owner, fences[i].Handle);
            bool done = owner.Progress.Wait(waits, all, timeout);
            if (owner.IsOver)
                return AfterLoss(waits, all);
            return done ? Result.Success : Result.Timeout;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result CreateSemaphore(Device device, SemaphoreCreateInfo* info, AllocationCallbacks* allocator,
        Semaphore* semaphore) => Entry.Create(device, info, semaphore, &Make);

    [UnmanagedCallersOnly]
    public static void DestroySemaphore(Device device, Semaphore semaphore, AllocationCallbacks* allocator) =>
        Entry.Destroy<SemaphoreObject>(device, semaphore.Handle);

    [UnmanagedCallersOnly]
    public static Result GetSemaphoreCounterValue(Device device, Semaphore semaphore, ulong* value)
    {
        try
        {
            var owner = Entry.Get(device);
            *value = Entry.Get<SemaphoreObject>(owner, semaphore.Handle).Value;
            return owner.IsLost ? Result.ErrorDeviceLost : Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result WaitSemaphores(Device device, SemaphoreWaitInfo* info, ulong timeout)
    {
        try
        {
            var owner = Entry.Get(device);
            if (info->SemaphoreCount == 0)
                return Result.Success;
            var waits = new SemaphoreWait[info->SemaphoreCount];
            for (uint i = 0; i < info->SemaphoreCount; i++)
                waits[i] = SemaphoreWait.OfHost(Entry.Get<SemaphoreObject>(owner, info->PSemaphores[i].Handle), info->PValues[i]);
            bool all = (info->Flags & SemaphoreWaitFlags.AnyBit) == 0;
            bool done = owner.Progress.Wait(ReadOnlySpan<IWaitable>.CastUp<SemaphoreWait>(waits), all, timeout);
            foreach (var wait in waits)
                wait.Dispose();
            if (owner.IsOver)
                return Result.ErrorDeviceLost;
            return done ? Result.Success : Result.Timeout;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result SignalSemaphore(Device device, SemaphoreSignalInfo* info)
    {
        try
        {
            Entry.Get<SemaphoreObject>(Entry.Get(device), info->Semaphore.Handle).Signal(info->Value);
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result CreateEvent(Device device, EventCreateInfo* info, AllocationCallbacks* allocator, Event* @event) =>
        Entry.Create(device, info, @event, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyEvent(Device device, Event @event, AllocationCallbacks* allocator) =>
        Entry.Destroy<EventObject>(device, @event.Handle);

    [UnmanagedCallersOnly]
    public static Result GetEventStatus(Device device, Event @event)
    {
        if (HandleTable.Get<EventObject>(@event.Handle) is not { } found)
            return Result.ErrorUnknown;
        if (found.Device.IsLost)
            return Result.ErrorDeviceLost;
        return found.IsSet ? Result.EventSet : Result.EventReset;
    }

    [UnmanagedCallersOnly]
    public static Result SetEvent(Device device, Event @event)
    {
        if (HandleTable.Get<EventObject>(@event.Handle) is not { } found)
            return Result.ErrorUnknown;
        found.Set();
        return Result.Success;
    }

    [UnmanagedCallersOnly]
    public static Result ResetEvent(Device device, Event @event)
    {
        if (HandleTable.Get<EventObject>(@event.Handle) is not { } found)
            return Result.ErrorUnknown;
        found.Reset();
        return Result.Success;
    }

    private static FenceObject Make(DeviceObject device, FenceCreateInfo* info) => ExternalSyncApi.MakeFence(device, *info);

    private static SemaphoreObject Make(DeviceObject device, SemaphoreCreateInfo* info) => ExternalSyncApi.MakeSemaphore(device, *info);

    private static EventObject Make(DeviceObject device, EventCreateInfo* info) => new(device);

    private static void Reset(DeviceObject device, in Fence fence) => Entry.Get<FenceObject>(device, fence.Handle).Reset();

    /// <summary>The usual case, without an allocation.</summary>
    private static Result WaitForFence(DeviceObject device, FenceObject fence, ulong timeout)
    {
        bool done = device.Progress.Wait(fence, timeout);
        if (device.IsOver)
            return fence.Poll();
        return done ? Result.Success : Result.Timeout;
    }

    private static Submission Empty(Payload? fence) =>
        new() { Waits = [], CommandBuffers = [], Commands = [], Signals = [], Fence = fence };

    private static Submission Read(DeviceObject device, ref SubmitInfo info, Payload? fence)
    {
        var values = PNextChain.Find<TimelineSemaphoreSubmitInfo>(info.PNext);
        var waits = new SemaphoreWait[info.WaitSemaphoreCount];
        for (uint i = 0; i < waits.Length; i++)
        {
            ulong value = values != null && i < values->WaitSemaphoreValueCount ? values->PWaitSemaphoreValues[i] : 1;
            waits[i] = SemaphoreWait.OfQueue(Entry.Get<SemaphoreObject>(device, info.PWaitSemaphores[i].Handle), value);
        }

        var buffers = new CommandBufferObject[info.CommandBufferCount];
        var commands = new List<Command>[buffers.Length];
        for (uint i = 0; i < buffers.Length; i++)
        {
            buffers[i] = Submittable(device, info.PCommandBuffers[i]);
            commands[i] = buffers[i].Commands;
        }

        var signals = new (Payload, ulong)[info.SignalSemaphoreCount];
        for (uint i = 0; i < signals.Length; i++)
        {
            ulong value = values != null && i < values->SignalSemaphoreValueCount ? values->PSignalSemaphoreValues[i] : 1;
            signals[i] = (Held(device, info.PSignalSemaphores[i]), value);
        }

        return new Submission
        {
            Waits = waits, CommandBuffers = buffers, Commands = commands, Signals = signals, Fence = fence,
        };
    }

    private static Submission Read(DeviceObject device, ref SubmitInfo2 info, Payload? fence)
    {
        var waits = new SemaphoreWait[info.WaitSemaphoreInfoCount];
        for (uint i = 0; i < waits.Length; i++)
        {
            ref var wait = ref info.PWaitSemaphoreInfos[i];
            waits[i] = SemaphoreWait.OfQueue(Entry.Get<SemaphoreObject>(device, wait.Semaphore.Handle), wait.Value);
        }

        var buffers = new CommandBufferObject[info.CommandBufferInfoCount];
        var commands = new List<Command>[buffers.Length];
        for (uint i = 0; i < buffers.Length; i++)
        {
            buffers[i] = Submittable(device, info.PCommandBufferInfos[i].CommandBuffer);
            commands[i] = buffers[i].Commands;
        }

        var signals = new (Payload, ulong)[info.SignalSemaphoreInfoCount];
        for (uint i = 0; i < signals.Length; i++)
        {
            ref var signal = ref info.PSignalSemaphoreInfos[i];
            signals[i] = (Held(device, signal.Semaphore), signal.Value);
        }

        return new Submission
        {
            Waits = waits, CommandBuffers = buffers, Commands = commands, Signals = signals, Fence = fence,
        };
    }

    private static Payload Held(DeviceObject device, Semaphore handle) =>
        Entry.Get<SemaphoreObject>(device, handle.Handle).Payloads.Current.Hold();

    private static CommandBufferObject Submittable(DeviceObject device, CommandBuffer handle)
    {
        var buffer = Entry.Get(handle);
        return buffer.Device == device && !buffer.IsSecondary && buffer.State == CommandBufferState.Executable
            ? buffer
            : throw new VulkanException(Result.ErrorUnknown, "VUID-vkQueueSubmit-pCommandBuffers-00070: not an executable primary command buffer");
    }

    /// <summary>What a wait on a lost device gives: the loss, unless the fences were signaled or have told it.</summary>
    private static Result AfterLoss(IWaitable[] fences, bool all)
    {
        if (AreSignaled(fences, all))
            return Result.Success;
        var result = Result.Success;
        foreach (var fence in fences)
        {
            if (((FenceObject)fence).Poll() == Result.ErrorDeviceLost)
                result = Result.ErrorDeviceLost;
        }

        return result;
    }

    private static bool AreSignaled(IWaitable[] fences, bool all)
    {
        foreach (var fence in fences)
        {
            if (((FenceObject)fence).IsSignaled != all)
                return !all;
        }

        return all;
    }
}
