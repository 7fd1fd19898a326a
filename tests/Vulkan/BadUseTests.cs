using ShaderJit.Vulkan.Bindings;
using Xunit;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;
using Semaphore = ShaderJit.Vulkan.Bindings.Semaphore;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Null, stale and foreign handles, and counts of 0 with pointers to nowhere: an error or nothing, never a crash.</summary>
public sealed unsafe class BadUseTests : VulkanTest
{
    private static void* Nowhere => (void*)0x10;

    [Fact]
    public void NullHandlesAreDestroyedAsOftenAsOneLikes()
    {
        using var device = new TestDevice();
        for (int i = 0; i < 2; i++)
            DestroyAll(device, default(Handles));
        var (vk, nothing) = (device.Vk, default(Device));
        vk.DestroyDevice(nothing, null);
        vk.DestroyInstance(default, null);
        Assert.NotEqual(Result.Success, vk.DeviceWaitIdle(nothing));
        Assert.NotEqual(Result.Success, vk.QueueWaitIdle(default));
        Assert.NotEqual(Result.Success, vk.QueueSubmit(default, 0, null, default));
        Assert.NotEqual(Result.Success, vk.BeginCommandBuffer(default, (CommandBufferBeginInfo*)Nowhere));
        Assert.NotEqual(Result.Success, vk.EndCommandBuffer(default));
        vk.CmdDispatch(default, 1, 1, 1);
        vk.CmdDispatch(new CommandBuffer(0x1234_5678), 1, 1, 1);
        vk.GetDeviceQueue(nothing, 0, 0, out var queue);
        Assert.Equal(0, queue.Handle);
        vk.GetDeviceQueue(device.Device, 1, 7, out queue);
        Assert.Equal(0, queue.Handle);
        uint count;
        Assert.NotEqual(Result.Success, vk.EnumeratePhysicalDevices(default, &count, null));
    }

    [Fact]
    public void EveryKindOfObjectIsGoneAfterItsDestruction()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        Assert.NotEqual(0ul, device.Commands.Handle); // made at its first use: now
        int live = Vulkan.Handles.HandleTable.LiveCount;
        var made = MakeAll(device);
        DestroyAll(device, made);
        Assert.Equal(live, Vulkan.Handles.HandleTable.LiveCount);
        DestroyAll(device, made);
        Assert.Equal(live, Vulkan.Handles.HandleTable.LiveCount);
        UseAll(device, made);

