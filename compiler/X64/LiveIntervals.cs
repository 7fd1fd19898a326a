using System.Numerics;
using System.Runtime.CompilerServices;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>[From, To) of a register's life, linked by ascending position.</summary>
internal struct LiveRange
{
    public int From, To, Next;
}

/// <summary>A place where a register is read or written, linked by ascending position.</summary>
internal struct UsePosition
{
    public int Position, Next;

    /// <summary>False where a spilled value can serve as it is.</summary>
    public bool NeedsRegister;
}

/// <summary>A piece of a register's life in one place. The pieces of one register are linked by ascending position.</summary>
internal struct LiveInterval
{
    /// <summary>The <see cref="Reg"/> it belongs to.</summary>
    public Reg Reg;
    public int FirstRange, Cursor, End, FirstUse, NextPiece;

    /// <summary>A use that was asked for last, or -1: questions go forward as a rule, and a register may have thousands.</summary>
    public int UseCursor;

    /// <summary>Physical register, or <see cref="LiveIntervals.InMemory"/>, or <see cref="LiveIntervals.Unassigned"/>.</summary>
    public int Location;
}

/// <summary>What else is known of a virtual register's life.</summary>
internal struct VirtualLife
{
    /// <summary>Instructions that write it, and the loop depth of the deepest of them.</summary>
    public int Definitions, DefinitionDepth;

    /// <summary>Virtual (or, below FirstVirtual, physical) registers that it is copied from or to; -1 for none.</summary>
    public int Hint0, Hint1;
}

/// <summary>
/// The live intervals of a function, with holes. Index below <see cref="Reg.FirstVirtual"/>: what instructions do to
/// that physical register; then one per virtual register; then the pieces that splitting makes.
/// </summary>
/// <remarks>
/// Positions: an instruction at p (a multiple of <see cref="Step"/>) has moves inserted at p, reads at p + 1, writes at
/// p + 2. A block starts with the position of its first instruction and ends with one step for its terminator.
/// </remarks>
internal sealed class LiveIntervals
{
    public const int Step = 4, InMemory = -2, Unassigned = -1;

    private readonly MachineFunction _function;
    private LiveInterval[] _intervals;
    // Spare arrays hold anything: every element is written whole before it is counted.
    private LiveRange[] _ranges = SpareArrays<LiveRange>.Take(1024);
    private UsePosition[] _uses = SpareArrays<UsePosition>.Take(2048);
    private VirtualLife[] _lives;
    private int _rangeCount, _useCount;

    public LiveIntervals(MachineFunction function, Liveness liveness)
    {
        _function = function;
        BlockFrom = new int[function.BlockCount];
        BlockTo = new int[function.BlockCount];
        _lives = SpareArrays<VirtualLife>.Take(function.VirtualCount);
        Array.Fill(_lives, new VirtualLife { Hint0 = -1, Hint1 = -1 }, 0, function.VirtualCount);
        Count = Reg.FirstVirtual + function.VirtualCount;
        _intervals = SpareArrays<LiveInterval>.Take(Count * 2);
        for (int i = 0; i < Count; i++)
        {
            _intervals[i] = new LiveInterval
            {
                Reg = new Reg(i), FirstRange = -1, Cursor = -1, FirstUse = -1, UseCursor = -1, NextPiece = -1, Location = Unassigned,
            };
        }

        int position = 0;
        foreach (int b in function.Layout)
        {
            BlockFrom[b] = position;
            position += Step * (function.Block(b).Count + 1);
            BlockTo[b] = position;
        }

        End = position;
        Liveness = liveness;
        for (int l = function.Layout.Count - 1; l >= 0; l--)
            Build(function.Layout[l]);
        for (int i = 0; i < Count; i++)
            _intervals[i].Cursor = _intervals[i].FirstRange;
    }

    /// <summary>Leaves the arrays for the next function; this one must not be used any more.</summary>
    public void Discard()
    {
        SpareArrays<LiveRange>.Leave(_ranges);
        SpareArrays<UsePosition>.Leave(_uses);
        SpareArrays<LiveInterval>.Leave(_intervals);
        SpareArrays<VirtualLife>.Leave(_lives);
        (_ranges, _uses, _intervals, _lives) = ([], [], [], []);
        Liveness.Discard();
    }

    public Liveness Liveness { get; }

    /// <summary>The position behind the last block.</summary>
    public int End { get; }
    public int[] BlockFrom { get; }
    public int[] BlockTo { get; }

    public int Count { get; private set; }

    /// <summary>By the index of a virtual register.</summary>
    public ref readonly VirtualLife Life(int virtualIndex) => ref _lives[virtualIndex];

    public ref LiveInterval this[int index] => ref _intervals[index];
    public ref LiveRange Range(int index) => ref _ranges[index];
    public ref UsePosition Use(int index) => ref _uses[index];
    public int Start(int interval) => _ranges[_intervals[interval].FirstRange].From;

