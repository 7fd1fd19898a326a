using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkCommandPool.</summary>
internal sealed class CommandPoolObject(DeviceObject device) : DeviceChild(device)
{
    private readonly Dictionary<nint, CommandBufferObject> _buffers = [];

    public CommandBuffer Allocate(bool isSecondary)
    {
        var buffer = new CommandBufferObject(this, isSecondary);
        nint handle = DispatchableBlock.Allocate(buffer);
        _buffers.Add(handle, buffer);
        return new CommandBuffer(handle);
    }

    public void Free(CommandBuffer handle)
    {
        if (_buffers.Remove(handle.Handle))
            DispatchableBlock.Free<CommandBufferObject>(handle.Handle)?.Destroy();
    }

    public void Reset()
    {
        foreach (var buffer in _buffers.Values)
            buffer.Reset();
    }

    /// <summary>Gives back memory that no recorded command needs (vkTrimCommandPool).</summary>
    public void Trim()
    {
        foreach (var buffer in _buffers.Values)
            buffer.Trim();
    }

    public override void Destroy()
    {
        foreach (nint handle in _buffers.Keys)
            DispatchableBlock.Free<CommandBufferObject>(handle)?.Destroy();
        _buffers.Clear();
    }
}
