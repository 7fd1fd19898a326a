using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Copies, fills, updates; command buffers and their life.</summary>
public sealed unsafe class CommandTests : VulkanTest
{
    [Fact]
    public void CopyFillAndUpdate()
    {
        using var device = new TestDevice();
        var (a, b) = (device.Buffer(256), device.Buffer(256));
        for (int i = 0; i < 64; i++)
            a.Words()[i] = (uint)i;
        b.Words().Fill(9);
        var vk = device.Vk;
        device.Run(c =>
        {
            var regions = stackalloc BufferCopy[]
            {
                new() { SrcOffset = 4, DstOffset = 16, Size = 8 },
                new() { SrcOffset = 252, DstOffset = 0, Size = 4 },
                new() { SrcOffset = 256, DstOffset = 256, Size = 0 },
            };
            vk.CmdCopyBuffer(c, a.Handle, b.Handle, 3, regions);
            vk.CmdFillBuffer(c, b.Handle, 32, 8, 0xABCD0123);
            vk.CmdFillBuffer(c, b.Handle, 240, Vk.WholeSize, 77);
            ulong two = 0x0000000600000005;
            vk.CmdUpdateBuffer(c, b.Handle, 48, 8, &two);
            two = 0; // the data was copied
            vk.CmdUpdateBuffer(c, b.Handle, 48, 0, (void*)0x10);
            vk.CmdCopyBuffer(c, a.Handle, b.Handle, 0, (BufferCopy*)0x10);
        });
        var expected = Enumerable.Repeat(9u, 64).ToArray();
        (expected[0], expected[4], expected[5], expected[8], expected[9]) = (63, 1, 2, 0xABCD0123, 0xABCD0123);
        (expected[12], expected[13]) = (5, 6);
        expected.AsSpan(60).Fill(77);
        Assert.Equal(expected, b.Words().ToArray());
    }

    [Fact]
    public void RangesOutsideABufferMakeTheCommandBufferInvalid()
    {
        using var device = new TestDevice();
        var (a, b) = (device.Buffer(256), device.Buffer(128));
        var vk = device.Vk;
        Action<CommandBuffer>[] wrong =
        [
            c => Copy(c, 0, 0, 129), c => Copy(c, 200, 0, 57), c => Copy(c, ulong.MaxValue, 0, 4), c => Copy(c, 0, ulong.MaxValue - 3, 8),
            c => vk.CmdFillBuffer(c, b.Handle, 128, 4, 0), c => vk.CmdFillBuffer(c, b.Handle, 200, Vk.WholeSize, 0),
            c => vk.CmdFillBuffer(c, b.Handle, 4, ulong.MaxValue - 8, 0),
            c => vk.CmdUpdateBuffer(c, b.Handle, 128, 4, &c), c => vk.CmdUpdateBuffer(c, a.Handle, 0, 1 << 20, &c),
            c => vk.CmdDispatch(c, 1, 1, 1), c => vk.CmdDispatchIndirect(c, a.Handle, 0), c => vk.CmdFillBuffer(c, default, 0, 4, 0),
            c => vk.CmdBindPipeline(c, PipelineBindPoint.Compute, default), c => vk.CmdSetEvent(c, default, 0),
            c => vk.CmdPushConstants(c, default, ShaderStageFlags.ComputeBit, 250, 8, &c),
        ];
        foreach (var body in wrong)
        {
            var buffer = device.CommandBuffer();
            var begin = new CommandBufferBeginInfo();
            TestDevice.Check(vk.BeginCommandBuffer(buffer, in begin));
            int before = device.Messages.Length;
            body(buffer);
            Assert.Equal(before + 1, device.Messages.Length);
            Assert.NotEqual(Result.Success, vk.EndCommandBuffer(buffer));
            Assert.NotEqual(Result.Success, device.TrySubmit(default, buffer));

            // And can be recorded anew.
            device.Record(buffer, c => vk.CmdFillBuffer(c, b.Handle, 0, 4, 1));
        }

        void Copy(CommandBuffer c, ulong from, ulong to, ulong size)
        {
            var region = new BufferCopy { SrcOffset = from, DstOffset = to, Size = size };
            vk.CmdCopyBuffer(c, a.Handle, b.Handle, 1, &region);
        }
    }

    [Fact]
    public void SecondariesRunAsTheyWereWhenThePrimaryWasRecorded()
    {
        using var device = new TestDevice();
        var data = device.Buffer(256);
        var secondary = device.Record(c => device.Vk.CmdFillBuffer(c, data.Handle, 0, 4, 1), CommandBufferLevel.Secondary,
            CommandBufferUsageFlags.SimultaneousUseBit);
        var other = device.Record(c => device.Vk.CmdFillBuffer(c, data.Handle, 4, 4, 2), CommandBufferLevel.Secondary);
        var primary = device.Record(c =>
        {
            var both = stackalloc CommandBuffer[] { secondary, other };
            device.Vk.CmdExecuteCommands(c, 2, both);
            device.Vk.CmdExecuteCommands(c, 0, (CommandBuffer*)0x10);
            device.Vk.CmdFillBuffer(c, data.Handle, 8, 4, 3);
            device.Vk.CmdExecuteCommands(c, 1, both);
        });
        device.Record(secondary, c => device.Vk.CmdFillBuffer(c, data.Handle, 0, 4, 1000));
        var fence = device.Fence();
        device.Submit(fence, primary, primary);
        device.Wait(fence);
        Assert.Equal([1u, 2, 3, 0], data.Words()[..4].ToArray());

        // A secondary is not submitted, and a primary not executed.
        Assert.NotEqual(Result.Success, device.TrySubmit(default, other));
        var wrong = device.CommandBuffer();
        var begin = new CommandBufferBeginInfo();
        TestDevice.Check(device.Vk.BeginCommandBuffer(wrong, in begin));
        device.Vk.CmdExecuteCommands(wrong, 1, in primary);
        Assert.NotEqual(Result.Success, device.Vk.EndCommandBuffer(wrong));
    }

