using System.Globalization;
using ShaderJit.Conformance.Data;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Script;

/// <summary>Reads the older language, in sections: [require], [compute shader], [test].</summary>
/// <remarks>The one pipeline grows with the bindings that the commands name, and its entry point may change between runs.</remarks>
internal sealed class VkScriptParser(AmberFile file, string text)
{
    private const string ShaderName = "compute";
    private const string PushName = "push constants";

    private readonly Dictionary<(uint Set, uint Slot), string> _bound = [];
    private string _entryPoint = "main";
    private List<Tolerance> _tolerances = [];

    public void Parse()
    {
        foreach (var (header, body, line) in Sections())
        {
            switch (header)
            {
                case "require":
                    ParseRequire(body, line);
                    break;
                case "test":
                    ParseTest(body, line);
                    break;
                case "indices" or "vertex data":
                    throw new UnsupportedException("graphics");
                default:
                    ParseShader(header, body, line);
                    break;
            }
        }
    }

    private IEnumerable<(string Header, string Body, int Line)> Sections()
    {
        string? header = null;
        int bodyStart = 0, bodyLine = 0, line = 1;
        for (int at = 0; at < text.Length; line++)
        {
            int end = text.IndexOf('\n', at);
            if (end < 0)
                end = text.Length;
            string current = text[at..end].Trim();
            if (IsHeader(current))
            {
                if (header is not null)
                    yield return (header, text[bodyStart..at], bodyLine);
                header = current[1..current.IndexOf(']', StringComparison.Ordinal)].Trim();
                (bodyStart, bodyLine) = (Math.Min(end + 1, text.Length), line + 1);
            }

            at = end + 1;
        }

        if (header is not null)
            yield return (header, text[bodyStart..], bodyLine);
    }

    /// <summary>GLSL may have attributes in brackets at a line's start, so only known names are headers.</summary>
    private static bool IsHeader(string line) =>
        line.StartsWith('[') && line.Contains(']', StringComparison.Ordinal) && line[1..].TrimStart() is var name
        && (name.StartsWith("require", StringComparison.Ordinal) || name.StartsWith("test", StringComparison.Ordinal)
            || name.StartsWith("indices", StringComparison.Ordinal) || name.StartsWith("vertex data", StringComparison.Ordinal)
            || name.Contains(" shader", StringComparison.Ordinal));

    private void ParseShader(string header, string body, int line)
    {
        int at = header.IndexOf(" shader", StringComparison.Ordinal);
        string stage = header[..at].Trim();
        if (stage != "compute")
            throw new UnsupportedException("graphics");
        var language = header[(at + " shader".Length)..].Trim() switch
        {
            "" => ShaderLanguage.Glsl,
            "spirv" => ShaderLanguage.SpirvAssembly,
            "spirv hex" => ShaderLanguage.SpirvHex,
            var other => throw new ScriptException(line - 1, $"unknown shader format {other}"),
        };
        if (!file.Shaders.TryAdd(ShaderName, new ShaderSource(ShaderName, stage, language, body, null, line)))
            throw new ScriptException(line - 1, "a second compute shader");
    }

    private void ParseRequire(string body, int line)
    {
        var tokens = new Tokens(body, line);
        while (tokens.NextLine())
        {
            var word = tokens.Next();
            switch (word.Text)
            {
                case "fence_timeout" or "fbsize" or "framebuffer" or "depthstencil":
                    tokens.RestOfLine();
                    break;
                default:
                    var kind = word.Text.StartsWith("VK_", StringComparison.Ordinal) ? RequirementKind.DeviceExtension : RequirementKind.Feature;
                    file.Requirements.Add(new Requirement(kind, word.Text));
                    tokens.ExpectEndOfLine();
                    break;
            }
        }
    }

    private void ParseTest(string body, int line)
    {
        var tokens = new Tokens(body, line);
        while (tokens.NextLine())
        {
            var word = tokens.Next();
            switch (word.Text)
            {
                case "compute":
                    ParseCompute(word.Line, tokens);
                    break;
                case "ssbo":
                    ParseStorage(word.Line, tokens);
                    break;
                case "uniform":
                    ParseUniform(word.Line, tokens);
                    break;
                case "probe":
                    ParseProbe(word.Line, tokens);
                    break;
                case "tolerance":
                    _tolerances = [];
                    foreach (var value in tokens.RestOfLine())
                        _tolerances.Add(AmberParser.ParseTolerance(value));
                    break;
                case "draw" or "clear" or "relative" or "patch" or "vertex" or "fragment" or "geometry" or "tessellation":
                    throw new UnsupportedException("graphics");
                default:
                    throw new ScriptException(word.Line, $"unknown command {word.Text}");
            }
        }
    }

    private void ParseCompute(int line, Tokens tokens)
    {
        if (tokens.Take("entrypoint"))
        {
            _entryPoint = tokens.Expect("an entry point");
            tokens.ExpectEndOfLine();
            return;
        }

        var command = new RunCommand(line, PipelineOf().Name, tokens.ExpectUInt("x"), tokens.ExpectUInt("y"), tokens.ExpectUInt("z"));
        tokens.ExpectEndOfLine();
        file.Commands.Add(command);
    }

