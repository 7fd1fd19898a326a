using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Tests.Lowering;
using ShaderJit.Compiler.Tests.Simd;
using ShaderJit.Compiler.Tests.Spirv;
using ShaderJit.Compiler.Tests.X64;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Agreement;

/// <summary>
/// Every kernel of tests/Filetests/kernels on small inputs, at each stage of a compile: the oracle on the optimised
/// Invocation level, the oracle on the Simd level, the machine code. All leave the same bits, and what C# computes.
/// </summary>
public sealed class KernelAgreementTests
{
    /// <summary>Where the machine estimates 1/sqrt and the oracle rounds it: a few ULPs, which a marched ray amplifies.
    /// </summary>
    private const double EstimateTolerance = 1e-4;

    public static TheoryData<string, int> Kernels() => KernelRunTests.Kernels();

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Stages_agree(string name, int lanes)
    {
        uint[] words = KernelFiles.Words(name);
        var test = KernelRuns.Of(name[..name.IndexOf('.')]);
        var buffers = new List<BoundBuffer>();
        for (int i = 0; i < test.Buffers.Length; i++)
            buffers.Add(new BoundBuffer(0, i, test.Buffers[i]));
        KernelRun Run(Function f) => new()
        {
            Function = f, LaneCount = lanes, Groups = test.Groups, PushConstants = test.Push, Buffers = buffers,
        };

        var module = TestStage.Read(words);
        var stage = TestStage.Of(module);
        var f = TestStage.Lower(module, stage);
        PassPipeline.RunInvocation(f);
        var invocation = Interpreter.Run(Run(f));
        Assert.True(invocation.Code == TrapCode.Finished, $"{invocation.Code} at {invocation.TrapNode}");
        test.Check(invocation.Buffers.Select(b => b.Bytes).ToArray());

        var g = VectorizerTests.Vectorize(f, lanes);
        PassPipeline.RunSimd(g, lanes);
        var simd = Interpreter.Run(Run(g));
        Assert.Null(Outcomes.Difference(invocation, simd, _ => true));

        var compiled = ShaderCompiler.Compile(words, stage, new TargetFeatures(lanes, KernelAbi.MinRegionBits));
        Assert.True(compiled.Kernel is not null, string.Join("; ", compiled.Diagnostics));
        var machine = MachineRun.Run(Run(g), compiled.Kernel);
        Assert.Null(Outcomes.Difference(simd, machine, _ => true, Estimates(g) ? EstimateTolerance : 0));
        test.Check(machine.Buffers.Select(b => b.Bytes).ToArray());
    }

    private static bool Estimates(Function f)
    {
        foreach (var block in f.Layout)
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                if (f[id].Op == Op.FRsqrt)
                    return true;
            }
        }

        return false;
    }
}
