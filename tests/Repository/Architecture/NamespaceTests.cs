using System.Text.RegularExpressions;
using Xunit;

namespace ShaderJit.Repository.Tests.Architecture;

/// <summary>Namespace = assembly name + folder, so that a type's full name says where its file is. Generated code is exempt.</summary>
public sealed partial class NamespaceTests
{
    [Fact]
    public void Namespaces_follow_the_folders()
    {
        var wrong = new List<string>();
        foreach (var project in RepositoryFiles.Find("driver", "*.csproj").Concat(RepositoryFiles.Find("compiler", "*.csproj")))
        {
            var folder = Path.GetDirectoryName(project)!;
            var assembly = Path.GetFileNameWithoutExtension(project);
            foreach (var file in RepositoryFiles.Find(Path.GetRelativePath(RepositoryFiles.Root, folder), "*.cs"))
            {
                if (file.EndsWith(".g.cs", StringComparison.Ordinal))
                    continue;
                var match = Declaration().Match(File.ReadAllText(file));
                var below = Path.GetRelativePath(folder, Path.GetDirectoryName(file)!);
                var expected = below == "." ? assembly : $"{assembly}.{below.Replace('/', '.')}";
                if (match.Success && match.Groups[1].Value != expected)
                    wrong.Add($"{Path.GetRelativePath(RepositoryFiles.Root, file)}: {match.Groups[1].Value}, not {expected}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [GeneratedRegex(@"^namespace\s+([\w.]+)\s*[;{]?", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
