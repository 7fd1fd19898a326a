using System.Text;
using System.Text.RegularExpressions;

namespace VkGen;

/// <summary>
/// Turns C names into those of Silk.NET.Vulkan: <c>VK_BUFFER_USAGE_STORAGE_BUFFER_BIT</c> of <c>VkBufferUsageFlagBits</c>
/// becomes <c>BufferUsageFlags.StorageBufferBit</c>.
/// </summary>
internal sealed partial class Naming(IReadOnlyList<string> tags)
{
    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
        { "event", "object", "base", "ref", "in", "out", "params", "string", "lock", "fixed", "checked", "operator", "namespace" };

    // Longest first, so that "NVX" is not taken for "NV" followed by an X.
    private readonly string[] _tags = [.. tags.OrderByDescending(t => t.Length)];

    /// <summary>Type name: <c>VkFooFlagBits2KHR</c> → <c>FooFlags2KHR</c>.</summary>
    public static string Type(string cName) =>
        (cName.StartsWith("Vk", StringComparison.Ordinal) ? cName[2..] : cName).Replace("FlagBits", "Flags", StringComparison.Ordinal);

    /// <summary>Field name: <c>pNext</c> → <c>PNext</c>.</summary>
    public static string Field(string cName) => char.ToUpperInvariant(cName[0]) + cName[1..];

    /// <summary>Method name: <c>vkCreateBuffer</c> → <c>CreateBuffer</c>.</summary>
    public static string Command(string cName) => cName[2..];

    /// <summary>Parameter name, escaped where C# has a keyword of that name.</summary>
    public static string Parameter(string cName) => Keywords.Contains(cName) ? "@" + cName : cName;

    /// <summary>Constant name: <c>VK_WHOLE_SIZE</c> → <c>WholeSize</c>.</summary>
    public static string Constant(string cName) => Pascal(cName["VK_".Length..]);

    /// <summary>Extension name: <c>VK_KHR_buffer_device_address</c> → <c>KhrBufferDeviceAddress</c>.</summary>
    public static string Extension(string cName) => Pascal(cName["VK_".Length..].ToUpperInvariant());

    /// <summary>Member name without the prefix that repeats the name of the enumeration.</summary>
    public string EnumMember(string enumName, string member)
    {
        var prefix = EnumPrefix(enumName);
        var rest = member;
        if (member.StartsWith(prefix, StringComparison.Ordinal))
        {
            rest = member[prefix.Length..];
        }
        else
        {
            // A few members carry a shorter prefix (VK_ERROR_..., VK_STENCIL_FRONT_AND_BACK): cut whole words that agree.
            var prefixWords = prefix.Split('_', StringSplitOptions.RemoveEmptyEntries);
            var memberWords = member.Split('_');
            var same = 0;
            while (same < prefixWords.Length && same < memberWords.Length - 1 && prefixWords[same] == memberWords[same])
                same++;
            rest = string.Join('_', memberWords[same..]);
        }

        var name = Pascal(rest);
        if (char.IsAsciiDigit(name[0]))
            name = Pascal(prefix.Split('_', StringSplitOptions.RemoveEmptyEntries)[^1]) + name;
        return name;
    }

    /// <summary><c>VkAccessFlagBits2</c> → <c>VK_ACCESS_2_</c>.</summary>
    public string EnumPrefix(string enumName)
    {
        var name = enumName;
        foreach (var tag in _tags)
        {
            if (name.EndsWith(tag, StringComparison.Ordinal))
            {
                name = name[..^tag.Length];
                break;
            }
        }
        name = FlagsWord().Replace(name, "$1");
        return WordStart().Replace(name, "_$0").ToUpperInvariant() + "_";
    }

    /// <summary><c>VK_PRESENT_MODE_FIFO_KHR</c> → <c>VK_PRESENT_MODE_FIFO</c>.</summary>
    public string WithoutTag(string member)
    {
        var tag = _tags.FirstOrDefault(t => member.EndsWith("_" + t, StringComparison.Ordinal));
        return tag is null ? member : member[..^(tag.Length + 1)];
    }

    private static string Pascal(string screaming)
    {
        var result = new StringBuilder(screaming.Length);
        foreach (var word in screaming.Split('_', StringSplitOptions.RemoveEmptyEntries))
        {
            // Two letters stay as they are in Silk.NET: the vendor NV and the BC1..BC7 formats.
            var upper = word is "NV" or "NN" ? 2 : word.StartsWith("BC", StringComparison.Ordinal) && word.Length > 2 && char.IsAsciiDigit(word[2]) ? 2 : 1;
            for (var i = 0; i < word.Length; i++)
            {
                var keep = i < upper || char.IsAsciiDigit(word[i - 1]);
                result.Append(keep ? word[i] : char.ToLowerInvariant(word[i]));
            }
        }
        return result.ToString();
    }

    [GeneratedRegex(@"Flag(?:Bit)?s(\d*)$")]
    private static partial Regex FlagsWord();

    [GeneratedRegex(@"(?<=[a-z0-9])[A-Z]|(?<=[a-zA-Z])\d")]
    private static partial Regex WordStart();
}
