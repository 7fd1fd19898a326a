using System.Globalization;
using System.Text;

namespace ShaderJit.Fuzz.Reconvergence;

/// <summary>Writes a program as SPIR-V assembly. What an invocation gathers, how much it has stored and the counters are Private
/// variables. Binding 0 holds the number that the compiler does not know; binding 1, by word and then by invocation of the
/// dispatch, the last <see cref="Answers"/> answers and what was gathered last.</summary>
internal sealed class ProgramAssembly
{
    /// <summary>Words for answers; behind them stands one more.</summary>
    public const uint Answers = 32;

    /// <summary>Workgroups of the dispatch.</summary>
    public const uint Groups = 2;

    private readonly Program _program;
    private readonly StringBuilder _text = new(), _constants = new();
    private readonly HashSet<uint> _declared = [];
    private readonly Stack<(string Merge, string Continue)> _loops = [];
    private readonly Stack<string> _switches = [];
    private int _next;
    private bool _open;

    private ProgramAssembly(Program program) => _program = program;

    public static string Write(Program program) => new ProgramAssembly(program).Write();

    private string Write()
    {
        for (int i = 0; i < _program.Functions.Count; i++)
            Function(string.Create(CultureInfo.InvariantCulture, $"%f{i}"), _program.Functions[i], false);
        Function("%main", _program.Main, true);
        var head = new StringBuilder("""
            OpCapability Shader
            OpCapability GroupNonUniform
            OpCapability GroupNonUniformVote
            OpCapability GroupNonUniformBallot
            OpCapability GroupNonUniformArithmetic
            OpCapability GroupNonUniformShuffle
            OpExtension "SPV_KHR_storage_buffer_storage_class"
            OpExtension "SPV_KHR_maximal_reconvergence"
            OpMemoryModel Logical GLSL450
            OpEntryPoint GLCompute %main "main" %lidx %wid %sid

            """);
        head.Append("OpExecutionMode %main MaximallyReconvergesKHR\n");
        head.Append(CultureInfo.InvariantCulture, $"OpExecutionMode %main LocalSize {_program.Size.X} {_program.Size.Y} {_program.Size.Z}\n");
        head.Append("""
            OpDecorate %lidx BuiltIn LocalInvocationIndex
            OpDecorate %wid BuiltIn WorkgroupId
            OpDecorate %sid BuiltIn SubgroupLocalInvocationId
            OpDecorate %words ArrayStride 4
            OpDecorate %block Block
            OpMemberDecorate %block 0 Offset 0
            OpDecorate %b0 DescriptorSet 0
            OpDecorate %b0 Binding 0
            OpDecorate %b0 NonWritable
            OpDecorate %b1 DescriptorSet 0
            OpDecorate %b1 Binding 1
            %void = OpTypeVoid
            %fn = OpTypeFunction %void
            %bool = OpTypeBool
            %uint = OpTypeInt 32 0
            %v3uint = OpTypeVector %uint 3
            %v4uint = OpTypeVector %uint 4
            %words = OpTypeRuntimeArray %uint
            %block = OpTypeStruct %words
            %pblock = OpTypePointer StorageBuffer %block
            %pword = OpTypePointer StorageBuffer %uint
            %pprivate = OpTypePointer Private %uint
            %pinput = OpTypePointer Input %uint
            %pinput3 = OpTypePointer Input %v3uint
            %true = OpConstantTrue %bool
            %false = OpConstantFalse %bool
            %lidx = OpVariable %pinput Input
            %sid = OpVariable %pinput Input
            %wid = OpVariable %pinput3 Input
            %b0 = OpVariable %pblock StorageBuffer
            %b1 = OpVariable %pblock StorageBuffer

            """);
        head.Append(_constants);
        string zero = _declared.Contains(0) ? "%c0" : "%zero";
        if (zero == "%zero")
            head.Append("%zero = OpConstant %uint 0\n");
        head.Append(CultureInfo.InvariantCulture, $"%gathered = OpVariable %pprivate Private {zero}\n%stores = OpVariable %pprivate Private {zero}\n");
        for (int i = 0; i < _program.Loops; i++)
            head.Append(CultureInfo.InvariantCulture, $"%counter{i} = OpVariable %pprivate Private {zero}\n");
        return head.Append(_text).ToString();
    }

    private void Function(string name, Block body, bool isMain)
    {
        Do($"{name} = OpFunction %void None %fn");
        Label(Fresh());
        if (isMain)
        {
            Do($"OpStore %gathered {Constant(0)}");
            Do($"OpStore %stores {Constant(0)}");
        }

        Write(body);
        End("OpReturn");
        Do("OpFunctionEnd");
    }

