using System.Diagnostics;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Kernels;

/// <summary>A case made ready on a device: pipelines, buffers, a recorded command buffer.</summary>
public sealed unsafe class CaseRun : IDisposable
{
    private readonly VulkanDevice _device;
    private readonly KernelCase _case;
    private readonly bool _optimized;
    private readonly Dictionary<string, ComputePipeline> _pipelines = [];
    private readonly HostBuffer[] _buffers;
    private readonly CaseImages _images;
    private readonly DescriptorPool _descriptors;
    private readonly CommandPool _commands;
    private readonly CommandBuffer _recorded;
    private readonly Fence _fence;

    /// <param name="optimized">Use the shaders that glslc -O made.</param>
    public CaseRun(VulkanDevice device, KernelCase @case, bool optimized)
    {
        _device = device;
        _case = @case;
        var vk = device.Vk;
        _optimized = optimized;
        CompileTime = CreatePipelines();
        _buffers = new HostBuffer[@case.Buffers.Length];
        for (int i = 0; i < _buffers.Length; i++)
            _buffers[i] = new HostBuffer(device, @case.Buffers[i].Bytes);
        _images = new CaseImages(device, @case.Images);
        Load();

        int dispatches = @case.Steps.Length;
        var sizes = stackalloc DescriptorPoolSize[]
        {
            new() { Type = DescriptorType.StorageBuffer, DescriptorCount = (uint)(dispatches * 8) },
            new() { Type = DescriptorType.StorageImage, DescriptorCount = (uint)(dispatches * 2) },
            new() { Type = DescriptorType.CombinedImageSampler, DescriptorCount = (uint)(dispatches * 2) },
        };
        var poolInfo = new DescriptorPoolCreateInfo { MaxSets = (uint)dispatches, PoolSizeCount = 3, PPoolSizes = sizes };
        VulkanFailure.Check(vk.CreateDescriptorPool(device.Device, in poolInfo, null, out _descriptors), "vkCreateDescriptorPool");
        var commandInfo = new CommandPoolCreateInfo { QueueFamilyIndex = device.QueueFamily };
        VulkanFailure.Check(vk.CreateCommandPool(device.Device, in commandInfo, null, out _commands), "vkCreateCommandPool");
        var allocate = new CommandBufferAllocateInfo { CommandPool = _commands, CommandBufferCount = 1 };
        CommandBuffer recorded;
        VulkanFailure.Check(vk.AllocateCommandBuffers(device.Device, &allocate, &recorded), "vkAllocateCommandBuffers");
        _recorded = recorded;
        var fenceInfo = new FenceCreateInfo();
        VulkanFailure.Check(vk.CreateFence(device.Device, in fenceInfo, null, out _fence), "vkCreateFence");
        Record();
    }

    /// <summary>Creation of all pipelines.</summary>
    public TimeSpan CompileTime { get; private set; }

    /// <summary>Makes the pipelines anew and records again, so that the next run is a first run.</summary>
    public void Recreate()
    {
        foreach (var pipeline in _pipelines.Values)
            pipeline.Dispose();
        _pipelines.Clear();
        CompileTime = CreatePipelines();
        VulkanFailure.Check(_device.Vk.ResetDescriptorPool(_device.Device, _descriptors, 0), "vkResetDescriptorPool");
        VulkanFailure.Check(_device.Vk.ResetCommandPool(_device.Device, _commands, 0), "vkResetCommandPool");
        Record();
    }

    /// <summary>Runs all steps once: from vkQueueSubmit to the fence.</summary>
    public TimeSpan Run()
    {
        if (_case.ChangesInputs)
            Load();
        var vk = _device.Vk;
        var buffer = _recorded;
        var fence = _fence;
        var submit = new SubmitInfo { CommandBufferCount = 1, PCommandBuffers = &buffer };
        long start = Stopwatch.GetTimestamp();
        VulkanFailure.Check(vk.QueueSubmit(_device.Queue, 1, &submit, fence), "vkQueueSubmit");
        VulkanFailure.Check(vk.WaitForFences(_device.Device, 1, &fence, true, ulong.MaxValue), "vkWaitForFences");
        var time = Stopwatch.GetElapsedTime(start);
        VulkanFailure.Check(vk.ResetFences(_device.Device, 1, &fence), "vkResetFences");
        return time;
    }

    /// <summary>Compares what the last run left in the buffers with the reference.</summary>
    public CheckResult Check()
    {
        var data = new byte[_buffers.Length][];
        for (int i = 0; i < data.Length; i++)
            data[i] = _buffers[i].Bytes.ToArray();
        return _case.Check([.. data, .. _images.Download()]);
    }