    /// <summary>True if the interval is live at the position, which never goes back for one interval.</summary>
    public bool Covers(int interval, int position)
    {
        ref var it = ref _intervals[interval];
        while (it.Cursor >= 0 && _ranges[it.Cursor].To <= position)
            it.Cursor = _ranges[it.Cursor].Next;
        return it.Cursor >= 0 && _ranges[it.Cursor].From <= position;
    }

    /// <summary>Start and end of the range that <see cref="Covers"/> came to; there is one.</summary>
    public int NextFrom(int interval) => _ranges[_intervals[interval].Cursor].From;
    public int NextTo(int interval) => _ranges[_intervals[interval].Cursor].To;

    /// <summary>First position where both are live, from their cursors on; int.MaxValue where there is none.</summary>
    public int Intersection(int a, int b)
    {
        int x = _intervals[a].Cursor, y = _intervals[b].Cursor;
        while (x >= 0 && y >= 0)
        {
            ref var r = ref _ranges[x];
            ref var s = ref _ranges[y];
            int from = Math.Max(r.From, s.From);
            if (from < Math.Min(r.To, s.To))
                return from;
            if (r.To < s.To)
                x = r.Next;
            else
                y = s.Next;
        }

        return int.MaxValue;
    }

    /// <summary>First use at or after the position, -1 for none.</summary>
    public int NextUse(int interval, int position, bool onlyRegister)
    {
        ref var it = ref _intervals[interval];
        int at = it.UseCursor >= 0 && _uses[it.UseCursor].Position <= position ? it.UseCursor : it.FirstUse;
        while (at >= 0 && _uses[at].Position < position)
        {
            it.UseCursor = at;
            at = _uses[at].Next;
        }

        for (; at >= 0 && _uses[at].Position < it.End; at = _uses[at].Next)
        {
            if (!onlyRegister || _uses[at].NeedsRegister)
                return _uses[at].Position;
        }

        return -1;
    }

    /// <summary>Cuts an interval; what lives at or after the position becomes a new piece, which is returned.</summary>
    public int Split(int interval, int position)
    {
        if (Count == _intervals.Length)
            Array.Resize(ref _intervals, Count * 2);
        ref var it = ref _intervals[interval];
        int previous = -1, r = it.FirstRange;
        while (_ranges[r].To <= position)
        {
            previous = r;
            r = _ranges[r].Next;
        }

        int first = r;
        if (_ranges[r].From < position)
        {
            first = NewRange(position, _ranges[r].To, _ranges[r].Next);
            _ranges[r].To = position;
            _ranges[r].Next = -1;
            previous = r;
        }
        else
        {
            _ranges[previous].Next = -1;
        }

        int use = it.FirstUse;
        while (use >= 0 && _uses[use].Position < position)
            use = _uses[use].Next;
        int piece = Count++;
        _intervals[piece] = new LiveInterval
        {
            Reg = it.Reg, FirstRange = first, Cursor = first, End = it.End, FirstUse = use, UseCursor = -1, NextPiece = it.NextPiece,
            Location = Unassigned,
        };
        it.NextPiece = piece;
        it.End = _ranges[previous].To;
        if (it.Cursor >= 0 && _ranges[it.Cursor].From >= position)
            it.Cursor = -1;
        return piece;
    }

    private int NewRange(int from, int to, int next)
    {
        if (_rangeCount == _ranges.Length)
            Array.Resize(ref _ranges, _rangeCount * 2);
        _ranges[_rangeCount] = new LiveRange { From = from, To = to, Next = next };
        return _rangeCount++;
    }

