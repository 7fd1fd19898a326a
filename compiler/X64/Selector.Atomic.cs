using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Atomics: one locked instruction each where the machine has it, else a loop around cmpxchg; lanes one by one
/// in ascending order. The scratch memory (workgroup memory) is one worker's own, and a worker runs one workgroup at a
/// time: there nothing is locked.</summary>
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
                CompareExchange(v, dst, address, value, comparator, kind);
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
        if (!needed && !wide && !access.Wide && !exchange && InMemory((AtomicKind)node.Aux, false) != Code.INVALID)
        {
            AtomicsInMemory(v, access, mask, uniformValue);
            return;
        }

        var loop = BeginLanes(mask, needed, wide);
        var kind = wide ? RegKind.G64 : RegKind.G32;
        var address = LaneAddress(access, loop);
        var operand = uniformValue.IsNone ? LaneOf(value, loop) : uniformValue;
        var old = _m.NewReg(kind);
        if (exchange)
            CompareExchange(v, old, address, operand, LaneOf(comparator, loop), kind);
        else
            ReadModifyWrite(v, old, address, operand, type, kind, needed);
        if (needed)
            InsertLane(loop, wide ? ToVector64(old) : ToVector(old), wide);
        EndLanes(loop);
        if (needed)
            Set(v, loop.Result, loop.SecondResult);
    }

    /// <summary>Nobody else sees the memory that an atomic goes to.</summary>
    private bool IsOwn(ValueId v) => _f[_f.Operand(v, 0)].Op == Op.ScratchBase;

    /// <summary>The instruction that does an atomic whose result nobody needs, or INVALID.</summary>
    private static Code InMemory(AtomicKind kind, bool wide) => kind switch
    {
        AtomicKind.Add => wide ? Code.Add_rm64_r64 : Code.Add_rm32_r32,
        AtomicKind.Sub => wide ? Code.Sub_rm64_r64 : Code.Sub_rm32_r32,
        AtomicKind.And => wide ? Code.And_rm64_r64 : Code.And_rm32_r32,
        AtomicKind.Or => wide ? Code.Or_rm64_r64 : Code.Or_rm32_r32,
        AtomicKind.Xor => wide ? Code.Xor_rm64_r64 : Code.Xor_rm32_r32,
        _ => Code.INVALID,
    };

    /// <summary>
    /// One instruction per lane, 32-bit elements, results unused. Where all lanes take part, without a loop: offsets (and
    /// values) go through the frame, from where each is loaded by a plain move.
    /// </summary>
    private void AtomicsInMemory(ValueId v, in LaneAccess access, Reg mask, Reg uniformValue)
    {
        var code = InMemory((AtomicKind)_f[v].Aux, false);
        var value = R(_f.Operand(v, 2));
        bool own = IsOwn(v);
        int all = NewBlock(), some = NewBlock(), done = NewBlock();
        if (mask.IsNone)
            End(TerminatorKind.Jump, all);
        else
            End(TerminatorKind.ConditionalJump, all, some, TestAll(mask));
        Begin(all);
        int row = _m.ReserveFrame(0);
        StoreVector(Mem.Slot(row), access.Offsets, Reg.None, false);
        int values = 0;
        if (uniformValue.IsNone)
        {
            values = _m.ReserveFrame(1);
            StoreVector(Mem.Slot(values), value, Reg.None, false);
        }

        for (int l = 0; l < _lanes; l++)
        {
            var offset = LoadGeneral(Mem.Slot(row + 4 * l), RegKind.G32);
            var operand = uniformValue.IsNone ? LoadGeneral(Mem.Slot(values + 4 * l), RegKind.G32) : uniformValue;
            Update(code, Mem.At(access.Base, offset, 1, access.Displacement), operand, RegKind.G32, own);
        }

        End(TerminatorKind.Jump, done);
        if (!mask.IsNone)
        {
            Begin(some);
            var loop = BeginLanes(mask, false);
            var address = LaneAddress(access, loop);
            Update(code, address, uniformValue.IsNone ? ExtractLane(value, loop) : uniformValue, RegKind.G32, own);
            EndLanes(loop);
            End(TerminatorKind.Jump, done);
        }

        Begin(done);
    }

    private Reg LaneOf(ValueId value, in LaneLoop loop) => _f.TypeOf(value).Bits == 64
        ? ToGeneral64(Extract64(R(value), R(value, 1), loop.Lane))
        : ExtractLane(R(value), loop);

    /// <summary>old := [address]; [address] := value where it equals the comparator.</summary>
    private void CompareExchange(ValueId v, Reg old, in Mem address, Reg value, Reg comparator, RegKind kind)
    {
        if (IsOwn(v))
        {
            Two(kind == RegKind.G64 ? Code.Mov_r64_rm64 : Code.Mov_r32_rm32, old, address, SizeOf(kind), SizeOf(kind));
            var stored = CopyOf(old, kind);
            AluRegister(Alu.Cmp, old, comparator, kind);
            ConditionalMove(Condition.Equal, stored, value, kind);
            StoreTo(kind == RegKind.G64 ? Code.Mov_rm64_r64 : Code.Mov_rm32_r32, address, stored, SizeOf(kind));
            return;
        }

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
        bool own = IsOwn(v);
        if (!needed && InMemory(atomic, wide) is not Code.INVALID and var code)
        {
            Update(code, address, value, kind, own);
            return;
        }

        if (own)
        {
            Two(wide ? Code.Mov_r64_rm64 : Code.Mov_r32_rm32, old, address, SizeOf(kind), SizeOf(kind));
            StoreTo(wide ? Code.Mov_rm64_r64 : Code.Mov_rm32_r32, address, Combine(atomic, old, value, type, kind), SizeOf(kind));
            return;
        }

        switch (atomic)
        {
            case AtomicKind.Add or AtomicKind.Sub:
                Copy(old, value);
                if (atomic == AtomicKind.Sub)
                    InPlace(wide ? Code.Neg_rm64 : Code.Neg_rm32, old, kind);
                Exchange(wide ? Code.Xadd_rm64_r64 : Code.Xadd_rm32_r32, address, old, kind, true);
                return;
            case AtomicKind.Exchange:
                Copy(old, value);
                // xchg with memory locks by itself.
                Exchange(wide ? Code.Xchg_rm64_r64 : Code.Xchg_rm32_r32, address, old, kind, false);
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

        if (atomic == AtomicKind.Exchange)
            return value;
        if (atomic is AtomicKind.And or AtomicKind.Or or AtomicKind.Xor or AtomicKind.Add or AtomicKind.Sub)
        {
            var dst = CopyOf(old, kind);
            AluRegister(atomic switch
            {
                AtomicKind.And => Alu.And,
                AtomicKind.Or => Alu.Or,
                AtomicKind.Xor => Alu.Xor,
                AtomicKind.Add => Alu.Add,
                _ => Alu.Sub,
            }, dst, value, kind);
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

    private void Update(Code code, in Mem address, Reg value, RegKind kind, bool own)
    {
        var inst = New(code, 2);
        inst.Flags = own ? InstFlags.None : InstFlags.Lock;
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
