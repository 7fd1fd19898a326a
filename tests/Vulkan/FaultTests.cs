using System.Diagnostics;
using ShaderJit.Abi;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>What shaders must not do ends their own device, with a report, and nothing else.</summary>
public sealed unsafe class FaultTests : VulkanTest
{
    [Theory]
    [InlineData(0xDEAD_BEEF_F000ul)]
    [InlineData(0ul)]
    [InlineData(0x1000ul)]
    [InlineData(ulong.MaxValue)]
    [InlineData(0x8000_0000_0000_0000ul)]
    [InlineData(0x7FFF_FFFF_F000ul)]
    public void AWildAddressLosesTheDevice(ulong address)
    {
        foreach (int lanes in TestDevice.Widths)
        {
            using (var device = new TestDevice(TestDevice.Lanes(lanes)))
            {
                var kernel = device.Kernel("wild_address", 8, device.Buffer(1024));
                var result = kernel.TryRun(4, (uint)address, (uint)(address >> 32));

                // Whatever it is taken to the region with, it may by chance be there; then it is this device's own memory.
                if (result == Result.Success)
                    continue;
                Assert.Equal(Result.ErrorDeviceLost, result);
                var fault = Fault.Of(device);
                Assert.Equal((ulong)TrapCode.MemoryFault, fault.VendorCode);
                Assert.Contains("store", fault.Description, StringComparison.Ordinal);
                Assert.Contains("OpStore", fault.Description, StringComparison.Ordinal);
                Assert.Contains("wild_address.comp:", fault.Description, StringComparison.Ordinal);
                Assert.Contains(fault.Addresses, a => a.AddressType == DeviceFaultAddressTypeEXT.WriteInvalidExt);

                // The queue's thread says so, perhaps only after this thread has seen it.
                TestDevice.Until(() => device.Messages.Any(m => m.Contains("is lost", StringComparison.Ordinal)));
            }

            ExpectHealthy();
        }
    }

    [Fact]
    public void AWildAddressAlwaysLosesWithinTheNullGuard()
    {
        using var device = new TestDevice();
        Assert.Equal(Result.ErrorDeviceLost, device.Kernel("wild_address", 8, device.Buffer(1024)).TryRun(4, 16, 0));
    }

    [Fact]
    public void AnEndlessLoopEndsOnTimeWhileAnotherDeviceComputes()
    {
        const int limit = 300;
        using var other = new TestDevice();
        var healthy = other.Buffer(1024);
        var kernel = other.Kernel("healthy", 0, healthy);
        bool done = false;
        int rounds = 0;
        var computing = new Background<int>(() =>
        {
            while (!Volatile.Read(ref done))
            {
                healthy.Bytes.Clear();
                kernel.Run(4);
                ExpectSquares(healthy);
                rounds++;
            }

            return rounds;
        });

        var late = new List<double>();
        for (int round = 0; round < 4; round++)
        {
            using var device = new TestDevice(new DeviceSettings { DispatchLimitMilliseconds = limit });
            var spin = device.Kernel("endless_loop", 0, device.Buffer(1024));
            var commands = device.Record(c => spin.Dispatch(c, 3));
            var fence = device.Fence();
            long start = Stopwatch.GetTimestamp();
            device.Submit(fence, commands);
            Assert.Equal(Result.ErrorDeviceLost, device.TryWait(fence));
            late.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds - limit);
            var fault = Fault.Of(device);
            Assert.Equal((ulong)TrapCode.Preempted, fault.VendorCode);
            Assert.Contains("300 ms", fault.Description, StringComparison.Ordinal);
            Assert.Equal(Result.ErrorDeviceLost, device.Vk.QueueSubmit(device.Queue, 0, null, default));
        }

        Volatile.Write(ref done, true);
        computing.Result();
        late.Sort();
        Assert.True(late[0] > -1, $"{-late[0]} ms too early");

