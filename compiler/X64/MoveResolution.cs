using System.Numerics;

namespace ShaderJit.Compiler.X64;

/// <summary>
/// After linear scan: connects the pieces of split intervals by moves, within blocks and along edges, replaces virtual
/// registers by physical ones, and sequentialises parallel copies. In: function, intervals with locations. Out: per
/// block, the final instructions.
/// </summary>
internal sealed class MoveResolution
{
    /// <summary>A move to be done at a gap, together with all others of that gap.</summary>
    private readonly record struct PendingMove(int Gap, int Register, int From, int To);

    private readonly MachineFunction _function;
    private readonly LiveIntervals _live;
    private readonly LinearScan _scan;
    private readonly SpillSlots _slots;
    private readonly List<PendingMove> _gaps = [];
    private readonly List<PendingMove> _group = [];
    private readonly int[] _piece;

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
    public List<MachineInstruction> Code { get; } = [];
    public int[] BlockStart { get; }
    public int[] BlockCount { get; }

    public void Run()
    {
        CollectSplits();
        CollectEdges();
        // Edge moves of a gap come after the splits of the same gap: the sort is by gap and, within, by order of
        // discovery, which List.Sort does not keep; so the order is part of the key.
        _gaps.Sort(static (a, b) => a.Gap != b.Gap ? a.Gap.CompareTo(b.Gap) : a.Register.CompareTo(b.Register));
        int next = 0;
        foreach (int b in _function.Layout)
            Rewrite(b, ref next);
    }

    // Gaps are doubled: 2 * position for moves between pieces, 2 * position + 1 for moves of an edge at a block's end.
    private void CollectSplits()
    {
        var starts = new HashSet<int>();
        foreach (int b in _function.Layout)
            starts.Add(_live.BlockFrom[b]);
        for (int v = 0; v < _function.VirtualCount; v++)
        {
            for (int p = Reg.FirstVirtual + v; _live[p].NextPiece >= 0; p = _live[p].NextPiece)
            {
                int next = _live[p].NextPiece;
                int at = _live.Start(next);
                if (_live[p].End != at || starts.Contains(at))
                    continue;
                AddMove(2 * (at & ~3), v, _live[p].Location, _live[next].Location);
            }
        }
    }

    private void CollectEdges()
    {
        var predecessors = new int[_function.BlockCount];
        foreach (int b in _function.Layout)
        {
            ref var block = ref _function.Block(b);
            if (block.Terminator == TerminatorKind.Exit)
                continue;
            predecessors[block.Target0]++;
            if (block.Terminator == TerminatorKind.ConditionalJump)
                predecessors[block.Target1]++;
        }

        foreach (int b in _function.Layout)
        {
            ref var block = ref _function.Block(b);
            if (block.Terminator == TerminatorKind.Exit)
                continue;
            Edge(b, block.Target0, block.Terminator == TerminatorKind.Jump);
            if (block.Terminator == TerminatorKind.ConditionalJump)
                Edge(b, block.Target1, false);
        }
    }

    private void Edge(int from, int to, bool atEnd)
    {
        var live = _live.Liveness.In(to);
        for (int w = 0; w < live.Length; w++)
        {
            for (ulong bits = live[w]; bits != 0; bits &= bits - 1)
            {
                int v = _live.Liveness.Globals[w * 64 + BitOperations.TrailingZeroCount(bits)];
                if (_live[Reg.FirstVirtual + v].NextPiece < 0)
                    continue;
                int source = LocationAt(v, _live.BlockTo[from] - 1);
                int target = LocationAt(v, _live.BlockFrom[to]);
                int gap = atEnd ? 2 * (_live.BlockTo[from] - LiveIntervals.Step) + 1 : 2 * _live.BlockFrom[to];
                AddMove(gap, v, source, target);
            }
        }
    }

    private int LocationAt(int v, int position)
    {
        int p = Reg.FirstVirtual + v;
        while (_live[p].End <= position)
            p = _live[p].NextPiece;
        return _live[p].Location;
    }

