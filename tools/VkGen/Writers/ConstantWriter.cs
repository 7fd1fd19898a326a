using VkGen.Registry;

namespace VkGen.Writers;

/// <summary>Writes the API constants into <c>Vk</c>, and extension names and versions into classes of their own.</summary>
internal sealed class ConstantWriter(RegistryModel model)
{
    public string Write()
    {
        var source = SourceText.Start("API constants, extension names, extension versions.");
        source.Line();
        source.Open("public sealed unsafe partial class Vk");
        source.Line("/// <summary>VK_HEADER_VERSION of the registry that these bindings come from.</summary>");
        source.Line($"public const uint HeaderVersion = {model.HeaderVersion};");
        foreach (var constant in model.Constants)
        {
            var (type, value) = ValueOf(constant);
            source.Line();
            source.Line($"/// <summary>{constant.Name}</summary>");
            source.Line($"public const {type} {Naming.Constant(constant.Name)} = {value};");
        }
        source.Close();

        source.Line();
        source.Line("/// <summary>Names of the extensions that the bindings know.</summary>");
        source.Open("public static class ExtensionNames");
        foreach (var extension in model.Extensions)
        {
            source.Line($"/// <summary>{(extension.IsInstanceExtension ? "Instance" : "Device")} extension.</summary>");
            source.Line($"public const string {Naming.Extension(extension.Name)} = \"{extension.Name}\";");
        }
        source.Close();

        source.Line();
        source.Line("/// <summary>Revisions of the extensions that the bindings know.</summary>");
        source.Open("public static class ExtensionVersions");
        foreach (var extension in model.Extensions)
        {
            source.Line($"/// <summary>{extension.Name}</summary>");
            source.Line($"public const uint {Naming.Extension(extension.Name)} = {extension.SpecVersion};");
        }
        source.Close();
        return source.ToString();
    }

    private static (string Type, string Value) ValueOf(ConstantModel constant)
    {
        var type = constant.Type switch
        {
            "uint32_t" => "uint",
            "uint64_t" => "ulong",
            "float" => "float",
            var other => throw new InvalidDataException($"{constant.Name} has the type {other}."),
        };
        var value = constant.Value switch
        {
            "(~0U)" => "~0u",
            "(~1U)" => "~1u",
            "(~2U)" => "~2u",
            "(~0ULL)" => "~0ul",
            var text => text,
        };
        return (type, value);
    }
}
