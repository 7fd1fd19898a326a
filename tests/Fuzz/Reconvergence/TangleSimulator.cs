using System.Numerics;

namespace ShaderJit.Fuzz.Reconvergence;

/// <summary>
/// Runs a program as SPV_KHR_maximal_reconvergence has it: a set of lanes (a tangle) runs each statement together, parts at
/// a condition, and meets again behind the construct, in the continue block of each turn, and behind a call. What stands
/// between a loop's start and a break, continue or return is still the turn's. Lanes that fall through from a case meet
/// those that begin at the next, which the extension leaves open and docs/undefined.md does not.
/// </summary>
internal sealed class TangleSimulator
{
    /// <summary>Statements of a subgroup, at most.</summary>
    private const int MostSteps = 30_000;

    private readonly Program _program;
    private readonly int _lanes;
    private readonly uint _workgroup, _opaque;
    private readonly int _firstInvocation;
    private readonly Action<int, uint, uint> _store;
    private readonly uint[] _gathered, _stores;
    private readonly uint[][] _counters;
    private readonly Stack<Turn> _loops = [];
    private readonly Stack<Exits> _switches = [];
    private uint _returned;

    /// <param name="opaque">The number that the compiler does not know.</param>
    /// <param name="store">Of an invocation of the workgroup: word and value.</param>
    public TangleSimulator(Program program, int lanes, int subgroup, uint workgroup, uint opaque, Action<int, uint, uint> store)
    {
        _program = program;
        _lanes = lanes;
        _workgroup = workgroup;
        _opaque = opaque;
        _store = store;
        _firstInvocation = subgroup * lanes;
        _gathered = new uint[lanes];
        _stores = new uint[lanes];
        _counters = new uint[program.Loops][];
        for (int i = 0; i < program.Loops; i++)
            _counters[i] = new uint[lanes];
    }

    public int Steps { get; private set; }

    private sealed class Exits
    {
        public uint Left;
    }

    private sealed class Turn
    {
        public uint Left, Continued;
    }

    /// <summary>False where it takes too long.</summary>
    public bool Run()
    {
        int count = Math.Min(_lanes, _program.Invocations - _firstInvocation);
        Run(_program.Main, (1u << count) - 1);
        return Steps < MostSteps;
    }

    /// <returns>The lanes that come to the end.</returns>
    private uint Run(Block block, uint tangle)
    {
        foreach (var statement in block.Statements)
        {
            if (tangle == 0)
                return 0;
            if (++Steps >= MostSteps)
                return 0;
            tangle = Run(statement, tangle);
        }

        return tangle;
    }

    private uint Run(Statement statement, uint tangle)
    {
        switch (statement)
        {
            case Observe observe:
                Answer(observe, tangle);
                return tangle;
            case Compute compute:
                foreach (int lane in Lanes(tangle))
                    _gathered[lane] = _gathered[lane] * 5 + compute.Number;
                return tangle;
            case If @if:
                uint yes = Holds(@if.Condition, tangle);
                return Run(@if.Then, yes) | (@if.Else is { } other ? Run(other, tangle & ~yes) : tangle & ~yes);
            case Loop loop:
                return RunLoop(loop, tangle);
            case Switch @switch:
                return RunSwitch(@switch, tangle);
            case Break:
                _loops.Peek().Left |= tangle;
                return 0;
            case Continue:
                _loops.Peek().Continued |= tangle;
                return 0;
            case LeaveSwitch:
                _switches.Peek().Left |= tangle;
                return 0;
            case Return:
                _returned |= tangle;
                return 0;
            case Call call:
                uint outer = _returned;
                _returned = 0;
                uint back = Run(_program.Functions[call.Function], tangle) | _returned;
                _returned = outer;
                return back;
            case Never:
                Steps = MostSteps;
                return 0;
            case Barrier or Queue:
                return tangle;
            default:
                throw new InvalidOperationException($"unknown statement {statement}");
        }
    }

    private uint RunLoop(Loop loop, uint tangle)
    {
        uint[] counter = _counters[loop.Number];
        foreach (int lane in Lanes(tangle))
            counter[lane] = 0;
        uint behind = 0;
        while (tangle != 0 && Steps < MostSteps)
        {
            tangle = Run(loop.Header, tangle);
            if (loop.Form == LoopForm.While)
            {
                uint stay = GoOn(loop, tangle);
                behind |= tangle & ~stay;
                tangle = stay;
            }

            var turn = new Turn();
            _loops.Push(turn);
            uint rest = tangle;
            if (loop.Form == LoopForm.Endless)
            {
                uint stay = GoOn(loop, tangle);
                Run(loop.Leaves!, tangle & ~stay);
                rest = stay;
            }

            rest = Run(loop.Body, rest);
            _loops.Pop();
            behind |= turn.Left;
            tangle = Run(loop.Continuing, rest | turn.Continued);
            foreach (int lane in Lanes(tangle))
                counter[lane]++;
            if (loop.Form != LoopForm.DoWhile)
                continue;
            uint again = GoOn(loop, tangle);
            behind |= tangle & ~again;
            tangle = again;
        }

        return behind;
    }

