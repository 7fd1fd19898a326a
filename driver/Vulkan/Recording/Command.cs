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

    /// <summary>Nanoseconds that it is likely to take one thread, where several can share it, and infinite where nothing is known of that; 0
    /// where they cannot.</summary>
    public virtual double SharedNanoseconds => 0;
}
