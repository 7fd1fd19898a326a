using System.Numerics;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>
/// After linear scan: connects the pieces of split intervals by moves, within blocks and along edges, replaces virtual
/// registers by physical ones, and sequentialises parallel copies. In: function, intervals with locations. Out: per
/// block, the final instructions.
/// </summary>
internal sealed class MoveResolution
{
    /// <summary>A move to be done at a gap, together with all others of that gap: virtual register Register gets the value
    /// of Source. With Store, the slot of Register gets it as well.</summary>
    private readonly record struct PendingMove(int Gap, int Register, int From, int To, int Source, bool Store);

    private readonly MachineFunction _function;
    private readonly LiveIntervals _live;
    private readonly LinearScan _scan;
    private readonly SpillSlots _slots;
    private readonly List<PendingMove> _gaps = [];
    private readonly List<PendingMove> _group = [];
    private readonly int[] _piece;
    private MachineInstruction[] _code = SpareArrays<MachineInstruction>.Take(512);
    private int _count;

    /// <summary>The last instruction whose results are stored, as it is before what follows it changes it.</summary>
    private MachineInstruction _stored;

    /// <summary>Places that the moves of _group name, and when each physical register is in use, sorted; made for the
    /// first cycle.</summary>
    private readonly List<int> _named = [];
    private List<(int From, int To)>[]? _inUse;

    public MoveResolution(MachineFunction function, LiveIntervals live, LinearScan scan, SpillSlots slots)
    {
        _function = function;
        _live = live;
        _scan = scan;
        _slots = slots;
        _piece = new int[function.VirtualCount];
        for (int v = 0; v < _piece.Length; v++)
            _piece[v] = Reg.FirstVirtual + v;
        BlockStart = new int[function.BlockCount];
        BlockCount = new int[function.BlockCount];
    }

    /// <summary>The final instructions, and where each block's are.</summary>
    public ref readonly MachineInstruction Code(int index) => ref _code[index];
    public int[] BlockStart { get; }
    public int[] BlockCount { get; }

    /// <summary>Leaves the instructions for the next function; this one must not be used any more.</summary>
    public void Discard()
    {
        SpareArrays<MachineInstruction>.Leave(_code);
        _code = [];
    }

    public void Run()
    {
        CollectSplits();
        CollectEdges();
        // No register has two moves in one gap, so this order is total and the result the same every time.
        _gaps.Sort(static (a, b) => a.Gap != b.Gap ? a.Gap.CompareTo(b.Gap) : a.Register.CompareTo(b.Register));
        int next = 0;
        foreach (int b in _function.Layout)
            Rewrite(b, ref next);
    }

    // The moves in front of one instruction are done in four groups, one after the other: those of an edge at a block's
    // start, those between pieces, those to memory of registers that the instruction itself writes to, those of an edge
    // at a block's end. A gap's number is 4 * position + group.
    private const int AtStart = 0, BetweenPieces = 1, BeforeWrite = 2, AtEnd = 3;

    private void CollectSplits()
    {
        var starts = new HashSet<int>();
        foreach (int b in _function.Layout)
            starts.Add(_live.BlockFrom[b]);
        for (int v = 0; v < _function.VirtualCount; v++)
        {
            int previous = -1;
            for (int p = Reg.FirstVirtual + v; _live[p].NextPiece >= 0; previous = p, p = _live[p].NextPiece)
            {
                int next = _live[p].NextPiece;
                int at = _live.Start(next);
                if (_live[p].End != at || starts.Contains(at))
                    continue;
                bool fromMemory = previous >= 0 && _live[previous].Location == LiveIntervals.InMemory
                    && _live[previous].End == _live.Start(p);
                if (_live[next].Location == LiveIntervals.InMemory && fromMemory && IsUnchanged(p, starts))
                    continue;
                AddMove(4 * (at & ~3) + ((at & 3) == 0 ? BetweenPieces : BeforeWrite), v, _live[p].Location, _live[next].Location);
            }
        }
    }

