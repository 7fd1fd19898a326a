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
            case Opcode.OpAtomicLoad: return LowerAtomic(i, new AtomicUse(Op.Load, default, ValueId.None, ValueId.None));
            case Opcode.OpAtomicStore: return LowerAtomic(i, new AtomicUse(Op.Store, default, Leaf(i[3]), ValueId.None));
            case Opcode.OpAtomicExchange: return Rmw(i, AtomicKind.Exchange, Leaf(i[3]));
            case Opcode.OpAtomicCompareExchange or Opcode.OpAtomicCompareExchangeWeak:
                return LowerAtomic(i, new AtomicUse(Op.AtomicCompareExchange, default, Leaf(i[4]), Leaf(i[5])));
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

    /// <summary>What an atomic does at its place.</summary>
    /// <param name="Op">Load, Store, AtomicRmw or AtomicCompareExchange.</param>
    private readonly record struct AtomicUse(Op Op, AtomicKind Kind, ValueId Value, ValueId Comparator);

    private bool Rmw(in Insn i, AtomicKind kind, ValueId value) =>
        LowerAtomic(i, new AtomicUse(Op.AtomicRmw, kind, value, ValueId.None));

    private bool LowerAtomic(in Insn i, in AtomicUse use)
    {
        if (PointerOf(i[0]) is TexelPointer texel)
        {
            CheckTypes(use, texel.Pointee.Scalar);
            var texelOld = EmitTexelAtomic(texel, use);
            if (!texelOld.IsNone)
                SetScalar(i.Result, texelOld);
            return true;
        }

        if (PointerOf(i[0]) is not MemoryPointer p || p.Root.Kind == MemoryKind.PushConstant)
        {
            Refusal.Throw("an atomic on what is neither a buffer nor workgroup memory");
            return false;
        }

        CheckTypes(use, p.Pointee.Scalar);
        var old = NamesDescriptors(p) ? EmitAtomicForEach(p, use) : EmitAtomic(p, use);
        if (!old.IsNone)
            SetScalar(i.Result, old);
        return true;
    }

    private void CheckTypes(in AtomicUse use, IrType type)
    {
        if (!type.IsInteger && !type.IsFloat)
            Refusal.Throw("an atomic on what is no number");
        bool fits = (use.Value.IsNone || _f.TypeOf(use.Value) == type) && (use.Comparator.IsNone || _f.TypeOf(use.Comparator) == type);
        if (use.Op == Op.AtomicRmw && use.Kind != AtomicKind.Exchange)
            fits &= use.Kind >= AtomicKind.FAdd == type.IsFloat;
        if (use.Op == Op.AtomicCompareExchange)
            fits &= type.IsInteger;
        if (!fits)
            Refusal.Throw("the value does not have the pointee's type");
    }

    private ValueId EmitTexelAtomic(TexelPointer p, AtomicUse use)
    {
        var results = ForEachDescriptor(p.Image.Element, element =>
        {
            var old = EmitAtomic(ResolveTexel(p with { Image = p.Image with { Element = element } }), p.Pointee, use);
            return old.IsNone ? [] : [old];
        });
        return results.Length == 0 ? ValueId.None : results[0];
    }

    private ValueId EmitAtomicForEach(MemoryPointer p, AtomicUse use)
    {
        var results = ForEachDescriptor(p.Element, element =>
        {
            var old = EmitAtomic(p with { Element = element }, use);
            return old.IsNone ? [] : [old];
        });
        return results.Length == 0 ? ValueId.None : results[0];
    }

    private ValueId EmitAtomic(MemoryPointer p, in AtomicUse use) => EmitAtomic(Resolve(p, SizeOf(p)), p.Pointee, use);

    /// <summary>The old value, or what was loaded; None for a store.</summary>
    private ValueId EmitAtomic(in Access a, Shape pointee, in AtomicUse use)
    {
        var type = pointee.Scalar;
        switch (use.Op)
        {
            case Op.Load:
                return LoadScalar(a, pointee, AtomicFlags);
            case Op.Store:
                StoreScalar(a, pointee, use.Value, AtomicFlags);
                return ValueId.None;
            case Op.AtomicRmw:
                return a.Ok.IsNone
                    ? _b.Emit(Op.AtomicRmw, type, [a.Base, a.Offset, use.Value], a.Displacement, (int)use.Kind)
                    : _b.Emit(Op.AtomicRmw, type, [a.Base, a.Offset, use.Value, a.Ok], a.Displacement, (int)use.Kind);
            default:
                return a.Ok.IsNone
                    ? _b.Emit(Op.AtomicCompareExchange, type, [a.Base, a.Offset, use.Value, use.Comparator], a.Displacement)
                    : _b.Emit(Op.AtomicCompareExchange, type, [a.Base, a.Offset, use.Value, use.Comparator, a.Ok], a.Displacement);
        }
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
