using ShaderJit.Conformance.Data;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Script;

/// <summary>What a script says, whichever of the two languages it is in.</summary>
internal sealed class AmberFile
{
    /// <summary>The file; names in the script are relative to its folder.</summary>
    public required string Path { get; init; }

    public List<Requirement> Requirements { get; } = [];

    public Dictionary<string, ShaderSource> Shaders { get; } = new(StringComparer.Ordinal);

    /// <summary>Files that GLSL may include, by name.</summary>
    public Dictionary<string, string> VirtualFiles { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, StructType> Structs { get; } = new(StringComparer.Ordinal);

    /// <summary>Buffers and images.</summary>
    public Dictionary<string, Resource> Resources { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, SamplerState> Samplers { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ComputePipelineState> Pipelines { get; } = new(StringComparer.Ordinal);

    public List<Command> Commands { get; } = [];

    /// <summary>True for a file whose expectations must not hold.</summary>
    public bool MustFail => Path.Contains(".expect_fail.", StringComparison.Ordinal);
}

internal enum RequirementKind
{
    Feature,
    Property,
    DeviceExtension,
    InstanceExtension,
}

/// <summary>What the device must have.</summary>
/// <param name="Name">An extension, a member of VkPhysicalDeviceFeatures, or Struct.member.</param>
internal sealed record Requirement(RequirementKind Kind, string Name);

internal enum ShaderLanguage
{
    Glsl,
    SpirvAssembly,
    SpirvHex,
    SpirvBinary,
    Hlsl,
    OpenClC,
}

/// <summary>A shader as the script gives it.</summary>
/// <param name="Stage">compute, multi, vertex, ...</param>
/// <param name="Text">Source, hex words, or the name of a binary file.</param>
/// <param name="TargetEnvironment">As spvX.Y or vulkanX.Y; null for the default.</param>
/// <param name="FirstLine">Line of the script that the text starts at.</param>
internal sealed record ShaderSource(string Name, string Stage, ShaderLanguage Language, string Text, string? TargetEnvironment, int FirstLine);

/// <summary>A buffer or an image with its first contents.</summary>
internal sealed class Resource
{
    public required string Name { get; init; }

    public required ElementLayout Layout { get; init; }

    /// <summary>Bytes at the start; null where there is only a size.</summary>
    public byte[]? Initial { get; set; }

    /// <summary>Size in bytes.</summary>
    public int Size { get; set; }

    /// <summary>Texels where the declaration gives them; 0 where it does not.</summary>
    public uint Width { get; set; }

    public uint Height { get; set; } = 1;

    public uint Depth { get; init; } = 1;

    public ImageType ImageType { get; init; } = ImageType.Type2D;

    public uint MipLevels { get; init; } = 1;

    public uint Samples { get; init; } = 1;

    /// <summary>BUFFER name FORMAT format: as large as the pipeline's frame buffer.</summary>
    public bool IsFrameSized { get; init; }

    /// <summary>The format for images and texel buffers; null where the elements are no texels.</summary>
    public TexelType? Texel => Layout.Type switch
    {
        TexelType texel => texel,
        NumberType number => number.ToTexel(),
        _ => null,
    };
}

/// <summary>A SAMPLER with all its options.</summary>
internal sealed class SamplerState
{
    public required string Name { get; init; }

    public Filter MagFilter { get; set; } = Filter.Nearest;

    public Filter MinFilter { get; set; } = Filter.Nearest;

    public SamplerMipmapMode MipmapMode { get; set; } = SamplerMipmapMode.Nearest;

    public SamplerAddressMode AddressU { get; set; } = SamplerAddressMode.Repeat;

    public SamplerAddressMode AddressV { get; set; } = SamplerAddressMode.Repeat;

    public SamplerAddressMode AddressW { get; set; } = SamplerAddressMode.Repeat;

    public BorderColor BorderColor { get; set; } = BorderColor.FloatTransparentBlack;

    public float MinLod { get; set; }

    public float MaxLod { get; set; } = 1;

    public bool Normalized { get; set; } = true;

    public bool CompareEnabled { get; set; }

    public CompareOp CompareOp { get; set; } = CompareOp.Never;
}

/// <summary>A compute pipeline with what is bound to it.</summary>
internal sealed class ComputePipelineState
{
    public required string Name { get; init; }

    public string? Shader { get; set; }

    public string EntryPoint { get; set; } = "main";

    /// <summary>Constant id to the value's bits.</summary>
    public SortedDictionary<uint, byte[]> Specialization { get; init; } = [];

    /// <summary>Flags for spirv-opt.</summary>
    public List<string> Optimizations { get; set; } = [];

    public bool FullSubgroups { get; set; }

    public bool VaryingSubgroupSize { get; set; }

    /// <summary>A number, MIN, MAX, or null.</summary>
    public string? RequiredSubgroupSize { get; set; }

    public uint FrameWidth { get; set; } = 250;

    public uint FrameHeight { get; set; } = 250;

    public List<Binding> Bindings { get; init; } = [];

    /// <summary>Name of the buffer whose bytes are pushed.</summary>
    public string? PushConstants { get; set; }

    public ComputePipelineState Derive(string name) => new()
    {
        Name = name, Shader = Shader, EntryPoint = EntryPoint,
        Specialization = new SortedDictionary<uint, byte[]>(Specialization), Optimizations = [.. Optimizations],
        FullSubgroups = FullSubgroups, VaryingSubgroupSize = VaryingSubgroupSize, RequiredSubgroupSize = RequiredSubgroupSize,
        FrameWidth = FrameWidth, FrameHeight = FrameHeight, Bindings = [.. Bindings], PushConstants = PushConstants,
    };
}

/// <summary>Descriptors at one binding. Arrays are as long as Resources, or Samplers where there are no resources.</summary>
internal sealed record Binding(DescriptorType Type, uint Set, uint Slot, string[] Resources, string[] Samplers)
{
    public uint[] DynamicOffsets { get; init; } = [];

    /// <summary>Bytes; one for all or one each.</summary>
    public ulong[] Offsets { get; init; } = [];

    /// <summary>Bytes; one for all or one each; ulong.MaxValue is the whole buffer.</summary>
    public ulong[] Ranges { get; init; } = [];

    public uint BaseMipLevel { get; init; }

    public int Count => Math.Max(Resources.Length, Samplers.Length);
}