    /// <summary>True if a piece that was loaded from its slot leaves the slot valid: it lies in one block and nothing in
    /// it writes the register. Reloads for one instruction are such pieces.</summary>
    private bool IsUnchanged(int piece, HashSet<int> blockStarts)
    {
        int start = _live.Start(piece), end = _live[piece].End;
        for (int at = start & ~3; at < end; at += LiveIntervals.Step)
        {
            if (blockStarts.Contains(at) && at >= start)
                return false;
        }

        for (int u = _live[piece].FirstUse; u >= 0 && _live.Use(u).Position < end; u = _live.Use(u).Next)
        {
            if ((_live.Use(u).Position & 3) == 2)
                return false;
        }

        return true;
    }

    private void CollectEdges()
    {
        // The others are in one place from beginning to end.
        var split = new ulong[(_live.Liveness.Globals.Count + 63) / 64];
        var pieces = new int[_live.Liveness.Globals.Count];
        bool any = false;
        for (int g = 0; g < pieces.Length; g++)
        {
            pieces[g] = Reg.FirstVirtual + _live.Liveness.Globals[g];
            if (_live[Reg.FirstVirtual + _live.Liveness.Globals[g]].NextPiece < 0)
                continue;
            split[g >> 6] |= 1UL << (g & 63);
            any = true;
        }

        if (!any)
            return;
        foreach (int b in _function.Layout)
        {
            ref var block = ref _function.Block(b);
            if (block.Terminator == TerminatorKind.Exit)
                continue;
            Edge(b, block.Target0, block.Terminator == TerminatorKind.Jump, split, pieces);
            if (block.Terminator == TerminatorKind.ConditionalJump)
                Edge(b, block.Target1, false, split, pieces);
        }
    }

    /// <param name="pieces">Of each register that more than one block mentions: the piece that the last edge found it in.
    /// Edges come in the order of the blocks that they leave.</param>
    private void Edge(int from, int to, bool atEnd, ReadOnlySpan<ulong> split, Span<int> pieces)
    {
        int end = _live.BlockTo[from] - 1, start = _live.BlockFrom[to];
        for (int part = 0; part < _live.Liveness.Parts; part++)
        {
            var live = _live.Liveness.In(to, part, out int first);
            for (int w = 0; w < live.Length; w++)
            {
                for (ulong bits = live[w] & split[first + w]; bits != 0; bits &= bits - 1)
                    Connect((first + w) * 64 + BitOperations.TrailingZeroCount(bits), end, start, atEnd, pieces);
            }
        }
    }

    /// <summary>The move of a register on an edge, if it is in different places at its two ends.</summary>
    private void Connect(int g, int end, int start, bool atEnd, Span<int> pieces)
    {
        int piece = PieceAt(pieces[g], end);
        pieces[g] = piece;
        ref var source = ref _live[piece];
        bool isBehind = start >= _live.Start(piece);
        // As a rule, what leaves a block in one place enters the next there.
        if (isBehind && start < source.End)
            return;
        int v = _live.Liveness.Globals[g];
        int target = _live[PieceAt(isBehind ? piece : Reg.FirstVirtual + v, start)].Location;
        AddMove(atEnd ? 4 * (end + 1 - LiveIntervals.Step) + AtEnd : 4 * start + AtStart, v, source.Location, target);
    }

    /// <summary>The piece that holds a position, from one on that begins no later.</summary>
    private int PieceAt(int piece, int position)
    {
        while (_live[piece].End <= position)
            piece = _live[piece].NextPiece;
        return piece;
    }

    private void AddMove(int gap, int v, int from, int to)
    {
        if (from == to)
            return;
        if (to == LiveIntervals.InMemory && (_function.Rematerialize(v) >= 0 || _scan.StoreAtDefinition[v]))
            return;
        _gaps.Add(new PendingMove(gap, v, from, to, v, false));
    }

    private void Rewrite(int b, ref int next)
    {
        ref var block = ref _function.Block(b);
        BlockStart[b] = _count;
        int position = _live.BlockFrom[b];
        for (int i = block.Start; i < block.Start + block.Count; i++, position += LiveIntervals.Step)
        {
            EmitGaps(position, ref next);
            ref var inst = ref _function.Code(i);
            if (inst.Kind == InstKind.ParallelCopy)
                ParallelCopy(inst, position);
            else
                Instruction(inst, position, i + 1 < block.Start + block.Count ? i + 1 : -1);
        }

        EmitGaps(position, ref next);
        BlockCount[b] = _count - BlockStart[b];
    }

