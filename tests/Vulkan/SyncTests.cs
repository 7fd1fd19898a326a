using System.Diagnostics;
using ShaderJit.Vulkan.Bindings;
using Xunit;
using Semaphore = ShaderJit.Vulkan.Bindings.Semaphore;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Fences, semaphores, events; who waits for whom.</summary>
public sealed unsafe class SyncTests : VulkanTest
{
    private const ulong Millisecond = 1_000_000;

    [Fact]
    public void AnEventHoldsTheQueueUntilTheHostSetsIt()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var data = device.Buffer(256);
        var @event = Event(device);
        var fence = device.Fence();
        var commands = device.Record(c =>
        {
            vk.CmdFillBuffer(c, data.Handle, 0, 4, 1);
            vk.CmdWaitEvents(c, 1, in @event, 0, 0, 0, null, 0, null, 0, null);
            vk.CmdFillBuffer(c, data.Handle, 4, 4, 2);
            vk.CmdResetEvent(c, @event, 0);
        });
        device.Submit(fence, commands);
        TestDevice.Until(() => data.Words()[0] == 1);
        Assert.Equal(Result.Timeout, device.TryWait(fence, 30 * Millisecond));
        Assert.Equal((0u, Result.EventReset), (data.Words()[1], vk.GetEventStatus(device.Device, @event)));
        Assert.Equal(Result.NotReady, vk.GetFenceStatus(device.Device, fence));
        TestDevice.Check(vk.SetEvent(device.Device, @event));
        device.Wait(fence);
        Assert.Equal((2u, Result.EventReset), (data.Words()[1], vk.GetEventStatus(device.Device, @event)));

