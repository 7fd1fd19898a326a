using System.Buffers.Binary;

namespace ShaderJit.Compiler.Spirv;

/// <summary>
/// Makes a <see cref="Module"/> from words. What it guarantees stands there. It takes any words at all: what does not
/// fit ends in one diagnostic, in time and memory proportional to the words plus the (limited) id bound.
/// </summary>
public sealed class ModuleReader
{
    /// <summary>First word of every module.</summary>
    public const uint Magic = 0x07230203;

    /// <summary>Largest id bound taken; the specification's universal limit is one less.</summary>
    public const uint MaxBound = 1 << 22;

    private const int HeaderWords = 5;

    private readonly Module module;
    private readonly List<Diagnostic> diagnostics;
    private readonly OperandParser parser;
    private readonly FunctionReader functions;
    private readonly SectionOrder sections = new();

    private ModuleReader(Module module, List<Diagnostic> diagnostics)
    {
        this.module = module;
        this.diagnostics = diagnostics;
        parser = new(module, module.OperandList, keeps: true);
        functions = new(module);
    }

    /// <summary>Reads a module in either byte order. Null, and one more diagnostic, for words that are no module.</summary>
    public static Module? Read(ReadOnlySpan<uint> words, List<Diagnostic> diagnostics)
    {
        uint[]? own = ReadHeader(words, diagnostics);
        if (own == null)
            return null;
        ForeignStages.Remove(own);
        var reader = new ModuleReader(new Module(own, own[3]), diagnostics);
        return reader.ReadInstructions() ? reader.module : null;
    }

    private static uint[]? ReadHeader(ReadOnlySpan<uint> words, List<Diagnostic> diagnostics)
    {
        string? error = null;
        int offset = 0;
        uint[] own = words.ToArray();
        if (own.Length < HeaderWords)
        {
            error = $"a module has at least {HeaderWords} words, not {own.Length}";
        }
        else
        {
            if (own[0] == BinaryPrimitives.ReverseEndianness(Magic))
                BinaryPrimitives.ReverseEndianness(own, own);
            if (own[0] != Magic)
                error = $"a module starts with 0x{Magic:X8}, not 0x{own[0]:X8}";
            else if ((own[1] & 0xFF0000FF) != 0 || own[1] >> 16 != 1 || ((own[1] >> 8) & 0xFF) > 6)
                (offset, error) = (1, $"SPIR-V version {own[1] >> 16}.{(own[1] >> 8) & 0xFF} is not supported; 1.0 to 1.6 are");
            else if (own[3] is 0 or > MaxBound)
                (offset, error) = (3, $"the id bound {own[3]} is not within 1 and {MaxBound}");
            else if (own[4] != 0)
                (offset, error) = (4, $"the header's schema is 0, not {own[4]}");
        }
        if (error == null)
            return own;
        diagnostics.Add(new(offset, error));
        return null;
    }

    /// <summary>The import of NonSemantic.Shader.DebugInfo.100; 0 where there is none.</summary>
    private uint debugInfo;

    private bool ReadInstructions()
    {
        uint[] words = module.WordArray;
        for (int at = HeaderWords; at < words.Length;)
        {
            int count = (int)(words[at] >> 16);
            if (count == 0)
                return Fail(at, "an instruction has no words");
            if (count > words.Length - at)
                return Fail(at, $"an instruction of {count} words goes beyond the module's end");
            if (!ReadInstruction(at, count))
                return false;
            at += count;
        }
        if (functions.UnfinishedError is { } unfinished)
            return Fail(words.Length, unfinished);
        if (!sections.HasMemoryModel)
            return Fail(words.Length, "the module has no OpMemoryModel");
        module.DecorationTable.Seal();
        return true;
    }

    private bool ReadInstruction(int at, int count)
    {
        int firstOperand = module.OperandList.Count;
        if (!parser.Parse(at, count))
            return Fail(parser.ErrorOffset, parser.Error);
        var opcode = (Opcode)(module.WordArray[at] & 0xFFFF);
        if (sections.Enter(opcode, functions.IsInFunction, FunctionStorage(opcode, at)) is { } disorder)
            return Fail(at, disorder);

        InstructionInfo info = InstructionTable.Info(opcode);
        uint resultType = info.HasResultType ? module.WordArray[at + 1] : 0;
        uint result = info.HasResult ? module.WordArray[at + (info.HasResultType ? 2 : 1)] : 0;
        int index = module.InstructionList.Count;
        if (result != 0)
        {
            if (module.DefinitionIndex[result] >= 0)
                return Fail(at, $"id {result} is defined a second time");
            // OpTypeForwardPointer has no result: it names a pointer type that comes later.
            module.DefinitionIndex[result] = index;
        }
        int table = -1;
        if (info.Class == InstructionClass.TypeDeclaration && result != 0)
        {
            table = module.TypeList.Count;
            if (TypeReader.Read(module, opcode, at, count, result, out string? error) is not { } type)
                return Fail(at, error!);
            module.TypeList.Add(type);
        }
        else if (opcode == Opcode.OpLabel)
        {
            table = module.BlockList.Count;
        }
        else if (opcode == Opcode.OpFunction)
        {
            table = module.FunctionList.Count;
        }
        var instruction = new Instruction(opcode, at, count, resultType, result, table);
        module.InstructionList.Add(instruction);
        module.OperandStart.Add(firstOperand);
        if (functions.Add(instruction, index) is { } badFunction)
            return Fail(at, badFunction);
        return Record(instruction, index);
    }

