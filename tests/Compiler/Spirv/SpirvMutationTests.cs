using System.Diagnostics;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.SpirvAssembler;
using Xunit;

namespace ShaderJit.Compiler.Tests.Spirv;

/// <summary>Words that are no module, or almost one, end in a diagnostic: no exception, and soon.</summary>
public sealed class SpirvMutationTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private static int Count => int.TryParse(Environment.GetEnvironmentVariable("SHADERJIT_SPIRV_MUTATIONS"), out int n) ? n : 20_000;

    [Fact]
    public void Mutated_kernels_are_read_or_refused()
    {
        string stages = File.ReadAllText(Path.Combine(FiletestFile.Root, "lowering/other_stages.spvasm"));
        uint[][] modules = [.. KernelFiles.Names().Select(KernelFiles.Words), Assembler.Assemble(stages)];
        int refused = 0, taken = 0;
        Parallel.For(0, Count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            var random = new Random(seed);
            uint[] words = Mutate(modules[random.Next(modules.Length)], random);
            if (Run(words, seed))
                Interlocked.Increment(ref taken);
            else
                Interlocked.Increment(ref refused);
        });
        // Most changes break a module; names and literals may change freely.
        Assert.True(refused > Count / 4, $"{refused} refused");
        Assert.True(taken > Count / 100, $"{taken} taken");
    }

    [Theory]
    [InlineData(new uint[] { })]
    [InlineData(new uint[] { 0x07230203 })]
    [InlineData(new uint[] { 0x07230203, 0x10300, 0, 0xFFFFFFFF, 0 })]
    [InlineData(new uint[] { 0x07230203, 0x10300, 0, 1 << 22, 0 })]
    [InlineData(new uint[] { 0x07230203, 0x10300, 0, 10, 0, 0 })]
    [InlineData(new uint[] { 0x07230203, 0x10300, 0, 10, 0, 0xFFFF0011, 1 })]
    [InlineData(new uint[] { 0x07230203, 0x90000, 0, 10, 0 })]
    public void Absurd_modules_are_refused(uint[] words)
    {
        var diagnostics = new List<Diagnostic>();
        Assert.Null(ModuleReader.Read(words, diagnostics));
        Assert.Single(diagnostics);
    }

    private static bool Run(uint[] words, int seed)
    {
        var watch = Stopwatch.StartNew();
        var diagnostics = new List<Diagnostic>();
        bool valid;
        try
        {
            Module? module = ModuleReader.Read(words, diagnostics);
            valid = module != null && ModuleValidator.Validate(module, diagnostics);
            if (module != null)
                _ = module.SourceLines();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed} threw", e);
        }
        Assert.True(valid == (diagnostics.Count == 0), $"seed {seed}");
        Assert.All(diagnostics, d => Assert.InRange(d.SpirvOffset, 0, words.Length));
        Assert.True(watch.Elapsed < Limit, $"seed {seed} took {watch.Elapsed}");
        return valid;
    }

    private static uint[] Mutate(uint[] original, Random random)
    {
        uint[] words = (uint[])original.Clone();
        int changes = 1 + random.Next(3);
        for (int k = 0; k < changes; k++)
        {
            int at = random.Next(words.Length);
            switch (random.Next(8))
            {
                case 0:
                    words[at] ^= 1u << random.Next(32);
                    break;
                case 1:
                    words[at] = (uint)random.Next(0, (int)Math.Min(words[3], 1 << 20));
                    break;
                case 2:
                    words[at] = words[random.Next(words.Length)];
                    break;
                case 3:
                    words[at] = uint.MaxValue - (uint)random.Next(3);
                    break;
                case 4:
                    words = words[..at];
                    break;
                case 5:
                    // Another opcode over the same operands.
                    words[at] = (words[at] & 0xFFFF0000) | (uint)random.Next(400);
                    break;
                case 6:
                    SwapInstructions(words, random);
                    break;
                case 7:
                    words[at] += (uint)random.Next(-2, 3);
                    break;
            }
            if (words.Length < 6)
                break;
        }
        return words;
    }

    // Exchanges an instruction with its neighbour.
    private static void SwapInstructions(uint[] words, Random random)
    {
        var starts = new List<int>();
        for (int at = 5; at < words.Length && words[at] >> 16 != 0; at += (int)(words[at] >> 16))
            starts.Add(at);
        if (starts.Count < 3)
            return;
        int i = random.Next(starts.Count - 2), a = starts[i], b = starts[i + 1], end = starts[i + 2];
        uint[] both = [.. words[b..end], .. words[a..b]];
        both.CopyTo(words, a);
    }
}
