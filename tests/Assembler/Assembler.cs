using System.Globalization;
using System.Text.RegularExpressions;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.SpirvAssembler;

/// <summary>
/// Assembles the text form of SPIR-V that spirv-as and spirv-dis use. It follows the grammar and nothing else, so it
/// assembles invalid modules too: that is what tests need.
/// </summary>
/// <remarks>
/// %name and %7 are ids; numbers keep their value, names get the smallest free ones in order of appearance.
/// "!word" puts any word in an operand's place. "; Version: 1.5" sets the version, 1.3 without; "; Bound: n" raises it.
/// </remarks>
public sealed partial class Assembler
{
    private const uint Generator = 0;

    private readonly List<Token> tokens;
    private readonly List<uint> words = [];
    private readonly Dictionary<string, uint> ids = [];
    private readonly HashSet<uint> numericIds = [];
    private readonly Dictionary<uint, TypeInfo> types = [];
    private readonly Dictionary<uint, uint> typeOf = [];
    private readonly Dictionary<uint, string> imports = [];
    private uint nextId = 1;
    private uint highestId;
    private int at, end, firstWord;
    private uint resultType, result;
    private string? resultName;

    private Assembler(List<Token> tokens) => this.tokens = tokens;

    /// <summary>Assembles a module.</summary>
    /// <exception cref="AssemblyException">The text does not follow the grammar; says where.</exception>
    public static uint[] Assemble(string text)
    {
        var assembler = new Assembler(Token.Split(text));
        uint version = 0x00010300;
        if (VersionComment().Match(text) is { Success: true } v)
            version = 0x00010000 | uint.Parse(v.Groups[1].ValueSpan, CultureInfo.InvariantCulture) << 8;
        assembler.words.AddRange([ModuleReader.Magic, version, Generator, 0, 0]);
        assembler.AssembleAll();
        uint bound = assembler.highestId + 1;
        if (BoundComment().Match(text) is { Success: true } b)
            bound = Math.Max(bound, uint.Parse(b.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        assembler.words[3] = bound;
        return [.. assembler.words];
    }

    [GeneratedRegex(@"^; *Version: 1\.(\d+)", RegexOptions.Multiline)]
    private static partial Regex VersionComment();

    [GeneratedRegex(@"^; *Bound: (\d+)", RegexOptions.Multiline)]
    private static partial Regex BoundComment();

    private void AssembleAll()
    {
        foreach (Token t in tokens)
        {
            if (!t.IsString && t.Text.StartsWith('%') && uint.TryParse(t.Text.AsSpan(1), out uint number))
                numericIds.Add(number);
        }
        for (int start = 0; start < tokens.Count; start = end)
        {
            bool hasResult = IsAssignment(start);
            int opcode = hasResult ? start + 2 : start;
            if (opcode >= tokens.Count || !tokens[opcode].IsOpcode)
                throw new AssemblyException(tokens[start].Line, $"expected an instruction, not '{tokens[start].Text}'");
            for (end = opcode + 1; end < tokens.Count && !tokens[end].IsOpcode && !IsAssignment(end);)
                end++;
            resultName = hasResult ? tokens[start].Text : null;
            at = opcode;
            AssembleInstruction();
        }
    }

    private bool IsAssignment(int index) => index + 1 < tokens.Count && !tokens[index].IsString && !tokens[index + 1].IsString
        && tokens[index].Text.StartsWith('%') && tokens[index + 1].Text == "=";

    private void AssembleInstruction()
    {
        Token name = tokens[at++];
        if (!Enum.TryParse(name.Text, out Opcode opcode))
            throw new AssemblyException(name.Line, $"'{name.Text}' is no instruction");
        InstructionInfo info = InstructionTable.Info(opcode);
        if (info.HasResult != (resultName != null))
            throw new AssemblyException(name.Line, $"{name.Text} has {(info.HasResult ? "a" : "no")} result");
        int first = firstWord = words.Count;
        words.Add(0);
        resultType = result = 0;
        for (int i = 0; i < info.OperandCount; i++)
            AssemblePlace(info.Operand(i), name.Line);
        if (at < end)
            throw new AssemblyException(tokens[at].Line, $"{name.Text} does not take '{tokens[at].Text}'");
        int count = words.Count - first;
        if (count > ushort.MaxValue)
            throw new AssemblyException(name.Line, "the instruction is too long");
        words[first] = (uint)count << 16 | (uint)opcode;
        Remember(opcode, first, count);
    }

    private void Remember(Opcode opcode, int first, int count)
    {
        if (result == 0)
            return;
        if (resultType != 0)
            typeOf[result] = resultType;
        if (opcode == Opcode.OpTypeInt && count >= 4)
            types[result] = new(result, TypeKind.Int, Width: (int)words[first + 2], Signed: words[first + 3] == 1);
        else if (opcode == Opcode.OpTypeFloat && count >= 3)
            types[result] = new(result, TypeKind.Float, Width: (int)words[first + 2]);
        else if (opcode == Opcode.OpExtInstImport)
            imports[result] = LiteralString.Decode(words.GetRange(first + 2, count - 2).ToArray());
    }

    private void AssemblePlace(OperandSpec spec, int line)
    {
        switch (spec.Quantifier)
        {
            case Quantifier.One:
                AssembleOperand(spec.Kind, line);
                break;
            case Quantifier.Optional:
                if (at < end)
                    AssembleOperand(spec.Kind, line);
                break;
            case Quantifier.Many:
                while (at < end)
                    AssembleOperand(spec.Kind, line);
                break;
        }
    }

    private void AssembleOperand(OperandKind kind, int line)
    {
        if (kind == OperandKind.IdResult)
        {
            words.Add(result = Id(resultName!, line));
            return;
        }
        if (EnumerantTable.Category(kind) == OperandCategory.Composite)
        {
            AssemblePair(kind, line);
            return;
        }
        if (at >= end)
            throw new AssemblyException(line, $"a {kind} is missing");
        Token token = tokens[at++];
        if (token.Text.StartsWith('!') && !token.IsString && NumberText.TryParseInteger(token.Text[1..], out ulong word))
        {
            words.Add((uint)word);
            return;
        }
        switch (EnumerantTable.Category(kind))
        {
            case OperandCategory.Id:
                uint id = Id(token.Text, token.Line);
                if (kind == OperandKind.IdResultType)
                    resultType = id;
                words.Add(id);
                break;
            case OperandCategory.ValueEnum:
                AssembleEnumerant(kind, token);
                break;
            case OperandCategory.BitEnum:
                AssembleMask(kind, token);
                break;
            default:
                AssembleLiteral(kind, token);
                break;
        }
    }

    private void AssembleEnumerant(OperandKind kind, Token token)
    {
        if (!EnumerantTable.TryParse(kind, token.Text, out EnumerantInfo info))
            throw new AssemblyException(token.Line, $"'{token.Text}' is no {kind}");
        words.Add(info.Value);
        for (int i = 0; i < info.ParameterCount; i++)
            AssemblePlace(info.Parameter(i), token.Line);
    }

    private void AssembleMask(OperandKind kind, Token token)
    {
        int place = words.Count;
        uint mask = 0;
        words.Add(0);
        foreach (string name in token.Text.Split('|'))
        {
            if (!EnumerantTable.TryParse(kind, name, out EnumerantInfo info))
                throw new AssemblyException(token.Line, $"'{name}' is no {kind}");
            mask |= info.Value;
        }
        words[place] = mask;
        // Parameters stand in the order of the bits, whatever the order of the names.
        for (int bit = 0; bit < 32; bit++)
        {
            if ((mask >> bit & 1) == 0)
                continue;
            EnumerantInfo info = EnumerantTable.Info(kind, 1u << bit);
            for (int i = 0; i < info.ParameterCount; i++)
                AssemblePlace(info.Parameter(i), token.Line);
        }
    }

    private void AssembleLiteral(OperandKind kind, Token token)
    {
        switch (kind)
        {
            case OperandKind.LiteralString:
                if (!token.IsString)
                    throw new AssemblyException(token.Line, $"expected a string, not '{token.Text}'");
                LiteralString.Encode(token.Text, words);
                break;
            case OperandKind.LiteralContextDependentNumber:
                AddNumber(token, resultType);
                break;
            case OperandKind.LiteralExtInstInteger:
                words.Add(ExtInst(token));
                break;
            case OperandKind.LiteralSpecConstantOpInteger:
                if (!Enum.TryParse("Op" + token.Text, out Opcode nested))
                    throw new AssemblyException(token.Line, $"'Op{token.Text}' is no instruction");
                words.Add((uint)nested);
                InstructionInfo info = InstructionTable.Info(nested);
                for (int i = 2; i < info.OperandCount; i++)
                    AssemblePlace(info.Operand(i), token.Line);
                break;
            default:
                if (!NumberText.TryParseInteger(token.Text, out ulong value))
                    throw new AssemblyException(token.Line, $"'{token.Text}' is no integer");
                words.Add((uint)value);
                break;
        }
    }

    private uint ExtInst(Token token)
    {
        // The set is the operand before.
        if (imports.TryGetValue(words[^1], out string? set) && set == "GLSL.std.450"
            && Enum.TryParse(token.Text, out GlslStd450 instruction))
            return (uint)instruction;
        return NumberText.TryParseInteger(token.Text, out ulong number)
            ? (uint)number
            : throw new AssemblyException(token.Line, $"'{token.Text}' is no instruction of the set");
    }

    private void AssemblePair(OperandKind kind, int line)
    {
        switch (kind)
        {
            case OperandKind.PairIdRefIdRef:
                AssembleOperand(OperandKind.IdRef, line);
                AssembleOperand(OperandKind.IdRef, line);
                break;
            case OperandKind.PairIdRefLiteralInteger:
                AssembleOperand(OperandKind.IdRef, line);
                AssembleOperand(OperandKind.LiteralInteger, line);
                break;
            default:
                // OpSwitch: opcode, selector, default, pairs. The selector's type says how wide the literal is.
                uint selector = words[firstWord + 1];
                AddNumber(tokens[at++], typeOf.GetValueOrDefault(selector));
                AssembleOperand(OperandKind.IdRef, line);
                break;
        }
    }

    private void AddNumber(Token token, uint typeId)
    {
        if (!types.TryGetValue(typeId, out TypeInfo type))
            type = new(0, TypeKind.Int, Width: 32, Signed: true);
        if (!NumberText.TryParse(token.Text, type, out ulong bits))
            throw new AssemblyException(token.Line, $"'{token.Text}' is no {type.Kind} of {type.Width} bits");
        words.Add((uint)bits);
        if (type.Width > 32)
            words.Add((uint)(bits >> 32));
    }

    private uint Id(string name, int line)
    {
        if (!name.StartsWith('%') || name.Length == 1)
            throw new AssemblyException(line, $"expected an id, not '{name}'");
        if (uint.TryParse(name.AsSpan(1), out uint id))
        {
            highestId = Math.Max(highestId, id);
            return id;
        }
        if (!ids.TryGetValue(name, out id))
        {
            while (numericIds.Contains(nextId))
                nextId++;
            ids.Add(name, id = nextId++);
            highestId = Math.Max(highestId, id);
        }
        return id;
    }
}
