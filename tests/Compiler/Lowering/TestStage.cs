using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Tests.Lowering;

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
                return DescriptorKind.CombinedImageSampler;
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
        var module = ModuleReader.Read(words, diagnostics);
        Assert.True(module is not null, string.Join('\n', diagnostics));
        return module;
    }

    /// <summary>Lowers and verifies.</summary>
    public static Function Lower(Module module, StageDesc stage)
    {
        var diagnostics = new List<Diagnostic>();
        var f = ModuleLowering.Lower(module, stage, diagnostics);
        Assert.True(f is not null, string.Join('\n', diagnostics));
        Filetests.IrAssert.Verify(f, "lowering");
        return f;
    }
}