    private void Build(int b)
    {
        ref var block = ref _function.Block(b);
        int from = BlockFrom[b], to = BlockTo[b];
        for (int part = 0; part < Liveness.Parts; part++)
        {
            if (Liveness.Parts == 1)
            {
                AddThrough(Liveness.Out(b), 0, from, to);
                continue;
            }

            if (block.Terminator != TerminatorKind.Exit)
                AddThrough(Liveness.In(block.Target0, part, out int first), first, from, to);
            if (block.Terminator == TerminatorKind.ConditionalJump)
                AddThrough(Liveness.In(block.Target1, part, out int first), first, from, to);
        }

        for (int i = block.Start + block.Count - 1; i >= block.Start; i--)
        {
            int p = from + Step * (i - block.Start);
            ref var inst = ref _function.Code(i);
            if (inst.Kind == InstKind.ParallelCopy)
            {
                for (int c = 0; c < inst.R0.Id; c++)
                {
                    ref var pair = ref _function.Copy((int)inst.Immediate + c);
                    Define(pair.To, p, block.LoopDepth, false);
                    Hint(pair.To, pair.From);
                }

                for (int c = 0; c < inst.R0.Id; c++)
                    Read(_function.Copy((int)inst.Immediate + c).From, from, p, false);
                continue;
            }

            if (inst.Kind == InstKind.Copy)
                Hint(inst.R0, inst.R1);
            int last = LastFoldable(inst);
            for (uint operands = inst.Written; operands != 0; operands &= operands - 1)
                Define(inst.Get(BitOperations.TrailingZeroCount(operands)), p, block.LoopDepth, true);

            // What a gather leaves of its mask is nobody's value, and is not stored.
            if (inst.Has(InstFlags.WritesMask))
                Define(inst.Mask, p, int.MaxValue, true);
            if (inst.Has(InstFlags.UsesRax))
            {
                Define(Reg.Rax, p, 0, true);
                Read(Reg.Rax, from, p, true);
            }

            for (uint operands = inst.Read; operands != 0; operands &= operands - 1)
            {
                int o = BitOperations.TrailingZeroCount(operands);
                Read(inst.Get(o), from, p, o != last);
            }

            Read(inst.Mask, from, p, true);
            if (inst.MemOperand != 255)
            {
                Read(inst.Mem.Base, from, p, true);
                Read(inst.Mem.Index, from, p, true);
            }
        }
    }

    /// <summary>Registers of a set that live from one position to another: words from <paramref name="first"/> on.</summary>
    private void AddThrough(ReadOnlySpan<ulong> live, int first, int from, int to)
    {
        for (int w = 0; w < live.Length; w++)
        {
            for (ulong bits = live[w]; bits != 0; bits &= bits - 1)
            {
                int v = Liveness.Globals[(first + w) * 64 + BitOperations.TrailingZeroCount(bits)];
                AddRange(Reg.FirstVirtual + v, from, to);
            }
        }
    }

    /// <summary>The register operand that may be memory instead, or -1.</summary>
    public static int LastFoldable(in MachineInstruction inst)
    {
        if (inst.Kind == InstKind.Copy)
            return 1;
        if (!inst.Has(InstFlags.FoldsLast) || inst.MemOperand != 255)
            return -1;
        int last = inst.ImmOperand == 255 ? inst.OperandCount - 1 : inst.OperandCount - 2;
        // The same register twice: one operand cannot go to memory alone without reading it anyway.
        return last;
    }

    private void Define(Reg reg, int p, int depth, bool needsRegister)
    {
        if (reg.IsNone)
            return;
        ref var it = ref _intervals[reg.Id];
        if (it.FirstRange < 0 || _ranges[it.FirstRange].From > p + 2)
            AddRange(reg.Id, p + 2, p + Step);
        else
            _ranges[it.FirstRange].From = p + 2;
        AddUse(reg.Id, p + 2, needsRegister);
        if (reg.IsVirtual)
        {
            ref var life = ref _lives[reg.Virtual];
            life.Definitions++;
            life.DefinitionDepth = Math.Max(life.DefinitionDepth, depth);
        }
    }

    private void Read(Reg reg, int blockFrom, int p, bool needsRegister)
    {
        // Pinned registers have no interval.
        if (!reg.IsVirtual && reg != Reg.Rax)
            return;
        AddRange(reg.Id, blockFrom, p + 2);
        AddUse(reg.Id, p + 1, needsRegister);
    }

    private void Hint(Reg to, Reg from)
    {
        if (to.IsVirtual)
            AddHint(to.Virtual, from.Id);
        if (from.IsVirtual)
            AddHint(from.Virtual, to.Id);
    }

    private void AddHint(int v, int hint)
    {
        ref var life = ref _lives[v];
        if (life.Hint0 < 0)
            life.Hint0 = hint;
        else if (life.Hint0 != hint)
            life.Hint1 = hint;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddRange(int interval, int from, int to)
    {
        ref var it = ref _intervals[interval];
        if (it.FirstRange >= 0 && _ranges[it.FirstRange].From <= to)
        {
            ref var first = ref _ranges[it.FirstRange];
            first.From = Math.Min(first.From, from);
            first.To = Math.Max(first.To, to);
            return;
        }

        if (it.FirstRange < 0)
            it.End = to;
        it.FirstRange = NewRange(from, to, it.FirstRange);
    }

    private void AddUse(int interval, int position, bool needsRegister)
    {
        ref var it = ref _intervals[interval];
        if (it.FirstUse >= 0 && _uses[it.FirstUse].Position == position)
        {
            _uses[it.FirstUse].NeedsRegister |= needsRegister;
            return;
        }

        if (_useCount == _uses.Length)
            Array.Resize(ref _uses, _useCount * 2);
        _uses[_useCount] = new UsePosition { Position = position, NeedsRegister = needsRegister, Next = it.FirstUse };
        it.FirstUse = _useCount++;
    }
}
