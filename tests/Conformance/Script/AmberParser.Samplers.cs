using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Script;

internal sealed partial class AmberParser
{
    private void ParseSampler(int line)
    {
        var sampler = new SamplerState { Name = _tokens.Expect("a name") };
        for (var word = _tokens.Next(); !word.IsEndOfLine; word = _tokens.Next())
        {
            switch (word.Text)
            {
                case "MAG_FILTER":
                    sampler.MagFilter = ExpectFilter();
                    break;
                case "MIN_FILTER":
                    sampler.MinFilter = ExpectFilter();
                    break;
                case "MIPMAP_MODE":
                    sampler.MipmapMode = ExpectFilter() == Filter.Linear ? SamplerMipmapMode.Linear : SamplerMipmapMode.Nearest;
                    break;
                case "ADDRESS_MODE_U":
                    sampler.AddressU = ExpectAddressMode();
                    break;
                case "ADDRESS_MODE_V":
                    sampler.AddressV = ExpectAddressMode();
                    break;
                case "ADDRESS_MODE_W":
                    sampler.AddressW = ExpectAddressMode();
                    break;
                case "BORDER_COLOR":
                    sampler.BorderColor = ExpectBorderColor();
                    break;
                case "MIN_LOD":
                    sampler.MinLod = (float)_tokens.ExpectReal("a level");
                    break;
                case "MAX_LOD":
                    sampler.MaxLod = (float)_tokens.ExpectReal("a level");
                    break;
                case "NORMALIZED_COORDS":
                    sampler.Normalized = true;
                    break;
                case "UNNORMALIZED_COORDS":
                    // Vulkan allows no levels with these.
                    sampler.Normalized = false;
                    sampler.MinLod = sampler.MaxLod = 0;
                    break;
                case "COMPARE":
                    sampler.CompareEnabled = ExpectSwitch();
                    break;
                case "COMPARE_OP":
                    sampler.CompareOp = ExpectCompareOp();
                    break;
                default:
                    throw new ScriptException(word.Line, $"unknown sampler option {word.Text}");
            }
        }

        if (sampler.MinLod > sampler.MaxLod)
            throw new ScriptException(line, "MIN_LOD is above MAX_LOD");
        if (!_file.Samplers.TryAdd(sampler.Name, sampler))
            throw new ScriptException(line, $"a second sampler {sampler.Name}");
    }

    private bool ExpectSwitch() => _tokens.Expect("on or off") switch
    {
        "on" => true,
        "off" => false,
        var other => throw new ScriptException(_tokens.Line, $"expected on or off, not {other}"),
    };

    private Filter ExpectFilter() => _tokens.Expect("a filter") switch
    {
        "nearest" => Filter.Nearest,
        "linear" => Filter.Linear,
        var other => throw new ScriptException(_tokens.Line, $"unknown filter {other}"),
    };

    private SamplerAddressMode ExpectAddressMode() => _tokens.Expect("an address mode") switch
    {
        "repeat" => SamplerAddressMode.Repeat,
        "mirrored_repeat" => SamplerAddressMode.MirroredRepeat,
        "clamp_to_edge" => SamplerAddressMode.ClampToEdge,
        "clamp_to_border" => SamplerAddressMode.ClampToBorder,
        "mirror_clamp_to_edge" => SamplerAddressMode.MirrorClampToEdge,
        var other => throw new ScriptException(_tokens.Line, $"unknown address mode {other}"),
    };

    private BorderColor ExpectBorderColor() => _tokens.Expect("a border colour") switch
    {
        "float_transparent_black" => BorderColor.FloatTransparentBlack,
        "int_transparent_black" => BorderColor.IntTransparentBlack,
        "float_opaque_black" => BorderColor.FloatOpaqueBlack,
        "int_opaque_black" => BorderColor.IntOpaqueBlack,
        "float_opaque_white" => BorderColor.FloatOpaqueWhite,
        "int_opaque_white" => BorderColor.IntOpaqueWhite,
        var other => throw new ScriptException(_tokens.Line, $"unknown border colour {other}"),
    };

    private CompareOp ExpectCompareOp() => _tokens.Expect("a comparison") switch
    {
        "never" => CompareOp.Never,
        "less" => CompareOp.Less,
        "equal" => CompareOp.Equal,
        "less_or_equal" => CompareOp.LessOrEqual,
        "greater" => CompareOp.Greater,
        "not_equal" => CompareOp.NotEqual,
        "greater_or_equal" => CompareOp.GreaterOrEqual,
        "always" => CompareOp.Always,
        var other => throw new ScriptException(_tokens.Line, $"unknown comparison {other}"),
    };
}
