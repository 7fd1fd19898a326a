using ShaderJit.SpirvGen;
using Xunit;

namespace ShaderJit.Repository.Tests.Spirv;

/// <summary>The committed SPIR-V tables are what the generator writes today.</summary>
public sealed class GeneratedSpirvFilesTests
{
    private const string Folder = "compiler/Spirv/Generated";

    [FactWithGrammar]
    public void Committed_files_equal_regenerated_ones()
    {
        var committed = RepositoryFiles.Find(Folder, "*.cs").ToDictionary(f => Path.GetFileName(f), File.ReadAllText);
        int count = 0;
        foreach ((string name, string text) in Generator.Generate(Generator.DefaultGrammarFolder))
        {
            count++;
            Assert.True(committed.TryGetValue(name, out string? now) && now == text,
                $"{Folder}/{name} differs: run 'dotnet run --project tools/SpirvGen'");
        }
        Assert.Equal(committed.Count, count);
    }

    /// <summary>Needs the grammar that the tables come from: another version's rightly gives others.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class FactWithGrammarAttribute : FactAttribute
    {
        public FactWithGrammarAttribute()
        {
            if (!Generator.IsAvailable(Generator.DefaultGrammarFolder))
                Skip = $"needs {Generator.DefaultGrammarFolder} (spirv-headers)";
            else if (!File.ReadAllText(RepositoryFiles.PathOf($"{Folder}/Opcode.g.cs"))
                .Contains(Generator.Digest(Generator.DefaultGrammarFolder), StringComparison.Ordinal))
                Skip = "the tables come from another version of spirv-headers";
        }
    }
}
