using System.Numerics;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// The linearised flow of a stretch: which places may hold parked lanes when a block runs, where control goes next, and
/// which blocks ask first whether any lane came. In: a stretch and which branches part lanes. Out: per place, below.
/// Invariant: control goes to the earliest place that may hold lanes, so that lanes meet where the shader's flow joins;
/// a place that is passed over holds none.
/// </summary>
/// <remarks>
/// Partial linearisation after Moll and Hack (PLDI 2018): a branch that lanes take together stays a branch; one that
/// parts them goes to its nearer target and leaves the other parked. Where nothing is parked, all lanes that entered the
/// stretch are present and no mask is needed.
/// </remarks>
internal sealed class LinearPlan
{
    /// <summary>Below this cost a block without dangerous ops runs under an empty mask rather than being skipped.</summary>
    private const int TestCost = 10;
    private readonly NormalFlow _flow;
    private readonly Stretch _stretch;
    private readonly DivergenceAnalysis _divergence;

    /// <summary>Places that may hold lanes, a bit for each, by the place that runs; an empty array for none.</summary>
    private readonly ulong[][] _parked;
    private readonly bool[] _maybeEmpty;
    private bool _changed;

    public LinearPlan(NormalFlow flow, Stretch stretch, DivergenceAnalysis divergence)
    {
        _flow = flow;
        _stretch = stretch;
        _divergence = divergence;
        int n = stretch.Count;
        _parked = new ulong[n + 1][];
        Array.Fill(_parked, []);
        Test = new bool[n];
        Reached = new bool[n + 1];
        SameMaskAs = new int[n];
        _maybeEmpty = new bool[n];
        for (int i = 0; i < n; i++)
            SameMaskAs[i] = FindSameMask(i);
        do
        {
            _changed = false;
            Array.Clear(_maybeEmpty);
            Reached[0] = true;
            for (int i = 0; i < n; i++)
            {
                if (Reached[i])
                    Visit(i);
            }
        }
        while (_changed);
    }

    /// <summary>The block asks at its start whether a lane came.</summary>
    public bool[] Test { get; }

    /// <summary>Control may get there at all.</summary>
    public bool[] Reached { get; }

    /// <summary>A place earlier on that every lane which is here went through, and from where every lane came here; or
    /// -1.</summary>
    public int[] SameMaskAs { get; }

    /// <summary>All lanes that entered the stretch are present when the block runs.</summary>
    public bool IsWhole(int place)
    {
        foreach (ulong word in _parked[place])
        {
            if (word != 0)
                return false;
        }

        return true;
    }

    /// <summary>Where control goes from a place that lanes leave for <paramref name="target"/>, or for nowhere (-1): the
    /// earliest of that and of what may be parked. -1 where nothing is left.</summary>
    public int Next(int place, int target)
    {
        int parked = First(_parked[place]);
        return target < 0 ? parked : parked < 0 ? target : Math.Min(parked, target);
    }

    public int Next(int place, int first, int second) => Next(place, Math.Min(first, second));

    /// <summary>Lanes may be at the block when it runs, but need not.</summary>
    public bool MaybeEmpty(int place) => _maybeEmpty[place] && !Test[place];

    private void Visit(int i)
    {
        if (SameMaskAs[i] >= 0)
            _maybeEmpty[i] = _maybeEmpty[SameMaskAs[i]] && !Test[SameMaskAs[i]];
        else if (IsWhole(i))
            _maybeEmpty[i] = false;
        Test[i] = _maybeEmpty[i] && (NeedsLanes(i) || Cost(i) > TestCost);
        bool sure = !_maybeEmpty[i] || Test[i];
        if (Test[i])
            Go(i, -1, -1, false);
        var block = _stretch.Blocks[i];
        var to = _stretch.Successors[i];
        int loop = _flow.LoopOf[block.Index];
        if (to.Length == 0)
        {
            if (_stretch.LoopOf(i) >= 0 && _flow.Loops[loop].Latch == block)
                Park(_stretch.IndexOf(_flow.Loops[loop].Header), _parked[i]);
            else
                Go(i, -1, -1, false);
        }
        else if (to.Length == 1)
        {
            Go(i, to[0].To, -1, sure);
        }
        else if (_divergence.PartsLanes(block))
        {
            Go(i, to[0].To, to[1].To, false);
        }
        else
        {
            Go(i, to[0].To, -1, sure);
            Go(i, to[1].To, -1, sure);
        }
    }

