namespace ShaderJit.Compiler.Spirv;

/// <summary>One instruction of a module: where its words are, and what they define.</summary>
/// <remarks>Read its operands with <see cref="Module.Operands(in Instruction)"/>.</remarks>
public readonly struct Instruction
{
    /// <summary>Word offset of the first word in the module.</summary>
    public readonly int Offset;

    /// <summary>Result type id, or 0.</summary>
    public readonly uint ResultType;

    /// <summary>Result id, or 0.</summary>
    public readonly uint Result;

    public readonly Opcode Opcode;

    /// <summary>Words of the instruction, the first included.</summary>
    public readonly ushort WordCount;

    // For a type, its index in the type table; for OpLabel, of its block; for OpFunction, of its function; else -1.
    internal readonly int TableIndex;

    internal Instruction(Opcode opcode, int offset, int wordCount, uint resultType, uint result, int tableIndex)
    {
        Opcode = opcode;
        Offset = offset;
        WordCount = (ushort)wordCount;
        ResultType = resultType;
        Result = result;
        TableIndex = tableIndex;
    }

    /// <summary>Word offset of the first operand after result type and result.</summary>
    public int OperandOffset => Offset + 1 + (ResultType != 0 ? 1 : 0) + (Result != 0 ? 1 : 0);

    public override string ToString() => InstructionTable.Name(Opcode);
}
