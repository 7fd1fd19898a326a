using ShaderJit.Conformance.Data;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Script;

internal sealed partial class AmberParser
{
    private void ParseBuffer(int line)
    {
        string name = _tokens.Expect("a name");
        string form = _tokens.Expect("DATA_TYPE or FORMAT");
        switch (form)
        {
            case "DATA_TYPE":
                ParseTypedBuffer(line, name);
                break;
            case "FORMAT":
                ParseFormatBuffer(line, name);
                break;
            default:
                throw new ScriptException(line, $"expected DATA_TYPE or FORMAT, not {form}");
        }
    }

    private void ParseTypedBuffer(int line, string name)
    {
        var type = ExpectType();
        var rule = LayoutRule.Std430;
        uint width = 0, height = 1;
        uint? size = null;
        while (true)
        {
            if (_tokens.Take("STD140"))
                rule = LayoutRule.Std140;
            else if (_tokens.Take("STD430"))
                rule = LayoutRule.Std430;
            else if (_tokens.Take("WIDTH"))
                width = _tokens.ExpectUInt("a width");
            else if (_tokens.Take("HEIGHT"))
                height = _tokens.ExpectUInt("a height");
            else if (_tokens.Take("SIZE"))
                size = _tokens.ExpectUInt("a size");
            else
                break;
        }

        var layout = ElementLayout.Of(type, rule);
        int? elements = (int?)size ?? (width > 0 ? checked((int)(width * height)) : null);
        var bytes = ParseContents(line, layout, elements, ref width, ref height);
        AddResource(line, new Resource { Name = name, Layout = layout, Initial = bytes, Size = bytes.Length, Width = width, Height = height });
    }

    private void ParseFormatBuffer(int line, string name)
    {
        string format = _tokens.Expect("a format");
        if (!TexelType.TryParse(format, out var texel))
            throw new ScriptException(line, $"unknown format {format}");
        uint mips = 1, samples = 1;
        byte[]? bytes = null;
        uint width = 0, height = 1;
        var layout = ElementLayout.Of(texel, LayoutRule.Std430);
        while (!_tokens.Peek().IsEndOfLine)
        {
            if (_tokens.Take("MIP_LEVELS"))
                mips = _tokens.ExpectUInt("levels");
            else if (_tokens.Take("SAMPLES"))
                samples = _tokens.ExpectUInt("samples");
            else
                bytes = ParseContents(line, layout, null, ref width, ref height);
            if (bytes is not null)
                break;
        }

        if (bytes is null)
            _tokens.ExpectEndOfLine();
        AddResource(line, new Resource
        {
            Name = name, Layout = layout, IsFrameSized = bytes is null, MipLevels = mips, Samples = samples,
            Initial = bytes, Size = bytes?.Length ?? 0, Width = width, Height = height,
        });
    }

    private void ParseImage(int line)
    {
        string name = _tokens.Expect("a name");
        string form = _tokens.Expect("DATA_TYPE or FORMAT");
        if (form is not ("DATA_TYPE" or "FORMAT"))
            throw new ScriptException(line, $"expected DATA_TYPE or FORMAT, not {form}");
        var type = ExpectType();
        var texel = type as TexelType ?? (type as NumberType)?.ToTexel()
            ?? throw new ScriptException(line, $"there is no format for the texels of {name}");
        uint width = 0, height = 1, depth = 1, mips = 1, samples = 1;
        ImageType? dimensions = null;
        while (_tokens.Peek().Text is "DIM_1D" or "DIM_2D" or "DIM_3D" or "WIDTH" or "HEIGHT" or "DEPTH" or "MIP_LEVELS" or "SAMPLES")
        {
            switch (_tokens.Next().Text)
            {
                case "DIM_1D":
                    dimensions = ImageType.Type1D;
                    break;
                case "DIM_2D":
                    dimensions = ImageType.Type2D;
                    break;
                case "DIM_3D":
                    dimensions = ImageType.Type3D;
                    break;
                case "WIDTH":
                    width = _tokens.ExpectUInt("a width");
                    break;
                case "HEIGHT":
                    height = _tokens.ExpectUInt("a height");
                    break;
                case "DEPTH":
                    depth = _tokens.ExpectUInt("a depth");
                    break;
                case "MIP_LEVELS":
                    mips = _tokens.ExpectUInt("levels");
                    break;
                default:
                    samples = _tokens.ExpectUInt("samples");
                    break;
            }
        }

        if (dimensions is null || width == 0)
            throw new ScriptException(line, "an image needs DIM_ and WIDTH");
        int texels = checked((int)(width * height * depth));
        var layout = ElementLayout.Of(texel, LayoutRule.Std430);
        byte[]? bytes = null;
        if (_tokens.Peek().IsEndOfLine)
            _tokens.ExpectEndOfLine();
        else
            bytes = ParseContents(line, layout, texels, ref width, ref height);
        AddResource(line, new Resource
        {
            Name = name, Layout = layout, Initial = bytes, Size = texels * layout.Stride, Width = width, Height = height,
            Depth = depth, ImageType = dimensions.Value, MipLevels = mips, Samples = samples,
        });
    }

