namespace ShaderJit.Compiler.Spirv;

/// <summary>How many words' worth of operands a place in an instruction takes.</summary>
public enum Quantifier : byte { One, Optional, Many }

/// <summary>One place in an instruction's operand layout.</summary>
public readonly record struct OperandSpec(OperandKind Kind, Quantifier Quantifier)
{
    // The generated tables keep the kind in the low six bits and the quantifier above.
    internal OperandSpec(byte code) : this((OperandKind)(code & 63), (Quantifier)(code >> 6))
    {
    }
}

/// <summary>The grammar's row of an instruction.</summary>
public readonly struct InstructionInfo
{
    private readonly int row;

    internal InstructionInfo(int row) => this.row = row;

    /// <summary>False for an opcode that the grammar does not have; then nothing else may be asked.</summary>
    public bool IsKnown => row >= 0;
    public Opcode Opcode => (Opcode)InstructionData.Opcodes[row];
    public string Name => InstructionData.Names[row];
    public InstructionClass Class => (InstructionClass)InstructionData.Classes[row];

    public int OperandCount => InstructionData.OperandStart[row + 1] - InstructionData.OperandStart[row];
    public OperandSpec Operand(int index) => new(InstructionData.Operands[InstructionData.OperandStart[row] + index]);

    public bool HasResultType => OperandCount > 0 && Operand(0).Kind == OperandKind.IdResultType;
    public bool HasResult => OperandCount > 0
        && Operand(HasResultType && OperandCount > 1 ? 1 : 0).Kind == OperandKind.IdResult;

    /// <summary>Capabilities of which a module must declare one; none for an instruction that is always there.</summary>
    public ReadOnlySpan<ushort> Capabilities =>
        InstructionData.Capabilities[InstructionData.CapabilityStart[row]..InstructionData.CapabilityStart[row + 1]];

    /// <summary>First SPIR-V version that has it in the core, as major * 16 + minor; 255 for none.</summary>
    public int Version => InstructionData.Versions[row];

    /// <summary>Extensions, separated by blanks, of which one makes it available before <see cref="Version"/>.</summary>
    public string Extensions => RequirementNames.Find(InstructionData.Extensions, row);
}

/// <summary>The instructions of the grammar.</summary>
public static class InstructionTable
{
    private static readonly short[] RowOf = IndexRows();

    /// <summary>Above every opcode that is known.</summary>
    public static int OpcodeLimit => RowOf.Length;

    public static int Count => InstructionData.Opcodes.Length;

    public static InstructionInfo Row(int index) => new(index);

    public static InstructionInfo Info(Opcode opcode) => new((int)opcode < RowOf.Length ? RowOf[(int)opcode] : -1);

    /// <summary>The specification's name, or the number for an opcode that it does not have.</summary>
    public static string Name(Opcode opcode)
    {
        InstructionInfo info = Info(opcode);
        return info.IsKnown ? info.Name : $"opcode {(int)opcode}";
    }

    private static short[] IndexRows()
    {
        ReadOnlySpan<ushort> opcodes = InstructionData.Opcodes;
        short[] rows = new short[opcodes[^1] + 1];
        Array.Fill(rows, (short)-1);
        for (int i = 0; i < opcodes.Length; i++)
            rows[opcodes[i]] = (short)i;
        return rows;
    }
}

/// <summary>Finds the extensions of a row in a generated list.</summary>
internal static class RequirementNames
{
    public static string Find((ushort Row, string Names)[] list, int row)
    {
        int low = 0, high = list.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            if (list[middle].Row == row)
                return list[middle].Names;
            if (list[middle].Row < row)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return "";
    }
}
