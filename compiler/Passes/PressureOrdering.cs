using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Orders the nodes of a loop's blocks so that fewer vectors live at once, for targets with few vector registers. Subgroups that
/// run side by side come out of the SIMD stage instruction by instruction, so that all their temporaries live together; a machine
/// that executes out of order overlaps them as well when one follows the other. In: Simd level. Out: the same nodes in the same
/// blocks. Invariant: operands first; accesses keep their order but for loads among themselves.
/// </summary>
/// <remarks>A list scheduler: next comes a node that needs no more registers than it frees, if one is ready; else whatever the
/// nearest user of what was computed last waits for. An order that is no better than the old one is thrown away.</remarks>
internal sealed class PressureOrdering
{
    /// <summary>Blocks in which no more vectors than this live at once stay as they are.</summary>
    private const int Enough = 14;

    private const int MinNodes = 12, MaxNodes = 1500;

    /// <summary>Nodes computed last whose users are looked at, and nodes that such a user may wait for.</summary>
    private const int Recent = 12, MaxWaiting = 16;

    /// <summary>What a vector counts, where a general register counts 1.</summary>
    private const int VectorWeight = 4;

    [ThreadStatic]
    private static PressureOrdering? s_current;

    private readonly List<ValueId> _nodes = [], _order = [];
    private readonly List<int> _good = [], _stack = [];

    // By value: place in the block, behind those the places of values from outside (-1 for all others); uses in the block, uses left.
    private int[] _place = [], _local = [], _left = [];

    // By place: operands and accesses that are to come first, and those that wait, from _firstWaiting[place] on.
    private int[] _missing = [], _firstWaiting = [], _waiting = [], _marked = [];
    private bool[] _done = [];
    private readonly List<(int First, int Then)> _edges = [];
    private PassContext _context = null!;
    private Function _f = null!;
    private int _loop, _outer, _next, _goal, _mark;

    public static void Run(PassContext context, Function f)
    {
        context.BuildLoops(f);
        if (context.Loops.Count == 0)
            return;
        context.Uses.Build(f);
        var pass = s_current ??= new PressureOrdering();
        (pass._context, pass._f) = (context, f);
        pass.Run();
        pass._f = null!;
    }

    private void Run()
    {
        int count = _f.NodeCount;
        if (_place.Length < count)
            (_place, _local, _left) = (new int[count * 2], new int[count * 2], new int[count * 2]);
        Array.Fill(_place, -1, 0, count);
        Array.Clear(_local, 0, count);
        foreach (var block in _f.Layout)
        {
            _loop = _context.Loops.LoopOf(block);
            if (_loop != LoopForest.NoLoop)
                Visit(block);
        }
    }

    private void Visit(BlockId block)
    {
        _nodes.Clear();
        var end = _f.Terminator(block);
        for (var id = _f[block].First; id != end; id = _f[id].Next)
            _nodes.Add(id);
        if (_nodes.Count is < MinNodes or > MaxNodes)
            return;
        Enter(end);
        int before = Most(_nodes);
        if (before > Enough)
        {
            FindEdges();
            Order();
            if (Most(_order) < before)
            {
                foreach (var id in _order)
                {
                    _f.Unlink(id);
                    _f.InsertBefore(end, id);
                }
            }
        }

        Leave(end);
    }

    private void Enter(ValueId end)
    {
        for (int i = 0; i < _nodes.Count; i++)
        {
            _place[_nodes[i].Index] = i;
            foreach (var operand in _f.Operands(_nodes[i]))
                _local[operand.Index]++;
        }

        foreach (var operand in _f.Operands(end))
            _local[operand.Index]++;
        _outer = 0;
        foreach (var id in _nodes)
        {
            foreach (var operand in _f.Operands(id))
            {
                if (_place[operand.Index] < 0)
                    _place[operand.Index] = _nodes.Count + _outer++;
            }
        }
    }

    private bool IsHere(ValueId id) => (uint)_place[id.Index] < (uint)_nodes.Count;

    private void Leave(ValueId end)
    {
        foreach (var id in _nodes)
        {
            _place[id.Index] = -1;
            foreach (var operand in _f.Operands(id))
                (_place[operand.Index], _local[operand.Index]) = (-1, 0);
        }

        foreach (var operand in _f.Operands(end))
            _local[operand.Index] = 0;
    }

