using System.Text;

namespace ShaderJit.Vulkan.Bindings;

/// <summary>The command names of the core versions and the extensions that the bindings hold, and what each name means.</summary>
public static partial class Commands
{
    /// <summary>Who may be asked for the command's address.</summary>
    public static CommandLevel LevelOf(CommandId command) => (CommandLevel)Levels[(int)command];

    /// <summary>The canonical name, "vkCreateBuffer".</summary>
    public static string NameOf(CommandId command) => Encoding.UTF8.GetString(Utf8NameOf(command));

    /// <summary>The canonical name as UTF-8 without a terminator in the span; a zero byte follows it in memory.</summary>
    /// <exception cref="IndexOutOfRangeException">The bindings have no such command.</exception>
    public static ReadOnlySpan<byte> Utf8NameOf(CommandId command) => SortedName(CanonicalName[(int)command]);

    /// <summary>Finds the command that a name or an alias means. The lookup allocates nothing.</summary>
    /// <param name="name">UTF-8 without a terminator.</param>
    /// <param name="command">The command when the result is true.</param>
    public static bool TryFind(ReadOnlySpan<byte> name, out CommandId command)
    {
        var found = IndexOf(name, out var index);
        command = found ? (CommandId)SortedCommand[index] : default;
        return found;
    }

    /// <summary>
    /// Finds a command and where the name comes from: "VK_VERSION_1_1" or an extension name. An alias has an origin of
    /// its own: vkGetBufferDeviceAddress comes from VK_VERSION_1_2, vkGetBufferDeviceAddressKHR from its extension.
    /// </summary>
    public static bool TryFind(ReadOnlySpan<byte> name, out CommandId command, out string origin)
    {
        var found = IndexOf(name, out var index);
        command = found ? (CommandId)SortedCommand[index] : default;
        origin = found ? SortedOrigin(index) : "";
        return found;
    }

    /// <summary>The name at a place of the byte-ordered list of all names. A zero byte follows the span in memory.</summary>
    /// <param name="index">0 to <see cref="NameCount"/> − 1.</param>
    /// <param name="command">What the name means.</param>
    public static ReadOnlySpan<byte> NameAt(int index, out CommandId command)
    {
        command = (CommandId)SortedCommand[index];
        return SortedName(index);
    }

    private static ReadOnlySpan<byte> SortedName(int index) =>
        SortedNames[SortedNameStart[index]..(SortedNameStart[index + 1] - 1)];

    private static bool IndexOf(ReadOnlySpan<byte> name, out int index)
    {
        var low = 0;
        var high = NameCount - 1;
        while (low <= high)
        {
            index = (low + high) >>> 1;
            var order = SortedName(index).SequenceCompareTo(name);
            if (order == 0)
                return true;
            if (order < 0)
                low = index + 1;
            else
                high = index - 1;
        }
        index = -1;
        return false;
    }
}
