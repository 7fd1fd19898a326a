namespace ShaderJit.Fuzz.Generator;

/// <summary>Functions and control flow.</summary>
internal sealed partial class RandomModule
{
    private readonly List<(Kind Type, string Id)> _pool = [];
    private readonly List<(string Break, string Continue)> _loops = [];
    private readonly List<(string Name, bool ByPointer)> _helpers = [];

    /// <summary>Of the switches around; null for a loop in between, which keeps them from being left.</summary>
    private readonly Stack<(string Merge, Kind Phi, List<string> Arms)?> _switches = new();
    private string _label = "", _index = "", _linear = "";
    private bool _isMain, _dead;
    private int _budget;

    private void Main()
    {
        Do("%main = OpFunction %void None %mainfn");
        _isMain = true;
        _budget = _random.Next(8, _random.Next(3) == 0 ? 120 : 50);
        Label(Fresh());
        DeclareVariables();
        _index = Add(Kind.Uint, Make("OpLoad", Kind.Uint, "%lidx"));
        foreach (string builtin in (string[])["%gid", "%lid", "%wid"])
            Add(new Kind('u', 3), Make("OpLoad", new Kind('u', 3), builtin));
        string wid = _pool[^1].Id;
        string group = Binary("OpIAdd", Make("OpCompositeExtract", Kind.Uint, $"{wid} 0"),
            Binary("OpIMul", Constant((int)Groups.X), Binary("OpIAdd", Make("OpCompositeExtract", Kind.Uint, $"{wid} 1"),
                Binary("OpIMul", Constant((int)Groups.Y), Make("OpCompositeExtract", Kind.Uint, $"{wid} 2")))));
        _uniform = group;
        _linear = Binary("OpIAdd", Binary("OpIMul", group, Constant(Invocations)), _index);
        if (_random.Next(3) == 0 && !_barriers)
            LeaveIf(Leaving.Return);
        Body(0, level: true);
        for (int slot = 0; slot < Slots && !_dead; slot++)
        {
            if (slot < 2 || Chance(50))
                Output(slot);
        }

        if (!_dead)
            Do("OpReturn");
        Do("OpFunctionEnd");
    }

    /// <summary>A function of a uint, or a pointer to a variable that holds one, and a float that gives a uint.</summary>
    private void Function()
    {
        string name = Fresh(), x = Fresh(), y = Fresh();
        bool byPointer = Chance(40);
        string pointer = Declare("%pf_uint", "OpTypePointer Function %uint");
        string type = byPointer ? Declare("%pointerfn", $"OpTypeFunction %uint {pointer} %float") : "%helperfn";
        Do($"{name} = OpFunction %uint None {type}\n{x} = OpFunctionParameter {(byPointer ? pointer : "%uint")}\n{y} = OpFunctionParameter %float");
        _isMain = false;
        _budget = _random.Next(3, 15);
        Label(Fresh());
        DeclareVariables();
        if (byPointer)
        {
            _variables.Add((Kind.Uint, x));
            x = Make("OpLoad", Kind.Uint, x);
        }

        _index = Add(Kind.Uint, x);
        Add(Kind.Float, y);
        _uniform = Constant(_random.Next(5));
        Body(1, level: false);
        if (!_dead)
            Do($"OpReturnValue {Get(Kind.Uint)}");
        Do("OpFunctionEnd");
        _pool.Clear();
        _variables.Clear();
        _arrays.Clear();
        _pointerVariables.Clear();
        _dead = false;
        _helpers.Add((name, byPointer));
    }

    private void Label(string id)
    {
        Do($"{id} = OpLabel");
        _label = id;
        _dead = false;
    }

    private void Body(int depth, bool level)
    {
        for (int steps = _random.Next(1, 7); steps > 0 && !_dead; steps--)
        {
            if (_budget-- <= 0)
                return;
            switch (_random.Next(14))
            {
                case 0 when depth < 4: If(depth, level); break;
                case 1 when depth < 4: If(depth, level); break;
                case 2 when depth < 3: Loop(depth, level); break;
                case 3 when depth < 4: Switch(depth); break;
                case 4: Leave(depth); break;
                case 5 when level && _barriers: Exchange(); break;
                case 6 when _isMain: Output(_random.Next(Slots)); break;
                default:
                    for (int i = _random.Next(1, 8); i > 0; i--)
                        Step();
                    break;
            }
        }
    }