        // The slots are used again; the old handles still find nothing.
        var again = MakeAll(device);
        UseAll(device, made);
        DestroyAll(device, made);
        Assert.Equal(Result.NotReady, vk.GetFenceStatus(device.Device, again.Fence));
        DestroyAll(device, again);
        Assert.Equal(live, Vulkan.Handles.HandleTable.LiveCount);
    }

    [Fact]
    public void HandlesOfAnotherDeviceAreStrangers()
    {
        using var device = new TestDevice();
        using var other = new TestDevice();
        var made = MakeAll(other);
        UseAll(device, made);

        // A descriptor of a stranger's buffer is a null descriptor.
        var data = device.Kernel("fill", 8, (Kernels.HostBuffer?)null);
        device.Write(data.Set, 0, 0, DescriptorType.StorageBuffer, new DescriptorBufferInfo { Buffer = made.Buffer, Range = 64 });
        data.Run(1, 5, 64);
        DestroyAll(other, made);
    }

    [Fact]
    public void HandlesOfAnotherTypeAreNothing()
    {
        using var device = new TestDevice();
        var made = MakeAll(device);
        var vk = device.Vk;
        Assert.NotEqual(Result.Success, vk.GetFenceStatus(device.Device, new Fence(made.Buffer.Handle)));
        Assert.NotEqual(Result.Success, vk.SetEvent(device.Device, new Event(made.Fence.Handle)));
        vk.DestroyBuffer(device.Device, new Buffer(made.Memory.Handle), null);
        vk.FreeMemory(device.Device, new DeviceMemory(made.Buffer.Handle), null);
        Assert.NotEqual(Result.Success, vk.DeviceWaitIdle(new Device(device.Queue.Handle)));
        Assert.NotEqual(Result.Success, vk.QueueWaitIdle(new Queue(device.Device.Handle)));
        TestDevice.Check(vk.BindBufferMemory(device.Device, made.Buffer, made.Memory, 0));
        DestroyAll(device, made);
    }

    [Fact]
    public void CountsOfZeroGoWithPointersToNowhere()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var d = device.Device;
        vk.UpdateDescriptorSets(d, 0, (WriteDescriptorSet*)Nowhere, 0, (CopyDescriptorSet*)Nowhere);
        TestDevice.Check(vk.ResetFences(d, 0, (Fence*)Nowhere));
        TestDevice.Check(vk.QueueSubmit(device.Queue, 0, (SubmitInfo*)Nowhere, default));
        vk.FreeCommandBuffers(d, device.Commands, 0, (CommandBuffer*)Nowhere);
        TestDevice.Check(vk.BindBufferMemory2(d, 0, (BindBufferMemoryInfo*)Nowhere));
        TestDevice.Check(vk.InvalidateMappedMemoryRanges(d, 0, (MappedMemoryRange*)Nowhere));
        TestDevice.Check(vk.CreateComputePipelines(d, default, 0, (ComputePipelineCreateInfo*)Nowhere, null, (Pipeline*)Nowhere));
        var setInfo = new DescriptorSetLayoutCreateInfo { PBindings = (DescriptorSetLayoutBinding*)Nowhere };
        TestDevice.Check(vk.CreateDescriptorSetLayout(d, in setInfo, null, out var setLayout));
        var layoutInfo = new PipelineLayoutCreateInfo { PSetLayouts = (DescriptorSetLayout*)Nowhere, PPushConstantRanges = (PushConstantRange*)Nowhere };
        TestDevice.Check(vk.CreatePipelineLayout(d, in layoutInfo, null, out var layout));
        var poolInfo = new DescriptorPoolCreateInfo { MaxSets = 1, PPoolSizes = (DescriptorPoolSize*)Nowhere };
        TestDevice.Check(vk.CreateDescriptorPool(d, in poolInfo, null, out var pool));
        TestDevice.Check(device.TrySet(pool, setLayout, out var set));
        TestDevice.Check(vk.FreeDescriptorSets(d, pool, 0, (DescriptorSet*)Nowhere));
        var setsInfo = new DescriptorSetAllocateInfo { DescriptorPool = pool, PSetLayouts = (DescriptorSetLayout*)Nowhere };
        TestDevice.Check(vk.AllocateDescriptorSets(d, &setsInfo, (DescriptorSet*)Nowhere));
        var buffersInfo = new CommandBufferAllocateInfo { CommandPool = device.Commands };
        TestDevice.Check(vk.AllocateCommandBuffers(d, &buffersInfo, (CommandBuffer*)Nowhere));
        device.Run(c =>
        {
            vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, layout, 0, 1, in set, 0, (uint*)Nowhere);
            vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, layout, 0, 0, (DescriptorSet*)Nowhere, 0, (uint*)Nowhere);
            vk.CmdPipelineBarrier(c, 0, 0, 0, 0, (MemoryBarrier*)Nowhere, 0, (BufferMemoryBarrier*)Nowhere, 0, (ImageMemoryBarrier*)Nowhere);
            vk.CmdWaitEvents(c, 0, (Event*)Nowhere, 0, 0, 0, (MemoryBarrier*)Nowhere, 0, (BufferMemoryBarrier*)Nowhere, 0, (ImageMemoryBarrier*)Nowhere);
        });
        var submit = new SubmitInfo
        {
            PWaitSemaphores = (Semaphore*)Nowhere, PWaitDstStageMask = (PipelineStageFlags*)Nowhere,
            PCommandBuffers = (CommandBuffer*)Nowhere, PSignalSemaphores = (Semaphore*)Nowhere,
        };
        TestDevice.Check(vk.QueueSubmit(device.Queue, 1, in submit, default));
        TestDevice.Check(vk.QueueWaitIdle(device.Queue));
        vk.DestroyDescriptorPool(d, pool, null);
        vk.DestroyPipelineLayout(d, layout, null);
        vk.DestroyDescriptorSetLayout(d, setLayout, null);
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void SizesAndTypesThatAreWrongAreRefused()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var d = device.Device;
        foreach (ulong size in (ulong[])[0, ulong.MaxValue, 1ul << 60])
        {
            var info = new BufferCreateInfo { Size = size };
            Assert.NotEqual(Result.Success, vk.CreateBuffer(d, in info, null, out var buffer));
            Assert.Equal(0ul, buffer.Handle);
        }

        var queries = new QueryPoolCreateInfo { QueryType = QueryType.PipelineStatistics, QueryCount = 1 };
        Assert.NotEqual(Result.Success, vk.CreateQueryPool(d, in queries, null, out _));
        queries = new QueryPoolCreateInfo { QueryType = QueryType.Timestamp, QueryCount = uint.MaxValue };
        Assert.NotEqual(Result.Success, vk.CreateQueryPool(d, in queries, null, out _));
        var bindings = stackalloc DescriptorSetLayoutBinding[2];
        bindings[0] = bindings[1] = new() { Binding = 1, DescriptorCount = 1, DescriptorType = DescriptorType.StorageBuffer };
        var layoutInfo = new DescriptorSetLayoutCreateInfo { BindingCount = 2, PBindings = bindings };
        Assert.NotEqual(Result.Success, vk.CreateDescriptorSetLayout(d, in layoutInfo, null, out _));
        bindings[1].Binding = 2;
        bindings[1].DescriptorCount = uint.MaxValue;
        Assert.NotEqual(Result.Success, vk.CreateDescriptorSetLayout(d, in layoutInfo, null, out _));
        var size2 = new DescriptorPoolSize { DescriptorCount = uint.MaxValue };
        var poolInfo = new DescriptorPoolCreateInfo { MaxSets = uint.MaxValue, PoolSizeCount = 1, PPoolSizes = &size2 };
        Assert.NotEqual(Result.Success, vk.CreateDescriptorPool(d, in poolInfo, null, out _));
        var range = new PushConstantRange { StageFlags = ShaderStageFlags.ComputeBit, Offset = 4, Size = uint.MaxValue };
        var pipelineLayout = new PipelineLayoutCreateInfo { PushConstantRangeCount = 1, PPushConstantRanges = &range };
        Assert.NotEqual(Result.Success, vk.CreatePipelineLayout(d, in pipelineLayout, null, out _));

        // Descriptors of a type that the binding is not of, and bindings that are not there.
        var set = device.Set(device.StorageLayout(2));
        var data = device.Buffer(64);
        int before = device.Messages.Length;
        device.Write(set, 0, DescriptorType.UniformBuffer, data);
        device.Write(set, 7, DescriptorType.StorageBuffer, data);
        device.Write(set, 0, uint.MaxValue, DescriptorType.StorageBuffer, new DescriptorBufferInfo { Buffer = data.Handle, Range = 4 });
        device.Write(set, 0, DescriptorType.CombinedImageSampler, data);
        Assert.Equal(before + 4, device.Messages.Length);
    }

    private struct Handles
    {
        public Buffer Buffer;
        public DeviceMemory Memory;
        public Fence Fence;
        public Semaphore Semaphore;
        public Event Event;
        public QueryPool Queries;
        public ShaderModule Module;
        public Pipeline Pipeline;
        public PipelineLayout Layout;
        public PipelineCache Cache;
        public DescriptorSetLayout SetLayout;
        public DescriptorPool Pool;
        public DescriptorSet Set;
        public Sampler Sampler;
        public CommandPool Commands;
        public CommandBuffer CommandBuffer;
    }

    private static Handles MakeAll(TestDevice device)
    {
        var (vk, d) = (device.Vk, device.Device);
        var h = default(Handles);
        var buffer = new BufferCreateInfo { Size = 256 };
        TestDevice.Check(vk.CreateBuffer(d, in buffer, null, out h.Buffer));
        var memory = new MemoryAllocateInfo { AllocationSize = 256 };
        TestDevice.Check(vk.AllocateMemory(d, in memory, null, out h.Memory));
        var fence = new FenceCreateInfo();
        TestDevice.Check(vk.CreateFence(d, in fence, null, out h.Fence));
        var semaphore = new SemaphoreCreateInfo();
        TestDevice.Check(vk.CreateSemaphore(d, in semaphore, null, out h.Semaphore));
        var @event = new EventCreateInfo();
        TestDevice.Check(vk.CreateEvent(d, in @event, null, out h.Event));
        var queries = new QueryPoolCreateInfo { QueryType = QueryType.Timestamp, QueryCount = 2 };
        TestDevice.Check(vk.CreateQueryPool(d, in queries, null, out h.Queries));
        var cache = new PipelineCacheCreateInfo();
        TestDevice.Check(vk.CreatePipelineCache(d, in cache, null, out h.Cache));
        var sampler = new SamplerCreateInfo();
        TestDevice.Check(vk.CreateSampler(d, in sampler, null, out h.Sampler));
        var commands = new CommandPoolCreateInfo();
        TestDevice.Check(vk.CreateCommandPool(d, in commands, null, out h.Commands));
        var binding = new DescriptorSetLayoutBinding { DescriptorCount = 1, DescriptorType = DescriptorType.StorageBuffer };
        var setLayout = new DescriptorSetLayoutCreateInfo { BindingCount = 1, PBindings = &binding };
        TestDevice.Check(vk.CreateDescriptorSetLayout(d, in setLayout, null, out h.SetLayout));
        var one = h.SetLayout;
        var range = new PushConstantRange { StageFlags = ShaderStageFlags.ComputeBit, Size = 8 };
        var layout = new PipelineLayoutCreateInfo
        {
            SetLayoutCount = 1, PSetLayouts = &one, PushConstantRangeCount = 1, PPushConstantRanges = &range,
        };
        TestDevice.Check(vk.CreatePipelineLayout(d, in layout, null, out h.Layout));
        var size = new DescriptorPoolSize { Type = DescriptorType.StorageBuffer, DescriptorCount = 4 };
        var pool = new DescriptorPoolCreateInfo { MaxSets = 4, PoolSizeCount = 1, PPoolSizes = &size };
        TestDevice.Check(vk.CreateDescriptorPool(d, in pool, null, out h.Pool));
        TestDevice.Check(device.TrySet(h.Pool, h.SetLayout, out h.Set));
        h.CommandBuffer = device.CommandBuffer(pool: h.Commands);
        var words = Shaders.Words("fill");
        fixed (uint* code = words)
        {
            var module = new ShaderModuleCreateInfo { CodeSize = (nuint)words.Length * 4, PCode = code };
            TestDevice.Check(vk.CreateShaderModule(d, in module, null, out h.Module));
        }

        TestDevice.Check(device.TryPipeline(words, h.Layout, out h.Pipeline));
        return h;
    }

    private static void DestroyAll(TestDevice device, in Handles h)
    {
        var (vk, d) = (device.Vk, device.Device);
        vk.DestroyBuffer(d, h.Buffer, null);
        vk.FreeMemory(d, h.Memory, null);
        vk.DestroyFence(d, h.Fence, null);
        vk.DestroySemaphore(d, h.Semaphore, null);
        vk.DestroyEvent(d, h.Event, null);
        vk.DestroyQueryPool(d, h.Queries, null);
        vk.DestroyShaderModule(d, h.Module, null);
        vk.DestroyPipeline(d, h.Pipeline, null);
        vk.DestroyPipelineLayout(d, h.Layout, null);
        vk.DestroyPipelineCache(d, h.Cache, null);
        vk.DestroyDescriptorSetLayout(d, h.SetLayout, null);
        var set = h.Set;
        vk.FreeDescriptorSets(d, h.Pool, 1, &set);
        vk.DestroyDescriptorPool(d, h.Pool, null);
        vk.DestroySampler(d, h.Sampler, null);
        var buffer = h.CommandBuffer;
        vk.FreeCommandBuffers(d, h.Commands, 1, &buffer);
        vk.DestroyCommandPool(d, h.Commands, null);
        vk.DestroyDescriptorUpdateTemplate(d, default, null);
        vk.DestroyBufferView(d, default, null);
    }

    /// <summary>Uses handles that are not this device's.</summary>
    private static void UseAll(TestDevice device, in Handles h)
    {
        var (vk, d) = (device.Vk, device.Device);
        void* data;
        Assert.NotEqual(Result.Success, vk.MapMemory(d, h.Memory, 0, Vk.WholeSize, 0, &data));
        Assert.NotEqual(Result.Success, vk.BindBufferMemory(d, h.Buffer, h.Memory, 0));
        var fence = h.Fence;
        Assert.NotEqual(Result.Success, vk.WaitForFences(d, 1, &fence, true, 0));
        Assert.NotEqual(Result.Success, vk.ResetFences(d, 1, &fence));
        Assert.NotEqual(Result.Success, vk.QueueSubmit(device.Queue, 0, null, fence));
        Assert.NotEqual(Result.Success, vk.GetQueryPoolResults(d, h.Queries, 0, 1, 8, &data, 8, 0));
        Assert.NotEqual(Result.Success, device.TryPipeline(Shaders.Words("fill"), h.Layout, out _));
        Assert.NotEqual(Result.Success, vk.ResetCommandPool(d, h.Commands, 0));
        Assert.NotEqual(Result.Success, vk.ResetDescriptorPool(d, h.Pool, 0));
        Assert.NotEqual(Result.Success, device.TrySet(h.Pool, h.SetLayout, out _));
        nuint size;
        Assert.NotEqual(Result.Success, vk.GetPipelineCacheData(d, h.Cache, &size, null));
        var semaphore = h.Semaphore;
        ulong value = 1;
        var wait = new SemaphoreWaitInfo { SemaphoreCount = 1, PSemaphores = &semaphore, PValues = &value };
        Assert.NotEqual(Result.Success, vk.WaitSemaphores(d, &wait, 0));
        var submit = new SubmitInfo { WaitSemaphoreCount = 1, PWaitSemaphores = &semaphore };
        Assert.NotEqual(Result.Success, vk.QueueSubmit(device.Queue, 1, &submit, default));
        device.Write(h.Set, 0, 0, DescriptorType.StorageBuffer, new DescriptorBufferInfo { Buffer = h.Buffer, Range = 4 });
        var (buffer, set, pipeline, layout, @event, queries) = (h.Buffer, h.Set, h.Pipeline, h.Layout, h.Event, h.Queries);
        Action<CommandBuffer>[] commands =
        [
            c => vk.CmdBindPipeline(c, PipelineBindPoint.Compute, pipeline),
            c => vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, layout, 0, 1, in set, 0, null),
            c => vk.CmdFillBuffer(c, buffer, 0, 4, 0), c => vk.CmdSetEvent(c, @event, 0),
            c => vk.CmdWriteTimestamp(c, 0, queries, 0), c => vk.CmdDispatchIndirect(c, buffer, 0),
            c => vk.CmdCopyQueryPoolResults(c, queries, 0, 1, buffer, 0, 8, 0), c => vk.CmdResetQueryPool(c, queries, 0, 1),
        ];
        foreach (var command in commands)
        {
            var recording = device.CommandBuffer();
            var begin = new CommandBufferBeginInfo();
            TestDevice.Check(vk.BeginCommandBuffer(recording, in begin));
            command(recording);
            Assert.NotEqual(Result.Success, vk.EndCommandBuffer(recording));
            vk.FreeCommandBuffers(d, device.Commands, 1, in recording);
        }
    }
}
