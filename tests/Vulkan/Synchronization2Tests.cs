using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;
using Semaphore = ShaderJit.Vulkan.Bindings.Semaphore;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Synchronization2, timeline semaphores, queries reset by the host, calibrated clocks.</summary>
public sealed unsafe class Synchronization2Tests : VulkanTest
{
    [Fact]
    public void SubmitsWaitForAndSignalSemaphoresOfBothKinds()
    {
        using var device = new TestDevice();
        var data = device.Words(0);
        var (timeline, binary) = (Timeline(device, 5), Binary(device));
        var first = device.Record(c => device.Vk.CmdFillBuffer(c, data.Handle, 0, 4, 1));
        var second = device.Record(c => device.Vk.CmdFillBuffer(c, data.Handle, 0, 4, 2));

        // The second batch waits for the first's binary semaphore, the first for what the host will signal.
        var fence = device.Fence();
        TestDevice.Check(Submit(device, first, (timeline, 7), (binary, 0), default));
        TestDevice.Check(Submit(device, second, (binary, 0), (timeline, 20), fence));
        Assert.Equal(Result.Timeout, device.TryWait(fence, 20_000_000));
        Assert.Equal(0u, data.Words()[0]);
        Signal(device, timeline, 7);
        device.Wait(fence);
        Assert.Equal(2u, data.Words()[0]);
        Assert.Equal(20ul, Value(device, timeline));
    }

    [Fact]
    public void AnEmptySubmitSignalsItsFence()
    {
        using var device = new TestDevice();
        var fence = device.Fence();
        TestDevice.Check(device.Vk.QueueSubmit2(device.Queue, 0, null, fence));
        device.Wait(fence);
    }

    /// <summary>Of several signals of growing values at once, none takes the value back.</summary>
    [Fact]
    public void SignalsFromManyThreadsNeverTakeTheValueBack()
    {
        using var device = new TestDevice();
        var timeline = Timeline(device, 0);
        int succeeded = 0;
        var threads = new Background<bool>[4];
        for (int t = 0; t < threads.Length; t++)
        {
            ulong own = (ulong)t;
            threads[t] = new Background<bool>(() =>
            {
                ulong seen = 0;
                for (ulong i = 1; i <= 5000; i++)
                {
                    var info = new SemaphoreSignalInfo { Semaphore = timeline, Value = (i * 4) + own };
                    if (device.Vk.SignalSemaphore(device.Device, &info) == Result.Success)
                        Interlocked.Increment(ref succeeded);
                    ulong now = Value(device, timeline);
                    Assert.True(now >= seen && now >= info.Value, $"{now} after {seen}, {info.Value} signaled");
                    seen = now;
                }

                return true;
            });
        }

        foreach (var thread in threads)
            Assert.True(thread.Result());
        Assert.Equal(20_003ul, Value(device, timeline));
        Assert.True(succeeded > 0);
    }

