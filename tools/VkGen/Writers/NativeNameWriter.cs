using VkGen.Registry;

namespace VkGen.Writers;

/// <summary>Writes the C names of enumeration values, for logs and messages that a Vulkan user can search for.</summary>
internal sealed class NativeNameWriter(RegistryModel model, Naming naming)
{
    public string Write()
    {
        var source = SourceText.Start("C names of enumeration values.");
        source.Line();
        source.Line("/// <summary>C names of enumeration values: <c>NativeNames.Of(Result.ErrorDeviceLost)</c> is \"VK_ERROR_DEVICE_LOST\".</summary>");
        source.Open("public static class NativeNames");
        foreach (var item in model.Enums.Where(e => !e.IsFlags && e.Members.Count > 0))
        {
            var type = Naming.Type(item.Name);
            source.Line($"/// <summary>C name of a {item.Name}, the number when it is unknown.</summary>");
            source.Open($"public static string Of({type} value) => value switch");
            foreach (var member in item.Members.Where(m => m.AliasOf is null))
                source.Line($"{type}.{naming.EnumMember(item.PrefixSource, member.Name)} => \"{member.Name}\",");
            source.Line("_ => ((int)value).ToString(System.Globalization.CultureInfo.InvariantCulture),");
            source.Close("};");
            source.Line();
        }
        source.Close();
        return source.ToString();
    }
}
