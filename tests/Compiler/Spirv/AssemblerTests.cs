using System.Diagnostics;
using ShaderJit.Compiler.Spirv;
using ShaderJit.SpirvAssembler;
using Xunit;

namespace ShaderJit.Compiler.Tests.Spirv;

public sealed class AssemblerTests
{
    public static TheoryData<string> Kernels => new(KernelFiles.Names());

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Disassembly_assembles_to_the_same_words(string name)
    {
        uint[] words = KernelFiles.Words(name);
        Module module = ModuleReader.Read(words, [])!;
        uint[] again = Assembler.Assemble(Disassembler.Disassemble(module));
        words[2] = again[2];
        Assert.Equal(words, again);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Agrees_with_spirv_as(string name)
    {
        string path = Path.Combine(KernelFiles.Folder, name);
        if (SpirvTools.Run("spirv-dis", "--raw-id", path) is not { } text)
            return;
        uint[] expected = SpirvTools.Assemble(text.Output, "--preserve-numeric-ids", "--target-env", "spv1.3")!;
        uint[] actual = Assembler.Assemble(text.Output);
        actual[2] = expected[2];
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData("OpTypeFloat 32", "0x1.8p+1", 0x40400000u)]
    [InlineData("OpTypeFloat 32", "-0x1p+128", 0xFF800000u)]
    [InlineData("OpTypeFloat 32", "0x1.8p+128", 0x7FC00000u)]
    [InlineData("OpTypeFloat 32", "0x1p-149", 1u)]
    [InlineData("OpTypeFloat 16", "1.5", 0x3E00u)]
    [InlineData("OpTypeInt 16 1", "-2", 0xFFFFFFFEu)]
    [InlineData("OpTypeInt 8 0", "255", 0xFFu)]
    [InlineData("OpTypeInt 32 0", "0xCAFE", 0xCAFEu)]
    [InlineData("OpTypeInt 32 1", "-1", 0xFFFFFFFFu)]
    public void Literals_follow_their_type(string type, string literal, uint word)
    {
        Assert.Equal(word, Assembler.Assemble($"%t = {type}\n%c = OpConstant %t {literal}")[^1]);
    }

    [Fact]
    public void Wide_literals_take_two_words()
    {
        uint[] words = Assembler.Assemble("%t = OpTypeInt 64 0\n%c = OpConstant %t 0x123456789");
        Assert.Equal([0x23456789u, 1u], words[^2..]);
    }

    [Theory]
    [InlineData("OpNonsense", "no instruction")]
    [InlineData("OpMemoryModel Logical", "missing")]
    [InlineData("%a = OpTypeVoid %b", "does not take")]
    [InlineData("OpCapability Nonsense", "no Capability")]
    [InlineData("OpName %a \"x", "does not end")]
    public void Errors_say_what_is_wrong(string text, string message)
    {
        Assert.Contains(message, Assert.Throws<AssemblyException>(() => Assembler.Assemble(text)).Message, StringComparison.Ordinal);
    }
}

/// <summary>Debian's spirv-tools, where they are there.</summary>
internal static class SpirvTools
{
    public static (int ExitCode, string Output)? Run(string tool, params string[] arguments)
    {
        if (!File.Exists("/usr/bin/" + tool))
            return null;
        var start = new ProcessStartInfo("/usr/bin/" + tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    public static uint[]? Assemble(string text, params string[] options)
    {
        string source = Path.GetTempFileName(), binary = Path.GetTempFileName();
        try
        {
            File.WriteAllText(source, text);
            return Run("spirv-as", [.. options, "-o", binary, source]) is (0, _) ? KernelFiles.ToWords(File.ReadAllBytes(binary)) : null;
        }
        finally
        {
            File.Delete(source);
            File.Delete(binary);
        }
    }

    /// <summary>Null where spirv-val is not there; else empty for a valid module, or what is wrong with it.</summary>
    public static string? Validate(ReadOnlySpan<uint> words, string environment)
    {
        string binary = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(binary, System.Runtime.InteropServices.MemoryMarshal.AsBytes(words).ToArray());
            return Run("spirv-val", "--target-env", environment, binary) is { } run ? run.ExitCode == 0 ? "" : run.Output : null;
        }
        finally
        {
            File.Delete(binary);
        }
    }
}