    public void Dispose()
    {
        var vk = _device.Vk;
        vk.DestroyFence(_device.Device, _fence, null);
        vk.DestroyCommandPool(_device.Device, _commands, null);
        vk.DestroyDescriptorPool(_device.Device, _descriptors, null);
        _images.Dispose();
        foreach (var buffer in _buffers)
            buffer.Dispose();
        foreach (var pipeline in _pipelines.Values)
            pipeline.Dispose();
    }

    private TimeSpan CreatePipelines()
    {
        // The files are read before the clock starts.
        var words = new List<uint[]>();
        foreach (string shader in _case.Shaders)
            words.Add(KernelCases.Words(shader, _optimized));
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < words.Count; i++)
        {
            string shader = _case.Shaders[i];
            var step = Array.Find(_case.Steps, s => s.Shader == shader)!;
            _pipelines.Add(shader, new ComputePipeline(_device, words[i], Types(step), step.Push.Length * 4));
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private void Load()
    {
        for (int i = 0; i < _buffers.Length; i++)
        {
            if (_case.Buffers[i].Initial is { } initial)
                initial.CopyTo(_buffers[i].Bytes);
            else
                _buffers[i].Bytes.Clear();
        }

        _images.Upload();
    }

    private void Record()
    {
        var vk = _device.Vk;
        var begin = new CommandBufferBeginInfo();
        VulkanFailure.Check(vk.BeginCommandBuffer(_recorded, &begin), "vkBeginCommandBuffer");
        var barrier = new MemoryBarrier
        {
            SrcAccessMask = AccessFlags.ShaderWriteBit | AccessFlags.TransferWriteBit,
            DstAccessMask = AccessFlags.ShaderReadBit | AccessFlags.ShaderWriteBit | AccessFlags.TransferWriteBit,
        };
        const PipelineStageFlags stages = PipelineStageFlags.ComputeShaderBit | PipelineStageFlags.TransferBit;
        foreach (var step in _case.Steps)
        {
            if (step.Shader is null)
            {
                vk.CmdFillBuffer(_recorded, _buffers[step.Buffers[0]].Handle, 0, Vk.WholeSize, 0);
            }
            else
            {
                var pipeline = _pipelines[step.Shader];
                var set = Describe(pipeline, step);
                vk.CmdBindPipeline(_recorded, PipelineBindPoint.Compute, pipeline.Handle);
                vk.CmdBindDescriptorSets(_recorded, PipelineBindPoint.Compute, pipeline.Layout, 0, 1, &set, 0, null);
                fixed (uint* push = step.Push)
                {
                    if (step.Push.Length > 0)
                        vk.CmdPushConstants(_recorded, pipeline.Layout, ShaderStageFlags.ComputeBit, 0, (uint)step.Push.Length * 4, push);
                }

                vk.CmdDispatch(_recorded, step.GroupsX, step.GroupsY, step.GroupsZ);
            }

            vk.CmdPipelineBarrier(_recorded, stages, stages, 0, 1, &barrier, 0, null, 0, null);
        }

        VulkanFailure.Check(vk.EndCommandBuffer(_recorded), "vkEndCommandBuffer");
    }

    private static DescriptorType[] Types(CaseStep step)
    {
        var types = new DescriptorType[step.Buffers.Length + step.Images.Length];
        Array.Fill(types, DescriptorType.StorageBuffer);
        for (int i = 0; i < step.Images.Length; i++)
            types[step.Buffers.Length + i] = CaseImages.TypeOf(step.Images[i]);
        return types;
    }

    private DescriptorSet Describe(ComputePipeline pipeline, CaseStep step)
    {
        int[] buffers = step.Buffers;
        var vk = _device.Vk;
        var layout = pipeline.SetLayout;
        var allocate = new DescriptorSetAllocateInfo { DescriptorPool = _descriptors, DescriptorSetCount = 1, PSetLayouts = &layout };
        DescriptorSet set;
        VulkanFailure.Check(vk.AllocateDescriptorSets(_device.Device, &allocate, &set), "vkAllocateDescriptorSets");
        var infos = stackalloc DescriptorBufferInfo[buffers.Length];
        for (int i = 0; i < buffers.Length; i++)
            infos[i] = new DescriptorBufferInfo { Buffer = _buffers[buffers[i]].Handle, Range = Vk.WholeSize };

        // One write for all: it goes on into the following bindings.
        var write = new WriteDescriptorSet
        {
            DstSet = set, DescriptorCount = (uint)buffers.Length, DescriptorType = DescriptorType.StorageBuffer, PBufferInfo = infos,
        };
        if (buffers.Length > 0)
            vk.UpdateDescriptorSets(_device.Device, 1, &write, 0, null);
        _images.Describe(set, (uint)buffers.Length, step.Images);
        return set;
    }
}
