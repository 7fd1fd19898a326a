namespace ShaderJit.Compiler.Spirv;

public sealed partial class Module
{
    private Dictionary<(uint Id, int Member), int>? nameOffsets;

    /// <summary>All decorations, sorted by target, member, decoration.</summary>
    public ReadOnlySpan<DecorationEntry> AllDecorations => DecorationTable.All;

    /// <summary>The decorations of an id, and after them those of its members.</summary>
    public ReadOnlySpan<DecorationEntry> DecorationsOf(uint id) => DecorationTable.Of(id);

    public ReadOnlySpan<uint> Operands(in DecorationEntry decoration) =>
        WordArray.AsSpan(decoration.OperandOffset, decoration.OperandCount);

    public bool HasDecoration(uint id, Decoration decoration) => DecorationTable.TryFind(id, -1, decoration, out _);

    public bool HasMemberDecoration(uint structType, int member, Decoration decoration) =>
        DecorationTable.TryFind(structType, member, decoration, out _);

    public bool TryDecoration(uint id, Decoration decoration, out DecorationEntry entry) =>
        DecorationTable.TryFind(id, -1, decoration, out entry);

    public bool TryMemberDecoration(uint structType, int member, Decoration decoration, out DecorationEntry entry) =>
        DecorationTable.TryFind(structType, member, decoration, out entry);

    /// <summary>First operand of a decoration: the number of Binding, DescriptorSet, SpecId, Location, BuiltIn...</summary>
    public bool TryDecoration(uint id, Decoration decoration, out uint value) => TryValue(id, -1, decoration, out value);

    public bool TryMemberDecoration(uint structType, int member, Decoration decoration, out uint value) =>
        TryValue(structType, member, decoration, out value);

    /// <summary>The BuiltIn that decorates a variable or constant.</summary>
    public bool TryBuiltIn(uint id, out BuiltIn builtIn)
    {
        bool found = TryValue(id, -1, Decoration.BuiltIn, out uint value);
        builtIn = (BuiltIn)value;
        return found;
    }

    // Layout ---------------------------------------------------------------------------------------------------------

    /// <summary>Offset of a struct's member, in bytes.</summary>
    public bool TryOffset(uint structType, int member, out uint bytes) => TryValue(structType, member, Decoration.Offset, out bytes);

    /// <summary>Bytes from one element to the next of an array or runtime array, or of what a pointer type points into.</summary>
    public bool TryArrayStride(uint type, out uint bytes) => TryValue(type, -1, Decoration.ArrayStride, out bytes);

    /// <summary>Bytes from one column (with RowMajor: row) to the next of a member that is a matrix or array of matrices.</summary>
    public bool TryMatrixStride(uint structType, int member, out uint bytes) =>
        TryValue(structType, member, Decoration.MatrixStride, out bytes);

    /// <summary>The stride of matrices that are not said to have one, in bytes: that of their columns in std430. SPIR-V demands MatrixStride of
    /// what a block holds; modules lack it all the same (Khronos' robustness tests), as spirv-val does not miss it in arrays.</summary>
    public uint UndecoratedMatrixStride(in TypeInfo matrix)
    {
        var column = Type(matrix.Element);
        return (uint)(Type(column.Element).Width / 8 * (column.Count == 3 ? 4 : column.Count));
    }

    /// <summary>True for RowMajor; without a decoration a matrix is ColMajor.</summary>
    public bool IsRowMajor(uint structType, int member) => HasMemberDecoration(structType, member, Decoration.RowMajor);

    private bool TryValue(uint id, int member, Decoration decoration, out uint value)
    {
        if (DecorationTable.TryFind(id, member, decoration, out DecorationEntry entry) && entry.OperandCount > 0)
        {
            value = WordArray[entry.OperandOffset];
            return true;
        }
        value = 0;
        return false;
    }

    // Names ----------------------------------------------------------------------------------------------------------

    /// <summary>The OpName of an id, or "%id" where it has none. For reports only.</summary>
    public string NameOf(uint id) => FindName(id, -1) ?? $"%{id}";

    /// <summary>The OpMemberName of a member, or its number where it has none. For reports only.</summary>
    public string MemberNameOf(uint structType, int member) => FindName(structType, member) ?? $"{member}";

    private string? FindName(uint id, int member)
    {
        if (nameOffsets == null)
        {
            nameOffsets = [];
            foreach (ref readonly Instruction i in Instructions)
            {
                if (i.Opcode == Opcode.OpName)
                    nameOffsets.TryAdd((WordArray[i.Offset + 1], -1), i.Offset + 2);
                else if (i.Opcode == Opcode.OpMemberName)
                    nameOffsets.TryAdd((WordArray[i.Offset + 1], (int)WordArray[i.Offset + 2]), i.Offset + 3);
            }
        }
        if (!nameOffsets.TryGetValue((id, member), out int offset))
            return null;
        string name = LiteralString.Decode(WordArray.AsSpan(offset));
        return name.Length > 0 ? name : null;
    }
}