    [Fact]
    public void EventsAndTimestampsAndBarriersAreRecorded()
    {
        using var device = new TestDevice();
        var info = new EventCreateInfo();
        TestDevice.Check(device.Vk.CreateEvent(device.Device, in info, null, out var gate));
        var pool = Queries(device, 2);
        var data = device.Words(1, 0);
        var commands = device.Record(c =>
        {
            var waited = gate;
            var memory = new MemoryBarrier2
            {
                SrcStageMask = PipelineStageFlags2.AllCommandsBit, DstStageMask = PipelineStageFlags2.AllCommandsBit,
                SrcAccessMask = AccessFlags2.MemoryWriteBit, DstAccessMask = AccessFlags2.MemoryReadBit,
            };
            var dependency = new DependencyInfo { MemoryBarrierCount = 1, PMemoryBarriers = &memory };
            device.Vk.CmdWriteTimestamp2(c, PipelineStageFlags2.None, pool, 0);
            device.Vk.CmdWaitEvents2(c, 1, &waited, &dependency);
            device.Vk.CmdResetEvent2(c, waited, PipelineStageFlags2.AllCommandsBit);
            var copy = new BufferCopy { DstOffset = 4, Size = 4 };
            device.Vk.CmdCopyBuffer(c, data.Handle, data.Handle, 1, in copy);
            device.Vk.CmdPipelineBarrier2(c, in dependency);
            device.Vk.CmdFillBuffer(c, data.Handle, 0, 4, 9);
            device.Vk.CmdWriteTimestamp2(c, PipelineStageFlags2.AllCommandsBit, pool, 1);
        });
        ulong before = Clock(device);
        var fence = device.Fence();
        device.Submit(fence, commands);
        ulong* first = stackalloc ulong[1];
        TestDevice.Until(() => device.Vk.GetQueryPoolResults(device.Device, pool, 0, 1, 8, first, 8, QueryResultFlags.Result64Bit) == Result.Success);
        Thread.Sleep(5);
        Assert.Equal(Result.EventReset, device.Vk.GetEventStatus(device.Device, gate));
        TestDevice.Check(device.Vk.SetEvent(device.Device, gate));
        device.Wait(fence);
        ulong after = Clock(device);
        Assert.Equal([9u, 1u], data.Words().ToArray());
        Assert.Equal(Result.EventReset, device.Vk.GetEventStatus(device.Device, gate));

        ulong* times = stackalloc ulong[2];
        TestDevice.Check(device.Vk.GetQueryPoolResults(device.Device, pool, 0, 2, 16, times, 8, QueryResultFlags.Result64Bit));
        Assert.True(before <= times[0] && times[0] + 4_000_000 < times[1] && times[1] <= after, $"{before} {times[0]} {times[1]} {after}");

        device.Vk.ResetQueryPool(device.Device, pool, 1, 1);
        Assert.Equal(Result.NotReady, device.Vk.GetQueryPoolResults(device.Device, pool, 1, 1, 8, times, 8, QueryResultFlags.Result64Bit));
        TestDevice.Check(device.Vk.GetQueryPoolResults(device.Device, pool, 0, 1, 8, times, 8, QueryResultFlags.Result64Bit));
        device.Vk.DestroyEvent(device.Device, gate, null);
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void ClocksOfDeviceAndHostAreOne()
    {
        using var device = new TestDevice();
        uint count = 0;
        TestDevice.Check(device.Vk.GetPhysicalDeviceCalibrateableTimeDomainsEXT(device.Vulkan.Physical, &count, null));
        Assert.Equal(2u, count);
        var domains = stackalloc TimeDomainEXT[2];
        count = 1;
        Assert.Equal(Result.Incomplete, device.Vk.GetPhysicalDeviceCalibrateableTimeDomainsEXT(device.Vulkan.Physical, &count, domains));
        count = 2;
        TestDevice.Check(device.Vk.GetPhysicalDeviceCalibrateableTimeDomainsEXT(device.Vulkan.Physical, &count, domains));
        var infos = stackalloc CalibratedTimestampInfoEXT[2];
        for (int i = 0; i < 2; i++)
            infos[i] = new CalibratedTimestampInfoEXT { TimeDomain = domains[i] };
        ulong* times = stackalloc ulong[2];
        ulong deviation;
        ulong before = (ulong)System.Diagnostics.Stopwatch.GetTimestamp();
        TestDevice.Check(device.Vk.GetCalibratedTimestampsEXT(device.Device, 2, infos, times, &deviation));
        ulong after = (ulong)System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.InRange(times[0], before, after);
        Assert.Equal(times[0], times[1]);
    }

    private static Semaphore Timeline(TestDevice device, ulong value)
    {
        var type = new SemaphoreTypeCreateInfo { SemaphoreType = SemaphoreType.Timeline, InitialValue = value };
        return Make(device, new SemaphoreCreateInfo { PNext = &type });
    }

    private static Semaphore Binary(TestDevice device) => Make(device, new SemaphoreCreateInfo());

    private static Semaphore Make(TestDevice device, SemaphoreCreateInfo info)
    {
        TestDevice.Check(device.Vk.CreateSemaphore(device.Device, in info, null, out var semaphore));
        device.Later(() => device.Vk.DestroySemaphore(device.Device, semaphore, null));
        return semaphore;
    }

    private static QueryPool Queries(TestDevice device, uint count)
    {
        var info = new QueryPoolCreateInfo { QueryType = QueryType.Timestamp, QueryCount = count };
        TestDevice.Check(device.Vk.CreateQueryPool(device.Device, in info, null, out var pool));
        device.Later(() => device.Vk.DestroyQueryPool(device.Device, pool, null));
        device.Vk.ResetQueryPool(device.Device, pool, 0, count);
        return pool;
    }

    private static ulong Clock(TestDevice device)
    {
        var info = new CalibratedTimestampInfoEXT { TimeDomain = TimeDomainEXT.DeviceExt };
        ulong time, deviation;
        TestDevice.Check(device.Vk.GetCalibratedTimestampsEXT(device.Device, 1, &info, &time, &deviation));
        return time;
    }

    private static ulong Value(TestDevice device, Semaphore semaphore)
    {
        TestDevice.Check(device.Vk.GetSemaphoreCounterValue(device.Device, semaphore, out ulong value));
        return value;
    }

    private static void Signal(TestDevice device, Semaphore semaphore, ulong value)
    {
        var info = new SemaphoreSignalInfo { Semaphore = semaphore, Value = value };
        TestDevice.Check(device.Vk.SignalSemaphore(device.Device, &info));
    }

    private static Result Submit(TestDevice device, CommandBuffer buffer, (Semaphore Semaphore, ulong Value) wait,
        (Semaphore Semaphore, ulong Value) signal, Fence fence)
    {
        var waitInfo = new SemaphoreSubmitInfo { Semaphore = wait.Semaphore, Value = wait.Value, StageMask = PipelineStageFlags2.AllCommandsBit };
        var signalInfo = new SemaphoreSubmitInfo { Semaphore = signal.Semaphore, Value = signal.Value, StageMask = PipelineStageFlags2.AllCommandsBit };
        var commands = new CommandBufferSubmitInfo { CommandBuffer = buffer };
        var info = new SubmitInfo2
        {
            WaitSemaphoreInfoCount = 1, PWaitSemaphoreInfos = &waitInfo, CommandBufferInfoCount = 1, PCommandBufferInfos = &commands,
            SignalSemaphoreInfoCount = 1, PSignalSemaphoreInfos = &signalInfo,
        };
        return device.Vk.QueueSubmit2(device.Queue, 1, in info, fence);
    }
}
