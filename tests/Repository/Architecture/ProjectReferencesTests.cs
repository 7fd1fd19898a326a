using System.Xml.Linq;
using Xunit;

namespace ShaderJit.Repository.Tests.Architecture;

/// <summary>The projects of the product reference each other as docs/architecture.md says, and no others.</summary>
public sealed class ProjectReferencesTests
{
    /// <summary>Project → projects and packages that it may name. A new reference is a change of the architecture.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["driver/Abi/ShaderJit.Abi.csproj"] = [],
        ["driver/Verifier/ShaderJit.Verifier.csproj"] = ["ShaderJit.Abi", "Iced"],
        // Iced here assembles the stubs and the trap handler.
        ["driver/Sandbox/ShaderJit.Sandbox.csproj"] = ["ShaderJit.Abi", "ShaderJit.Verifier", "Iced"],
        ["driver/Bindings/ShaderJit.Vulkan.Bindings.csproj"] = [],
        ["driver/Vulkan/ShaderJit.Vulkan.csproj"] = ["ShaderJit.Vulkan.Bindings", "ShaderJit.Abi", "ShaderJit.Sandbox", "ShaderJit.Compiler"],
        ["driver/Icd/ShaderJit.Icd.csproj"] = ["ShaderJit.Vulkan"],
        ["compiler/ShaderJit.Compiler.csproj"] = ["ShaderJit.Abi", "Iced"],
    };

    private static readonly string[] MayBeUnsafe =
    [
        "driver/Sandbox/ShaderJit.Sandbox.csproj", "driver/Bindings/ShaderJit.Vulkan.Bindings.csproj",
        "driver/Vulkan/ShaderJit.Vulkan.csproj", "driver/Icd/ShaderJit.Icd.csproj",
    ];

    private const string BannedApis = "Microsoft.CodeAnalysis.BannedApiAnalyzers";

    public static TheoryData<string> Projects => new(ProjectPaths());

    [Fact]
    public void Every_project_of_the_table_exists() =>
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), ProjectPaths().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_what_it_may(string project)
    {
        Assert.True(Allowed.TryGetValue(project, out var allowed), $"{project} is not in the table of the architecture.");
        var document = XDocument.Load(RepositoryFiles.PathOf(project));
        var references = document.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(Include(r)))
            .Concat(document.Descendants("PackageReference").Select(Include).Where(p => p != BannedApis))
            .ToList();
        Assert.Empty(references.Except(allowed));
        Assert.Empty(document.Descendants("Reference"));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Unsafe_code_stays_where_it_may_be(string project)
    {
        var document = XDocument.Load(RepositoryFiles.PathOf(project));
        var allowsUnsafe = document.Descendants("AllowUnsafeBlocks").Any(e => e.Value.Trim() != "false");
        var bansApis = document.Descendants("PackageReference").Any(p => Include(p) == BannedApis)
            && document.Descendants("AdditionalFiles").Any(f => Include(f).EndsWith("BannedSymbols.txt", StringComparison.Ordinal));
        var mayBeUnsafe = MayBeUnsafe.Contains(project);
        Assert.True(mayBeUnsafe || !allowsUnsafe, $"{project} allows unsafe code.");
        Assert.True(mayBeUnsafe || bansApis, $"{project} does not ban the APIs of BannedSymbols.txt.");
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(RepositoryFiles.PathOf("ShaderJit.sln")).Replace('\\', '/');
        var missing = RepositoryFiles.Find(".", "*.csproj")
            .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f))
            .Where(f => !solution.Contains($"\"{f}\"", StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    [Fact]
    public void Packages_have_their_versions_in_one_place()
    {
        foreach (var project in RepositoryFiles.Find(".", "*.csproj"))
        {
            var versioned = XDocument.Load(project).Descendants("PackageReference").Where(p => p.Attribute("Version") is not null).Select(Include);
            Assert.True(!versioned.Any(), $"{project} pins {string.Join(", ", versioned)} itself.");
        }
    }

    private static IEnumerable<string> ProjectPaths() =>
        RepositoryFiles.Find("driver", "*.csproj").Concat(RepositoryFiles.Find("compiler", "*.csproj"))
            .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f));

    private static string Include(XElement item) => item.Attribute("Include")!.Value;
}
