using System.Buffers.Binary;
using System.Diagnostics;
using Iced.Intel;
using ShaderJit.Abi;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox.Tests;

/// <summary>Endless loops end in time, and nothing else does.</summary>
[Collection(Alone.Name)]
public class WatchdogTests
{
    private const ulong Out = KernelAbi.NullGuardBytes;

    private static void Spin(Assembler a, Label exit)
    {
        Label loop = a.CreateLabel();
        a.Label(ref loop);
        a.inc(ecx);
        a.jmp(loop);
    }

    [Fact]
    public void AnEndlessLoopEndsWithinTheLimitAnd100MillisecondsWhileAnotherDeviceComputes()
    {
        using var region = new Region(HandKernel.Bits);
        using var other = new Region(HandKernel.Bits);
        Assert.True(other.TryCommit(Out, 4096));
        using KernelCode spin = HandKernel.Publish(Spin);
        using KernelCode count = HandKernel.Publish((a, _) =>
        {
            a.mov(ecx, (int)Out);
            a.inc(__dword_ptr[r15 + rcx]);
        });

        bool done = false;
        int counted = 0;
        var limit = TimeSpan.FromMilliseconds(200);
        var late = new List<TimeSpan>();
        Action computing = Worker.Start(thread =>
        {
            while (!Volatile.Read(ref done))
            {
                using var deadline = new Deadline(Worker.Long);
                Assert.Equal(TrapCode.Finished, thread.Run(count, other, deadline).Code);
                counted++;
            }
        });
        Worker.Run(thread =>
        {
            for (int round = 0; round < 5; round++)
            {
                var clock = Stopwatch.StartNew();
                using var deadline = new Deadline(limit);
                KernelExit result = thread.Run(spin, region, deadline);
                late.Add(clock.Elapsed - limit);
                Assert.Equal(TrapCode.Preempted, result.Code);
                Assert.Equal(TrapHandler.PreemptionSignal, result.Signal);
                Assert.InRange(result.CodeOffset, 0, spin.Source.CodeBytes - 1);
                Assert.True(deadline.IsExpired);
            }
        });
        Volatile.Write(ref done, true);
        computing();
        late.Sort();
        Assert.True(late[0] > TimeSpan.FromMilliseconds(-1), $"{-late[0]} too early");
        // How soon is no question to a machine that may be busy with something else, but it does not wait for the other kernel.
        Assert.InRange(late[^1], TimeSpan.MinValue, TimeSpan.FromSeconds(10));
        Assert.True(counted > 100, $"only {counted} runs");
        Assert.Equal(counted, BinaryPrimitives.ReadInt32LittleEndian(other.Span(Out, 4)));
    }

    [Fact]
    public void StoppingADispatchStopsAllItsWorkersAndNoOthers()
    {
        using var region = new Region(HandKernel.Bits);
        using KernelCode spin = HandKernel.Publish(Spin);
        using var dispatch = new Deadline(Timeout.InfiniteTimeSpan);
        using var untouched = new Deadline(TimeSpan.FromSeconds(2));
        Action[] workers =
        [
            Worker.Start(thread =>
            {
                Assert.Equal(TrapCode.Preempted, thread.Run(spin, region, dispatch).Code);
                // And none begins any more.
                KernelExit never = thread.Run(spin, region, dispatch);
                Assert.Equal((TrapCode.Preempted, 0), (never.Code, never.Signal));
            }),
            Worker.Start(thread => Assert.Equal(TrapCode.Preempted, thread.Run(spin, region, dispatch).Code)),
            Worker.Start(thread =>
            {
                Assert.Equal(TrapCode.Preempted, thread.Run(spin, region, untouched).Code);
                Assert.True(untouched.IsExpired);
            }),
        ];
        Thread.Sleep(100);
        Assert.False(dispatch.IsStopped);
        dispatch.Stop();
        foreach (Action join in workers) join();
        Assert.False(dispatch.IsExpired);
    }

    [Fact]
    public void LateSignalsDoNotStopTheNextRun()
    {
        using var region = new Region(HandKernel.Bits);
        using KernelCode brief = HandKernel.Publish((a, _) =>
        {
            Label loop = a.CreateLabel();
            a.mov(ecx, 300);
            a.Label(ref loop);
            a.dec(ecx);
            a.jne(loop);
        });
        Worker.Run(thread =>
        {
            int stopped = 0, finished = 0;
            for (int i = 0; i < 3000; i++)
            {
                // Stopped from another thread at about the time it leaves by itself.
                using (var first = new Deadline(Timeout.InfiniteTimeSpan))
                {
                    var stopper = i % 3 == 0 ? Task.Run(first.Stop) : null;
                    if (thread.Run(brief, region, first).Code == TrapCode.Preempted) stopped++;
                    else finished++;
                    stopper?.Wait();
                }

                using var second = new Deadline(Worker.Long);
                Assert.Equal(TrapCode.Finished, thread.Run(brief, region, second).Code);
            }

            Assert.Equal(3000, stopped + finished);
            HostFaults.Deliver();
        });
    }

