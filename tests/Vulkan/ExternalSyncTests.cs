using Microsoft.Win32.SafeHandles;
using ShaderJit.Vulkan.Bindings;
using Xunit;
using Semaphore = ShaderJit.Vulkan.Bindings.Semaphore;

namespace ShaderJit.Vulkan.Tests;

/// <summary>VK_KHR_external_semaphore_fd and VK_KHR_external_fence_fd: whose payload an object has, and who may spoil it.</summary>
public sealed unsafe class ExternalSyncTests : VulkanTest
{
    private const ExternalSemaphoreHandleTypeFlags OpaqueSemaphore = ExternalSemaphoreHandleTypeFlags.OpaqueFdBit;
    private const ExternalFenceHandleTypeFlags OpaqueFence = ExternalFenceHandleTypeFlags.OpaqueFdBit;
    private const ulong Millisecond = 1_000_000;

    /// <summary>Where the number stands in the page of an exported payload.</summary>
    private const long NumberOffset = 64;

    [Fact]
    public void AnImportRefersToWhatWasExported()
    {
        using var first = new TestDevice();
        using var second = new TestDevice();
        var a = MakeSemaphore(first, export: true);
        var b = MakeSemaphore(second);
        TestDevice.Check(Import(second, b, Descriptor(first, a)));

        // Waited for before it is signaled, by another device's queue; and back.
        for (int i = 0; i < 50; i++)
        {
            var fence = second.Fence();
            Submit(second, wait: b, fence: fence);
            Assert.Equal(Result.Timeout, second.TryWait(fence, i == 0 ? 20 * Millisecond : 0));
            Submit(first, signal: a);
            second.Wait(fence);
            fence = first.Fence();
            Submit(first, wait: a, fence: fence);
            Assert.Equal(Result.NotReady, first.Vk.GetFenceStatus(first.Device, fence));
            Submit(second, signal: b);
            first.Wait(fence);
        }

        // It outlives the object that it comes from, with its state.
        Submit(first, signal: a);
        first.Vk.DestroySemaphore(first.Device, a, null);
        Finish(second, wait: b);
    }

    [Fact]
    public void ATemporaryImportIsForOneWait()
    {
        using var device = new TestDevice();
        var a = MakeSemaphore(device, export: true);
        var b = MakeSemaphore(device);
        Submit(device, signal: b);
        TestDevice.Check(Import(device, b, Descriptor(device, a), SemaphoreImportFlags.TemporaryBit));
        TestDevice.Check(Import(device, b, Descriptor(device, a), SemaphoreImportFlags.TemporaryBit));
        var fence = device.Fence();
        Submit(device, wait: b, fence: fence);
        Assert.Equal(Result.Timeout, device.TryWait(fence, 20 * Millisecond));

        // The wait that is submitted has the imported payload; the object already has its own again, which is signaled.
        var other = new TestDevice();
        var c = MakeSemaphore(other);
        TestDevice.Check(Import(other, c, Descriptor(device, a)));
        Submit(other, signal: c);
        device.Wait(fence);
        other.Dispose();
        Finish(device, wait: b);
    }

    [Fact]
    public void APermanentImportIsForGoodAndASemaphoreMayGoBeforeItsWait()
    {
        using var device = new TestDevice();
        var a = MakeSemaphore(device, export: true);
        var b = MakeSemaphore(device, export: true);
        Submit(device, signal: b);
        TestDevice.Check(Import(device, b, Descriptor(device, a)));
        for (int i = 0; i < 3; i++)
        {
            Submit(device, signal: a);
            Finish(device, wait: b);
        }

        // What was imported can be exported: it is the same.
        var c = MakeSemaphore(device);
        TestDevice.Check(Import(device, c, Descriptor(device, b)));
        var hold = device.Fence();
        using var elsewhere = new TestDevice();
        var d = MakeSemaphore(elsewhere);
        TestDevice.Check(Import(elsewhere, d, Descriptor(device, a)));
        Submit(device, wait: c, fence: hold);
        foreach (var semaphore in new[] { a, b, c })
            device.Vk.DestroySemaphore(device.Device, semaphore, null);
        Submit(elsewhere, signal: d);
        device.Wait(hold);
    }