    // The storage class of an OpVariable says which section it belongs to.
    private bool FunctionStorage(Opcode opcode, int at) => opcode == Opcode.OpVariable
        && module.WordArray[at + 3] == (uint)StorageClass.Function;

    private bool Record(in Instruction i, int index)
    {
        ReadOnlySpan<uint> operands = module.Operands(i);
        switch (i.Opcode)
        {
            case Opcode.OpCapability:
                module.CapabilityList.Add((Capability)operands[0]);
                break;
            case Opcode.OpExtension:
                module.ExtensionList.Add(LiteralString.Decode(operands));
                break;
            case Opcode.OpMemoryModel:
                module.AddressingModel = (AddressingModel)operands[0];
                module.MemoryModel = (MemoryModel)operands[1];
                break;
            case Opcode.OpEntryPoint:
                int name = LiteralString.WordCount(operands[2..]);
                module.EntryPointList.Add(new((ExecutionModel)operands[0], operands[1], LiteralString.Decode(operands[2..]),
                    i.OperandOffset + 2 + name, operands.Length - 2 - name, index));
                break;
            case Opcode.OpExecutionMode:
            case Opcode.OpExecutionModeId:
                module.ExecutionModeList.Add(new(operands[0], (ExecutionMode)operands[1], i.OperandOffset + 2,
                    operands.Length - 2, index));
                break;
            case Opcode.OpExtInstImport:
                if (LiteralString.Decode(operands) == DebugLines.SetName)
                    debugInfo = i.Result;
                break;
            case Opcode.OpExtInst:
                if (operands[0] == debugInfo && functions.IsInFunction)
                    DebugLines.Record(module, index, operands);
                break;
            case Opcode.OpLine:
                module.LineTable.Set(index, operands[0], operands[1], operands[2]);
                break;
            case Opcode.OpNoLine:
                module.LineTable.Clear(index);
                break;
            case Opcode.OpMemberName:
            case Opcode.OpDecorate:
            case Opcode.OpDecorateId:
            case Opcode.OpDecorateString:
            case Opcode.OpMemberDecorate:
            case Opcode.OpMemberDecorateString:
            case Opcode.OpGroupDecorate:
            case Opcode.OpGroupMemberDecorate:
                return RecordAnnotation(i, index, operands);
        }
        if (functions.EndsLine)
            module.LineTable.Clear(index + 1);
        return true;
    }

    private bool RecordAnnotation(in Instruction i, int index, ReadOnlySpan<uint> operands)
    {
        DecorationTable table = module.DecorationTable;
        bool fits = true;
        switch (i.Opcode)
        {
            case Opcode.OpMemberName:
                return operands[1] <= MaxMember || Fail(i.Offset, $"member {operands[1]} is beyond every struct");
            case Opcode.OpMemberDecorate:
            case Opcode.OpMemberDecorateString:
                if (operands[1] > MaxMember)
                    return Fail(i.Offset, $"member {operands[1]} is beyond every struct");
                fits = table.TryAdd(new(operands[0], (int)operands[1], (Decoration)operands[2], i.OperandOffset + 3,
                    operands.Length - 3, index));
                break;
            case Opcode.OpGroupDecorate:
                for (int k = 1; k < operands.Length && fits; k++)
                    fits = table.TryApplyGroup(operands[0], operands[k], -1, index);
                break;
            case Opcode.OpGroupMemberDecorate:
                for (int k = 1; k + 1 < operands.Length && fits; k += 2)
                {
                    if (operands[k + 1] > MaxMember)
                        return Fail(i.Offset, $"member {operands[k + 1]} is beyond every struct");
                    fits = table.TryApplyGroup(operands[0], operands[k], (int)operands[k + 1], index);
                }
                break;
            default:
                fits = table.TryAdd(new(operands[0], -1, (Decoration)operands[1], i.OperandOffset + 2, operands.Length - 2, index));
                break;
        }
        return fits || Fail(i.Offset, "the module has too many decorations");
    }

    /// <summary>The specification's universal limit: 16,383 members.</summary>
    private const uint MaxMember = 16_383;

    private bool Fail(int offset, string message)
    {
        diagnostics.Add(new(offset, message));
        return false;
    }
}
