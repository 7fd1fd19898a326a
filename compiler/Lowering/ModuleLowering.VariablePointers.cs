using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// Pointers into buffers and workgroup memory as values (variable pointers). Such a value has two leaves, both i32: the
/// object, a number from 1 on for each descriptor, and the offset in it in bytes. Workgroup memory is one object. Null
/// is 0, 0, which is also what an undefined pointer is. Offsets wrap at 2^32; what is beyond the object then answers like
/// any access out of bounds.
/// </summary>
internal sealed partial class ModuleLowering
{
    private const int WorkgroupObject = 1;

    private PointerScan _pointers = null!;
    private readonly Dictionary<int, int> _firstObject = [];
    private int _objects = 1;

    private bool IsPointerValue(in TypeInfo type) => _shapes.Of(type.Id) is { Kind: TypeKind.Pointer, Leaves: 2 };

    /// <summary>Workgroup memory that pointers may name must have its size before the first access is checked.</summary>
    private void CreatePointerTargets()
    {
        _pointers = PointerScan.Run(_module);
        bool needed = false;
        foreach (var capability in _module.Capabilities)
            needed |= capability == Capability.VariablePointers;
        if (!needed)
            return;
        int end = _module.Functions[0].Instruction;
        for (int i = 0; i < end; i++)
        {
            ref readonly var variable = ref _module.Instruction(i);
            if (variable.Opcode == Opcode.OpVariable && (StorageClass)_module.Operands(variable)[0] == StorageClass.Workgroup)
                Ensure(variable.Result);
        }
    }

    // From pointers to values -----------------------------------------------------------------------------------------

    /// <summary>Object and offset of a pointer, as values of the current block.</summary>
    private ValueId[] PointerLeaves(MemoryPointer p)
    {
        if (p.ComponentStride != 0)
            Refusal.Throw("a pointer to a column of a row-major matrix is used as a value");
        if (!p.Root.Natural && MatrixIn(p.Pointee) is { } matrix && !TryMatrixLayout(matrix, out _, out _))
            Refusal.Throw("a pointer to a matrix is used as a value, and its type has several layouts");
        return [ObjectOf(p), OffsetOf(p)];
    }

    /// <summary>The matrix type that a shape is, or is an array of; a struct's matrices are laid out by its members.</summary>
    private static Shape? MatrixIn(Shape shape)
    {
        while (shape.Kind is TypeKind.Array or TypeKind.RuntimeArray)
            shape = shape.Element!;
        return shape.Kind == TypeKind.Matrix ? shape : null;
    }

    /// <summary>The layout that all members of a matrix type share, or the one of matrices that have none: a pointer's type does not
    /// tell.</summary>
    private bool TryMatrixLayout(Shape matrix, out long stride, out bool rowMajor)
    {
        (stride, rowMajor) = (0, false);
        for (int i = 0; i < _module.Functions[0].Instruction; i++)
        {
            ref readonly var type = ref _module.Instruction(i);
            if (type.Opcode != Opcode.OpTypeStruct)
                continue;
            var members = _module.Members(_module.Type(type.Result));
            for (int k = 0; k < members.Length; k++)
            {
                var member = _module.Type(members[k]);
                while (member.Kind is TypeKind.Array or TypeKind.RuntimeArray)
                    member = _module.Type(member.Element);
                if (member.Id != matrix.TypeId || !_module.TryMatrixStride(type.Result, k, out uint found))
                    continue;
                bool rows = _module.IsRowMajor(type.Result, k);
                if (stride != 0 && (stride, rowMajor) != (found, rows))
                    return false;
                (stride, rowMajor) = (found, rows);
            }
        }

        if (stride == 0)
            stride = _module.UndecoratedMatrixStride(_module.Type(matrix.TypeId));
        return true;
    }

    private ValueId ObjectOf(MemoryPointer p)
    {
        if (!p.Root.Object.IsNone)
            return p.Root.Object;
        switch (p.Root.Kind)
        {
            case MemoryKind.Workgroup:
                return _b.I32(WorkgroupObject);
            case MemoryKind.Buffer:
                return _b.IAdd(p.Element, _b.I32(FirstObject(p.Root)));
            default:
                Refusal.Throw("only pointers into storage buffers and workgroup memory can be values");
                return ValueId.None;
        }
    }

    /// <summary>The number of a binding's first descriptor.</summary>
    private int FirstObject(MemoryRoot root)
    {
        if (!_firstObject.TryGetValue(root.Resource, out int first))
        {
            _firstObject.Add(root.Resource, first = _objects);
            if (_objects > int.MaxValue / 2 - root.Count)
                Refusal.Throw("too many descriptors");
            _objects += root.Count;
        }

        return first;
    }

