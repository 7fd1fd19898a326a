using ShaderJit.Conformance.Data;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Script;

internal sealed partial class AmberParser
{
    private void ParsePipeline(int line)
    {
        string type = _tokens.Expect("a pipeline type");
        if (type is "graphics")
            throw new UnsupportedException("graphics");
        if (type is "raytracing")
            throw new UnsupportedException("ray tracing");
        if (type != "compute")
            throw new ScriptException(line, $"unknown pipeline type {type}");
        var pipeline = new ComputePipelineState { Name = _tokens.Expect("a name") };
        _tokens.ExpectEndOfLine();
        ParsePipelineBody(line, pipeline);
    }

    private void ParseDerivedPipeline(int line)
    {
        string name = _tokens.Expect("a name");
        ExpectWord("FROM");
        string parent = _tokens.Expect("a pipeline");
        _tokens.ExpectEndOfLine();
        if (!_file.Pipelines.TryGetValue(parent, out var from))
            throw new ScriptException(line, $"unknown pipeline {parent}");
        ParsePipelineBody(line, from.Derive(name));
    }

    private void ParsePipelineBody(int line, ComputePipelineState pipeline)
    {
        while (true)
        {
            if (!_tokens.NextLine())
                throw new ScriptException(line, "PIPELINE without END");
            var word = _tokens.Next();
            switch (word.Text)
            {
                case "END":
                    _tokens.ExpectEndOfLine();
                    if (!_file.Pipelines.TryAdd(pipeline.Name, pipeline))
                        throw new ScriptException(line, $"a second pipeline {pipeline.Name}");
                    return;
                case "ATTACH":
                    ParseAttach(word.Line, pipeline);
                    break;
                case "SHADER_OPTIMIZATION":
                    ExpectAttached(pipeline);
                    pipeline.Optimizations = ParseWordBlock(word.Line);
                    break;
                case "COMPILE_OPTIONS":
                    _tokens.Expect("a shader");
                    ParseWordBlock(word.Line);
                    break;
                case "SUBGROUP":
                    ParseSubgroup(word.Line, pipeline);
                    break;
                case "FRAMEBUFFER_SIZE":
                    pipeline.FrameWidth = _tokens.ExpectUInt("a width");
                    pipeline.FrameHeight = _tokens.ExpectUInt("a height");
                    _tokens.ExpectEndOfLine();
                    break;
                case "BIND":
                    ParseBind(word.Line, pipeline);
                    break;
                case "SET":
                    throw new UnsupportedException("OpenCL kernel arguments");
                case "VERTEX_DATA" or "INDEX_DATA" or "POLYGON_MODE" or "DEPTH" or "STENCIL" or "BLEND" or "VIEWPORT" or "PATCH_CONTROL_POINTS":
                    throw new UnsupportedException("graphics");
                default:
                    throw new ScriptException(word.Line, $"unknown pipeline command {word.Text}");
            }
        }
    }

    private void ParseAttach(int line, ComputePipelineState pipeline)
    {
        string name = _tokens.Expect("a shader");
        if (!_file.Shaders.TryGetValue(name, out var shader))
            throw new ScriptException(line, $"unknown shader {name}");
        string stage = shader.Stage;
        for (var word = _tokens.Next(); !word.IsEndOfLine; word = _tokens.Next())
        {
            switch (word.Text)
            {
                case "TYPE":
                    stage = _tokens.Expect("a stage");
                    break;
                case "ENTRY_POINT":
                    pipeline.EntryPoint = _tokens.Expect("an entry point");
                    break;
                case "SPECIALIZE":
                    ParseSpecialize(pipeline);
                    break;
                default:
                    throw new ScriptException(word.Line, $"unknown ATTACH option {word.Text}");
            }
        }

        if (stage != "compute")
            throw new ScriptException(line, $"a {stage} shader in a compute pipeline");
        pipeline.Shader = name;
    }

