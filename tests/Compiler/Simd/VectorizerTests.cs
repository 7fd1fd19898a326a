using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Simd;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.Compiler.Tests.Lowering;
using ShaderJit.Compiler.Tests.Passes;
using ShaderJit.Compiler.Tests.Spirv;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Simd;

/// <summary>What the SIMD stage makes of a function does what the function does.</summary>
public sealed class VectorizerTests
{
    /// <summary>Functions of a run; SHADERJIT_SOAK multiplies it.</summary>
    private static int Count => 300 * int.Parse(Environment.GetEnvironmentVariable("SHADERJIT_SOAK") ?? "1");

    public static TheoryData<string> Kernels => new(KernelFiles.Names());

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(2, false, true)]
    [InlineData(3, true, false)]
    [InlineData(4, true, true)]
    public void RandomKernelsKeepMeaning(int shard, bool barriers, bool subgroups)
    {
        for (int i = 0; i < Count; i++)
        {
            int seed = shard * 1_000_000 + i;
            var f = RandomKernel.Make(seed, barriers, subgroups);
            IrAssert.Verify(f, $"making of seed {seed}");
            foreach (int lanes in (int[])[8, 16])
                Check(f, g => RandomKernel.Run(g, seed, lanes), lanes, $"seed {seed}");
        }
    }

    /// <summary>Workgroups packed wherever nothing forbids it.</summary>
    [Fact]
    public void PackedWorkgroupsKeepMeaning()
    {
        int packed = 0;
        for (int i = 0; i < Count; i++)
        {
            int seed = 5_000_000 + i;
            var f = RandomKernel.Make(seed, false, false);
            foreach (int lanes in (int[])[8, 16])
                packed += Check(f, g => RandomKernel.Run(g, seed, lanes), lanes, $"seed {seed}", packAlways: true) ? 1 : 0;
        }

        Assert.True(packed > Count / 2, $"{packed} of {2 * Count}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void RandomFunctionsKeepMeaning(int shard)
    {
        for (int i = 0; i < Count; i++)
        {
            int seed = shard * 1_000_000 + i;
            var f = RandomFunction.Make(seed);
            foreach (int lanes in (int[])[8, 16])
                Check(f, g => WithLanes(RandomFunction.Run(g, seed), lanes), lanes, $"function seed {seed}");
        }
    }

    /// <summary>Every kernel of tests/Filetests/kernels vectorizes at both widths; SHADERJIT_DUMP writes what comes
    /// out.</summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void KernelsVectorize(string name)
    {
        var module = TestStage.Read(KernelFiles.Words(name));
        var f = TestStage.Lower(module, TestStage.Of(module));
        PassPipeline.RunInvocation(f);
        foreach (int lanes in (int[])[8, 16])
        {
            var g = Vectorize(f, lanes);
            PassPipeline.RunSimd(g, lanes);
            IrAssert.Verify(g, "passes");
            if (Environment.GetEnvironmentVariable("SHADERJIT_DUMP") is { Length: > 0 } folder)
                File.WriteAllText(Path.Combine(folder, $"{name}.simd{lanes}.ir"), IrPrinter.Print(g, offsets: false));
        }
    }

    internal static Function Vectorize(Function f, int lanes, bool packAlways = false)
    {
        var diagnostics = new List<Diagnostic>();
        var g = Vectorizer.Run(f, lanes, diagnostics, packAlways);
        Assert.True(g is not null, string.Join('\n', diagnostics));
        IrAssert.Verify(g, "vectorizing");
        return g;
    }

    /// <summary>True where other code came out than without <paramref name="packAlways"/>.</summary>
    private static bool Check(Function f, Func<Function, KernelRun> run, int lanes, string what, bool packAlways = false)
    {
        var expected = Interpreter.Run(run(f));
        Function g;
        try
        {
            g = Vectorize(f, lanes, packAlways);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{what}, {lanes} lanes:\n{IrPrinter.Print(f)}", failure);
        }

        Compare(f, g, expected, Interpreter.Run(run(g)), $"{what}, {lanes} lanes");
        PassPipeline.RunSimd(g, lanes);
        IrAssert.Verify(g, "passes");
        Compare(f, g, expected, Interpreter.Run(run(g)), $"{what}, {lanes} lanes, after passes");
        return packAlways && IrPrinter.Print(Vectorize(f, lanes)) != IrPrinter.Print(Vectorize(f, lanes, packAlways));
    }

    private static void Compare(Function f, Function g, RunResult expected, RunResult actual, string what)
    {
        bool same = expected.Code == actual.Code;
        for (int i = 0; same && i < expected.Buffers.Count; i++)
        {
            byte[] a = expected.Buffers[i].Bytes, b = actual.Buffers[i].Bytes;
            for (int at = 0; same && at < a.Length; at += 4)
            {
                bool bothNaN = float.IsNaN(BitConverter.ToSingle(a, at)) && float.IsNaN(BitConverter.ToSingle(b, at));
                same = BitConverter.ToInt32(a, at) == BitConverter.ToInt32(b, at) || (bothNaN && expected.Buffers[i].Binding >= 2);
            }
        }

        // A run that was cut short leaves what it happened to have done.
        same |= expected.Code != Abi.TrapCode.Finished && expected.Code == actual.Code;
        Assert.True(same, same ? "" : $"{what}: {expected.Code}, {actual.Code} at {actual.TrapNode}\n{IrPrinter.Print(f)}\n{IrPrinter.Print(g)}");
    }

    private static KernelRun WithLanes(KernelRun run, int lanes) => new()
    {
        Function = run.Function, LaneCount = lanes, Buffers = run.Buffers, StepLimit = run.StepLimit * 4,
    };
}
