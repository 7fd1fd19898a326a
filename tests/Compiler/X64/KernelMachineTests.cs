using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Simd;
using ShaderJit.Compiler.Tests.Lowering;
using ShaderJit.Compiler.Tests.Simd;
using ShaderJit.Compiler.Tests.Spirv;
using ShaderJit.Compiler.X64;
using ShaderJit.Reference;
using ShaderJit.Verifier;

namespace ShaderJit.Compiler.Tests.X64;

/// <summary>What the SIMD stage makes, as machine code: every kernel of tests/Filetests/kernels is accepted by the
/// verifier, twice compiled it gives the same bytes, and random kernels with barriers and subgroup operations leave what
/// the oracle leaves.</summary>
public sealed class KernelMachineTests
{
    private const int Count = 60;

    public static TheoryData<string> Kernels => new(KernelFiles.Names());

    [Theory]
    [MemberData(nameof(Kernels))]
    public void KernelsVerify(string name)
    {
        var module = TestStage.Read(KernelFiles.Words(name));
        foreach (var mode in (OutOfBoundsMode[])[OutOfBoundsMode.Guarded, OutOfBoundsMode.Trap])
        {
            var f = TestStage.Lower(module, TestStage.Of(module, mode));
            PassPipeline.RunInvocation(f);
            foreach (int lanes in (int[])[8, 16])
            {
                var g = VectorizerTests.Vectorize(f, lanes);
                PassPipeline.RunSimd(g, lanes);
                foreach (int bits in (int[])[32, 36, 40])
                {
                    var kernel = Emit(g, lanes, bits);
                    var verdict = KernelVerifier.Verify(kernel.Image.Span, kernel.CodeBytes, new VerifierPolicy(bits));
                    Assert.True(verdict.Accepted, $"{name}, {mode}, {lanes} lanes: {verdict.Message}");
                    Assert.True(kernel.Image.Span.SequenceEqual(Emit(g, lanes, bits).Image.Span), "not the same bytes twice");
                }
            }
        }
    }

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(2, false, true)]
    [InlineData(3, true, false)]
    [InlineData(4, true, true)]
    public void RandomKernelsAgreeWithOracle(int shard, bool barriers, bool subgroups)
    {
        for (int i = 0; i < Count; i++)
        {
            foreach (int lanes in (int[])[8, 16])
                Check(shard * 1_000_000 + i, barriers, subgroups, lanes);
        }
    }

    internal static void Check(int seed, bool barriers, bool subgroups, int lanes)
    {
        var f = RandomKernel.Make(seed, barriers, subgroups);
        var g = VectorizerTests.Vectorize(f, lanes);
        PassPipeline.RunSimd(g, lanes);
        var run = RandomKernel.Run(g, seed, lanes);
        var expected = Interpreter.Run(run);
        if (expected.Code == TrapCode.Preempted)
            return;
        var actual = MachineRun.Run(run);
        Assert.True(expected.Code == actual.Code, $"seed {seed}, {lanes} lanes: {actual.Code} {actual.TrapNode}, not {expected.Code}");
        // A run that was cut short leaves what it happened to have done.
        if (expected.Code != TrapCode.Finished)
            return;
        for (int b = 0; b < expected.Buffers.Count; b++)
        {
            for (int at = 0; at < expected.Buffers[b].Bytes.Length; at += 4)
            {
                int x = BitConverter.ToInt32(expected.Buffers[b].Bytes, at), y = BitConverter.ToInt32(actual.Buffers[b].Bytes, at);
                bool same = x == y || (float.IsNaN(BitConverter.Int32BitsToSingle(x)) && float.IsNaN(BitConverter.Int32BitsToSingle(y)));
                if (!same)
                    Assert.Fail($"seed {seed}, {lanes} lanes: buffer {b} at {at}: {x:x8}, not {y:x8}");
            }
        }
    }

    private static CompiledKernel Emit(Function g, int lanes, int bits)
    {
        var diagnostics = new List<Diagnostic>();
        var kernel = X64Backend.Emit(g, new TargetFeatures(lanes, bits), diagnostics);
        Assert.True(kernel is not null, string.Join("; ", diagnostics));
        return kernel;
    }
}
