using ShaderJit.Conformance.Checks;
using ShaderJit.Conformance.Script;
using ShaderJit.Conformance.Shaders;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Device;

/// <summary>Executes a script on a device of its own.</summary>
internal sealed unsafe class ScriptExecution : IDisposable
{
    private readonly AmberFile _file;
    private readonly ShaderCompiler _compiler;
    private readonly ScriptPlan _plan;
    private readonly VulkanDevice _device;
    private readonly DeviceResources _resources;
    private readonly Dictionary<string, ScriptPipeline> _pipelines = new(StringComparer.Ordinal);
    private readonly CommandPool _pool;
    private readonly CommandBuffer _commands;
    private readonly Fence _fence;

    /// <exception cref="UnsupportedException">The device lacks what the script requires.</exception>
    public ScriptExecution(Vk vk, string? deviceName, AmberFile file, ShaderCompiler compiler)
    {
        _file = file;
        _compiler = compiler;
        uint version = Vk.Version10;
        if (vk.Has(CommandId.EnumerateInstanceVersion))
            VulkanFailure.Check(vk.EnumerateInstanceVersion(&version), "vkEnumerateInstanceVersion");
        _plan = new ScriptPlan(file.Requirements) { ApiVersion = Math.Min(version, Vk.Version13) };
        try
        {
            _device = new VulkanDevice(vk, deviceName, instanceExtensions: ScriptPlan.InstanceExtensions(vk, file.Requirements), plan: _plan);
        }
        catch
        {
            _plan.Dispose();
            throw;
        }

        _resources = new DeviceResources(_device, file);
        var poolInfo = new CommandPoolCreateInfo { QueueFamilyIndex = _device.QueueFamily, Flags = CommandPoolCreateFlags.ResetCommandBufferBit };
        VulkanFailure.Check(vk.CreateCommandPool(_device.Device, in poolInfo, null, out _pool), "vkCreateCommandPool");
        var allocate = new CommandBufferAllocateInfo { CommandPool = _pool, CommandBufferCount = 1 };
        CommandBuffer commands;
        VulkanFailure.Check(vk.AllocateCommandBuffers(_device.Device, &allocate, &commands), "vkAllocateCommandBuffers");
        _commands = commands;
        var fenceInfo = new FenceCreateInfo();
        VulkanFailure.Check(vk.CreateFence(_device.Device, in fenceInfo, null, out _fence), "vkCreateFence");
    }

    public string DeviceName => _device.Name;

    /// <exception cref="CaseFailedException">An expectation does not hold.</exception>
    public void Run() => Run(_file.Commands);

    public void Dispose()
    {
        var vk = _device.Vk;
        vk.DeviceWaitIdle(_device.Device);
        vk.DestroyFence(_device.Device, _fence, null);
        vk.DestroyCommandPool(_device.Device, _pool, null);
        foreach (var pipeline in _pipelines.Values)
            pipeline.Dispose();
        _resources.Dispose();
        _device.Dispose();
        _plan.Dispose();
    }

    private void Run(IReadOnlyList<Command> commands)
    {
        foreach (var command in commands)
        {
            switch (command)
            {
                case RepeatCommand repeat:
                    for (uint i = 0; i < repeat.Count; i++)
                        Run(repeat.Commands);
                    break;
                case RunCommand run:
                    Dispatch(run);
                    break;
                case CopyCommand copy:
                    Copy(copy);
                    break;
                case WriteCommand write:
                    Data.ElementWriter.Write(_resources.Contents(write.Resource), write.Offset, write.Layout, write.Values);
                    break;
                default:
                    if (Check(command) is { } wrong)
                        throw new CaseFailedException(wrong);
                    break;
            }
        }
    }

    private string? Check(Command command)
    {
        switch (command)
        {
            case ExpectValues expect:
                return ValueCheck.Run(Readable(expect.Resource), expect.Layout ?? _file.Resources[expect.Resource].Layout, expect);
            case ExpectColor expect:
                {
                    var resource = _file.Resources[expect.Resource];
                    var texel = resource.Texel ?? throw new CaseFailedException($"line {expect.Line}: {resource.Name} has no format");
                    return ColorCheck.Run(Readable(expect.Resource), texel, resource.Width, resource.Height * resource.Depth, expect);
                }

            case ExpectBuffer expect:
                return BufferCheck.Run(Readable(expect.Resource), Readable(expect.Other), _file.Resources[expect.Resource].Layout,
                    _file.Resources[expect.Other].Layout, expect);
            default:
                throw new InvalidOperationException($"line {command.Line}: no way to execute {command.GetType().Name}");
        }
    }

    private ReadOnlySpan<byte> Readable(string name) =>
        _file.Resources[name].Samples > 1 ? throw new UnsupportedException("reading multisampled images") : _resources.Contents(name);

    private void Copy(CopyCommand copy)
    {
        var from = _file.Resources[copy.From];
        var to = _file.Resources[copy.To];
        if (!from.Layout.Matches(to.Layout))
            throw new CaseFailedException($"line {copy.Line}: {copy.From} and {copy.To} have different types");
        if (to.IsFrameSized && to.Width == 0)
            (to.Width, to.Height, to.Size) = (from.Width, from.Height, from.Size);
        if (from.Size != to.Size)
            throw new CaseFailedException($"line {copy.Line}: {copy.From} and {copy.To} have different sizes");
        _resources.Contents(copy.From).CopyTo(_resources.Contents(copy.To));
    }

