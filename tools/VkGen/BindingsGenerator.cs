using System.Xml.Linq;
using VkGen.Registry;
using VkGen.Writers;

namespace VkGen;

/// <summary>The whole generator as a function: registry document in, file names and texts out.</summary>
internal static class BindingsGenerator
{
    /// <summary>Texts of the generated C# files by file name.</summary>
    public static IReadOnlyDictionary<string, string> Generate(XDocument registry)
    {
        var model = RegistryReader.Read(LaterExtensions.AddTo(registry));
        var naming = new Naming(model.Tags);
        var types = new TypeMap(model);
        var commands = new CommandWriter(model, types);
        var vk = new VkWriter(model, types);
        return new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Enums.g.cs"] = new EnumWriter(model, naming).Write(),
            ["Handles.g.cs"] = new HandleWriter(model).Write(),
            ["Structs.g.cs"] = new StructWriter(model, naming, types).Write(),
            ["Constants.g.cs"] = new ConstantWriter(model).Write(),
            ["Commands.g.cs"] = commands.WriteIds(),
            ["CommandTable.g.cs"] = commands.WriteTable(),
            ["Vk.g.cs"] = vk.WriteMethods(),
            ["VkOverloads.g.cs"] = vk.WriteOverloads(),
            ["StructureTypeInfo.g.cs"] = new ChainWriter(model, naming).Write(),
            ["Features.g.cs"] = new FeatureWriter(model, naming).Write(),
            ["NativeNames.g.cs"] = new NativeNameWriter(model, naming).Write(),
        };
    }

    /// <summary>Text of the C program that prints sizes, offsets and values (see <see cref="LayoutProbeWriter"/>). It
    /// knows what the registry's own headers know.</summary>
    public static string GenerateLayoutProbe(XDocument registry)
    {
        var model = RegistryReader.Read(registry);
        return new LayoutProbeWriter(model, new Naming(model.Tags)).Write();
    }
}
