using System.Numerics;

namespace ShaderJit.Compiler.Spirv;

/// <summary>One operand of an instruction.</summary>
/// <param name="Offset">Word offset in the module.</param>
/// <param name="WordCount">Words: more than one for strings and wide literals.</param>
public readonly record struct Operand(OperandKind Kind, int Offset, int WordCount);

/// <summary>
/// Splits an instruction into its operands by the grammar, and finds the first word that does not fit. Literals whose
/// width depends on a type look that type up in the module, so it must be defined by then.
/// </summary>
public sealed class OperandParser
{
    private readonly Module module;
    private readonly List<Operand> operands;
    private readonly bool keeps;
    private int first, at, end;
    private Opcode opcode;
    private uint resultType;

    public OperandParser(Module module)
        : this(module, [], keeps: false)
    {
    }

    /// <param name="operands">Gets the operands of each instruction.</param>
    /// <param name="keeps">Whether those of one instruction follow those of the one before, instead of taking their
    /// place.</param>
    internal OperandParser(Module module, List<Operand> operands, bool keeps)
    {
        this.module = module;
        this.operands = operands;
        this.keeps = keeps;
    }

    /// <summary>The operands, result type and result included, of the instruction parsed last. Pairs are split.</summary>
    public List<Operand> Operands => operands;

    /// <summary>What is wrong, where <see cref="Parse"/> gave false.</summary>
    public string Error { get; private set; } = "";

    /// <summary>Word offset of what is wrong.</summary>
    public int ErrorOffset { get; private set; }

    /// <summary>Parses the instruction at a word offset. Its words must lie within the module.</summary>
    public bool Parse(int offset, int wordCount)
    {
        if (!keeps)
            operands.Clear();
        first = operands.Count;
        opcode = (Opcode)(module.WordArray[offset] & 0xFFFF);
        resultType = 0;
        at = offset + 1;
        end = offset + wordCount;
        InstructionInfo info = InstructionTable.Info(opcode);
        if (!info.IsKnown)
            return Fail(offset, $"opcode {(int)opcode} is not known");
        for (int i = 0; i < info.OperandCount; i++)
        {
            if (!ParsePlace(info.Operand(i)))
                return false;
        }
        return at == end || Fail(at, $"{info.Name} has {end - at} words too many");
    }

    private bool ParsePlace(OperandSpec spec)
    {
        switch (spec.Quantifier)
        {
            case Quantifier.One:
                return ParseOperand(spec.Kind);
            case Quantifier.Optional:
                return at == end || ParseOperand(spec.Kind);
            case Quantifier.Many:
                while (at < end)
                {
                    if (!ParseOperand(spec.Kind))
                        return false;
                }
                return true;
        }
        return true;
    }

    private bool ParseOperand(OperandKind kind)
    {
        if (at >= end)
            return Fail(at, $"{InstructionTable.Name(opcode)} ends before its {kind}");
        switch (EnumerantTable.Category(kind))
        {
            case OperandCategory.Id:
                return ParseId(kind);
            case OperandCategory.ValueEnum:
                EnumerantInfo value = EnumerantTable.Info(kind, module.WordArray[at]);
                if (!value.IsKnown)
                    return Fail(at, $"{module.WordArray[at]} is not a known {kind}");
                Take(kind, 1);
                return ParseParameters(value);
            case OperandCategory.BitEnum:
                return ParseMask(kind);
            case OperandCategory.Literal:
                return ParseLiteral(kind);
            case OperandCategory.Composite:
                return ParsePair(kind);
        }
        return true;
    }

    private bool ParseId(OperandKind kind)
    {
        uint id = module.WordArray[at];
        if (id == 0 || id >= module.Bound)
            return Fail(at, $"id {id} is not within 1 and the bound {module.Bound}");
        if (kind == OperandKind.IdResultType)
            resultType = id;
        Take(kind, 1);
        return true;
    }

    private bool ParseMask(OperandKind kind)
    {
        uint mask = module.WordArray[at];
        int start = at;
        Take(kind, 1);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            EnumerantInfo bit = EnumerantTable.Info(kind, 1u << BitOperations.TrailingZeroCount(rest));
            if (!bit.IsKnown)
                return Fail(start, $"0x{mask:X} has bits that are not a known {kind}");
            if (!ParseParameters(bit))
                return false;
        }
        return true;
    }

    private bool ParseParameters(EnumerantInfo enumerant)
    {
        for (int i = 0; i < enumerant.ParameterCount; i++)
        {
            if (!ParsePlace(enumerant.Parameter(i)))
                return false;
        }
        return true;
    }

    private bool ParseLiteral(OperandKind kind)
    {
        switch (kind)
        {
            case OperandKind.LiteralString:
                int words = LiteralString.WordCount(module.WordArray.AsSpan(at, end - at));
                if (words == 0)
                    return Fail(at, $"the string of {InstructionTable.Name(opcode)} does not end");
                Take(kind, words);
                return true;
            case OperandKind.LiteralContextDependentNumber:
                return ParseNumber(kind, resultType);
            case OperandKind.LiteralSpecConstantOpInteger:
                return ParseNested();
            default:
                Take(kind, 1);
                return true;
        }
    }

    // A number of as many words as a type has, at least one.
    private bool ParseNumber(OperandKind kind, uint typeId)
    {
        if (!module.TryType(typeId, out TypeInfo type) || !(type.IsInt || type.IsFloat))
            return Fail(at, $"the number in {InstructionTable.Name(opcode)} has no integer or floating-point type");
        int words = type.Width > 32 ? 2 : 1;
        if (end - at < words)
            return Fail(at, $"{InstructionTable.Name(opcode)} ends within a number of {type.Width} bits");
        Take(kind, words);
        return true;
    }

    // OpSpecConstantOp: an opcode, and that instruction's operands without result type and result.
    private bool ParseNested()
    {
        uint nested = module.WordArray[at];
        InstructionInfo info = nested <= ushort.MaxValue ? InstructionTable.Info((Opcode)nested) : new(-1);
        if (!info.IsKnown || !info.HasResultType || info.Opcode is Opcode.OpSpecConstantOp or Opcode.OpConstant
            or Opcode.OpSpecConstant)
            return Fail(at, $"opcode {nested} cannot be the operation of OpSpecConstantOp");
        Take(OperandKind.LiteralSpecConstantOpInteger, 1);
        for (int i = 2; i < info.OperandCount; i++)
        {
            if (!ParsePlace(info.Operand(i)))
                return false;
        }
        return true;
    }

    private bool ParsePair(OperandKind kind)
    {
        switch (kind)
        {
            case OperandKind.PairIdRefIdRef:
                return ParseOperand(OperandKind.IdRef) && ParseOperand(OperandKind.IdRef);
            case OperandKind.PairIdRefLiteralInteger:
                return ParseOperand(OperandKind.IdRef) && ParseOperand(OperandKind.LiteralInteger);
            default:
                // PairLiteralIntegerIdRef stands in OpSwitch only: the literal has the type of the selector.
                return ParseNumber(OperandKind.LiteralInteger, module.TypeIdOf(module.WordArray[operands[first].Offset]))
                    && ParseOperand(OperandKind.IdRef);
        }
    }

    private void Take(OperandKind kind, int words)
    {
        operands.Add(new(kind, at, words));
        at += words;
    }

    private bool Fail(int offset, string message)
    {
        Error = message;
        ErrorOffset = offset;
        return false;
    }
}
