using ShaderJit.Vulkan.Execution;

namespace ShaderJit.Vulkan.Recording;

/// <summary>
/// One recorded command. All state it depends on was resolved when it was recorded, so it can run from any queue, any
/// number of times, and keeps alive what it uses.
/// </summary>
internal abstract class Command
{
    /// <summary>Runs on the queue's thread.</summary>
    public abstract void Run(Executor executor);
}
