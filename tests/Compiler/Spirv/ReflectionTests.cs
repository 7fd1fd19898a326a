using ShaderJit.Compiler.Spirv;
using ShaderJit.SpirvCross;
using ResourceType = ShaderJit.SpirvCross.ResourceType;
using Decoration = ShaderJit.Compiler.Spirv.Decoration;

namespace ShaderJit.Compiler.Tests.Spirv;

/// <summary>What we read of a module is what SPIRV-Cross reads of it: bindings, counts, sizes, offsets, strides, push constants,
/// workgroup size, specialization constants. Every module of the tests.</summary>
public sealed class ReflectionTests
{
    public static TheoryData<string> Modules
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (string path in Directory.EnumerateFiles(Root, "*.spv", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                data.Add(Path.GetRelativePath(Root, path));
            return data;
        }
    }

    private static string Root => Path.GetFullPath(Path.Combine(KernelFiles.Folder, ".."));

    [Theory]
    [MemberData(nameof(Modules))]
    public void A_module_is_read_as_SPIRV_Cross_reads_it(string name)
    {
        uint[] words = KernelFiles.ToWords(File.ReadAllBytes(Path.Combine(Root, name)));
        ModuleReflection? theirs;
        try
        {
            theirs = Judge.Reflect(words);
        }
        catch (InvalidOperationException e) when (e.Message.StartsWith("SPIRV-Cross", StringComparison.Ordinal))
        {
            // It does not know all of SPIR-V 1.6.
            return;
        }

        // Where the library is not installed, there is no one to ask.
        if (theirs is null)
            return;
        var module = TestStage.Read(words);
        var f = TestStage.Lower(module, TestStage.Of(module));
        Assert.Equal(Bindings(module), Bindings(theirs));
        if (theirs.PushConstants is { } push)
            Assert.Equal((long)push.Size, Math.Max(f.PushConstantBytes, 0) == 0 ? 0 : f.PushConstantBytes);
        if (theirs.LocalSize != (0, 0, 0) && theirs.SpecializationIds.Count == 0)
            Assert.Equal(theirs.LocalSize, ((uint)f.LocalSize.X, (uint)f.LocalSize.Y, (uint)f.LocalSize.Z));
        Assert.Equal(theirs.SpecializationIds, SpecializationIds(module));
    }

    /// <summary>Each module can be shown as GLSL.</summary>
    [Fact]
    public void A_module_becomes_GLSL()
    {
        string? glsl = Judge.ToGlsl(KernelFiles.Words("saxpy.spv"));
        if (glsl is not null)
            Assert.Contains("void main()", glsl, StringComparison.Ordinal);
    }

    private static List<string> Bindings(ModuleReflection reflection)
    {
        var lines = new List<string>();
        foreach (var b in reflection.Bindings)
        {
            string members = string.Join(' ', b.Members.Select(m => $"{m.Offset}/{m.ArrayStride}/{m.MatrixStride}"));
            lines.Add($"{b.Set}:{b.Binding} {Name(b.Type)} x{b.Count} {members}".TrimEnd());
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private static string Name(ResourceType type) => type switch
    {
        ResourceType.UniformBuffer => "uniform",
        ResourceType.StorageBuffer => "storage",
        _ => "image",
    };

    private static List<string> Bindings(Module module)
    {
        var lines = new List<string>();
        foreach (var i in module.Instructions)
        {
            if (i.Opcode != Opcode.OpVariable || !module.TryDecoration(i.Result, Decoration.Binding, out uint binding))
                continue;
            module.TryDecoration(i.Result, Decoration.DescriptorSet, out uint set);
            var pointer = module.Type(i.ResultType);
            var type = module.Type(pointer.Element);
            ulong count = 1;
            if (type.Kind is TypeKind.Array or TypeKind.RuntimeArray)
            {
                count = 0;
                if (type.Kind == TypeKind.Array)
                    module.TryConstant(type.LengthId, out count);
                type = module.Type(type.Element);
            }

            string kind = type.Kind != TypeKind.Struct ? "image"
                : pointer.StorageClass == StorageClass.Uniform && !module.HasDecoration(type.Id, Decoration.BufferBlock) ? "uniform" : "storage";
            lines.Add($"{set}:{binding} {kind} x{count} {(type.Kind == TypeKind.Struct ? Members(module, type) : "")}".TrimEnd());
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private static string Members(Module module, in TypeInfo type)
    {
        var members = new List<string>();
        for (int k = 0; k < type.Count; k++)
        {
            module.TryOffset(type.Id, k, out uint offset);
            var member = module.Type(module.Members(type)[k]);
            uint arrayStride = 0, matrixStride = 0;
            if (member.Kind is TypeKind.Array or TypeKind.RuntimeArray)
                module.TryArrayStride(member.Id, out arrayStride);
            while (member.Kind is TypeKind.Array or TypeKind.RuntimeArray)
                member = module.Type(member.Element);
            if (member.Kind == TypeKind.Matrix)
                module.TryMatrixStride(type.Id, k, out matrixStride);
            members.Add($"{offset}/{arrayStride}/{matrixStride}");
        }

        return string.Join(' ', members);
    }

    private static List<uint> SpecializationIds(Module module)
    {
        var ids = new List<uint>();
        foreach (var i in module.Instructions)
        {
            if (i.Opcode is Opcode.OpSpecConstant or Opcode.OpSpecConstantTrue or Opcode.OpSpecConstantFalse
                && module.TryDecoration(i.Result, Decoration.SpecId, out uint id))
                ids.Add(id);
        }

        ids.Sort();
        return ids;
    }
}
