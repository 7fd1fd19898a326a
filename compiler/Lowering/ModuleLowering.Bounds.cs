using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// From a pointer to base, offset and bounds check. Whatever depends on the descriptor alone (base, range, limits) goes
/// to the prologue when the descriptor is known, once for each distinct question.
/// </summary>
internal sealed partial class ModuleLowering
{
    /// <summary>What is kept in the prologue: a base, a range, a limit of an index, the check of a constant offset, or what
    /// reports name.</summary>
    private enum Kept { Base, Range, Limit, Check, Location }

    private readonly Dictionary<(Kept, int Resource, long Element, long End, long Stride), ValueId> _kept = [];
    private ValueId _pushBase = ValueId.None, _workgroupBase = ValueId.None;

    /// <summary>Turns a pointer into an access of so many bytes.</summary>
    private Access Resolve(MemoryPointer p, long size)
    {
        switch (p.Root.Kind)
        {
            case MemoryKind.PushConstant:
                return ResolveClamped(p, PrologueBase(ref _pushBase, Op.PushBase));
            case MemoryKind.Null:
                return new Access(PrologueBase(ref _workgroupBase, Op.WorkgroupBase), _b.I32(0), 0, _b.Bool(false));
            case MemoryKind.Workgroup when !p.Root.Object.IsNone:
                return NotNull(p, ResolveWorkgroupValue(p, size));
            case MemoryKind.Workgroup:
                return ResolveClamped(p, PrologueBase(ref _workgroupBase, Op.WorkgroupBase));
            case MemoryKind.Physical:
                // The displacement covers a small constant part, so that neighbours share the address.
                bool near = p.Offset is >= 0 and <= ushort.MaxValue;
                var address = PhysicalAddress(near ? p with { Offset = 0 } : p);
                var confined = _b.Emit(Op.Confine, IrType.Base, [address]);
                return new Access(confined, _b.I32(0), near ? p.Offset : 0, ValueId.None);
            default:
                var access = NotNull(p, ResolveBuffer(p, size));
#if SHADERJIT_COST
                if (SandboxCost.WithoutBounds)
                    return access with { Ok = ValueId.None };
#endif
                if (_stage.OutOfBounds == OutOfBoundsMode.Trap)
                    Trap(_b.Not(access.Ok), TrapCode.OutOfBounds, LocationOf(p));
                return access;
        }
    }

    /// <summary>The byte that a buffer access aims at, as a <see cref="BufferLocation"/>.</summary>
    private ValueId LocationOf(MemoryPointer p)
    {
        var offset = _b.I32((int)(uint)Math.Min(p.Offset, uint.MaxValue));
        foreach (var term in p.Terms)
        {
            // A sum that wraps would name a byte that is there; the largest offset stands for all that are far away.
            uint stride = (uint)Math.Clamp(term.Stride, 1, uint.MaxValue);
            var scaled = _b.Select(_b.Compare(Op.ULe, term.Index, _b.I32((int)(uint.MaxValue / stride))),
                _b.IMul(term.Index, _b.I32((int)stride)), _b.I32(-1));
            var sum = _b.IAdd(offset, scaled);
            offset = _b.Select(_b.Compare(Op.ULt, sum, scaled), _b.I32(-1), sum);
        }

        return _b.Or(_b.Convert(Op.ZExt, IrType.I64, offset), BufferValue(p, Kept.Location, 0, 0));
    }

    /// <summary>The location of a descriptor's first byte.</summary>
    private ValueId DescriptorLocation(MemoryPointer p)
    {
        var resource = _f.Resources[p.Root.Resource];
        ulong fixedBits = BufferLocation.Encode(resource.Set, resource.Binding);
        if (_b.TryConst(p.Element, out long element))
            return _b.Const(IrType.I64, (long)(fixedBits | BufferLocation.EncodeElement(element)));
        var bounded = _b.Convert(Op.ZExt, IrType.I64, _b.Binary(Op.UMin, p.Element, _b.I32(BufferLocation.MaxElement)));
        var shifted = _b.Binary(Op.Shl, bounded, _b.Const(IrType.I64, BufferLocation.ElementShift));
        return _b.Or(shifted, _b.Const(IrType.I64, (long)fixedBits));
    }

    /// <summary>A pointer that is a value may be null.</summary>
    private Access NotNull(MemoryPointer p, Access access) => p.Root.Object.IsNone
        ? access
        : access with { Ok = _b.And(access.Ok, _b.Compare(Op.INe, p.Root.Object, _b.I32(0))) };

    private ValueId PrologueBase(ref ValueId known, Op op)
    {
        if (known.IsNone)
        {
            var block = EnterPrologue();
            known = _b.Emit(op, IrType.Base, []);
            LeavePrologue(block);
        }

        return known;
    }

    /// <summary>Every index is within its array, so that nothing wraps and nothing needs a check.</summary>
    private Access ResolveClamped(MemoryPointer p, ValueId @base)
    {
        var offset = ValueId.None;
        foreach (var term in p.Terms)
        {
            var scaled = _b.IMul(term.Index, _b.I32((int)term.Stride), NodeFlags.NoWrap);
            offset = offset.IsNone ? scaled : _b.IAdd(offset, scaled, NodeFlags.NoWrap);
        }

        return new Access(@base, offset.IsNone ? _b.I32(0) : offset, p.Offset, ValueId.None);
    }

