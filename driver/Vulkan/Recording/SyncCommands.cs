using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

/// <summary>vkCmdSetEvent and vkCmdResetEvent. Commands run in order, so every earlier stage has completed.</summary>
internal sealed class SetEventCommand(EventObject target, bool set) : Command
{
    public override void Run(Executor executor)
    {
        if (set)
            target.Set();
        else
            target.Reset();
    }
}

/// <summary>vkCmdWaitEvents.</summary>
internal sealed class WaitEventsCommand(EventObject[] events) : Command
{
    public override void Run(Executor executor)
    {
        foreach (var e in events)
        {
            if (!e.Wait())
                return;
        }
    }
}

/// <summary>vkCmdExecuteCommands: what a secondary command buffer held when it was recorded into the primary one.</summary>
internal sealed class ExecuteCommandsCommand(List<Command> commands) : Command
{
    public override void Run(Executor executor) => executor.Run(commands);
}
