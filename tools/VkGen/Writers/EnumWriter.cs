using VkGen.Registry;

namespace VkGen.Writers;

/// <summary>
/// Writes enumerations and flags. An alias refers to the member it repeats, and is left out when it differs by the vendor
/// tag alone: with two names for a value, which one <c>Enum.ToString</c> prints would be up to the runtime.
/// </summary>
internal sealed class EnumWriter(RegistryModel model, Naming naming)
{
    public string Write()
    {
        var source = SourceText.Start("Enumerations and flags.");
        foreach (var item in model.Enums)
        {
            source.Line();
            source.Line($"/// <summary>{item.Name}</summary>");
            if (item.IsFlags)
                source.Line("[Flags]");
            source.Open($"public enum {Naming.Type(item.Name)} : {UnderlyingType(item)}");
            if (item.IsFlags && !MembersOf(item).Any(m => m.Name == "None"))
                source.Line("None = 0,");
            foreach (var (name, value, member) in MembersOf(item))
            {
                source.Line($"/// <summary>{member.Name}</summary>");
                source.Line($"{name} = {value},");
            }
            source.Close();
        }
        return source.ToString();
    }

    /// <summary>Members under their C# names, each name once, with the text of the value.</summary>
    public IEnumerable<(string Name, string Value, EnumMemberModel Member)> MembersOf(EnumModel item)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in item.Members.OrderBy(m => m.AliasOf is not null))
        {
            var name = naming.EnumMember(item.PrefixSource, member.Name);
            if (IsPromotion(item, member) || !seen.Add(name))
                continue;
            var value = member.AliasOf is { } target ? naming.EnumMember(item.PrefixSource, target) : ValueText(item, member.Value);
            yield return (name, value, member);
        }
    }

    /// <summary>True for an alias whose name without the vendor tag is that of its target, or of another member.</summary>
    private bool IsPromotion(EnumModel item, EnumMemberModel member)
    {
        if (member.AliasOf is null)
            return false;
        var bare = naming.WithoutTag(member.Name);
        return bare == naming.WithoutTag(member.AliasOf) || (bare != member.Name && item.Members.Any(m => m.Name == bare));
    }

    public static string UnderlyingType(EnumModel item) => item switch
    {
        { Is64Bit: true } => "ulong",
        { IsFlags: true } => "uint",
        _ => "int",
    };

    private static string ValueText(EnumModel item, long value) =>
        item.IsFlags ? value == 0 ? "0" : $"0x{value:X}" : $"{value}";
}
