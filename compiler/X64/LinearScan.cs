namespace ShaderJit.Compiler.X64;

/// <summary>
/// Linear scan over live intervals with holes and splitting (Wimmer and Mössenböck, "Optimized Interval Splitting in a
/// Linear Scan Register Allocator", VEE 2005). In: machine code on virtual registers without critical edges. Out:
/// every piece of every interval has a physical register or is in memory; MoveResolution connects the pieces.
/// </summary>
/// <remarks>
/// What is evicted is what is used last from here, where a use earlier in the same loop counts as the next iteration's,
/// and what can be computed again goes first.
/// </remarks>
internal sealed class LinearScan
{
    private static readonly int[] GprOrder = [1, 2, 6, 7, 3, 8, 9, 10, 11, 12, 13, 5, 0];
    private static readonly int[] MaskOrder = [49, 50, 51, 52, 53, 54, 55];

    private readonly MachineFunction _function;
    private readonly LiveIntervals _live;
    private readonly int[] _vectorOrder;
    private readonly int[] _freeUntil = new int[Reg.FirstVirtual], _score = new int[Reg.FirstVirtual];
    private readonly CurrentIntervals[] _active = [new(), new(), new()], _inactive = [new(), new(), new()];

    /// <summary>Registers of each class that an active interval has, a bit for each.</summary>
    private readonly ulong[] _taken = new ulong[3], _all = new ulong[3];
    private readonly StartQueue _unhandled = new();
    private readonly int[] _lastRegister;
    private readonly List<(int From, int To)> _loops = [];
    private readonly List<int> _blockStarts = [];
    private int _block;

    public LinearScan(MachineFunction function, LiveIntervals live)
    {
        _function = function;
        _live = live;
        _vectorOrder = new int[function.Avx512 ? 32 : 16];
        for (int i = 0; i < _vectorOrder.Length; i++)
            _vectorOrder[i] = Reg.FirstVec + i;
        for (int c = 0; c < _all.Length; c++)
        {
            foreach (int r in Order(c))
                _all[c] |= 1UL << r;
        }

        _lastRegister = new int[function.VirtualCount];
        Array.Fill(_lastRegister, -1);
        StoreAtDefinition = new bool[function.VirtualCount];
        Spilled = new bool[function.VirtualCount];
        foreach (int b in function.Layout)
        {
            _blockStarts.Add(live.BlockFrom[b]);
            ref var block = ref function.Block(b);
            if (block.Terminator == TerminatorKind.Exit)
                continue;
            NoteBackEdge(b, block.Target0);
            if (block.Terminator == TerminatorKind.ConditionalJump)
                NoteBackEdge(b, block.Target1);
        }
    }

    /// <summary>Virtual registers that are stored to their slot right after each definition.</summary>
    public bool[] StoreAtDefinition { get; }

    /// <summary>Virtual registers that have a piece in memory.</summary>
    public bool[] Spilled { get; }

    public void Run()
    {
        _unhandled.Fill(_live, Reg.FirstVirtual, _live.End);
        while (_unhandled.TryTake(out int position, out int current))
        {
            while (_block + 1 < _blockStarts.Count && _blockStarts[_block + 1] <= position)
                _block++;
            int c = Class(current);
            Expire(c, position);
            if (!TryFree(current, c, position))
                Evict(current, c, position);
        }

        _unhandled.Discard();
    }

    private int Class(int interval) => _function.Kind(_live[interval].Reg) switch
    {
        RegKind.Vec => 1,
        RegKind.Mask => 2,
        _ => 0,
    };

    private int[] Order(int c) => c switch { 0 => GprOrder, 1 => _vectorOrder, _ => MaskOrder };

    private void NoteBackEdge(int from, int to)
    {
        int start = _live.BlockFrom[to], end = _live.BlockTo[from];
        if (start >= end)
            return;
        for (int i = 0; i < _loops.Count; i++)
        {
            if (_loops[i].From == start)
            {
                _loops[i] = (start, Math.Max(end, _loops[i].To));
                return;
            }
        }

        _loops.Add((start, end));
    }

