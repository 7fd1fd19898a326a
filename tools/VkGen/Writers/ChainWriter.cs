using VkGen.Registry;

namespace VkGen.Writers;

/// <summary>Writes the facts about structure types: size in bytes, and whose pNext chain a struct may stand in.</summary>
internal sealed class ChainWriter(RegistryModel model, Naming naming)
{
    public string Write()
    {
        var structs = model.Structs.Where(s => s.StructureType is not null).ToList();
        var byName = structs.ToDictionary(s => s.Name, StringComparer.Ordinal);

        var source = SourceText.Start("Structure types: sizes and legal chains.");
        source.Line();
        source.Line("/// <summary>Facts about structure types from the registry.</summary>");
        source.Open("public static unsafe class StructureTypeInfo");
        source.Line("/// <summary>Size in bytes of the struct with this type, 0 for a type that the bindings do not know.</summary>");
        source.Open("public static int SizeOf(StructureType type) => type switch");
        foreach (var item in structs)
            source.Line($"StructureType.{Member(item)} => sizeof({Naming.Type(item.Name)}),");
        source.Line("_ => 0,");
        source.Close("};");
        source.Line();
        source.Line("/// <summary>Types of the structs whose pNext chain a struct of this type may stand in; empty for an unknown type or one that extends nothing.</summary>");
        source.Open("public static ReadOnlySpan<StructureType> ExtendsOf(StructureType type) => type switch");
        foreach (var item in structs)
        {
            var parents = item.Extends.Where(byName.ContainsKey).Select(e => $"StructureType.{Member(byName[e])}").ToList();
            if (parents.Count > 0)
                source.Line($"StructureType.{Member(item)} => [{string.Join(", ", parents)}],");
        }
        source.Line("_ => [],");
        source.Close("};");
        source.Line();
        source.Line("/// <summary>C name of the struct with this type, null for a type that the bindings do not know.</summary>");
        source.Open("public static string? NameOf(StructureType type) => type switch");
        foreach (var item in structs)
            source.Line($"StructureType.{Member(item)} => \"{item.Name}\",");
        source.Line("_ => null,");
        source.Close("};");
        source.Close();
        return source.ToString();
    }

    private string Member(StructModel item) => naming.EnumMember("VkStructureType", item.StructureType!);
}
