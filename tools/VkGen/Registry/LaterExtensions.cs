using System.Xml.Linq;

namespace VkGen.Registry;

/// <summary>What <c>later.xml</c> adds to a registry that is older than some of the driver's extensions.</summary>
internal static class LaterExtensions
{
    private const string Resource = "VkGen.Registry.later.xml";

    /// <summary>The registry with the extensions that it lacks.</summary>
    public static XDocument AddTo(XDocument registry)
    {
        var later = Load();
        var result = new XDocument(registry);
        Add(result.Root!.Element("types")!, later.Element("types")!);
        Add(result.Root!.Element("extensions")!, later.Element("extensions")!);
        return result;
    }

    /// <summary>Names of the structs that the registry lacks.</summary>
    public static IEnumerable<string> Structs(XDocument registry) =>
        Lacking(registry.Root!.Element("types")!, Load().Element("types")!).Select(e => e.Attribute("name")!.Value);

    private static XElement Load()
    {
        using var stream = typeof(LaterExtensions).Assembly.GetManifestResourceStream(Resource)!;
        return XDocument.Load(stream).Root!;
    }

    private static void Add(XElement known, XElement later) => known.Add(Lacking(known, later));

    private static IEnumerable<XElement> Lacking(XElement known, XElement later)
    {
        var names = known.Elements().Select(e => e.Attribute("name")?.Value).ToHashSet();
        return [.. later.Elements().Where(e => !names.Contains(e.Attribute("name")!.Value))];
    }
}