    private void ResetUses()
    {
        foreach (var id in _nodes)
        {
            _left[id.Index] = _local[id.Index];
            foreach (var operand in _f.Operands(id))
                _left[operand.Index] = _local[operand.Index];
        }
    }

    /// <summary>Vector registers of a value that is computed once per iteration; 0 for constants and what is no vector.</summary>
    private int Vectors(ValueId id)
    {
        ref var node = ref _f[id];
        if (node.Op == Op.Const || !(node.Type.Lanes || node.Type.IsFloat) || (node.Op == Op.Splat && node.Type.IsFloat))
            return 0;
        return node.Type is { Lanes: true, Bits: 64 } ? 2 : 1;
    }

    private int Weight(ValueId id)
    {
        if (_f[id].Op == Op.Const || _f[id].Type.IsVoid)
            return 0;
        int vectors = Vectors(id);
        return vectors > 0 ? vectors * VectorWeight : _f[id].Type.Lanes || _f[id].Type.IsFloat ? 0 : 1;
    }

    /// <summary>Whether the register of a value is free behind its last use in the block.</summary>
    private bool Dies(ValueId id) =>
        _context.Uses[id] == _local[id.Index] && (IsHere(id) || _context.Loops.LoopOf(_f[id].Block) == _loop);

    /// <summary>The most vectors that live at once, of those that the block uses.</summary>
    private int Most(List<ValueId> order)
    {
        ResetUses();
        int live = 0;
        foreach (var id in order)
        {
            foreach (var operand in _f.Operands(id))
            {
                if (!IsHere(operand) && _left[operand.Index] > 0)
                {
                    live += Vectors(operand);
                    _left[operand.Index] = -_left[operand.Index];
                }
            }
        }

        int most = live;
        foreach (var id in order)
        {
            foreach (var operand in _f.Operands(id))
            {
                ref int left = ref _left[operand.Index];
                left += left < 0 ? 1 : -1;
                if (left == 0 && Dies(operand))
                    live -= Vectors(operand);
            }

            live += _context.Uses[id] > 0 ? Vectors(id) : 0;
            most = Math.Max(most, live);
        }

        return most;
    }

    private void FindEdges()
    {
        int count = _nodes.Count, places = count + _outer;
        if (_missing.Length < places)
            (_missing, _firstWaiting, _marked, _done) = (new int[places * 2], new int[places * 2 + 2], new int[places * 2], new bool[places * 2]);
        Array.Clear(_missing, 0, count);
        Array.Clear(_firstWaiting, 0, places + 2);
        Array.Clear(_done, 0, count);
        Array.Clear(_marked, 0, count);
        _mark = 0;
        _edges.Clear();
        int write = -1, diagnostic = -1, reads = 0;
        for (int i = 0; i < count; i++)
        {
            foreach (var operand in _f.Operands(_nodes[i]))
                _edges.Add((_place[operand.Index], i));

            ref var node = ref _f[_nodes[i]];
            var effect = OpTable.Info(node.Op).Effect;
            if (effect == Effect.Pure)
                continue;
            const NodeFlags Kept = NodeFlags.Volatile | NodeFlags.Atomic;
            if (effect == Effect.ReadsMemory && (node.Flags & Kept) == 0)
            {
                // What nobody writes is not read in front of the note that says who faults.
                int behind = (node.Flags & NodeFlags.ReadOnly) != 0 ? diagnostic : write;
                if (behind >= 0)
                    _edges.Add((behind, i));
                continue;
            }

            for (; reads < i; reads++)
            {
                if (OpTable.Info(_f[_nodes[reads]].Op).Effect != Effect.Pure)
                    _edges.Add((reads, i));
            }

            write = i;
            if (node.Op == Op.DiagnosticStore)
                diagnostic = i;
        }

        if (_waiting.Length < _edges.Count)
            _waiting = new int[_edges.Count * 2];
        foreach (var (first, then) in _edges)
        {
            _missing[then] += first < count ? 1 : 0;
            _firstWaiting[first + 2]++;
        }

        for (int i = 2; i <= places; i++)
            _firstWaiting[i] += _firstWaiting[i - 1];
        foreach (var (first, then) in _edges)
            _waiting[_firstWaiting[first + 1]++] = then;
    }

