using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// Stretches: each is a loop over the subgroups; what follows one is decided once for the workgroup, behind that loop.
/// </summary>
/// <remarks>
/// Where the exits of a stretch part lanes, or could, each subgroup notes which exits its lanes took. Lanes that ended
/// are taken out of the live mask, which is kept per subgroup; if the others disagree, the dispatch ends with
/// <see cref="TrapCode.DivergentBarrier"/>.
/// </remarks>
internal sealed partial class KernelEmitter
{
    /// <summary>In the diagnostic block of packed workgroups: larger than any number that the driver would name
    /// invocations by.</summary>
    private const int NoSubgroup = 1 << 24;

    private bool[] _exitsPart = [];

    /// <summary>Some invocations may end while others go on to a barrier, so live masks are kept.</summary>
    private bool _keepsLive;
    private int _liveOffset;
    private readonly Dictionary<(int Place, int Subgroup), int> _exitMasks = [];
    private readonly int[] _liveVariables;
    private int _exitNumber;

    private bool HasSubgroupLoop => _ids.Subgroups > _together;

    private void EmitStretches()
    {
        _exitsPart = new bool[_stretches.Count];
        for (int i = 0; i < _stretches.Count; i++)
        {
            _exitsPart[i] = _workgroup.ExitsPart[i];
            var state = new StretchState(i, _stretches[i], new LinearPlan(_flow, _stretches[i], _lanes), _together) { WorkgroupEntry = _b.NewBlock() };
            _states.Add(state);
            bool ends = false, goesOn = false;
            foreach (var block in _stretches[i].Blocks)
            {
                ends |= block == _flow.End;
                goesOn |= _flow.Cut[block.Index];
            }

            _keepsLive |= _exitsPart[i] && ends && goesOn;
        }

        if (_keepsLive && HasSubgroupLoop)
            _liveOffset = _layout.Add(4L * _ids.Subgroups);
        for (int j = 0; j < _together; j++)
            _liveVariables[j] = _b.Variables.New(IrType.Mask);
        _b.Jump(_states[0].WorkgroupEntry);
        foreach (var state in _states)
            EmitStretch(state);
        ResolveCarried();
    }

    private void EmitStretch(StretchState state)
    {
        _s = state;
        _exitMasks.Clear();
        _exitNumber = _b.Variables.New(IrType.I32);
        _b.Start(state.WorkgroupEntry);
        _b.Variables.Open(state.WorkgroupEntry, state.WorkgroupEntry, static _ => AtHeader.Undefined);
        var seen = ValueId.None;
        BlockId fin = _b.NewBlock(), first = _b.NewBlock();
        if (HasSubgroupLoop)
        {
            state.SubgroupEntry = _b.NewBlock();
            state.Subgroup = _g.AddParam(state.SubgroupEntry, IrType.I32);
            _g.Jump(_b.Current, state.SubgroupEntry, [_b.I32(0)]);
            _b.Variables.AddEdge(_b.Current, 0, state.SubgroupEntry);
            if (_exitsPart[state.Index])
            {
                seen = _g.AddParam(state.SubgroupEntry, IrType.I32);
                _g.AddArgument(_g.Terminator(state.WorkgroupEntry), 0, _b.I32(0));
            }

            _b.Start(state.SubgroupEntry);
            _b.Variables.Open(state.SubgroupEntry, state.WorkgroupEntry, AtSubgroupEntry);
        }
        else
        {
            state.SubgroupEntry = state.WorkgroupEntry;
            state.Subgroup = _b.I32(0);
        }

        // Faults of the others that run together are reported as this one's, traps as their own.
        var number = state.Subgroup;
        _b.Emit(Op.DiagnosticStore, IrType.Void, [_packed > 1 ? _b.I32(NoSubgroup) : number], aux: DiagnosticBlock.Subgroup);
        var any = _b.EmptyMask;
        for (state.Current = 0; state.Current < _together; state.Current++)
        {
            state.Subgroup = _b.Binary(Op.IAdd, number, _b.I32(state.Current));
            state.EntryMask = EntryMask();
            any = _b.Or(any, state.EntryMask);
        }

        state.Current = 0;
        if ((_keepsLive && state.Index > 0) || (_packed > 1 && _ids.Subgroups > 1))
        {
            _b.Branch(_b.Any(any), first, fin);
        }
        else
        {
            _b.Jump(first);
        }

        _b.Start(first);
        if (state.Index == 0)
        {
            for (state.Current = 0; state.Current < _together; state.Current++)
                ClearPrivateArrays();
            state.Current = 0;
        }

        _b.Jump(state.EntryOf(0, _b));
        for (int i = 0; i < state.Stretch.Count; i++)
        {
            if (state.Plan.Reached[i] && state.HasEntry(i))
                EmitBlock(i);
        }

        if (state.HasEntry(state.Stretch.Exit))
        {
            _b.Start(state.EntryOf(state.Stretch.Exit, _b));
            _b.Jump(fin);
        }

        if (_b.Variables.PredecessorCount(fin) > 0)
            EndSubgroup(fin, seen);
    }

