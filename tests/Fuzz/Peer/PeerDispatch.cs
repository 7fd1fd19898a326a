using ShaderJit.Compiler;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Kernels;
using ShaderJit.Reference;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Fuzz.Peer;

/// <summary>A request on a device: its pipeline, buffers and descriptors.</summary>
internal sealed unsafe class PeerDispatch : IDisposable
{
    private const ulong Second = 1_000_000_000;

    private readonly VulkanDevice _device;
    private readonly PeerRequest _request;
    private readonly StageDesc _stage;
    private readonly List<HostBuffer> _buffers = [];
    private readonly List<(ImageMemory Memory, HostImage Image)> _images = [];
    private readonly List<BufferView> _views = [];
    private readonly DescriptorSetLayout[] _setLayouts;
    private PipelineLayout _layout;
    private ShaderModule _module;
    private Pipeline _pipeline;
    private DescriptorPool _pool;
    private DescriptorSet[] _sets = [];
    private CommandPool _commands;
    private Fence _fence;

    /// <exception cref="VulkanFailure">The driver refuses something.</exception>
    public PeerDispatch(VulkanDevice device, PeerRequest request)
    {
        _device = device;
        _request = request;
        _stage = TestStage.Of(TestStage.Read(request.Words));
        _setLayouts = new DescriptorSetLayout[_stage.Sets.Count];
        try
        {
            MakePipeline();
            MakeBuffers();
            MakeSets();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The buffers as the dispatch leaves them.</summary>
    public List<BoundBuffer> Run()
    {
        var vk = _device.Vk;
        var poolInfo = new CommandPoolCreateInfo { QueueFamilyIndex = _device.QueueFamily };
        VulkanFailure.Check(vk.CreateCommandPool(_device.Device, in poolInfo, null, out _commands), "vkCreateCommandPool");
        var allocate = new CommandBufferAllocateInfo { CommandPool = _commands, CommandBufferCount = 1 };
        CommandBuffer commands;
        VulkanFailure.Check(vk.AllocateCommandBuffers(_device.Device, &allocate, &commands), "vkAllocateCommandBuffers");
        var begin = new CommandBufferBeginInfo();
        VulkanFailure.Check(vk.BeginCommandBuffer(commands, &begin), "vkBeginCommandBuffer");
        foreach (var (memory, image) in _images)
        {
            image.Prepare(commands);
            image.CopyFrom(commands, _buffers[memory.Buffer]);
        }

        Wait(commands);
        vk.CmdBindPipeline(commands, PipelineBindPoint.Compute, _pipeline);
        fixed (DescriptorSet* sets = _sets)
        {
            if (_sets.Length > 0)
                vk.CmdBindDescriptorSets(commands, PipelineBindPoint.Compute, _layout, 0, (uint)_sets.Length, sets, 0, null);
        }

        fixed (byte* push = _request.Push)
            vk.CmdPushConstants(commands, _layout, ShaderStageFlags.ComputeBit, 0, (uint)_request.Push.Length, push);
        vk.CmdDispatch(commands, _request.Groups.X, _request.Groups.Y, _request.Groups.Z);
        Wait(commands);
        foreach (var (memory, image) in _images)
            image.CopyTo(commands, _buffers[memory.Buffer]);
        VulkanFailure.Check(vk.EndCommandBuffer(commands), "vkEndCommandBuffer");
        var fenceInfo = new FenceCreateInfo();
        VulkanFailure.Check(vk.CreateFence(_device.Device, in fenceInfo, null, out _fence), "vkCreateFence");
        var fence = _fence;
        var submit = new SubmitInfo { CommandBufferCount = 1, PCommandBuffers = &commands };
        VulkanFailure.Check(vk.QueueSubmit(_device.Queue, 1, &submit, fence), "vkQueueSubmit");
        VulkanFailure.Check(vk.WaitForFences(_device.Device, 1, &fence, true, 50 * Second), "vkWaitForFences");
        var left = new List<BoundBuffer>();
        for (int i = 0; i < _buffers.Count; i++)
            left.Add(_request.Buffers[i] with { Bytes = _buffers[i].Bytes.ToArray() });
        return left;
    }

    public void Dispose()
    {
        var vk = _device.Vk;
        vk.DestroyFence(_device.Device, _fence, null);
        vk.DestroyCommandPool(_device.Device, _commands, null);
        vk.DestroyDescriptorPool(_device.Device, _pool, null);
        foreach (var view in _views)
            vk.DestroyBufferView(_device.Device, view, null);
        foreach (var (_, image) in _images)
            image.Dispose();
        foreach (var buffer in _buffers)
            buffer.Dispose();
        vk.DestroyPipeline(_device.Device, _pipeline, null);
        vk.DestroyShaderModule(_device.Device, _module, null);
        vk.DestroyPipelineLayout(_device.Device, _layout, null);
        foreach (var layout in _setLayouts)
            vk.DestroyDescriptorSetLayout(_device.Device, layout, null);
    }

    private void MakePipeline()
    {
        var vk = _device.Vk;
        for (int set = 0; set < _setLayouts.Length; set++)
        {
            var slots = new List<DescriptorSetLayoutBinding>();
            foreach (var binding in _stage.Sets[set])
            {
                slots.Add(new DescriptorSetLayoutBinding
                {
                    Binding = binding.Binding, DescriptorType = TypeOf(binding.Kind), DescriptorCount = binding.Count,
                    StageFlags = ShaderStageFlags.ComputeBit,
                });
            }

            fixed (DescriptorSetLayoutBinding* pointer = slots.ToArray())
            {
                var setInfo = new DescriptorSetLayoutCreateInfo { BindingCount = (uint)slots.Count, PBindings = pointer };
                VulkanFailure.Check(vk.CreateDescriptorSetLayout(_device.Device, in setInfo, null, out _setLayouts[set]), "vkCreateDescriptorSetLayout");
            }
        }

        fixed (DescriptorSetLayout* layouts = _setLayouts)
        {
            var range = new PushConstantRange { StageFlags = ShaderStageFlags.ComputeBit, Size = (uint)_request.Push.Length };
            var layoutInfo = new PipelineLayoutCreateInfo
            {
                SetLayoutCount = (uint)_setLayouts.Length, PSetLayouts = layouts, PushConstantRangeCount = 1, PPushConstantRanges = &range,
            };
            VulkanFailure.Check(vk.CreatePipelineLayout(_device.Device, in layoutInfo, null, out _layout), "vkCreatePipelineLayout");
        }

        fixed (uint* code = _request.Words)
        {
            var moduleInfo = new ShaderModuleCreateInfo { CodeSize = (nuint)_request.Words.Length * 4, PCode = code };
            VulkanFailure.Check(vk.CreateShaderModule(_device.Device, in moduleInfo, null, out _module), "vkCreateShaderModule");
        }

        fixed (byte* name = "main\0"u8)
        {
            var info = new ComputePipelineCreateInfo
            {
                Stage = new PipelineShaderStageCreateInfo { Stage = ShaderStageFlags.ComputeBit, Module = _module, PName = name },
                Layout = _layout,
            };
            Pipeline pipeline;
            VulkanFailure.Check(vk.CreateComputePipelines(_device.Device, default, 1, &info, null, &pipeline), "vkCreateComputePipelines");
            _pipeline = pipeline;
        }
    }

    private void MakeBuffers()
    {
        foreach (var bound in _request.Buffers)
        {
            var buffer = new HostBuffer(_device, bound.Bytes.Length,
                BufferUsageFlags.UniformBufferBit | BufferUsageFlags.UniformTexelBufferBit | BufferUsageFlags.StorageTexelBufferBit);
            _buffers.Add(buffer);
            bound.Bytes.CopyTo(buffer.Bytes);
        }
    }

    private void MakeSets()
    {
        if (_setLayouts.Length == 0)
            return;
        var vk = _device.Vk;
        var sizes = new List<DescriptorPoolSize>();
        foreach (var bindings in _stage.Sets)
        {
            foreach (var binding in bindings)
                sizes.Add(new DescriptorPoolSize { Type = TypeOf(binding.Kind), DescriptorCount = binding.Count });
        }

        if (sizes.Count == 0)
            sizes.Add(new DescriptorPoolSize { Type = DescriptorType.StorageBuffer, DescriptorCount = 1 });
        fixed (DescriptorPoolSize* pointer = sizes.ToArray())
        {
            var poolInfo = new DescriptorPoolCreateInfo { MaxSets = (uint)_setLayouts.Length, PoolSizeCount = (uint)sizes.Count, PPoolSizes = pointer };
            VulkanFailure.Check(vk.CreateDescriptorPool(_device.Device, in poolInfo, null, out _pool), "vkCreateDescriptorPool");
        }

        _sets = new DescriptorSet[_setLayouts.Length];
        fixed (DescriptorSet* sets = _sets)
        fixed (DescriptorSetLayout* layouts = _setLayouts)
        {
            var allocate = new DescriptorSetAllocateInfo { DescriptorPool = _pool, DescriptorSetCount = (uint)_sets.Length, PSetLayouts = layouts };
            VulkanFailure.Check(vk.AllocateDescriptorSets(_device.Device, &allocate, sets), "vkAllocateDescriptorSets");
        }

        for (int i = 0; i < _buffers.Count; i++)
        {
            if (_request.Buffers[i].Set < ImageMemory.HiddenSet)
                Write(_request.Buffers[i], _buffers[i]);
        }

        foreach (var image in _request.Images)
            Write(image);
    }

    private void Wait(CommandBuffer commands)
    {
        var barrier = new MemoryBarrier { SrcAccessMask = AccessFlags.MemoryWriteBit, DstAccessMask = AccessFlags.MemoryReadBit | AccessFlags.MemoryWriteBit };
        _device.Vk.CmdPipelineBarrier(commands, PipelineStageFlags.AllCommandsBit, PipelineStageFlags.AllCommandsBit, 0, 1, &barrier, 0, null, 0, null);
    }

    private void Write(ImageMemory memory)
    {
        var vk = _device.Vk;
        var format = FormatOf(memory.Format);
        var write = new WriteDescriptorSet { DstSet = _sets[memory.Set], DstBinding = (uint)memory.Binding, DescriptorCount = 1 };
        if (memory.IsTexelBuffer)
        {
            var viewInfo = new BufferViewCreateInfo { Buffer = _buffers[memory.Buffer].Handle, Format = format, Range = Vk.WholeSize };
            VulkanFailure.Check(vk.CreateBufferView(_device.Device, in viewInfo, null, out var view), "vkCreateBufferView");
            _views.Add(view);
            write.DescriptorType = memory.IsStorage ? DescriptorType.StorageTexelBuffer : DescriptorType.UniformTexelBuffer;
            write.PTexelBufferView = &view;
            vk.UpdateDescriptorSets(_device.Device, 1, &write, 0, null);
            return;
        }

        var usage = memory.IsStorage ? ImageUsageFlags.StorageBit : ImageUsageFlags.SampledBit;
        var image = new HostImage(_device, HostImage.Describe(format, (uint)memory.Width, (uint)memory.Height, usage));
        _images.Add((memory, image));
        var info = new DescriptorImageInfo { ImageView = image.View(ImageViewType.Type2D), ImageLayout = ImageLayout.General };
        write.DescriptorType = memory.IsStorage ? DescriptorType.StorageImage : DescriptorType.SampledImage;
        write.PImageInfo = &info;
        vk.UpdateDescriptorSets(_device.Device, 1, &write, 0, null);
    }

    private static Format FormatOf(ImageFormat format) => format switch
    {
        ImageFormat.Rgba32f => Format.R32G32B32A32Sfloat,
        ImageFormat.Rgba16f => Format.R16G16B16A16Sfloat,
        ImageFormat.R32f => Format.R32Sfloat,
        ImageFormat.Rgba8 => Format.R8G8B8A8Unorm,
        ImageFormat.Rgba8ui => Format.R8G8B8A8Uint,
        ImageFormat.Rgba32i => Format.R32G32B32A32Sint,
        ImageFormat.Rgba32ui => Format.R32G32B32A32Uint,
        ImageFormat.R32i => Format.R32Sint,
        _ => Format.R32Uint,
    };

    private void Write(BoundBuffer bound, HostBuffer buffer)
    {
        foreach (var binding in _stage.Sets[bound.Set])
        {
            if (binding.Binding != bound.Binding || bound.Element >= binding.Count)
                continue;
            var info = new DescriptorBufferInfo { Buffer = buffer.Handle, Range = Vk.WholeSize };
            var write = new WriteDescriptorSet
            {
                DstSet = _sets[bound.Set], DstBinding = binding.Binding, DstArrayElement = (uint)bound.Element, DescriptorCount = 1,
                DescriptorType = TypeOf(binding.Kind), PBufferInfo = &info,
            };
            _device.Vk.UpdateDescriptorSets(_device.Device, 1, &write, 0, null);
        }
    }

    private static DescriptorType TypeOf(DescriptorKind kind) => kind switch
    {
        DescriptorKind.UniformBuffer => DescriptorType.UniformBuffer,
        DescriptorKind.UniformBufferDynamic => DescriptorType.UniformBufferDynamic,
        DescriptorKind.StorageBuffer => DescriptorType.StorageBuffer,
        DescriptorKind.StorageBufferDynamic => DescriptorType.StorageBufferDynamic,
        DescriptorKind.SampledImage => DescriptorType.SampledImage,
        DescriptorKind.StorageImage => DescriptorType.StorageImage,
        DescriptorKind.Sampler => DescriptorType.Sampler,
        DescriptorKind.CombinedImageSampler => DescriptorType.CombinedImageSampler,
        DescriptorKind.UniformTexelBuffer => DescriptorType.UniformTexelBuffer,
        _ => DescriptorType.StorageTexelBuffer,
    };
}
