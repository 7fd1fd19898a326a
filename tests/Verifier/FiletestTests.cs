using Xunit;

namespace ShaderJit.Verifier.Tests;

/// <summary>The cases below tests/Filetests/verifier. SHADERJIT_BLESS=1 rewrites their machine code from the assembly.</summary>
public sealed class FiletestTests
{
    private static readonly bool Blessing = Environment.GetEnvironmentVariable("SHADERJIT_BLESS") == "1";

    public static TheoryData<string> Files(string folder)
    {
        var data = new TheoryData<string>();
        foreach (string file in Directory.GetFiles(Path.Combine(VerifierCase.Root, folder), "*.txt"))
            data.Add(Path.GetFileName(file));
        return data;
    }

    [Theory]
    [MemberData(nameof(Files), "accept")]
    public void Accepts(string file) => Check("accept", file);

    [Theory]
    [MemberData(nameof(Files), "reject")]
    public void Rejects(string file) => Check("reject", file);

    [Fact]
    public void EachRuleHasARejectedCase()
    {
        HashSet<VerifierRule> covered = VerifierCase.All("reject").Select(test => test.Rule).ToHashSet();

        // Two need images that are no cases of a file; LimitTests has them. No bytes are known that the decoders disagree
        // on and that break no other rule first; LengthDecoderTests looks for some.
        covered.UnionWith([
            VerifierRule.None, VerifierRule.Layout, VerifierRule.TooComplex, VerifierRule.LengthDisagreement]);
        Assert.Equal(Enum.GetValues<VerifierRule>().ToHashSet(), covered);
    }

    private static void Check(string folder, string file)
    {
        string path = Path.Combine(VerifierCase.Root, folder, file);
        List<VerifierCase> cases = VerifierCase.Parse(path);
        if (Blessing)
        {
            foreach (VerifierCase test in cases.Where(test => test.Assembly.Count > 0))
                (test.Code, test.At) = GnuAssembler.Assemble(test);
            VerifierCase.Bless(path, cases);
        }

        Assert.NotEmpty(cases);
        var wrong = new List<string>();
        foreach (VerifierCase test in cases)
        {
            if (test.Assembly.Count > 0 && GnuAssembler.IsInstalled)
            {
                (byte[] code, int at) = GnuAssembler.Assemble(test);
                if (!code.AsSpan().SequenceEqual(test.Code) || at != test.At)
                    wrong.Add($"{test}: machine code differs from the assembly, run tests/Filetests/verifier/bless");
            }

            VerifyResult result = KernelVerifier.Verify(test.Image(), test.Code.Length, new VerifierPolicy(test.RegionBits));
            if (result.Rule != test.Rule || (folder == "reject") == result.Accepted)
                wrong.Add($"{test}: expected {test.Rule}, got {result.Rule}: {result.Message}");
            else if (test.At >= 0 && result.Offset != test.At)
                wrong.Add($"{test}: expected offset {test.At}: {result.Message}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}
