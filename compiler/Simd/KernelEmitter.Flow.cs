using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>The linearised flow of a stretch: masks, edges, joins, loops.</summary>
internal sealed partial class KernelEmitter
{
    private BlockId BlockAt(int place) => _s.Stretch.Blocks[place];

    private void EmitBlock(int place)
    {
        _place = place;
        var block = BlockAt(place);
        _g.CurrentSpirvOffset = _f[_f[block].First].SpirvOffset;
        var plan = _s.Plan;
        _b.Start(_s.EntryOf(place, _b));
        int loop = _s.Stretch.LoopOf(place);
        bool isHeader = loop >= 0 && _flow.Loops[loop].Header == block;
        if (plan.Test[place])
        {
            var body = _b.NewBlock();
            var came = _b.EmptyMask;
            for (_s.Current = 0; _s.Current < _together; _s.Current++)
                came = _b.Or(came, ReadMask(place));
            _s.Current = 0;
            _b.Branch(_b.Any(came), body, _s.EntryOf(plan.Next(place, -1), _b));
            _b.Start(body);
        }

        if (isHeader)
        {
            var header = _b.NewBlock();
            var before = _b.Current;
            _b.Jump(header);
            _b.Start(header);
            var rule = new HeaderRule(this, _s, loop);
            _b.Variables.Open(header, before, rule.Of);
        }

        _s.Bodies[place] = _b.Current;
        for (_s.Current = 0; _s.Current < _together; _s.Current++)
        {
            _s.Masks[place] = ReadMask(place);
            foreach (var param in _f.Params(block))
                EmitParam(param, block);
        }

        _s.Current = 0;
        for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
        {
            _g.CurrentSpirvOffset = _f[id].SpirvOffset;
            if (OpTable.Info(_f[id].Op).IsTerminator)
            {
                EmitTerminator(place, id, loop);
                continue;
            }

            EmitNode(id);
            bool shared = IsShared(id);
            for (_s.Current = 1; _s.Current < _together; _s.Current++)
            {
                if (shared)
                    TakeShared(id);
                else
                    EmitNode(id);
            }

            _s.Current = 0;
        }
    }

    private ValueId ReadMask(int place)
    {
        if (_s.Plan.IsWhole(place))
            return _s.EntryMask;
        if (_s.Plan.SameMaskAs[place] is >= 0 and var same && !_s.Masks[same].IsNone)
            return _s.Masks[same];
        var mask = _b.Variables.Read(_b.Current, MaskVariable(place));
        return mask.IsNone ? _b.EmptyMask : mask;
    }

    private bool HasMaskVariable(int place) => !_s.Plan.IsWhole(place) && _s.Plan.SameMaskAs[place] < 0;

    private int MaskVariable(int place)
    {
        if (_s.MaskVariables[place] < 0)
        {
            _s.MaskVariables[place] = _b.Variables.NewHere(IrType.Mask);
            _variablePlace.Add(_s.MaskVariables[place], place);
        }

        return _s.MaskVariables[place];
    }

    private int ParamVariable(ValueId param)
    {
        if (!_s.ParamVariables.TryGetValue(param, out int variable))
        {
            var type = _f.TypeOf(param);
            variable = _b.Variables.NewHere(_lanes.ShapeOf(param).IsVarying ? type.AsLanes : type);
            _s.ParamVariables[param] = variable;
            _variablePlace.Add(variable, _s.Stretch.IndexOf(_f[param].Block));
        }

        return variable;
    }

    private void EmitParam(ValueId param, BlockId block)
    {
        if (_s.Current > 0 && IsShared(param))
        {
            TakeShared(param);
            return;
        }

        var value = _b.Variables.Read(_b.Current, ParamVariable(param));
        bool varying = _lanes.ShapeOf(param).IsVarying;
        var type = varying ? _f.TypeOf(param).AsLanes : _f.TypeOf(param);
        if (type is { Scalar: Scalar.Base, Lanes: true })
            throw new UnsupportedFlowException(_f[_f[block].First].SpirvOffset, "pointers that differ between the lanes of a subgroup are not supported here");
        if (value.IsNone)
            value = type.Scalar == Scalar.Base ? _b.ScratchBase : _b.Const(type, 0);
        if (varying)
            _s.Lanes[param] = value;
        else
            _s.Scalars[param] = value;
        _s.Homes[param] = _b.Current;
    }