    private void Expire(int c, int position)
    {
        var active = _active[c];
        var inactive = _inactive[c];
        ulong activated = 0;
        for (int i = inactive.Count - 1; i >= 0; i--)
        {
            // Its next range begins later.
            if (position < inactive.Change(i))
                continue;
            int it = inactive.Interval(i);
            bool ended = _live[it].End <= position;
            if (!ended && !_live.Covers(it, position))
            {
                inactive.SetChange(i, _live.NextFrom(it));
                continue;
            }

            inactive.RemoveAt(i);
            if (ended)
                continue;
            active.Add(it, _live.NextTo(it));
            activated |= 1UL << _live[it].Location;
        }

        for (int i = active.Count - 1; i >= 0; i--)
        {
            // Its range goes on.
            if (position < active.Change(i))
                continue;
            int it = active.Interval(i);
            bool ended = _live[it].End <= position;
            if (!ended && _live.Covers(it, position))
            {
                active.SetChange(i, _live.NextTo(it));
                continue;
            }

            active.RemoveAt(i);
            _taken[c] &= ~(1UL << _live[it].Location);
            if (!ended)
                inactive.Add(it, _live.NextFrom(it));
        }

        // Last, as one that ends here may have had the same register.
        _taken[c] |= activated;
    }

    private void Assign(int interval, int c, int register)
    {
        ref var it = ref _live[interval];
        it.Location = register;
        _lastRegister[it.Reg.Virtual] = register;
        _active[c].Add(interval, 0);
        _taken[c] |= 1UL << register;
    }

    private bool TryFree(int current, int c, int position)
    {
        ulong free = _all[c] & ~_taken[c];
        if (free == 0)
            return false;
        int end = _live[current].End;
        // Of these, until when is in _freeUntil; the others are free for good.
        ulong limited = 0;
        var inactive = _inactive[c];
        for (int i = 0; i < inactive.Count; i++)
        {
            int r = _live[inactive.Interval(i)].Location;
            if (inactive.Change(i) < end && (free >> r & 1) != 0)
                Limit(ref limited, r, _live.Intersection(current, inactive.Interval(i)));
        }

        if (c == 0 && (free & 1) != 0)
            Limit(ref limited, 0, FixedIntersection(current, 0));
        int v = _live[current].Reg.Virtual;
        if (!(IsFreeHint(_live.Life(v).Hint0, c, end, free, limited, out int best) || IsFreeHint(_live.Life(v).Hint1, c, end, free, limited, out best)))
        {
            best = _lastRegister[v];
            if (best < 0 || !IsFree(best, end, free, limited))
                best = FreeLongest(c, free, limited);
        }

        if (IsFree(best, end, free, limited))
        {
            Assign(current, c, best);
            return true;
        }

        // Free for a while: worth it if there is a use within.
        int cut = SplitPosition(position, _freeUntil[best]);
        if (cut <= position + LiveIntervals.Step || _live.NextUse(current, position, false) is int u && (u < 0 || u >= cut))
            return false;
        int rest = _live.Split(current, cut);
        Assign(current, c, best);
        Requeue(rest);
        return true;
    }

    private void Limit(ref ulong limited, int register, int until)
    {
        if (until == int.MaxValue)
            return;
        bool isFirst = (limited >> register & 1) == 0;
        limited |= 1UL << register;
        _freeUntil[register] = isFirst ? until : Math.Min(_freeUntil[register], until);
    }

    private bool IsFree(int register, int end, ulong free, ulong limited) =>
        (free >> register & 1) != 0 && ((limited >> register & 1) == 0 || _freeUntil[register] >= end);

