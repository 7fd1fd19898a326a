using System.Globalization;
using Xunit;

namespace ShaderJit.Icd.Tests;

/// <summary>A C program without any .NET of its own (storm.c, peers.c) loads the driver, and outlives what shaders do.</summary>
public sealed class PlainCHostTests : IDisposable
{
    private static readonly bool Soak = Environment.GetEnvironmentVariable("SHADERJIT_SOAK") == "1";

    private readonly string _program = Path.Combine(Path.GetTempPath(), $"shaderjit-storm-{Guid.NewGuid():N}");

    /// <summary>Four threads make devices lose themselves; the host had a SIGSEGV handler first, and still gets its own
    /// faults. 1,000,000 with SHADERJIT_SOAK=1.</summary>
    [IcdFact(PublishedIcd.Gcc, PublishedIcd.VulkanHeader)]
    public void No_fault_is_lost_and_the_host_gets_its_own() =>
        RunStorm(PublishedIcd.Library, ["faults", Soak ? "1000000" : "10000", "4"], ("SHADERJIT_LOG", "off"));

    [IcdFact(PublishedIcd.Gcc, PublishedIcd.VulkanHeader)]
    public void No_fault_is_lost_behind_the_loader() =>
        RunStorm(PublishedIcd.Loader, ["faults", Soak ? "50000" : "1000", "4"],
            ("SHADERJIT_LOG", "off"), ("VK_DRIVER_FILES", PublishedIcd.Manifest));

    [IcdFact(PublishedIcd.Gcc, PublishedIcd.VulkanHeader)]
    public void An_endless_loop_ends_on_time_while_another_device_computes() =>
        RunStorm(PublishedIcd.Library, ["watchdog", "1000", "100"], ("SHADERJIT_TIMEOUT_MS", "1000"), ("SHADERJIT_LOG", "off"));

    [IcdFact(PublishedIcd.Gcc, PublishedIcd.VulkanHeader)]
    public void The_library_can_be_unloaded_and_loaded_again() =>
        RunStorm(PublishedIcd.Library, ["unload", Soak ? "1000" : "50"]);

    [IcdFact(PublishedIcd.Gcc, PublishedIcd.VulkanHeader)]
    public void The_loader_can_be_unloaded_and_loaded_again() =>
        RunStorm(PublishedIcd.Loader, ["unload", Soak ? "1000" : "50"], ("VK_DRIVER_FILES", PublishedIcd.Manifest));

    [IcdFact(PublishedIcd.Gcc, PublishedIcd.VulkanHeader)]
    public void Shaders_write_to_memory_from_malloc() =>
        RunStorm(PublishedIcd.Library, ["host", Soak ? "10000" : "100"]);

    /// <summary>Threads use malloc's memory in the very pages that are imported and freed; the host has a SIGSEGV handler of its own, which must
    /// see nothing of it.</summary>
    [IcdFact(PublishedIcd.Gcc, PublishedIcd.VulkanHeader)]
    public void No_write_is_lost_in_pages_that_are_imported() =>
        RunStorm(PublishedIcd.Library, ["crowd", Soak ? "100000" : "500", "4"]);

    [IcdFact(PublishedIcd.Gcc, PublishedIcd.VulkanHeader, PublishedIcd.ValidationLayer)]
    public void Shaders_write_to_memory_from_malloc_behind_the_validation_layer() =>
        RunStorm(PublishedIcd.Loader, ["host", "5"], ("VK_DRIVER_FILES", PublishedIcd.Manifest),
            ("VK_INSTANCE_LAYERS", "VK_LAYER_KHRONOS_validation"));

    /// <summary>peers.c: memory, semaphores and a fence of two processes, one of which dies.</summary>
    [IcdFact(PublishedIcd.Gcc, PublishedIcd.VulkanHeader)]
    public void Two_processes_hand_work_to_one_another() => RunPeers(PublishedIcd.Library, Soak ? "100000" : "1000");

    [IcdFact(PublishedIcd.Gcc, PublishedIcd.VulkanHeader)]
    public void Two_processes_hand_work_to_one_another_behind_the_loader() =>
        RunPeers(PublishedIcd.Loader, "100", ("VK_DRIVER_FILES", PublishedIcd.Manifest));

    public void Dispose() => File.Delete(_program);

    private void RunPeers(string library, string rounds, params (string Name, string Value)[] environment) =>
        Run("peers.c", [library, rounds], environment);

    private void RunStorm(string library, string[] mode, params (string Name, string Value)[] environment) =>
        Run("storm.c", [library, PublishedIcd.Shaders, .. mode], environment);

    private void Run(string file, string[] arguments, (string Name, string Value)[] environment)
    {
        string source = Path.Combine(PublishedIcd.Root, "tests/Icd", file);
        var (compiled, messages) = ChildProgram.Run(PublishedIcd.Gcc,
            ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", source, "-o", _program, "-lpthread", "-ldl"], TimeSpan.FromMinutes(1));
        Assert.True(compiled == 0, messages);

        var (exitCode, output) = ChildProgram.Run(_program, arguments,
            Soak ? TimeSpan.FromHours(2) : TimeSpan.FromMinutes(2), environment);
        Assert.True(exitCode == 0 && output.Contains("ok ", StringComparison.Ordinal),
            string.Create(CultureInfo.InvariantCulture, $"exit code {exitCode}:\n{output}"));
        Assert.DoesNotContain("VUID", output, StringComparison.Ordinal);
    }
}
