using System.Globalization;

namespace ShaderJit.Conformance.Shaders;

/// <summary>What a shader is compiled for.</summary>
/// <param name="Name">As spirv-as --target-env takes it.</param>
/// <param name="Vulkan">As glslc --target-env takes it.</param>
/// <param name="SpirvMinor">The 3 of SPIR-V 1.3.</param>
internal sealed record TargetEnvironment(string Name, string Vulkan, int SpirvMinor)
{
    /// <exception cref="FormatException">It is no known environment.</exception>
    public static TargetEnvironment Parse(string text)
    {
        string trimmed = text.Trim('"');
        return trimmed switch
        {
            "vulkan1.0" => new(trimmed, "vulkan1.0", 0),
            "vulkan1.1" => new(trimmed, "vulkan1.1", 3),
            "vulkan1.1spv1.4" => new(trimmed, "vulkan1.1", 4),
            "vulkan1.2" => new(trimmed, "vulkan1.2", 5),
            "vulkan1.3" => new(trimmed, "vulkan1.3", 6),
            _ when trimmed.StartsWith("spv1.", StringComparison.Ordinal)
                && int.TryParse(trimmed.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int minor) && minor <= 6
                => new(trimmed, minor switch { 0 => "vulkan1.0", <= 4 => "vulkan1.1", 5 => "vulkan1.2", _ => "vulkan1.3" }, minor),
            _ => throw new FormatException($"unknown target environment {text}"),
        };
    }
}