    /// <summary>Lanes go from a place to one or two others, or vanish.</summary>
    private void Go(int from, int first, int second, bool sure)
    {
        int next = Next(from, first);
        if (second >= 0)
            next = Math.Min(next, second);
        if (next < 0)
            return;
        if (!Reached[next])
        {
            Reached[next] = true;
            _changed = true;
        }

        if (next < _stretch.Count && !(sure && next == first))
            _maybeEmpty[next] = true;
        Park(next, _parked[from]);
        ParkOne(next, first);
        ParkOne(next, second);
    }

    private void ParkOne(int at, int place)
    {
        if (place < 0 || place == at)
            return;
        ref ulong word = ref Row(at)[place / 64];
        ulong old = word;
        word |= 1UL << (place % 64);
        _changed |= word != old;
    }

    private void Park(int at, ulong[] places)
    {
        for (int w = 0; w < places.Length; w++)
        {
            ulong add = places[w];
            if (w == at / 64)
                add &= ~(1UL << (at % 64));
            if (add == 0)
                continue;
            ref ulong word = ref Row(at)[w];
            _changed |= (word | add) != word;
            word |= add;
        }
    }

    private ulong[] Row(int place)
    {
        if (_parked[place].Length == 0)
            _parked[place] = new ulong[(_stretch.Count + 64) / 64];
        return _parked[place];
    }

    private static int First(ulong[] places)
    {
        for (int w = 0; w < places.Length; w++)
        {
            if (places[w] != 0)
                return w * 64 + BitOperations.TrailingZeroCount(places[w]);
        }

        return -1;
    }

    private int FindSameMask(int place)
    {
        int loop = _stretch.LoopOf(place);
        int at = place;
        while (at > 0)
        {
            at = _stretch.LinearIdom[at];
            int around = _stretch.LoopOf(at);
            if (around == loop)
                return _stretch.PostDominates(place, at) && !IsHeader(place, loop) ? at : -1;
            if (!_flow.Within(around, loop))
                return -1;
        }

        return -1;
    }

    private bool IsHeader(int place, int loop) => loop >= 0 && _flow.Loops[loop].Header == _stretch.Blocks[place];

    /// <summary>Whether a block must not run without lanes: it ends dispatches, writes what all lanes share, could fault
    /// on an address that nobody made, or could loop; or whether it should not.</summary>
    private bool NeedsLanes(int place)
    {
        var block = _stretch.Blocks[place];
        int loop = _stretch.LoopOf(place);
        if (loop >= 0 && (_flow.Loops[loop].Header == block || _flow.Loops[loop].Latch == block))
            return true;
        if (_flow.Cut[block.Index])
            return true;
        var f = _flow.F;
        for (var id = f[block].First; !id.IsNone; id = f[id].Next)
        {
            switch (f[id].Op)
            {
                case Op.TrapIf or Op.Unreachable or Op.Store or Op.AtomicRmw or Op.AtomicCompareExchange or Op.MemoryBarrier:
                    return true;
                // Once all lanes have left the loop, it would load for none, from behind the end: that costs more than to ask.
                case Op.Load when loop >= 0 && _divergence.IsDivergent(loop) && f[f.Operand(id, 0)].Op is not (Op.PushBase or Op.WorkgroupBase):
                    return true;
                case Op.Load when f.Operands(id).Length < 3 && f[f.Operand(id, 0)].Op is not (Op.PushBase or Op.WorkgroupBase):
                    return true;
            }
        }

        return false;
    }

    private int Cost(int place)
    {
        var f = _flow.F;
        int cost = 0;
        for (var id = f[_stretch.Blocks[place]].First; !id.IsNone; id = f[id].Next)
        {
            cost += f[id].Op switch
            {
                Op.Const or Op.Builtin => 0,
                Op.Load or Op.Store or Op.PrivateLoad or Op.PrivateStore => 4,
                Op.UDiv or Op.SDiv or Op.URem or Op.SRem or Op.FDiv or Op.FSqrt => 6,
                _ => 1,
            };
        }

        return cost;
    }
}
