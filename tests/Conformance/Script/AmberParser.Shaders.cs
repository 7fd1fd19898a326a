using System.Globalization;

namespace ShaderJit.Conformance.Script;

internal sealed partial class AmberParser
{
    private void ParseShader(int line)
    {
        string stage = _tokens.Expect("a stage");
        string name = _tokens.Expect("a name");
        string format = _tokens.Expect("a format");
        if (format == "PASSTHROUGH")
        {
            Add(new ShaderSource(name, stage, ShaderLanguage.SpirvAssembly, "", null, line));
            _tokens.ExpectEndOfLine();
            return;
        }

        var language = format switch
        {
            "GLSL" => ShaderLanguage.Glsl,
            "SPIRV-ASM" => ShaderLanguage.SpirvAssembly,
            "SPIRV-HEX" => ShaderLanguage.SpirvHex,
            "SPIRV-BIN" => ShaderLanguage.SpirvBinary,
            "HLSL" => ShaderLanguage.Hlsl,
            "OPENCL-C" => ShaderLanguage.OpenClC,
            _ => throw new ScriptException(line, $"unknown shader format {format}"),
        };
        string? environment = null;
        string? body = null;
        while (!_tokens.Peek().IsEndOfLine)
        {
            string option = _tokens.Expect("an option");
            switch (option)
            {
                case "TARGET_ENV":
                    environment = _tokens.Expect("an environment");
                    break;
                case "VIRTUAL_FILE":
                    string path = _tokens.Expect("a path");
                    body = _file.VirtualFiles.TryGetValue(path, out string? text)
                        ? text : throw new ScriptException(line, $"unknown virtual file {path}");
                    break;
                case "FILE":
                    body = _tokens.Expect("a path");
                    break;
                default:
                    throw new ScriptException(line, $"unknown shader option {option}");
            }
        }

        int first = _tokens.Line + 1;
        if (body is null)
            body = _tokens.RawUntilEnd();
        _tokens.ExpectEndOfLine();
        Add(new ShaderSource(name, stage, language, body, environment, first));

        void Add(ShaderSource shader)
        {
            if (!_file.Shaders.TryAdd(name, shader))
                throw new ScriptException(line, $"a second shader {name}");
        }
    }

    private void ParseVirtualFile(int line)
    {
        string path = _tokens.Expect("a path");
        string body = _tokens.RawUntilEnd();
        _tokens.ExpectEndOfLine();
        if (!_file.VirtualFiles.TryAdd(path, body))
            throw new ScriptException(line, $"a second virtual file {path}");
    }

    private void ParseStruct(int line)
    {
        string name = _tokens.Expect("a name");
        int? stride = _tokens.Take("STRIDE") ? (int)_tokens.ExpectUInt("bytes") : null;
        _tokens.ExpectEndOfLine();
        var members = new List<Data.StructMember>();
        while (true)
        {
            if (!_tokens.NextLine())
                throw new ScriptException(line, "STRUCT without END");
            if (_tokens.Take("END"))
                break;
            members.Add(ParseMember());
        }

        _tokens.ExpectEndOfLine();
        if (!_file.Structs.TryAdd(name, new Data.StructType(name, members, stride)))
            throw new ScriptException(line, $"a second type {name}");
    }

    private Data.StructMember ParseMember()
    {
        var type = ExpectType();
        string name = _tokens.Expect("a member's name");
        if (name.EndsWith(']') && name.IndexOf('[', StringComparison.Ordinal) is var bracket and > 0)
        {
            if (!int.TryParse(name.AsSpan(bracket + 1, name.Length - bracket - 2), NumberStyles.None, CultureInfo.InvariantCulture, out int length))
                throw new ScriptException(_tokens.Line, $"bad array length of {name}");
            type = new Data.ArrayType(type, length);
            name = name[..bracket];
        }

        int? offset = null;
        int? arrayStride = null;
        int? matrixStride = null;
        for (var word = _tokens.Next(); !word.IsEndOfLine; word = _tokens.Next())
        {
            switch (word.Text)
            {
                case "OFFSET":
                    offset = (int)_tokens.ExpectUInt("bytes");
                    break;
                case "ARRAY_STRIDE":
                    arrayStride = (int)_tokens.ExpectUInt("bytes");
                    break;
                case "MATRIX_STRIDE":
                    matrixStride = (int)_tokens.ExpectUInt("bytes");
                    break;
                default:
                    throw new ScriptException(word.Line, $"unknown member option {word.Text}");
            }
        }

        return new Data.StructMember(name, type, offset, arrayStride, matrixStride);
    }
}