        // A round may meet a machine that is busy with something else.
        Assert.InRange(late[1], -1, 100);
        Assert.InRange(late[^1], -1, 3000);
        Assert.True(rounds > 10, $"only {rounds} rounds");
        Assert.Empty(other.Messages);
        ExpectHealthy();
    }

    [Fact]
    public void DivisionByZeroIsDefined()
    {
        int[] a = [7, -7, 0, int.MinValue, int.MinValue, 100, -100, 5], b = [0, 0, 0, -1, 0, 7, 7, -2];
        foreach (int lanes in TestDevice.Widths)
        {
            using var device = new TestDevice(TestDevice.Lanes(lanes));
            var (left, right, result) = (device.Buffer(256), device.Buffer(256), device.Buffer(1024));
            for (int i = 0; i < 64; i++)
                (left.Words()[i], right.Words()[i]) = ((uint)a[i % 8], (uint)b[i % 8]);
            device.Kernel("divide", 0, left, right, result).Run(1);
            for (int i = 0; i < 64; i++)
            {
                var (x, y) = (a[i % 8], b[i % 8]);
                int quotient = y == 0 ? 0 : (int)((long)x / y);
                uint unsigned = y == 0 ? 0 : (uint)x / (uint)y;
                Assert.Equal(((uint)quotient, unsigned), (result.Words()[i * 4], result.Words()[(i * 4) + 2]));
                if (y != 0) // GLSL's % of signed numbers is OpSMod: it has the divisor's sign
                    Assert.Equal(((uint)((((long)x % y) + y) % y), (uint)x % (uint)y), (result.Words()[(i * 4) + 1], result.Words()[(i * 4) + 3]));
            }
        }
    }

    [Fact]
    public void DivisionByZeroIsReportedInTheModeThatTraps()
    {
        using var device = new TestDevice(new DeviceSettings { TrapOutOfBounds = 1 });
        var data = device.Buffer(1024);
        data.Words().Fill(3);
        data.Words()[77] = 0;
        Assert.Equal(Result.ErrorDeviceLost, device.Kernel("division_by_zero", 0, data).TryRun(4));
        var fault = Fault.Of(device);
        Assert.Equal((ulong)TrapCode.DivisionByZero, fault.VendorCode);
        Assert.Contains("OpUDiv", fault.Description, StringComparison.Ordinal);
        Assert.Contains("workgroup (1, 0, 0), invocation (13, 0, 0)", fault.Description, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void ABarrierThatOnlySomeReachLosesTheDeviceInsteadOfHanging(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var data = device.Buffer(256);
        for (int i = 0; i < 32; i++)
            data.Words()[i] = 1;
        Assert.Equal(Result.ErrorDeviceLost, device.Kernel("divergent_barrier", 0, data).TryRun(1));
        Assert.Equal((ulong)TrapCode.DivergentBarrier, Fault.Of(device).VendorCode);
        ExpectHealthy();
    }

    [Fact]
    public void ALostDeviceSaysSoEverywhereAndStillGivesBackWhatItHas()
    {
        using var device = new TestDevice();
        var commands = device.CommandBuffer();
        var kernel = device.Kernel("wild_address", 8, device.Buffer(1024));
        var fence = device.Fence();
        var next = device.Fence();
        device.Record(commands, c => kernel.Dispatch(c, 4, 16, 0));
        device.Submit(fence, commands);
        Assert.Equal(Result.ErrorDeviceLost, device.TryWait(fence));
        Assert.Equal(Result.ErrorDeviceLost, device.Vk.DeviceWaitIdle(device.Device));
        Assert.Equal(Result.ErrorDeviceLost, device.Vk.QueueWaitIdle(device.Queue));
        Assert.Equal(Result.ErrorDeviceLost, device.TrySubmit(next, commands));
        Assert.Equal(Result.ErrorDeviceLost, device.Vk.GetFenceStatus(device.Device, next));

        // The command buffer is pending no longer.
        device.Record(commands, c => kernel.Dispatch(c, 4, 16, 0));
    }

    private static void ExpectHealthy()
    {
        using var device = new TestDevice();
        var buffer = device.Buffer(1024);
        device.Kernel("healthy", 0, buffer).Run(4);
        ExpectSquares(buffer);
        Assert.Empty(device.Messages);
    }

    private static void ExpectSquares(HostBuffer buffer)
    {
        for (int i = 0; i < 256; i++)
            Assert.Equal((uint)(i * i), buffer.Words()[i]);
    }
}
