using ShaderJit.Conformance.Data;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Script;

/// <summary>Reads AmberScript: this file the commands at the top level, the others a group each.</summary>
internal sealed partial class AmberParser
{
    private readonly AmberFile _file;
    private readonly Tokens _tokens;

    public AmberParser(AmberFile file, string text)
    {
        _file = file;
        _tokens = new Tokens(text);
    }

    public void Parse()
    {
        while (_tokens.NextLine())
        {
            var word = _tokens.Next();
            if (TryCommand(word) is { } command)
            {
                _file.Commands.Add(command);
                continue;
            }

            switch (word.Text)
            {
                case "DEVICE_FEATURE":
                    Require(RequirementKind.Feature);
                    break;
                case "DEVICE_PROPERTY":
                    Require(RequirementKind.Property);
                    break;
                case "DEVICE_EXTENSION":
                    Require(RequirementKind.DeviceExtension);
                    break;
                case "INSTANCE_EXTENSION":
                    Require(RequirementKind.InstanceExtension);
                    break;
                case "SET":
                    ParseSet();
                    break;
                case "SHADER":
                    ParseShader(word.Line);
                    break;
                case "VIRTUAL_FILE":
                    ParseVirtualFile(word.Line);
                    break;
                case "STRUCT":
                    ParseStruct(word.Line);
                    break;
                case "BUFFER":
                    ParseBuffer(word.Line);
                    break;
                case "IMAGE":
                    ParseImage(word.Line);
                    break;
                case "SAMPLER":
                    ParseSampler(word.Line);
                    break;
                case "PIPELINE":
                    ParsePipeline(word.Line);
                    break;
                case "DERIVE_PIPELINE":
                    ParseDerivedPipeline(word.Line);
                    break;
                case "ACCELERATION_STRUCTURE":
                    throw new UnsupportedException("ray tracing");
                default:
                    throw new ScriptException(word.Line, $"unknown command {word.Text}");
            }
        }
    }

    /// <summary>Commands that may stand in REPEAT too; null for others.</summary>
    private Command? TryCommand(Word word)
    {
        switch (word.Text)
        {
            case "RUN":
                return ParseRun(word.Line);
            case "REPEAT":
                return ParseRepeat(word.Line);
            case "COPY":
                return ParseCopy(word.Line);
            case "EXPECT":
                return ParseExpect(word.Line);
            case "CLEAR":
            case "CLEAR_COLOR":
            case "CLEAR_DEPTH":
            case "CLEAR_STENCIL":
                throw new UnsupportedException("graphics");
            case "DEBUG":
                throw new UnsupportedException("the debugger");
            default:
                return null;
        }
    }

    private void Require(RequirementKind kind)
    {
        _file.Requirements.Add(new Requirement(kind, _tokens.Expect("a name")));
        _tokens.ExpectEndOfLine();
    }

    private void ParseSet()
    {
        string what = _tokens.Expect("ENGINE_DATA");
        if (what != "ENGINE_DATA")
            throw new ScriptException(_tokens.Line, $"SET {what}: expected ENGINE_DATA");
        string name = _tokens.Expect("a variable");
        if (name != "fence_timeout_ms" && name != "fence_timeout_multiplier")
            throw new ScriptException(_tokens.Line, $"unknown engine variable {name}");

        // The runner's limit on a case stands in its place.
        _tokens.ExpectUInt("milliseconds");
        _tokens.ExpectEndOfLine();
    }

    private RunCommand ParseRun(int line)
    {
        bool timed = _tokens.Take("TIMED_EXECUTION");
        string pipeline = _tokens.Expect("a pipeline");
        if (!timed)
            _tokens.Take("TIMED_EXECUTION");
        if (!_file.Pipelines.ContainsKey(pipeline))
            throw new ScriptException(line, $"unknown pipeline {pipeline}");
        var command = new RunCommand(line, pipeline, _tokens.ExpectUInt("x"), _tokens.ExpectUInt("y"), _tokens.ExpectUInt("z"));
        _tokens.ExpectEndOfLine();
        return command;
    }

    private RepeatCommand ParseRepeat(int line)
    {
        uint count = _tokens.ExpectUInt("a count");
        _tokens.ExpectEndOfLine();
        var commands = new List<Command>();
        while (_tokens.NextLine())
        {
            var word = _tokens.Next();
            if (word.Text == "END")
            {
                _tokens.ExpectEndOfLine();
                return new RepeatCommand(line, count, commands);
            }

            commands.Add(TryCommand(word) ?? throw new ScriptException(word.Line, $"{word.Text} in REPEAT"));
        }

        throw new ScriptException(line, "REPEAT without END");
    }

    private CopyCommand ParseCopy(int line)
    {
        string from = ExpectResource();
        ExpectWord("TO");
        string to = ExpectResource();
        _tokens.ExpectEndOfLine();
        return new CopyCommand(line, from, to);
    }

    private string ExpectResource()
    {
        string name = _tokens.Expect("a buffer");
        return _file.Resources.ContainsKey(name) ? name : throw new ScriptException(_tokens.Line, $"unknown buffer {name}");
    }

    private void ExpectWord(string word)
    {
        string found = _tokens.Expect(word);
        if (found != word)
            throw new ScriptException(_tokens.Line, $"expected {word}, not {found}");
    }

    private DataType ExpectType()
    {
        string name = _tokens.Expect("a type");
        return DataType.Parse(name, _file.Structs) ?? throw new ScriptException(_tokens.Line, $"unknown type {name}");
    }
}
