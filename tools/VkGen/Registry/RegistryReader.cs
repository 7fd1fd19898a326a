using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace VkGen.Registry;

/// <summary>Reads vk.xml into a <see cref="RegistryModel"/>: picks what is in, resolves aliases, closes over dependencies.</summary>
internal sealed partial class RegistryReader
{
    private static readonly string[] GlobalCommands =
        ["vkGetInstanceProcAddr", "vkCreateInstance", "vkEnumerateInstanceVersion", "vkEnumerateInstanceExtensionProperties", "vkEnumerateInstanceLayerProperties"];

    private readonly XElement _registry;
    private readonly RequiredSet _required;
    private readonly EnumReader _enums;
    private readonly Dictionary<string, XElement> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _typeAliases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _sizes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StructModel> _structs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FunctionPointerModel> _functionPointers = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _enumNames = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _handleNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> _visited = new(StringComparer.Ordinal);
    private readonly List<SkippedType> _skipped = [];

    private RegistryReader(XElement registry)
    {
        _registry = registry;
        _required = new RequiredSet(registry);
        _enums = new EnumReader(registry);
        foreach (var type in registry.Element("types")!.Elements("type"))
        {
            var name = type.Attribute("name")?.Value ?? type.Element("name")!.Value;
            _types[name] = type;
            if (type.Attribute("alias")?.Value is { } target)
                _typeAliases[name] = target;
        }
    }

    /// <summary>Reads the registry document.</summary>
    /// <exception cref="InvalidDataException">The document uses a construct that the generator does not know.</exception>
    public static RegistryModel Read(XDocument document) => new RegistryReader(document.Root!).Read();

    private RegistryModel Read()
    {
        var constants = ReadConstants();
        foreach (var name in _required.Types)
            Visit(name);
        var commands = ReadCommands();

        return new RegistryModel(
            HeaderVersion: ReadHeaderVersion(),
            Tags: [.. _registry.Element("tags")!.Elements("tag").Select(t => t.Attribute("name")!.Value)],
            Constants: constants,
            Enums: [.. _enumNames.Select(ReadEnum)],
            Handles: [.. _handleNames.Select(n => new HandleModel(n, _types[n].Element("type")!.Value == "VK_DEFINE_HANDLE"))],
            Structs: [.. _structs.Values.OrderBy(s => s.Name, StringComparer.Ordinal)],
            FunctionPointers: _functionPointers,
            Commands: commands,
            Extensions: [.. _required.Extensions.OrderBy(e => e.Name, StringComparer.Ordinal)],
            Skipped: [.. _skipped.OrderBy(s => s.Name, StringComparer.Ordinal)]);
    }

    private uint ReadHeaderVersion() =>
        uint.Parse(_types["VK_HEADER_VERSION"].Nodes().OfType<XText>().Last().Value, CultureInfo.InvariantCulture);

    private List<ConstantModel> ReadConstants()
    {
        var result = new List<ConstantModel>();
        foreach (var item in _registry.Elements("enums").First(e => e.Attribute("type") is null).Elements("enum"))
        {
            if (item.Attribute("alias") is not null)
                continue;
            var constant = new ConstantModel(item.Attribute("name")!.Value, item.Attribute("type")!.Value, item.Attribute("value")!.Value);
            result.Add(constant);
            if (int.TryParse(constant.Value, out var size))
                _sizes[constant.Name] = size;
        }
        foreach (var alias in _registry.Elements("enums").First(e => e.Attribute("type") is null).Elements("enum").Where(e => e.Attribute("alias") is not null))
        {
            if (_sizes.TryGetValue(alias.Attribute("alias")!.Value, out var size))
                _sizes[alias.Attribute("name")!.Value] = size;
        }
        return result;
    }

    private string Canonical(string name)
    {
        while (_typeAliases.TryGetValue(name, out var target))
            name = target;
        return name;
    }

