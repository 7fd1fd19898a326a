using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Atomics: one locked instruction each where the machine has it, else a loop around cmpxchg; lanes one by one
/// in ascending order.</summary>
internal sealed partial class Selector
{
    private void SelectUniformAtomic(ValueId v)
    {
        ref var node = ref _f[v];
        var type = node.Type;
        bool exchange = node.Op == Op.AtomicCompareExchange;
        if (type.Bits < 32)
        {
            Refuse(v, "atomics of less than 32 bits are not supported yet");
            return;
        }

        var kind = type.Bits == 64 ? RegKind.G64 : RegKind.G32;
        var dst = _m.NewReg(kind);
        var value = AsGeneral(_f.Operand(v, 2));
        var comparator = exchange ? AsGeneral(_f.Operand(v, 3)) : Reg.None;
        Mem address = UniformAddress(v);
        int okIndex = exchange ? 4 : 3;
        IntegerConstant(dst, 0, kind);
        int next = Guard(v, okIndex, out bool never);
        if (!never)
        {
            if (exchange)
                CompareExchange(dst, address, value, comparator, kind);
            else
                ReadModifyWrite(v, dst, address, value, type, kind, _uses[v.Index] > 0);
        }

        Unguard(next);
        Set(v, type.IsFloat ? type.Bits == 64 ? ToVector64(dst) : ToVector(dst) : dst);
    }

    /// <summary>A uniform value in a general register, floats as their bits.</summary>
    private Reg AsGeneral(ValueId v)
    {
        var type = _f.TypeOf(v);
        if (!type.IsFloat)
            return R(v);
        return type.Bits == 64 ? ToGeneral64(R(v)) : ToGeneral(R(v));
    }

    private void SelectLaneAtomic(ValueId v)
    {
        ref var node = ref _f[v];
        var type = node.Type;
        bool exchange = node.Op is Op.LaneAtomicCompareExchange or Op.LaneAtomicCompareExchangeWide;
        bool wideAddress = node.Op is Op.LaneAtomicRmwWide or Op.LaneAtomicCompareExchangeWide;
        if (type.Bits < 32)
        {
            Refuse(v, "atomics of less than 32 bits are not supported yet");
            return;
        }

        int valueIndex = wideAddress ? 1 : 2;
        var value = _f.Operand(v, valueIndex);
        var comparator = exchange ? _f.Operand(v, valueIndex + 1) : ValueId.None;
        var mask = MaskOrNone(_f.Operand(v, valueIndex + (exchange ? 2 : 1)));
        var access = PrepareLaneAccess(v);
        bool wide = type.Bits == 64;
        // Before the loop: what is made inside would be made again for each lane.
        R(value);
        if (exchange)
            R(comparator);
        var uniformValue = IsConst(value) ? IntegerConstant(_f[value].Imm, wide ? RegKind.G64 : RegKind.G32) : Reg.None;
        bool needed = _uses[v.Index] > 0;
        var loop = BeginLanes(mask, needed, wide);
        var kind = wide ? RegKind.G64 : RegKind.G32;
        var address = LaneAddress(access, loop);
        var operand = uniformValue.IsNone ? LaneOf(value, loop) : uniformValue;
        var old = _m.NewReg(kind);
        if (exchange)
            CompareExchange(old, address, operand, LaneOf(comparator, loop), kind);
        else
            ReadModifyWrite(v, old, address, operand, type, kind, needed);
        if (needed)
            InsertLane(loop, wide ? ToVector64(old) : ToVector(old), wide);
        EndLanes(loop);
        if (needed)
            Set(v, loop.Result, loop.SecondResult);
    }

    private Reg LaneOf(ValueId value, in LaneLoop loop) => _f.TypeOf(value).Bits == 64
        ? ToGeneral64(Extract64(R(value), R(value, 1), loop.Lane))
        : ExtractLane(R(value), loop);

    /// <summary>old := [address]; [address] := value where it equals the comparator.</summary>
    private void CompareExchange(Reg old, in Mem address, Reg value, Reg comparator, RegKind kind)
    {
        Copy(Reg.Rax, comparator);
        LockedCompareExchange(address, value, kind);
        Copy(old, Reg.Rax);
    }

    private void LockedCompareExchange(in Mem address, Reg value, RegKind kind)
    {
        var inst = New(kind == RegKind.G64 ? Code.Cmpxchg_rm64_r64 : Code.Cmpxchg_rm32_r32, 2);
        inst.Flags = InstFlags.Lock | InstFlags.UsesRax;
        Place(ref inst, 0, address);
        inst.R1 = value;
        inst.Sizes = Sizes(SizeOf(kind));
        _m.Add(inst);
    }

