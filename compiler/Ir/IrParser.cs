using System.Globalization;

namespace ShaderJit.Compiler.Ir;

/// <summary>
/// Reads the text of <see cref="IrPrinter"/>. <c>;</c> starts a comment. A value stands before its uses, a block may
/// be named before it stands. Types are written, not inferred; <see cref="IrVerifier"/> checks them.
/// </summary>
public sealed class IrParser
{
    private readonly string _text;
    private readonly Function _f = new();
    private readonly Dictionary<string, ValueId> _values = [];
    private readonly Dictionary<string, BlockId> _blocks = [];
    private readonly List<ValueId> _operands = [], _first = [], _second = [];
    private int _at, _line = 1;
    private string _word = "";

    private IrParser(string text) => _text = text;

    /// <summary>The function, or null and the line and reason in <paramref name="error"/>.</summary>
    public static Function? Parse(string text, out string error)
    {
        var parser = new IrParser(text);
        try
        {
            parser.Next();
            parser.ParseFunction();
            error = "";
            return parser._f;
        }
        catch (FormatException wrong)
        {
            error = $"line {parser._line}: {wrong.Message}";
            return null;
        }
    }

    private void ParseFunction()
    {
        Expect("function");
        string level = Take();
        _f.Level = level switch
        {
            "simd" => FunctionLevel.Simd,
            "invocation" => FunctionLevel.Invocation,
            _ => throw new FormatException($"'{level}' is not a level"),
        };
        while (_word != "{")
        {
            string key = Take();
            Expect("=");
            switch (key)
            {
                case "local_size":
                    int x = Integer();
                    Expect(",");
                    int y = Integer();
                    Expect(",");
                    _f.LocalSize = (x, y, Integer());
                    break;
                case "workgroup_bytes": _f.WorkgroupBytes = Integer(); break;
                case "push_bytes": _f.PushConstantBytes = Integer(); break;
                case "scratch_bytes": _f.ScratchBytes = Integer(); break;
                default: throw new FormatException($"unknown property '{key}'");
            }
        }

        Expect("{");
        while (_word is "resource" or "private")
        {
            if (Take() == "resource")
                ParseResource();
            else
                ParsePrivate();
        }

        while (_word != "}")
            ParseBlock();
        if (_f.Layout.Count != _f.BlockCount)
            throw new FormatException("a block is named that does not stand");
    }

    private void ParseResource()
    {
        Expect($"r{_f.Resources.Count}");
        int set = Property("set"), binding = Property("binding"), count = Property("count"), table = Property("table");
        int stride = Property("stride"), dynamic = Property("dynamic");
        _f.Resources.Add(new Resource(set, binding, count, table, stride, dynamic));
    }

    private void ParsePrivate()
    {
        Expect($"p{_f.PrivateArrays.Count}");
        var element = Type();
        Expect("[");
        int length = Integer();
        Expect("]");
        _f.PrivateArrays.Add(new PrivateArray(element, length));
    }

    private void ParseBlock()
    {
        var block = BlockNamed(Take());
        if (_f.Layout.Contains(block))
            throw new FormatException("block stands twice");
        if (_f.Layout.Count == 0 && block.Index != 0)
            throw new FormatException("the entry must be the first block");
        _f.Layout.Add(block);
        if (Accept("("))
        {
            do
            {
                string name = Take();
                Expect(":");
                Define(name, _f.AddParam(block, Type()));
            }
            while (Accept(","));
            Expect(")");
        }

        // Naming a block may move the array of blocks: the target comes first.
        var merge = Accept("merge") ? TargetOf() : BlockId.None;
        var continues = Accept("continue") ? TargetOf() : BlockId.None;
        _f[block].Merge = merge;
        _f[block].Continue = continues;
        Expect(":");
        do
            ParseNode(block);
        while (_word != "}" && !AtBlock());
    }

    private BlockId TargetOf()
    {
        Expect("=");
        return BlockNamed(Take());
    }

    private bool AtBlock() => _word.Length > 1 && _word[0] == 'b' && char.IsAsciiDigit(_word[1]);

