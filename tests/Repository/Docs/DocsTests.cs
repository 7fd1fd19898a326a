using System.Text.RegularExpressions;
using Xunit;

namespace ShaderJit.Repository.Tests.Docs;

/// <summary>What README.md and docs/ name is there: a renamed file must not leave a reader with a wrong way.</summary>
public sealed partial class DocsTests
{
    public static TheoryData<string> Pages => new(RepositoryFiles.Find("docs", "*.md")
        .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f)).Append("README.md"));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_to_files(string page)
    {
        var folder = Path.GetDirectoryName(RepositoryFiles.PathOf(page))!;
        var broken = Link().Matches(File.ReadAllText(RepositoryFiles.PathOf(page))).Select(m => m.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#'))
            .Select(target => target.Split('#')[0])
            .Where(target => !Path.Exists(Path.Combine(folder, target)));
        Assert.Empty(broken);
    }

    /// <summary>A path may leave out ".cs"; of a pattern the folder must be there.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Paths_are_in_the_repository(string page)
    {
        var missing = NamedPath().Matches(File.ReadAllText(RepositoryFiles.PathOf(page))).Select(m => m.Groups[1].Value)
            .Select(path => path.Contains('*', StringComparison.Ordinal) ? Path.GetDirectoryName(path)! : path)
            .Where(path => !Path.Exists(RepositoryFiles.PathOf(path)) && !File.Exists(RepositoryFiles.PathOf(path) + ".cs"));
        Assert.Empty(missing);
    }

    /// <summary>Of <c>`Type`</c> and <c>`Type.Member`</c> the type's name must stand in the sources.</summary>
    [Theory]
    [InlineData("docs/architecture.md")]
    [InlineData("docs/undefined.md")]
    [InlineData("docs/add-an-instruction.md")]
    public void Types_are_in_the_sources(string page)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var folder in new[] { "driver", "compiler", "tests", "tools", "samples" })
        {
            foreach (var file in RepositoryFiles.Find(folder, "*.cs"))
                names.UnionWith(Word().Matches(File.ReadAllText(file)).Select(m => m.Value));
        }

        var unknown = NamedType().Matches(File.ReadAllText(RepositoryFiles.PathOf(page))).Select(m => m.Groups[1].Value)
            .Where(name => !names.Contains(name));
        Assert.Empty(unknown);
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:driver|compiler|tests|tools|samples)/[^`\s]*)`")]
    private static partial Regex NamedPath();

    [GeneratedRegex(@"`([A-Z][a-z][A-Za-z0-9]+)(?:\.[A-Za-z.]+)?`")]
    private static partial Regex NamedType();

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();
}