    /// <summary>Takes FILL, SERIES_FROM, FILE or DATA ... END with the end of its line.</summary>
    /// <param name="elements">As declared; null takes as many as there are.</param>
    private byte[] ParseContents(int line, ElementLayout layout, int? elements, ref uint width, ref uint height)
    {
        string kind = _tokens.Expect("FILL, SERIES_FROM, DATA or FILE");
        switch (kind)
        {
            case "FILL":
                {
                    var value = ExpectLiteral();
                    _tokens.ExpectEndOfLine();
                    return ElementWriter.Fill(layout, elements ?? throw NoSize(), value);
                }

            case "SERIES_FROM":
                {
                    var start = ExpectLiteral();
                    ExpectWord("INC_BY");
                    var increment = ExpectLiteral();
                    _tokens.ExpectEndOfLine();
                    return ElementWriter.Series(layout, elements ?? throw NoSize(), start, increment);
                }

            case "DATA":
                return Encode(line, layout, elements, ParseData(line));
            case "FILE":
                return ParseFile(line, layout, elements, ref width, ref height);
            default:
                throw new ScriptException(line, $"unknown contents {kind}");
        }

        ScriptException NoSize() => new(line, $"{kind} needs a size");
    }

    private List<Literal> ParseData(int line)
    {
        var values = new List<Literal>();
        while (true)
        {
            if (!_tokens.NextLine())
                throw new ScriptException(line, "DATA without END");
            var word = _tokens.Next();
            if (word.Text == "END")
                break;
            values.Add(new Literal(word.Text));
        }

        _tokens.ExpectEndOfLine();
        return values;
    }

    private static byte[] Encode(int line, ElementLayout layout, int? elements, List<Literal> values)
    {
        int perElement = layout.Components.Length;
        if (values.Count == 0)
            throw new ScriptException(line, "no values");
        if (values.Count % perElement != 0)
            throw new ScriptException(line, $"{values.Count} values are no multiple of the {perElement} in an element");
        int count = values.Count / perElement;
        if (elements is { } declared && count != declared && values.Count > 1)
            throw new ScriptException(line, $"{count} elements, declared are {declared}");
        var bytes = new byte[(elements ?? count) * layout.Stride];
        try
        {
            ElementWriter.Write(bytes, 0, layout, values);
        }
        catch (FormatException e)
        {
            throw new ScriptException(line, e.Message);
        }

        return bytes;
    }

    private byte[] ParseFile(int line, ElementLayout layout, int? elements, ref uint width, ref uint height)
    {
        string kind = _tokens.Peek().Text is "TEXT" or "BINARY" or "PNG" ? _tokens.Next().Text : "PNG";
        string name = _tokens.Expect("a file");
        _tokens.ExpectEndOfLine();
        string path = Path.Combine(Path.GetDirectoryName(_file.Path) ?? "", name);
        if (!File.Exists(path))
            throw new ScriptException(line, $"there is no file {name}");
        switch (kind)
        {
            case "BINARY":
                {
                    var bytes = File.ReadAllBytes(path);
                    int wanted = elements is { } n ? n * layout.Stride : bytes.Length;
                    return bytes.Length == wanted ? bytes
                        : throw new ScriptException(line, $"{name} has {bytes.Length} bytes, declared are {wanted}");
                }

            case "TEXT":
                {
                    var values = new List<Literal>();
                    var tokens = new Tokens(File.ReadAllText(path).Replace("\r\n", "\n", StringComparison.Ordinal));
                    while (tokens.NextLine())
                        values.Add(new Literal(tokens.Next().Text));
                    if (elements is { } declared && values.Count < declared * layout.Components.Length)
                        throw new ScriptException(line, $"{name} has {values.Count} values, declared are {declared} elements");
                    // Where the file has more than was declared, the buffer is as large as the file.
                    return Encode(line, layout, null, values);
                }

            default:
                {
                    var (pixels, w, h) = PngReader.Read(File.ReadAllBytes(path));
                    if (layout.Type is not TexelType { Bytes: 4 } texel)
                        throw new ScriptException(line, "a PNG needs a format of four bytes a texel");
                    if (texel.Name.StartsWith('B'))
                    {
                        for (int i = 0; i < pixels.Length; i += 4)
                            (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
                    }

                    (width, height) = (w, h);
                    return pixels;
                }
        }
    }

    private Literal ExpectLiteral() => new(_tokens.Expect("a value"));

    private void AddResource(int line, Resource resource)
    {
        if (!_file.Resources.TryAdd(resource.Name, resource))
            throw new ScriptException(line, $"a second buffer {resource.Name}");
    }
}
