using System.Globalization;
using System.Text.RegularExpressions;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Repository.Tests.Bindings;

/// <summary>
/// A test that needs the vk.xml which the bindings come from. It shows as skipped where the file is missing or of another
/// header version: another registry rightly gives other bindings.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed partial class FactWithRegistryAttribute : FactWithAttribute
{
    /// <summary>Where Debian's libvulkan-dev puts the registry.</summary>
    internal const string Registry = "/usr/share/vulkan/registry/vk.xml";

    /// <param name="paths">Absolute paths that must exist besides the registry.</param>
    public FactWithRegistryAttribute(params string[] paths)
        : base([Registry, .. paths])
    {
        if (Skip is not null)
            return;
        var match = HeaderVersion().Match(File.ReadAllText(Registry));
        if (!match.Success || uint.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) != Vk.HeaderVersion)
            Skip = $"{Registry} is of header version {match.Groups[1].Value}, the bindings of {Vk.HeaderVersion}";
    }

    [GeneratedRegex(@"VK_HEADER_VERSION</name>\s*(\d+)")]
    private static partial Regex HeaderVersion();
}