    /// <summary>The pipeline with the entry point of this moment; all share their bindings.</summary>
    private ComputePipelineState PipelineOf()
    {
        if (file.Pipelines.TryGetValue(_entryPoint, out var known))
            return known;
        var pipeline = new ComputePipelineState
        {
            Name = _entryPoint, Shader = ShaderName, EntryPoint = _entryPoint,
            Bindings = file.Pipelines.Count > 0 ? file.Pipelines.Values.First().Bindings : [],
        };
        foreach (var other in file.Pipelines.Values)
            pipeline.PushConstants = other.PushConstants;
        file.Pipelines.Add(_entryPoint, pipeline);
        return pipeline;
    }

    private void ParseStorage(int line, Tokens tokens)
    {
        var resource = ExpectBinding(tokens, DescriptorType.StorageBuffer);
        if (tokens.Take("subdata"))
        {
            ParseValues(line, tokens, resource, LayoutRule.Std430);
            return;
        }

        Grow(resource, (int)tokens.ExpectUInt("a size"));
        tokens.ExpectEndOfLine();
    }

    private void ParseUniform(int line, Tokens tokens)
    {
        if (tokens.Take("ubo"))
        {
            ParseValues(line, tokens, ExpectBinding(tokens, DescriptorType.UniformBuffer), LayoutRule.Std140);
            return;
        }

        if (!file.Resources.TryGetValue(PushName, out var resource))
        {
            resource = NewResource(PushName);
            PipelineOf();
            foreach (var pipeline in file.Pipelines.Values)
                pipeline.PushConstants = PushName;
        }

        ParseValues(line, tokens, resource, LayoutRule.Std430);
    }

    private void ParseValues(int line, Tokens tokens, Resource resource, LayoutRule rule)
    {
        var type = ExpectType(tokens);
        // Scalars and vectors are as close as the script lays them; rules of arrays are for matrices.
        var layout = ElementLayout.Of(type, type.Columns > 1 ? rule : LayoutRule.Std430);
        int offset = (int)tokens.ExpectUInt("an offset");
        var values = Values(line, tokens, type);
        Grow(resource, offset + ElementWriter.Extent(layout, values.Count));
        file.Commands.Add(new WriteCommand(line, resource.Name, offset, layout, values));
    }

    private void ParseProbe(int line, Tokens tokens)
    {
        if (!tokens.Take("ssbo"))
            throw new UnsupportedException("graphics");
        var type = ExpectType(tokens);
        var resource = ExpectBinding(tokens, DescriptorType.StorageBuffer);
        int offset = (int)tokens.ExpectUInt("an offset");
        string comparator = tokens.Expect("a comparison");
        var comparison = comparator switch
        {
            "==" => Comparison.Equal,
            "!=" => Comparison.NotEqual,
            "<" => Comparison.Less,
            "<=" => Comparison.LessOrEqual,
            ">" => Comparison.Greater,
            ">=" => Comparison.GreaterOrEqual,
            "~=" => Comparison.Near,
            _ => throw new ScriptException(line, $"unknown comparison {comparator}"),
        };
        var layout = ElementLayout.Of(type, LayoutRule.Std430);
        var values = Values(line, tokens, type);
        Grow(resource, offset + ElementWriter.Extent(layout, values.Count));
        file.Commands.Add(new ExpectValues(line, resource.Name, offset, comparison, layout, values, _tolerances));
    }

    private static NumberType ExpectType(Tokens tokens)
    {
        string name = tokens.Expect("a type");
        return DataType.ParseGlsl(name) ?? throw new ScriptException(tokens.Line, $"unknown type {name}");
    }

    private static List<Literal> Values(int line, Tokens tokens, NumberType type)
    {
        var values = new List<Literal>();
        foreach (var word in tokens.RestOfLine())
            values.Add(new Literal(word.Text));
        int perElement = type.Columns * type.Rows;
        return values.Count > 0 && values.Count % perElement == 0 ? values
            : throw new ScriptException(line, $"{values.Count} values are no multiple of {perElement}");
    }

    private Resource ExpectBinding(Tokens tokens, DescriptorType type)
    {
        string word = tokens.Expect("a binding");
        string[] parts = word.Split(':');
        if (parts.Length > 2 || !uint.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out uint slot))
            throw new ScriptException(tokens.Line, $"bad binding {word}");
        uint set = 0;
        if (parts.Length == 2 && !uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out set))
            throw new ScriptException(tokens.Line, $"bad binding {word}");
        if (_bound.TryGetValue((set, slot), out string? name))
            return file.Resources[name];
        name = $"{set}:{slot}";
        _bound.Add((set, slot), name);
        PipelineOf().Bindings.Add(new Binding(type, set, slot, [name], []));
        return NewResource(name);
    }

    private Resource NewResource(string name)
    {
        var resource = new Resource { Name = name, Layout = ElementLayout.Of(new NumberType(NumberKind.UInt, 8), LayoutRule.Std430) };
        file.Resources.Add(name, resource);
        return resource;
    }

    private static void Grow(Resource resource, int size) => resource.Size = Math.Max(resource.Size, size);
}
