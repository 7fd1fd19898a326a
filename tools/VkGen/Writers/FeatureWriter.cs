using VkGen.Registry;

namespace VkGen.Writers;

/// <summary>
/// Writes one enumeration of all features and, for each feature struct, which it holds. A feature that was promoted keeps
/// its name, so that VkPhysicalDeviceVulkan12Features and the struct of the extension speak of the same one.
/// </summary>
internal sealed class FeatureWriter(RegistryModel model, Naming naming)
{
    private const string Head = "VkPhysicalDeviceFeatures2", Core = "VkPhysicalDeviceFeatures";

    public string Write()
    {
        var byName = model.Structs.ToDictionary(s => s.Name, StringComparer.Ordinal);
        var structs = model.Structs
            .Where(s => s.StructureType is not null && (s.Name == Head || s.Extends.Contains(Head)))
            .Select(s => (Struct: s, Members: MembersOf(s.Name == Head ? byName[Core] : s)))
            .Where(s => s.Members.Count > 0)
            .ToList();

        var source = SourceText.Start("Features of devices, and the structs they are queried and enabled with.");
        source.Line();
        source.Line("/// <summary>Every feature that a VkPhysicalDevice*Features struct has a member for.</summary>");
        source.Open("public enum Feature : ushort");
        foreach (var name in structs.SelectMany(s => s.Members).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            source.Line($"{name},");
        source.Close();
        source.Line();
        source.Line("/// <summary>Which features stand in which struct.</summary>");
        source.Open("public static class FeatureStructs");
        source.Line("/// <summary>The features of a struct whose members are VkBool32s behind SType and PNext, in their order; empty for all other structs.</summary>");
        source.Open("public static ReadOnlySpan<Feature> MembersOf(StructureType type) => type switch");
        foreach (var (item, members) in structs)
        {
            source.Line($"StructureType.{naming.EnumMember("VkStructureType", item.StructureType!)} =>");
            source.Line($"    [{string.Join(", ", members.Select(m => $"Feature.{m}"))}],");
        }
        source.Line("_ => [],");
        source.Close("};");
        source.Close();
        return source.ToString();
    }

    /// <summary>Names of the VkBool32s behind sType and pNext; empty where there is anything else.</summary>
    private static List<string> MembersOf(StructModel item)
    {
        var members = item.Members.Where(m => m.Name is not ("sType" or "pNext")).ToList();
        return members.TrueForAll(m => m.Type == "VkBool32" && m.PointerDepth == 0 && m.ArrayLength == 0)
            ? members.ConvertAll(m => Naming.Field(m.Name))
            : [];
    }
}
