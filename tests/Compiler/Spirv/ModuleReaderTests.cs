using System.Buffers.Binary;
using ShaderJit.Compiler.Spirv;
using Xunit;

namespace ShaderJit.Compiler.Tests.Spirv;

public sealed class ModuleReaderTests
{
    public static TheoryData<string> Kernels => new(KernelFiles.Names());

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Reads_every_kernel(string name)
    {
        Module module = Read(KernelFiles.Words(name));
        Assert.Equal("main", module.EntryPoints[0].Name);
        Assert.Equal(ExecutionModel.GLCompute, module.EntryPoints[0].Model);
        Assert.Contains(Capability.Shader, module.Capabilities);
        Assert.All(module.Blocks.ToArray(), b => Assert.True(b.First <= b.Terminator));
        Assert.Contains(module.ExecutionModes.ToArray(), m => m.Mode == ExecutionMode.LocalSize && m.OperandCount == 3);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Byte_order_does_not_matter(string name)
    {
        uint[] words = KernelFiles.Words(name);
        uint[] swapped = new uint[words.Length];
        BinaryPrimitives.ReverseEndianness(words, swapped);
        Assert.Equal(words, Read(swapped).Words.ToArray());
    }

    [Fact]
    public void Layout_decorations_are_found()
    {
        Module module = Read(KernelFiles.Words("saxpy.spv"));
        int offsets = 0, strides = 0;
        foreach (TypeInfo type in module.Types)
        {
            for (int m = 0; type.Kind == TypeKind.Struct && m < type.Count; m++)
                offsets += module.TryOffset(type.Id, m, out _) ? 1 : 0;
            strides += type.Kind == TypeKind.RuntimeArray && module.TryArrayStride(type.Id, out uint bytes) && bytes == 4 ? 1 : 0;
        }
        Assert.True(offsets >= 3);
        Assert.True(strides >= 2);
    }

    private static Module Read(uint[] words)
    {
        var diagnostics = new List<Diagnostic>();
        Module? module = ModuleReader.Read(words, diagnostics);
        Assert.True(module != null, string.Join("\n", diagnostics));
        Assert.Empty(diagnostics);
        return module;
    }
}
