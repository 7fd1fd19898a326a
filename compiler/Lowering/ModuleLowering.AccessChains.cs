using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>OpAccessChain and its kin: pointers are followed by name, and nothing is emitted until an access.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Where constant offsets stop growing: far beyond any buffer, far below overflow.</summary>
    private const long FarOffset = 1L << 40;

    private void LowerAccessChain(in Insn i)
    {
        var pointer = PointerOf(i[0]);
        int first = 1;
        if (i.Opcode is Opcode.OpPtrAccessChain or Opcode.OpInBoundsPtrAccessChain)
        {
            pointer = StepPointer(pointer, i[0], i[1]);
            first = 2;
        }

        foreach (uint index in i.Operands[first..])
        {
            pointer = pointer switch
            {
                LocalPointer local => StepLocal(local, index),
                MemoryPointer memory => StepMemory(memory, index),
                DescriptorPointer descriptor => StepDescriptor(descriptor, index),
                _ => throw new InvalidOperationException("unknown pointer"),
            };
        }

        _values.Set(i.Result, pointer);
    }

    /// <summary>The first index of OpPtrAccessChain, which steps over whole pointees.</summary>
    private MemoryPointer StepPointer(Pointer pointer, uint id, uint index)
    {
        if (pointer is not MemoryPointer memory)
        {
            Refusal.Throw("OpPtrAccessChain on a variable of an invocation");
            return null!;
        }

        if (memory.Root.Kind != MemoryKind.Physical)
            return StepVariable(memory, _module.TypeIdOf(id), index);
        if (!_module.TryArrayStride(_module.TypeIdOf(id), out uint stride))
            Refusal.Throw("the pointer type lacks ArrayStride");
        return AddIndex(memory, index, stride, 0, memory.Pointee);
    }

    private LocalPointer StepLocal(LocalPointer p, uint index)
    {
        var shape = p.Pointee;
        bool indexed = p.Variable.Indexed;
        if (shape.Kind == TypeKind.Struct)
        {
            int member = MemberIndex(shape, index);
            int slot = p.Slot;
            for (int k = 0; k < member; k++)
                slot += SlotsOf(shape.Members[k], indexed);
            return p with { Pointee = shape.Members[member], Slot = slot };
        }

        if (shape.Element == null || shape.Count == 0)
            Refusal.Throw("an index into a scalar");
        var element = shape.Element;
        var value = IndexValue(index);
        bool isConstant = _b.TryConst(value, out long constant);
        if (IsPrivateArray(shape, indexed))
        {
            var clamped = Clamped(value, shape.Count);
            return p with { Pointee = element, Flat = FlatIndex(p.Flat, shape.Count, clamped) };
        }

        int stride = SlotsOf(element, indexed);
        if (isConstant || shape.Count == 1)
        {
            int k = (int)Math.Min(constant & uint.MaxValue, shape.Count - 1);
            return p with { Pointee = element, Slot = p.Slot + (isConstant ? k : 0) * stride };
        }

        return p with { Pointee = element, Choices = [.. p.Choices, new SlotChoice(value, shape.Count, stride)] };
    }

    private MemoryPointer StepMemory(MemoryPointer p, uint index)
    {
        var shape = p.Pointee;
        if (p.PendingElement && !p.Root.Object.IsNone)
            return StepObject(p, IndexValue(index));
        if (p.PendingElement)
        {
            var element = Clamped(IndexValue(index), p.Root.Count);
            return p with { Pointee = shape.Element!, Element = element, PendingElement = false };
        }

        var layout = LayoutOf(p);
        switch (shape.Kind)
        {
            case TypeKind.Struct:
                return StepMember(p, MemberIndex(shape, index), layout);
            case TypeKind.Array or TypeKind.RuntimeArray:
                return AddIndex(p, index, layout.ArrayStride(shape), shape.Count, shape.Element!);
            case TypeKind.Matrix:
                long matrixStride = MatrixStrideOf(p);
                long columnStride = p.RowMajor ? MemoryLayout.ScalarBytes(shape.Element!.Element!) : matrixStride;
                var column = AddIndex(p, index, columnStride, shape.Count, shape.Element!);
                return column with { ComponentStride = p.RowMajor ? matrixStride : 0 };
            case TypeKind.Vector:
                long stride = p.ComponentStride == 0 ? MemoryLayout.ScalarBytes(shape.Element!) : p.ComponentStride;
                return AddIndex(p, index, stride, shape.Count, shape.Element!) with { ComponentStride = 0 };
            default:
                Refusal.Throw("an index into a scalar");
                return p;
        }
    }

    private MemoryPointer StepMember(MemoryPointer p, int member, MemoryLayout layout)
    {
        var shape = p.Pointee;
        var flags = p.Flags;
        if (_module.HasMemberDecoration(shape.TypeId, member, Decoration.Volatile)
            || _module.HasMemberDecoration(shape.TypeId, member, Decoration.Coherent))
        {
            flags = (flags & ~NodeFlags.ReadOnly) | NodeFlags.Volatile;
        }

        return p with
        {
            Pointee = shape.Members[member],
            Offset = Math.Min(p.Offset + layout.OffsetOf(shape, member), FarOffset),
            MatrixStride = layout.MatrixStride(shape, member),
            RowMajor = layout.IsRowMajor(shape, member),
            Flags = flags,
        };
    }

    private MemoryLayout LayoutOf(MemoryPointer p) => p.Root.Natural ? _naturalLayout : _explicitLayout;

    private long MatrixStrideOf(MemoryPointer p)
    {
        if (p.MatrixStride == 0 && p.Root.Natural && p.Pointee.Kind == TypeKind.Matrix)
            return _naturalLayout.NaturalMatrixStride(p.Pointee);
        if (p.MatrixStride == 0)
            Refusal.Throw("a matrix in memory lacks MatrixStride");
        return p.MatrixStride;
    }

    /// <summary>Goes to an element.</summary>
    /// <param name="length">Elements there are; 0 where that is not known.</param>
    private MemoryPointer AddIndex(MemoryPointer p, uint index, long stride, int length, Shape element)
    {
        if (p.Root.Kind == MemoryKind.Physical)
            return AddPhysicalIndex(p, index, stride, element);
        if (p.Root.Kind == MemoryKind.Null)
            return p with { Pointee = element };
        var value = IndexValue(index);
        if (p.Root.Kind != MemoryKind.Buffer)
        {
            // No range is checked in this memory: the index is kept within its array.
            if (length == 0)
                Refusal.Throw("a runtime array outside of a buffer");
            value = Clamped(value, length);
        }

        if (_b.TryConst(value, out long constant))
        {
            long step = constant >= FarOffset / stride ? FarOffset : constant * stride;
            return p with { Pointee = element, Offset = Math.Min(p.Offset + step, FarOffset) };
        }

        if (length == 1 && p.Root.Kind != MemoryKind.Buffer)
            return p with { Pointee = element };
        return p with { Pointee = element, Terms = [.. p.Terms, new DynamicTerm(value, stride, length)] };
    }

    /// <summary>Addresses are 64 bits wide and indices signed.</summary>
    private MemoryPointer AddPhysicalIndex(MemoryPointer p, uint index, long stride, Shape element)
    {
        var value = Leaf(index);
        var type = _f.TypeOf(value);
        if (type.Bits < 64)
            value = _b.Convert(Op.SExt, IrType.I64, value);
        if (_b.TryConst(value, out long constant) && Math.Abs((double)constant * stride) < FarOffset
            && Math.Abs(p.Offset) < FarOffset)
        {
            return p with { Pointee = element, Offset = p.Offset + constant * stride };
        }

        return p with { Pointee = element, Terms = [.. p.Terms, new DynamicTerm(value, stride, 0)] };
    }

    /// <summary>An index kept within its array; as it is where it cannot be beyond.</summary>
    private ValueId Clamped(ValueId index, int length) =>
        UpperBound(index, 0) < length ? index : _b.Binary(Op.UMin, index, _b.I32(length - 1));

    /// <summary>The largest value, read as unsigned, that an i32 may have, as far as its own ops tell.</summary>
    private long UpperBound(ValueId id, int depth)
    {
        const int maxDepth = 6;
        ref var node = ref _f[id];
        if (node.Op == Op.Const)
            return node.Imm;
        var (x, y, z) = _f.LocalSize;
        if (node.Op == Op.Builtin)
        {
            return (BuiltinValue)node.Aux switch
            {
                BuiltinValue.LocalIdX => x - 1,
                BuiltinValue.LocalIdY => y - 1,
                BuiltinValue.LocalIdZ => z - 1,
                BuiltinValue.LocalIndex or BuiltinValue.SubgroupId => (long)x * y * z - 1,
                BuiltinValue.SubgroupLane => 31,
                _ => uint.MaxValue,
            };
        }

        if (depth == maxDepth)
            return uint.MaxValue;
        switch (node.Op)
        {
            case Op.And or Op.UMin:
                return Math.Min(UpperBound(_f.Operand(id, 0), depth + 1), UpperBound(_f.Operand(id, 1), depth + 1));
            case Op.LShr when _b.TryConst(_f.Operand(id, 1), out long count):
                return UpperBound(_f.Operand(id, 0), depth + 1) >> (int)(count & 31);
            case Op.URem when _b.TryConst(_f.Operand(id, 1), out long divisor):
                return Math.Max(divisor - 1, 0);
            case Op.UDiv:
                return UpperBound(_f.Operand(id, 0), depth + 1);
            case Op.Select:
                return Math.Max(UpperBound(_f.Operand(id, 1), depth + 1), UpperBound(_f.Operand(id, 2), depth + 1));
            case Op.ZExt:
                return (long)IntegerMath.Mask(ulong.MaxValue, _f.TypeOf(_f.Operand(id, 0)).Bits);
            default:
                return uint.MaxValue;
        }
    }

    private int MemberIndex(Shape shape, uint id)
    {
        long member = ConstantInteger(id);
        if (member < 0 || member >= shape.Count)
            Refusal.Throw($"member {member} of a struct of {shape.Count}");
        return (int)member;
    }

    /// <summary>An index as i32, to be read as unsigned: what is negative or too large stays out of every range.</summary>
    private ValueId IndexValue(uint id)
    {
        var value = Leaf(id);
        switch (_f.TypeOf(value).Scalar)
        {
            case Scalar.I32:
                return value;
            case Scalar.I8 or Scalar.I16:
                return _b.Convert(Op.SExt, IrType.I32, value);
            case Scalar.I64:
                return _b.Convert(Op.Trunc, IrType.I32, _b.Binary(Op.UMin, value, _b.I64(uint.MaxValue)));
            default:
                Refusal.Throw("an index that is not an integer");
                return value;
        }
    }

    /// <summary>The i64 address that a physical pointer stands for.</summary>
    private ValueId PhysicalAddress(MemoryPointer p)
    {
        var address = p.Root.Address;
        foreach (var term in p.Terms)
            address = _b.IAdd(address, _b.IMul(term.Index, _b.I64(term.Stride)));
        return _b.IAdd(address, _b.I64(p.Offset));
    }
}