    private void EmitTerminator(int place, ValueId id, int loop)
    {
        var block = BlockAt(place);
        if (_flow.Cut[block.Index] || block == _flow.End)
        {
            EmitExit(place);
            Go(place, _s.Stretch.Exit);
            return;
        }

        ref var node = ref _f[id];
        switch (node.Op)
        {
            case Op.Jump when _s.Stretch.Successors[place].Length == 0:
                JumpBack(place, id, loop);
                break;
            case Op.Jump:
                WriteEdge(id, place, 0);
                Go(place, _s.Stretch.Successors[place][0].To);
                break;
            case Op.Branch when _lanes.PartsLanes(block):
                WriteBothEdges(id, place);
                var to = _s.Stretch.Successors[place];
                _b.Jump(_s.EntryOf(_s.Plan.Next(place, to[0].To, to[1].To), _b));
                break;
            case Op.Branch:
                EmitUniformBranch(place, id);
                break;
            case Op.Unreachable:
                for (_s.Current = 0; _s.Current < _together; _s.Current++)
                    EmitTrapIf(_s.Masks[place], ValueId.None, TrapCode.Unreachable);
                _s.Current = 0;
                Go(place, -1);
                break;
            default:
                throw new InvalidOperationException($"{node.Op} is no terminator");
        }
    }

    /// <summary>Each subgroup's lanes take the edges that their condition says.</summary>
    private void WriteBothEdges(ValueId id, int place)
    {
        for (_s.Current = 0; _s.Current < _together; _s.Current++)
        {
            var mask = _s.Masks[place];
            // The others are those that do not take the first edge: an and-not, where the first is a masked compare.
            var taken = _b.And(mask, LanesOf(_f.Operand(id, 0)));
            WriteEdge(id, 0, taken);
            WriteEdge(id, 1, _b.And(mask, _b.Not(taken)));
        }

        _s.Current = 0;
    }

    /// <summary>All lanes take an edge.</summary>
    private void WriteEdge(ValueId id, int place, int target)
    {
        for (_s.Current = 0; _s.Current < _together; _s.Current++)
            WriteEdge(id, target, _s.Masks[place]);
        _s.Current = 0;
    }

    private void EmitUniformBranch(int place, ValueId id)
    {
        var to = _s.Stretch.Successors[place];
        if (to[0].To == to[1].To && (_together > 1 || ScalarOrNone(_f.Operand(id, 0)).IsNone))
        {
            WriteBothEdges(id, place);
            Go(place, to[0].To);
            return;
        }

        BlockId then = _b.NewBlock(), @else = _b.NewBlock();
        _b.Branch(ScalarOf(_f.Operand(id, 0)), then, @else);
        _b.Start(then);
        WriteEdge(id, place, 0);
        Go(place, to[0].To);
        _b.Start(@else);
        WriteEdge(id, place, 1);
        Go(place, to[1].To);
    }

    /// <summary>Control goes on at the earliest place where lanes may be.</summary>
    private void Go(int place, int target)
    {
        int next = _s.Plan.Next(place, target);
        if (next < 0)
            _b.Finish(Op.Unreachable);
        else
            _b.Jump(_s.EntryOf(next, _b));
    }

    private void JumpBack(int place, ValueId id, int loop)
    {
        int header = _s.Stretch.IndexOf(_flow.Loops[loop].Header);
        var arguments = _f.Arguments(id, 0);
        var parameters = _f.Params(_flow.Loops[loop].Header);
        for (_s.Current = 0; _s.Current < _together; _s.Current++)
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                if (_s.Current > 0 && IsShared(parameters[i]))
                    continue;
                bool varying = _lanes.ShapeOf(parameters[i]).IsVarying;
                _b.Variables.Write(_b.Current, ParamVariable(parameters[i]), varying ? LanesOf(arguments[i]) : ScalarOf(arguments[i]));
            }

