using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>OpVariable: local variables as SSA variables or private arrays, and the roots of memory.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Arrays of at most this many scalars are never private arrays: a chain of selects finds the element.</summary>
    private const int MaxChosenLeaves = 8;

    /// <summary>Zeroing a longer private array is a loop.</summary>
    private const int MaxUnrolledZeros = 16;

    private VariableScan _scan = null!;
    private long _privateBytes;

    private void ScanVariables() => _scan = VariableScan.Run(_module);

    /// <summary>Private variables live as long as the invocation, so they are made at its start.</summary>
    private void CreatePrivateVariables()
    {
        int end = _module.Functions[0].Instruction;
        for (int i = 0; i < end; i++)
        {
            ref readonly var instruction = ref _module.Instruction(i);
            if (instruction.Opcode != Opcode.OpVariable
                || (StorageClass)_module.Operands(instruction)[0] != StorageClass.Private)
            {
                continue;
            }

            _f.CurrentSpirvOffset = instruction.Offset;
            _current = "OpVariable";
            CreateLocal(instruction.Result, instruction.ResultType, _module.Operands(instruction));
        }
    }

    /// <summary>Makes a Function or Private variable with its initial value: the initializer's, or zeros.</summary>
    private void CreateLocal(uint id, uint pointerType, ReadOnlySpan<uint> operands)
    {
        var shape = ShapeOf(_module.Type(pointerType).Element);
        bool indexed = _scan.IsIndexed(id);
        var slots = new List<Slot>();
        AddSlots(shape, indexed, 1, slots);
        var variable = new LocalVariable { Shape = shape, Indexed = indexed, Slots = slots.ToArray() };
        CountWork(slots.Count);
        var pointer = new LocalPointer(variable, shape, 0, ValueId.None, []);
        _values.Set(id, pointer);
        if (operands.Length > 1)
        {
            StoreLocal(pointer, Leaves(operands[1]));
            return;
        }

        foreach (var slot in variable.Slots)
        {
            if (slot.Variable >= 0)
                _ssa.Write(slot.Variable, _b.Block, _b.Zero(slot.Type));
            else if (_scan.MayBeReadEarly(id))
                ZeroPrivateArray(slot.Array);
        }
    }

    private void AddSlots(Shape shape, bool indexed, int length, List<Slot> slots)
    {
        if (shape.Leaves == 0)
        {
            if (shape.Kind == TypeKind.Pointer)
                Refusal.Throw("a variable that holds a pointer is not supported yet");
            return;
        }

        if (!shape.Scalar.IsVoid)
        {
            slots.Add(length > 1 ? ArraySlot(shape.Scalar, length) : new Slot(shape.Scalar, _ssa.NewVariable(shape.Scalar), -1,
                ValueId.None));
            return;
        }

        if (IsPrivateArray(shape, indexed))
        {
            AddSlots(shape.Element!, indexed, length * shape.Count, slots);
            return;
        }

        for (int i = 0; i < shape.Count; i++)
            AddSlots(shape.Part(i, out _), indexed, length, slots);
    }

    /// <summary>True where the array is a dimension of private arrays; else its elements have slots of their own.</summary>
    private static bool IsPrivateArray(Shape shape, bool indexed) =>
        indexed && shape.Kind == TypeKind.Array && shape.Leaves > MaxChosenLeaves && shape.Count > 1;

    private Slot ArraySlot(IrType type, int length)
    {
        // A bool has no memory form.
        var element = type.Scalar == Scalar.Bool ? IrType.I32 : type;
        _privateBytes += (long)element.Bytes * length;
        if (_privateBytes > 1 << 20)
            Refusal.Throw("private arrays take more than 1 MiB");
        _f.PrivateArrays.Add(new PrivateArray(element, length));
        return new Slot(type, -1, _f.PrivateArrays.Count - 1, ValueId.None);
    }

    private void ZeroPrivateArray(int array)
    {
        var (element, length) = _f.PrivateArrays[array];
        var zero = _b.Zero(element);
        if (length <= MaxUnrolledZeros)
        {
            for (int k = 0; k < length; k++)
                _b.Emit(Op.PrivateStore, IrType.Void, [_b.I32(k), zero], aux: array);
            return;
        }

        SplitIfHeader();
        var header = _f.NewBlock();
        var after = _f.NewBlock();
        var index = _f.AddParam(header, IrType.I32);
        Jump(header, [_b.I32(0)]);
        _f.Layout.Add(header);
        _b.Block = header;
        _f[header].Merge = after;
        _f[header].Continue = header;
        _b.Emit(Op.PrivateStore, IrType.Void, [index, zero], aux: array);
        var next = _b.IAdd(index, _b.I32(1), NodeFlags.NoWrap);
        Branch(_b.Compare(Op.ULt, next, _b.I32(length)), header, [next], after, []);
        _ssa.Seal(header);
        Begin(after);
    }

    /// <summary>How many slots a part of a variable takes.</summary>
    private static int SlotsOf(Shape shape, bool indexed)
    {
        if (!shape.Scalar.IsVoid || shape.Leaves == 0)
            return Math.Min(shape.Leaves, 1);
        if (!indexed)
            return shape.Leaves;
        if (shape.Members.Length == 0)
            return IsPrivateArray(shape, true) ? SlotsOf(shape.Element!, true) : shape.Count * SlotsOf(shape.Element!, true);
        int count = 0;
        foreach (var member in shape.Members)
            count += SlotsOf(member, true);
        return count;
    }

    // Loads and stores -----------------------------------------------------------------------------------------------

    private ValueId[] LoadLocal(LocalPointer p)
    {
        var leaves = new ValueId[p.Pointee.Leaves];
        int at = 0;
        LoadPart(p, p.Pointee, p.Slot, p.Flat, leaves, ref at);
        return leaves;
    }

    private void LoadPart(LocalPointer p, Shape shape, int slot, ValueId flat, ValueId[] leaves, ref int at)
    {
        if (shape.Leaves == 0)
            return;
        if (!shape.Scalar.IsVoid)
        {
            leaves[at++] = LoadChosen(p, slot, flat, 0);
            return;
        }

        for (int i = 0; i < shape.Count; i++)
        {
            var part = shape.Part(i, out _);
            if (IsPrivateArray(shape, p.Variable.Indexed))
                LoadPart(p, part, slot, FlatIndex(flat, shape.Count, _b.I32(i)), leaves, ref at);
            else
                LoadPart(p, part, slot, flat, leaves, ref at);
            if (!IsPrivateArray(shape, p.Variable.Indexed))
                slot += SlotsOf(part, p.Variable.Indexed);
        }
    }

    private ValueId LoadChosen(LocalPointer p, int slot, ValueId flat, int level)
    {
        if (level == p.Choices.Length)
            return LoadSlot(p.Variable.Slots[slot], flat);
        var (index, count, stride) = p.Choices[level];
        var value = LoadChosen(p, slot, flat, level + 1);
        for (int k = 1; k < count; k++)
        {
            var other = LoadChosen(p, slot + k * stride, flat, level + 1);
            value = _b.Select(IsChosen(index, k, count), other, value);
        }

        return value;
    }

    /// <summary>Whether an index picks part k; the last part takes what is beyond.</summary>
    private ValueId IsChosen(ValueId index, int k, int count) => k == count - 1
        ? _b.Compare(Op.ULe, _b.I32(k), index)
        : _b.Compare(Op.IEq, index, _b.I32(k));

    private ValueId LoadSlot(in Slot slot, ValueId flat)
    {
        if (!slot.Value.IsNone)
            return slot.Value;
        if (slot.Variable >= 0)
            return _ssa.Read(slot.Variable, _b.Block);
        var element = _f.PrivateArrays[slot.Array].Element;
        var value = _b.Emit(Op.PrivateLoad, element, [flat.IsNone ? _b.I32(0) : flat], aux: slot.Array);
        return slot.Type.Scalar == Scalar.Bool ? _b.Compare(Op.INe, value, _b.I32(0)) : value;
    }

    private void StoreLocal(LocalPointer p, ReadOnlySpan<ValueId> leaves)
    {
        int at = 0;
        StorePart(p, p.Pointee, p.Slot, p.Flat, leaves, ref at);
    }

    private void StorePart(LocalPointer p, Shape shape, int slot, ValueId flat, ReadOnlySpan<ValueId> leaves, ref int at)
    {
        if (shape.Leaves == 0)
            return;
        if (!shape.Scalar.IsVoid)
        {
            StoreChosen(p, slot, flat, 0, ValueId.None, leaves[at++]);
            return;
        }

        for (int i = 0; i < shape.Count; i++)
        {
            var part = shape.Part(i, out _);
            if (IsPrivateArray(shape, p.Variable.Indexed))
            {
                StorePart(p, part, slot, FlatIndex(flat, shape.Count, _b.I32(i)), leaves, ref at);
            }
            else
            {
                StorePart(p, part, slot, flat, leaves, ref at);
                slot += SlotsOf(part, p.Variable.Indexed);
            }
        }
    }

    private void StoreChosen(LocalPointer p, int slot, ValueId flat, int level, ValueId condition, ValueId value)
    {
        if (level == p.Choices.Length)
        {
            StoreSlot(p.Variable.Slots[slot], flat, condition, value);
            return;
        }

        var (index, count, stride) = p.Choices[level];
        for (int k = 0; k < count; k++)
        {
            var here = IsChosen(index, k, count);
            var both = condition.IsNone ? here : _b.And(condition, here);
            StoreChosen(p, slot + k * stride, flat, level + 1, both, value);
        }
    }

    private void StoreSlot(in Slot slot, ValueId flat, ValueId condition, ValueId value)
    {
        if (!slot.Value.IsNone)
            Refusal.Throw("a store to a read-only variable");
        if (!condition.IsNone)
            value = _b.Select(condition, value, LoadSlot(slot, flat));
        if (slot.Variable >= 0)
        {
            _ssa.Write(slot.Variable, _b.Block, value);
            return;
        }

        if (slot.Type.Scalar == Scalar.Bool)
            value = _b.Select(value, _b.I32(1), _b.I32(0));
        _b.Emit(Op.PrivateStore, IrType.Void, [flat.IsNone ? _b.I32(0) : flat, value], aux: slot.Array);
    }

    /// <summary>flat * count + index: the index one array dimension further in.</summary>
    private ValueId FlatIndex(ValueId flat, int count, ValueId index) => flat.IsNone
        ? index
        : _b.IAdd(_b.IMul(flat, _b.I32(count), NodeFlags.NoWrap), index, NodeFlags.NoWrap);
}