    private void ParseSpecialize(ComputePipelineState pipeline)
    {
        uint id = _tokens.ExpectUInt("a constant id");
        ExpectWord("AS");
        if (ExpectType() is not NumberType { Columns: 1, Rows: 1 } type)
            throw new ScriptException(_tokens.Line, "a specialization constant is a scalar");
        var component = new Component(type.Kind, 0, type.Bits);
        var bytes = new byte[type.Bits / 8];
        component.Write(bytes, component.Encode(ExpectLiteral()));
        pipeline.Specialization[id] = bytes;
    }

    private void ExpectAttached(ComputePipelineState pipeline)
    {
        string shader = _tokens.Expect("a shader");
        if (shader != pipeline.Shader)
            throw new ScriptException(_tokens.Line, $"{shader} is not attached");
    }

    /// <summary>Words on any number of lines up to END.</summary>
    private List<string> ParseWordBlock(int line)
    {
        var words = new List<string>();
        while (_tokens.NextLine())
        {
            var word = _tokens.Next();
            if (word.Text == "END")
            {
                _tokens.ExpectEndOfLine();
                return words;
            }

            words.Add(word.Text);
        }

        throw new ScriptException(line, "END is missing");
    }

    private void ParseSubgroup(int line, ComputePipelineState pipeline)
    {
        ExpectAttached(pipeline);
        while (_tokens.NextLine())
        {
            var word = _tokens.Next();
            switch (word.Text)
            {
                case "END":
                    _tokens.ExpectEndOfLine();
                    return;
                case "FULLY_POPULATED":
                    pipeline.FullSubgroups = ExpectSwitch();
                    break;
                case "VARYING_SIZE":
                    pipeline.VaryingSubgroupSize = ExpectSwitch();
                    break;
                case "REQUIRED_SIZE":
                    pipeline.RequiredSubgroupSize = _tokens.Expect("a size");
                    if (pipeline.RequiredSubgroupSize is not ("MIN" or "MAX")
                        && !(uint.TryParse(pipeline.RequiredSubgroupSize, out uint size) && size is > 0 and <= 128 && uint.IsPow2(size)))
                        throw new ScriptException(word.Line, $"bad subgroup size {pipeline.RequiredSubgroupSize}");
                    break;
                default:
                    throw new ScriptException(word.Line, $"unknown SUBGROUP option {word.Text}");
            }
        }

        throw new ScriptException(line, "SUBGROUP without END");
    }

    private void ParseBind(int line, ComputePipelineState pipeline)
    {
        string form = _tokens.Expect("BUFFER or SAMPLER");
        switch (form)
        {
            case "BUFFER":
                ParseBindBuffers(line, pipeline, [ExpectResource()]);
                break;
            case "BUFFER_ARRAY":
                {
                    var names = new List<string>();
                    while (_tokens.Peek().Text is not ("AS" or "KERNEL" or ""))
                        names.Add(ExpectResource());
                    ParseBindBuffers(line, pipeline, [.. names]);
                    break;
                }

            case "SAMPLER":
            case "SAMPLER_ARRAY":
                {
                    var names = new List<string> { ExpectSampler() };
                    while (form == "SAMPLER_ARRAY" && _tokens.Peek().Text is not ("DESCRIPTOR_SET" or "KERNEL" or ""))
                        names.Add(ExpectSampler());
                    AddBinding(line, pipeline, DescriptorType.Sampler, [], [.. names]);
                    break;
                }

            case "ACCELERATION_STRUCTURE":
                throw new UnsupportedException("ray tracing");
            default:
                throw new ScriptException(line, $"unknown BIND {form}");
        }
    }