    private ReadOnlySpan<int> Waiting(int place) => _waiting.AsSpan(_firstWaiting[place], _firstWaiting[place + 1] - _firstWaiting[place]);

    private void Order()
    {
        ResetUses();
        _order.Clear();
        _good.Clear();
        (_next, _goal) = (0, -1);
        for (int i = 0; i < _nodes.Count; i++)
            Consider(i);
        while (_order.Count < _nodes.Count)
            Take(NextGood() is >= 0 and var good ? good : TowardsGoal());
    }

    /// <summary>Notes a node that is ready and needs no more registers than it frees.</summary>
    private void Consider(int place)
    {
        if (!_done[place] && _missing[place] == 0 && Balance(place) >= 0 && !_good.Contains(place))
            _good.Add(place);
    }

    /// <summary>Registers that a node frees, less those that it needs, weighted.</summary>
    private int Balance(int place)
    {
        var id = _nodes[place];
        int balance = _context.Uses[id] > 0 ? -Weight(id) : 0;
        var operands = _f.Operands(id);
        for (int i = 0; i < operands.Length; i++)
        {
            int uses = 1;
            bool seen = false;
            for (int j = 0; j < operands.Length; j++)
            {
                uses += j != i && operands[j] == operands[i] ? 1 : 0;
                seen |= j < i && operands[j] == operands[i];
            }

            if (!seen && _left[operands[i].Index] == uses && Dies(operands[i]))
                balance += Weight(operands[i]);
        }

        return balance;
    }

    private int NextGood()
    {
        int best = -1;
        foreach (int place in _good)
        {
            if (best < 0 || place < best)
                best = place;
        }

        return best;
    }

    private void Take(int place)
    {
        var id = _nodes[place];
        _done[place] = true;
        _good.Remove(place);
        if (_goal == place)
            _goal = -1;
        _order.Add(id);
        foreach (var operand in _f.Operands(id))
        {
            if (--_left[operand.Index] is > 0 and <= 2)
            {
                // Its last user may have become worth taking.
                foreach (int user in Waiting(_place[operand.Index]))
                    Consider(user);
            }
        }

        foreach (int user in Waiting(place))
        {
            if (--_missing[user] == 0)
                Consider(user);
        }
    }

    /// <summary>A ready node that what is to be reached next waits for.</summary>
    private int TowardsGoal()
    {
        if (_goal < 0)
            _goal = Goal();
        int place = _goal;
        while (_missing[place] > 0)
            place = FirstMissing(place);
        return place;
    }

    private int FirstMissing(int place)
    {
        foreach (var operand in _f.Operands(_nodes[place]))
        {
            if (IsHere(operand) && !_done[_place[operand.Index]])
                return _place[operand.Index];
        }

        // An access that comes first.
        foreach (var (first, then) in _edges)
        {
            if (then == place && first < _nodes.Count && !_done[first])
                return first;
        }

        throw new InvalidOperationException("nothing is missing");
    }

    /// <summary>The user of something computed lately that waits for the fewest nodes; else the first node that is left.</summary>
    private int Goal()
    {
        int best = -1, fewest = MaxWaiting;
        for (int i = _order.Count - 1; i >= Math.Max(0, _order.Count - Recent); i--)
        {
            foreach (int user in Waiting(_place[_order[i].Index]))
            {
                if (_done[user])
                    continue;
                int waits = WaitsFor(user, fewest);
                if (waits < fewest)
                    (best, fewest) = (user, waits);
            }
        }

        if (best >= 0)
            return best;
        while (_done[_next])
            _next++;
        return _next;
    }

    /// <summary>How many nodes are to be computed for one, itself not counted, up to a limit.</summary>
    private int WaitsFor(int place, int limit)
    {
        _mark++;
        _stack.Clear();
        _stack.Add(place);
        int waits = 0;
        while (_stack.Count > 0 && waits < limit)
        {
            int at = _stack[^1];
            _stack.RemoveAt(_stack.Count - 1);
            foreach (var operand in _f.Operands(_nodes[at]))
            {
                int made = _place[operand.Index];
                if (!IsHere(operand) || _done[made] || _marked[made] == _mark)
                    continue;
                _marked[made] = _mark;
                waits++;
                _stack.Add(made);
            }
        }

        return waits;
    }
}