    [Fact]
    public void TimelinesGoOnInAnotherDevice()
    {
        using var first = new TestDevice();
        using var second = new TestDevice();
        var a = MakeSemaphore(first, export: true, timeline: 10);
        var b = MakeSemaphore(second, timeline: 3);
        TestDevice.Check(Import(second, b, Descriptor(first, a)));
        Assert.Equal(10ul, Value(second, b));
        var fence = second.Fence();
        Submit(second, wait: b, fence: fence, waitValue: 1ul << 40);
        Assert.Equal(Result.Timeout, second.TryWait(fence, 20 * Millisecond));
        var signal = new SemaphoreSignalInfo { Semaphore = a, Value = 11 };
        TestDevice.Check(first.Vk.SignalSemaphore(first.Device, in signal));
        Assert.Equal(Result.Timeout, second.TryWait(fence, 20 * Millisecond));
        Submit(first, signal: a, signalValue: 1ul << 40);
        second.Wait(fence);
        Assert.Equal((1ul << 40, 1ul << 40), (Value(first, a), Value(second, b)));

        // The host waits as well, for either of two.
        var own = MakeSemaphore(second, timeline: 0);
        var semaphores = stackalloc Semaphore[] { own, b };
        var values = stackalloc ulong[] { 1, (1ul << 40) + 1 };
        var info = new SemaphoreWaitInfo { Flags = SemaphoreWaitFlags.AnyBit, SemaphoreCount = 2, PSemaphores = semaphores, PValues = values };
        Assert.Equal(Result.Timeout, second.Vk.WaitSemaphores(second.Device, &info, Millisecond));
        var later = new Background<bool>(() =>
        {
            Thread.Sleep(20);
            Submit(first, signal: a, signalValue: (1ul << 40) + 1);
            return true;
        });
        Assert.Equal(Result.Success, second.Vk.WaitSemaphores(second.Device, &info, TestDevice.Patience));
        Assert.True(later.Result());
        Assert.Equal(Result.ErrorInvalidExternalHandle, Import(second, own, Descriptor(first, a), SemaphoreImportFlags.TemporaryBit));
    }

    [Fact]
    public void FencesAreSharedAndResetForBoth()
    {
        using var first = new TestDevice();
        using var second = new TestDevice();
        var a = MakeFence(first, export: true);
        var b = MakeFence(second, signaled: true);
        TestDevice.Check(Import(second, b, Descriptor(first, a)));
        Assert.Equal(Result.NotReady, second.Vk.GetFenceStatus(second.Device, b));
        TestDevice.Check(first.Vk.QueueSubmit(first.Queue, 0, (SubmitInfo*)null, a));
        Assert.Equal(Result.Success, second.Vk.WaitForFences(second.Device, 1, in b, true, TestDevice.Patience));
        TestDevice.Check(second.Vk.ResetFences(second.Device, 1, in b));
        Assert.Equal(Result.NotReady, first.Vk.GetFenceStatus(first.Device, a));

        // Who waits for several is woken by either device.
        var own = second.Fence();
        var both = stackalloc Fence[] { own, b };
        Assert.Equal(Result.Timeout, second.Vk.WaitForFences(second.Device, 2, both, false, Millisecond));
        var later = new Background<Result>(() =>
        {
            Thread.Sleep(20);
            return first.Vk.QueueSubmit(first.Queue, 0, (SubmitInfo*)null, a);
        });
        Assert.Equal(Result.Success, second.Vk.WaitForFences(second.Device, 2, both, false, TestDevice.Patience));
        TestDevice.Check(later.Result());

        // A temporary one goes with the reset, and its payload is left as it was.
        var c = MakeFence(second);
        TestDevice.Check(Import(second, c, Descriptor(first, a), FenceImportFlags.TemporaryBit));
        Assert.Equal(Result.Success, second.Vk.GetFenceStatus(second.Device, c));
        TestDevice.Check(second.Vk.ResetFences(second.Device, 1, in c));
        Assert.Equal(Result.NotReady, second.Vk.GetFenceStatus(second.Device, c));
        Assert.Equal(Result.Success, first.Vk.GetFenceStatus(first.Device, a));
    }

