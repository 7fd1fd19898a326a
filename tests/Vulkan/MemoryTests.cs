using System.Diagnostics;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Device memory: limits, mapping, freeing at bad moments.</summary>
public sealed unsafe class MemoryTests : VulkanTest
{
    [Fact]
    public void WhatDoesNotFitIsOutOfDeviceMemoryAndLeavesNothing()
    {
        using var device = new TestDevice();
        device.Vk.GetPhysicalDeviceMemoryProperties(device.Vulkan.Physical, out var properties);
        ulong heap = properties.MemoryHeaps[0].Size;
        var found = Handles.DispatchableBlock.Get<DeviceObject>(device.Device.Handle)!;
        Assert.Equal((heap, 0ul), (found.Memory.Limit, found.Memory.Used));
        foreach (ulong bytes in (ulong[])[heap + 1, 1ul << 50, ulong.MaxValue, ulong.MaxValue - 4095])
        {
            Assert.Equal(Result.ErrorOutOfDeviceMemory, Allocate(device, bytes, out var none));
            Assert.Equal((0ul, 0ul), (none.Handle, found.Memory.Used));
        }

        // Nearly all of it, which is reserved and not touched; then there is too little left.
        TestDevice.Check(Allocate(device, heap - (1 << 20), out var most));
        Assert.Equal(Result.ErrorOutOfDeviceMemory, Allocate(device, 2 << 20, out _));
        TestDevice.Check(Allocate(device, 1 << 19, out var little));
        device.Vk.FreeMemory(device.Device, most, null);
        device.Vk.FreeMemory(device.Device, little, null);
        Assert.Equal(0ul, found.Memory.Used);
        Assert.NotEqual(Result.Success, Allocate(device, 0, out _));
    }

    [Fact]
    public void AllocateAndFreeForLongDoesNotFragmentOrLeak()
    {
        using var device = new TestDevice();
        var found = Handles.DispatchableBlock.Get<DeviceObject>(device.Device.Handle)!;
        var random = new Random(3);
        var live = new List<(DeviceMemory Memory, ulong Bytes, byte Mark)>();
        for (int round = 0; round < 2000; round++)
        {
            if (live.Count < 40 && random.Next(2) == 0)
            {
                ulong bytes = (ulong)random.Next(1, 1 << random.Next(1, 22));
                TestDevice.Check(Allocate(device, bytes, out var memory));
                void* data;
                TestDevice.Check(device.Vk.MapMemory(device.Device, memory, 0, Vk.WholeSize, 0, &data));
                Assert.Equal(0, ((byte*)data)[0] | ((byte*)data)[bytes - 1]);
                ((byte*)data)[0] = ((byte*)data)[bytes - 1] = (byte)round;
                live.Add((memory, bytes, (byte)round));
            }
            else if (live.Count > 0)
            {
                int at = random.Next(live.Count);
                var (memory, bytes, mark) = live[at];
                live.RemoveAt(at);
                byte* data = found.Region.Base + Handles.HandleTable.Get<DeviceMemoryObject>(memory.Handle)!.Range.Offset;
                Assert.Equal((mark, mark), (data[0], data[bytes - 1]));
                device.Vk.FreeMemory(device.Device, memory, null);
            }
        }

        foreach (var (memory, _, _) in live)
            device.Vk.FreeMemory(device.Device, memory, null);
        Assert.Equal(0ul, found.Memory.Used);
    }

    [Fact]
    public void MappingChecksItsRange()
    {
        using var device = new TestDevice();
        TestDevice.Check(Allocate(device, 1000, out var memory));
        void* data;
        Assert.Equal(Result.ErrorMemoryMapFailed, device.Vk.MapMemory(device.Device, memory, 1000, Vk.WholeSize, 0, &data));
        Assert.Equal(Result.ErrorMemoryMapFailed, device.Vk.MapMemory(device.Device, memory, 10, 991, 0, &data));
        Assert.Equal(Result.ErrorMemoryMapFailed, device.Vk.MapMemory(device.Device, memory, 10, ulong.MaxValue - 5, 0, &data));
        Assert.True(data == null);
        TestDevice.Check(device.Vk.MapMemory(device.Device, memory, 10, 990, 0, &data));
        ((byte*)data)[0] = 1;
        void* again;
        Assert.Equal(Result.ErrorMemoryMapFailed, device.Vk.MapMemory(device.Device, memory, 0, 1, 0, &again));
        device.Vk.UnmapMemory(device.Device, memory);
        device.Vk.UnmapMemory(device.Device, memory);
        TestDevice.Check(device.Vk.MapMemory(device.Device, memory, 0, Vk.WholeSize, 0, &again));
        Assert.Equal(1, ((byte*)again)[10]);
        TestDevice.Check(device.Vk.FlushMappedMemoryRanges(device.Device, 0, (MappedMemoryRange*)0x10));
        device.Vk.FreeMemory(device.Device, memory, null);
    }

