using ShaderJit.Vulkan.Handles;
using Xunit;

// Handles are counted for the whole process, and each device keeps all processors busy by itself.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace ShaderJit.Vulkan.Tests;

/// <summary>A test that must leave no handle behind.</summary>
public abstract class VulkanTest : IDisposable
{
    private readonly int _handles = HandleTable.LiveCount;

    public virtual void Dispose()
    {
        Assert.Equal(_handles, HandleTable.LiveCount);
        GC.SuppressFinalize(this);
    }
}
