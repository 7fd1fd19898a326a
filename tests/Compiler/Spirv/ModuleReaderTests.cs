using System.Buffers.Binary;
using ShaderJit.Compiler.Spirv;
using ShaderJit.SpirvAssembler;
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

    /// <summary>Lines of NonSemantic.Shader.DebugInfo.100, as those of OpLine; what names no constant gives none.</summary>
    [Fact]
    public void Debug_lines_are_lines()
    {
        Module module = Read(Assembler.Assemble("""
            OpCapability Shader
            OpExtension "SPV_KHR_non_semantic_info"
            %set = OpExtInstImport "NonSemantic.Shader.DebugInfo.100"
            OpMemoryModel Logical GLSL450
            OpEntryPoint GLCompute %main "main"
            OpExecutionMode %main LocalSize 1 1 1
            %file = OpString "a.comp"
            %void = OpTypeVoid
            %fn = OpTypeFunction %void
            %uint = OpTypeInt 32 0
            %c7 = OpConstant %uint 7
            %c9 = OpConstant %uint 9
            %source = OpExtInst %void %set 35 %file
            %main = OpFunction %void None %fn
            %label = OpLabel
            %l1 = OpExtInst %void %set 103 %source %c7 %c7 %c9 %c9
            %x = OpIAdd %uint %c7 %c9
            %l2 = OpExtInst %void %set 103 %source %void %c7 %c9 %c9
            %y = OpIAdd %uint %c7 %c9
            %l3 = OpExtInst %void %set 104
            %z = OpIAdd %uint %c7 %c9
            OpReturn
            OpFunctionEnd
            """));
        var lines = new List<string>();
        for (int i = 0; i < module.Instructions.Length; i++)
        {
            if (module.Instruction(i).Opcode == Opcode.OpIAdd)
                lines.Add(module.LineOf(i) is { Line: > 0 } line ? $"{line.File}:{line.Line}:{line.Column}" : "none");
        }

        Assert.Equal(["a.comp:7:9", "a.comp:7:9", "none"], lines);
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
