using System.Text;

namespace ShaderJit.SpirvGen;

/// <summary>Writes the tables as constant spans: they live in the assembly's data and cost nothing to load.</summary>
internal static class TableWriter
{
    public static string WriteInstructions(Grammar grammar)
    {
        List<GrammarInstruction> rows = grammar.Instructions;
        StringBuilder text = EnumWriter.Begin(grammar);
        text.Append("internal static class InstructionData\n{\n");
        Span(text, "ushort", "Opcodes", "Opcode of each row, ascending.",
            rows.Select(r => (r.Opcode.ToString(), r.Name)));
        List<string> classes = EnumWriter.Classes(grammar);
        Span(text, "byte", "Classes", "InstructionClass of each row.",
            rows.Select(r => (classes.IndexOf(r.Class).ToString(), r.Name)));
        Lists(text, "byte", "Operand", "Operands: OperandKind, plus 64 for an optional one, plus 128 for any number.",
            rows.Select(r => (r.Operands.Select(o => Operand(grammar, o)), r.Name)));
        Requirements(text, grammar, rows.Select(r => (r.Requirements, r.Name)).ToList());
        Names(text, rows.Select(r => r.Name));
        text.Append("}\n");
        return text.ToString();
    }

    public static string WriteEnumerants(Grammar grammar)
    {
        var rows = grammar.Kinds.SelectMany(k => k.Enumerants.Select(e => (Kind: k, Row: e))).ToList();
        string Label((GrammarKind Kind, GrammarEnumerant Row) r) => $"{r.Kind.Name} {r.Row.Name}";
        StringBuilder text = EnumWriter.Begin(grammar);
        text.Append("internal static class EnumerantData\n{\n");
        var starts = new List<(string, string)>();
        int at = 0;
        foreach (GrammarKind k in grammar.Kinds)
        {
            starts.Add((at.ToString(), k.Name));
            at += k.Enumerants.Count;
        }
        starts.Add((at.ToString(), "end"));
        Span(text, "ushort", "KindStart", "First row of each OperandKind, and one more.", starts);
        Span(text, "byte", "Categories", "OperandCategory of each OperandKind.",
            grammar.Kinds.Select(k => (Category(k), k.Name)));
        Span(text, "uint", "Values", "Value of each row, ascending within a kind.",
            rows.Select(r => ($"0x{r.Row.Value:X}", Label(r))));
        Lists(text, "byte", "Parameter", "Parameters: coded like operands.",
            rows.Select(r => (r.Row.Parameters.Select(o => Operand(grammar, o)), Label(r))));
        Requirements(text, grammar, rows.Select(r => (r.Row.Requirements, Label(r))).ToList());
        Names(text, rows.Select(r => r.Row.Name));
        text.Append("    /// <summary>Further names: the row and the name.</summary>\n");
        text.Append("    public static readonly (ushort Row, string Name)[] Aliases =\n    [\n");
        for (int i = 0; i < rows.Count; i++)
        {
            foreach (string alias in rows[i].Row.Aliases)
                text.Append($"        ({i}, \"{alias}\"),\n");
        }
        text.Append("    ];\n}\n");
        return text.ToString();
    }

    private static string Category(GrammarKind k) => k.Category switch
    {
        "Id" => "0",
        "Literal" => "1",
        "ValueEnum" => "2",
        "BitEnum" => "3",
        "Composite" => "4",
        _ => throw new InvalidDataException($"unknown operand category {k.Category}"),
    };

    private static int Operand(Grammar grammar, GrammarOperand operand)
    {
        int kind = grammar.Kinds.FindIndex(k => k.Name == operand.Kind);
        if (kind is < 0 or > 63)
            throw new InvalidDataException($"operand kind {operand.Kind} has no number below 64");
        return kind + (operand.Quantifier == '?' ? 64 : operand.Quantifier == '*' ? 128 : 0);
    }

    private static void Requirements(StringBuilder text, Grammar grammar, List<(Requirements Row, string Label)> rows)
    {
        Dictionary<string, uint> capabilities = [];
        foreach (GrammarEnumerant e in grammar.Kinds.First(k => k.Name == "Capability").Enumerants)
        {
            capabilities[e.Name] = e.Value;
            foreach (string alias in e.Aliases)
                capabilities[alias] = e.Value;
        }
        Lists(text, "ushort", "Capability", "Capabilities, of which one is needed.",
            rows.Select(r => (r.Row.Capabilities.Select(c => (int)capabilities[c]).Distinct(), r.Label)));
        Span(text, "byte", "Versions", "First version that has it in the core: major * 16 + minor; 255 for none.",
            rows.Select(r => (r.Row.Version.ToString(), r.Label)));
        text.Append("    /// <summary>Extensions of each row, of which one is needed before that version; by row.</summary>\n");
        text.Append("    public static readonly (ushort Row, string Names)[] Extensions =\n    [\n");
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Row.Extensions.Count > 0)
                text.Append($"        ({i}, \"{string.Join(' ', rows[i].Row.Extensions)}\"),\n");
        }
        text.Append("    ];\n\n");
    }

    private static void Span(StringBuilder text, string type, string name, string summary,
        IEnumerable<(string Value, string Label)> rows)
    {
        text.Append($"    /// <summary>{summary}</summary>\n    public static System.ReadOnlySpan<{type}> {name} =>\n    [\n");
        foreach ((string value, string label) in rows)
            text.Append($"        {value}, // {label}\n");
        text.Append("    ];\n\n");
    }

    private static void Lists(StringBuilder text, string type, string name, string summary,
        IEnumerable<(IEnumerable<int> Values, string Label)> rows)
    {
        var starts = new StringBuilder();
        int count = 0;
        text.Append($"    /// <summary>{summary}</summary>\n    public static System.ReadOnlySpan<{type}> {Plural(name)} =>\n    [\n");
        foreach ((IEnumerable<int> values, string label) in rows)
        {
            List<int> list = [.. values];
            starts.Append($"        {count},\n");
            count += list.Count;
            if (list.Count > 0)
                text.Append($"        {string.Join(", ", list)}, // {label}\n");
        }
        text.Append("    ];\n\n");
        text.Append($"    /// <summary>Where each row's part of {Plural(name)} starts, and one more.</summary>\n");
        text.Append($"    public static System.ReadOnlySpan<ushort> {name}Start =>\n    [\n{starts}        {count},\n    ];\n\n");
    }

    private static string Plural(string name) => name.EndsWith('y') ? name[..^1] + "ies" : name + "s";

    private static void Names(StringBuilder text, IEnumerable<string> names)
    {
        text.Append("    /// <summary>Name of each row.</summary>\n    public static readonly string[] Names =\n    [\n");
        foreach (string name in names)
            text.Append($"        \"{name}\",\n");
        text.Append("    ];\n");
    }
}
