using VkGen.Registry;

namespace VkGen.Writers;

/// <summary>
/// Writes what a driver and <c>Vk</c> share: <c>CommandId</c>, the name table with aliases and levels, and the typed
/// <c>CommandTable</c>.
/// </summary>
internal sealed class CommandWriter(RegistryModel model, TypeMap types)
{
    public string WriteIds()
    {
        var source = SourceText.Start("Command identifiers, names and levels.");
        source.Line();
        source.Line("/// <summary>One value for each function: a name and its aliases share it. Values are an index, not part of any ABI.</summary>");
        source.Open("public enum CommandId");
        for (var i = 0; i < model.Commands.Count; i++)
        {
            var command = model.Commands[i];
            source.Line($"/// <summary>{string.Join(", ", command.Aliases.Select(a => a.Name).Prepend(command.Name))} ({command.Origin})</summary>");
            source.Line($"{Naming.Command(command.Name)} = {i},");
        }
        source.Close();

        source.Line();
        source.Open("public static partial class Commands");
        source.Line("/// <summary>Number of <see cref=\"CommandId\"/> values.</summary>");
        source.Line($"public const int Count = {model.Commands.Count};");
        source.Line();

        var indexOf = model.Commands.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i);
        var names = model.Commands
            .SelectMany(c => c.Aliases.Select(a => (a.Name, a.Origin, Command: c)).Prepend((c.Name, c.Origin, Command: c)))
            .OrderBy(n => n.Name, StringComparer.Ordinal)
            .ToList();
        source.Line("/// <summary>Number of names, aliases included.</summary>");
        source.Line($"public const int NameCount = {names.Count};");
        source.Line();
        source.Line("// All names in byte order.");
        source.Line("// One text for all and not a switch over 565: a method that makes a span of each literal clears room for every one");
        source.Line("// of them at each call, and loaders ask for hundreds of names when a process starts. Each ends with a zero byte.");
        source.Line("private static ReadOnlySpan<byte> SortedNames =>");
        var lines = names.Select(n => n.Name + "\\0").Chunk(6).Select(chunk => string.Concat(chunk)).ToList();
        for (var i = 0; i < lines.Count; i++)
            source.Line($"    \"{lines[i]}\"u8{(i + 1 < lines.Count ? " +" : ";")}");
        source.Line();
        source.Line("// Where each begins, and where the last ends.");
        source.Line("private static ReadOnlySpan<ushort> SortedNameStart =>");
        source.Line("[");
        var starts = new List<int> { 0 };
        foreach (var (name, _, _) in names)
            starts.Add(starts[^1] + name.Length + 1);
        foreach (var chunk in starts.Chunk(20))
            source.Line("    " + string.Join(", ", chunk) + ",");
        source.Line("];");
        source.Line();
        source.Line("private static ReadOnlySpan<ushort> SortedCommand =>");
        source.Line("[");
        foreach (var chunk in names.Select(n => $"{indexOf[n.Command]}").Chunk(20))
            source.Line("    " + string.Join(", ", chunk) + ",");
        source.Line("];");
        source.Line();

        source.Line("// CommandLevel of each command.");
        source.Line("private static ReadOnlySpan<byte> Levels =>");
        source.Line("[");
        foreach (var chunk in model.Commands.Select(c => $"{(int)c.Level}").Chunk(40))
            source.Line("    " + string.Join(", ", chunk) + ",");
        source.Line("];");
        source.Line();

        source.Line("/// <summary>The canonical name as UTF-8 without a terminator in the span; a zero byte follows it in memory.</summary>");
        source.Line("// Where each command's canonical name stands among all names.");
        source.Line("private static ReadOnlySpan<ushort> CanonicalName =>");
        source.Line("[");
        foreach (var chunk in model.Commands.Select(c => names.FindIndex(n => n.Name == c.Name)).Chunk(20))
            source.Line("    " + string.Join(", ", chunk) + ",");
        source.Line("];");
        source.Line();
        source.Open("private static string SortedOrigin(int index) => index switch");
        foreach (var group in names.Select((n, i) => (n.Origin, Index: i)).GroupBy(n => n.Origin).OrderBy(g => g.Key, StringComparer.Ordinal))
            source.Line($"{string.Join(" or ", group.Select(g => g.Index))} => \"{group.Key}\",");
        source.Line("_ => throw new ArgumentOutOfRangeException(nameof(index)),");
        source.Close("};");
        source.Line();
        source.Close();
        return source.ToString();
    }

    public string WriteTable()
    {
        var source = SourceText.Start("The typed table of command addresses.");
        source.Line();
        source.Open("public sealed unsafe partial class CommandTable");
        foreach (var command in model.Commands)
        {
            var name = Naming.Command(command.Name);
            var type = types.OfCommand(command);
            source.Line($"/// <summary>{command.Name}({string.Join(", ", command.Parameters.Select(p => p.Name))})</summary>");
            source.Open($"public {type} {name}");
            source.Line($"get => ({type})_addresses[(int)CommandId.{name}];");
            source.Line($"set => _addresses[(int)CommandId.{name}] = (nint)value;");
            source.Close();
        }
        source.Close();
        return source.ToString();
    }
}
