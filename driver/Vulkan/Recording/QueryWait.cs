using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

/// <summary>A wait for a query's result; over as well when the device is lost or closes.</summary>
internal sealed class QueryWait(QueryPoolObject pool, int query) : IWaitable
{
    public bool IsDone => pool.TryRead(query, out _) || pool.Device.IsOver;
}
