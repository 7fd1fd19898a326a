namespace ShaderJit.Repository.Tests;

/// <summary>Finds the working tree that the running tests were built from.</summary>
internal static class RepositoryFiles
{
    /// <summary>Full path of the folder that holds ShaderJit.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Full path of a file or folder given by its path in the repository, with slashes.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>Full paths of the files of a pattern below a folder, without build outputs, in a stable order.</summary>
    public static IReadOnlyList<string> Find(string relativeFolder, string pattern)
    {
        var folder = PathOf(relativeFolder);
        return
        [
            .. Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
                .Where(f => !Path.GetRelativePath(folder, f).Split('/').Any(part => part is "bin" or "obj" or "out"))
                .OrderBy(f => f, StringComparer.Ordinal),
        ];
    }

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "ShaderJit.sln")))
                return folder;
        }
        throw new InvalidOperationException($"No ShaderJit.sln above {AppContext.BaseDirectory}.");
    }
}