    [Fact]
    public void WhatIsNoPayloadOfThatKindIsRefusedAndStaysTheApplications()
    {
        using var device = new TestDevice();
        var binary = MakeSemaphore(device, export: true);
        var timeline = MakeSemaphore(device, export: true, timeline: 0);
        var fence = MakeFence(device, export: true);
        using var file = new SafeFileHandle(Descriptor(device, binary), ownsHandle: true);
        int number = (int)file.DangerousGetHandle();
        Assert.Equal(Result.ErrorInvalidExternalHandle, Import(device, timeline, number));
        Assert.Equal(Result.ErrorInvalidExternalHandle, Import(device, fence, number));
        Assert.Equal(Result.ErrorInvalidExternalHandle, Import(device, binary, -1));
        Assert.Equal(Result.ErrorInvalidExternalHandle, Import(device, fence, -1));
        Assert.Equal(Result.ErrorInvalidExternalHandle, Import(device, binary, number, type: ExternalSemaphoreHandleTypeFlags.SyncFdBit));
        Assert.Equal(Result.ErrorInvalidExternalHandle, Import(device, fence, number, type: ExternalFenceHandleTypeFlags.SyncFdBit));
        Assert.Equal(4096, RandomAccess.GetLength(file));
        Submit(device, signal: binary);
        Finish(device, wait: binary);

        // Objects that were not made for it have no descriptor, and none have those of other types.
        var plain = MakeSemaphore(device);
        Assert.NotEqual(Result.Success, TryDescriptor(device, plain, OpaqueSemaphore, out int none));
        Assert.Equal(-1, none);
        Assert.NotEqual(Result.Success, TryDescriptor(device, binary, ExternalSemaphoreHandleTypeFlags.SyncFdBit, out _));
        var wrong = new ExportSemaphoreCreateInfo { HandleTypes = ExternalSemaphoreHandleTypeFlags.SyncFdBit };
        var info = new SemaphoreCreateInfo { PNext = &wrong };
        Assert.NotEqual(Result.Success, device.Vk.CreateSemaphore(device.Device, in info, null, out _));
    }