    private void If(int depth, bool level)
    {
        bool uniform = _random.Next(3) == 0;
        string condition = uniform ? UniformCondition() : Get(Kind.Bool);
        string then = Fresh(), @else = Fresh(), merge = Fresh();
        bool hasElse = Chance(60);
        string control = _random.Next(8) switch { 0 => "Flatten", 1 => "DontFlatten", _ => "None" };
        string before = _label;
        var phi = Number();
        string unchanged = Get(phi);
        Do($"OpSelectionMerge {merge} {control}\nOpBranchConditional {condition} {then} {(hasElse ? @else : merge)}");
        var arms = new List<string>();
        if (!hasElse)
            arms.Add($"{unchanged} {before}");
        Arm(then, merge, phi, depth, level && uniform, arms);
        if (hasElse)
            Arm(@else, merge, phi, depth, level && uniform, arms);
        Join(merge, phi, arms);
    }

    private void Arm(string label, string merge, Kind phi, int depth, bool level, List<string> arms)
    {
        int mark = _pool.Count;
        Label(label);
        Body(depth + 1, level);
        if (!_dead)
        {
            arms.Add($"{Get(phi)} {_label}");
            Do($"OpBranch {merge}");
        }

        _pool.RemoveRange(mark, _pool.Count - mark);
    }

    private void Join(string merge, Kind phi, List<string> arms)
    {
        Label(merge);
        if (arms.Count == 0)
        {
            Do("OpUnreachable");
            _dead = true;
        }
        else if (Chance(70))
        {
            Add(phi, Make("OpPhi", phi, string.Join(' ', arms)));
        }
    }

    private void Switch(int depth)
    {
        string selector = Binary("OpBitwiseAnd", Chance(30) ? Uniform() : Get(Kind.Uint), Constant(7));
        string merge = Fresh();
        int cases = _random.Next(1, 4);
        string[] labels = new string[cases];
        string targets = "";
        int value = 0;
        for (int i = 0; i < cases; i++)
        {
            labels[i] = Fresh();
            for (int values = _random.Next(1, 3); values > 0; values--)
                targets += $" {value++} {labels[i]}";
        }

        bool hasDefault = Chance(50);
        string @default = hasDefault ? Fresh() : merge;
        string before = _label;
        var phi = Number();
        string unchanged = Get(phi);
        var arms = new List<string>();
        if (!hasDefault)
            arms.Add($"{unchanged} {before}");
        Do($"OpSelectionMerge {merge} None\nOpSwitch {selector} {@default}{targets}");
        _switches.Push((merge, phi, arms));
        for (int i = 0; i < cases; i++)
        {
            int mark = _pool.Count;
            Label(labels[i]);
            Body(depth + 1, level: false);
            bool falls = i + 1 < cases && Chance(30);
            if (!_dead && falls)
            {
                Do($"OpBranch {labels[i + 1]}");
            }
            else if (!_dead)
            {
                arms.Add($"{Get(phi)} {_label}");
                Do($"OpBranch {merge}");
            }

            _pool.RemoveRange(mark, _pool.Count - mark);
        }

        if (hasDefault)
            Arm(@default, merge, phi, depth, false, arms);
        _switches.Pop();
        Join(merge, phi, arms);
    }