    private void ParseBindBuffers(int line, ComputePipelineState pipeline, string[] names)
    {
        if (_tokens.Peek().Text == "KERNEL")
            throw new UnsupportedException("OpenCL kernel arguments");
        ExpectWord("AS");
        string use = _tokens.Expect("a buffer type");
        switch (use)
        {
            case "push_constant":
                if (names.Length != 1)
                    throw new ScriptException(line, "an array of push constants");
                pipeline.PushConstants = names[0];
                _tokens.ExpectEndOfLine();
                return;
            case "color" or "depth_stencil" or "resolve" or "vertex_data" or "index_data":
                throw new UnsupportedException("graphics");
        }

        var type = use switch
        {
            "uniform" => DescriptorType.UniformBuffer,
            "storage" => DescriptorType.StorageBuffer,
            "uniform_dynamic" => DescriptorType.UniformBufferDynamic,
            "storage_dynamic" => DescriptorType.StorageBufferDynamic,
            "uniform_texel_buffer" => DescriptorType.UniformTexelBuffer,
            "storage_texel_buffer" => DescriptorType.StorageTexelBuffer,
            "sampled_image" => DescriptorType.SampledImage,
            "storage_image" => DescriptorType.StorageImage,
            "combined_image_sampler" => DescriptorType.CombinedImageSampler,
            _ => throw new ScriptException(line, $"unknown buffer type {use}"),
        };
        var samplers = new List<string>();
        if (type == DescriptorType.CombinedImageSampler)
        {
            string word = _tokens.Expect("SAMPLER");
            if (word is not ("SAMPLER" or "SAMPLER_ARRAY"))
                throw new ScriptException(line, $"expected SAMPLER, not {word}");
            while (_tokens.Peek().Text is not ("DESCRIPTOR_SET" or "KERNEL" or ""))
                samplers.Add(ExpectSampler());
            if (samplers.Count != names.Length && samplers.Count != 1)
                throw new ScriptException(line, "as many samplers as images, or one");
        }

        AddBinding(line, pipeline, type, names, [.. samplers]);
    }

    private void AddBinding(int line, ComputePipelineState pipeline, DescriptorType type, string[] names, string[] samplers)
    {
        if (_tokens.Peek().Text == "KERNEL")
            throw new UnsupportedException("OpenCL kernel arguments");
        ExpectWord("DESCRIPTOR_SET");
        uint set = _tokens.ExpectUInt("a set");
        ExpectWord("BINDING");
        uint slot = _tokens.ExpectUInt("a binding");
        var dynamic = new List<uint>();
        var offsets = new List<ulong>();
        var ranges = new List<ulong>();
        uint mip = 0;
        for (var word = _tokens.Next(); !word.IsEndOfLine; word = _tokens.Next())
        {
            switch (word.Text)
            {
                case "OFFSET":
                    while (!IsBindOption())
                        dynamic.Add(_tokens.ExpectUInt("an offset"));
                    break;
                case "DESCRIPTOR_OFFSET":
                    while (!IsBindOption())
                        offsets.Add(ExpectLiteral().Integer);
                    break;
                case "DESCRIPTOR_RANGE":
                    while (!IsBindOption())
                        ranges.Add(ExpectLiteral().Integer);
                    break;
                case "BASE_MIP_LEVEL":
                    mip = _tokens.ExpectUInt("a level");
                    break;
                default:
                    throw new ScriptException(word.Line, $"unknown BIND option {word.Text}");
            }
        }

        if (type is DescriptorType.UniformBufferDynamic or DescriptorType.StorageBufferDynamic && dynamic.Count != names.Length)
            throw new ScriptException(line, "a dynamic buffer needs an OFFSET for each element");
        pipeline.Bindings.RemoveAll(b => b.Set == set && b.Slot == slot);
        pipeline.Bindings.Add(new Binding(type, set, slot, names, samplers)
        {
            DynamicOffsets = [.. dynamic], Offsets = [.. offsets], Ranges = [.. ranges], BaseMipLevel = mip,
        });

        bool IsBindOption() => _tokens.Peek().Text is "" or "OFFSET" or "DESCRIPTOR_OFFSET" or "DESCRIPTOR_RANGE" or "BASE_MIP_LEVEL";
    }

    private string ExpectSampler()
    {
        string name = _tokens.Expect("a sampler");
        return _file.Samplers.ContainsKey(name) ? name : throw new ScriptException(_tokens.Line, $"unknown sampler {name}");
    }
}