    [Fact]
    public void WhoeverHasTheDescriptorSpoilsTheNumberAndNothingElse()
    {
        using var device = new TestDevice();
        var timeline = MakeSemaphore(device, export: true, timeline: 0);
        var binary = MakeSemaphore(device, export: true);
        using var page = new SafeFileHandle(Descriptor(device, timeline), ownsHandle: true);
        using var other = new SafeFileHandle(Descriptor(device, binary), ownsHandle: true);
        Span<byte> most = stackalloc byte[8];
        most.Fill(0xFF);
        RandomAccess.Write(page, most, NumberOffset);
        Assert.Equal(ulong.MaxValue, Value(device, timeline));

        // Not this device's error: it is not lost, and what else is in the batch is done.
        var fence = device.Fence();
        Submit(device, signal: timeline, signalValue: 5, fence: fence);
        device.Wait(fence);
        RandomAccess.Write(page, new byte[8], NumberOffset);
        Assert.Equal(0ul, Value(device, timeline));

        // All of the page is overwritten, again and again, while the queue waits and signals.
        bool stop = false;
        var writer = new Background<bool>(() =>
        {
            var noise = new byte[4096];
            var random = new Random(1);
            while (!Volatile.Read(ref stop))
            {
                random.NextBytes(noise);
                RandomAccess.Write(other, noise, 0);
                RandomAccess.Write(page, noise, 0);
                if (noise[0] < 128)
                    RandomAccess.Write(other, new byte[4096], 0);
                Thread.Sleep(1);
            }

            return true;
        });
        for (int i = 1; i <= 40; i++)
        {
            var done = device.Fence();
            Submit(device, wait: binary, signal: timeline, signalValue: (ulong)i, fence: done);
            device.Wait(done);
        }

        Volatile.Write(ref stop, true);
        Assert.True(writer.Result());
        TestDevice.Check(device.Vk.DeviceWaitIdle(device.Device));
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void WhoWaitsForALostDeviceIsReleased()
    {
        using var other = new TestDevice();
        var own = other.Fence();
        var far = MakeSemaphore(other);
        var shared = MakeFence(other);
        var timeline = MakeSemaphore(other, timeline: 0);
        using (var lost = new TestDevice(new DeviceSettings { DispatchLimitMilliseconds = 50 }))
        {
            var a = MakeSemaphore(lost, export: true);
            var b = MakeFence(lost, export: true);
            var c = MakeSemaphore(lost, export: true, timeline: 0);
            TestDevice.Check(Import(other, far, Descriptor(lost, a)));
            TestDevice.Check(Import(other, shared, Descriptor(lost, b)));
            TestDevice.Check(Import(other, timeline, Descriptor(lost, c)));
            Submit(other, wait: far, fence: own);
            var spin = lost.Kernel("endless_loop", 0, lost.Buffer(1024));
            lost.Submit(default, lost.Record(commands => spin.Dispatch(commands, 1)));
            Submit(lost, signal: a);
            Submit(lost, signal: c, signalValue: 7, fence: b);
            other.Wait(own);
            Assert.Equal(Result.Success, other.TryWait(shared, TestDevice.Patience));
            Assert.Equal(7ul, Value(other, timeline));
            Assert.Equal(Result.ErrorDeviceLost, lost.Vk.DeviceWaitIdle(lost.Device));
        }

        TestDevice.Check(other.Vk.DeviceWaitIdle(other.Device));
    }

    [Fact]
    public void QueriesSayWhatIsPossible()
    {
        using var device = new TestDevice();
        foreach (var type in Enum.GetValues<ExternalSemaphoreHandleTypeFlags>())
        {
            bool isOpaque = type == OpaqueSemaphore;
            var info = new PhysicalDeviceExternalSemaphoreInfo { HandleType = type };
            var answer = new ExternalSemaphoreProperties();
            device.Vk.GetPhysicalDeviceExternalSemaphoreProperties(device.Vulkan.Physical, &info, &answer);
            Assert.Equal(isOpaque ? ExternalSemaphoreFeatureFlags.ExportableBit | ExternalSemaphoreFeatureFlags.ImportableBit : 0,
                answer.ExternalSemaphoreFeatures);
            Assert.Equal((isOpaque ? type : 0, isOpaque ? type : 0), (answer.CompatibleHandleTypes, answer.ExportFromImportedHandleTypes));
        }

        foreach (var type in Enum.GetValues<ExternalFenceHandleTypeFlags>())
        {
            bool isOpaque = type == OpaqueFence;
            var info = new PhysicalDeviceExternalFenceInfo { HandleType = type };
            var answer = new ExternalFenceProperties();
            device.Vk.GetPhysicalDeviceExternalFenceProperties(device.Vulkan.Physical, &info, &answer);
            Assert.Equal(isOpaque ? ExternalFenceFeatureFlags.ExportableBit | ExternalFenceFeatureFlags.ImportableBit : 0, answer.ExternalFenceFeatures);
            Assert.Equal((isOpaque ? type : 0, isOpaque ? type : 0), (answer.CompatibleHandleTypes, answer.ExportFromImportedHandleTypes));
        }
    }

    [Fact]
    public void ThousandsAreExportedImportedAndGivenBack()
    {
        using var device = new TestDevice();
        var a = MakeSemaphore(device, export: true);
        int before = Directory.GetFiles("/proc/self/fd").Length;
        for (int i = 0; i < 4096; i++)
        {
            var type = new SemaphoreCreateInfo();
            TestDevice.Check(device.Vk.CreateSemaphore(device.Device, in type, null, out var b));
            TestDevice.Check(Import(device, b, Descriptor(device, a), (i & 1) == 0 ? 0 : SemaphoreImportFlags.TemporaryBit));
            device.Vk.DestroySemaphore(device.Device, b, null);
        }

        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 100);
        Submit(device, signal: a);
        Finish(device, wait: a);
    }

