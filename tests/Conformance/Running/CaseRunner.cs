using System.Diagnostics;
using ShaderJit.Conformance.Device;
using ShaderJit.Conformance.Script;
using ShaderJit.Conformance.Shaders;
using ShaderJit.Kernels;
using ShaderJit.Vulkan;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Running;

/// <summary>Runs cases in this process.</summary>
/// <param name="loader">Use the Vulkan loader instead of the driver in this process.</param>
/// <param name="deviceName">Part of the device's name; null takes the first.</param>
internal sealed class CaseRunner(bool loader, string? deviceName, ShaderCompiler compiler)
{
    /// <summary>Name of the device that ran the last case.</summary>
    public string Device { get; private set; } = "";

    /// <param name="name">The case's name in the result.</param>
    public CaseResult Run(string name, string path)
    {
        var clock = Stopwatch.StartNew();
        var (status, reason) = Run(path);
        if (path.Contains(".expect_fail.", StringComparison.Ordinal))
        {
            (status, reason) = status switch
            {
                CaseStatus.Fail => (CaseStatus.Pass, null),
                CaseStatus.Pass => (CaseStatus.Fail, "all holds, though it must not"),
                _ => (status, reason),
            };
        }

        return new CaseResult(name, status, reason, clock.Elapsed.TotalMilliseconds);
    }

    private (CaseStatus Status, string? Reason) Run(string path)
    {
        try
        {
            var file = ScriptLoader.Load(path);
            using var execution = new ScriptExecution(loader ? Vk.FromLoader() : Driver.CreateVk(), deviceName, file, compiler);
            Device = execution.DeviceName;
            execution.Run();
            return (CaseStatus.Pass, null);
        }
        catch (UnsupportedException e)
        {
            return (CaseStatus.Unsupported, e.Message);
        }
        catch (Exception e) when (e is CaseFailedException or ScriptException or VulkanFailure)
        {
            return (CaseStatus.Fail, e.Message);
        }
    }
}
