namespace ShaderJit.Compiler.Spirv;

/// <summary>
/// Takes out of a module what only its other stages use: entry points that are no kernels, their functions, inputs and
/// outputs. A module may hold a whole pipeline, or functions for other stages that no kernel calls; a kernel is compiled from
/// it as if the rest were not there.
/// </summary>
/// <remarks>
/// In: words whose header has been checked, the instructions not. Out: the same words, in which each word of what is taken out
/// is an OpNop, so that word offsets still are those of the application's module. Words that are no well-formed instructions
/// are left to the reader, which says what is wrong with them.
/// </remarks>
internal sealed class ForeignStages
{
    private const int HeaderWords = 5;
    private const uint Nop = 1 << 16 | (uint)Opcode.OpNop;

    private readonly uint[] _words;

    /// <summary>Start and end of each function, by its id, what it calls, and whether it has instructions that no kernel may
    /// execute.</summary>
    private readonly Dictionary<uint, (int Start, int End, List<uint> Calls, bool IsForeign)> _functions = [];

    /// <summary>Functions of kernels, and what they call.</summary>
    private readonly HashSet<uint> _kept = [];

    /// <summary>Variables that kernels name in their interface.</summary>
    private readonly HashSet<uint> _interface = [];

    /// <summary>Ids whose definition is taken out.</summary>
    private readonly HashSet<uint> _removed = [];

    private ForeignStages(uint[] words) => _words = words;

    /// <summary>Changes the words where they have a kernel and what can only be another stage's.</summary>
    public static void Remove(uint[] words)
    {
        var stages = new ForeignStages(words);
        if (!stages.FindEntryPoints(out bool foreign) || !stages.FindFunctions())
            return;
        stages.Keep();
        if (!foreign && !stages.HasForeignFunction() && !stages.HasForeignVariable())
            return;
        stages.RemoveDefinitions();
        stages.RemoveMentions();
    }

    private Opcode OpcodeAt(int at) => (Opcode)(_words[at] & 0xFFFF);

    /// <summary>Words of the instruction at a place, 0 where there is none.</summary>
    private int LengthAt(int at)
    {
        int length = (int)(_words[at] >> 16);
        return length <= _words.Length - at ? length : 0;
    }

    private ReadOnlySpan<uint> OperandsAt(int at) => _words.AsSpan(at + 1, LengthAt(at) - 1);

    private void Blank(int at) => Array.Fill(_words, Nop, at, LengthAt(at));

    /// <summary>False without a kernel.</summary>
    private bool FindEntryPoints(out bool foreign)
    {
        foreign = false;
        for (int at = HeaderWords; at < _words.Length; at += LengthAt(at))
        {
            if (LengthAt(at) == 0)
                return false;
            if (OpcodeAt(at) == Opcode.OpFunction)
                break;
            if (OpcodeAt(at) != Opcode.OpEntryPoint)
                continue;
            var operands = OperandsAt(at);
            if (operands.Length < 3)
                return false;
            if ((ExecutionModel)operands[0] != ExecutionModel.GLCompute)
            {
                foreign = true;
                continue;
            }

            _kept.Add(operands[1]);
            foreach (uint id in operands[Math.Min(2 + LiteralString.WordCount(operands[2..]), operands.Length)..])
                _interface.Add(id);
        }

        return _kept.Count > 0;
    }

    private bool FindFunctions()
    {
        uint function = 0;
        bool isInside = false;
        var current = (Start: 0, End: 0, Calls: new List<uint>(), IsForeign: false);
        for (int at = HeaderWords; at < _words.Length; at += LengthAt(at))
        {
            int length = LengthAt(at);
            if (length == 0)
                return false;
            switch (OpcodeAt(at))
            {
                case Opcode.OpFunction when length >= 3:
                    function = _words[at + 2];
                    isInside = true;
                    current = (at, at, [], false);
                    break;
                case Opcode.OpFunctionCall when length >= 4:
                    current.Calls.Add(_words[at + 3]);
                    break;
                case Opcode.OpFunctionEnd when isInside:
                    _functions[function] = current with { End = at + length };
                    isInside = false;
                    break;
                default:
                    current.IsForeign |= IsForeign(OpcodeAt(at));
                    break;
            }
        }

        return true;
    }

    private static bool IsForeign(Opcode opcode) => opcode is Opcode.OpKill or Opcode.OpTerminateInvocation
        or Opcode.OpDemoteToHelperInvocation or Opcode.OpIsHelperInvocationEXT or (>= Opcode.OpDPdx and <= Opcode.OpFwidthCoarse)
        or Opcode.OpEmitVertex or Opcode.OpEndPrimitive or Opcode.OpEmitStreamVertex or Opcode.OpEndStreamPrimitive
        or Opcode.OpBeginInvocationInterlockEXT or Opcode.OpEndInvocationInterlockEXT;