    private void Write(Block block)
    {
        foreach (var statement in block.Statements)
        {
            if (!_open)
                return;
            Write(statement);
        }
    }

    private void Write(Statement statement)
    {
        switch (statement)
        {
            case Observe observe: Answer(observe); break;
            case Compute compute:
                Gather(Make("OpIAdd", $"{Make("OpIMul", $"{Load("%gathered")} {Constant(5)}")} {Constant(compute.Number)}"));
                break;
            case If @if: Write(@if); break;
            case Loop loop: Write(loop); break;
            case Switch @switch: Write(@switch); break;
            case Queue: Spin(null); break;
            case Never never: Spin(never.Body); break;
            case Break: End($"OpBranch {_loops.Peek().Merge}"); break;
            case Continue: End($"OpBranch {_loops.Peek().Continue}"); break;
            case LeaveSwitch: End($"OpBranch {_switches.Peek()}"); break;
            case Return: End("OpReturn"); break;
            case Call call: Do(string.Create(CultureInfo.InvariantCulture, $"{Fresh()} = OpFunctionCall %void %f{call.Function}")); break;
            case Barrier: Do($"OpControlBarrier {Constant(2)} {Constant(2)} {Constant(0x108)}"); break;
            default: throw new InvalidOperationException($"unknown statement {statement}");
        }
    }

    private void Write(If @if)
    {
        string then = Fresh(), @else = Fresh(), merge = Fresh();
        string condition = Holds(@if.Condition);
        Do($"OpSelectionMerge {merge} None");
        End($"OpBranchConditional {condition} {then} {(@if.Else is null ? merge : @else)}");
        bool met = @if.Else is null;
        met |= Arm(then, @if.Then, merge);
        if (@if.Else is { } other)
            met |= Arm(@else, other, merge);
        Meet(merge, met);
    }

    private bool Arm(string label, Block body, string merge)
    {
        Label(label);
        Write(body);
        if (!_open)
            return false;
        End($"OpBranch {merge}");
        return true;
    }

    private void Meet(string label, bool met)
    {
        Label(label);
        if (!met)
            End("OpUnreachable");
    }

    private void Write(Loop loop)
    {
        string header = Fresh(), first = Fresh(), body = Fresh(), @continue = Fresh(), merge = Fresh();
        string counter = string.Create(CultureInfo.InvariantCulture, $"%counter{loop.Number}");
        Do($"OpStore {counter} {Constant(0)}");
        End($"OpBranch {header}");
        Label(header);
        Write(loop.Header);
        string stay = loop.Form == LoopForm.While ? GoesOn(loop) : "";
        Do($"OpLoopMerge {merge} {@continue} None");
        End(stay.Length > 0 ? $"OpBranchConditional {stay} {body} {merge}" : $"OpBranch {first}");
        _loops.Push((merge, @continue));
        if (loop.Form != LoopForm.While)
            Label(first);
        if (loop.Form == LoopForm.Endless)
        {
            string last = Fresh();
            stay = GoesOn(loop);
            Do($"OpSelectionMerge {body} None");
            End($"OpBranchConditional {stay} {body} {last}");
            Label(last);
            Write(loop.Leaves!);
        }

        if (loop.Form != LoopForm.DoWhile)
            Label(body);
        Write(loop.Body);
        if (_open)
            End($"OpBranch {@continue}");
        _loops.Pop();
        Label(@continue);
        Write(loop.Continuing);
        Do($"OpStore {counter} {Make("OpIAdd", $"{Load(counter)} {Constant(1)}")}");
        End(loop.Form == LoopForm.DoWhile ? $"OpBranchConditional {GoesOn(loop)} {header} {merge}" : $"OpBranch {header}");
        bool left = loop.Form != LoopForm.Endless || loop.Leaves!.Statements[^1] is Break || Breaks(loop.Body);
        Meet(merge, left);
    }

    /// <summary>A loop that nothing leaves, or without a body one that the elected lane of each turn leaves.</summary>
    private void Spin(Block? body)
    {
        string header = Fresh(), first = Fresh(), @continue = Fresh(), merge = Fresh();
        End($"OpBranch {header}");
        Label(header);
        string mine = body is null ? Test("OpGroupNonUniformElect", Constant(3)) : "";
        Do($"OpLoopMerge {merge} {@continue} None");
        End(body is null ? $"OpBranchConditional {mine} {merge} {first}" : $"OpBranch {first}");
        Label(first);
        Write(body ?? new Block([]));
        End($"OpBranch {@continue}");
        Label(@continue);
        End($"OpBranch {header}");
        Meet(merge, body is null);
    }

