namespace ShaderJit.Fuzz.Reconvergence;

/// <summary>Makes random programs of nested constructs that ask at every turn which lanes are there.</summary>
internal sealed class ProgramGenerator
{
    private const int MostDepth = 7, MostLoops = 4;
    private readonly Random _random;
    private readonly List<Block> _functions = [];
    private readonly List<int> _openLoops = [];
    private readonly int _most;
    private int _budget, _loops, _ids, _mayCall;
    private bool _inSwitch, _inLoop;

    private ProgramGenerator(int seed)
    {
        _random = new Random(seed);
        // Small ones often: what they find needs no reducing.
        _budget = seed % 200 == 199 ? 200 + _random.Next(400) : 4 + _random.Next(seed % 60 + 1);
        _most = _budget > 100 ? 60 : 8;
    }

    public static Program Make(int seed) => new ProgramGenerator(seed).Make();

    private bool Chance(int percent) => _random.Next(100) < percent;

    private Program Make()
    {
        int whole = _budget;
        for (int functions = _random.Next(3); functions > 0; functions--)
        {
            _budget = Math.Min(whole / 2 + 2, 34);
            _functions.Add(Body(1, level: false));
            _mayCall = _functions.Count;
        }

        _budget = whole;
        var main = new List<Statement>(Body(0, level: true).Statements);
        (int, int, int)[] sizes = [(16, 1, 1), (16, 1, 1), (8, 1, 1), (4, 4, 2), (13, 1, 1), (3, 4, 2), (5, 1, 1), (48, 1, 1), (7, 5, 1)];
        return new Program(_functions, new Block(main), _loops, sizes[_random.Next(sizes.Length)]);
    }

    private Block Body(int depth, bool level)
    {
        var statements = new List<Statement>();
        for (int count = _random.Next(1, depth == 0 ? _most : 5); count > 0; count--)
        {
            if (_budget-- <= 0)
                break;
            var statement = Next(depth, level);
            statements.Add(statement);
            if (statement is Loop { Form: LoopForm.Endless, Leaves.Statements: [.., Return] } && Chance(50))
                statements.Add(new Never(Straight()));
            if (statements[^1] is Break or Continue or LeaveSwitch or Return or Never)
                return new Block(statements);
        }

        if (depth == 0 || Chance(60))
            statements.Add(NewObserve());
        return new Block(statements);
    }

    private Statement Next(int depth, bool level)
    {
        bool deep = depth >= MostDepth;
        switch (_random.Next(20))
        {
            case 0 or 1 or 2 or 3 when !deep:
                return NewIf(depth, level);
            case 4 or 5 or 6 when !deep && _openLoops.Count < MostLoops:
                return NewLoop(depth, level);
            case 7 or 8 when !deep:
                return NewSwitch(depth);
            case 9 when depth > 0 && _inLoop:
                return Leave(Chance(60) ? new Break() : new Continue());
            case 10 when depth > 0:
                return _inSwitch ? new LeaveSwitch() : _inLoop ? new Break() : new Compute(7);
            case 11 when depth > 0 && !level:
                return Leave(new Return());
            case 12 when _mayCall > 0:
                return new Call(_random.Next(_mayCall));
            case 13 when level:
                return new Barrier();
            case 16 when Chance(25):
                return Chance(50) ? new Queue() : new If(Unlikely(), new Block([new Never(Straight())]), null);
            case 14 or 15:
                return new Compute((uint)_random.Next(9));
            default:
                return NewObserve();
        }
    }

    /// <summary>A statement that leaves, at times on both sides of a selection.</summary>
    private Statement Leave(Statement leave) =>
        Chance(85) ? leave : new If(NewCondition(), new Block([NewObserve(), leave]), new Block([leave]));

    /// <summary>One that holds for no lane, which the compiler does not know.</summary>
    private Condition Unlikely() => new(ConditionKind.Uniform, (uint)_random.Next(2), true);

    private Observe NewObserve()
    {
        var question = (Question)_random.Next((int)Question.Neighbour + 1);
        if (Chance(40))
            question = Question.Ballot;
        var condition = question is Question.BallotOf or Question.Any or Question.All ? NewCondition() : null;
        return new Observe(question, _ids++ & 0x7fff, condition, Chance(70));
    }

