using System.Runtime.InteropServices;

namespace ShaderJit.Vulkan.Tests;

/// <summary>The shaders of this project and of the Faults sample.</summary>
internal static class Shaders
{
    public static uint[] Words(string name)
    {
        using var stream = typeof(Shaders).Assembly.GetManifestResourceStream($"{name}.spv")
            ?? throw new ArgumentException($"there is no {name}.spv", nameof(name));
        var words = new uint[stream.Length / 4];
        stream.ReadExactly(MemoryMarshal.AsBytes(words.AsSpan()));
        return words;
    }
}
