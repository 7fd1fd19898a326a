using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ShaderJit.Compiler.Tests.Spirv;

/// <summary>The compiled kernels in tests/Filetests/kernels.</summary>
internal static class KernelFiles
{
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(SourceFolder(), "..", "..", "Filetests", "kernels"));

    public static IEnumerable<string> Names() =>
        Directory.GetFiles(Folder, "*.spv").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    public static uint[] Words(string name) => ToWords(File.ReadAllBytes(Path.Combine(Folder, name)));

    public static uint[] ToWords(byte[] bytes)
    {
        uint[] words = new uint[bytes.Length / 4];
        for (int i = 0; i < words.Length; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(i * 4));
        return words;
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
