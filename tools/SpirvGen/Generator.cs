namespace ShaderJit.SpirvGen;

/// <summary>Turns the SPIR-V grammar into the C# files of compiler/Spirv/Generated.</summary>
public static class Generator
{
    /// <summary>Where Debian's spirv-headers keeps the grammar.</summary>
    public const string DefaultGrammarFolder = "/usr/include/spirv/unified1";

    /// <summary>True where the grammar files are there.</summary>
    public static bool IsAvailable(string grammarFolder) => File.Exists(Path.Combine(grammarFolder, Grammar.CoreFile))
        && File.Exists(Path.Combine(grammarFolder, Grammar.GlslFile));

    /// <summary>The digest that <see cref="Generate"/> writes into each file.</summary>
    public static string Digest(string grammarFolder) => Grammar.Load(grammarFolder).Digest;

    /// <summary>File names and texts, in a fixed order. The same grammar gives the same texts.</summary>
    public static IEnumerable<(string Name, string Text)> Generate(string grammarFolder)
    {
        Grammar grammar = Grammar.Load(grammarFolder);
        yield return ("Opcode.g.cs", EnumWriter.WriteOpcodes(grammar));
        yield return ("Enums.g.cs", EnumWriter.WriteEnums(grammar));
        yield return ("GlslStd450.g.cs", EnumWriter.WriteGlsl(grammar));
        yield return ("InstructionData.g.cs", TableWriter.WriteInstructions(grammar));
        yield return ("EnumerantData.g.cs", TableWriter.WriteEnumerants(grammar));
    }
}
