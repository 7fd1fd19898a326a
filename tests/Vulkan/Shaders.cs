using System.Runtime.InteropServices;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Vulkan.Tests;

/// <summary>The shaders of this project and of the Faults sample.</summary>
internal static class Shaders
{
    public static uint[] Words(string name)
    {
        if (typeof(Shaders).Assembly.GetManifestResourceStream($"{name}.spvasm") is { } assembly)
        {
            using var text = new StreamReader(assembly);
            return Assembler.Assemble(text.ReadToEnd());
        }

        using var stream = typeof(Shaders).Assembly.GetManifestResourceStream($"{name}.spv")
            ?? throw new ArgumentException($"there is no {name}.spv", nameof(name));
        var words = new uint[stream.Length / 4];
        stream.ReadExactly(MemoryMarshal.AsBytes(words.AsSpan()));
        return words;
    }
}