    /// <summary>Masks and parameters start anew in each subgroup; what is the same for the workgroup stays.</summary>
    private AtHeader AtSubgroupEntry(int variable) =>
        _variablePlace.ContainsKey(variable) || _variableLoop.ContainsKey(variable) || _exitVariables.Contains(variable)
            ? AtHeader.Undefined : AtHeader.Carried;

    private ValueId EntryMask()
    {
        if (_keepsLive && _s.Index > 0)
        {
            if (!HasSubgroupLoop)
                return CaptureLive();
            var bits = _b.Emit(Op.Load, IrType.I32, [_b.ScratchBase, _b.Binary(Op.Shl, _s.Subgroup, _b.I32(2))], _liveOffset);
            return _b.Emit(Op.MaskFromBits, IrType.Mask, [bits]);
        }

        if (_packed > 1)
        {
            var here = _b.Linear(_ids.Emit(_b, BuiltinValue.LocalIdX, _s.Subgroup), 1);
            return _b.Binary(Op.ULt, here, _b.Lanes(_b.Binary(Op.IMul, _running, _b.I32(_f.LocalSize.X / _packed))));
        }

        if (_ids.IsFull)
            return _b.FullMask;
        var linear = _b.Linear(_b.Binary(Op.IMul, _s.Subgroup, _b.I32(_laneCount)), 1);
        return _b.Binary(Op.ULt, linear, _b.Lanes(_b.I32(_ids.Invocations)));
    }

    /// <summary>The end of the loop over subgroups, and where the workgroup goes from there.</summary>
    private void EndSubgroup(BlockId fin, ValueId seen)
    {
        _b.Start(fin);
        bool part = _exitsPart[_s.Index];
        var bits = part ? _b.I32(0) : ValueId.None;
        for (_s.Current = 0; _s.Current < _together; _s.Current++)
        {
            var live = _s.EntryMask;
            if (part)
                bits = _b.Binary(Op.Or, bits, ExitBits(fin, out live));
            if (!_keepsLive || _s.Exits.Count == 0)
                continue;
            if (HasSubgroupLoop)
                _b.Emit(Op.Store, IrType.Void, [_b.ScratchBase, _b.Binary(Op.Shl, _s.Subgroup, _b.I32(2)), BitsOf(live)], _liveOffset);
            else
                _b.Variables.Write(fin, _liveVariables[_s.Current], live);
        }

        _s.Current = 0;
        if (HasSubgroupLoop)
        {
            _s.After = _b.NewBlock();
            var next = _b.Binary(Op.IAdd, _s.Subgroup, _b.I32(_together));
            if (part)
                bits = _b.Binary(Op.Or, seen, bits);
            _g.Branch(fin, _b.Binary(Op.ULt, next, _b.I32(_ids.Subgroups)), _s.SubgroupEntry,
                part ? [next, bits] : [next], _s.After, []);
            _b.Variables.AddEdge(fin, 0, _s.SubgroupEntry);
            _b.Variables.AddEdge(fin, 1, _s.After);
            _b.Start(_s.After);
            _b.Variables.Seal(_s.SubgroupEntry);
        }
        else
        {
            _s.After = fin;
        }

        LeaveStretch(part, bits);
    }