    private ScriptPipeline PipelineOf(string name)
    {
        if (_pipelines.TryGetValue(name, out var pipeline))
            return pipeline;
        var state = _file.Pipelines[name];
        if (state.Shader is null || !_file.Shaders.TryGetValue(state.Shader, out var shader))
            throw new CaseFailedException($"pipeline {name} has no shader");
        foreach (var binding in state.Bindings)
        {
            foreach (string resource in binding.Resources)
                DeviceResources.SizeToFrame(_file.Resources[resource], state);
        }

        var words = _compiler.Compile(_file, shader, state.Optimizations);
        try
        {
            pipeline = new ScriptPipeline(_device, state, words, state.PushConstants is { } push ? (_file.Resources[push].Size + 3) / 4 * 4 : 0);
        }
        catch (VulkanFailure) when (LackingExtension(words) is { } extension)
        {
            throw new UnsupportedException($"device extension {extension}, which the shader uses");
        }

        _pipelines.Add(name, pipeline);
        return pipeline;
    }

    /// <summary>Asked when there is no pipeline: scripts do not always say all that they need.</summary>
    private string? LackingExtension(uint[] words)
    {
        foreach (string extension in ModuleExtensions.Of(words))
        {
            if (!_plan.Known.Contains(extension))
                return extension;
        }

        return null;
    }

    private void Dispatch(RunCommand run)
    {
        var vk = _device.Vk;
        var pipeline = PipelineOf(run.Pipeline);
        using var descriptors = new DescriptorWriter(_device, pipeline, _resources);
        var begin = new CommandBufferBeginInfo { Flags = CommandBufferUsageFlags.OneTimeSubmitBit };
        VulkanFailure.Check(vk.BeginCommandBuffer(_commands, &begin), "vkBeginCommandBuffer");
        Barrier(PipelineStageFlags.HostBit, PipelineStageFlags.AllCommandsBit,
            AccessFlags.HostWriteBit, AccessFlags.MemoryReadBit | AccessFlags.MemoryWriteBit);
        var images = Images(pipeline.State);
        foreach (string name in images)
            _resources.Image(name, pipeline.State).RecordUpload(_commands, _resources.Buffer(name));
        vk.CmdBindPipeline(_commands, PipelineBindPoint.Compute, pipeline.Handle);
        if (descriptors.Sets.Length > 0)
        {
            fixed (DescriptorSet* sets = descriptors.Sets)
            fixed (uint* offsets = descriptors.DynamicOffsets)
            {
                vk.CmdBindDescriptorSets(_commands, PipelineBindPoint.Compute, pipeline.Layout, 0, (uint)descriptors.Sets.Length, sets,
                    (uint)descriptors.DynamicOffsets.Length, offsets);
            }
        }

        if (pipeline.State.PushConstants is { } push)
        {
            var bytes = _resources.Buffer(push).Bytes[..((_file.Resources[push].Size + 3) / 4 * 4)];
            fixed (byte* data = bytes)
                vk.CmdPushConstants(_commands, pipeline.Layout, ShaderStageFlags.ComputeBit, 0, (uint)bytes.Length, data);
        }

        vk.CmdDispatch(_commands, run.X, run.Y, run.Z);
        foreach (string name in images)
            _resources.Image(name, pipeline.State).RecordDownload(_commands, _resources.Buffer(name));
        Barrier(PipelineStageFlags.AllCommandsBit, PipelineStageFlags.HostBit, AccessFlags.MemoryWriteBit, AccessFlags.HostReadBit);
        VulkanFailure.Check(vk.EndCommandBuffer(_commands), "vkEndCommandBuffer");
        Submit();
    }

    private void Barrier(PipelineStageFlags before, PipelineStageFlags after, AccessFlags from, AccessFlags to)
    {
        var barrier = new MemoryBarrier { SrcAccessMask = from, DstAccessMask = to };
        _device.Vk.CmdPipelineBarrier(_commands, before, after, 0, 1, &barrier, 0, null, 0, null);
    }

    /// <summary>Images of the pipeline, each once.</summary>
    private static List<string> Images(ComputePipelineState state)
    {
        var names = new List<string>();
        foreach (var binding in state.Bindings)
        {
            if (binding.Type is not (DescriptorType.StorageImage or DescriptorType.SampledImage or DescriptorType.CombinedImageSampler))
                continue;
            foreach (string name in binding.Resources)
            {
                if (!names.Contains(name))
                    names.Add(name);
            }
        }

        return names;
    }

    private void Submit()
    {
        var vk = _device.Vk;
        var commands = _commands;
        var fence = _fence;
        var submit = new SubmitInfo { CommandBufferCount = 1, PCommandBuffers = &commands };
        VulkanFailure.Check(vk.QueueSubmit(_device.Queue, 1, &submit, fence), "vkQueueSubmit");
        VulkanFailure.Check(vk.WaitForFences(_device.Device, 1, &fence, true, ulong.MaxValue), "vkWaitForFences");
        VulkanFailure.Check(vk.ResetFences(_device.Device, 1, &fence), "vkResetFences");
    }
}
