using System.Globalization;
using ShaderJit.Compiler.Tests.Spirv;
using ShaderJit.Fuzz.Generator;

namespace ShaderJit.Compiler.Tests.Fuzz;

/// <summary>
/// Random modules through the whole compiler at both widths: the machine code leaves what the oracle leaves.
/// </summary>
/// <remarks>SHADERJIT_FUZZ: modules of each kind. SHADERJIT_FUZZ_SEED: the first one's seed. A module that fails is
/// written to a file, whose name stands in the message.</remarks>
public sealed class RandomModuleTests
{
    private static readonly int Count = Setting("SHADERJIT_FUZZ", 75), FirstSeed = Setting("SHADERJIT_FUZZ_SEED", 1);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Modules_agree_with_the_oracle(bool barriers, bool subgroups)
    {
        int finished = 0;
        var failures = new List<string>();
        for (int seed = FirstSeed; seed < FirstSeed + Count && failures.Count < 5; seed++)
        {
            var random = RandomModule.Make(seed, barriers, subgroups);
            var module = new FuzzModule(random.Words, seed, random.Precise, random.Defined, random.Groups);
            string? problem = module.Check(ref finished)?.ToString();
            bool dump = Environment.GetEnvironmentVariable("SHADERJIT_DUMP") is { Length: > 0 };
            if (problem is null && !dump)
                continue;
            string folder = dump ? Environment.GetEnvironmentVariable("SHADERJIT_DUMP")! : Path.GetTempPath();
            string file = Path.Combine(folder, $"module-{seed}-{barriers}-{subgroups}.spvasm");
            File.WriteAllText(file, module.Text());
            if (problem is not null)
                failures.Add($"seed {seed} ({file}): {problem}");
        }

        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
        // Runs that trap or take too long compare little.
        Assert.True(finished > Count, $"{finished} of {2 * Count} runs finished");
    }

    /// <summary>The generator keeps to SPIR-V's rules, as spirv-val reads them.</summary>
    [Fact]
    public void Modules_are_valid()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            var random = RandomModule.Make(seed, seed % 2 == 0, seed % 3 == 0);
            // Where the tool is not installed, there is nothing to ask.
            Assert.Equal("", SpirvTools.Validate(random.Words, "vulkan1.1") ?? "");
        }
    }

    /// <summary>Modules that once failed, reduced, and some that are kept as they were generated.</summary>
    [Theory]
    [MemberData(nameof(Corpus))]
    public void A_module_of_the_corpus_agrees_with_the_oracle(string name)
    {
        int finished = 0;
        Assert.Null(FuzzModule.Read(Path.Combine(CorpusFolder, name)).Check(ref finished));
    }

    /// <summary>A fault is put where a module stores something; what is left when all else is taken away is the store.</summary>
    [Fact]
    public void The_reducer_keeps_what_fails_and_little_else()
    {
        var module = FirstWith("OpAtomic");
        int before = module.Text().Split('\n').Length;
        var reducer = new Reducer(text => text.Contains("OpAtomic", StringComparison.Ordinal) && IsValid(text));
        string reduced = reducer.Reduce(module.Text());
        Assert.Contains("OpAtomic", reduced, StringComparison.Ordinal);
        Assert.True(IsValid(reduced), reduced);
        Assert.True(reduced.Split('\n').Length < 60, $"{before} lines to\n{reduced}");

        static bool IsValid(string text)
        {
            try
            {
                var read = ShaderJit.Compiler.Spirv.ModuleReader.Read(ShaderJit.SpirvAssembler.Assembler.Assemble(text), []);
                return read is not null && ShaderJit.Compiler.Spirv.ModuleValidator.Validate(read, []);
            }
            catch (ShaderJit.SpirvAssembler.AssemblyException)
            {
                return false;
            }
        }
    }

    /// <summary>Each kind of finding is kept through the reduction: no module of another kind takes its place.</summary>
    [Theory]
    [InlineData("Differs")]
    [InlineData("Refused")]
    [InlineData("Rejected")]
    [InlineData("Broken")]
    [InlineData("Throws")]
    [InlineData("Crash")]
    [InlineData("PeerDiffers")]
    public void A_reduced_module_fails_in_the_same_way(string name)
    {
        var kind = Enum.Parse<FindingKind>(name);
        var other = kind == FindingKind.Throws ? FindingKind.Refused : FindingKind.Throws;
        var module = FirstWith("OpAtomic");
        Finding? Check(FuzzModule candidate)
        {
            string text = candidate.Text();
            bool stores = text.Contains("OpStore", StringComparison.Ordinal);
            return text.Contains("OpAtomic", StringComparison.Ordinal) ? new Finding(stores ? kind : other, 8, $"at word {text.Length}") : null;
        }

        var reducer = new Reducer(text => Reduction.FailsAlike(text, module, Check(module)!, Check));
        string reduced = reducer.Reduce(module.Text());
        Assert.Contains("OpAtomic", reduced, StringComparison.Ordinal);
        Assert.Contains("OpStore", reduced, StringComparison.Ordinal);
        Assert.True(reduced.Split('\n').Length < 120, reduced);
    }

    [Fact]
    public void A_module_that_kills_or_stops_its_process_is_a_crash()
    {
        var module = FirstWith("OpAtomic");
        var with = new IsolatedCheck("/bin/sh", ["-c", "grep -q OpAtomic $0 && kill -SEGV $$; exit 0"], TimeSpan.FromMinutes(1));
        Assert.Equal(FindingKind.Crash, with.Check(module)?.Kind);
        var without = new IsolatedCheck("/bin/sh", ["-c", "grep -q OpNothing $0 && kill -SEGV $$; exit 1"], TimeSpan.FromMinutes(1));
        Assert.Null(without.Check(module));
        var endless = new IsolatedCheck("/bin/sh", ["-c", "sleep 1000"], TimeSpan.FromSeconds(1));
        Assert.StartsWith("nothing for", endless.Check(module)?.Text, StringComparison.Ordinal);
    }

    private static FuzzModule FirstWith(string opcode)
    {
        for (int seed = 1; ; seed++)
        {
            var module = FuzzModule.Random(seed);
            if (module.Text().Contains(opcode, StringComparison.Ordinal))
                return module;
        }
    }

    public static TheoryData<string> Corpus
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (string path in Directory.EnumerateFiles(CorpusFolder, "*.spvasm").Order(StringComparer.Ordinal))
                data.Add(Path.GetFileName(path));
            return data;
        }
    }

    private static string CorpusFolder => Path.Combine(KernelFiles.Folder, "..", "fuzz");

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
