using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace ShaderJit.SpirvGen;

/// <summary>An operand of an instruction, or a parameter of an enumerant.</summary>
/// <param name="Quantifier">'\0' for exactly one, '?' for at most one, '*' for any number.</param>
internal sealed record GrammarOperand(string Kind, char Quantifier);

/// <summary>What a row (an instruction or an enumerant) needs to be used.</summary>
/// <param name="Version">The first version that has it without an extension, major * 16 + minor; 255 for none.</param>
internal sealed record Requirements(List<string> Capabilities, List<string> Extensions, int Version);

internal sealed record GrammarInstruction(string Name, int Opcode, string Class, List<GrammarOperand> Operands,
    Requirements Requirements, List<string> Aliases);

internal sealed record GrammarEnumerant(string Name, uint Value, List<GrammarOperand> Parameters, Requirements Requirements,
    List<string> Aliases);

internal sealed record GrammarKind(string Name, string Category, List<GrammarEnumerant> Enumerants)
{
    public bool IsMask => Category == "BitEnum";
    public bool IsEnum => Category is "BitEnum" or "ValueEnum";
}

/// <summary>The grammar as read from JSON; names that share a value are one row with aliases.</summary>
internal sealed class Grammar
{
    public const string CoreFile = "spirv.core.grammar.json";
    public const string GlslFile = "extinst.glsl.std.450.grammar.json";

    /// <summary>Enumerants that are newer than the grammar, in its form.</summary>
    private const string LaterResource = "ShaderJit.SpirvGen.later.grammar.json";

    public required string Source { get; init; }

    /// <summary>SHA-256 of the files: another package's grammar rightly gives other tables.</summary>
    public required string Digest { get; init; }
    public required List<GrammarInstruction> Instructions { get; init; }
    public required List<GrammarKind> Kinds { get; init; }
    public required List<GrammarInstruction> Glsl { get; init; }

    public static Grammar Load(string folder)
    {
        byte[] coreBytes = File.ReadAllBytes(Path.Combine(folder, CoreFile)), glslBytes = File.ReadAllBytes(Path.Combine(folder, GlslFile));
        byte[] laterBytes = ReadLater();
        using JsonDocument later = JsonDocument.Parse(laterBytes);
        using JsonDocument core = JsonDocument.Parse(coreBytes);
        using JsonDocument glsl = JsonDocument.Parse(glslBytes);
        JsonElement root = core.RootElement;
        string version = $"{root.GetProperty("major_version").GetInt32()}.{root.GetProperty("minor_version").GetInt32()}";
        return new Grammar
        {
            Source = $"{CoreFile}, SPIR-V {version} revision {root.GetProperty("revision").GetInt32()}",
            Digest = Convert.ToHexString(SHA256.HashData([.. coreBytes, .. glslBytes, .. laterBytes])),
            Instructions = ReadInstructions(root),
            Kinds = ReadKinds(root, later.RootElement),
            Glsl = ReadInstructions(glsl.RootElement),
        };
    }

    private static List<GrammarInstruction> ReadInstructions(JsonElement root)
    {
        var byOpcode = new SortedDictionary<int, GrammarInstruction>();
        foreach (JsonElement e in root.GetProperty("instructions").EnumerateArray())
        {
            string name = e.GetProperty("opname").GetString()!;
            int opcode = e.GetProperty("opcode").GetInt32();
            string group = e.TryGetProperty("class", out JsonElement c) ? c.GetString()! : "";
            if (byOpcode.TryGetValue(opcode, out GrammarInstruction? first))
            {
                first.Aliases.Add(name);
                byOpcode[opcode] = first with { Requirements = Merge(first.Requirements, ReadRequirements(e)) };
            }
            else
            {
                byOpcode.Add(opcode, new(name, opcode, group, ReadOperands(e, "operands"), ReadRequirements(e), []));
            }
        }
        return [.. byOpcode.Values];
    }

    private static byte[] ReadLater()
    {
        using Stream stream = typeof(Grammar).Assembly.GetManifestResourceStream(LaterResource)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static List<GrammarKind> ReadKinds(JsonElement root, JsonElement later)
    {
        var kinds = new List<GrammarKind>();
        foreach (JsonElement k in root.GetProperty("operand_kinds").EnumerateArray())
        {
            var byValue = new SortedDictionary<uint, GrammarEnumerant>();
            string kind = k.GetProperty("kind").GetString()!;
            AddEnumerants(byValue, k);
            foreach (JsonElement l in later.GetProperty("operand_kinds").EnumerateArray())
            {
                if (l.GetProperty("kind").GetString() == kind)
                    AddEnumerants(byValue, l);
            }
            kinds.Add(new(kind, k.GetProperty("category").GetString()!, [.. byValue.Values]));
        }
        return kinds;
    }

    private static void AddEnumerants(SortedDictionary<uint, GrammarEnumerant> byValue, JsonElement kind)
    {
        if (!kind.TryGetProperty("enumerants", out JsonElement list))
            return;
        foreach (JsonElement e in list.EnumerateArray())
            AddEnumerant(byValue, e);
    }

    private static void AddEnumerant(SortedDictionary<uint, GrammarEnumerant> byValue, JsonElement e)
    {
        string name = e.GetProperty("enumerant").GetString()!;
        JsonElement v = e.GetProperty("value");
        uint value = v.ValueKind == JsonValueKind.Number ? v.GetUInt32() : Convert.ToUInt32(v.GetString(), 16);
        if (byValue.TryGetValue(value, out GrammarEnumerant? first))
        {
            first.Aliases.Add(name);
            byValue[value] = first with { Requirements = Merge(first.Requirements, ReadRequirements(e)) };
        }
        else
        {
            byValue.Add(value, new(name, value, ReadOperands(e, "parameters"), ReadRequirements(e), []));
        }
    }

    private static List<GrammarOperand> ReadOperands(JsonElement e, string property)
    {
        var operands = new List<GrammarOperand>();
        if (e.TryGetProperty(property, out JsonElement list))
        {
            foreach (JsonElement o in list.EnumerateArray())
            {
                char quantifier = o.TryGetProperty("quantifier", out JsonElement q) ? q.GetString()![0] : '\0';
                operands.Add(new(o.GetProperty("kind").GetString()!, quantifier));
            }
        }
        return operands;
    }

    private static Requirements ReadRequirements(JsonElement e)
    {
        int version = 0x10;
        if (e.TryGetProperty("version", out JsonElement v))
        {
            string text = v.GetString()!;
            string[] parts = text.Split('.');
            version = text == "None"
                ? 255
                : (int.Parse(parts[0], CultureInfo.InvariantCulture) << 4) + int.Parse(parts[1], CultureInfo.InvariantCulture);
        }
        return new(ReadStrings(e, "capabilities"), ReadStrings(e, "extensions"), version);
    }

    private static List<string> ReadStrings(JsonElement e, string property) => e.TryGetProperty(property, out JsonElement list)
        ? [.. list.EnumerateArray().Select(s => s.GetString()!)]
        : [];

    // Any of the names is good enough, so needs are alternatives.
    private static Requirements Merge(Requirements a, Requirements b) => new([.. a.Capabilities.Union(b.Capabilities)],
        [.. a.Extensions.Union(b.Extensions)], Math.Min(a.Version, b.Version));
}
