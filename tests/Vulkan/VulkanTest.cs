using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ShaderJit.Vulkan.Handles;
using Xunit;

// Handles are counted for the whole process, and each device keeps all processors busy by itself.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace ShaderJit.Vulkan.Tests;

/// <summary>All tests run with what has to be asked for.</summary>
internal static class TestEnvironment
{
    /// <summary>Before the driver reads the environment, which it does once.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "a test project is a program")]
    public static void Set() => Environment.SetEnvironmentVariable("SHADERJIT_HOST_MEMORY", "1");
}

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
