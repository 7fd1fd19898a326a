using Xunit;

namespace ShaderJit.Tests;

/// <summary>A test that needs files of the machine or of the tree; it shows as skipped, with the missing path, where one is
/// not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class FactWithAttribute : FactAttribute
{
    /// <param name="paths">Absolute, or from the repository's root.</param>
    public FactWithAttribute(params string[] paths)
    {
        if (paths.FirstOrDefault(p => !File.Exists(RepositoryRoot.Of(p))) is { } missing)
            Skip = $"needs {missing}";
    }
}

/// <summary>Where the tree is that these tests were built from.</summary>
internal static class RepositoryRoot
{
    private static readonly string Root = Find();

    /// <summary>A path from the root as an absolute one.</summary>
    public static string Of(string path) => Path.Combine(Root, path);

    private static string Find()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "ShaderJit.sln")))
                return folder;
        }

        throw new InvalidOperationException($"No ShaderJit.sln above {AppContext.BaseDirectory}.");
    }
}