    private ValueId OffsetOf(MemoryPointer p)
    {
        // Modulo 2^32, as where the index is no constant: one that is saturated would be wrapped by what is added to it.
        var offset = _b.I32((int)(uint)p.Offset);
        foreach (var term in p.Terms)
            offset = _b.IAdd(_b.IMul(term.Index, _b.I32((int)(uint)Math.Min(term.Stride, uint.MaxValue))), offset);
        return offset;
    }

    /// <summary>The same place as object and one offset, so that it can be moved either way.</summary>
    private MemoryPointer AsVariable(MemoryPointer p)
    {
        var root = p.Root.Object.IsNone ? p.Root with { Object = ObjectOf(p) } : p.Root;
        return p with { Root = root, Offset = 0, Terms = [new DynamicTerm(OffsetOf(p), 1, 0)] };
    }

    // From values to pointers -----------------------------------------------------------------------------------------

    /// <summary>A pointer that is known by its leaves only.</summary>
    private MemoryPointer VariablePointer(uint id, in TypeInfo type)
    {
        var leaves = _values.Of(id);
        (ValueId target, ValueId offset) = (leaves[0], leaves[1]);
        var candidates = new List<MemoryPointer>();
        var bindings = new HashSet<int>();
        var flags = NodeFlags.ReadOnly;
        foreach (uint root in _pointers.RootsOf(id))
        {
            if (_module.TypeOf(root).StorageClass != type.StorageClass || PointerOf(root) is not MemoryPointer candidate)
                continue;
            flags = (flags & candidate.Flags & NodeFlags.ReadOnly) | ((flags | candidate.Flags) & ~NodeFlags.ReadOnly);
            if (bindings.Add(candidate.Root.Resource))
                candidates.Add(candidate);
            else if (candidates.Exists(c => c.Root.Natural != candidate.Root.Natural))
                Refusal.Throw("a pointer into workgroup memory with and without explicit layout");
        }

        var pointee = _shapes.Of(type.Element);
        if (candidates.Count == 0)
        {
            var nowhere = new MemoryRoot(MemoryKind.Null, -1, 1, ValueId.None, Natural: false) { Object = target };
            return new MemoryPointer(nowhere, pointee, _b.I32(0), false, 0, [new DynamicTerm(offset, 1, 0)], 0, false, 0, NodeFlags.None);
        }

        var only = candidates[0].Root with { Object = target };
        if (candidates.Exists(c => c.PendingElement && c.Pointee.TypeId == pointee.TypeId))
        {
            // A pointer to an array of blocks: its object is the first block's, and the next index names the descriptor.
            if (candidates.Count > 1)
                only = only with { Candidates = [.. candidates] };
            return new MemoryPointer(only, pointee, _b.I32(0), true, 0, [], 0, false, 0, flags);
        }

        var element = _b.I32(0);
        if (candidates.Count > 1)
        {
            only = only with { Candidates = [.. candidates] };
            element = target;
        }
        else if (only.Kind == MemoryKind.Buffer && only.Count > 1)
        {
            element = Clamped(_b.ISub(target, _b.I32(FirstObject(only))), only.Count);
        }

        long matrixStride = 0;
        bool rowMajor = false;
        if (!only.Natural && MatrixIn(pointee) is { } matrix)
            TryMatrixLayout(matrix, out matrixStride, out rowMajor);
        return new MemoryPointer(only, pointee, element, false, 0, [new DynamicTerm(offset, 1, 0)], matrixStride, rowMajor, 0, flags);
    }

    /// <summary>From a value that points to an array of blocks to the block at an index. Null stays null.</summary>
    private MemoryPointer StepObject(MemoryPointer p, ValueId index)
    {
        var root = p.Root;
        int count = p.Pointee.Count > 0 ? p.Pointee.Count : root.Candidates.Length == 0 ? root.Count : int.MaxValue;
        var named = _b.IAdd(root.Object, Clamped(index, count));
        var target = _b.Select(_b.Compare(Op.IEq, root.Object, _b.I32(0)), _b.I32(0), named);
        var element = root.Candidates.Length > 0 ? target
            : root.Count > 1 ? Clamped(_b.ISub(target, _b.I32(FirstObject(root))), root.Count)
            : _b.I32(0);
        return p with { Root = root with { Object = target }, Pointee = p.Pointee.Element!, Element = element, PendingElement = false };
    }

    /// <summary>Base, range, or what reports name (Kept.Location) of the descriptor that an object's number stands for.</summary>
    private ValueId CandidateValue(MemoryPointer p, Kept kept)
    {
        var result = ValueId.None;
        foreach (var candidate in p.Root.Candidates)
        {
            int first = FirstObject(candidate.Root);
            var index = _b.ISub(p.Element, _b.I32(first));
            var element = candidate.Root.Count == 1 ? _b.I32(0) : Clamped(index, candidate.Root.Count);
            var value = BufferValue(candidate with { Element = element, PendingElement = false }, kept, 0, 0);
            var here = candidate.Root.Count == 1
                ? _b.Compare(Op.IEq, p.Element, _b.I32(first))
                : _b.Compare(Op.ULt, index, _b.I32(candidate.Root.Count));
            result = result.IsNone ? value : _b.Select(here, value, result);
        }

        return result;
    }

