using System.Diagnostics;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Recording and submitting.</summary>
internal sealed unsafe partial class TestDevice
{
    /// <summary>Nothing that a test waits for takes longer, in nanoseconds: a hang fails the test instead.</summary>
    public const ulong Patience = 60_000_000_000;

    private CommandPool _commands;

    /// <summary>The pool that command buffers come from.</summary>
    public CommandPool Commands
    {
        get
        {
            if (_commands.Handle == 0)
            {
                _commands = CommandPool();
                Later(() => _commands = default);
            }

            return _commands;
        }
    }

    public CommandPool CommandPool()
    {
        var info = new CommandPoolCreateInfo { Flags = CommandPoolCreateFlags.ResetCommandBufferBit };
        Check(Vk.CreateCommandPool(Device, in info, null, out var pool));
        Later(() => Vk.DestroyCommandPool(Device, pool, null));
        return pool;
    }

    public CommandBuffer CommandBuffer(CommandBufferLevel level = CommandBufferLevel.Primary, CommandPool pool = default)
    {
        var info = new CommandBufferAllocateInfo
        {
            CommandPool = pool.Handle == 0 ? Commands : pool, Level = level, CommandBufferCount = 1,
        };
        Check(Vk.AllocateCommandBuffers(Device, in info, out var buffer));
        return buffer;
    }

    public CommandBuffer Record(Action<CommandBuffer> body, CommandBufferLevel level = CommandBufferLevel.Primary,
        CommandBufferUsageFlags usage = 0)
    {
        var buffer = CommandBuffer(level);
        Record(buffer, body, usage);
        return buffer;
    }

    public void Record(CommandBuffer buffer, Action<CommandBuffer> body, CommandBufferUsageFlags usage = 0)
    {
        var inheritance = new CommandBufferInheritanceInfo();
        var begin = new CommandBufferBeginInfo { Flags = usage, PInheritanceInfo = &inheritance };
        Check(Vk.BeginCommandBuffer(buffer, in begin));
        body(buffer);
        Check(Vk.EndCommandBuffer(buffer));
    }

    public Fence Fence(bool signaled = false)
    {
        var info = new FenceCreateInfo { Flags = signaled ? FenceCreateFlags.SignaledBit : 0 };
        Check(Vk.CreateFence(Device, in info, null, out var fence));
        Later(() => Vk.DestroyFence(Device, fence, null));
        return fence;
    }

    /// <summary>Submits; does not wait.</summary>
    public Result TrySubmit(Fence fence, params CommandBuffer[] buffers)
    {
        fixed (CommandBuffer* pointer = buffers)
        {
            var submit = new SubmitInfo { CommandBufferCount = (uint)buffers.Length, PCommandBuffers = pointer };
            return Vk.QueueSubmit(Queue, 1, in submit, fence);
        }
    }

    public void Submit(Fence fence, params CommandBuffer[] buffers) => Check(TrySubmit(fence, buffers));

    public Result TryWait(Fence fence, ulong nanoseconds = Patience) => Vk.WaitForFences(Device, 1, in fence, true, nanoseconds);

    public void Wait(Fence fence) => Check(TryWait(fence));

    /// <summary>Records, submits, waits.</summary>
    public Result TryRun(Action<CommandBuffer> body)
    {
        var buffer = Record(body);
        var info = new FenceCreateInfo();
        Check(Vk.CreateFence(Device, in info, null, out var fence));
        var result = TrySubmit(fence, buffer);
        if (result == Result.Success)
            result = TryWait(fence);
        Vk.DestroyFence(Device, fence, null);
        Vk.FreeCommandBuffers(Device, Commands, 1, in buffer);
        return result;
    }

    public void Run(Action<CommandBuffer> body) => Check(TryRun(body));

    /// <summary>Waits for what another thread does.</summary>
    public static void Until(Func<bool> isTrue)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isTrue())
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(30))
                throw new TimeoutException();
            Thread.Sleep(1);
        }
    }
}