    private void ReadModifyWrite(ValueId v, Reg old, in Mem address, Reg value, IrType type, RegKind kind, bool needed)
    {
        bool wide = kind == RegKind.G64;
        var atomic = (AtomicKind)_f[v].Aux;
        switch (atomic)
        {
            case AtomicKind.Add:
            case AtomicKind.Sub:
            {
                if (!needed)
                {
                    bool add = atomic == AtomicKind.Add;
                    Locked(wide ? add ? Code.Add_rm64_r64 : Code.Sub_rm64_r64 : add ? Code.Add_rm32_r32 : Code.Sub_rm32_r32,
                        address, value, kind);
                    return;
                }

                Copy(old, value);
                if (atomic == AtomicKind.Sub)
                    InPlace(wide ? Code.Neg_rm64 : Code.Neg_rm32, old, kind);
                Exchange(wide ? Code.Xadd_rm64_r64 : Code.Xadd_rm32_r32, address, old, kind, true);
                return;
            }

            case AtomicKind.Exchange:
                Copy(old, value);
                // xchg with memory locks by itself.
                Exchange(wide ? Code.Xchg_rm64_r64 : Code.Xchg_rm32_r32, address, old, kind, false);
                return;
            case AtomicKind.And when !needed:
                Locked(wide ? Code.And_rm64_r64 : Code.And_rm32_r32, address, value, kind);
                return;
            case AtomicKind.Or when !needed:
                Locked(wide ? Code.Or_rm64_r64 : Code.Or_rm32_r32, address, value, kind);
                return;
            case AtomicKind.Xor when !needed:
                Locked(wide ? Code.Xor_rm64_r64 : Code.Xor_rm32_r32, address, value, kind);
                return;
        }

        Two(wide ? Code.Mov_r64_rm64 : Code.Mov_r32_rm32, old, address, SizeOf(kind), SizeOf(kind));
        int again = NewBlock(1), done = NewBlock();
        End(TerminatorKind.Jump, again);
        Begin(again);
        var replacement = Combine(atomic, old, value, type, kind);
        Copy(Reg.Rax, old);
        LockedCompareExchange(address, replacement, kind);
        Copy(old, Reg.Rax);
        End(TerminatorKind.ConditionalJump, again, done, Condition.NotEqual);
        Begin(done);
    }

    private Reg Combine(AtomicKind atomic, Reg old, Reg value, IrType type, RegKind kind)
    {
        if (atomic is AtomicKind.FAdd or AtomicKind.FMin or AtomicKind.FMax)
        {
            bool wide = type.Bits == 64;
            Reg a = wide ? ToVector64(old) : ToVector(old), b = wide ? ToVector64(value) : ToVector(value);
            var result = Vec(atomic switch
            {
                AtomicKind.FAdd => wide ? V.AddPd : V.AddPs,
                AtomicKind.FMin => wide ? V.MinPd : V.MinPs,
                _ => wide ? V.MaxPd : V.MaxPs,
            }, a, b);
            return wide ? ToGeneral64(result) : ToGeneral(result);
        }

        if (atomic is AtomicKind.And or AtomicKind.Or or AtomicKind.Xor)
        {
            var dst = CopyOf(old, kind);
            AluRegister(atomic == AtomicKind.And ? Alu.And : atomic == AtomicKind.Or ? Alu.Or : Alu.Xor, dst, value, kind);
            return dst;
        }

        // old where it is the smaller (larger), else value.
        var chosen = CopyOf(value, kind);
        AluRegister(Alu.Cmp, old, value, kind);
        ConditionalMove(atomic switch
        {
            AtomicKind.SMin => Condition.Less,
            AtomicKind.UMin => Condition.Below,
            AtomicKind.SMax => Condition.Greater,
            _ => Condition.Above,
        }, chosen, old, kind);
        return chosen;
    }

    private void Locked(Code code, in Mem address, Reg value, RegKind kind)
    {
        var inst = New(code, 2);
        inst.Flags = InstFlags.Lock;
        Place(ref inst, 0, address);
        inst.R1 = value;
        inst.Sizes = Sizes(SizeOf(kind));
        _m.Add(inst);
    }

    private void Exchange(Code code, in Mem address, Reg inOut, RegKind kind, bool locked)
    {
        var inst = New(code, 2);
        inst.Flags = InstFlags.Writes1 | (locked ? InstFlags.Lock : InstFlags.None);
        Place(ref inst, 0, address);
        inst.R1 = inOut;
        inst.Sizes = Sizes(SizeOf(kind));
        _m.Add(inst);
    }
}
