using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using Xunit;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

namespace ShaderJit.Vulkan.Tests;

/// <summary>VK_EXT_external_memory_host: memory of the application that devices share.</summary>
public sealed unsafe class HostPointerTests : VulkanTest
{
    private const ExternalMemoryHandleTypeFlags Host = ExternalMemoryHandleTypeFlags.HostAllocationBitExt;

    private const ulong Page = 4096;

    private readonly List<nint> _allocated = [];

    public override void Dispose()
    {
        foreach (nint pages in _allocated)
            NativeMemory.AlignedFree((void*)pages);
        base.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1024)]
    public void ADispatchWritesWhereTheApplicationReads(int pages)
    {
        using var device = new TestDevice();
        uint words = (uint)pages * 1024;
        uint* memory = Pages(pages);
        memory[words - 1] = 0xABCD;
        TestDevice.Check(Import(device, memory, (ulong)pages * Page, out var imported));
        var buffer = Buffer(device, imported, (ulong)pages * Page);
        var kernel = Kernel(device, buffer);
        Assert.Equal(0xABCDu, memory[words - 1]);
        kernel.Run(words / 64, 100, words - 1);
        Assert.Equal((100u, words + 98, 0xABCDu), (memory[0], memory[words - 2], memory[words - 1]));

        // What the application writes then is what the next command finds.
        memory[5] = 0x1234;
        var copy = device.Buffer(64);
        var region = new BufferCopy { Size = 64 };
        device.Run(c => device.Vk.CmdCopyBuffer(c, buffer, copy.Handle, 1, in region));
        Assert.Equal(0x1234u, copy.Words()[5]);

        // Mapped it is the same memory.
        void* data;
        TestDevice.Check(device.Vk.MapMemory(device.Device, imported, 0, Vk.WholeSize, 0, &data));
        ((uint*)data)[6] = 0x5678;
        Assert.Equal(0x5678u, memory[6]);
        device.Vk.DestroyBuffer(device.Device, buffer, null);
        device.Vk.FreeMemory(device.Device, imported, null);
        Assert.Equal((100u, 0x1234u, 0x5678u), (memory[0], memory[5], memory[6]));
        memory[0] = 1;
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void DevicesImportTheSameMemoryAndPartsOfIt()
    {
        using var first = new TestDevice();
        using var second = new TestDevice();
        uint* memory = Pages(4);
        TestDevice.Check(Import(first, memory, 4 * Page, out var whole));
        TestDevice.Check(Import(second, memory, 4 * Page, out var again));
        TestDevice.Check(Import(first, memory + 2048, Page, out var part));
        Fill(first, whole, Page, 0x11111111);
        Fill(second, again, 2 * Page, 0x22222222);
        Fill(first, part, 0, 0x33333333, 64);
        Assert.Equal((0u, 0x11111111u), (memory[0], memory[1024]));
        Assert.Equal((0x33333333u, 0x22222222u), (memory[2048], memory[2048 + 16]));

        // The last one lives on, also as a part of a range across its end.
        first.Vk.FreeMemory(first.Device, whole, null);
        second.Vk.FreeMemory(second.Device, again, null);
        Fill(first, part, 0, 0x44444444, 64);
        Assert.Equal(0x44444444u, memory[2048]);
        first.Vk.FreeMemory(first.Device, part, null);
        Assert.Equal(0x44444444u, memory[2048]);
        TestDevice.Check(Import(first, memory + 1024, Page, out part));
        TestDevice.Check(Import(second, memory, 4 * Page, out whole));
        Fill(first, part, 0, 0x55555555);
        Assert.Equal((0x55555555u, 0x44444444u), (memory[1024], memory[2048]));
        Fill(second, whole, 0, 0x66666666, 2 * Page);
        first.Vk.FreeMemory(first.Device, part, null);
        Assert.Equal((0x66666666u, 0x66666666u, 0x44444444u), (memory[0], memory[1024], memory[2048]));
        Fill(second, whole, Page, 0x77777777);
        second.Vk.FreeMemory(second.Device, whole, null);
        Assert.Equal((0x66666666u, 0x77777777u, 0x44444444u), (memory[0], memory[1024], memory[2048]));
    }

    [Fact]
    public void FreedWhileCommandsRunItIsTheApplicationsAtOnce()
    {
        using var device = new TestDevice();
        uint* memory = Pages(1);
        TestDevice.Check(Import(device, memory, Page, out var imported));
        var data = device.Buffer(1024);
        var eventInfo = new EventCreateInfo();
        TestDevice.Check(device.Vk.CreateEvent(device.Device, in eventInfo, null, out var hold));
        var buffer = Buffer(device, imported, Page);
        var kernel = Kernel(device, buffer);
        var fence = device.Fence();
        device.Submit(fence, device.Record(c =>
        {
            device.Vk.CmdFillBuffer(c, data.Handle, 0, 4, 1);
            device.Vk.CmdWaitEvents(c, 1, in hold, 0, 0, 0, null, 0, null, 0, null);
            kernel.Dispatch(c, 1, 100, 64);
            device.Vk.CmdFillBuffer(c, data.Handle, 4, 4, 1);
        }));
        TestDevice.Until(() => data.Words()[0] == 1);
        device.Vk.FreeMemory(device.Device, imported, null);
        TestDevice.Check(device.Vk.SetEvent(device.Device, hold));

        // The kernel, which is not allowed to use the memory any more, finds other pages there.
        device.Wait(fence);
        Assert.Equal(1u, data.Words()[1]);
        Assert.Equal(0u, memory[0]);
        device.Vk.DestroyBuffer(device.Device, buffer, null);
        device.Vk.DestroyEvent(device.Device, hold, null);
    }

    [Fact]
    public void AShaderBeyondItsBoundsDoesNotReachTheRestOfThePages()
    {
        using var device = new TestDevice();
        uint* memory = Pages(2);
        TestDevice.Check(Import(device, memory + 1024, Page, out var imported));
        var buffer = Buffer(device, imported, 256);
        Kernel(device, buffer).Run(1024, 7, 65536);
        Assert.Equal((0u, 7u, 70u, 0u), (memory[1023], memory[1024], memory[1024 + 63], memory[1024 + 64]));
        device.Vk.DestroyBuffer(device.Device, buffer, null);
        device.Vk.FreeMemory(device.Device, imported, null);
    }

    [Fact]
    public void OtherMemoryIsRefused()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        uint* memory = Pages(2);
        memory[0] = 42;
        var own = device.Buffer(8192);
        fixed (byte* mapped = own.Bytes)
        fixed (byte* constant = "in a file's mapping"u8)
        {
            Refused(mapped, Page);
            Refused((void*)((ulong)constant & ~(Page - 1)), Page);
        }

        Refused(null, Page);
        Refused((byte*)memory + 16, Page, isAsked: false);
        Refused(memory, Page + 4, isAsked: false);
        Refused(memory, Page, ExternalMemoryHandleTypeFlags.HostMappedForeignMemoryBitExt);
        Assert.Equal(Result.ErrorOutOfDeviceMemory, Import(device, memory, 1ul << 50, out _));

        // With an export, or with another import.
        var import = new ImportMemoryHostPointerInfoEXT { HandleType = Host, PHostPointer = memory };
        var export = new ExportMemoryAllocateInfo { PNext = &import, HandleTypes = ExternalMemoryHandleTypeFlags.OpaqueFdBit };
        var info = new MemoryAllocateInfo { PNext = &export, AllocationSize = Page };
        Assert.Equal(Result.ErrorInvalidExternalHandle, vk.AllocateMemory(device.Device, in info, null, out _));
        var other = new ImportMemoryFdInfoKHR { PNext = &import, HandleType = ExternalMemoryHandleTypeFlags.OpaqueFdBit, Fd = -1 };
        info.PNext = &other;
        Assert.Equal(Result.ErrorInvalidExternalHandle, vk.AllocateMemory(device.Device, in info, null, out _));

        // An import of no type is none; memory that was imported is not exported.
        TestDevice.Check(Import(device, memory, Page, out var plain, 0));
        vk.FreeMemory(device.Device, plain, null);
        TestDevice.Check(Import(device, memory, Page, out var imported));
        var get = new MemoryGetFdInfoKHR { Memory = imported, HandleType = ExternalMemoryHandleTypeFlags.OpaqueFdBit };
        Assert.NotEqual(Result.Success, vk.GetMemoryFdKHR(device.Device, in get, out _));
        vk.FreeMemory(device.Device, imported, null);
        Assert.Equal(42u, memory[0]);

        void Refused(void* pointer, ulong bytes, ExternalMemoryHandleTypeFlags type = Host, bool isAsked = true)
        {
            Assert.Equal(Result.ErrorInvalidExternalHandle, Import(device, pointer, bytes, out var none, type));
            Assert.Equal(0ul, none.Handle);
            var properties = new MemoryHostPointerPropertiesEXT { MemoryTypeBits = 99 };
            if (!isAsked)
                return;
            Assert.Equal(Result.ErrorInvalidExternalHandle, vk.GetMemoryHostPointerPropertiesEXT(device.Device, type, pointer, &properties));
            Assert.Equal(0u, properties.MemoryTypeBits);
        }
    }

    [Fact]
    public void QueriesSayWhatIsPossible()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var limits = new PhysicalDeviceExternalMemoryHostPropertiesEXT();
        var all = new PhysicalDeviceProperties2 { PNext = &limits };
        vk.GetPhysicalDeviceProperties2(device.Vulkan.Physical, &all);
        Assert.Equal(Page, limits.MinImportedHostPointerAlignment);
        var properties = new MemoryHostPointerPropertiesEXT();
        uint* memory = Pages(1);
        for (int i = 0; i < 2; i++)
        {
            TestDevice.Check(vk.GetMemoryHostPointerPropertiesEXT(device.Device, Host, memory, &properties));
            Assert.Equal(1u, properties.MemoryTypeBits);
            TestDevice.Check(Import(device, memory, Page, out var imported));
            TestDevice.Check(vk.GetMemoryHostPointerPropertiesEXT(device.Device, Host, memory, &properties));
            vk.FreeMemory(device.Device, imported, null);
        }
    }

    [Fact]
    public void AnImageLiesInTheApplicationsMemory()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var external = new ExternalMemoryImageCreateInfo { HandleTypes = Host };
        var info = new ImageCreateInfo
        {
            PNext = &external, ImageType = ImageType.Type2D, Format = Format.R8G8B8A8Unorm, Extent = new Extent3D { Width = 16, Height = 16, Depth = 1 },
            MipLevels = 1, ArrayLayers = 1, Samples = SampleCountFlags.Count1Bit, Tiling = ImageTiling.Linear, Usage = ImageUsageFlags.TransferDstBit,
        };
        TestDevice.Check(vk.CreateImage(device.Device, in info, null, out var image));
        vk.GetImageMemoryRequirements(device.Device, image, out var needs);
        Assert.True(needs.Size <= Page && Page % needs.Alignment == 0);
        uint* memory = Pages(1);
        TestDevice.Check(Import(device, memory, Page, out var imported));
        TestDevice.Check(vk.BindImageMemory(device.Device, image, imported, 0));
        var color = TestDevice.Floats(1, 0, 1, 0);
        var range = new ImageSubresourceRange { AspectMask = ImageAspectFlags.ColorBit, LevelCount = 1, LayerCount = 1 };
        device.Run(c => vk.CmdClearColorImage(c, image, ImageLayout.General, in color, 1, in range));
        var place = new ImageSubresource { AspectMask = ImageAspectFlags.ColorBit };
        vk.GetImageSubresourceLayout(device.Device, image, in place, out var layout);
        Assert.Equal(0x00FF00FFu, memory[((layout.Offset + (15 * layout.RowPitch)) / 4) + 15]);
        vk.DestroyImage(device.Device, image, null);
        vk.FreeMemory(device.Device, imported, null);
    }

    /// <summary>The device fills, the host writes once a fence says so, and a batch that has waited for an event copies what the host wrote.</summary>
    [Theory]
    [InlineData(0ul)]
    [InlineData(4096ul)]
    public void HostAndDeviceTakeTurns(ulong offset)
    {
        const int bytes = 40000;
        using var device = new TestDevice();
        var vk = device.Vk;
        uint* memory = Pages(11);
        TestDevice.Check(Import(device, memory, 11 * Page, out var imported));
        var data = Buffer(device, imported, bytes, offset);
        var result = device.Buffer(bytes);
        var eventInfo = new EventCreateInfo();
        TestDevice.Check(vk.CreateEvent(device.Device, in eventInfo, null, out var isWritten));
        var filled = device.Fence();
        var copied = device.Fence();
        device.Submit(filled, device.Record(c => vk.CmdFillBuffer(c, data, 0, bytes, uint.MaxValue)));
        device.Submit(copied, device.Record(c =>
        {
            vk.CmdWaitEvents(c, 1, in isWritten, PipelineStageFlags.HostBit, PipelineStageFlags.TransferBit, 0, null, 0, null, 0, null);
            var region = new BufferCopy { Size = bytes };
            vk.CmdCopyBuffer(c, data, result.Handle, 1, in region);
        }));
        device.Wait(filled);
        void* mapped;
        TestDevice.Check(vk.MapMemory(device.Device, imported, offset, bytes, 0, &mapped));
        uint* host = memory + (offset / 4);
        for (int i = 0; i < bytes / 4; i++)
        {
            Assert.Equal(uint.MaxValue, host[i]);
            host[i] = (uint)i * 7;
        }

        Assert.True(new ReadOnlySpan<byte>(host, bytes).SequenceEqual(new ReadOnlySpan<byte>(mapped, bytes)));
        vk.UnmapMemory(device.Device, imported);
        TestDevice.Check(vk.SetEvent(device.Device, isWritten));
        device.Wait(copied);
        Assert.True(new ReadOnlySpan<byte>(host, bytes).SequenceEqual(result.Bytes[..bytes]));
        vk.DestroyBuffer(device.Device, data, null);
        vk.DestroyEvent(device.Device, isWritten, null);
        vk.FreeMemory(device.Device, imported, null);
        Assert.Empty(device.Messages);
    }

    /// <summary>Programs free the block first, and the device's memory then.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2000)]
    public void TheBlockMayGoBeforeTheImport(int pages)
    {
        using var device = new TestDevice();
        for (int i = 0; i < 20; i++)
        {
            void* memory = NativeMemory.AlignedAlloc((nuint)pages * (nuint)Page, (nuint)Page);
            TestDevice.Check(Import(device, memory, (ulong)pages * Page, out var imported));
            Fill(device, imported, 0, 0xFFFFFFFF, (ulong)pages * Page);
            NativeMemory.AlignedFree(memory);
            device.Vk.FreeMemory(device.Device, imported, null);
            var next = (byte*)NativeMemory.AllocZeroed((nuint)pages * (nuint)Page);
            for (ulong j = 0; j < (ulong)pages * Page; j++)
                Assert.Equal(0, next[j]);
            NativeMemory.Free(next);
        }
    }

    [Theory]
    [InlineData(Format.R8G8B8A8Unorm, 4)]
    [InlineData(Format.R16G16B16A16Unorm, 8)]
    [InlineData(Format.R16G16B16A16Sfloat, 8)]
    [InlineData(Format.R32G32B32A32Sfloat, 16)]
    public void AnImageLiesBehindItsAlignmentToo(Format format, int bytes)
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var external = new ExternalMemoryImageCreateInfo { HandleTypes = Host };
        var info = new ImageCreateInfo
        {
            PNext = &external, ImageType = ImageType.Type2D, Format = format, Extent = new Extent3D { Width = 100, Height = 100, Depth = 1 },
            MipLevels = 1, ArrayLayers = 1, Samples = SampleCountFlags.Count1Bit, Tiling = ImageTiling.Linear,
            Usage = ImageUsageFlags.TransferDstBit | ImageUsageFlags.TransferSrcBit,
        };
        TestDevice.Check(vk.CreateImage(device.Device, in info, null, out var image));
        vk.GetImageMemoryRequirements(device.Device, image, out var needs);
        int pages = (int)((needs.Size + needs.Alignment + Page - 1) / Page);
        uint* memory = Pages(pages);
        TestDevice.Check(Import(device, memory, (ulong)pages * Page, out var imported));
        TestDevice.Check(vk.BindImageMemory(device.Device, image, imported, needs.Alignment));
        var color = TestDevice.Floats(1, 1, 1, 1);
        var range = new ImageSubresourceRange { AspectMask = ImageAspectFlags.ColorBit, LevelCount = 1, LayerCount = 1 };
        device.Run(c => vk.CmdClearColorImage(c, image, ImageLayout.General, in color, 1, in range));
        var place = new ImageSubresource { AspectMask = ImageAspectFlags.ColorBit };
        vk.GetImageSubresourceLayout(device.Device, image, in place, out var layout);
        var first = (byte*)memory + needs.Alignment + layout.Offset;
        byte* last = first + (99 * layout.RowPitch) + (99 * (ulong)bytes);
        var texel = new ReadOnlySpan<byte>(first, bytes);
        Assert.Equal(format switch
        {
            Format.R16G16B16A16Sfloat => (byte)0x3C,
            Format.R32G32B32A32Sfloat => (byte)0x3F,
            _ => (byte)0xFF,
        }, texel[bytes - 1]);
        Assert.True(texel.SequenceEqual(new ReadOnlySpan<byte>(last, bytes)));
        Assert.Equal(0, ((byte*)memory)[needs.Alignment - 1]);
        vk.DestroyImage(device.Device, image, null);
        vk.FreeMemory(device.Device, imported, null);
    }

    private static Result Import(TestDevice device, void* pointer, ulong bytes, out DeviceMemory memory, ExternalMemoryHandleTypeFlags type = Host)
    {
        var import = new ImportMemoryHostPointerInfoEXT { HandleType = type, PHostPointer = pointer };
        var info = new MemoryAllocateInfo { PNext = &import, AllocationSize = bytes };
        return device.Vk.AllocateMemory(device.Device, in info, null, out memory);
    }

    private static Buffer Buffer(TestDevice device, DeviceMemory memory, ulong bytes, ulong offset = 0)
    {
        var external = new ExternalMemoryBufferCreateInfo { HandleTypes = Host };
        var info = new BufferCreateInfo
        {
            PNext = &external, Size = bytes,
            Usage = BufferUsageFlags.TransferDstBit | BufferUsageFlags.TransferSrcBit | BufferUsageFlags.StorageBufferBit,
        };
        TestDevice.Check(device.Vk.CreateBuffer(device.Device, in info, null, out var buffer));
        TestDevice.Check(device.Vk.BindBufferMemory(device.Device, buffer, memory, offset));
        return buffer;
    }

    private static void Fill(TestDevice device, DeviceMemory memory, ulong offset, uint value, ulong bytes = Page)
    {
        var buffer = Buffer(device, memory, bytes, offset);
        device.Run(c => device.Vk.CmdFillBuffer(c, buffer, 0, Vk.WholeSize, value));
        device.Vk.DestroyBuffer(device.Device, buffer, null);
    }

    /// <summary>fill.comp on the buffer: word i becomes value + i, for i below a count.</summary>
    private static TestKernel Kernel(TestDevice device, Buffer buffer)
    {
        var kernel = device.Kernel("fill", 8, device.Buffer(64));
        var place = new DescriptorBufferInfo { Buffer = buffer, Range = Vk.WholeSize };
        var write = new WriteDescriptorSet
        {
            DstSet = kernel.Set, DescriptorCount = 1, DescriptorType = DescriptorType.StorageBuffer, PBufferInfo = &place,
        };
        device.Vk.UpdateDescriptorSets(device.Device, 1, in write, 0, null);
        return kernel;
    }

    /// <summary>Whole pages from malloc's allocator, zero.</summary>
    private uint* Pages(int count)
    {
        void* pages = NativeMemory.AlignedAlloc((nuint)count * (nuint)Page, (nuint)Page);
        NativeMemory.Clear(pages, (nuint)count * (nuint)Page);
        _allocated.Add((nint)pages);
        return (uint*)pages;
    }
}
