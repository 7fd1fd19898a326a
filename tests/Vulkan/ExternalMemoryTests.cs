using Microsoft.Win32.SafeHandles;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;
using Xunit;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

namespace ShaderJit.Vulkan.Tests;

/// <summary>VK_KHR_external_memory_fd: memory that devices share, with each other and with other processes.</summary>
public sealed unsafe class ExternalMemoryTests : VulkanTest
{
    private const ExternalMemoryHandleTypeFlags Opaque = ExternalMemoryHandleTypeFlags.OpaqueFdBit;

    [Fact]
    public void TwoDevicesWriteToTheSameMemory()
    {
        using var first = new TestDevice();
        using var second = new TestDevice();
        TestDevice.Check(Export(first, 10_000, out var exported));
        int file = Descriptor(first, exported);
        TestDevice.Check(Import(second, file, 10_000, out var imported));
        byte* a = Map(first, exported), b = Map(second, imported);
        Assert.True(new ReadOnlySpan<byte>(b, 10_000).IndexOfAnyExcept((byte)0) < 0);
        b[9999] = 77;
        Assert.Equal(77, a[9999]);

        // By commands of both devices.
        Fill(first, exported, 0, 0x11111111);
        Fill(second, imported, 4096, 0x22222222);
        Assert.Equal((0x11, 0x22), (b[0], a[4096]));

        // It lives as long as one of them does, and can be exported again.
        first.Vk.FreeMemory(first.Device, exported, null);
        Assert.Equal((0x11, 77), (b[0], b[9999]));
        int again = Descriptor(second, imported);
        second.Vk.FreeMemory(second.Device, imported, null);
        TestDevice.Check(Import(first, again, 10_000, out var third));
        Assert.Equal((0x11, 77), (Map(first, third)[0], Map(first, third, again: true)[9999]));
        first.Vk.FreeMemory(first.Device, third, null);
    }

    [Fact]
    public void ADescriptorFromAnotherProcessIsTheSameFile()
    {
        using var device = new TestDevice();
        TestDevice.Check(Export(device, 100, out var exported));
        using var file = new SafeFileHandle(Descriptor(device, exported), ownsHandle: true);

        // What another process gets: the file opened by a way of its own.
        using var other = File.OpenHandle($"/proc/self/fd/{file.DangerousGetHandle()}", FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.Write(other, [1, 2, 3], 10);
        Assert.Equal(2, Map(device, exported)[11]);
        device.Vk.FreeMemory(device.Device, exported, null);
    }

    [Fact]
    public void FreedSharedMemoryIsGoneFromTheRegion()
    {
        using var device = new TestDevice();
        var found = Handles.DispatchableBlock.Get<DeviceObject>(device.Device.Handle)!;
        TestDevice.Check(Export(device, 1 << 20, out var exported));
        ulong offset = Handles.HandleTable.Get<DeviceMemoryObject>(exported.Handle)!.Range.Offset;
        new Span<byte>(Map(device, exported), 1 << 20).Fill(0xAA);
        device.Vk.FreeMemory(device.Device, exported, null);
        Assert.Equal(0ul, found.Memory.Used);
        var info = new MemoryAllocateInfo { AllocationSize = 1 << 20 };
        TestDevice.Check(device.Vk.AllocateMemory(device.Device, in info, null, out var plain));
        Assert.Equal(offset, Handles.HandleTable.Get<DeviceMemoryObject>(plain.Handle)!.Range.Offset);
        Assert.True(new ReadOnlySpan<byte>(Map(device, plain), 1 << 20).IndexOfAnyExcept((byte)0) < 0);
        device.Vk.FreeMemory(device.Device, plain, null);
    }

    [Fact]
    public void MemoryIsFreedWhileCommandsRun()
    {
        using var device = new TestDevice();
        TestDevice.Check(Export(device, 4096, out var exported));
        var data = device.Buffer(1024);
        var eventInfo = new EventCreateInfo();
        TestDevice.Check(device.Vk.CreateEvent(device.Device, in eventInfo, null, out var hold));
        var buffer = Buffer(device, exported, 0);
        var fence = device.Fence();
        device.Submit(fence, device.Record(c =>
        {
            device.Vk.CmdFillBuffer(c, data.Handle, 0, 4, 1);
            device.Vk.CmdWaitEvents(c, 1, in hold, 0, 0, 0, null, 0, null, 0, null);
            device.Vk.CmdFillBuffer(c, buffer, 0, 4, 1);
        }));
        TestDevice.Until(() => data.Words()[0] == 1);
        device.Vk.FreeMemory(device.Device, exported, null);
        TestDevice.Check(device.Vk.SetEvent(device.Device, hold));
        device.Wait(fence);
        device.Vk.DestroyBuffer(device.Device, buffer, null);
        device.Vk.DestroyEvent(device.Device, hold, null);
    }

    [Fact]
    public void WhatIsNotOursIsRefusedAndStaysTheApplications()
    {
        using var device = new TestDevice();
        Assert.Equal(Result.ErrorInvalidExternalHandle, Import(device, -1, 4096, out _));
        string path = Path.GetTempFileName();
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(file, 1 << 16);
            Assert.Equal(Result.ErrorInvalidExternalHandle, Import(device, (int)file.DangerousGetHandle(), 4096, out var none));
            Assert.Equal((0ul, 1L << 16), (none.Handle, RandomAccess.GetLength(file)));
        }

        File.Delete(path);
        TestDevice.Check(Export(device, 8192, out var exported));
        using var right = new SafeFileHandle(Descriptor(device, exported), ownsHandle: true);
        int number = (int)right.DangerousGetHandle();

        // More than it has; more than the device has; a type that is not supported.
        Assert.Equal(Result.ErrorInvalidExternalHandle, Import(device, number, 8193, out _));
        Assert.Equal(Result.ErrorOutOfDeviceMemory, Import(device, number, 1ul << 50, out _));
        Assert.Equal(Result.ErrorInvalidExternalHandle, Import(device, number, 4096, out _, ExternalMemoryHandleTypeFlags.DmaBufBitExt));
        Assert.Equal(8192, RandomAccess.GetLength(right));

        // Memory that was not allocated for it has no descriptor.
        var info = new MemoryAllocateInfo { AllocationSize = 4096 };
        TestDevice.Check(device.Vk.AllocateMemory(device.Device, in info, null, out var plain));
        var get = new MemoryGetFdInfoKHR { Memory = plain, HandleType = Opaque };
        Assert.NotEqual(Result.Success, device.Vk.GetMemoryFdKHR(device.Device, in get, out int descriptor));
        Assert.Equal(-1, descriptor);
        get = new MemoryGetFdInfoKHR { Memory = exported, HandleType = ExternalMemoryHandleTypeFlags.DmaBufBitExt };
        Assert.NotEqual(Result.Success, device.Vk.GetMemoryFdKHR(device.Device, in get, out _));
        var properties = new MemoryFdPropertiesKHR();
        Assert.Equal(Result.ErrorInvalidExternalHandle, device.Vk.GetMemoryFdPropertiesKHR(device.Device, Opaque, number, &properties));
        device.Vk.FreeMemory(device.Device, plain, null);
        device.Vk.FreeMemory(device.Device, exported, null);
    }

