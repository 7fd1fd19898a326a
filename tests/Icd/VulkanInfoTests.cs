using System.Text.RegularExpressions;
using Xunit;

namespace ShaderJit.Icd.Tests;

/// <summary>An unmodified Vulkan program behind Debian's loader, with and without the validation layer.</summary>
public sealed partial class VulkanInfoTests
{
    [IcdFact(PublishedIcd.VulkanInfo)]
    public void The_summary_shows_one_processor_device()
    {
        string output = Run(["--summary"]);
        Assert.Single(DeviceHeading().Matches(output));
        Assert.Contains("PHYSICAL_DEVICE_TYPE_CPU", output, StringComparison.Ordinal);
        Assert.Matches(@"apiVersion\s+= 1\.3\.", output);
        Assert.Matches(@"deviceName\s+= ShaderJit \(", output);
    }

    [IcdFact(PublishedIcd.VulkanInfo)]
    public void The_whole_report_has_no_errors() => Run([]);

    [IcdFact(PublishedIcd.VulkanInfo, PublishedIcd.ValidationLayer)]
    public void The_validation_layer_finds_nothing()
    {
        string output = Run([], ("VK_INSTANCE_LAYERS", "VK_LAYER_KHRONOS_validation"));
        Assert.DoesNotContain("VUID-", output, StringComparison.Ordinal);
    }

    [IcdFact(PublishedIcd.VulkanInfo)]
    public void The_queue_family_is_for_graphics_only_where_one_asks_for_that()
    {
        Assert.DoesNotContain("QUEUE_GRAPHICS", Run([]), StringComparison.Ordinal);
        Assert.Matches("queueFlags += QUEUE_GRAPHICS ", Run([], ("SHADERJIT_GRAPHICS_QUEUE", "1")));
    }

    [IcdFact(PublishedIcd.VulkanInfo)]
    public void Memory_of_the_host_is_imported_unless_one_asks_for_none()
    {
        Assert.DoesNotContain("VK_EXT_external_memory_host", Run([], ("SHADERJIT_HOST_MEMORY", "0")), StringComparison.Ordinal);
        string output = Run([]);
        Assert.Contains("VK_EXT_external_memory_host", output, StringComparison.Ordinal);
        Assert.Matches("minImportedHostPointerAlignment += 0x0*1000", output);
    }

    [Fact]
    public void The_manifest_is_of_the_version_that_the_driver_reports()
    {
        string manifest = File.ReadAllText(Path.Combine(PublishedIcd.Root, "driver/Icd/shaderjit_icd.json"));
        Assert.Contains("\"library_path\": \"./libshaderjit.so\"", manifest, StringComparison.Ordinal);
        string identity = File.ReadAllText(Path.Combine(PublishedIcd.Root, "driver/Vulkan/Api/DeviceIdentity.cs"));
        var version = VersionFormula().Match(identity);
        Assert.True(version.Success);
        Assert.Contains($"\"api_version\": \"{version.Groups[1]}.{version.Groups[2]}.{version.Groups[3]}\"", manifest, StringComparison.Ordinal);
    }

    private static string Run(string[] arguments, params (string Name, string Value)[] environment)
    {
        // libwayland, which vulkaninfo asks for a display, complains where there is no XDG_RUNTIME_DIR.
        var (exitCode, output) = ChildProgram.Run(PublishedIcd.VulkanInfo, arguments, TimeSpan.FromMinutes(1),
            [("VK_DRIVER_FILES", PublishedIcd.Manifest), ("XDG_RUNTIME_DIR", Path.GetTempPath()), .. environment]);
        Assert.True(exitCode == 0, output);
        Assert.DoesNotMatch(ErrorLine(), output);
        return output;
    }

    [GeneratedRegex(@"^GPU\d+:", RegexOptions.Multiline)]
    private static partial Regex DeviceHeading();

    [GeneratedRegex(@"\berror\b", RegexOptions.IgnoreCase)]
    private static partial Regex ErrorLine();

    [GeneratedRegex(@"ApiVersion = \((\d+)u << 22\) \| \((\d+)u << 12\) \| (\d+);")]
    private static partial Regex VersionFormula();
}
