using System.Globalization;
using System.Xml.Linq;

namespace VkGen.Registry;

/// <summary>
/// Gathers the members of every enumeration: the group itself and what features and extensions add to it.
/// Members of extensions that are not part of the bindings are kept, so that a number can always be printed as a name.
/// </summary>
internal sealed class EnumReader
{
    private const long ExtensionBase = 1_000_000_000;
    private const long ExtensionBlock = 1_000;

    private readonly Dictionary<string, Dictionary<string, EnumMemberModel>> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _is64Bit = new(StringComparer.Ordinal);
    private readonly List<(string Group, string Name, string Target)> _aliases = [];

    public EnumReader(XElement registry)
    {
        foreach (var group in registry.Elements("enums").Where(e => e.Attribute("type") is not null))
        {
            var name = group.Attribute("name")!.Value;
            _groups[name] = new Dictionary<string, EnumMemberModel>(StringComparer.Ordinal);
            _is64Bit[name] = group.Attribute("bitwidth")?.Value == "64";
            foreach (var member in group.Elements("enum"))
                Add(name, member, extensionNumber: 0);
        }

        foreach (var feature in registry.Elements("feature"))
            AddExtending(feature, extensionNumber: 0);
        foreach (var extension in registry.Element("extensions")!.Elements("extension").Where(RequiredSet.IsSupported))
            AddExtending(extension, long.Parse(extension.Attribute("number")!.Value, CultureInfo.InvariantCulture));

        ResolveAliases();
    }

    public bool Is64Bit(string group) => _is64Bit.GetValueOrDefault(group);

    public bool Exists(string group) => _groups.ContainsKey(group);

    public IReadOnlyList<EnumMemberModel> MembersOf(string group) =>
        _groups.TryGetValue(group, out var members) ? [.. members.Values] : [];

    private void AddExtending(XElement featureOrExtension, long extensionNumber)
    {
        foreach (var member in featureOrExtension.Elements("require").Elements("enum"))
        {
            if (member.Attribute("extends")?.Value is { } group)
                Add(group, member, extensionNumber);
        }
    }

    private void Add(string group, XElement member, long extensionNumber)
    {
        var name = member.Attribute("name")!.Value;
        if (member.Attribute("alias")?.Value is { } target)
            _aliases.Add((group, name, target));
        else
            _groups[group].TryAdd(name, new EnumMemberModel(name, ValueOf(member, extensionNumber), null));
    }

    private static long ValueOf(XElement member, long extensionNumber)
    {
        if (member.Attribute("bitpos")?.Value is { } bit)
            return 1L << int.Parse(bit, CultureInfo.InvariantCulture);

        if (member.Attribute("value")?.Value is { } value)
        {
            return value.StartsWith("0x", StringComparison.Ordinal)
                ? long.Parse(value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                : long.Parse(value, CultureInfo.InvariantCulture);
        }

        // "Assigning extension token values" of the registry's style guide: a block of 1000 values for each extension.
        var number = member.Attribute("extnumber")?.Value is { } own
            ? long.Parse(own, CultureInfo.InvariantCulture)
            : extensionNumber;
        var result = ExtensionBase + (number - 1) * ExtensionBlock
            + long.Parse(member.Attribute("offset")!.Value, CultureInfo.InvariantCulture);
        return member.Attribute("dir")?.Value == "-" ? -result : result;
    }

    private void ResolveAliases()
    {
        // An alias may point at another alias that comes later in the file, so go on until nothing changes.
        var open = _aliases;
        while (open.Count > 0)
        {
            var next = new List<(string Group, string Name, string Target)>();
            foreach (var alias in open)
            {
                if (_groups[alias.Group].TryGetValue(alias.Target, out var target))
                    _groups[alias.Group].TryAdd(alias.Name, new EnumMemberModel(alias.Name, target.Value, target.AliasOf ?? target.Name));
                else
                    next.Add(alias);
            }
            if (next.Count == open.Count)
                throw new InvalidDataException($"Enum alias {next[0].Name} names the unknown member {next[0].Target}.");
            open = next;
        }
    }
}
