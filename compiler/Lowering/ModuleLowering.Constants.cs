using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Constants, specialization constants, OpUndef at module level.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Lowers the module's constants in order, so that each finds those that it is made of.</summary>
    private void LowerConstants()
    {
        int end = _module.Functions.Length > 0 ? _module.Functions[0].Instruction : _module.Instructions.Length;
        for (int i = 0; i < end; i++)
        {
            ref readonly var instruction = ref _module.Instruction(i);
            if (instruction.Result == 0 || instruction.ResultType == 0)
                continue;
            _f.CurrentSpirvOffset = instruction.Offset;
            _current = InstructionTable.Name(instruction.Opcode);
            CountWork(1);
            LowerConstant(instruction);
        }

        _f.CurrentSpirvOffset = 0;
        _current = "";
    }

    private void LowerConstant(in Instruction instruction)
    {
        uint result = instruction.Result;
        var operands = _module.Operands(instruction);
        switch (instruction.Opcode)
        {
            case Opcode.OpConstantTrue:
                SetScalar(result, _b.Bool(true));
                break;
            case Opcode.OpConstantFalse:
                SetScalar(result, _b.Bool(false));
                break;
            case Opcode.OpSpecConstantTrue or Opcode.OpSpecConstantFalse:
                bool value = TrySpecialization(result, out ulong given)
                    ? given != 0
                    : instruction.Opcode == Opcode.OpSpecConstantTrue;
                SetScalar(result, _b.Bool(value));
                break;
            case Opcode.OpConstant:
                SetScalar(result, _b.Const(ScalarTypeOf(instruction.ResultType), (long)_module.LiteralBits(instruction)));
                break;
            case Opcode.OpSpecConstant:
                ulong bits = TrySpecialization(result, out ulong special) ? special : _module.LiteralBits(instruction);
                SetScalar(result, _b.Const(ScalarTypeOf(instruction.ResultType), (long)bits));
                break;
            case Opcode.OpConstantComposite or Opcode.OpSpecConstantComposite:
                Concatenate(result, operands);
                break;
            case Opcode.OpConstantNull or Opcode.OpUndef:
                SetZero(result, instruction.ResultType);
                break;
            case Opcode.OpSpecConstantOp:
                EnterFloats((Opcode)operands[0]);
                LowerValue(new Insn((Opcode)operands[0], instruction.ResultType, result, operands[1..]));
                LeaveFloats(result);
                if (!_values.Has(result))
                    Refusal.Throw($"OpSpecConstantOp {InstructionTable.Name((Opcode)operands[0])} is not supported");
                foreach (var leaf in _values.Of(result))
                    ConstantLeaf(leaf);
                break;
        }
    }

    private bool TrySpecialization(uint id, out ulong bits)
    {
        bits = 0;
        if (!_module.TryDecoration(id, Decoration.SpecId, out uint specId))
            return false;
        foreach (var entry in _stage.Specializations)
        {
            if (entry.Id == specId)
            {
                bits = entry.Bits;
                return true;
            }
        }

        return false;
    }

    /// <summary>The zero of a type. A pointer that is no value points nowhere. Images and samplers have none: they can be
    /// copied, and any other instruction that takes the id is refused.</summary>
    private void SetZero(uint id, uint typeId)
    {
        var type = _module.Type(typeId);
        if (type.IsPointer && !MayBeValue(type) && type.StorageClass != StorageClass.UniformConstant)
        {
            bool natural = type.StorageClass is StorageClass.Function or StorageClass.Private or StorageClass.Workgroup
                or StorageClass.Input or StorageClass.Output;
            var nowhere = new MemoryRoot(MemoryKind.Null, -1, 1, ValueId.None, natural) { Object = _b.I32(0) };
            _values.Set(id, new MemoryPointer(nowhere, _shapes.Of(type.Element), _b.I32(0), false, 0, [], 0, false, 0, NodeFlags.None));
            return;
        }

        if (type.IsPointer ? !MayBeValue(type) : type.IsDescriptor || type.Kind == TypeKind.RuntimeArray)
            return;
        var shape = ShapeOf(typeId);
        var leaves = new ValueId[shape.Leaves];
        FillZero(shape, leaves);
        _values.Set(id, leaves);
    }

    private bool MayBeValue(in TypeInfo pointer) => pointer.StorageClass switch
    {
        StorageClass.PhysicalStorageBuffer => true,
        StorageClass.StorageBuffer => _module.Capabilities.Contains(Capability.VariablePointersStorageBuffer)
            || _module.Capabilities.Contains(Capability.VariablePointers),
        StorageClass.Workgroup => _module.Capabilities.Contains(Capability.VariablePointers),
        _ => false,
    };

    /// <summary>The zeros of a shape's leaves.</summary>
    private void FillZero(Shape shape, Span<ValueId> leaves)
    {
        if (shape.Leaves == 0)
            return;
        if (!shape.Scalar.IsVoid)
        {
            leaves[0] = _b.Zero(shape.Scalar);
            return;
        }

        for (int i = 0; i < shape.Count; i++)
        {
            var part = shape.Part(i, out int leaf);
            FillZero(part, leaves.Slice(leaf, part.Leaves));
        }
    }

    /// <summary>A composite of the leaves of its parts, one after the other.</summary>
    private void Concatenate(uint result, ReadOnlySpan<uint> parts)
    {
        _scratch.Clear();
        foreach (uint part in parts)
        {
            foreach (var leaf in Leaves(part))
                _scratch.Add(leaf);
        }

        _values.Set(result, _scratch.ToArray());
    }
}