    /// <summary>Takes a type in, with everything that it needs.</summary>
    private void Visit(string requested)
    {
        var name = Canonical(requested);
        if (!_visited.Add(name) || !_types.TryGetValue(name, out var type))
            return;

        switch (type.Attribute("category")?.Value)
        {
            case "bitmask":
                _enumNames.Add(name);
                break;
            case "enum":
                // The bits of a flags type are emitted with the flags type itself.
                if (FlagsOf(name) is { } flags)
                    Visit(flags);
                else if (_enums.Exists(name))
                    _enumNames.Add(name);
                break;
            case "handle":
                _handleNames.Add(name);
                break;
            case "struct":
            case "union":
                ReadStruct(name, type);
                break;
            case "funcpointer":
                ReadFunctionPointer(name, type);
                break;
            default:
                break;
        }
    }

    private string? FlagsOf(string bitsName)
    {
        if (!FlagBits().IsMatch(bitsName))
            return null;
        var flags = bitsName.Replace("FlagBits", "Flags", StringComparison.Ordinal);
        return _types.ContainsKey(flags) ? Canonical(flags) : null;
    }

    private EnumModel ReadEnum(string name)
    {
        var type = _types[name];
        if (type.Attribute("category")!.Value != "bitmask")
        {
            // Bits without a flags type: the name of the enumeration is that of the flags all the same.
            return new EnumModel(name, name, FlagBits().IsMatch(name), _enums.Is64Bit(name), _enums.MembersOf(name));
        }

        var bits = type.Attribute("requires")?.Value ?? type.Attribute("bitvalues")?.Value;
        var is64Bit = type.Element("type")!.Value == "VkFlags64";
        return new EnumModel(name, bits ?? name, IsFlags: true, is64Bit, bits is null ? [] : _enums.MembersOf(bits));
    }

    private void ReadStruct(string name, XElement type)
    {
        var members = type.Elements("member").Select(ReadMember).ToList();
        var blocker = members.Select(m => m.Type).FirstOrDefault(IsForeign);
        if (blocker is not null)
        {
            _skipped.Add(new SkippedType(name, $"needs {blocker} of {_types[Canonical(blocker)].Attribute("requires")?.Value ?? "a platform"}"));
            return;
        }

        foreach (var member in members)
            Visit(member.Type);

        _structs[name] = new StructModel(
            name,
            IsUnion: type.Attribute("category")!.Value == "union",
            IsReturnedOnly: type.Attribute("returnedonly")?.Value == "true",
            StructureType: type.Elements("member").FirstOrDefault(m => m.Element("name")!.Value == "sType")?.Attribute("values")?.Value,
            Extends: [.. (type.Attribute("structextends")?.Value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Canonical).Distinct()],
            members);
    }

    /// <summary>True for types that only a header outside Vulkan's own declares.</summary>
    private bool IsForeign(string typeName)
    {
        var type = _types[Canonical(typeName)];
        var category = type.Attribute("category")?.Value;
        return category is null && type.Attribute("requires")?.Value is { } header && header != "vk_platform";
    }

    private MemberModel ReadMember(XElement member)
    {
        var nameElement = member.Element("name")!;
        var typeElement = member.Element("type")!;
        var afterType = string.Concat(typeElement.NodesAfterSelf().TakeWhile(n => n != nameElement).OfType<XText>().Select(t => t.Value));
        var beforeType = string.Concat(typeElement.NodesBeforeSelf().OfType<XText>().Select(t => t.Value));
        var afterName = string.Concat(nameElement.NodesAfterSelf()
            .Select(n => n is XText text ? text.Value : n is XElement { Name.LocalName: "enum" } size ? size.Value : ""));

        var bitWidth = afterName.StartsWith(':') ? int.Parse(afterName.AsSpan(1), CultureInfo.InvariantCulture) : 0;
        var arrayLength = 0;
        foreach (Match dimension in Dimension().Matches(afterName))
        {
            var text = dimension.Groups[1].Value;
            var size = int.TryParse(text, out var number) ? number : _sizes[text];
            arrayLength = arrayLength == 0 ? size : arrayLength * size;
        }

        return new MemberModel(
            nameElement.Value,
            Canonical(typeElement.Value),
            afterType.Count(c => c == '*'),
            IsConst: beforeType.Contains("const", StringComparison.Ordinal),
            IsOptional: (member.Attribute("optional")?.Value ?? "").StartsWith("true", StringComparison.Ordinal),
            member.Attribute("len")?.Value,
            arrayLength,
            bitWidth);
    }