    [Fact]
    public void DisposingARegionOrAKernelWaitsForTheRunInIt()
    {
        var region = new Region(HandKernel.Bits);
        KernelCode spin = HandKernel.Publish(Spin);
        int pages = CodeHeap.Process.FreePages;
        using var deadline = new Deadline(Timeout.InfiniteTimeSpan);
        KernelExit result = default;
        Action join = Worker.Start(thread => result = thread.Run(spin, region, deadline));
        Thread.Sleep(100);
        region.Dispose();
        spin.Dispose();
        Thread.Sleep(100);
        // Still mapped, still running: had it been unmapped, the spin would have faulted.
        Assert.Equal(pages, CodeHeap.Process.FreePages);
        deadline.Stop();
        join();
        Assert.Equal(TrapCode.Preempted, result.Code);
        for (int i = 0; i < 100 && CodeHeap.Process.FreePages == pages; i++) Thread.Sleep(20);
        Assert.Equal(pages + 1, CodeHeap.Process.FreePages);
    }

    [Fact]
    public void CollectionsGoOnWhileAKernelRuns()
    {
        using var region = new Region(HandKernel.Bits);
        using KernelCode spin = HandKernel.Publish(Spin);
        using var deadline = new Deadline(Timeout.InfiniteTimeSpan);
        Action join = Worker.Start(thread => thread.Run(spin, region, deadline));
        Thread.Sleep(50);
        for (int i = 0; i < 10; i++) GC.Collect(2, GCCollectionMode.Forced, blocking: true);
        deadline.Stop();
        join();
    }

    [Fact]
    public void ARestartedDeadlineLimitsEachRunAnew()
    {
        using var region = new Region(HandKernel.Bits);
        using KernelCode spin = HandKernel.Publish(Spin);
        using KernelCode brief = HandKernel.Publish((a, _) => a.xor(eax, eax));
        Worker.Run(thread =>
        {
            using var deadline = new Deadline(TimeSpan.FromMilliseconds(300));
            var clock = Stopwatch.StartNew();

            // Longer than the limit in all, but no run is.
            while (clock.ElapsedMilliseconds < 900)
            {
                Assert.True(deadline.TryRestart(TimeSpan.FromMilliseconds(300)));
                Assert.Equal(TrapCode.Finished, thread.Run(brief, region, deadline).Code);
            }

            Assert.True(deadline.TryRestart(TimeSpan.FromMilliseconds(300)));
            clock.Restart();
            Assert.Equal(TrapCode.Preempted, thread.Run(spin, region, deadline).Code);
            Assert.True(clock.ElapsedMilliseconds >= 299, $"stopped after {clock.ElapsedMilliseconds} ms");
            Assert.True(deadline.IsExpired);

            // For good.
            Assert.False(deadline.TryRestart(TimeSpan.FromSeconds(10)));
            Assert.Equal((TrapCode.Preempted, 0), (thread.Run(brief, region, deadline).Code, thread.Run(brief, region, deadline).Signal));
        });
    }

    [Fact]
    public void ARestingDeadlineDoesNotExpireAndAShorterRestartWakesTheWatchdogInTime()
    {
        using var region = new Region(HandKernel.Bits);
        using KernelCode spin = HandKernel.Publish(Spin);
        Worker.Run(thread =>
        {
            using var deadline = new Deadline(TimeSpan.FromMilliseconds(50));
            deadline.Rest();
            Thread.Sleep(200);
            Assert.False(deadline.IsStopped);

            // The watchdog sleeps for ever, or until the hour is over.
            Assert.True(deadline.TryRestart(TimeSpan.FromHours(1)));
            Thread.Sleep(50);
            var clock = Stopwatch.StartNew();
            Assert.True(deadline.TryRestart(TimeSpan.FromMilliseconds(100)));
            Assert.Equal(TrapCode.Preempted, thread.Run(spin, region, deadline).Code);
            Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(99), TimeSpan.FromSeconds(30));
        });
    }

    [Fact]
    public void AStoppedDeadlineIsNotRestarted()
    {
        using var deadline = new Deadline(Timeout.InfiniteTimeSpan);
        Assert.True(deadline.TryRestart(Timeout.InfiniteTimeSpan));
        deadline.Stop();
        Assert.True(deadline.IsStopped);
        Assert.False(deadline.IsExpired);
        Assert.False(deadline.TryRestart(Timeout.InfiniteTimeSpan));
        deadline.Stop();
        Assert.True(deadline.IsStopped);
    }
}