    private void ParseNode(BlockId block)
    {
        string name = "";
        var type = IrType.Void;
        string opName = Take();
        if (Accept(":"))
        {
            name = opName;
            type = Type();
            Expect("=");
            opName = Take();
        }

        string suffix = "";
        if (!OpTable.TryParse(opName, out var op))
        {
            int dot = opName.IndexOf('.');
            if (dot < 0 || !OpTable.TryParse(opName[..dot], out op))
                throw new FormatException($"unknown op '{opName}'");
            suffix = opName[(dot + 1)..];
        }

        ref readonly var row = ref OpSignatures.Of(op);
        long imm = 0;
        int aux = 0;
        if (IrText.SuffixOf(row.Aux, 0) is not null || row.Aux == AuxKind.Trap)
        {
            if (!IrText.TryParseSuffix(row.Aux, suffix, out aux))
                throw new FormatException($"'{suffix}' is no kind of {OpTable.Info(op).Name}");
        }
        else if (suffix.Length > 0)
        {
            throw new FormatException($"{OpTable.Info(op).Name} has no kinds");
        }

        if (op is Op.Jump or Op.Branch)
        {
            ParseTransfer(block, op);
            ParseOffset(_f.Terminator(block));
            return;
        }

        bool more = true;
        if (row.Imm == ImmKind.Bits)
        {
            string bits = Take();
            if (!IrText.TryParseConstant(type.Scalar, bits, out imm))
                throw new FormatException($"'{bits}' is no {type}");
            more = false;
        }
        else if (row.Aux is AuxKind.Resource or AuxKind.PrivateArray)
        {
            string index = Take();
            if (index.Length < 2 || index[0] != (row.Aux == AuxKind.Resource ? 'r' : 'p') || !int.TryParse(index.AsSpan(1), out aux))
                throw new FormatException($"'{index}' is neither resource nor private array");
            more = Accept(",");
        }
        else if (row.Aux is AuxKind.ArgumentOffset or AuxKind.DiagnosticOffset)
        {
            aux = Integer();
            more = Accept(",");
        }

        _operands.Clear();
        while (more && _word.Length > 1 && _word[0] == 'v' && char.IsAsciiDigit(_word[1]))
        {
            // The next node's name also starts with v; only a comma leads to another operand.
            if (_operands.Count == 0 && PeekIsDefinition())
                break;
            _operands.Add(Value(Take()));
            more = Accept(",");
        }

        if (row.Aux == AuxKind.Stride)
            aux = Property("stride");
        if (row.Imm == ImmKind.Displacement && Accept("imm"))
            imm = ImmediateOf();
        if (row.Imm == ImmKind.Cluster && Accept("cluster"))
            imm = ImmediateOf();
        var flags = NodeFlags.None;
        foreach (var (flag, word) in IrText.Flags)
        {
            if (Accept(word))
                flags |= flag;
        }

        var id = _f.NewNode(op, type, _operands.ToArray(), imm, aux, flags);
        _f.Append(block, id);
        ParseOffset(id);
        if (name.Length > 0)
            Define(name, id);
    }

    private long ImmediateOf()
    {
        Expect("=");
        string word = Take();
        return long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value : throw new FormatException($"'{word}' is no number");
    }

    private void ParseOffset(ValueId id)
    {
        if (Accept("@"))
            _f[id].SpirvOffset = Integer();
    }

    private void ParseTransfer(BlockId block, Op op)
    {
        if (op == Op.Jump)
        {
            var to = ParseTarget(_first);
            _f.Jump(block, to, _first.ToArray());
            return;
        }

        var condition = Value(Take());
        Expect(",");
        var then = ParseTarget(_first);
        Expect(",");
        var @else = ParseTarget(_second);
        _f.Branch(block, condition, then, _first.ToArray(), @else, _second.ToArray());
    }

    private BlockId ParseTarget(List<ValueId> arguments)
    {
        arguments.Clear();
        var target = BlockNamed(Take());
        if (!Accept("("))
            return target;
        do
            arguments.Add(Value(Take()));
        while (Accept(","));
        Expect(")");
        return target;
    }

    private IrType Type()
    {
        string word = Take();
        return IrText.TryParseType(word, out var type) ? type : throw new FormatException($"'{word}' is no type");
    }

    private int Property(string name)
    {
        Expect(name);
        Expect("=");
        return Integer();
    }

    private int Integer()
    {
        string word = Take();
        return int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value : throw new FormatException($"'{word}' is no number");
    }

    private void Define(string name, ValueId id)
    {
        if (!_values.TryAdd(name, id))
            throw new FormatException($"{name} is defined twice");
    }

    private ValueId Value(string name) =>
        _values.TryGetValue(name, out var id) ? id : throw new FormatException($"{name} is not defined yet");

    private BlockId BlockNamed(string name)
    {
        if (_blocks.TryGetValue(name, out var id))
            return id;
        if (name.Length < 2 || name[0] != 'b' || !char.IsAsciiDigit(name[1]))
            throw new FormatException($"'{name}' is no block");
        id = _f.NewBlock();
        _blocks.Add(name, id);
        return id;
    }

    private void Expect(string word)
    {
        string got = Take();
        if (got != word)
            throw new FormatException($"'{word}' expected, '{got}' found");
    }

    private bool Accept(string word)
    {
        if (_word != word)
            return false;
        Next();
        return true;
    }

    private string Take()
    {
        string word = _word;
        if (word.Length == 0)
            throw new FormatException("unexpected end");
        Next();
        return word;
    }

    private bool PeekIsDefinition()
    {
        int at = _at;
        while (at < _text.Length && _text[at] == ' ')
            at++;
        return at < _text.Length && _text[at] == ':';
    }

    private void Next()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] == ';'))
        {
            if (_text[_at] == ';')
            {
                while (_at < _text.Length && _text[_at] != '\n')
                    _at++;
                continue;
            }

            if (_text[_at] == '\n')
                _line++;
            _at++;
        }

        int start = _at;
        while (_at < _text.Length && IsWordCharacter(_text[_at]))
            _at++;
        if (_at == start && _at < _text.Length)
            _at++;
        _word = _text[start.._at];
    }

    private static bool IsWordCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '+';
}
