using ShaderJit.Conformance.Running;
using ShaderJit.Conformance.Shaders;
using Xunit;

namespace ShaderJit.ConformanceRunner.Tests;

/// <summary>Each script of tests/Filetests/amber comes to the result that its "# RESULT:" line says, on the driver in this process.</summary>
public sealed class ScriptFileTests
{
    private const string Mark = "# RESULT: ";

    public static TheoryData<string> Files
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (string path in Directory.EnumerateFiles(TestFiles.Folder).Order(StringComparer.Ordinal))
            {
                if (Path.GetExtension(path) is ".amber" or ".vkscript")
                    data.Add(Path.GetFileName(path));
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_script_comes_to_its_result(string name)
    {
        string path = TestFiles.PathOf(name);
        string line = Array.Find(File.ReadAllLines(path), l => l.StartsWith(Mark, StringComparison.Ordinal))
            ?? throw new InvalidDataException($"{name} has no line with its result");
        string[] wanted = line[Mark.Length..].Split(": ", 2);
        var result = new CaseRunner(loader: false, deviceName: null, new ShaderCompiler(null)).Run(name, path);
        Assert.True(wanted[0] == result.Status.ToString().ToLowerInvariant(), $"{result.Status}: {result.Reason}");
        if (wanted.Length > 1)
            Assert.Contains(wanted[1], result.Reason, StringComparison.Ordinal);
        else
            Assert.Null(result.Reason);
    }

    [Fact]
    public void There_are_scripts() => Assert.True(Files.Count > 50);
}