            if (HasMaskVariable(header))
                _b.Variables.Write(_b.Current, MaskVariable(header), _s.Masks[place]);
        }

        _s.Current = 0;
        _b.Jump(_s.Bodies[header]);
        _b.Variables.Seal(_s.Bodies[header]);
    }

    /// <summary>Lanes take an edge: they are added to the target's mask, its parameters get their arguments in these
    /// lanes, and what leaves a divergent loop keeps its value in them.</summary>
    private void WriteEdge(ValueId terminator, int target, ValueId mask)
    {
        if (_b.IsEmpty(mask))
            return;
        ref var node = ref _f[terminator];
        var to = target == 0 ? node.Target0 : node.Target1;
        int place = _s.Stretch.IndexOf(to);
        var variables = _b.Variables;
        if (HasMaskVariable(place))
        {
            int variable = MaskVariable(place);
            var old = variables.Read(_b.Current, variable);
            variables.Write(_b.Current, variable, old.IsNone ? mask : _b.Or(old, mask));
        }

        var arguments = _f.Arguments(terminator, target);
        var parameters = _f.Params(to);
        for (int i = 0; i < arguments.Length; i++)
        {
            if (_s.Current > 0 && IsShared(parameters[i]))
                continue;
            int variable = ParamVariable(parameters[i]);
            if (_lanes.ShapeOf(parameters[i]).IsVarying)
                Blend(variable, mask, LanesOf(arguments[i]));
            else
                variables.Write(_b.Current, variable, ScalarOf(arguments[i]));
        }

        for (int l = _flow.LoopOf[BlockAt(_place).Index]; l >= 0 && !_flow.Contains(l, to); l = _flow.Loops[l].Parent)
        {
            foreach (var value in _leaving[l])
            {
                if (IsLocal(value))
                    Blend(LeftVariable(value, l), mask, LanesOf(value));
            }
        }
    }

    private void Blend(int variable, ValueId mask, ValueId value)
    {
        var old = _b.Variables.Read(_b.Current, variable);
        _b.Variables.Write(_b.Current, variable, old.IsNone || old == value ? value : _b.Select(mask, value, old));
    }

    private int LeftVariable(ValueId value, int loop)
    {
        if (!_s.LeftVariables.TryGetValue(value, out int variable))
        {
            variable = _b.Variables.NewHere(_f.TypeOf(value).AsLanes);
            _s.LeftVariables[value] = variable;
            _variableLoop.Add(variable, loop);
        }

        return variable;
    }

    /// <summary>For variables of masks and parameters: the place they belong to. For values that left a divergent loop:
    /// the loop.</summary>
    private readonly Dictionary<int, int> _variablePlace = [], _variableLoop = [];
    private readonly HashSet<int> _exitVariables = [];

    /// <summary>What the header of a loop must know of a variable.</summary>
    private sealed class HeaderRule(KernelEmitter emitter, StretchState state, int loop)
    {
        public AtHeader Of(int variable)
        {
            var flow = emitter._flow;
            var stretch = state.Stretch;
            if (emitter._variablePlace.TryGetValue(variable, out int place))
            {
                var block = stretch.Blocks[place];
                if (flow.Loops[loop].Header == block)
                    return AtHeader.Carried;
                if (flow.Contains(loop, block))
                    return AtHeader.Undefined;
                return LeadsTo(place) ? AtHeader.Carried : AtHeader.Invariant;
            }

            if (emitter._variableLoop.TryGetValue(variable, out int left))
            {
                // Within the divergent loop that defines it nothing is kept from one iteration to the next, unless a
                // lane has left for good.
                return flow.Within(left, loop) || flow.Within(loop, left) ? AtHeader.Carried : AtHeader.Invariant;
            }

            return AtHeader.Carried;
        }

        private bool LeadsTo(int place)
        {
            var stretch = state.Stretch;
            int first = stretch.IndexOf(emitter._flow.Loops[loop].Header), last = stretch.IndexOf(emitter._flow.Loops[loop].Latch);
            for (int i = first; i <= last; i++)
            {
                foreach (var (to, _) in stretch.Successors[i])
                {
                    if (to == place)
                        return true;
                }
            }

            return false;
        }
    }
}