    private void AddMove(int gap, int v, int from, int to)
    {
        if (from == to)
            return;
        if (to == LiveIntervals.InMemory && (_function.Rematerialize(v) >= 0 || _scan.StoreAtDefinition[v]))
            return;
        _gaps.Add(new PendingMove(gap, v, from, to));
    }

    private void Rewrite(int b, ref int next)
    {
        ref var block = ref _function.Block(b);
        BlockStart[b] = Code.Count;
        int position = _live.BlockFrom[b];
        for (int i = block.Start; i < block.Start + block.Count; i++, position += LiveIntervals.Step)
        {
            EmitGap(2 * position, ref next);
            ref var inst = ref _function.Code(i);
            if (inst.Kind == InstKind.ParallelCopy)
                ParallelCopy(inst, position);
            else
                Instruction(inst, position);
        }

        EmitGap(2 * position, ref next);
        EmitGap(2 * position + 1, ref next);
        BlockCount[b] = Code.Count - BlockStart[b];
    }

    private void EmitGap(int gap, ref int next)
    {
        if (next >= _gaps.Count || _gaps[next].Gap != gap)
            return;
        _group.Clear();
        while (next < _gaps.Count && _gaps[next].Gap == gap)
            _group.Add(_gaps[next++]);
        Sequence(0);
    }

    private int Location(int v, int position)
    {
        ref int p = ref _piece[v];
        while (_live[p].End <= position)
            p = _live[p].NextPiece;
        return _live[p].Location;
    }

    private void Instruction(in MachineInstruction original, int position)
    {
        var inst = original;
        int last = LiveIntervals.LastFoldable(inst);
        int storeAfter = -1;
        for (int o = 0; o < inst.OperandCount; o++)
        {
            if (!inst.IsReg(o) || !inst.Get(o).IsVirtual || !inst.Reads(o))
                continue;
            var reg = inst.Get(o);
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

        for (int o = 0; o < inst.OperandCount; o++)
        {
            if (!inst.IsReg(o) || !inst.Writes(o))
                continue;
            var reg = original.Get(o);
            if (!reg.IsVirtual)
                continue;
            inst.Set(o, Physical(reg, position + 2));
            if (_scan.StoreAtDefinition[reg.Virtual])
                storeAfter = o;
        }

        if (inst.Kind != InstKind.Copy)
        {
            Code.Add(inst);
        }
        else if (inst.MemOperand != 255)
        {
            inst.Kind = InstKind.Machine;
            Code.Add(inst);
        }
        else if (inst.R0 != inst.R1)
        {
            Code.Add(Moves.Between(_function.Kind(original.R0.IsVirtual ? original.R0 : original.R1), inst.R0, inst.R1,
                _function.Avx512) with { SpirvOffset = inst.SpirvOffset });
        }

        if (storeAfter >= 0)
        {
            var reg = original.Get(storeAfter);
            Code.Add(Moves.Store(_function.Kind(reg), _slots.Of(reg.Virtual), inst.Get(storeAfter), _function.Avx512));
        }
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
            int from = Location(pair.From.Virtual, position + 1);
            int to = Location(pair.To.Virtual, position + 2);
            if (from >= 0 && from == to)
            {
                if (_scan.StoreAtDefinition[pair.To.Virtual])
                    Store(pair.To.Virtual, from);
                continue;
            }

            // In memory on both sides: the slots differ. The register is kept in Gap, which has no other use here.
            _group.Add(new PendingMove(pair.From.Virtual, pair.To.Virtual, from, to));
        }

        Sequence(1);
    }

    private RegKind KindOf(int v) => _function.Kind(new Reg(Reg.FirstVirtual + v));

    private void Store(int v, int register) =>
        Code.Add(Moves.Store(KindOf(v), _slots.Of(v), new Reg(register), _function.Avx512));

