using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Which group selects an op, and which nodes wait for their user.</summary>
internal sealed partial class Selector
{
    private void Select(ValueId v)
    {
        ref var node = ref _f[v];
        bool vector = IsVector(OperandType(v));
        switch (node.Op)
        {
            case Op.Param:
            case Op.Const:
                break;
            case Op.IAdd: case Op.ISub: case Op.IMul: case Op.UMulHi: case Op.SMulHi:
            case Op.UDot4: case Op.SDot4:
            case Op.UDiv: case Op.SDiv: case Op.URem: case Op.SRem:
            case Op.Shl: case Op.LShr: case Op.AShr:
            case Op.UMin: case Op.UMax: case Op.SMin: case Op.SMax:
            case Op.PopCount: case Op.BitReverse: case Op.Clz: case Op.Ctz:
                if (vector)
                    SelectLaneInteger(v);
                else
                    SelectUniformInteger(v);
                break;
            case Op.And: case Op.Or: case Op.Xor: case Op.Not:
                if (node.Type == IrType.Mask)
                    SelectMaskLogic(v);
                else if (vector)
                    SelectLaneInteger(v);
                else
                    SelectUniformInteger(v);
                break;
            case Op.IEq: case Op.INe: case Op.ULt: case Op.ULe: case Op.SLt: case Op.SLe:
            case Op.FEq: case Op.FLt: case Op.FLe: case Op.FNe: case Op.FUnordered:
                if (node.Type.Lanes)
                    SelectLaneCompare(v, Reg.None);
                else
                    SelectUniformCompare(v);
                break;
            case Op.Select:
                if (node.Type.Lanes)
                    SelectLaneSelect(v);
                else
                    SelectUniformSelect(v);
                break;
            case Op.FAdd: case Op.FSub: case Op.FMul: case Op.FDiv: case Op.FFma:
            case Op.FNeg: case Op.FAbs: case Op.FSqrt: case Op.FRsqrt: case Op.FMin: case Op.FMax:
            case Op.FFloor: case Op.FCeil: case Op.FTrunc: case Op.FRoundEven:
                SelectFloat(v);
                break;
            case Op.Trunc: case Op.ZExt: case Op.SExt: case Op.FToS: case Op.FToU: case Op.SToF: case Op.UToF:
            case Op.FWiden: case Op.FNarrow: case Op.Bitcast:
                SelectConversion(v);
                break;
            case Op.BufferBase: case Op.BufferRange: case Op.PushBase: case Op.Confine: case Op.ArgLoad:
            case Op.ScratchBase:
                SelectBase(v);
                break;
            case Op.Load:
                SelectUniformLoad(v);
                break;
            case Op.Store:
            case Op.DiagnosticStore:
                SelectUniformStore(v);
                break;
            case Op.AtomicRmw: case Op.AtomicCompareExchange:
                SelectUniformAtomic(v);
                break;
            case Op.LaneAtomicRmw: case Op.LaneAtomicCompareExchange: case Op.LaneAtomicRmwWide:
            case Op.LaneAtomicCompareExchangeWide:
                SelectLaneAtomic(v);
                break;
            case Op.LoadContiguous:
                SelectLoadContiguous(v);
                break;
            case Op.StoreContiguous:
                SelectStoreContiguous(v);
                break;
            case Op.LoadStrided: case Op.Gather: case Op.GatherWide:
                SelectGather(v);
                break;
            case Op.StoreStrided: case Op.Scatter: case Op.ScatterWide:
                SelectScatter(v);
                break;
            case Op.TrapIf:
                SelectTrapIf(v);
                break;
            case Op.Barrier:
            case Op.MemoryBarrier:
                // Loads and stores of one thread are seen in order by itself, and x86 keeps stores in order for others.
                break;
            case Op.SubgroupReduce: case Op.SubgroupInclusiveScan: case Op.SubgroupExclusiveScan:
            case Op.SubgroupAny: case Op.SubgroupAll: case Op.SubgroupBallot: case Op.SubgroupShuffle:
            case Op.SubgroupBroadcastFirst: case Op.SubgroupElect:
                SelectSubgroup(v);
                break;
            case Op.Splat: case Op.LaneIndex: case Op.LaneCount: case Op.MaskAny: case Op.MaskAll: case Op.MaskBits:
            case Op.MaskFromBits: case Op.FirstLane: case Op.ExtractLane:
                SelectLanes(v);
                break;
            case Op.Jump: case Op.Branch: case Op.Return: case Op.Unreachable:
                SelectTerminator(v);
                break;
            case Op.Builtin: case Op.WorkgroupBase: case Op.PrivateLoad: case Op.PrivateStore:
                Refuse(v, "does not exist at Simd level");
                break;
            default:
                throw new InvalidOperationException($"unknown op {node.Op}");
        }
    }

