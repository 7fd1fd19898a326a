using System.Reflection;
using System.Xml.Linq;
using Xunit;

namespace ShaderJit.Repository.Tests.Architecture;

/// <summary>
/// tests/Bench measures what the sandbox costs with copies of the driver that can leave it out. Nothing that is shipped can:
/// neither the assemblies that these tests run with, nor a build of the product.
/// </summary>
public sealed class SandboxCostTests
{
    private const string Symbol = "SHADERJIT_COST", Property = "ShaderJitCost";

    /// <summary>The trusted files that know the symbol.</summary>
    private static readonly string[] Trusted = ["driver/Sandbox/CodeHeap.cs", "driver/Sandbox/SandboxCost.cs"];

    [Theory]
    [InlineData("ShaderJit.Abi")]
    [InlineData("ShaderJit.Verifier")]
    [InlineData("ShaderJit.Sandbox")]
    [InlineData("ShaderJit.Compiler")]
    [InlineData("ShaderJit.Vulkan")]
    public void Assemblies_have_no_way_around_the_sandbox(string assembly)
    {
        var types = Assembly.Load(assembly).GetTypes();
        Assert.NotEmpty(types);
        Assert.DoesNotContain(types, t => t.Name.Contains("SandboxCost", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_one_condition_defines_the_symbol()
    {
        var files = RepositoryFiles.Find(".", "*.csproj").Concat(RepositoryFiles.Find(".", "*.props")).Concat(RepositoryFiles.Find(".", "*.targets"));
        foreach (var file in files)
        {
            var document = XDocument.Load(file);
            foreach (var element in document.Descendants().Where(e => e.Value.Contains(Symbol, StringComparison.Ordinal) && !e.HasElements))
            {
                Assert.Equal("Directory.Build.props", Path.GetRelativePath(RepositoryFiles.Root, file));
                Assert.Equal($"'$({Property})' == 'true'", element.Parent!.Attribute("Condition")?.Value);
            }

            Assert.DoesNotContain(document.Descendants(), e => e.Name.LocalName == Property);
        }
    }

    [Fact]
    public void The_driver_refuses_to_be_built_so()
    {
        var refusal = XDocument.Load(RepositoryFiles.PathOf("driver/Icd/ShaderJit.Icd.csproj")).Descendants("Target")
            .Single(t => t.Attribute("Condition")?.Value == $"'$({Property})' == 'true'");
        Assert.Contains("BeforeBuild", refusal.Attribute("BeforeTargets")!.Value, StringComparison.Ordinal);
        Assert.Single(refusal.Elements("Error"));
    }

    [Fact]
    public void Of_the_trusted_code_one_call_knows_of_it() =>
        Assert.Equal(Trusted, RepositoryFiles.Find("driver", "*.cs").Where(f => File.ReadAllText(f).Contains(Symbol, StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f)));
}