    private Condition NewCondition()
    {
        bool negated = Chance(30);
        switch (_random.Next(16))
        {
            case 0 or 1 or 2 or 3: return new Condition(ConditionKind.Mask, (uint)_random.Next(0x10000), negated);
            case 4 or 5: return new Condition(ConditionKind.Below, (uint)_random.Next(17), negated);
            case 6 or 7: return new Condition(ConditionKind.Gathered, (uint)_random.Next(8), negated);
            case 8 or 9 or 10 when _openLoops.Count > 0:
                return new Condition(ConditionKind.Turn, (uint)_random.Next(8), negated, _openLoops[^1]);
            case 11: return new Condition(ConditionKind.Uniform, (uint)_random.Next(4), negated);
            case 12: return new Condition(ConditionKind.Workgroup, 0, negated);
            case 13: return new Condition(ConditionKind.Known, (uint)_random.Next(2), negated);
            case 14: return new Condition(ConditionKind.Elected, 0, negated);
            default: return new Condition(ConditionKind.Even, 0, negated);
        }
    }

    /// <summary>One that the whole workgroup agrees about.</summary>
    private Condition LevelCondition() => Chance(50)
        ? new Condition(ConditionKind.Uniform, (uint)_random.Next(4), Chance(30))
        : new Condition(ConditionKind.Workgroup, 0, Chance(30));

    private If NewIf(int depth, bool level)
    {
        bool agreed = level && Chance(40);
        var condition = agreed ? LevelCondition() : NewCondition();
        var then = Body(depth + 1, agreed);
        return new If(condition, then, !Chance(50) ? null : Chance(15) ? then : Body(depth + 1, agreed));
    }

    private Loop NewLoop(int depth, bool level)
    {
        bool agreed = level && Chance(40);
        int number = _loops++;
        var form = (LoopForm)_random.Next(3);
        uint limit = (uint)_random.Next(1, 4), varies = agreed || Chance(50) ? 0 : Chance(20) ? 15 : (uint)_random.Next(4);
        var (inLoop, inSwitch) = (_inLoop, _inSwitch);
        (_inLoop, _inSwitch) = (!agreed, false);
        var header = form == LoopForm.While ? Straight() : new Block([]);
        _openLoops.Add(number);
        var leaves = form == LoopForm.Endless ? LastTurn(depth, agreed) : null;
        var body = Body(depth + 1, agreed);
        if (leaves?.Statements[^1] is Return && Chance(50))
            body = new Block([new If(Unlikely(), new Block([NewObserve(), new Break()]), null), .. body.Statements]);
        _openLoops.RemoveAt(_openLoops.Count - 1);
        (_inLoop, _inSwitch) = (inLoop, inSwitch);
        return new Loop(form, number, limit, varies, Chance(50), leaves, header, body, Continuing());
    }

    /// <summary>What a lane does before it leaves.</summary>
    private Block LastTurn(int depth, bool level)
    {
        // Break and continue do not leave the last turn early: it must be the last.
        bool inLoop = _inLoop;
        _inLoop = false;
        var statements = new List<Statement>();
        if (!level && Chance(30) && depth < MostDepth)
            statements.Add(NewIf(depth + 1, false));
        else if (Chance(70))
            statements.Add(NewObserve());
        _inLoop = inLoop;
        statements.Add(level || Chance(60) ? new Break() : new Return());
        return new Block(statements);
    }

    private Block Straight()
    {
        var statements = new List<Statement>();
        for (int count = _random.Next(3); count > 0; count--)
            statements.Add(Chance(70) ? NewObserve() : new Compute((uint)_random.Next(9)));
        return new Block(statements);
    }

    private Block Continuing()
    {
        var straight = Straight();
        return Chance(20) ? new Block([.. straight.Statements, new If(NewCondition(), Straight(), Chance(50) ? Straight() : null)]) : straight;
    }

    private Switch NewSwitch(int depth)
    {
        bool inSwitch = _inSwitch;
        _inSwitch = true;
        // Many cases are looked for in a tree.
        bool many = Chance(6);
        int count = many ? _random.Next(17, 22) : _random.Next(1, 5);
        var cases = new SwitchCase[count];
        uint value = 0;
        for (int i = 0; i < count; i++)
        {
            var literals = new List<uint>();
            for (int n = many || i == 0 || count < 4 ? _random.Next(0, 3) : 1; n > 0; n--)
                literals.Add(many ? (value += (uint)_random.Next(1, 3)) - 1 : value++);
            cases[i] = new SwitchCase([.. literals], Body(depth + 1, level: false), i + 1 < count && Chance(30));
        }

        _inSwitch = inSwitch;
        return new Switch(many ? [] : [NewCondition(), NewCondition()], cases, Chance(60) ? _random.Next(count) : -1);
    }
}