    [Fact]
    public void BindingChecksItsRange()
    {
        using var device = new TestDevice();
        TestDevice.Check(Allocate(device, 4096, out var memory));
        var info = new BufferCreateInfo { Size = 1000, Usage = BufferUsageFlags.StorageBufferBit };
        TestDevice.Check(device.Vk.CreateBuffer(device.Device, in info, null, out var buffer));
        foreach (ulong offset in (ulong[])[4096, 3136, 32, ulong.MaxValue - 63, 1ul << 40])
            Assert.NotEqual(Result.Success, device.Vk.BindBufferMemory(device.Device, buffer, memory, offset));
        TestDevice.Check(device.Vk.BindBufferMemory(device.Device, buffer, memory, 3072));
        Assert.NotEqual(Result.Success, device.Vk.BindBufferMemory(device.Device, buffer, memory, 0));
        device.Vk.DestroyBuffer(device.Device, buffer, null);
        var dedicated = new MemoryDedicatedAllocateInfo();
        TestDevice.Check(device.Vk.CreateBuffer(device.Device, in info, null, out dedicated.Buffer));
        var allocation = new MemoryAllocateInfo { PNext = &dedicated, AllocationSize = 1024 };
        TestDevice.Check(device.Vk.AllocateMemory(device.Device, in allocation, null, out var own));
        TestDevice.Check(device.Vk.BindBufferMemory(device.Device, dedicated.Buffer, own, 0));
        device.Vk.DestroyBuffer(device.Device, dedicated.Buffer, null);
        device.Vk.FreeMemory(device.Device, own, null);
        device.Vk.FreeMemory(device.Device, memory, null);
    }

    [Fact]
    public void MemoryFreedWhileADispatchRunsStaysUntilItsEnd()
    {
        using var device = new TestDevice();
        var fence = device.Fence();
        var buffer = new HostBuffer(device.Vulkan, 1 << 20);
        var kernel = device.Kernel("work", 4, buffer);
        var commands = device.Record(c => kernel.Dispatch(c, 4096, 3000));
        device.Submit(fence, commands);
        long start = Stopwatch.GetTimestamp();
        while (buffer.Words()[1] == 0 && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10))
            Thread.Yield();
        buffer.Dispose();
        device.Wait(fence);

        // Recorded with memory that is gone: transfers do nothing, and a kernel that aims there loses the device at worst.
        var target = device.Buffer(256);
        var gone = new HostBuffer(device.Vulkan, 256);
        var late = device.Record(c =>
        {
            var region = new BufferCopy { Size = 256 };
            device.Vk.CmdCopyBuffer(c, gone.Handle, target.Handle, 1, &region);
            device.Vk.CmdFillBuffer(c, gone.Handle, 0, 256, 1);
            device.Vk.CmdFillBuffer(c, target.Handle, 0, 4, 5);
        });
        gone.Dispose();
        TestDevice.Check(device.Vk.ResetFences(device.Device, 1, in fence));
        device.Submit(fence, late);
        device.Wait(fence);
        Assert.Equal(5u, target.Words()[0]);
        Assert.Contains(device.TryRun(c => kernel.Dispatch(c, 1, 1)), (Result[])[Result.Success, Result.ErrorDeviceLost]);
    }

    [Fact]
    public void MemoryIsMappedWithAStructAndHasAPriority()
    {
        using var device = new TestDevice();
        var priority = new MemoryPriorityAllocateInfoEXT { Priority = 0.25f };
        var info = new MemoryAllocateInfo { PNext = &priority, AllocationSize = 1000 };
        TestDevice.Check(device.Vk.AllocateMemory(device.Device, in info, null, out var memory));
        device.Vk.SetDeviceMemoryPriorityEXT(device.Device, memory, 1);
        void* data, whole;
        var map = new MemoryMapInfoKHR { Memory = memory, Offset = 10, Size = 990 };
        TestDevice.Check(device.Vk.MapMemory2KHR(device.Device, &map, &data));
        Assert.Equal(Result.ErrorMemoryMapFailed, device.Vk.MapMemory2KHR(device.Device, &map, &whole));
        *(byte*)data = 7;
        var unmap = new MemoryUnmapInfoKHR { Memory = memory };
        TestDevice.Check(device.Vk.UnmapMemory2KHR(device.Device, in unmap));
        TestDevice.Check(device.Vk.MapMemory(device.Device, memory, 0, Vk.WholeSize, 0, &whole));
        Assert.Equal(7, ((byte*)whole)[10]);
        device.Vk.FreeMemory(device.Device, memory, null);
    }

    private static Result Allocate(TestDevice device, ulong bytes, out DeviceMemory memory)
    {
        var info = new MemoryAllocateInfo { AllocationSize = bytes };
        return device.Vk.AllocateMemory(device.Device, in info, null, out memory);
    }
}
