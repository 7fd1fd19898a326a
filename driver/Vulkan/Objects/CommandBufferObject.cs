using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Recording;

namespace ShaderJit.Vulkan.Objects;

/// <summary>The states of Vulkan's "Command Buffer Lifecycle"; pending is counted beside them.</summary>
internal enum CommandBufferState { Initial, Recording, Executable, Invalid }

/// <summary>VkCommandBuffer.</summary>
internal sealed class CommandBufferObject(CommandPoolObject pool, bool isSecondary) : DeviceChild(pool.Device)
{
    private readonly PushedTables _tables = new(pool.Device);
    private CommandRecorder? _recorder;
    private int _pending;
    private bool _oneTime;
    private Exception? _rejected;

    public CommandPoolObject Pool { get; } = pool;

    public bool IsSecondary { get; } = isSecondary;

    public CommandBufferState State { get; private set; }

    public bool IsPending => Volatile.Read(ref _pending) != 0;

    /// <summary>What was recorded. Begin and reset make a new list, so whoever took this one keeps it as it is.</summary>
    public List<Command> Commands => _recorder?.Commands ?? [];

    /// <summary>Where vkCmd* commands go; null while the buffer is not recording, which makes them do nothing.</summary>
    public CommandRecorder? Recorder => State == CommandBufferState.Recording ? _recorder : null;

    public void Begin(CommandBufferUsageFlags usage)
    {
        if (State == CommandBufferState.Recording || IsPending)
        {
            throw new VulkanException(Result.ErrorUnknown,
                "VUID-vkBeginCommandBuffer-commandBuffer-00049: the command buffer is recording or pending");
        }

        _tables.Reset();
        _recorder = new CommandRecorder(_tables);
        _rejected = null;
        _oneTime = (usage & CommandBufferUsageFlags.OneTimeSubmitBit) != 0;
        State = CommandBufferState.Recording;
    }

    public void End()
    {
        if (State != CommandBufferState.Recording)
        {
            throw new VulkanException(Result.ErrorUnknown,
                "VUID-vkEndCommandBuffer-commandBuffer-00059: the command buffer is not recording");
        }

        State = _rejected is null ? CommandBufferState.Executable : CommandBufferState.Invalid;
        if (_rejected is not null)
            throw new VulkanException(Result.ErrorUnknown, $"a command could not be recorded: {_rejected.Message}");
    }

    /// <summary>A command could not be recorded; <see cref="End"/> will say so.</summary>
    public void Reject(Exception reason) => _rejected ??= reason;

    public void Reset()
    {
        _recorder = null;
        _tables.Reset();
        State = CommandBufferState.Initial;
    }

    /// <summary>Gives back the memory that it keeps for recording anew (vkTrimCommandPool, or its end).</summary>
    public void Trim()
    {
        if (State == CommandBufferState.Initial)
            _tables.Release();
    }

    public override void Destroy() => _tables.Release();

    public void MarkPending() => Interlocked.Increment(ref _pending);

    public void MarkFinished()
    {
        if (Interlocked.Decrement(ref _pending) == 0 && _oneTime)
            State = CommandBufferState.Invalid;
    }
}