    /// <summary>The free register that is free for longest; of equals the first in the class's order.</summary>
    private int FreeLongest(int c, ulong free, ulong limited)
    {
        int best = -1;
        foreach (int r in Order(c))
        {
            if ((free >> r & 1) == 0)
                continue;
            if ((limited >> r & 1) == 0)
                return r;
            if (best < 0 || _freeUntil[r] > _freeUntil[best])
                best = r;
        }

        return best;
    }

    private bool IsFreeHint(int hint, int c, int end, ulong free, ulong limited, out int register)
    {
        register = -1;
        if (hint < 0)
            return false;
        if (hint < Reg.FirstVirtual)
            register = hint;
        else if (Class(hint) == c)
            register = _lastRegister[hint - Reg.FirstVirtual];
        return register >= 0 && IsFree(register, end, free, limited);
    }

    private int FixedIntersection(int current, int register) =>
        _live[register].FirstRange < 0 ? int.MaxValue : FixedFrom(current, register);

    private int FixedFrom(int current, int register)
    {
        // Physical intervals are never made active: start from their first range that has not ended.
        _live.Covers(register, _live.Start(current));
        return _live.Intersection(current, register);
    }

    private void Requeue(int interval) => _unhandled.Add(_live.Start(interval), interval);

    private void Evict(int current, int c, int position)
    {
        var order = Order(c);
        foreach (int r in order)
            _score[r] = int.MaxValue;
        var (active, inactive) = (_active[c], _inactive[c]);
        var loop = Loop(position);
        for (int i = 0; i < active.Count; i++)
            Score(active.Interval(i), position, loop);
        for (int i = 0; i < inactive.Count; i++)
        {
            if (_live.Intersection(current, inactive.Interval(i)) != int.MaxValue)
                Score(inactive.Interval(i), position, loop);
        }

        int fixedFrom = c == 0 ? FixedIntersection(current, 0) : int.MaxValue;
        if (fixedFrom <= position + LiveIntervals.Step)
            _score[0] = -1;
        int best = order[0];
        foreach (int r in order)
        {
            if (_score[r] > _score[best])
                best = r;
        }

        int need = _live.NextUse(current, position, true);
        bool canWait = need < 0 || (need & ~3) > position;
        if (canWait && Distance(current, position, loop) >= _score[best])
        {
            SpillFrom(current, position);
            return;
        }

        if (_score[best] <= 0)
            throw new InvalidOperationException("more registers in one instruction than there are");
        for (int i = active.Count - 1; i >= 0; i--)
        {
            int it = active.Interval(i);
            if (_live[it].Location != best)
                continue;
            active.RemoveInOrderAt(i);
            EvictPiece(it, position);
        }

        for (int i = inactive.Count - 1; i >= 0; i--)
        {
            int it = inactive.Interval(i);
            if (_live[it].Location != best || _live.Intersection(current, it) == int.MaxValue)
                continue;
            inactive.RemoveInOrderAt(i);
            Requeue(_live.Split(it, position));
        }

        if (best == 0 && fixedFrom < _live[current].End)
            Requeue(_live.Split(current, SplitPosition(position, fixedFrom)));
        Assign(current, c, best);
    }

    private void Score(int interval, int position, (int From, int To) loop)
    {
        int r = _live[interval].Location;
        _score[r] = Math.Min(_score[r], Distance(interval, position, loop));
    }

    /// <summary>How far the next use is; large for what is better evicted.</summary>
    /// <param name="loop">The innermost loop at the position.</param>
    private int Distance(int interval, int position, (int From, int To) loop)
    {
        int use = _live.NextUse(interval, position, false);
        int distance = use < 0 ? 1 << 20 : use - position;
        if (loop.To != 0 && (use < 0 || use >= loop.To) && _live[interval].End >= loop.To)
        {
            // Not needed again in this iteration: in the next, if it was used in this loop at all.
            int first = FirstUseOfRegister(interval, loop.From, loop.To);
            distance = first >= 0 ? Math.Min(distance, loop.To - position + (first - loop.From)) : distance + (1 << 16);
        }

        return _function.Rematerialize(_live[interval].Reg.Virtual) >= 0 ? distance * 2 + 16 : distance;
    }

