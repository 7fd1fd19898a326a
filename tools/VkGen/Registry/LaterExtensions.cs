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
        foreach (var part in (string[])["types", "commands", "extensions"])
            Add(result.Root!.Element(part)!, later.Element(part)!);
        result.Root!.Add(later.Elements("enums"));
        return result;
    }

    /// <summary>Names of the structs that the registry lacks.</summary>
    public static IEnumerable<string> Structs(XDocument registry) =>
        Lacking(registry.Root!.Element("types")!, Load().Element("types")!)
            .Where(e => e.Attribute("category")!.Value == "struct").Select(NameOf);

    private static XElement Load()
    {
        using var stream = typeof(LaterExtensions).Assembly.GetManifestResourceStream(Resource)!;
        return XDocument.Load(stream).Root!;
    }

    /// <summary>In front: of a command that two extensions bring, the origin is the one that the driver has.</summary>
    private static void Add(XElement known, XElement later) => known.AddFirst(Lacking(known, later));

    private static IEnumerable<XElement> Lacking(XElement known, XElement later)
    {
        var names = known.Elements().Where(e => e.Name != "comment").Select(NameOf).ToHashSet();
        return [.. later.Elements().Where(e => !names.Contains(NameOf(e)))];
    }

    /// <summary>The registry names structs and extensions by an attribute, commands and flags by an element.</summary>
    private static string NameOf(XElement e) =>
        e.Attribute("name")?.Value ?? (e.Element("proto") ?? e).Element("name")!.Value;
}
