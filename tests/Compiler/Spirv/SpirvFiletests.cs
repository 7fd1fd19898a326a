using System.Text;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.SpirvAssembler;
using Xunit;

namespace ShaderJit.Compiler.Tests.Spirv;

/// <summary>
/// tests/Filetests/spirv/*.spvasm: what the reader and validator say. A file starts with a module that all its cases
/// share; "; @name" marks places in it. After each "; CASE title" come "; EXPECT: ..." and the lines to put at places:
/// those after a "; @name" line at that place, those before any at "@body". Expectations: "ok"; "error" and part of the
/// message, for modules that spirv-val must refuse too; "refused" and part of the message, for modules that are valid
/// SPIR-V but not served; "laxer" for what spirv-val refuses and we take.
/// </summary>
public sealed class SpirvFiletests
{
    public static TheoryData<string> Files =>
        new(Directory.GetFiles(Path.Combine(FiletestFile.Root, "spirv"), "*.spvasm").Select(f => Path.GetFileName(f)).Order());

    public static TheoryData<string> Binaries => new(new[] { "kernels", "spirv/features" }
        .SelectMany(folder => Directory.GetFiles(Path.Combine(FiletestFile.Root, folder), "*.spv"))
        .Select(f => Path.GetRelativePath(FiletestFile.Root, f)).Order());

    [Theory]
    [MemberData(nameof(Files))]
    public void Validator_says_what_the_file_expects(string file)
    {
        var failures = new StringBuilder();
        int count = 0;
        foreach ((string title, string expectation, string text) in Cases(Path.Combine(FiletestFile.Root, "spirv", file)))
        {
            count++;
            uint[] words = Assembler.Assemble(text);
            string actual = Validate(words);
            if (Mismatch(expectation, actual) is { } mismatch)
                failures.Append($"{file}: {title}: {mismatch}\n");
            string environment = text.Contains("Version: 1.6", StringComparison.Ordinal) ? "vulkan1.3"
                : text.Contains("Version: 1.5", StringComparison.Ordinal) ? "vulkan1.2" : "vulkan1.1";
            bool isInvalid = expectation == "laxer" || expectation.StartsWith("error", StringComparison.Ordinal);
            // An older spirv-val than the extension says nothing of the module.
            if (SpirvTools.Validate(words, environment) is { } oracle && isInvalid == (oracle.Length == 0)
                && !oracle.Contains("Invalid execution mode operand", StringComparison.Ordinal))
                failures.Append($"{file}: {title}: expected {expectation}, but spirv-val says: {(oracle.Length == 0 ? "valid" : oracle.Trim())}\n");
        }
        Assert.True(failures.Length == 0, failures.ToString());
        Assert.True(count > 0);
    }

    [Theory]
    [MemberData(nameof(Binaries))]
    public void Validator_takes_what_compilers_make(string path)
    {
        uint[] words = KernelFiles.ToWords(File.ReadAllBytes(Path.Combine(FiletestFile.Root, path)));
        Assert.Equal("", Validate(words));
        Module module = ModuleReader.Read(words, [])!;
        uint[] again = Assembler.Assemble(Disassembler.Disassemble(module));
        again[2] = words[2];
        Assert.Equal(words, again);
    }

    private static string? Mismatch(string expectation, string actual)
    {
        if (expectation is "ok" or "laxer")
            return actual.Length == 0 ? null : $"expected {expectation}, got: {actual}";
        int first = expectation.IndexOf('"', StringComparison.Ordinal), last = expectation.LastIndexOf('"');
        string part = expectation[(first + 1)..last];
        return actual.Contains(part, StringComparison.Ordinal) ? null
            : $"expected {expectation}, got: {(actual.Length == 0 ? "ok" : actual)}";
    }

    private static string Validate(uint[] words)
    {
        var diagnostics = new List<Diagnostic>();
        Module? module = ModuleReader.Read(words, diagnostics);
        bool valid = module != null && ModuleValidator.Validate(module, diagnostics);
        Assert.Equal(valid, diagnostics.Count == 0);
        return string.Join("; ", diagnostics);
    }

    private static IEnumerable<(string Title, string Expectation, string Text)> Cases(string path)
    {
        string[] parts = File.ReadAllText(path).Split("; CASE ");
        foreach (string part in parts.Skip(1))
        {
            string[] lines = part.Split('\n');
            string expectation = lines[1].Replace("; EXPECT:", "", StringComparison.Ordinal).Trim();
            var inserts = new Dictionary<string, string>();
            string place = "; @body";
            foreach (string line in lines.Skip(2))
            {
                if (line.StartsWith("; @", StringComparison.Ordinal))
                    place = line.Trim();
                else
                    inserts[place] = inserts.GetValueOrDefault(place) + line + "\n";
            }
            string text = parts[0];
            foreach ((string at, string insert) in inserts)
            {
                if (!text.Contains(at + "\n", StringComparison.Ordinal) && insert.Trim().Length > 0)
                    throw new InvalidDataException($"{path}: {lines[0]}: there is no place {at}");
                text = text.Replace(at + "\n", insert, StringComparison.Ordinal);
            }
            yield return (lines[0].Trim(), expectation, text);
        }
    }
}
