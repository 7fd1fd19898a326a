using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Compiler.Tests.Spirv;

namespace ShaderJit.Compiler.Tests.Lowering;

/// <summary>Modules with words changed at random: what still passes validation is lowered to valid IR or refused with a
/// reason, and nothing throws.</summary>
public sealed class MutationTests
{
    /// <summary>SHADERJIT_MUTATIONS raises the number for each kernel.</summary>
    private static readonly int Count =
        int.TryParse(Environment.GetEnvironmentVariable("SHADERJIT_MUTATIONS"), out int count) ? count : 300;

    public static IEnumerable<object[]> Modules()
    {
        foreach (string name in KernelFiles.Names())
            yield return [Path.Combine(KernelFiles.Folder, name)];
        foreach (string file in Directory.GetFiles(Path.Combine(KernelFiles.Folder, "..", "lowering"), "*.spv"))
            yield return [file];
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void Changed_words_give_valid_IR_or_a_reason(string file)
    {
        uint[] original = KernelFiles.ToWords(File.ReadAllBytes(file));
        var random = new Random(original.Length);
        var stage = TestStage.Of(TestStage.Read(original));
        int lowered = 0;
        for (int i = 0; i < Count; i++)
        {
            uint[] words = (uint[])original.Clone();
            int at = 5 + random.Next(words.Length - 5);
            uint before = words[at];
            words[at] = random.Next(4) switch
            {
                0 => before + 1,
                1 => (uint)random.Next((int)words[3]),
                2 => before ^ (1u << random.Next(32)),
                _ => words[5 + random.Next(words.Length - 5)],
            };
            var diagnostics = new List<Diagnostic>();
            var module = ModuleReader.Read(words, diagnostics);
            if (module is null || !ModuleValidator.Validate(module, diagnostics))
                continue;
            Function? f;
            try
            {
                f = ModuleLowering.Lower(module, stage, diagnostics);
            }
            catch (Exception e)
            {
                Assert.Fail($"word {at} changed from {before} to {words[at]}: {e}");
                return;
            }

            if (f is null)
            {
                Assert.NotEmpty(diagnostics);
                continue;
            }

            var errors = IrVerifier.Verify(f);
            Assert.True(errors.Count == 0, $"word {at} changed from {before} to {words[at]}: {string.Join("; ", errors)}");
            lowered++;
        }

        // A shader that the validator itself does not know yet has nothing to lower.
        bool isKnown = ModuleValidator.Validate(TestStage.Read(original), []);
        Assert.True(lowered > 0 || !isKnown, "no mutation was lowered");
    }
}