    private Access ResolveBuffer(MemoryPointer p, long size)
    {
        var @base = BufferValue(p, Kept.Base, 0, 0);
        long end = p.Offset + size;

        // Ranges are below 2^31: what ends beyond is outside of every buffer.
        bool fits = end <= int.MaxValue;
        foreach (var term in p.Terms)
            fits &= term.Stride <= int.MaxValue;
        if (!fits)
            return new Access(@base, _b.I32(0), 0, _b.Bool(false));
        switch (p.Terms.Length)
        {
            case 0:
                return new Access(@base, _b.I32(0), p.Offset, BufferValue(p, Kept.Check, end, 0));
            case 1:
                var term = p.Terms[0];
                var limit = BufferValue(p, Kept.Limit, end, term.Stride);
                return new Access(@base, _b.IMul(term.Index, _b.I32((int)term.Stride)), p.Offset,
                    _b.Compare(Op.ULt, term.Index, limit));
            default:
                return ResolveSum(p, @base, end);
        }
    }

    /// <summary>Several indices: each is held below 2^31 bytes, and so is each sum that another is added to, so that none
    /// wraps; then the whole is checked as one index of stride 1.</summary>
    private Access ResolveSum(MemoryPointer p, ValueId @base, long end)
    {
        ValueId sum = ValueId.None, ok = ValueId.None;
        for (int i = 0; i < p.Terms.Length; i++)
        {
            var term = p.Terms[i];
            var scaled = _b.IMul(term.Index, _b.I32((int)term.Stride));
            if (i > 1)
                ok = _b.And(ok, _b.Compare(Op.ULe, sum, _b.I32(int.MaxValue)));
            sum = i == 0 ? scaled : _b.IAdd(sum, scaled);
            var small = _b.Compare(Op.ULe, term.Index, _b.I32((int)(int.MaxValue / term.Stride)));
            ok = i == 0 ? small : _b.And(ok, small);
        }

        ok = _b.And(ok, _b.Compare(Op.ULt, sum, BufferValue(p, Kept.Limit, end, 1)));
        return new Access(@base, sum, p.Offset, ok);
    }

    private ValueId BufferRange(MemoryPointer p) => BufferValue(p, Kept.Range, 0, 0);

    /// <summary>A value that depends on the descriptor alone.</summary>
    /// <param name="end">Bytes from the buffer's start to the end of the access with all dynamic indices 0.</param>
    private ValueId BufferValue(MemoryPointer p, Kept kept, long end, long stride)
    {
        if (!_b.TryConst(p.Element, out long element) || p.Root.Candidates.Length > 0)
            return MakeBufferValue(p, kept, end, stride);
        var key = (kept, p.Root.Resource, element, end, stride);
        if (!_kept.TryGetValue(key, out var value))
        {
            var block = EnterPrologue();
            value = MakeBufferValue(p, kept, end, stride);
            LeavePrologue(block);
            _kept.Add(key, value);
        }

        return value;
    }

    /// <summary>Dynamic buffers stand in the argument frame, which takes constant indices only: one of all is chosen.</summary>
    private ValueId DynamicBufferValue(MemoryPointer p, Kept kept)
    {
        var result = BufferValue(p with { Element = _b.I32(0) }, kept, 0, 0);
        for (int k = 1; k < p.Root.Count; k++)
        {
            var other = BufferValue(p with { Element = _b.I32(k) }, kept, 0, 0);
            result = _b.Select(_b.Compare(Op.IEq, p.Element, _b.I32(k)), other, result);
        }

        return result;
    }

    private ValueId MakeBufferValue(MemoryPointer p, Kept kept, long end, long stride)
    {
        if (p.Root.Candidates.Length > 0 && kept is Kept.Base or Kept.Range or Kept.Location)
            return CandidateValue(p, kept);
        if (kept is Kept.Base or Kept.Range && _f.Resources[p.Root.Resource].DynamicIndex >= 0 && p.Root.Count > 1
            && !_b.TryConst(p.Element, out _))
        {
            return DynamicBufferValue(p, kept);
        }

        switch (kept)
        {
            case Kept.Location:
                return DescriptorLocation(p);
            case Kept.Base:
                return _b.Emit(Op.BufferBase, IrType.Base, [p.Element], aux: p.Root.Resource);
            case Kept.Range:
                return _b.Emit(Op.BufferRange, IrType.I32, [p.Element], aux: p.Root.Resource);
            case Kept.Check:
                return _b.Compare(Op.ULe, _b.I32((int)end), BufferRange(p));
            default:
                // The number of index values for which the access fits.
                var range = BufferRange(p);
                var count = _b.IAdd(DivideByConstant(_b.ISub(range, _b.I32((int)end)), stride), _b.I32(1));
                var none = _b.Compare(Op.ULt, range, _b.I32((int)end));
                return _b.Select(none, _b.I32(0), count);
        }
    }
}
