using Iced.Intel;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Terminators and traps.</summary>
internal sealed partial class Selector
{
    private void SelectTerminator(ValueId v)
    {
        ref var node = ref _f[v];
        switch (node.Op)
        {
            case Op.Jump:
                PassArguments(v, 0, node.Target0);
                End(TerminatorKind.Jump, _machineBlock[node.Target0.Index]);
                break;
            case Op.Branch:
                SelectBranch(v);
                break;
            case Op.Return:
                End(TerminatorKind.Exit, exitCode: (int)TrapCode.Finished);
                break;
            default:
                End(TerminatorKind.Exit, exitCode: (int)TrapCode.Unreachable);
                break;
        }
    }

    private void SelectBranch(ValueId v)
    {
        var condition = _f.Operand(v, 0);
        var then = _f[v].Target0;
        var @else = _f[v].Target1;
        if (IsConst(condition))
        {
            int taken = (_f[condition].Imm & 1) != 0 ? 0 : 1;
            var to = taken == 0 ? then : @else;
            PassArguments(v, taken, to);
            End(TerminatorKind.Jump, _machineBlock[to.Index]);
            return;
        }

        var code = Test(condition);
        int thenBlock = EdgeBlock(v, 0, then), elseBlock = EdgeBlock(v, 1, @else);
        End(TerminatorKind.ConditionalJump, thenBlock, elseBlock, code);
        FillEdge(v, 0, then, thenBlock);
        FillEdge(v, 1, @else, elseBlock);
    }

    /// <summary>Where a branch goes: the target itself, or a block that passes the arguments.</summary>
    private int EdgeBlock(ValueId v, int target, BlockId to) => _f.Arguments(v, target).Length == 0
        ? _machineBlock[to.Index]
        : _m.NewBlock(Math.Min(_loopDepth, _depth[to.Index]));

    private void FillEdge(ValueId v, int target, BlockId to, int edge)
    {
        if (edge == _machineBlock[to.Index])
            return;
        Begin(edge);
        PassArguments(v, target, to);
        End(TerminatorKind.Jump, _machineBlock[to.Index]);
    }

    /// <summary>Copies a terminator's arguments to the parameters of its target, all at once; constants after that.</summary>
    private void PassArguments(ValueId v, int target, BlockId to)
    {
        int count = _f.Arguments(v, target).Length;
        for (int i = 0; i < count; i++)
        {
            var argument = _f.Arguments(v, target)[i];
            if (!IsConst(argument))
                R(argument);
        }

        int start = _m.CopyCount;
        for (int i = 0; i < count; i++)
        {
            ValueId argument = _f.Arguments(v, target)[i], parameter = _f.Params(to)[i];
            if (IsConst(argument) || argument == parameter)
                continue;
            for (int h = 0; h < Halves(_f.TypeOf(parameter)); h++)
                _m.AddCopyPair(R(parameter, h), R(argument, h));
        }

        if (_m.CopyCount > start)
        {
            var inst = New(Code.INVALID, 0);
            inst.Kind = InstKind.ParallelCopy;
            inst.R0 = new Reg(_m.CopyCount - start);
            inst.Immediate = start;
            _m.Add(inst);
        }

        for (int i = 0; i < count; i++)
        {
            ValueId argument = _f.Arguments(v, target)[i], parameter = _f.Params(to)[i];
            if (IsConst(argument))
                ConstantInto(parameter, argument);
        }
    }

    private void ConstantInto(ValueId parameter, ValueId constant)
    {
        ref var node = ref _f[constant];
        var type = node.Type;
        for (int h = 0; h < Halves(type); h++)
        {
            var reg = R(parameter, h);
            if (KindOf(type) == RegKind.Mask)
                MaskConstant(reg, (node.Imm & 1) != 0);
            else if (KindOf(type) == RegKind.Vec)
                _m.Add(ConstantLoad(reg, ElementBits(type, node.Imm), type.Bits == 64 ? 8 : 4));
            else
                IntegerConstant(reg, node.Imm, KindOf(type));
        }
    }

    private void SelectTrapIf(ValueId v)
    {
        var condition = _f.Operand(v, 0);
        var address = _f.Operands(v).Length > 1 ? _f.Operand(v, 1) : ValueId.None;
        if (IsConst(condition) && (_f[condition].Imm & 1) == 0)
            return;
        // The lanes concerned, where it is known which.
        var lanes = Reg.None;
        if (_f.TypeOf(condition).Lanes)
            lanes = R(condition);
        else if (_f[condition].Op == Op.MaskAny && _deferred[condition.Index])
            lanes = R(_f.Operand(condition, 0));
        if (!address.IsNone)
            R(address);
        Condition code;
        if (_f.TypeOf(condition).Lanes)
        {
            code = TestMask(condition, false);
        }
        else
        {
            code = Test(condition);
        }

        int trap = _m.NewBlock(0), next = NewBlock();
        End(TerminatorKind.ConditionalJump, trap, next, code);
        _cold.Add(trap);
        _current = trap;
        _m.Block(trap).Start = _m.CodeCount;
        int depth = _loopDepth;
        _loopDepth = 0;
        ReportTrap(v, lanes, address);
        End(TerminatorKind.Exit, exitCode: _f[v].Aux);
        _loopDepth = depth;
        Begin(next);
    }

    private void ReportTrap(ValueId v, Reg lanes, ValueId address)
    {
        var offset = IntegerConstant(_f[v].SpirvOffset, RegKind.G32);
        StoreTo(Code.Mov_rm32_r32, Mem.At(Reg.Frame, DiagnosticBlock.TrapSpirvOffset), offset, OperandSize.B32);
        // What is not known here may have been reported before; the block is 0 when a kernel begins.
        var bits = Reg.None;
        if (!lanes.IsNone)
        {
            bits = MaskBits(lanes);
            StoreTo(Code.Mov_rm32_r32, Mem.At(Reg.Frame, DiagnosticBlock.TrapLanes), bits, OperandSize.B32);
        }

        if (address.IsNone)
            return;
        var at = R(address);
        if (_f.TypeOf(address).Lanes)
            at = ToGeneral64(Extract64(at, R(address, 1), FirstSetBit(bits.IsNone ? IntegerConstant(1, RegKind.G32) : bits)));
        StoreTo(Code.Mov_rm64_r64, Mem.At(Reg.Frame, DiagnosticBlock.TrapAddress), at, OperandSize.B64);
    }
}
