namespace ShaderJit.Compiler.Spirv;

/// <summary>What the words of an operand kind are.</summary>
public enum OperandCategory : byte { Id, Literal, ValueEnum, BitEnum, Composite }

/// <summary>The grammar's row of a value or bit of an operand kind.</summary>
public readonly struct EnumerantInfo
{
    private readonly int row;

    internal EnumerantInfo(int row) => this.row = row;

    /// <summary>False for a value that the grammar does not have; then nothing else may be asked.</summary>
    public bool IsKnown => row >= 0;
    public string Name => EnumerantData.Names[row];
    public uint Value => EnumerantData.Values[row];

    public int ParameterCount => EnumerantData.ParameterStart[row + 1] - EnumerantData.ParameterStart[row];
    public OperandSpec Parameter(int index) => new(EnumerantData.Parameters[EnumerantData.ParameterStart[row] + index]);

    /// <summary>
    /// Capabilities of which a module must declare one. For a capability: those that it brings with it.
    /// </summary>
    public ReadOnlySpan<ushort> Capabilities =>
        EnumerantData.Capabilities[EnumerantData.CapabilityStart[row]..EnumerantData.CapabilityStart[row + 1]];

    /// <summary>First SPIR-V version that has it in the core, as major * 16 + minor; 255 for none.</summary>
    public int Version => EnumerantData.Versions[row];

    /// <summary>Extensions, separated by blanks, of which one makes it available before <see cref="Version"/>.</summary>
    public string Extensions => RequirementNames.Find(EnumerantData.Extensions, row);
}

/// <summary>The operand kinds of the grammar with their values and bits.</summary>
public static class EnumerantTable
{
    public static OperandCategory Category(OperandKind kind) => (OperandCategory)EnumerantData.Categories[(int)kind];

    /// <summary>The rows of a kind, by ascending value.</summary>
    public static int Count(OperandKind kind) => EnumerantData.KindStart[(int)kind + 1] - EnumerantData.KindStart[(int)kind];

    public static EnumerantInfo Row(OperandKind kind, int index) => new(EnumerantData.KindStart[(int)kind] + index);

    public static EnumerantInfo Info(OperandKind kind, uint value)
    {
        int low = EnumerantData.KindStart[(int)kind], high = EnumerantData.KindStart[(int)kind + 1] - 1;
        ReadOnlySpan<uint> values = EnumerantData.Values;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            if (values[middle] == value)
                return new(middle);
            if (values[middle] < value)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return new(-1);
    }

    /// <summary>The specification's name of a value, or its number.</summary>
    public static string Name(OperandKind kind, uint value)
    {
        EnumerantInfo info = Info(kind, value);
        return info.IsKnown ? info.Name : $"{kind} {value}";
    }

    /// <summary>Finds a value by its name or by one of its older names.</summary>
    public static bool TryParse(OperandKind kind, string name, out EnumerantInfo info)
    {
        int start = EnumerantData.KindStart[(int)kind], end = EnumerantData.KindStart[(int)kind + 1];
        for (int i = start; i < end; i++)
        {
            if (EnumerantData.Names[i] == name)
            {
                info = new(i);
                return true;
            }
        }
        foreach ((ushort row, string alias) in EnumerantData.Aliases)
        {
            if (row >= start && row < end && alias == name)
            {
                info = new(row);
                return true;
            }
        }
        info = new(-1);
        return false;
    }

    /// <summary>Name of a capability.</summary>
    public static string Name(Capability capability) => Name(OperandKind.Capability, (uint)capability);

    public static string Name(Decoration decoration) => Name(OperandKind.Decoration, (uint)decoration);

    public static string Name(StorageClass storageClass) => Name(OperandKind.StorageClass, (uint)storageClass);

    public static string Name(BuiltIn builtIn) => Name(OperandKind.BuiltIn, (uint)builtIn);

    public static string Name(ExecutionMode mode) => Name(OperandKind.ExecutionMode, (uint)mode);

    public static string Name(ExecutionModel model) => Name(OperandKind.ExecutionModel, (uint)model);
}
