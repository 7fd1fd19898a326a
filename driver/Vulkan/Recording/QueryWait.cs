using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

/// <summary>A wait for a query's result; over as well when the device is lost.</summary>
internal sealed class QueryWait(QueryPoolObject pool, int query) : IWaitable
{
    public bool IsDone => pool.TryRead(query, out _) || pool.Device.IsLost;
}