    private void ReadFunctionPointer(string name, XElement type)
    {
        var text = type.Value;
        var match = FunctionPointerText().Match(text);
        if (!match.Success)
            throw new InvalidDataException($"Function pointer {name} is not understood: {text}");
        var parameters = new List<TypeReference>();
        foreach (var part in match.Groups["parameters"].Value.Split(','))
        {
            var reference = ParseReference(part, hasName: true);
            if (reference is not { Type: "void", PointerDepth: 0 })
                parameters.Add(reference);
        }
        var returns = ParseReference(match.Groups["returns"].Value, hasName: false);
        _functionPointers[name] = new FunctionPointerModel(name, returns, parameters);
        foreach (var parameter in parameters)
            Visit(parameter.Type);
        Visit(returns.Type);
    }

    private TypeReference ParseReference(string text, bool hasName)
    {
        var words = text.Replace("*", " ", StringComparison.Ordinal)
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Where(w => w is not ("const" or "struct"))
            .ToList();
        if (words.Count is 0 or > 2 || (!hasName && words.Count > 1))
            throw new InvalidDataException($"Type is not understood: {text}");
        return new TypeReference(Canonical(words[0]), text.Count(c => c == '*'));
    }

    private List<CommandModel> ReadCommands()
    {
        var elements = new Dictionary<string, XElement>(StringComparer.Ordinal);
        foreach (var command in _registry.Element("commands")!.Elements("command"))
            elements[command.Attribute("name")?.Value ?? command.Element("proto")!.Element("name")!.Value] = command;

        string CanonicalCommand(string name)
        {
            while (elements[name].Attribute("alias")?.Value is { } target)
                name = target;
            return name;
        }

        var result = new List<CommandModel>();
        foreach (var group in _required.Commands.GroupBy(c => CanonicalCommand(c.Key)).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var element = elements[group.Key];
            var parameters = element.Elements("param").Select(ReadMember).ToList();
            foreach (var parameter in parameters)
                Visit(parameter.Type);
            result.Add(new CommandModel(
                group.Key,
                LevelOf(group.Key, parameters),
                Canonical(element.Element("proto")!.Element("type")!.Value),
                parameters,
                [.. group.Where(c => c.Key != group.Key).Select(c => new CommandAlias(c.Key, c.Value)).OrderBy(a => a.Name, StringComparer.Ordinal)],
                _required.Commands.GetValueOrDefault(group.Key) ?? group.First().Value));
        }
        return result;
    }

    private static CommandLevel LevelOf(string name, List<MemberModel> parameters)
    {
        if (GlobalCommands.Contains(name))
            return CommandLevel.Global;
        return parameters[0].Type switch
        {
            "VkInstance" => CommandLevel.Instance,
            "VkPhysicalDevice" => CommandLevel.PhysicalDevice,
            "VkDevice" or "VkQueue" or "VkCommandBuffer" => CommandLevel.Device,
            var other => throw new InvalidDataException($"{name} starts with the parameter type {other}."),
        };
    }

    [GeneratedRegex(@"FlagBits\d*[A-Z]*$")]
    private static partial Regex FlagBits();

    [GeneratedRegex(@"\[\s*(\w+)\s*\]")]
    private static partial Regex Dimension();

    [GeneratedRegex(@"typedef\s+(?<returns>.+?)\s*\(VKAPI_PTR\s*\*\s*\w+\s*\)\s*\((?<parameters>.*)\)\s*;", RegexOptions.Singleline)]
    private static partial Regex FunctionPointerText();
}