    private void EmitGaps(int position, ref int next)
    {
        while (next < _gaps.Count && _gaps[next].Gap <= 4 * position + AtEnd)
        {
            int gap = _gaps[next].Gap;
            _group.Clear();
            while (next < _gaps.Count && _gaps[next].Gap == gap)
                _group.Add(_gaps[next++]);
            Sequence(gap / 4);
        }
    }

    private int Location(int v, int position)
    {
        ref int p = ref _piece[v];
        while (_live[p].End <= position)
            p = _live[p].NextPiece;
        return _live[p].Location;
    }

    private void Instruction(in MachineInstruction original, int position, int next)
    {
        // Written in place: an instruction is large. A copy that turns out to do nothing is taken back.
        ref var inst = ref Append();
        inst = original;
        int last = LiveIntervals.LastFoldable(inst);
        for (uint operands = original.Read; operands != 0; operands &= operands - 1)
        {
            int o = BitOperations.TrailingZeroCount(operands);
            var reg = original.Get(o);
            if (!reg.IsVirtual)
                continue;
            int location = Location(reg.Virtual, position + 1);
            if (location >= 0)
                inst.Set(o, new Reg(location));
            else if (o == last)
                Fold(ref inst, o, reg);
            else
                throw new InvalidOperationException($"operand {o} of {inst.Code} at {position} is in memory");
        }

        inst.Mask = Physical(inst.Mask, position + 1);
        if (inst.MemOperand != 255)
        {
            inst.Mem.Base = Physical(inst.Mem.Base, position + 1);
            inst.Mem.Index = Physical(inst.Mem.Index, position + 1);
        }

        for (uint written = inst.Written; written != 0; written &= written - 1)
        {
            int o = BitOperations.TrailingZeroCount(written);
            var reg = original.Get(o);
            if (!reg.IsVirtual)
                continue;
            inst.Set(o, Physical(reg, position + 2));
        }

        uint stores = 0;
        for (uint defined = original.Written; defined != 0; defined &= defined - 1)
        {
            var reg = original.Get(BitOperations.TrailingZeroCount(defined));
            if (reg.IsVirtual && _scan.StoreAtDefinition[reg.Virtual] && !IsUpdatedNext(reg, next, position))
                stores |= defined & (0 - defined);
        }

        if (stores != 0)
            _stored = inst;
        if (inst.Kind == InstKind.Copy)
        {
            if (inst.MemOperand != 255)
            {
                inst.Kind = InstKind.Machine;
            }
            else if (inst.R0 != inst.R1)
            {
                inst = Moves.Between(_function.Kind(original.R0.IsVirtual ? original.R0 : original.R1), inst.R0, inst.R1,
                    _function.Avx512) with { SpirvOffset = inst.SpirvOffset };
            }
            else
            {
                _count--;
            }
        }

        for (; stores != 0; stores &= stores - 1)
        {
            int o = BitOperations.TrailingZeroCount(stores);
            var reg = original.Get(o);
            Add(Moves.Store(_function.Kind(reg), _slots.Of(reg.Virtual), _stored.Get(o), _function.Avx512));
        }
    }

    private ref MachineInstruction Append()
    {
        if (_count == _code.Length)
            Array.Resize(ref _code, _count * 2);
        return ref _code[_count++];
    }

    private void Add(in MachineInstruction instruction) => Append() = instruction;

    /// <summary>True if the following instruction, -1 for none, changes a register where it is: that one's store will do.</summary>
    private bool IsUpdatedNext(Reg reg, int next, int position)
    {
        if (next < 0 || _live[_piece[reg.Virtual]].End <= position + LiveIntervals.Step + 2)
            return false;
        ref var inst = ref _function.Code(next);
        if (inst.Kind != InstKind.Machine)
            return false;
        for (uint written = inst.Written; written != 0; written &= written - 1)
        {
            if (inst.Get(BitOperations.TrailingZeroCount(written)) == reg)
                return true;
        }

        return false;
    }