    [Fact]
    public void QueriesSayWhatIsPossible()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        foreach (var type in Enum.GetValues<ExternalMemoryHandleTypeFlags>())
        {
            bool isOpaque = type == Opaque;
            bool isHost = type == ExternalMemoryHandleTypeFlags.HostAllocationBitExt;
            var expected = isOpaque ? ExternalMemoryFeatureFlags.ExportableBit | ExternalMemoryFeatureFlags.ImportableBit
                : isHost ? ExternalMemoryFeatureFlags.ImportableBit : 0;
            var info = new PhysicalDeviceExternalBufferInfo { HandleType = type, Usage = BufferUsageFlags.StorageBufferBit };
            var buffer = new ExternalBufferProperties();
            vk.GetPhysicalDeviceExternalBufferProperties(device.Vulkan.Physical, &info, &buffer);
            Assert.Equal((expected, type), (buffer.ExternalMemoryProperties.ExternalMemoryFeatures, buffer.ExternalMemoryProperties.CompatibleHandleTypes));

            var external = new PhysicalDeviceExternalImageFormatInfo { HandleType = type };
            var image = new PhysicalDeviceImageFormatInfo2
            {
                PNext = &external, Format = Format.R8G8B8A8Unorm, Type = ImageType.Type2D, Tiling = ImageTiling.Optimal,
                Usage = ImageUsageFlags.StorageBit,
            };
            var answer = new ExternalImageFormatProperties();
            var properties = new ImageFormatProperties2 { PNext = &answer };
            Assert.Equal(isOpaque || isHost || type == 0 ? Result.Success : Result.ErrorFormatNotSupported,
                vk.GetPhysicalDeviceImageFormatProperties2(device.Vulkan.Physical, &image, &properties));
            Assert.Equal(expected, answer.ExternalMemoryProperties.ExternalMemoryFeatures);
        }
    }

    private static Result Export(TestDevice device, ulong bytes, out DeviceMemory memory)
    {
        var export = new ExportMemoryAllocateInfo { HandleTypes = Opaque };
        var info = new MemoryAllocateInfo { PNext = &export, AllocationSize = bytes };
        return device.Vk.AllocateMemory(device.Device, in info, null, out memory);
    }

    private static Result Import(TestDevice device, int file, ulong bytes, out DeviceMemory memory, ExternalMemoryHandleTypeFlags type = Opaque)
    {
        var import = new ImportMemoryFdInfoKHR { HandleType = type, Fd = file };
        var info = new MemoryAllocateInfo { PNext = &import, AllocationSize = bytes };
        return device.Vk.AllocateMemory(device.Device, in info, null, out memory);
    }

    private static int Descriptor(TestDevice device, DeviceMemory memory)
    {
        var info = new MemoryGetFdInfoKHR { Memory = memory, HandleType = Opaque };
        TestDevice.Check(device.Vk.GetMemoryFdKHR(device.Device, in info, out int file));
        Assert.True(file >= 0);
        return file;
    }

    private static byte* Map(TestDevice device, DeviceMemory memory, bool again = false)
    {
        if (again)
            device.Vk.UnmapMemory(device.Device, memory);
        void* data;
        TestDevice.Check(device.Vk.MapMemory(device.Device, memory, 0, Vk.WholeSize, 0, &data));
        return (byte*)data;
    }

    private static Buffer Buffer(TestDevice device, DeviceMemory memory, ulong offset)
    {
        var external = new ExternalMemoryBufferCreateInfo { HandleTypes = Opaque };
        var info = new BufferCreateInfo { PNext = &external, Size = 1024, Usage = BufferUsageFlags.TransferDstBit };
        TestDevice.Check(device.Vk.CreateBuffer(device.Device, in info, null, out var buffer));
        TestDevice.Check(device.Vk.BindBufferMemory(device.Device, buffer, memory, offset));
        return buffer;
    }

    private static void Fill(TestDevice device, DeviceMemory memory, ulong offset, uint value)
    {
        var buffer = Buffer(device, memory, offset);
        device.Run(c => device.Vk.CmdFillBuffer(c, buffer, 0, Vk.WholeSize, value));
        device.Vk.DestroyBuffer(device.Device, buffer, null);
    }
}