        // The queue sets it, the host sees it.
        device.Run(c => vk.CmdSetEvent(c, @event, 0));
        Assert.Equal(Result.EventSet, vk.GetEventStatus(device.Device, @event));
        TestDevice.Check(vk.ResetEvent(device.Device, @event));
        Assert.Equal(Result.EventReset, vk.GetEventStatus(device.Device, @event));
    }

    [Fact]
    public void FencesAnyAllAndTimeouts()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var @event = Event(device);
        var fences = stackalloc Fence[] { device.Fence(), device.Fence(signaled: true), device.Fence() };
        var held = device.Record(c => vk.CmdWaitEvents(c, 1, in @event, 0, 0, 0, null, 0, null, 0, null));
        device.Submit(fences[0], held);
        Assert.Equal(Result.Success, vk.WaitForFences(device.Device, 3, fences, false, ulong.MaxValue));
        Assert.Equal(Result.Timeout, vk.WaitForFences(device.Device, 3, fences, true, 0));
        long start = Stopwatch.GetTimestamp();
        Assert.Equal(Result.Timeout, vk.WaitForFences(device.Device, 1, fences, true, 20 * Millisecond));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 20, 5000);
        Assert.Equal(Result.Success, vk.WaitForFences(device.Device, 0, (Fence*)0x10, true, ulong.MaxValue));
        Assert.Equal(Result.Success, vk.WaitForFences(device.Device, 0, (Fence*)0x10, false, ulong.MaxValue));

        // An empty submission signals its fence after what was submitted before.
        TestDevice.Check(vk.QueueSubmit(device.Queue, 0, (SubmitInfo*)0x10, fences[2]));
        Assert.Equal(Result.Timeout, vk.WaitForFences(device.Device, 1, fences + 2, true, 10 * Millisecond));
        TestDevice.Check(vk.SetEvent(device.Device, @event));
        Assert.Equal(Result.Success, vk.WaitForFences(device.Device, 3, fences, true, TestDevice.Patience));
        TestDevice.Check(vk.ResetFences(device.Device, 3, fences));
        for (int i = 0; i < 3; i++)
            Assert.Equal(Result.NotReady, vk.GetFenceStatus(device.Device, fences[i]));
    }

    [Fact]
    public void BinarySemaphoresAreTakenByTheWait()
    {
        using var device = new TestDevice();
        var data = device.Buffer(256);
        var semaphore = Semaphore(device);
        var first = device.Record(c => device.Vk.CmdFillBuffer(c, data.Handle, 0, 4, 5));
        var second = device.Record(c =>
        {
            var region = new BufferCopy { SrcOffset = 0, DstOffset = 4, Size = 4 };
            device.Vk.CmdCopyBuffer(c, data.Handle, data.Handle, 1, &region);
        });
        var submits = stackalloc SubmitInfo[2];
        for (int round = 0; round < 20; round++)
        {
            data.Bytes.Clear();
            var fence = device.Fence();
            var stage = PipelineStageFlags.TransferBit;
            submits[0] = new SubmitInfo { CommandBufferCount = 1, PCommandBuffers = &first, SignalSemaphoreCount = 1, PSignalSemaphores = &semaphore };
            submits[1] = new SubmitInfo { CommandBufferCount = 1, PCommandBuffers = &second, WaitSemaphoreCount = 1, PWaitSemaphores = &semaphore, PWaitDstStageMask = &stage };
            TestDevice.Check(device.Vk.QueueSubmit(device.Queue, 2, submits, fence));
            device.Wait(fence);
            Assert.Equal((5u, 5u), (data.Words()[0], data.Words()[1]));
            Assert.Equal(0ul, Handles.HandleTable.Get<Objects.SemaphoreObject>(semaphore.Handle)!.Value);
        }
    }

    [Fact]
    public void TimelineSemaphoresBetweenHostAndQueue()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var data = device.Buffer(256);
        var semaphore = Semaphore(device, initial: 10);
        var commands = device.Record(c => vk.CmdFillBuffer(c, data.Handle, 0, 4, 7));
        ulong waitFor = 20, signal = 30;
        var stage = PipelineStageFlags.TransferBit;
        var values = new TimelineSemaphoreSubmitInfo
        {
            WaitSemaphoreValueCount = 1, PWaitSemaphoreValues = &waitFor, SignalSemaphoreValueCount = 1, PSignalSemaphoreValues = &signal,
        };
        var submit = new SubmitInfo
        {
            PNext = &values, CommandBufferCount = 1, PCommandBuffers = &commands, WaitSemaphoreCount = 1, PWaitSemaphores = &semaphore,
            PWaitDstStageMask = &stage, SignalSemaphoreCount = 1, PSignalSemaphores = &semaphore,
        };
        TestDevice.Check(vk.QueueSubmit(device.Queue, 1, &submit, default));
        Assert.Equal(Result.Timeout, WaitFor(device, semaphore, 30, 20 * Millisecond));
        Assert.Equal(0u, data.Words()[0]);
        Assert.Equal(Result.Success, WaitFor(device, semaphore, 10, 0));

        var half = new SemaphoreSignalInfo { Semaphore = semaphore, Value = 15 };
        TestDevice.Check(vk.SignalSemaphore(device.Device, in half));
        Assert.Equal(Result.Timeout, WaitFor(device, semaphore, 30, 10 * Millisecond));
        var whole = half with { Value = 25 };
        TestDevice.Check(vk.SignalSemaphore(device.Device, in whole));
        Assert.Equal(Result.Success, WaitFor(device, semaphore, 30, TestDevice.Patience));
        Assert.Equal(7u, data.Words()[0]);
        TestDevice.Check(vk.GetSemaphoreCounterValue(device.Device, semaphore, out ulong value));
        Assert.Equal(30ul, value);

        // Values only grow.
        Assert.NotEqual(Result.Success, vk.SignalSemaphore(device.Device, in half));
    }

    [Fact]
    public void WaitsForAnyOfSeveralTimelines()
    {
        using var device = new TestDevice();
        var semaphores = stackalloc Semaphore[] { Semaphore(device, 0), Semaphore(device, 0) };
        var values = stackalloc ulong[] { 1, 1 };
        var info = new SemaphoreWaitInfo { Flags = SemaphoreWaitFlags.AnyBit, SemaphoreCount = 2, PSemaphores = semaphores, PValues = values };
        Assert.Equal(Result.Timeout, device.Vk.WaitSemaphores(device.Device, &info, Millisecond));
        var second = semaphores[1];
        var setter = new Background<Result>(() =>
        {
            Thread.Sleep(20);
            var signal = new SemaphoreSignalInfo { Semaphore = second, Value = 1 };
            return device.Vk.SignalSemaphore(device.Device, in signal);
        });
        Assert.Equal(Result.Success, device.Vk.WaitSemaphores(device.Device, &info, TestDevice.Patience));
        TestDevice.Check(setter.Result());
        info.Flags = 0;
        Assert.Equal(Result.Timeout, device.Vk.WaitSemaphores(device.Device, &info, Millisecond));
        info.SemaphoreCount = 0;
        info.PSemaphores = (Semaphore*)0x10;
        Assert.Equal(Result.Success, device.Vk.WaitSemaphores(device.Device, &info, ulong.MaxValue));
    }

    [Fact]
    public void ADeviceIsDestroyedWhileItsQueueWaits()
    {
        for (int kind = 0; kind < 4; kind++)
        {
            var device = new ShaderJit.Kernels.VulkanDevice(Driver.CreateVk(), null, null, [ExtensionNames.KhrTimelineSemaphore]);
            var vk = device.Vk;
            var type = new SemaphoreTypeCreateInfo { SemaphoreType = SemaphoreType.Timeline };
            var semaphoreInfo = new SemaphoreCreateInfo { PNext = &type };
            TestDevice.Check(vk.CreateSemaphore(device.Device, in semaphoreInfo, null, out var semaphore));
            var fenceInfo = new FenceCreateInfo();
            TestDevice.Check(vk.CreateFence(device.Device, in fenceInfo, null, out var fence));
            ulong never = 5;
            var values = new TimelineSemaphoreSubmitInfo { WaitSemaphoreValueCount = 1, PWaitSemaphoreValues = &never };
            var submit = new SubmitInfo { PNext = &values, WaitSemaphoreCount = 1, PWaitSemaphores = &semaphore };
            TestDevice.Check(vk.QueueSubmit(device.Queue, 1, in submit, fence));
            Background<Result>? waiter = kind switch
            {
                1 => new(() => vk.WaitForFences(device.Device, 1, in fence, true, ulong.MaxValue)),
                2 => new(() => vk.QueueWaitIdle(device.Queue)),
                3 => new(() => vk.DeviceWaitIdle(device.Device)),
                _ => null,
            };
            Thread.Sleep(20);
            vk.DestroyDevice(device.Device, null);
            if (waiter is not null)
                Assert.NotEqual(Result.Success, waiter.Result($"a waiter of kind {kind}"));

            vk.DestroySemaphore(device.Device, semaphore, null);
            vk.DestroyFence(device.Device, fence, null);
            vk.DestroyInstance(device.Instance, null);
        }
    }

    [Fact]
    public void ADeviceIsDestroyedWhileAKernelRunsWithoutEnd()
    {
        var settings = new DeviceSettings { DispatchLimitMilliseconds = 0 };
        var device = new TestDevice(settings);
        var spin = device.Kernel("endless_loop", 0, device.Buffer(1024));
        device.Submit(default, device.Record(c => spin.Dispatch(c, 3)));
        Thread.Sleep(30);
        device.Vk.DestroyDevice(device.Device, null);

        // What was made on it is still given back.
        device.Dispose();
    }

    private static Event Event(TestDevice device)
    {
        var info = new EventCreateInfo();
        TestDevice.Check(device.Vk.CreateEvent(device.Device, in info, null, out var made));
        device.Later(() => device.Vk.DestroyEvent(device.Device, made, null));
        return made;
    }

    private static Semaphore Semaphore(TestDevice device, ulong? initial = null)
    {
        var type = new SemaphoreTypeCreateInfo { SemaphoreType = SemaphoreType.Timeline, InitialValue = initial ?? 0 };
        var info = new SemaphoreCreateInfo { PNext = initial is null ? null : &type };
        TestDevice.Check(device.Vk.CreateSemaphore(device.Device, in info, null, out var made));
        device.Later(() => device.Vk.DestroySemaphore(device.Device, made, null));
        return made;
    }

    private static Result WaitFor(TestDevice device, Semaphore semaphore, ulong value, ulong timeout)
    {
        var info = new SemaphoreWaitInfo { SemaphoreCount = 1, PSemaphores = &semaphore, PValues = &value };
        return device.Vk.WaitSemaphores(device.Device, in info, timeout);
    }
}