    private Reg Physical(Reg reg, int position)
    {
        if (!reg.IsVirtual)
            return reg;
        int location = Location(reg.Virtual, position);
        if (location < 0)
            throw new InvalidOperationException($"v{reg.Virtual} is in memory at {position}");
        return new Reg(location);
    }

    /// <summary>Makes a spilled operand a memory operand.</summary>
    private void Fold(ref MachineInstruction inst, int operand, Reg reg)
    {
        if (inst.Kind == InstKind.Copy)
        {
            var load = Reload(reg.Virtual, _function.Kind(reg), inst.R0);
            load.Kind = InstKind.Copy;
            if (load.MemOperand == 255)
            {
                // Computed again without memory: an instruction, not a move.
                load.Kind = InstKind.Machine;
                load.Flags |= InstFlags.Writes0;
            }

            inst = load;
            return;
        }

        inst.MemOperand = (byte)operand;
        inst.Set(operand, Reg.None);
        int again = _function.Rematerialize(reg.Virtual);
        if (again < 0)
        {
            inst.Mem = Mem.Slot(_slots.Of(reg.Virtual));
            return;
        }

        var (bits, bytes) = _function.Constant(reg.Virtual);
        if (bytes == 0)
        {
            inst.Mem = _function.Code(again).Mem;
            return;
        }

        bool broadcast = inst.Has(bytes == 4 ? InstFlags.Broadcasts32 : InstFlags.Broadcasts64);
        inst.Mem = Mem.Pool(broadcast ? _function.Pool.Scalar(bits, bytes) : _function.Pool.Splat(bits, bytes), broadcast);
    }

    private MachineInstruction Reload(int v, RegKind kind, Reg to)
    {
        int again = _function.Rematerialize(v);
        if (again < 0)
            return Moves.Load(kind, to, _slots.Of(v), _function.Avx512);
        var inst = _function.Code(again);
        for (int o = 0; o < inst.OperandCount; o++)
        {
            if (inst.IsReg(o) && inst.Get(o).Id == Reg.FirstVirtual + v)
                inst.Set(o, to);
        }

        return inst;
    }

    private void ParallelCopy(in MachineInstruction inst, int position)
    {
        _group.Clear();
        for (int c = 0; c < inst.R0.Id; c++)
        {
            ref var pair = ref _function.Copy((int)inst.Immediate + c);
            int source = pair.From.Virtual, target = pair.To.Virtual;
            int from = Location(source, position + 1), to = Location(target, position + 2);
            bool store = _scan.StoreAtDefinition[target];
            if (store && from >= 0 && from == to)
                Add(Moves.Store(KindOf(target), _slots.Of(target), new Reg(from), _function.Avx512));
            else if (from != to || from < 0)
                _group.Add(new PendingMove(0, target, from, to, source, store && to >= 0));
        }

        Sequence(position);
    }

    private RegKind KindOf(int v) => _function.Kind(new Reg(Reg.FirstVirtual + v));

    // Places of a parallel move: registers from 0 on, the two below, and slots, by their offset, from FirstSlot down.
    private const int Anywhere = -3, Saved = -4, FirstSlot = -16;

    private int SourcePlace(in PendingMove move) => move.From != LiveIntervals.InMemory ? move.From
        : _function.Rematerialize(move.Source) >= 0 ? Anywhere : FirstSlot - _slots.Of(move.Source);

    private int TargetPlace(in PendingMove move) =>
        move.To != LiveIntervals.InMemory ? move.To : FirstSlot - _slots.Of(move.Register);

    /// <summary>Does the moves of _group at once: each when nobody else still reads what it writes; a cycle is broken
    /// by saving one source in a free register, or else in the frame.</summary>
    private void Sequence(int position)
    {
        _named.Clear();
        for (int i = 0; i < _group.Count; i++)
        {
            var move = _group[i];
            move = move with { From = SourcePlace(move), To = TargetPlace(move) };
            _group[i] = move;
            _named.Add(move.From);
            _named.Add(move.To);
        }

        while (_group.Count > 0)
        {
            bool progress = false;
            for (int i = _group.Count - 1; i >= 0; i--)
            {
                var move = _group[i];
                if (IsRead(move.To, i))
                    continue;
                if (move.From != move.To)
                    Emit(move);
                _group.RemoveAt(i);
                progress = true;
            }

            if (progress)
                continue;
            // The move of an earlier cycle that reads the save slot is done: its whole component was.
            var first = _group[0];
            var kind = KindOf(first.Register);
            int free = first.From >= 0 ? FreeRegister(kind, position) : -1;
            Through(kind, first.From, free >= 0 ? free : FirstSlot - _slots.Scratch(kind, 0), first.Source);
            _group[0] = first with { From = free >= 0 ? free : Saved };
        }
    }

