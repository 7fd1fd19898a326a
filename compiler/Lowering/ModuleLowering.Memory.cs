using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>OpLoad, OpStore, OpCopyMemory, OpArrayLength.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Where a memory access goes: base + offset + displacement, if ok.</summary>
    /// <param name="Ok">None where no check is needed.</param>
    private readonly record struct Access(ValueId Base, ValueId Offset, long Displacement, ValueId Ok);

    private void LowerLoad(in Insn i)
    {
        var flags = AccessFlags(i.Operands[1..]);
        _values.Set(i.Result, Load(PointerOf(i[0]), flags));
    }

    private void LowerStore(in Insn i) => Store(PointerOf(i[0]), Leaves(i[1]), AccessFlags(i.Operands[2..]));

    private void LowerCopyMemory(in Insn i)
    {
        // One set of operands is for both, of two the first is the target's.
        var target = i.Operands[2..];
        var source = target.Length > 0 && target.Length > OperandsOf(target[0]) ? target[OperandsOf(target[0])..] : target;
        Store(PointerOf(i[0]), Load(PointerOf(i[1]), AccessFlags(source)), AccessFlags(target));
    }

    private ValueId[] Load(Pointer pointer, NodeFlags flags)
    {
        if (pointer.Pointee.Leaves > ShapeTable.MaxLeaves)
            Refusal.Throw($"a value of {pointer.Pointee.Leaves} scalars is too large");
        if (pointer is LocalPointer local)
            return LoadLocal(local);
        var p = (MemoryPointer)pointer;
        if (p.Pointee.Leaves == 0)
            return [];
        if (!NamesDescriptors(p))
            return LoadMemory(p, flags);
        return ForEachDescriptor(p.Element, element => LoadMemory(p with { Element = element }, flags));
    }

    /// <summary>True for a pointer into one of several descriptors, which only the shader's run decides.</summary>
    private bool NamesDescriptors(MemoryPointer p) => p.Root.Kind == MemoryKind.Buffer && !_b.TryConst(p.Element, out _);

    private ValueId[] LoadMemory(MemoryPointer p, NodeFlags flags)
    {
        var leaves = new ValueId[p.Pointee.Leaves];
        flags |= p.Flags;
        if ((flags & NodeFlags.Volatile) != 0)
            flags &= ~NodeFlags.ReadOnly;
        int at = 0;
        if (IsCheckedByScalar(p))
        {
            LoadScalars(p, flags, leaves, ref at);
            return leaves;
        }

        var access = Resolve(p, SizeOf(p));
        LoadMemory(access, LayoutOf(p), p.Pointee, MatrixStrideIn(p), p.RowMajor, p.ComponentStride, flags, leaves, ref at);
        return leaves;
    }

    private void Store(Pointer pointer, ReadOnlySpan<ValueId> leaves, NodeFlags flags)
    {
        if (leaves.Length != pointer.Pointee.Leaves)
            Refusal.Throw("the object does not have the pointee's type");
        if (leaves.Length == 0)
            return;
        if (pointer is LocalPointer local)
        {
            StoreLocal(local, leaves);
            return;
        }

        var p = (MemoryPointer)pointer;
        if (p.Root.Kind == MemoryKind.PushConstant)
            Refusal.Throw("a store to push constants");
        if (!NamesDescriptors(p))
        {
            StoreMemory(p, leaves, flags);
            return;
        }

        var stored = leaves.ToArray();
        ForEachDescriptor(p.Element, element =>
        {
            StoreMemory(p with { Element = element }, stored, flags);
            return [];
        });
    }

    private void StoreMemory(MemoryPointer p, ReadOnlySpan<ValueId> leaves, NodeFlags flags)
    {
        flags |= p.Flags & ~NodeFlags.ReadOnly;
        int at = 0;
        if (IsCheckedByScalar(p))
        {
            StoreScalars(p, leaves, flags, ref at);
            return;
        }

        var access = Resolve(p, SizeOf(p));
        StoreMemory(access, LayoutOf(p), p.Pointee, MatrixStrideIn(p), p.RowMajor, p.ComponentStride, flags, leaves, ref at);
    }

    private bool IsCheckedByScalar(MemoryPointer p) => _stage.ScalarBounds && p.Root.Kind == MemoryKind.Buffer && p.Pointee.Leaves > 1;

    private void LoadScalars(MemoryPointer p, NodeFlags flags, ValueId[] leaves, ref int at)
    {
        if (p.Pointee.Leaves == 0)
            return;
        if (!p.Pointee.Scalar.IsVoid)
        {
            leaves[at++] = LoadScalar(Resolve(p, SizeOf(p)), p.Pointee, flags);
            return;
        }

        for (int k = 0; k < p.Pointee.Count; k++)
            LoadScalars(PartOf(p, k), flags, leaves, ref at);
    }

    private void StoreScalars(MemoryPointer p, ReadOnlySpan<ValueId> leaves, NodeFlags flags, ref int at)
    {
        if (p.Pointee.Leaves == 0)
            return;
        if (!p.Pointee.Scalar.IsVoid)
        {
            StoreScalar(Resolve(p, SizeOf(p)), p.Pointee, leaves[at++], flags);
            return;
        }

        for (int k = 0; k < p.Pointee.Count; k++)
            StoreScalars(PartOf(p, k), leaves, flags, ref at);
    }

    private MemoryPointer PartOf(MemoryPointer p, int k)
    {
        var part = PartAt(LayoutOf(p), p.Pointee, k, MatrixStrideIn(p), p.RowMajor, p.ComponentStride);
        return p with
        {
            Pointee = part.Shape, Offset = p.Offset + part.Offset, MatrixStride = part.MatrixStride, RowMajor = part.RowMajor,
            ComponentStride = part.ComponentStride,
        };
    }

    /// <summary>Words of a set of memory operands: the mask, and what its bits bring with them.</summary>
    private static int OperandsOf(uint mask) => 1 + System.Numerics.BitOperations.PopCount(mask
        & (uint)(MemoryAccess.Aligned | MemoryAccess.MakePointerAvailable | MemoryAccess.MakePointerVisible));

    private static NodeFlags AccessFlags(ReadOnlySpan<uint> memoryAccess)
    {
        const uint volatileBits = (uint)(MemoryAccess.Volatile | MemoryAccess.MakePointerAvailable
            | MemoryAccess.MakePointerVisible);
        return memoryAccess.Length > 0 && (memoryAccess[0] & volatileBits) != 0 ? NodeFlags.Volatile : NodeFlags.None;
    }

    private long MatrixStrideIn(MemoryPointer p) => p.Pointee.Kind == TypeKind.Matrix ? MatrixStrideOf(p) : p.MatrixStride;

    private long SizeOf(MemoryPointer p)
    {
        if (p.PendingElement)
            Refusal.Throw("an access to a whole array of descriptors");
        long size = LayoutOf(p).SizeOf(p.Pointee, MatrixStrideIn(p), p.RowMajor, p.ComponentStride);
        if (size is <= 0 or > int.MaxValue)
            Refusal.Throw($"an access of {size} bytes");
        return size;
    }

    private void LoadMemory(in Access a, MemoryLayout layout, Shape shape, long matrixStride, bool rowMajor,
        long componentStride, NodeFlags flags, ValueId[] leaves, ref int at)
    {
        if (shape.Leaves == 0)
            return;
        if (!shape.Scalar.IsVoid)
        {
            leaves[at++] = LoadScalar(a, shape, flags);
            return;
        }

        for (int k = 0; k < shape.Count; k++)
        {
            var part = PartAt(layout, shape, k, matrixStride, rowMajor, componentStride);
            LoadMemory(a with { Displacement = a.Displacement + part.Offset }, layout, part.Shape, part.MatrixStride,
                part.RowMajor, part.ComponentStride, flags, leaves, ref at);
        }
    }

    private void StoreMemory(in Access a, MemoryLayout layout, Shape shape, long matrixStride, bool rowMajor,
        long componentStride, NodeFlags flags, ReadOnlySpan<ValueId> leaves, ref int at)
    {
        if (shape.Leaves == 0)
            return;
        if (!shape.Scalar.IsVoid)
        {
            StoreScalar(a, shape, leaves[at++], flags);
            return;
        }

        for (int k = 0; k < shape.Count; k++)
        {
            var part = PartAt(layout, shape, k, matrixStride, rowMajor, componentStride);
            StoreMemory(a with { Displacement = a.Displacement + part.Offset }, layout, part.Shape, part.MatrixStride,
                part.RowMajor, part.ComponentStride, flags, leaves, ref at);
        }
    }

    private readonly record struct MemoryPart(Shape Shape, long Offset, long MatrixStride, bool RowMajor, long ComponentStride);

    private static MemoryPart PartAt(MemoryLayout layout, Shape shape, int k, long matrixStride, bool rowMajor,
        long componentStride)
    {
        switch (shape.Kind)
        {
            case TypeKind.Struct:
                return new(shape.Members[k], layout.OffsetOf(shape, k), layout.MatrixStride(shape, k),
                    layout.IsRowMajor(shape, k), 0);
            case TypeKind.Vector:
                long stride = componentStride == 0 ? MemoryLayout.ScalarBytes(shape.Element!) : componentStride;
                return new(shape.Element!, k * stride, 0, false, 0);
            case TypeKind.Matrix:
                if (matrixStride == 0)
                    matrixStride = layout.NaturalMatrixStride(shape);
                long column = rowMajor ? MemoryLayout.ScalarBytes(shape.Element!.Element!) : matrixStride;
                return new(shape.Element!, k * column, 0, false, rowMajor ? matrixStride : 0);
            default:
                return new(shape.Element!, k * layout.ArrayStride(shape), matrixStride, rowMajor, 0);
        }
    }

    private ValueId LoadScalar(in Access a, Shape shape, NodeFlags flags)
    {
        bool isBool = shape.Kind == TypeKind.Bool;
        var type = isBool ? IrType.I32 : shape.Scalar;
        var value = a.Ok.IsNone
            ? _b.Emit(Op.Load, type, [a.Base, a.Offset], a.Displacement, flags: flags)
            : _b.Emit(Op.Load, type, [a.Base, a.Offset, a.Ok], a.Displacement, flags: flags);
        return isBool ? _b.Compare(Op.INe, value, _b.I32(0)) : value;
    }

    private void StoreScalar(in Access a, Shape shape, ValueId value, NodeFlags flags)
    {
        if (shape.Kind == TypeKind.Bool)
            value = _b.Select(value, _b.I32(1), _b.I32(0));
        if (a.Ok.IsNone)
            _b.Emit(Op.Store, IrType.Void, [a.Base, a.Offset, value], a.Displacement, flags: flags);
        else
            _b.Emit(Op.Store, IrType.Void, [a.Base, a.Offset, value, a.Ok], a.Displacement, flags: flags);
    }

    /// <summary>Elements that the runtime array at the end of a buffer has room for; 0 for a null pointer.</summary>
    private void LowerArrayLength(in Insn i)
    {
        if (PointerOf(i[0]) is not MemoryPointer { Root.Kind: MemoryKind.Buffer or MemoryKind.Null, PendingElement: false } p
            || p.Pointee.Kind != TypeKind.Struct || i[1] >= (uint)p.Pointee.Count)
        {
            Refusal.Throw("not a buffer's block");
            return;
        }

        if (p.Root.Kind == MemoryKind.Null)
        {
            SetScalar(i.Result, _b.I32(0));
            return;
        }

        var array = p.Pointee.Members[(int)i[1]];
        if (array.Kind != TypeKind.RuntimeArray)
            Refusal.Throw("not a runtime array");
        long offset = p.Offset + _explicitLayout.OffsetOf(p.Pointee, (int)i[1]);
        long stride = _explicitLayout.ArrayStride(array);
        var range = NamesDescriptors(p)
            ? ForEachDescriptor(p.Element, element => [BufferRange(p with { Element = element })])[0]
            : BufferRange(p);
        if (!p.Root.Object.IsNone)
            range = _b.Select(_b.Compare(Op.IEq, p.Root.Object, _b.I32(0)), _b.I32(0), range);
        SetScalar(i.Result, DivideByConstant(Saturated(range, offset), stride));
    }

    /// <summary>range - bytes, or 0.</summary>
    private ValueId Saturated(ValueId range, long bytes)
    {
        if (bytes > int.MaxValue)
            return _b.I32(0);
        var constant = _b.I32((int)bytes);
        return _b.ISub(_b.Binary(Op.UMax, range, constant), constant);
    }

    private ValueId DivideByConstant(ValueId value, long divisor)
    {
        if (divisor > int.MaxValue)
            return _b.I32(0);
        return long.IsPow2(divisor)
            ? _b.Binary(Op.LShr, value, _b.I32((int)long.Log2(divisor)))
            : _b.Binary(Op.UDiv, value, _b.I32((int)divisor));
    }

    /// <param name="location">i64 that says where, or None.</param>
    private void Trap(ValueId condition, TrapCode code, ValueId location)
    {
        if (_b.TryConst(condition, out long bits) && bits == 0)
            return;
        ReadOnlySpan<ValueId> operands = location.IsNone ? [condition] : [condition, location];
        _b.Emit(Op.TrapIf, IrType.Void, operands, aux: (int)code);
    }
}
