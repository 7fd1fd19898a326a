using System.Runtime.InteropServices;

namespace ShaderJit.Compiler.Spirv;

/// <summary>
/// A SPIR-V module: its words, and tables over them. Ids are the module's own; instructions, blocks and functions are
/// named by index. Nothing is allocated per instruction.
/// </summary>
/// <remarks>
/// <see cref="ModuleReader"/> makes it and guarantees: every instruction lies within the words and has the operands of
/// its grammar row; ids are above 0 and below the bound; no id is defined twice; types refer to earlier types; functions
/// consist of blocks that end in one terminator. What the operands mean is the validator's business: before it has run,
/// a type id may name a label.
/// </remarks>
public sealed partial class Module
{
    internal readonly uint[] WordArray;
    internal readonly int[] DefinitionIndex;
    internal readonly List<Instruction> InstructionList;
    internal readonly List<Operand> OperandList;

    /// <summary>Where each instruction's operands begin in <see cref="OperandList"/>.</summary>
    internal readonly List<int> OperandStart;
    internal readonly List<TypeInfo> TypeList = [];
    internal readonly List<FunctionInfo> FunctionList = [];
    internal readonly List<BlockInfo> BlockList = [];
    internal readonly List<uint> ParameterList = [];
    internal readonly List<EntryPoint> EntryPointList = [];
    internal readonly List<ExecutionModeEntry> ExecutionModeList = [];
    internal readonly List<Capability> CapabilityList = [];
    internal readonly List<string> ExtensionList = [];
    internal readonly DecorationTable DecorationTable = new();
    internal readonly LineTable LineTable = new();

    internal Module(uint[] words, uint bound)
    {
        WordArray = words;
        Bound = bound;
        // What most modules need; a long one that is none need not be taken at its word.
        int likely = Math.Min(words.Length, 1 << 16);
        InstructionList = new(likely / 4);
        OperandStart = new(likely / 4);
        OperandList = new(likely * 3 / 4);
        DefinitionIndex = new int[bound];
        Array.Fill(DefinitionIndex, -1);
    }

    /// <summary>All words in host order, the five of the header included.</summary>
    public ReadOnlySpan<uint> Words => WordArray;

    /// <summary>SPIR-V version: major * 16 + minor, so 0x13 for 1.3.</summary>
    public int Version => (int)((WordArray[1] >> 16 << 4) | ((WordArray[1] >> 8) & 15));

    /// <summary>The generator's magic number.</summary>
    public uint Generator => WordArray[2];

    /// <summary>All ids are below this.</summary>
    public uint Bound { get; }

    public AddressingModel AddressingModel { get; internal set; }
    public MemoryModel MemoryModel { get; internal set; }

    /// <summary>Capabilities that the module declares, without those that they imply.</summary>
    public IReadOnlyList<Capability> Capabilities => CapabilityList;
    public IReadOnlyList<string> Extensions => ExtensionList;
    public ReadOnlySpan<Instruction> Instructions => CollectionsMarshal.AsSpan(InstructionList);
    public ReadOnlySpan<FunctionInfo> Functions => CollectionsMarshal.AsSpan(FunctionList);

    /// <summary>The blocks of all functions, those of a function together and in its order.</summary>
    public ReadOnlySpan<BlockInfo> Blocks => CollectionsMarshal.AsSpan(BlockList);
    public ReadOnlySpan<EntryPoint> EntryPoints => CollectionsMarshal.AsSpan(EntryPointList);
    public ReadOnlySpan<ExecutionModeEntry> ExecutionModes => CollectionsMarshal.AsSpan(ExecutionModeList);

    // Instructions and ids -------------------------------------------------------------------------------------------

    public ref readonly Instruction Instruction(int index) => ref CollectionsMarshal.AsSpan(InstructionList)[index];

    /// <summary>The operands of an instruction as the grammar splits them, result type and result included.</summary>
    internal ReadOnlySpan<Operand> ParsedOperands(int instruction)
    {
        int start = OperandStart[instruction];
        int end = instruction + 1 < OperandStart.Count ? OperandStart[instruction + 1] : OperandList.Count;
        return CollectionsMarshal.AsSpan(OperandList)[start..end];
    }

    /// <summary>The words after result type and result.</summary>
    public ReadOnlySpan<uint> Operands(in Instruction instruction) => WordArray.AsSpan(instruction.OperandOffset,
        instruction.Offset + instruction.WordCount - instruction.OperandOffset);

    /// <summary>Index of the instruction that defines an id; -1 where there is none.</summary>
    public int DefinitionOf(uint id) => id < Bound ? DefinitionIndex[id] : -1;

    /// <summary>The instruction that defines an id. The id must be defined.</summary>
    public ref readonly Instruction Definition(uint id) => ref Instruction(DefinitionIndex[id]);

    /// <summary>Opcode of the instruction that defines an id; OpNop where there is none.</summary>
    public Opcode OpcodeOf(uint id)
    {
        int index = DefinitionOf(id);
        return index < 0 ? Opcode.OpNop : Instruction(index).Opcode;
    }

    /// <summary>Result type id of the instruction that defines an id; 0 where there is none.</summary>
    public uint TypeIdOf(uint id)
    {
        int index = DefinitionOf(id);
        return index < 0 ? 0 : Instruction(index).ResultType;
    }

    // Types ----------------------------------------------------------------------------------------------------------

    /// <summary>All types, in the module's order.</summary>
    public ReadOnlySpan<TypeInfo> Types => CollectionsMarshal.AsSpan(TypeList);

