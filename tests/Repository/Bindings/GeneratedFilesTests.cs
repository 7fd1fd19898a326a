using System.Xml.Linq;
using VkGen;
using Xunit;

namespace ShaderJit.Repository.Tests.Bindings;

/// <summary>The committed bindings are what the generator writes today.</summary>
public sealed class GeneratedFilesTests
{
    private const string Folder = "driver/Bindings/Generated";

    [FactWithRegistry]
    public void Committed_files_equal_regenerated_ones()
    {
        var generated = BindingsGenerator.Generate(XDocument.Load(FactWithRegistryAttribute.Registry));
        var committed = RepositoryFiles.Find(Folder, "*.cs").ToDictionary(f => Path.GetFileName(f), File.ReadAllText);

        Assert.Equal(generated.Keys.Order(StringComparer.Ordinal), committed.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, text) in generated)
            Assert.True(text == committed[name], $"{Folder}/{name} differs: run 'dotnet run --project tools/VkGen'. {FirstDifference(text, committed[name])}");
    }

    private static string FirstDifference(string expected, string actual)
    {
        var expectedLines = expected.Split('\n');
        var actualLines = actual.Split('\n');
        for (var i = 0; i < Math.Min(expectedLines.Length, actualLines.Length); i++)
        {
            if (expectedLines[i] != actualLines[i])
                return $"Line {i + 1}: generated '{expectedLines[i]}', committed '{actualLines[i]}'.";
        }
        return $"{expectedLines.Length} lines generated, {actualLines.Length} committed.";
    }
}