    private uint GoOn(Loop loop, uint tangle)
    {
        uint result = 0;
        foreach (int lane in Lanes(tangle))
        {
            uint limit = loop.Limit + ((uint)lane & loop.Varies) + (loop.Known ? 0 : _opaque);
            result |= _counters[loop.Number][lane] < limit ? 1u << lane : 0;
        }

        return result;
    }

    private uint RunSwitch(Switch @switch, uint tangle)
    {
        var selected = new uint[@switch.Cases.Length];
        bool byPlace = @switch.Selector.Length == 0;
        uint bit0 = byPlace ? 0 : Holds(@switch.Selector[0], tangle), bit1 = byPlace ? 0 : Holds(@switch.Selector[1], tangle), behind = 0;
        foreach (int lane in Lanes(tangle))
        {
            uint value = byPlace ? (uint)lane : (bit0 >> lane & 1) + 2 * (bit1 >> lane & 1);
            int to = Array.FindIndex(@switch.Cases, c => c.Literals.Contains(value));
            if (to < 0)
                to = @switch.Default;
            if (to < 0)
                behind |= 1u << lane;
            else
                selected[to] |= 1u << lane;
        }

        var exits = new Exits();
        _switches.Push(exits);
        uint falling = 0;
        for (int i = 0; i < selected.Length; i++)
        {
            uint rest = Run(@switch.Cases[i].Body, selected[i] | falling);
            falling = @switch.Cases[i].Falls ? rest : 0;
            behind |= @switch.Cases[i].Falls ? 0 : rest;
        }

        _switches.Pop();
        return behind | exits.Left;
    }

    private void Answer(Observe observe, uint tangle)
    {
        uint truth = observe.Condition is { } condition ? Holds(condition, tangle) : tangle;
        int first = BitOperations.TrailingZeroCount(tangle);
        uint sum = 0, before = 0;
        foreach (int lane in Lanes(tangle))
            sum += (uint)lane + 1;
        foreach (int lane in Lanes(tangle))
        {
            before++;
            int neighbour = (lane ^ 1) < _lanes && (tangle >> (lane ^ 1) & 1) != 0 ? lane ^ 1 : 0;
            uint answer = observe.Question switch
            {
                Question.Ballot or Question.BallotOf => truth,
                Question.Elect => lane == first ? 1u : 0,
                Question.Any => truth != 0 ? 1u : 0,
                Question.All => truth == tangle ? 1u : 0,
                Question.Sum => sum,
                Question.Scan => before,
                Question.First => (uint)first,
                Question.Neighbour => (uint)neighbour,
                _ => throw new InvalidOperationException($"unknown question {observe.Question}"),
            };
            _gathered[lane] = (_gathered[lane] * 0x01000193) ^ (answer + (uint)observe.Id * 0x10001);
            if (!observe.Stores)
                continue;
            int invocation = _firstInvocation + lane;
            _store(invocation, _stores[lane]++ % ProgramAssembly.Answers, (uint)observe.Id << 16 | answer);
            _store(invocation, ProgramAssembly.Answers, _gathered[lane]);
        }
    }

    private uint Holds(Condition condition, uint tangle)
    {
        uint result = 0;
        foreach (int lane in Lanes(tangle))
        {
            bool holds = condition.Kind switch
            {
                ConditionKind.Mask => (condition.Number >> lane & 1) != 0,
                ConditionKind.Below => lane < condition.Number,
                ConditionKind.Gathered => (_gathered[lane] >> (int)condition.Number & 1) != 0,
                ConditionKind.Turn => (uint)lane - condition.Number == _counters[condition.Loop][lane],
                ConditionKind.Uniform => condition.Number < 2 + _opaque,
                ConditionKind.Workgroup => (_workgroup >> (int)condition.Number & 1) != 0,
                ConditionKind.Known => condition.Number != 0,
                ConditionKind.Elected => lane == BitOperations.TrailingZeroCount(tangle),
                ConditionKind.Even => BitOperations.PopCount(tangle) % 2 == 0,
                _ => throw new InvalidOperationException($"unknown condition {condition}"),
            };
            result |= holds != condition.Negated ? 1u << lane : 0;
        }

        return result;
    }

    private IEnumerable<int> Lanes(uint tangle)
    {
        for (int lane = 0; lane < _lanes; lane++)
        {
            if ((tangle >> lane & 1) != 0)
                yield return lane;
        }
    }
}