    /// <summary>An access of workgroup memory that is checked against all of it.</summary>
    private Access ResolveWorkgroupValue(MemoryPointer p, long size)
    {
        var at = PrologueBase(ref _workgroupBase, Op.WorkgroupBase);
        long room = _f.WorkgroupBytes - p.Offset - size;
        if (room < 0)
            return new Access(at, _b.I32(0), 0, _b.Bool(false));
        var offset = OffsetOf(p with { Offset = 0 });
        return new Access(at, offset, p.Offset, _b.Compare(Op.ULe, offset, _b.I32((int)room)));
    }

    // Instructions ----------------------------------------------------------------------------------------------------

    /// <summary>The first index of OpPtrAccessChain, which steps over whole pointees, forward or back.</summary>
    private MemoryPointer StepVariable(MemoryPointer p, uint typeId, uint index)
    {
        if (p.PendingElement || p.Root.Kind is not (MemoryKind.Buffer or MemoryKind.Workgroup or MemoryKind.Null))
            Refusal.Throw("OpPtrAccessChain on what is no buffer or workgroup memory");
        long stride = StrideOf(p, typeId);
        var value = IndexValue(index);
        if (_b.TryConst(value, out long constant) && p.Root.Kind == MemoryKind.Buffer)
        {
            long offset = p.Offset + (int)constant * stride;
            if (offset is >= 0 and < FarOffset)
                return p with { Offset = offset };
        }

        var variable = AsVariable(p);
        var moved = _b.IAdd(variable.Terms[0].Index, _b.IMul(value, _b.I32((int)stride)));
        return variable with { Terms = [new DynamicTerm(moved, 1, 0)] };
    }

    /// <summary>Bytes from one pointee to the next.</summary>
    private long StrideOf(MemoryPointer p, uint typeId)
    {
        if (p.Root.Natural)
        {
            var (size, alignment) = _naturalLayout.NaturalSize(p.Pointee);
            return (size + alignment - 1) / alignment * alignment;
        }

        if (_module.TryArrayStride(typeId, out uint stride) && stride <= int.MaxValue)
            return stride;

        // OpPtrDiff asks no stride of the type: that of the arrays of such elements.
        for (int i = 0; i < _module.Functions[0].Instruction; i++)
        {
            ref readonly var array = ref _module.Instruction(i);
            if (array.Opcode is Opcode.OpTypeArray or Opcode.OpTypeRuntimeArray && _module.Type(array.Result).Element == p.Pointee.TypeId
                && _module.TryArrayStride(array.Result, out stride) && stride is > 0 and <= int.MaxValue)
            {
                return stride;
            }
        }

        return SizeOf(p);
    }

    private void LowerPointerComparison(in Insn i)
    {
        if (PointerOf(i[0]) is not MemoryPointer a || PointerOf(i[1]) is not MemoryPointer b)
        {
            Refusal.Throw("only pointers into storage buffers and workgroup memory are compared");
            return;
        }

        if (i.Opcode == Opcode.OpPtrDiff)
        {
            SetScalar(i.Result, PointerDifference(a, b, i));
            return;
        }

        ValueId equal;
        if (a.Root.Kind == MemoryKind.Physical)
        {
            equal = _b.Compare(Op.IEq, PhysicalAddress(a), PhysicalAddress(b));
        }
        else
        {
            equal = _b.And(_b.Compare(Op.IEq, ObjectOf(a), ObjectOf(b)), _b.Compare(Op.IEq, OffsetOf(a), OffsetOf(b)));
        }

        SetScalar(i.Result, i.Opcode == Opcode.OpPtrEqual ? equal : _b.Not(equal));
    }

    private ValueId PointerDifference(MemoryPointer a, MemoryPointer b, in Insn i)
    {
        var type = ScalarTypeOf(i.Type);
        if (a.Root.Kind == MemoryKind.Physical)
        {
            if (!_module.TryArrayStride(_module.TypeIdOf(i[0]), out uint step) || step == 0)
                Refusal.Throw("the pointer type lacks ArrayStride");
            return Resize(_b.Binary(Op.SDiv, _b.ISub(PhysicalAddress(a), PhysicalAddress(b)), _b.I64(step)), type, signed: true);
        }

        var distance = _b.ISub(OffsetOf(a), OffsetOf(b));
        return Resize(_b.Binary(Op.SDiv, distance, _b.I32((int)StrideOf(a, _module.TypeIdOf(i[0])))), type, signed: true);
    }
}
