using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Simd;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Compiler.X64;
using ShaderJit.Kernels;
using ShaderJit.Verifier;

namespace ShaderJit.Bench;

/// <summary>
/// The compiler's phases. Each method runs all phases up to its own, because most change what they are given: a phase costs
/// the difference to the method before it.
/// </summary>
[MemoryDiagnoser]
public class PhaseBenchmark
{
    private static readonly TargetFeatures Target = new(16, 36);

    private uint[] _words = [];
    private StageDesc _stage = new();

    /// <summary>The shader: name of a file in tests/Filetests/kernels.</summary>
    [Params("saxpy", "sgemm_tiled", "scan_block", "raymarch")]
    public string Shader { get; set; } = "";

    /// <summary>Runs the benchmarks in this process.</summary>
    internal static int RunAll()
    {
        var job = Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance);
        BenchmarkRunner.Run<PhaseBenchmark>(DefaultConfig.Instance.AddJob(job));
        return 0;
    }

    [GlobalSetup]
    public void Load()
    {
        _words = KernelCases.Words(Shader, optimized: false);
        var bindings = new List<DescriptorBinding>();
        for (int i = 0; i < 8; i++)
            bindings.Add(new DescriptorBinding((uint)i, DescriptorKind.StorageBuffer, 1, i * BufferDescriptor.Size, BufferDescriptor.Size, -1));
        _stage = new StageDesc { Sets = [bindings], PushConstantBytes = KernelAbi.MaxPushConstantBytes };
    }

    [Benchmark]
    public Module? Read() => ModuleReader.Read(_words, []);

    [Benchmark]
    public bool Validate() => ModuleValidator.Validate(Read()!, []);

    [Benchmark]
    public Function Lower()
    {
        var module = Read()!;
        ModuleValidator.Validate(module, []);
        return ModuleLowering.Lower(module, _stage, [])!;
    }

    [Benchmark]
    public Function InvocationPasses()
    {
        var function = Lower();
        PassPipeline.RunInvocation(function);
        return function;
    }

    [Benchmark]
    public Function Vectorize() => Vectorizer.Run(InvocationPasses(), Target.LaneCount, [])!;

    [Benchmark]
    public Function SimdPasses()
    {
        var function = Vectorize();
        PassPipeline.RunSimd(function, Target.LaneCount);
        return function;
    }

    [Benchmark]
    public CompiledKernel Emit() => X64Backend.Emit(SimdPasses(), Target, [])!;

    [Benchmark]
    public bool Verify()
    {
        var kernel = Emit();
        return KernelVerifier.Verify(kernel.Image.Span, kernel.CodeBytes, new VerifierPolicy(Target.RegionBits)).Accepted;
    }
}