    /// <summary>The type an op works on: its first operand's where there is one.</summary>
    private IrType OperandType(ValueId v)
    {
        var operands = _f.Operands(v);
        return operands.Length == 0 ? _f[v].Type : _f.TypeOf(operands[0]);
    }

    private bool CanDefer(ValueId v)
    {
        ref var node = ref _f[v];
        ref readonly var info = ref OpTable.Info(node.Op);
        int uses = _uses[v.Index];
        if (uses == 0)
        {
            // Nobody asks: it is never selected.
            return info.IsPure || (info.Effect == Effect.ReadsMemory && (node.Flags & NodeFlags.Volatile) == 0);
        }

        if (uses != 1)
            return false;
        var user = _user[v.Index];
        ref var userNode = ref _f[user];
        if (userNode.Block != _block)
            return false;
        switch (node.Op)
        {
            case Op.IEq: case Op.INe: case Op.ULt: case Op.ULe: case Op.SLt: case Op.SLe: case Op.FLt: case Op.FLe:
            case Op.FEq: case Op.FNe: case Op.FUnordered:
                // Compares of masks, and those of 64 bits, take no mask.
                if (node.Type.Lanes)
                {
                    return _avx512 && userNode.Op == Op.And && userNode.Type == IrType.Mask
                        && _f.TypeOf(_f.Operand(v, 0)) is { Scalar: not Scalar.Bool, Bits: <= 32 };
                }

                return !_f.TypeOf(_f.Operand(v, 0)).IsFloat && TakesCondition(user, v);
            case Op.MaskAny: case Op.MaskAll:
                return TakesCondition(user, v);
            case Op.FNeg:
                return userNode.Op == Op.FFma && node.Type.Bits is 32 or 64;
            case Op.Not when node.Type == IrType.Mask:
                return userNode.Op == Op.And && userNode.Type == IrType.Mask;
            case Op.Or when node.Type == IrType.Mask:
                return _avx512 && userNode.Op == Op.MaskAny;
            case Op.Not:
                return node.Type == IrType.Bool && TakesCondition(user, v);
            case Op.LoadContiguous:
                return node.Type.Bits == 32 && IsTrueMask(_f.Operand(v, 2)) && (node.Flags & NodeFlags.Volatile) == 0
                    && TakesMemory(userNode.Op) && NoWritesBetween(v, user);
            case Op.Load:
                return _avx512 && node.Type.Scalar == Scalar.F32 && _f.Operands(v).Length == 2
                    && (node.Flags & NodeFlags.Volatile) == 0 && CanBroadcastTo(v, user);
            case Op.Splat:
                return _deferred[_f.Operand(v, 0).Index] && _f[_f.Operand(v, 0)].Op == Op.Load;
            default:
                return false;
        }
    }

    /// <summary>A uniform load that one instruction may broadcast by itself, as it is or through a Splat.</summary>
    private bool CanBroadcastTo(ValueId load, ValueId user)
    {
        if (_f[user].Op == Op.Splat)
        {
            if (_uses[user.Index] != 1 || _f[_user[user.Index]].Block != _block)
                return false;
            user = _user[user.Index];
        }

        return TakesMemory(_f[user].Op) && OperandType(user).Scalar == Scalar.F32 && NoWritesBetween(load, user);
    }

    /// <summary>True if the user tests v by condition codes: all others would need it as a number.</summary>
    private bool TakesCondition(ValueId user, ValueId v)
    {
        ref var node = ref _f[user];
        return node.Op switch
        {
            Op.Branch or Op.TrapIf => _f.Operand(user, 0) == v,
            Op.Select => !node.Type.Lanes && !node.Type.IsFloat && _f.Operand(user, 0) == v,
            Op.Load => _f.Operands(user).Length > 2 && _f.Operand(user, 2) == v,
            Op.Store => _f.Operands(user).Length > 3 && _f.Operand(user, 3) == v,
            Op.Not => node.Type == IrType.Bool && IsDeferredNot(user),
            _ => false,
        };
    }

    // A Not that will itself be deferred into a condition.
    private bool IsDeferredNot(ValueId not) =>
        _uses[not.Index] == 1 && _f[_user[not.Index]].Block == _block && TakesCondition(_user[not.Index], not);

    private static bool TakesMemory(Op op) => op is Op.FAdd or Op.FSub or Op.FMul or Op.FDiv or Op.FFma or Op.FMin
        or Op.FMax or Op.FSqrt or Op.IAdd or Op.ISub or Op.IMul or Op.And or Op.Or or Op.Xor or Op.SMin or Op.SMax
        or Op.UMin or Op.UMax;

    private bool NoWritesBetween(ValueId from, ValueId to)
    {
        for (var v = _f[from].Next; v != to; v = _f[v].Next)
        {
            if ((OpTable.Info(_f[v].Op).Effect & (Effect.WritesMemory | Effect.Traps)) != 0)
                return false;
        }

        return true;
    }
}
