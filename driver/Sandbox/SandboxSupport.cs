using System.Runtime.InteropServices;

namespace ShaderJit.Sandbox;

/// <summary>Whether this machine can run kernels at all.</summary>
public static class SandboxSupport
{
    private static readonly Lazy<string?> Found = new(Probe);

    /// <summary>Why it cannot, for the log; null when it can. A device must not be offered when this is not null.
    /// </summary>
    public static string? Problem => Found.Value;

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return "kernels need Linux on x86-64";
        CpuFeature missing = CpuFeature.Lanes8 & ~CpuFeatures.Current.Features;
        if (missing != CpuFeature.None) return $"{CpuFeatures.Current.Name} has no {missing}";
        try
        {
            // A thread's context asks the operating system for everything there is: address space, executable pages,
            // signal handlers, a real-time signal, gs.
            new KernelThread().Dispose();
            return null;
        }
        catch (SandboxException exception)
        {
            return exception.Message;
        }
        catch (TypeInitializationException exception) when (exception.InnerException is SandboxException inner)
        {
            return inner.Message;
        }
    }
}