    /// <summary>i32: bit k where lanes of the subgroup took exit k; and the lanes that took any.</summary>
    private ValueId ExitBits(BlockId fin, out ValueId live)
    {
        var bits = _b.I32(0);
        live = _b.EmptyMask;
        for (int k = 0; k < _s.Exits.Count; k++)
        {
            var mask = _b.Variables.Read(fin, _exitMasks[(_s.Exits[k].Place, _s.Current)]);
            if (mask.IsNone)
                continue;
            live = _b.Or(live, mask);
            bits = _b.Binary(Op.Or, bits, _b.Select(_b.Any(mask), _b.I32(1L << k), _b.I32(0)));
        }

        return bits;
    }

    private ValueId BitsOf(ValueId mask) => _b.IsConst(mask, out long full)
        ? _b.I32(full == 0 ? 0 : (1L << _laneCount) - 1) : _b.Emit(Op.MaskBits, IrType.I32, [mask]);

    /// <summary>Goes to the stretch that the workgroup's invocations chose, or to the end of the workgroup.</summary>
    private void LeaveStretch(bool part, ValueId bits)
    {
        bool ends = _flow.End is { IsNone: false } end && _s.Stretch.IndexOf(end) >= 0;
        if (part && _s.Exits.Count > 1)
        {
            _g.CurrentSpirvOffset = _f[_f.Terminator(_s.Stretch.Blocks[_s.Exits[0].Place])].SpirvOffset;
            var others = _b.Binary(Op.And, bits, _b.Binary(Op.ISub, bits, _b.I32(1)));
            EmitTrapIf(_b.Binary(Op.INe, others, _b.I32(0)), ValueId.None, TrapCode.DivergentBarrier);
        }

        var number = part || _s.Exits.Count + (ends ? 1 : 0) < 2 ? ValueId.None : _b.Variables.Read(_b.Current, _exitNumber);
        for (int k = 0; k < _s.Exits.Count; k++)
        {
            var to = _states[_s.Exits[k].To].WorkgroupEntry;
            if (k == _s.Exits.Count - 1 && !ends)
            {
                TakeExit(_s.Exits[k], to);
                return;
            }

            var chosen = part
                ? _b.Binary(Op.INe, _b.Binary(Op.And, bits, _b.I32(1L << k)), _b.I32(0))
                : _b.Binary(Op.IEq, number, _b.I32(k));
            BlockId take = _b.NewBlock(), other = _b.NewBlock();
            _b.Branch(chosen, take, other);
            _b.Start(take);
            TakeExit(_s.Exits[k], to);
            _b.Start(other);
        }

        _b.Jump(_workgroupDone);
    }

    private void TakeExit(StretchExit exit, BlockId to)
    {
        _b.Emit(Op.MemoryBarrier, IrType.Void, []);
        _transitions.Add(new Transition(_b.Current, _s, exit));
        _b.Jump(to);
    }

    /// <summary>Lanes at a place leave the stretch through a barrier or for good.</summary>
    private void EmitExit(int place)
    {
        var block = _s.Stretch.Blocks[place];
        bool ends = block == _flow.End;
        int number = _s.Exits.Count;
        if (!ends)
        {
            var (behind, _) = ControlFlow.Successors(_f, block);
            _s.Exits.Add(new StretchExit(place, _b.Current, _stretches.FindIndex(s => s.Entry == behind)));
        }

        if (!_exitsPart[_s.Index])
        {
            _b.Variables.Write(_b.Current, _exitNumber, _b.I32(ends ? -1 : number));
        }
        else if (!ends)
        {
            for (_s.Current = 0; _s.Current < _together; _s.Current++)
            {
                int variable = _b.Variables.New(IrType.Mask);
                _exitMasks.Add((place, _s.Current), variable);
                _exitVariables.Add(variable);
                _b.Variables.Write(_b.Current, variable, _s.Masks[place]);
            }

            _s.Current = 0;
        }
    }

    private void ClearPrivateArrays()
    {
        for (int i = 0; i < _f.PrivateArrays.Count; i++)
        {
            long bytes = ScratchLayout.CopyBytes(_f.PrivateArrays[i], _laneCount);
            Clear(_b.ScratchBase, _layout.OffsetOf(i), bytes, PrivateCopy(i));
        }
    }
}