    [Fact]
    public void ABufferIsSubmittedManyTimesAtOnce()
    {
        using var device = new TestDevice();
        var notes = device.Buffer(1 << 16);
        var kernel = device.Kernel("workgroups", 0, notes);
        var commands = device.Record(c => kernel.Dispatch(c, 2), usage: CommandBufferUsageFlags.SimultaneousUseBit);
        for (int i = 0; i < 500; i++)
            device.Submit(default, commands);
        TestDevice.Check(device.Vk.QueueWaitIdle(device.Queue));
        Assert.Equal(1000u, notes.Words()[0]);
    }

    [Fact]
    public void ResetsAndOneTimeBuffers()
    {
        using var device = new TestDevice();
        var data = device.Buffer(256);
        var fence = device.Fence();
        var once = device.Record(c => device.Vk.CmdFillBuffer(c, data.Handle, 0, 4, 1), usage: CommandBufferUsageFlags.OneTimeSubmitBit);
        device.Submit(fence, once);
        device.Wait(fence);
        Assert.NotEqual(Result.Success, device.TrySubmit(default, once));

        var kept = device.Record(c => device.Vk.CmdFillBuffer(c, data.Handle, 4, 4, 2));
        TestDevice.Check(device.Vk.ResetCommandBuffer(kept, 0));
        Assert.NotEqual(Result.Success, device.TrySubmit(default, kept));
        Assert.NotEqual(Result.Success, device.Vk.EndCommandBuffer(kept));
        device.Record(kept, c => device.Vk.CmdFillBuffer(c, data.Handle, 8, 4, 3));
        TestDevice.Check(device.Vk.ResetFences(device.Device, 1, in fence));
        device.Submit(fence, kept);
        device.Wait(fence);
        Assert.Equal([1u, 0, 3, 0], data.Words()[..4].ToArray());

        TestDevice.Check(device.Vk.ResetCommandPool(device.Device, device.Commands, 0));
        Assert.NotEqual(Result.Success, device.TrySubmit(default, kept));

        // A pool takes its buffers with it.
        int live = Handles.HandleTable.LiveCount;
        var pool = device.CommandPool();
        for (int i = 0; i < 5; i++)
            device.CommandBuffer(pool: pool);
        Assert.Equal(live + 6, Handles.HandleTable.LiveCount);
        device.Vk.DestroyCommandPool(device.Device, pool, null);
        Assert.Equal(live, Handles.HandleTable.LiveCount);
    }

    [Fact]
    public void TimestampsGrowAndAreCopied()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var info = new QueryPoolCreateInfo { QueryType = QueryType.Timestamp, QueryCount = 4 };
        TestDevice.Check(vk.CreateQueryPool(device.Device, in info, null, out var pool));
        device.Later(() => vk.DestroyQueryPool(device.Device, pool, null));
        var results = device.Buffer(256);
        var work = device.Kernel("work", 4, device.Buffer(1 << 16));
        results.Words().Fill(0xFFFFFFFF);
        device.Run(c =>
        {
            vk.CmdResetQueryPool(c, pool, 0, 4);
            vk.CmdWriteTimestamp(c, PipelineStageFlags.TopOfPipeBit, pool, 0);
            work.Dispatch(c, 64, 2000);
            vk.CmdWriteTimestamp(c, PipelineStageFlags.BottomOfPipeBit, pool, 1);
            vk.CmdCopyQueryPoolResults(c, pool, 0, 3, results.Handle, 16, 24, QueryResultFlags.Result64Bit | QueryResultFlags.WithAvailabilityBit);
        });
        var times = stackalloc ulong[4];
        TestDevice.Check(vk.GetQueryPoolResults(device.Device, pool, 0, 2, 16, times, 8, QueryResultFlags.Result64Bit | QueryResultFlags.WaitBit));
        Assert.InRange(times[1] - times[0], 1000u, 10_000_000_000u);
        var copied = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(results.Bytes);
        Assert.Equal((times[0], 1ul, times[1], 1ul), (copied[2], copied[3], copied[5], copied[6]));
        Assert.Equal((ulong.MaxValue, 0ul), (copied[8], copied[9])); // not available: its value is left alone
        Assert.Equal(Result.NotReady, vk.GetQueryPoolResults(device.Device, pool, 1, 3, 12, times, 4, 0));
        Assert.NotEqual(Result.Success, vk.GetQueryPoolResults(device.Device, pool, 3, 2, 32, times, 8, 0));
        Assert.NotEqual(Result.Success, vk.GetQueryPoolResults(device.Device, pool, 0, 4, 8, times, 8, QueryResultFlags.Result64Bit));
    }
}