    private bool HasForeignFunction()
    {
        foreach (var (id, function) in _functions)
        {
            if (function.IsForeign && !_kept.Contains(id))
                return true;
        }

        return false;
    }

    /// <summary>An output, or an input that is no built-in variable, which no kernel names.</summary>
    private bool HasForeignVariable()
    {
        HashSet<uint>? builtIns = null;
        for (int at = HeaderWords; at < _words.Length && OpcodeAt(at) != Opcode.OpFunction; at += LengthAt(at))
        {
            var operands = OperandsAt(at);
            if (OpcodeAt(at) == Opcode.OpDecorate && operands.Length > 1 && (Decoration)operands[1] == Decoration.BuiltIn)
                (builtIns ??= []).Add(operands[0]);
            if (OpcodeAt(at) == Opcode.OpVariable && IsForeign(at) && ((StorageClass)operands[2] == StorageClass.Output || builtIns?.Contains(operands[1]) != true))
                return true;
        }

        return false;
    }

    /// <summary>Kernels' functions keep what they call.</summary>
    private void Keep()
    {
        var work = new Queue<uint>(_kept);
        while (work.TryDequeue(out uint function))
        {
            if (!_functions.TryGetValue(function, out var found))
                continue;
            foreach (uint callee in found.Calls)
            {
                if (_kept.Add(callee))
                    work.Enqueue(callee);
            }
        }
    }

    private void RemoveDefinitions()
    {
        foreach (var (id, function) in _functions)
        {
            if (_kept.Contains(id))
                continue;
            for (int at = function.Start; at < function.End;)
            {
                int length = LengthAt(at);
                NoteResult(at);
                Blank(at);
                at += length;
            }
        }

        for (int at = HeaderWords; at < _words.Length && OpcodeAt(at) != Opcode.OpFunction;)
        {
            int length = LengthAt(at);
            if (IsForeign(at))
            {
                NoteResult(at);
                Blank(at);
            }

            at += length;
        }
    }

    private bool IsForeign(int at)
    {
        var operands = OperandsAt(at);
        return OpcodeAt(at) switch
        {
            Opcode.OpEntryPoint => operands.Length > 0 && (ExecutionModel)operands[0] != ExecutionModel.GLCompute,
            Opcode.OpExecutionMode or Opcode.OpExecutionModeId => operands.Length > 0 && !_kept.Contains(operands[0]),
            Opcode.OpVariable => operands.Length > 2 && (StorageClass)operands[2] is StorageClass.Input or StorageClass.Output
                && !_interface.Contains(operands[1]),
            _ => false,
        };
    }

    private void NoteResult(int at)
    {
        var info = InstructionTable.Info(OpcodeAt(at));
        if (!info.IsKnown || !info.HasResult)
            return;
        int place = info.HasResultType ? 1 : 0;
        var operands = OperandsAt(at);
        if (place < operands.Length)
            _removed.Add(operands[place]);
    }

    /// <summary>Names, decorations and debug information of what has gone.</summary>
    private void RemoveMentions()
    {
        for (int at = HeaderWords; at < _words.Length;)
        {
            int length = LengthAt(at);
            var operands = OperandsAt(at);
            switch (OpcodeAt(at))
            {
                case Opcode.OpFunction:
                    return;
                case Opcode.OpName or Opcode.OpDecorate or Opcode.OpDecorateId or Opcode.OpDecorateString:
                    if (operands.Length > 0 && _removed.Contains(operands[0]))
                        Blank(at);
                    break;
                case Opcode.OpGroupDecorate when operands.Length > 0:
                    RemoveTargets(at);
                    break;
                case Opcode.OpExtInst when NamesRemoved(operands):
                    NoteResult(at);
                    Blank(at);
                    break;
            }

            at += length;
        }
    }

    /// <summary>Outside of functions these are non-semantic instructions: type, result, set and number come first.</summary>
    private bool NamesRemoved(ReadOnlySpan<uint> operands)
    {
        for (int k = 4; k < operands.Length; k++)
        {
            if (_removed.Contains(operands[k]))
                return true;
        }

        return false;
    }

    /// <summary>The targets that are still there move together; OpNops take the rest of the place.</summary>
    private void RemoveTargets(int at)
    {
        int length = LengthAt(at), to = at + 2;
        for (int from = at + 2; from < at + length; from++)
        {
            if (!_removed.Contains(_words[from]))
                _words[to++] = _words[from];
        }

        _words[at] = (uint)(to - at) << 16 | (uint)Opcode.OpGroupDecorate;
        Array.Fill(_words, Nop, to, at + length - to);
    }
}
