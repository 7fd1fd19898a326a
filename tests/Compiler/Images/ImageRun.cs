using ShaderJit.Abi;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Tests.Agreement;
using ShaderJit.Compiler.Tests.Lowering;
using ShaderJit.Compiler.Tests.Simd;
using ShaderJit.Compiler.Tests.Spirv;
using ShaderJit.Compiler.Tests.X64;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Images;

/// <summary>Runs a shader of tests/Filetests/images: as the compilers made it and optimized, at both widths, by the oracle at
/// both levels and as machine code. All must leave the same bits.</summary>
internal static class ImageRun
{
    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(KernelFiles.Folder)!, "images");

    /// <summary>The contents of the buffers after the run.</summary>
    /// <param name="known">Compiles for the images and samplers that are bound, instead of for any.</param>
    /// <param name="configure">What else the stage is to say.</param>
    public static byte[][] Run(string shader, (uint, uint, uint) groups, byte[] push, BoundBuffer[] buffers, BoundImage[] images,
        string[]? variants = null, bool known = false, Func<StageDesc, StageDesc>? configure = null)
    {
        byte[][]? first = null;
        foreach (string variant in variants ?? [".spv", ".opt.spv"])
        {
            uint[] words = KernelFiles.ToWords(File.ReadAllBytes(Path.Combine(Folder, shader + variant)));
            foreach (int lanes in (int[])[8, 16])
            {
                byte[][] result = RunOne(words, lanes, groups, push, buffers, images, known, configure);
                first ??= result;
                for (int b = 0; b < result.Length; b++)
                {
                    if (variant == ".spv")
                        Assert.True(first[b].AsSpan().SequenceEqual(result[b]), $"{shader}{variant}, {lanes} lanes: buffer {b} differs");
                }
            }
        }

        return first!;
    }

    /// <summary>Why a shader is refused; empty where it is not.</summary>
    public static string Refusal(string shader, Func<StageDesc, StageDesc> configure)
    {
        uint[] words = KernelFiles.ToWords(File.ReadAllBytes(Path.Combine(Folder, shader + ".spv")));
        var stage = configure(TestStage.Of(TestStage.Read(words)));
        return string.Join("; ", ShaderCompiler.Compile(words, stage, new TargetFeatures(8, KernelAbi.MinRegionBits)).Diagnostics);
    }

    private static byte[][] RunOne(uint[] words, int lanes, (uint, uint, uint) groups, byte[] push, BoundBuffer[] buffers,
        BoundImage[] images, bool known, Func<StageDesc, StageDesc>? configure)
    {
        KernelRun Make(Ir.Function f) => new()
        {
            Function = f, LaneCount = lanes, Groups = groups, PushConstants = push, Buffers = buffers, Images = images,
        };
        var module = TestStage.Read(words);
        var stage = TestStage.Of(module);
        if (known)
            stage = stage with { KnownDescriptors = Known(images) };
        if (configure is not null)
            stage = configure(stage);
        var f = TestStage.Lower(module, stage);
        PassPipeline.RunInvocation(f);
        var invocation = Interpreter.Run(Make(f));
        Assert.True(invocation.Code == TrapCode.Finished, $"{invocation.Code} at {invocation.TrapNode}");
        var g = VectorizerTests.Vectorize(f, lanes);
        PassPipeline.RunSimd(g, lanes);
        var simd = Interpreter.Run(Make(g));
        Assert.Null(Outcomes.Difference(invocation, simd, _ => true));
        var compiled = ShaderCompiler.Compile(words, stage, new TargetFeatures(lanes, KernelAbi.MinRegionBits));
        Assert.True(compiled.Kernel is not null, string.Join("; ", compiled.Diagnostics));
        var machine = MachineRun.Run(Make(g), compiled.Kernel);
        Assert.Null(Outcomes.Difference(simd, machine, _ => true));
        return machine.Buffers.Select(b => b.Bytes).ToArray();
    }

    private static List<KnownDescriptor> Known(BoundImage[] images)
    {
        var known = new List<KnownDescriptor>();
        foreach (var image in images)
        {
            var traits = image is { Record: { } record, Texels: >= 0 } ? RecordTraits.OfImage(record) : null;
            known.Add(new KnownDescriptor(image.Set, (uint)image.Binding, (uint)image.Element, traits,
                image.Sampler is { } sampler ? RecordTraits.OfSampler(sampler, traits is not { HasOneLevel: true }) : null));
        }

        return known;
    }
}
