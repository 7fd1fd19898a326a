using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Atomic instructions and barriers. Scopes and semantics do not matter: every atomic is sequentially
/// consistent.</summary>
internal sealed partial class ModuleLowering
{
    private const NodeFlags AtomicFlags = NodeFlags.Atomic | NodeFlags.Volatile;

    private bool LowerAtomic(in Insn i)
    {
        switch (i.Opcode)
        {
            case Opcode.OpAtomicLoad:
                SetScalar(i.Result, LoadScalar(ResolveAtomic(i[0], out var loaded), loaded, AtomicFlags));
                return true;
            case Opcode.OpAtomicStore:
                StoreScalar(ResolveAtomic(i[0], out var stored), stored, Leaf(i[3]), AtomicFlags);
                return true;
            case Opcode.OpAtomicExchange: return Rmw(i, AtomicKind.Exchange, Leaf(i[3]));
            case Opcode.OpAtomicCompareExchange or Opcode.OpAtomicCompareExchangeWeak: return CompareExchange(i);
            case Opcode.OpAtomicIIncrement: return Rmw(i, AtomicKind.Add, _b.Const(ScalarTypeOf(i.Type), 1));
            case Opcode.OpAtomicIDecrement: return Rmw(i, AtomicKind.Sub, _b.Const(ScalarTypeOf(i.Type), 1));
            case Opcode.OpAtomicIAdd: return Rmw(i, AtomicKind.Add, Leaf(i[3]));
            case Opcode.OpAtomicISub: return Rmw(i, AtomicKind.Sub, Leaf(i[3]));
            case Opcode.OpAtomicSMin: return Rmw(i, AtomicKind.SMin, Leaf(i[3]));
            case Opcode.OpAtomicUMin: return Rmw(i, AtomicKind.UMin, Leaf(i[3]));
            case Opcode.OpAtomicSMax: return Rmw(i, AtomicKind.SMax, Leaf(i[3]));
            case Opcode.OpAtomicUMax: return Rmw(i, AtomicKind.UMax, Leaf(i[3]));
            case Opcode.OpAtomicAnd: return Rmw(i, AtomicKind.And, Leaf(i[3]));
            case Opcode.OpAtomicOr: return Rmw(i, AtomicKind.Or, Leaf(i[3]));
            case Opcode.OpAtomicXor: return Rmw(i, AtomicKind.Xor, Leaf(i[3]));
            case Opcode.OpAtomicFAddEXT: return Rmw(i, AtomicKind.FAdd, Leaf(i[3]));
            case Opcode.OpAtomicFMinEXT: return Rmw(i, AtomicKind.FMin, Leaf(i[3]));
            case Opcode.OpAtomicFMaxEXT: return Rmw(i, AtomicKind.FMax, Leaf(i[3]));
            default: return false;
        }
    }

    private bool Rmw(in Insn i, AtomicKind kind, ValueId value)
    {
        var a = ResolveAtomic(i[0], out var shape);
        if (shape.Scalar != _f.TypeOf(value) || (kind != AtomicKind.Exchange && kind >= AtomicKind.FAdd != shape.Scalar.IsFloat))
            Refusal.Throw("the value does not have the pointee's type");
        var old = a.Ok.IsNone
            ? _b.Emit(Op.AtomicRmw, shape.Scalar, [a.Base, a.Offset, value], a.Displacement, (int)kind)
            : _b.Emit(Op.AtomicRmw, shape.Scalar, [a.Base, a.Offset, value, a.Ok], a.Displacement, (int)kind);
        SetScalar(i.Result, old);
        return true;
    }

    private bool CompareExchange(in Insn i)
    {
        var a = ResolveAtomic(i[0], out var shape);
        var (value, comparator) = (Leaf(i[4]), Leaf(i[5]));
        if (shape.Scalar != _f.TypeOf(value) || shape.Scalar != _f.TypeOf(comparator) || !shape.Scalar.IsInteger)
            Refusal.Throw("the value does not have the pointee's type");
        var old = a.Ok.IsNone
            ? _b.Emit(Op.AtomicCompareExchange, shape.Scalar, [a.Base, a.Offset, value, comparator], a.Displacement)
            : _b.Emit(Op.AtomicCompareExchange, shape.Scalar, [a.Base, a.Offset, value, comparator, a.Ok], a.Displacement);
        SetScalar(i.Result, old);
        return true;
    }

    private Access ResolveAtomic(uint id, out Shape shape)
    {
        if (PointerOf(id) is not MemoryPointer p || p.Root.Kind == MemoryKind.PushConstant)
        {
            Refusal.Throw("an atomic on what is neither a buffer nor workgroup memory");
            shape = null!;
            return default;
        }

        shape = p.Pointee;
        if (!shape.Scalar.IsInteger && !shape.Scalar.IsFloat)
            Refusal.Throw("an atomic on what is no number");
        return Resolve(p, SizeOf(p));
    }

    private void LowerBarrier(in Insn i)
    {
        if (i.Opcode == Opcode.OpMemoryBarrier)
        {
            _b.Emit(Op.MemoryBarrier, IrType.Void, []);
            return;
        }

        switch ((Scope)ConstantInteger(i[0]))
        {
            case Scope.Workgroup:
                _b.Emit(Op.Barrier, IrType.Void, []);
                break;
            case Scope.Subgroup or Scope.Invocation:
                // Lanes run in step: only memory needs ordering.
                _b.Emit(Op.MemoryBarrier, IrType.Void, []);
                break;
            default:
                Refusal.Throw("a barrier of more than a workgroup is not supported");
                break;
        }
    }
}