    public bool IsType(uint id)
    {
        int index = DefinitionOf(id);
        return index >= 0 && IsType(Instruction(index));
    }

    /// <summary>The type that an id names. The id must name one.</summary>
    public ref readonly TypeInfo Type(uint typeId) =>
        ref CollectionsMarshal.AsSpan(TypeList)[Instruction(DefinitionIndex[typeId]).TableIndex];

    public bool TryType(uint typeId, out TypeInfo type)
    {
        bool found = IsType(typeId);
        type = found ? Type(typeId) : default;
        return found;
    }

    /// <summary>The type of the value that an id names. The id must name a value.</summary>
    public ref readonly TypeInfo TypeOf(uint valueId) => ref Type(Instruction(DefinitionIndex[valueId]).ResultType);

    public bool TryTypeOf(uint valueId, out TypeInfo type) => TryType(TypeIdOf(valueId), out type);

    /// <summary>What an image type says.</summary>
    public ImageInfo Image(in TypeInfo type) => new(WordArray.AsSpan(type.MemberOffset, type.Count));

    /// <summary>Member types of a struct, or parameter types of a function type.</summary>
    public ReadOnlySpan<uint> Members(in TypeInfo type) => WordArray.AsSpan(type.MemberOffset, type.Count);

    internal static bool IsType(in Instruction i) => i.TableIndex >= 0
        && i.Opcode is not (Opcode.OpLabel or Opcode.OpFunction);

    // Functions ------------------------------------------------------------------------------------------------------

    public ReadOnlySpan<uint> Parameters(in FunctionInfo function) =>
        CollectionsMarshal.AsSpan(ParameterList).Slice(function.FirstParameter, function.ParameterCount);

    public ReadOnlySpan<BlockInfo> BlocksOf(in FunctionInfo function) => Blocks.Slice(function.FirstBlock, function.BlockCount);

    /// <summary>Index into <see cref="Functions"/> of the function that an id names; -1 where it names none.</summary>
    public int FunctionIndexOf(uint id) => TableIndexOf(id, Opcode.OpFunction);

    /// <summary>Index into <see cref="Blocks"/> of the block that a label names; -1 where it names none.</summary>
    public int BlockIndexOf(uint label) => TableIndexOf(label, Opcode.OpLabel);

    private int TableIndexOf(uint id, Opcode opcode)
    {
        int index = DefinitionOf(id);
        return index >= 0 && Instruction(index).Opcode == opcode ? Instruction(index).TableIndex : -1;
    }

    /// <summary>The block's terminator.</summary>
    public ref readonly Instruction Terminator(in BlockInfo block) => ref Instruction(block.Terminator);

    /// <summary>Cases of an OpSwitch.</summary>
    public int SwitchCaseCount(in Instruction @switch) => (Operands(@switch).Length - 2) / (SwitchLiteralWords(@switch) + 1);

    public SwitchCase SwitchCase(in Instruction @switch, int index)
    {
        int literal = SwitchLiteralWords(@switch);
        ReadOnlySpan<uint> words = Operands(@switch)[(2 + index * (literal + 1))..];
        ulong value = literal == 2 ? words[0] | (ulong)words[1] << 32 : words[0];
        int width = TypeOf(Operands(@switch)[0]).Width;
        return new(width < 64 ? value & ((1UL << width) - 1) : value, words[literal]);
    }

    private int SwitchLiteralWords(in Instruction @switch) => TypeOf(Operands(@switch)[0]).Width > 32 ? 2 : 1;

    // Constants ------------------------------------------------------------------------------------------------------

    /// <summary>The bits, zero-extended, of OpConstant, OpConstantTrue, OpConstantFalse, or OpConstantNull of a
    /// scalar. False for everything else, specialization constants too.</summary>
    public bool TryConstant(uint id, out ulong bits)
    {
        bits = 0;
        int index = DefinitionOf(id);
        if (index < 0)
            return false;
        ref readonly Instruction i = ref Instruction(index);
        switch (i.Opcode)
        {
            case Opcode.OpConstantTrue:
                bits = 1;
                return true;
            case Opcode.OpConstantFalse:
                return true;
            case Opcode.OpConstantNull:
                return TryType(i.ResultType, out TypeInfo type) && type.IsScalar;
            case Opcode.OpConstant:
                bits = LiteralBits(i);
                return true;
        }
        return false;
    }

    /// <summary>The literal of an OpConstant or OpSpecConstant, zero-extended from the type's width.</summary>
    public ulong LiteralBits(in Instruction constant)
    {
        ReadOnlySpan<uint> words = Operands(constant);
        int width = Type(constant.ResultType).Width;
        ulong value = words.Length > 1 ? words[0] | (ulong)words[1] << 32 : words[0];
        return width < 64 ? value & ((1UL << width) - 1) : value;
    }

    // Strings, names, lines ------------------------------------------------------------------------------------------

    /// <summary>The text of an OpString or the name of an OpExtInstImport; empty where the id is neither.</summary>
    public string StringOf(uint id) => OpcodeOf(id) is Opcode.OpString or Opcode.OpExtInstImport
        ? LiteralString.Decode(Operands(Definition(id)))
        : "";

    /// <summary>Source lines, by ascending SPIR-V offset; each holds until the next. Line 0 ends a stretch.</summary>
    public IReadOnlyList<SourceLine> SourceLines() => LineTable.ToSourceLines(this);

    /// <summary>The source line of an instruction; Line is 0 where none is known.</summary>
    public SourceLine LineOf(int instruction) => LineTable.Find(this, instruction);
}