    /// <summary>Whether a body has a break of its own loop; one that cannot be reached counts for none.</summary>
    private static bool Breaks(Block block)
    {
        foreach (var statement in block.Statements)
        {
            bool breaks = statement switch
            {
                Break => true,
                If @if => Breaks(@if.Then) || (@if.Else is { } other && Breaks(other)),
                Switch @switch => Array.Exists(@switch.Cases, c => Breaks(c.Body)),
                _ => false,
            };
            if (breaks)
                return true;
        }

        return false;
    }

    private string GoesOn(Loop loop)
    {
        string limit = Constant(loop.Limit);
        if (loop.Varies != 0)
            limit = Make("OpIAdd", $"{limit} {Make("OpBitwiseAnd", $"{Load("%sid")} {Constant(loop.Varies)}")}");
        if (!loop.Known)
            limit = Make("OpIAdd", $"{limit} {Opaque()}");
        return Test("OpULessThan", $"{Load(string.Create(CultureInfo.InvariantCulture, $"%counter{loop.Number}"))} {limit}");
    }

    private void Write(Switch @switch)
    {
        string merge = Fresh(), selector = @switch.Selector.Length == 0 ? Load("%sid") : Selector(@switch.Selector);
        var labels = Array.ConvertAll(@switch.Cases, _ => Fresh());
        var targets = new StringBuilder();
        var reached = new bool[labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            foreach (uint literal in @switch.Cases[i].Literals)
                targets.Append(CultureInfo.InvariantCulture, $" {literal} {labels[i]}");
            reached[i] = @switch.Cases[i].Literals.Length > 0 || @switch.Default == i;
        }

        Do($"OpSelectionMerge {merge} None");
        End($"OpSwitch {selector} {(@switch.Default < 0 ? merge : labels[@switch.Default])}{targets}");
        _switches.Push(merge);
        bool met = @switch.Default < 0;
        for (int i = 0; i < labels.Length; i++)
        {
            // A case without a literal is there where one falls through to it.
            if (!reached[i])
                continue;
            Label(labels[i]);
            Write(@switch.Cases[i].Body);
            met |= Leaves(@switch.Cases[i].Body);
            if (!_open)
                continue;
            if (@switch.Cases[i].Falls)
                reached[i + 1] = true;
            met |= !@switch.Cases[i].Falls;
            End($"OpBranch {(@switch.Cases[i].Falls ? labels[i + 1] : merge)}");
        }

        _switches.Pop();
        Meet(merge, met);
    }

    private string Selector(Condition[] bits)
    {
        string bit0 = Holds(bits[0]), bit1 = Holds(bits[1]);
        return Make("OpIAdd", $"{Make("OpSelect", $"{bit0} {Constant(1)} {Constant(0)}")} {Make("OpSelect", $"{bit1} {Constant(2)} {Constant(0)}")}");
    }

    private static bool Leaves(Block block)
    {
        foreach (var statement in block.Statements)
        {
            if (statement is LeaveSwitch || (statement is If @if && (Leaves(@if.Then) || (@if.Else is { } other && Leaves(other)))))
                return true;
        }

        return false;
    }

    private void Answer(Observe observe)
    {
        string truth = observe.Condition is { } condition ? Holds(condition) : "%true";
        string scope = Constant(3);
        string answer = observe.Question switch
        {
            Question.Ballot or Question.BallotOf => Ballot(truth),
            Question.Elect => Bit(Test("OpGroupNonUniformElect", scope)),
            Question.Any => Bit(Test("OpGroupNonUniformAny", $"{scope} {truth}")),
            Question.All => Bit(Test("OpGroupNonUniformAll", $"{scope} {truth}")),
            Question.Sum => Make("OpGroupNonUniformIAdd", $"{scope} Reduce {Make("OpIAdd", $"{Load("%sid")} {Constant(1)}")}"),
            Question.Scan => Make("OpGroupNonUniformIAdd", $"{scope} InclusiveScan {Constant(1)}"),
            Question.First => Make("OpGroupNonUniformBroadcastFirst", $"{scope} {Load("%sid")}"),
            Question.Neighbour => Neighbour(scope),
            _ => throw new InvalidOperationException($"unknown question {observe.Question}"),
        };
        string sum = Make("OpIAdd", $"{answer} {Constant((uint)observe.Id * 0x10001)}");
        Gather(Make("OpBitwiseXor", $"{Make("OpIMul", $"{Load("%gathered")} {Constant(0x01000193)}")} {sum}"));
        if (!observe.Stores)
            return;
        string stores = Load("%stores");
        Store(Make("OpBitwiseAnd", $"{stores} {Constant(Answers - 1)}"), Make("OpBitwiseOr", $"{answer} {Constant((uint)observe.Id << 16)}"));
        Do($"OpStore %stores {Make("OpIAdd", $"{stores} {Constant(1)}")}");
        Store(Constant(Answers), Load("%gathered"));
    }

