using Xunit;
using Xunit.Abstractions;

namespace ShaderJit.Verifier.Tests;

/// <summary>Mutants of the accepted cases: the verifier gives the same verdict twice and throws for none. That what it
/// accepts stays confined is tested where kernels can run, in tests/Sandbox.</summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    [Fact]
    public void MutantsGetAVerdict()
    {
        const int mutants = 100_000;
        var mutation = new Mutation();
        List<VerifierCase> cases = [.. VerifierCase.All("accept").Where(test => test.Code.Length > 0)];
        foreach (VerifierCase test in cases)
            mutation.Add(test.Image(), test.Code.Length);
        var random = new Random(5);
        var verdicts = new SortedDictionary<VerifierRule, int>();
        for (int i = 0; i < mutants; i++)
        {
            int source = random.Next(cases.Count);
            (byte[] image, int codeBytes) = mutation.Next(source, random);
            var policy = new VerifierPolicy(cases[source].RegionBits);
            VerifyResult result = KernelVerifier.Verify(image, codeBytes, policy);
            verdicts[result.Rule] = verdicts.GetValueOrDefault(result.Rule) + 1;
            if (i % 16 == 0)
                Assert.Equal(result, KernelVerifier.Verify(image, codeBytes, policy));
        }

        output.WriteLine(string.Join('\n', verdicts));

        // A mutator whose work is all refused, or all accepted, tests nothing.
        Assert.InRange(verdicts[VerifierRule.None], mutants / 20, mutants * 4 / 5);
        Assert.True(verdicts.Count >= 10);
    }
}
