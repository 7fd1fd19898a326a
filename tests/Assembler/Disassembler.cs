using System.Globalization;
using System.Text;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.SpirvAssembler;

/// <summary>Prints a module as text that <see cref="Assembler"/> turns into the same words (the generator's number
/// aside).</summary>
public static class Disassembler
{
    /// <summary>The whole module, one instruction a line, after comments with version and bound.</summary>
    public static string Disassemble(Module module)
    {
        var text = new StringBuilder();
        text.Append($"; SPIR-V\n; Version: 1.{module.Version & 15}\n; Bound: {module.Bound}\n");
        var parser = new OperandParser(module);
        foreach (ref readonly Instruction i in module.Instructions)
        {
            Append(text, module, parser, i);
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>One instruction.</summary>
    public static string Print(Module module, in Instruction instruction)
    {
        var text = new StringBuilder();
        Append(text, module, new OperandParser(module), instruction);
        return text.ToString();
    }

    private static void Append(StringBuilder text, Module module, OperandParser parser, in Instruction i)
    {
        if (!parser.Parse(i.Offset, i.WordCount))
            throw new InvalidOperationException(parser.Error);
        if (i.Result != 0)
            text.Append($"%{i.Result} = ");
        text.Append(InstructionTable.Name(i.Opcode));
        uint numberType = i.Opcode == Opcode.OpSwitch ? module.TypeIdOf(module.Operands(i)[0]) : i.ResultType;
        foreach (Operand operand in parser.Operands)
        {
            if (operand.Kind == OperandKind.IdResult)
                continue;
            text.Append(' ');
            Append(text, module, operand, i.Opcode, numberType);
        }
    }

    private static void Append(StringBuilder text, Module module, Operand operand, Opcode opcode, uint numberType)
    {
        uint word = module.Words[operand.Offset];
        switch (EnumerantTable.Category(operand.Kind))
        {
            case OperandCategory.Id:
                text.Append($"%{word}");
                return;
            case OperandCategory.ValueEnum:
                text.Append(EnumerantTable.Name(operand.Kind, word));
                return;
            case OperandCategory.BitEnum:
                AppendMask(text, operand.Kind, word);
                return;
        }
        switch (operand.Kind)
        {
            case OperandKind.LiteralString:
                string s = LiteralString.Decode(module.Words.Slice(operand.Offset, operand.WordCount));
                text.Append('"').Append(s.Replace("\\", "\\\\", StringComparison.Ordinal)
                    .Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
                break;
            case OperandKind.LiteralSpecConstantOpInteger:
                text.Append(InstructionTable.Name((Opcode)word).AsSpan(2));
                break;
            case OperandKind.LiteralExtInstInteger:
                uint set = module.Words[operand.Offset - 1];
                text.Append(module.StringOf(set) == "GLSL.std.450" ? ((GlslStd450)word).ToString()
                    : word.ToString(CultureInfo.InvariantCulture));
                break;
            case OperandKind.LiteralContextDependentNumber:
            case OperandKind.LiteralInteger when opcode == Opcode.OpSwitch:
                ulong bits = operand.WordCount == 2 ? word | (ulong)module.Words[operand.Offset + 1] << 32 : word;
                text.Append(NumberText.Print(bits, module.Type(numberType)));
                break;
            default:
                text.Append(word.ToString(CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void AppendMask(StringBuilder text, OperandKind kind, uint mask)
    {
        if (mask == 0)
        {
            text.Append("None");
            return;
        }
        bool first = true;
        for (int bit = 0; bit < 32; bit++)
        {
            if ((mask >> bit & 1) == 0)
                continue;
            if (!first)
                text.Append('|');
            first = false;
            text.Append(EnumerantTable.Name(kind, 1u << bit));
        }
    }
}