    private string Neighbour(string scope)
    {
        string lane = Load("%sid");
        return Make("OpGroupNonUniformShuffleXor", $"{scope} {lane} {Constant(1)}");
    }

    private void Store(string word, string value)
    {
        string group = Fresh(), groups = Fresh();
        Do($"{groups} = OpLoad %v3uint %wid");
        Do($"{group} = OpCompositeExtract %uint {groups} 0");
        string invocation = Make("OpIAdd", $"{Make("OpIMul", $"{group} {Constant((uint)_program.Invocations)}")} {Load("%lidx")}");
        string index = Make("OpIAdd", $"{Make("OpIMul", $"{word} {Constant((uint)_program.Invocations * Groups)}")} {invocation}");
        string pointer = Fresh();
        Do($"{pointer} = OpAccessChain %pword %b1 {Constant(0)} {index}");
        Do($"OpStore {pointer} {value}");
    }

    private string Ballot(string truth)
    {
        string ballot = Fresh();
        Do($"{ballot} = OpGroupNonUniformBallot %v4uint {Constant(3)} {truth}");
        return Make("OpCompositeExtract", $"{ballot} 0");
    }

    private string Opaque()
    {
        string pointer = Fresh();
        Do($"{pointer} = OpAccessChain %pword %b0 {Constant(0)} {Constant(0)}");
        return Load(pointer);
    }

    private string Holds(Condition condition)
    {
        string holds = condition.Kind switch
        {
            ConditionKind.Mask => Odd(Make("OpShiftRightLogical", $"{Constant(condition.Number)} {Load("%sid")}")),
            ConditionKind.Below => Test("OpULessThan", $"{Load("%sid")} {Constant(condition.Number)}"),
            ConditionKind.Gathered => Odd(Make("OpShiftRightLogical", $"{Load("%gathered")} {Constant(condition.Number)}")),
            ConditionKind.Turn => Test("OpIEqual", $"{Make("OpISub", $"{Load("%sid")} {Constant(condition.Number)}")} {Load(string.Create(CultureInfo.InvariantCulture, $"%counter{condition.Loop}"))}"),
            ConditionKind.Uniform => Test("OpULessThan", $"{Constant(condition.Number)} {Make("OpIAdd", $"{Opaque()} {Constant(2)}")}"),
            ConditionKind.Workgroup => Odd(Make("OpShiftRightLogical", $"{Workgroup()} {Constant(condition.Number)}")),
            ConditionKind.Known => condition.Number != 0 ? "%true" : "%false",
            ConditionKind.Elected => Test("OpGroupNonUniformElect", Constant(3)),
            ConditionKind.Even => Test("OpIEqual", $"{Make("OpBitwiseAnd", $"{Make("OpBitCount", Ballot("%true"))} {Constant(1)}")} {Constant(0)}"),
            _ => throw new InvalidOperationException($"unknown condition {condition}"),
        };
        return condition.Negated ? Test("OpLogicalNot", holds) : holds;
    }

    private string Workgroup()
    {
        string groups = Fresh();
        Do($"{groups} = OpLoad %v3uint %wid");
        return Make("OpCompositeExtract", $"{groups} 0");
    }

    private string Odd(string value) => Test("OpINotEqual", $"{Make("OpBitwiseAnd", $"{value} {Constant(1)}")} {Constant(0)}");

    private string Bit(string truth) => Make("OpSelect", $"{truth} {Constant(1)} {Constant(0)}");

    private void Gather(string value) => Do($"OpStore %gathered {value}");

    private string Load(string pointer) => Make("OpLoad", pointer);

    private string Make(string opcode, string operands) => Make(opcode, "%uint", operands);

    private string Test(string opcode, string operands) => Make(opcode, "%bool", operands);

    private string Make(string opcode, string type, string operands)
    {
        string id = Fresh();
        Do($"{id} = {opcode} {type} {operands}");
        return id;
    }

    private string Constant(uint value)
    {
        if (_declared.Add(value))
            _constants.Append(CultureInfo.InvariantCulture, $"%c{value} = OpConstant %uint {value}\n");
        return string.Create(CultureInfo.InvariantCulture, $"%c{value}");
    }

    private string Fresh() => string.Create(CultureInfo.InvariantCulture, $"%x{_next++}");

    private void Label(string label)
    {
        Do($"{label} = OpLabel");
        _open = true;
    }

    /// <summary>A terminator; none where the block has ended.</summary>
    private void End(string terminator)
    {
        if (_open)
            Do(terminator);
        _open = false;
    }

    private void Do(string instruction) => _text.Append(instruction).Append('\n');
}
