using System.Xml.Linq;

namespace VkGen.Registry;

/// <summary>Decides which extensions are in, and collects the types and commands that they and the core versions require.</summary>
internal sealed class RequiredSet
{
    /// <summary>Names of types that some core version or included extension requires directly.</summary>
    public HashSet<string> Types { get; } = new(StringComparer.Ordinal);

    /// <summary>Command name → the feature or the extension that brings it, the first in registry order.</summary>
    public Dictionary<string, string> Commands { get; } = new(StringComparer.Ordinal);

    public List<ExtensionModel> Extensions { get; } = [];

    public RequiredSet(XElement registry)
    {
        foreach (var feature in registry.Elements("feature"))
            Collect(feature, feature.Attribute("name")!.Value);

        foreach (var extension in registry.Element("extensions")!.Elements("extension"))
        {
            if (!IsIncluded(extension))
                continue;
            var name = extension.Attribute("name")!.Value;
            Collect(extension, name);
            Extensions.Add(new ExtensionModel(name, SpecVersionOf(extension), extension.Attribute("type")?.Value == "instance"));
        }
    }

    /// <summary>True for extensions that exist (not reserved numbers), whatever platform they need.</summary>
    public static bool IsSupported(XElement extension) => extension.Attribute("supported")?.Value == "vulkan";

    /// <summary>Video needs the codec headers, a platform extension needs that platform's headers: both stay out.</summary>
    private static bool IsIncluded(XElement extension) =>
        IsSupported(extension)
        && extension.Attribute("platform") is null
        && !extension.Attribute("name")!.Value.Contains("_video_", StringComparison.Ordinal);

    private static uint SpecVersionOf(XElement extension)
    {
        foreach (var item in extension.Elements("require").Elements("enum"))
        {
            if (item.Attribute("name")!.Value.EndsWith("_SPEC_VERSION", StringComparison.Ordinal)
                && uint.TryParse(item.Attribute("value")?.Value, out var version))
                return version;
        }
        throw new InvalidDataException($"{extension.Attribute("name")!.Value} has no spec version.");
    }

    private void Collect(XElement featureOrExtension, string origin)
    {
        foreach (var require in featureOrExtension.Elements("require"))
        {
            foreach (var type in require.Elements("type"))
                Types.Add(type.Attribute("name")!.Value);
            foreach (var command in require.Elements("command"))
                Commands.TryAdd(command.Attribute("name")!.Value, origin);
        }
    }
}
