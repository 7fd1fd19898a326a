using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering;
using ShaderJit.Compiler.Simd;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Fuzz;

/// <summary>Lowers modules as a pipeline would whose layout is made from what the module declares.</summary>
internal static class TestStage
{
    /// <summary>A layout with every buffer that the module declares, 16 bytes of table each, and 256 bytes of push
    /// constants.</summary>
    /// <param name="descriptors">Descriptors of each runtime array of buffers.</param>
    public static StageDesc Of(Module module, OutOfBoundsMode mode = OutOfBoundsMode.Guarded,
        IReadOnlyList<Specialization>? specializations = null, uint descriptors = 4)
    {
        var sets = new List<List<DescriptorBinding>>();
        foreach (var i in module.Instructions)
        {
            if (i.Opcode != Opcode.OpVariable || !module.TryDecoration(i.Result, Decoration.Binding, out uint binding))
                continue;
            module.TryDecoration(i.Result, Decoration.DescriptorSet, out uint set);

            // Mutants name sets that no pipeline layout has.
            if (set >= KernelAbi.MaxDescriptorSets)
                continue;
            while (sets.Count <= set)
                sets.Add([]);
            var pointer = module.Type(i.ResultType);
            var block = module.Type(pointer.Element);
            uint count = 1;
            if (block.Kind is TypeKind.Array or TypeKind.RuntimeArray)
            {
                count = descriptors;
                if (block.Kind == TypeKind.Array && module.TryConstant(block.LengthId, out ulong length))
                    count = (uint)length;
                block = module.Type(block.Element);
            }

            bool uniform = pointer.StorageClass == StorageClass.Uniform
                && !module.HasDecoration(block.Id, Decoration.BufferBlock);
            int offset = 0;
            foreach (var other in sets[(int)set])
                offset += (int)other.Count * BufferDescriptor.Size;
            if (!sets[(int)set].Exists(b => b.Binding == binding))
            {
                sets[(int)set].Add(new DescriptorBinding(binding,
                    KindOf(module, block) ?? (uniform ? DescriptorKind.UniformBuffer : DescriptorKind.StorageBuffer), count, offset,
                    BufferDescriptor.Size, -1));
            }
        }

        return new StageDesc
        {
            Sets = sets.ConvertAll<IReadOnlyList<DescriptorBinding>>(s => s), PushConstantBytes = 256, OutOfBounds = mode,
            Specializations = specializations ?? [],
        };
    }

    private static DescriptorKind? KindOf(Module module, in TypeInfo type)
    {
        switch (type.Kind)
        {
            case TypeKind.Sampler:
                return DescriptorKind.Sampler;
            case TypeKind.SampledImage:
                return module.Image(module.Type(type.Element)).Dim == Dim.Buffer
                    ? DescriptorKind.UniformTexelBuffer
                    : DescriptorKind.CombinedImageSampler;
            case TypeKind.Image:
                var image = module.Image(type);
                if (image.Dim == Dim.Buffer)
                    return image.IsStorage ? DescriptorKind.StorageTexelBuffer : DescriptorKind.UniformTexelBuffer;
                return image.IsStorage ? DescriptorKind.StorageImage : DescriptorKind.SampledImage;
            default:
                return null;
        }
    }

    public static Module Read(uint[] words)
    {
        var diagnostics = new List<Diagnostic>();
        return ModuleReader.Read(words, diagnostics) ?? throw new ModuleException(FindingKind.Refused, string.Join('\n', diagnostics));
    }

    /// <summary>Lowers and verifies.</summary>
    public static Function Lower(Module module, StageDesc stage)
    {
        var diagnostics = new List<Diagnostic>();
        var f = ModuleLowering.Lower(module, stage, diagnostics)
            ?? throw new ModuleException(FindingKind.Refused, string.Join('\n', diagnostics));
        Verify(f, "lowering");
        return f;
    }

    /// <summary>The SIMD stage, verified.</summary>
    public static Function Vectorize(Function f, int lanes)
    {
        var diagnostics = new List<Diagnostic>();
        var g = Vectorizer.Run(f, lanes, diagnostics) ?? throw new ModuleException(FindingKind.Refused, string.Join('\n', diagnostics));
        Verify(g, "vectorizing");
        return g;
    }

    private static void Verify(Function f, string stage)
    {
        var errors = IrVerifier.Verify(f);
        if (errors.Count > 0)
            throw new ModuleException(FindingKind.Broken, $"after {stage}: {string.Join("; ", errors)}\n{IrPrinter.Print(f)}");
    }
}