    /// <summary>Does the moves of _group at once. In a parallel copy, PendingMove.Gap is the register that is the
    /// source of one that is in memory.</summary>
    private void Sequence(int parallelCopy)
    {
        bool avx512 = _function.Avx512;
        // Slot to slot, through a register that is saved; then stores; neither overwrites a register.
        for (int i = _group.Count - 1; i >= 0; i--)
        {
            var move = _group[i];
            if (move.To >= 0)
                continue;
            var kind = KindOf(move.Register);
            if (move.From >= 0)
            {
                Store(move.Register, move.From);
            }
            else if (parallelCopy == 1 && _slots.Of(move.Register) >= 0)
            {
                var temporary = new Reg(kind == RegKind.Vec ? Reg.FirstVec : kind == RegKind.Mask ? Reg.FirstMask + 1 : 0);
                var whole = kind == RegKind.G32 ? RegKind.G64 : kind;
                int saved = _slots.Scratch(kind);
                Code.Add(Moves.Store(whole, saved, temporary, avx512));
                Code.Add(Reload(move.Gap, kind, temporary));
                Store(move.Register, temporary.Id);
                Code.Add(Moves.Load(whole, temporary, saved, avx512));
            }

            _group.RemoveAt(i);
        }

        // Register to register: whatever nobody else still reads may be written.
        while (true)
        {
            bool progress = false, left = false;
            for (int i = _group.Count - 1; i >= 0; i--)
            {
                var move = _group[i];
                if (move.From < 0)
                    continue;
                bool read = false;
                foreach (var other in _group)
                    read |= other.From == move.To && other != move;
                if (read)
                {
                    left = true;
                    continue;
                }

                Code.Add(Moves.Between(KindOf(move.Register), new Reg(move.To), new Reg(move.From), avx512));
                Finish(move, parallelCopy);
                _group.RemoveAt(i);
                progress = true;
            }

            if (!left)
                break;
            if (!progress)
                BreakCycle(avx512, parallelCopy);
        }

        foreach (var move in _group)
        {
            int source = parallelCopy == 1 ? move.Gap : move.Register;
            if (move.From == CycleStart)
                Code.Add(Moves.Load(KindOf(move.Register), new Reg(move.To), _slots.Scratch(KindOf(move.Register)), avx512));
            else
                Code.Add(Reload(source, KindOf(move.Register), new Reg(move.To)));
            Finish(move, parallelCopy);
        }

        _group.Clear();
    }

    private const int CycleStart = -3;

    /// <summary>Every move left waits for another: one source goes to the frame, to be loaded at the end.</summary>
    private void BreakCycle(bool avx512, int parallelCopy)
    {
        // One cycle per class at most uses the scratch slot at a time: finish it before the next is broken.
        int chosen = -1;
        for (int i = 0; i < _group.Count && chosen < 0; i++)
        {
            if (_group[i].From >= 0)
                chosen = i;
        }

        var kind = KindOf(_group[chosen].Register);
        for (int i = 0; i < _group.Count; i++)
        {
            var waiting = _group[i];
            if (waiting.From != CycleStart || Class(KindOf(waiting.Register)) != Class(kind))
                continue;
            Code.Add(Moves.Load(KindOf(waiting.Register), new Reg(waiting.To), _slots.Scratch(kind), avx512));
            Finish(waiting, parallelCopy);
            _group.RemoveAt(i);
            return;
        }

        Code.Add(Moves.Store(kind == RegKind.G32 ? RegKind.G64 : kind, _slots.Scratch(kind),
            new Reg(_group[chosen].From), avx512));
        _group[chosen] = _group[chosen] with { From = CycleStart };
    }

    private static int Class(RegKind kind) => kind == RegKind.Vec ? 1 : kind == RegKind.Mask ? 2 : 0;

    private void Finish(PendingMove move, int parallelCopy)
    {
        if (parallelCopy == 1 && _scan.StoreAtDefinition[move.Register])
            Store(move.Register, move.To);
    }
}