    private void Loop(int depth, bool level)
    {
        bool uniform = Chance(50);
        string limit = Chance(25) ? Constant(_random.Next(Chance(20) ? 17 : 5))
            : Binary("OpBitwiseAnd", uniform ? Uniform() : Get(Kind.Uint), Constant(3));
        bool barriers = level && uniform && _barriers;
        string header = Fresh(), body = Fresh(), latch = Fresh(), merge = Fresh(), i = Fresh(), next = Fresh();
        string control = _random.Next(8) switch { 0 => "Unroll", 1 => "DontUnroll", _ => "None" };
        string carried = Fresh(), carriedNext = Fresh(), start = Get(Kind.Uint);
        // Values that change places each time around; the last one's place takes a new one.
        var turning = Chance(40) ? Number() : Kind.Uint;
        string[] turns = new string[Chance(40) ? _random.Next(2, 4) : 0], starts = new string[turns.Length];
        string turned = Fresh();
        for (int turn = 0; turn < turns.Length; turn++)
            (turns[turn], starts[turn]) = (Fresh(), Get(turning));
        Do($"OpBranch {header}");
        string before = _label;
        Label(header);
        Do($"{i} = OpPhi %uint {Constant(0)} {before} {next} {latch}");
        Do($"{carried} = OpPhi %uint {start} {before} {carriedNext} {latch}");
        for (int turn = 0; turn < turns.Length; turn++)
            Do($"{turns[turn]} = OpPhi {turning.Id} {starts[turn]} {before} {(turn + 1 < turns.Length ? turns[turn + 1] : turned)} {latch}");
        int mark = _pool.Count;
        // Values of the header reach what follows the loop.
        foreach (string turn in turns)
            Add(turning, turn);
        Add(Kind.Uint, i);
        Add(Kind.Uint, carried);
        int form = _random.Next(3);
        if (form == 0)
        {
            string condition = Make("OpULessThan", Kind.Bool, $"{i} {limit}");
            Do($"OpLoopMerge {merge} {latch} {control}\nOpBranchConditional {condition} {body} {merge}");
        }
        else
        {
            string first = Fresh();
            Do($"OpLoopMerge {merge} {latch} {control}\nOpBranch {first}");
            Label(first);
            if (form == 1)
            {
                string condition = Make("OpULessThan", Kind.Bool, $"{i} {limit}");
                Do($"OpBranchConditional {condition} {body} {merge}");
            }
            else
            {
                Do($"OpBranch {body}");
            }
        }

        int inHeader = _pool.Count;
        // Invocations that part on the way to a barrier would end the dispatch.
        _loops.Add(barriers ? ("", "") : (merge, latch));
        _switches.Push(null);
        Label(body);
        Body(depth + 1, barriers);
        if (!_dead)
            Do($"OpBranch {latch}");
        _loops.RemoveAt(_loops.Count - 1);
        _switches.Pop();
        _pool.RemoveRange(inHeader, _pool.Count - inHeader);
        Label(latch);
        if (turns.Length > 0)
            Do($"{turned} = OpCopyObject {turning.Id} {(Chance(50) ? turns[0] : Get(turning))}");
        Do($"{next} = OpIAdd %uint {i} {Constant(1)}");
        Do($"{carriedNext} = {(Chance(50) ? "OpIAdd" : "OpBitwiseXor")} %uint {carried} {(Chance(50) ? i : Get(Kind.Uint))}");
        if (form == 2)
        {
            string again = Make("OpULessThan", Kind.Bool, $"{next} {limit}");
            Do($"OpBranchConditional {again} {header} {merge}");
        }
        else
        {
            Do($"OpBranch {header}");
        }

        _pool.RemoveRange(inHeader, _pool.Count - inHeader);
        if (Chance(50))
            _pool.RemoveRange(mark, _pool.Count - mark);
        Label(merge);
    }

    private enum Leaving { Return, Break, Continue, Switch }

    private void Leave(int depth)
    {
        bool inLoop = _loops.Count > 0 && _loops[^1].Break.Length > 0;
        bool mayReturn = !_isMain || !_barriers;
        if (_switches.TryPeek(out var around) && around is not null && Chance(50))
            LeaveIf(Leaving.Switch);
        else if (inLoop && depth > 0 && Chance(70))
            LeaveIf(Chance(50) ? Leaving.Break : Leaving.Continue);
        else if (mayReturn && Chance(40))
            LeaveIf(Leaving.Return);
    }

    private void LeaveIf(Leaving how)
    {
        string then = Fresh(), rest = Fresh();
        Do($"OpSelectionMerge {rest} None\nOpBranchConditional {Get(Kind.Bool)} {then} {rest}");
        int mark = _pool.Count;
        Label(then);
        if (Chance(50))
            Step();
        if (_isMain && Chance(50))
            Output(_random.Next(Slots));
        switch (how)
        {
            case Leaving.Return: Do(_isMain ? "OpReturn" : $"OpReturnValue {Get(Kind.Uint)}"); break;
            case Leaving.Break: Do($"OpBranch {_loops[^1].Break}"); break;
            case Leaving.Continue: Do($"OpBranch {_loops[^1].Continue}"); break;
            case Leaving.Switch:
                var (merge, phi, arms) = _switches.Peek()!.Value;
                arms.Add($"{Get(phi)} {_label}");
                Do($"OpBranch {merge}");
                break;
        }

        _pool.RemoveRange(mark, _pool.Count - mark);
        Label(rest);
    }
}
