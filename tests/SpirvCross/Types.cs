#pragma warning disable CA1711 // The names are Silk.NET's.

namespace ShaderJit.SpirvCross;

/// <summary>spvc_context: owns all that was made with it.</summary>
public readonly struct Context;

/// <summary>spvc_parsed_ir</summary>
public readonly struct ParsedIr;

/// <summary>spvc_compiler</summary>
public readonly struct Compiler;

/// <summary>spvc_compiler_options</summary>
public readonly struct CompilerOptions;

/// <summary>spvc_resources</summary>
public readonly struct Resources;

/// <summary>spvc_type</summary>
public readonly struct CrossType;

/// <summary>spvc_constant</summary>
public readonly struct Constant;

/// <summary>spvc_result</summary>
public enum Result
{
    Success = 0,
    ErrorInvalidSpirv = -1,
    ErrorUnsupportedSpirv = -2,
    ErrorOutOfMemory = -3,
    ErrorInvalidArgument = -4,
}

/// <summary>spvc_capture_mode</summary>
public enum CaptureMode
{
    Copy = 0,
    TakeOwnership = 1,
}

/// <summary>spvc_backend</summary>
public enum Backend
{
    None = 0,
    Glsl = 1,
    Hlsl = 2,
    Msl = 3,
    Cpp = 4,
    Json = 5,
}

/// <summary>spvc_resource_type</summary>
public enum ResourceType
{
    Unknown = 0,
    UniformBuffer = 1,
    StorageBuffer = 2,
    StageInput = 3,
    StageOutput = 4,
    SubpassInput = 5,
    StorageImage = 6,
    SampledImage = 7,
    AtomicCounter = 8,
    PushConstant = 9,
    SeparateImage = 10,
    SeparateSamplers = 11,
}

/// <summary>spvc_compiler_option, those that are used here.</summary>
public enum CompilerOption
{
    GlslVersion = 8 | 0x2000000,
    GlslES = 9 | 0x2000000,
    GlslVulkanSemantics = 10 | 0x2000000,
}

/// <summary>SpvDecoration, those that are used here.</summary>
public enum Decoration
{
    SpecId = 1,
    Binding = 33,
    DescriptorSet = 34,
}

/// <summary>SpvExecutionMode, those that are used here.</summary>
public enum ExecutionMode
{
    LocalSize = 17,
}

/// <summary>spvc_reflected_resource</summary>
public unsafe struct ReflectedResource
{
    public uint ID;
    public uint BaseTypeID;
    public uint TypeID;
    public byte* Name;
}

/// <summary>spvc_specialization_constant</summary>
public struct SpecializationConstant
{
    public uint ID;
    public uint ConstantID;
}
