using System.Diagnostics;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>The kernels through tests/Bench in a process of its own: by the loader on the published driver and on
/// lavapipe, and with what the environment sets.</summary>
public sealed class OtherDriverTests
{
    private const string Loader = "/usr/lib/x86_64-linux-gnu/libvulkan.so.1", Lavapipe = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";
    private const string Published = "out/icd/shaderjit_icd.json";

    [FactWith(Loader, Published)]
    public void TheKernelsAreRightThroughTheLoader()
    {
        string output = Check(["--driver", "loader"], ("VK_DRIVER_FILES", RepositoryRoot.Of(Published)));
        Assert.Contains("ShaderJit (", output, StringComparison.Ordinal);
    }

    [FactWith(Loader, Published)]
    public void TheKernelsAreRightThroughTheLoaderAtTheOtherWidth()
    {
        string output = Check(["--driver", "loader", "--optimized"], ("VK_DRIVER_FILES", RepositoryRoot.Of(Published)), ("SHADERJIT_LANES", "8"));
        Assert.Contains("8 lanes", output, StringComparison.Ordinal);
    }

    [FactWith(Loader, Lavapipe)]
    public void TheSameHostCodeIsRightOnLavapipe()
    {
        string output = Check(["--driver", "loader"], ("VK_DRIVER_FILES", Lavapipe));
        Assert.Contains("llvmpipe", output, StringComparison.Ordinal);
    }

    [Fact]
    public void TheEnvironmentLimitsTheHeap()
    {
        // mandelbrot's 4 MiB are too many.
        var (exitCode, output) = Run(["check", "--kernel", "mandelbrot"], ("SHADERJIT_HEAP_MB", "1"), ("SHADERJIT_LOG", "off"));
        Assert.Equal(1, exitCode);
        Assert.Contains("VK_ERROR_OUT_OF_DEVICE_MEMORY", output, StringComparison.Ordinal);
    }

    [Fact]
    public void TheEnvironmentSetsLanesAndThreads()
    {
        var (exitCode, output) = Run(["check", "--kernel", "saxpy", "reduction"], ("SHADERJIT_LANES", "8"), ("SHADERJIT_THREADS", "1"));
        Assert.True(exitCode == 0, output);
        Assert.Contains("8 lanes", output, StringComparison.Ordinal);
    }

    private static string Check(string[] arguments, params (string Name, string Value)[] environment)
    {
        var (exitCode, output) = Run(["check", .. arguments], environment);
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("WRONG", output, StringComparison.Ordinal);
        return output;
    }

    private static (int ExitCode, string Output) Run(string[] arguments, params (string Name, string Value)[] environment)
    {
        // Beside this project's own output, with the same configuration and framework.
        string own = AppContext.BaseDirectory.TrimEnd('/');
        string bench = own.Replace("/tests/Vulkan/", "/tests/Bench/", StringComparison.Ordinal);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(bench, "ShaderJit.Bench.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"the child hangs:\n{output.Result}\n{errors.Result}");
        }

        return (process.ExitCode, output.Result + errors.Result);
    }
}