    /// <summary>A register that holds nothing around a position and that no move of the group names; -1 for none.</summary>
    private int FreeRegister(RegKind kind, int position)
    {
        var inUse = _inUse ??= CollectUses();
        var (first, last) = kind switch
        {
            RegKind.Vec => (Reg.FirstVec, Reg.FirstVec + (_function.Avx512 ? 31 : 15)),
            RegKind.Mask => (Reg.FirstMask + 1, Reg.FirstMask + 7),
            _ => (Reg.Rax.Id + 1, Reg.Arguments.Id - 1),
        };
        for (int r = last; r >= first; r--)
        {
            if (r != Reg.Frame.Id && !_named.Contains(r) && !IsInUse(inUse[r], position - 1, position + LiveIntervals.Step))
                return r;
        }

        return -1;
    }

    private List<(int From, int To)>[] CollectUses()
    {
        var uses = new List<(int From, int To)>[Reg.FirstVirtual];
        for (int r = 0; r < uses.Length; r++)
            uses[r] = [];
        for (int i = Reg.FirstVirtual; i < _live.Count; i++)
        {
            if (_live[i].Location < 0)
                continue;
            for (int r = _live[i].FirstRange; r >= 0; r = _live.Range(r).Next)
                uses[_live[i].Location].Add((_live.Range(r).From, _live.Range(r).To));
        }

        foreach (var list in uses)
            list.Sort();
        return uses;
    }

    /// <summary>The ranges of one register do not overlap, so that the last one to begin in time decides.</summary>
    private static bool IsInUse(List<(int From, int To)> ranges, int from, int to)
    {
        int low = 0, high = ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ranges[middle].From < to)
                low = middle + 1;
            else
                high = middle;
        }

        return low > 0 && ranges[low - 1].To > from;
    }

    private bool IsRead(int place, int except)
    {
        for (int i = 0; i < _group.Count; i++)
        {
            if (i != except && _group[i].From == place)
                return true;
        }

        return false;
    }

    private void Emit(in PendingMove move)
    {
        var kind = KindOf(move.Register);
        int from = move.From == Saved ? FirstSlot - _slots.Scratch(kind, 0) : move.From;
        Through(kind, from, move.To, move.Source);
        if (move.Store)
            Add(Moves.Store(kind, _slots.Of(move.Register), new Reg(move.To), _function.Avx512));
    }

    /// <summary>One move between places, through a register that is saved meanwhile where both are in memory.</summary>
    private void Through(RegKind kind, int from, int to, int source)
    {
        bool avx512 = _function.Avx512;
        if (to >= 0)
        {
            var register = new Reg(to);
            Add(from >= 0 ? Moves.Between(kind, register, new Reg(from), avx512)
                : from == Anywhere ? Reload(source, kind, register)
                : Moves.Load(kind, register, FirstSlot - from, avx512));
            return;
        }

        if (from >= 0)
        {
            Add(Moves.Store(kind, FirstSlot - to, new Reg(from), avx512));
            return;
        }

        int temporary = kind == RegKind.Vec ? Reg.FirstVec : kind == RegKind.Mask ? Reg.FirstMask + 1 : Reg.Rax.Id;
        var whole = kind == RegKind.G32 ? RegKind.G64 : kind;
        int saved = _slots.Scratch(kind, 1);
        Add(Moves.Store(whole, saved, new Reg(temporary), avx512));
        Through(kind, from, temporary, source);
        Add(Moves.Store(kind, FirstSlot - to, new Reg(temporary), avx512));
        Add(Moves.Load(whole, new Reg(temporary), saved, avx512));
    }
}
