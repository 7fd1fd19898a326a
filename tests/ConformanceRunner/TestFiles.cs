using System.Runtime.CompilerServices;

namespace ShaderJit.ConformanceRunner.Tests;

/// <summary>Where the scripts of the tests are.</summary>
internal static class TestFiles
{
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(Here(), "../Filetests/amber"));

    public static string PathOf(string name) => Path.Combine(Folder, name);

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