    private int FirstUseOfRegister(int interval, int from, int to)
    {
        int original = _live[interval].Reg.Id;
        for (int u = _live[original].FirstUse; u >= 0 && _live.Use(u).Position < to; u = _live.Use(u).Next)
        {
            if (_live.Use(u).Position >= from)
                return _live.Use(u).Position;
        }

        return -1;
    }

    /// <summary>The smallest loop around a position that is longer than another; all zero for none.</summary>
    private (int From, int To) Loop(int position, int longerThan = 0)
    {
        (int From, int To) innermost = default;
        foreach (var loop in _loops)
        {
            if (loop.From <= position && position < loop.To && loop.To - loop.From > longerThan
                && (innermost.To == 0 || loop.To - loop.From < innermost.To - innermost.From))
                innermost = loop;
        }

        return innermost;
    }

    /// <summary>An active interval loses its register at the position.</summary>
    private void EvictPiece(int interval, int position)
    {
        if (_live.Start(interval) >= position)
        {
            // It starts here, without being needed in a register yet.
            SpillFrom(interval, position);
            return;
        }

        SpillFrom(_live.Split(interval, EvictionPosition(interval, position)), position);
    }

    /// <summary>
    /// Where an interval that must leave its register at the position had better leave it: in front of the loops around that
    /// did not need it in a register up to here. Else it would be loaded again on every back edge.
    /// </summary>
    private int EvictionPosition(int interval, int position)
    {
        int cut = position, start = _live.Start(interval), inner = 0;
        while (true)
        {
            var loop = Loop(position, inner);
            if (loop.To == 0 || loop.From <= start)
                return cut;
            // In the innermost loop a memory operand will do; further out, the value may have its register for another loop.
            int use = _live.NextUse(interval, loop.From, onlyRegister: inner == 0);
            if (use >= 0 && use < position)
                return cut;
            cut = loop.From;
            inner = loop.To - loop.From;
        }
    }

    /// <summary>Puts an interval into memory until its next use that needs a register.</summary>
    private void SpillFrom(int interval, int position)
    {
        ref var it = ref _live[interval];
        int v = it.Reg.Virtual;
        int start = _live.Start(interval);
        int need = _live.NextUse(interval, start, true);
        if (need >= 0 && (need & ~3) <= start)
        {
            // The life starts again with a definition (after a hole): nothing to keep until then.
            Requeue(interval);
            return;
        }

        if (need >= 0)
            Requeue(_live.Split(interval, SplitPosition(Math.Max(start, position), need)));
        _live[interval].Location = LiveIntervals.InMemory;
        Spilled[v] = true;
        if (_function.Rematerialize(v) >= 0)
            return;
        int depth = Depth(_block);
        ref readonly var life = ref _live.Life(v);
        if (life.DefinitionDepth < depth || (life.DefinitionDepth == depth && life.Definitions == 1))
            StoreAtDefinition[v] = true;
    }

    /// <summary>The place in (after, before] with the lowest loop depth to cut an interval: a block's start, or the gap
    /// in front of the instruction at <paramref name="before"/>.</summary>
    private int SplitPosition(int after, int before)
    {
        int limit = before & ~3;
        int last = _blockStarts.BinarySearch(limit);
        if (last < 0)
            last = ~last - 1;
        int best = limit, depth = Depth(last);
        for (int b = last; b > 0 && _blockStarts[b] > after; b--)
        {
            // Entering block b from block b - 1 in the layout: the cut takes effect at the start of b.
            int d = Depth(b - 1);
            if (d < depth)
            {
                depth = d;
                best = _blockStarts[b];
            }
        }

        return best;
    }

    private int Depth(int layoutIndex) => _function.Block(_function.Layout[layoutIndex]).LoopDepth;
}