    private static Semaphore MakeSemaphore(TestDevice device, bool export = false, ulong? timeline = null)
    {
        var exported = new ExportSemaphoreCreateInfo { HandleTypes = OpaqueSemaphore };
        var type = new SemaphoreTypeCreateInfo
        {
            PNext = export ? &exported : null, SemaphoreType = timeline is null ? SemaphoreType.Binary : SemaphoreType.Timeline,
            InitialValue = timeline ?? 0,
        };
        var info = new SemaphoreCreateInfo { PNext = &type };
        TestDevice.Check(device.Vk.CreateSemaphore(device.Device, in info, null, out var made));
        device.Later(() => device.Vk.DestroySemaphore(device.Device, made, null));
        return made;
    }

    private static Fence MakeFence(TestDevice device, bool export = false, bool signaled = false)
    {
        var exported = new ExportFenceCreateInfo { HandleTypes = OpaqueFence };
        var info = new FenceCreateInfo { PNext = export ? &exported : null, Flags = signaled ? FenceCreateFlags.SignaledBit : 0 };
        TestDevice.Check(device.Vk.CreateFence(device.Device, in info, null, out var made));
        device.Later(() => device.Vk.DestroyFence(device.Device, made, null));
        return made;
    }

    private static Result TryDescriptor(TestDevice device, Semaphore semaphore, ExternalSemaphoreHandleTypeFlags type, out int file)
    {
        var info = new SemaphoreGetFdInfoKHR { Semaphore = semaphore, HandleType = type };
        return device.Vk.GetSemaphoreFdKHR(device.Device, in info, out file);
    }

    private static int Descriptor(TestDevice device, Semaphore semaphore)
    {
        TestDevice.Check(TryDescriptor(device, semaphore, OpaqueSemaphore, out int file));
        return file;
    }

    private static int Descriptor(TestDevice device, Fence fence)
    {
        var info = new FenceGetFdInfoKHR { Fence = fence, HandleType = OpaqueFence };
        TestDevice.Check(device.Vk.GetFenceFdKHR(device.Device, in info, out int file));
        return file;
    }

    private static Result Import(TestDevice device, Semaphore semaphore, int file, SemaphoreImportFlags flags = 0,
        ExternalSemaphoreHandleTypeFlags type = OpaqueSemaphore)
    {
        var info = new ImportSemaphoreFdInfoKHR { Semaphore = semaphore, Flags = flags, HandleType = type, Fd = file };
        return device.Vk.ImportSemaphoreFdKHR(device.Device, in info);
    }

    private static Result Import(TestDevice device, Fence fence, int file, FenceImportFlags flags = 0,
        ExternalFenceHandleTypeFlags type = OpaqueFence)
    {
        var info = new ImportFenceFdInfoKHR { Fence = fence, Flags = flags, HandleType = type, Fd = file };
        return device.Vk.ImportFenceFdKHR(device.Device, in info);
    }

    private static ulong Value(TestDevice device, Semaphore semaphore)
    {
        TestDevice.Check(device.Vk.GetSemaphoreCounterValue(device.Device, semaphore, out ulong value));
        return value;
    }

    private static void Submit(TestDevice device, Semaphore wait = default, Semaphore signal = default, Fence fence = default,
        ulong waitValue = 1, ulong signalValue = 1)
    {
        var stage = PipelineStageFlags.AllCommandsBit;
        var values = new TimelineSemaphoreSubmitInfo
        {
            WaitSemaphoreValueCount = wait.Handle == 0 ? 0u : 1, PWaitSemaphoreValues = &waitValue,
            SignalSemaphoreValueCount = signal.Handle == 0 ? 0u : 1, PSignalSemaphoreValues = &signalValue,
        };
        var submit = new SubmitInfo
        {
            PNext = &values, WaitSemaphoreCount = wait.Handle == 0 ? 0u : 1, PWaitSemaphores = &wait, PWaitDstStageMask = &stage,
            SignalSemaphoreCount = signal.Handle == 0 ? 0u : 1, PSignalSemaphores = &signal,
        };
        TestDevice.Check(device.Vk.QueueSubmit(device.Queue, 1, in submit, fence));
    }

    private static void Finish(TestDevice device, Semaphore wait)
    {
        var fence = device.Fence();
        Submit(device, wait: wait, fence: fence);
        device.Wait(fence);
    }
}
