namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Atomic instructions and barriers.</summary>
internal static class Atomics
{
    public static string? Problem(ValidationContext c, Opcode opcode, in Instruction i, ReadOnlySpan<uint> o)
    {
        switch (opcode)
        {
            case Opcode.OpControlBarrier:
                return ScopeProblem(c, o[0], true) ?? ScopeProblem(c, o[1], false) ?? SemanticsProblem(c, o[2]);
            case Opcode.OpMemoryBarrier:
                return ScopeProblem(c, o[0], false) ?? SemanticsProblem(c, o[1]);
            case Opcode.OpAtomicLoad:
                return Place(c, i.ResultType, o);
            case Opcode.OpAtomicStore:
                return Place(c, c.Module.TypeIdOf(o[3]), o);
            case Opcode.OpAtomicExchange:
                return Place(c, i.ResultType, o) ?? Value(c, i, o[3]);
            case Opcode.OpAtomicIIncrement:
            case Opcode.OpAtomicIDecrement:
                return Place(c, i.ResultType, o) ?? Integer(c, i);
            case Opcode.OpAtomicIAdd:
            case Opcode.OpAtomicISub:
            case Opcode.OpAtomicSMin:
            case Opcode.OpAtomicUMin:
            case Opcode.OpAtomicSMax:
            case Opcode.OpAtomicUMax:
            case Opcode.OpAtomicAnd:
            case Opcode.OpAtomicOr:
            case Opcode.OpAtomicXor:
                return Place(c, i.ResultType, o) ?? Integer(c, i) ?? Value(c, i, o[3]);
            case Opcode.OpAtomicFAddEXT:
                return Place(c, i.ResultType, o) ?? Float(c, i, Capability.AtomicFloat32AddEXT, Capability.AtomicFloat64AddEXT)
                    ?? Value(c, i, o[3]);
            case Opcode.OpAtomicFMinEXT:
            case Opcode.OpAtomicFMaxEXT:
                return Place(c, i.ResultType, o) ?? Float(c, i, Capability.AtomicFloat32MinMaxEXT, Capability.AtomicFloat64MinMaxEXT)
                    ?? Value(c, i, o[3]);
            case Opcode.OpAtomicCompareExchange:
                return Place(c, i.ResultType, o) ?? Integer(c, i) ?? SemanticsProblem(c, o[3]) ?? Value(c, i, o[4])
                    ?? Value(c, i, o[5]);
            default:
                return Instructions.NotSupported;
        }
    }

    // Pointer, scope and semantics, which all but the barriers start with.
    private static string? Place(ValidationContext c, uint type, ReadOnlySpan<uint> o)
    {
        TypeInfo pointer = c.TypeOf(o[0]);
        if (!pointer.IsPointer || pointer.Element != type)
            return "its pointer does not point to its type";
        if (pointer.StorageClass is not (StorageClass.Uniform or StorageClass.StorageBuffer or StorageClass.Workgroup
            or StorageClass.PhysicalStorageBuffer or StorageClass.Image))
            return $"there are no atomics on storage class {EnumerantTable.Name(pointer.StorageClass)}";
        if (c.Module.Type(type) is not { Kind: TypeKind.Int or TypeKind.Float, Width: 32 or 64 } scalar)
            return "only atomics of 32 and 64 bits are supported";
        if (scalar is { Kind: TypeKind.Int, Width: 64 } && !c.Has(Capability.Int64Atomics))
            return "an atomic of 64 bits needs capability Int64Atomics";
        return ScopeProblem(c, o[1], false) ?? SemanticsProblem(c, o[2]);
    }

    private static string? Integer(ValidationContext c, in Instruction i) =>
        c.IsIntScalar(i.ResultType) ? null : "it works on integers";

    private static string? Float(ValidationContext c, in Instruction i, Capability single, Capability wide)
    {
        TypeInfo type = c.Module.Type(i.ResultType);
        Capability needed = type.Width == 64 ? wide : single;
        return type.Kind != TypeKind.Float ? "it works on floats"
            : c.Has(needed) ? null : $"it needs capability {EnumerantTable.Name(needed)}";
    }

    private static string? Value(ValidationContext c, in Instruction i, uint id) =>
        c.Module.TypeIdOf(id) == i.ResultType ? null : $"operand {id} has not its type";

    /// <summary>A scope is a constant that Vulkan knows.</summary>
    public static string? ScopeProblem(ValidationContext c, uint id, bool isExecution)
    {
        if (!c.IsInt32(c.Module.TypeIdOf(id)) || !c.Module.TryConstant(id, out ulong value))
            return $"scope {id} is no 32-bit constant";
        if (isExecution)
            return (Scope)value is Scope.Workgroup or Scope.Subgroup ? null : $"execution scope {(Scope)value} is not supported";
        // CrossDevice is not part of Vulkan, but old front ends write it, and nothing here depends on it.
        return (Scope)value is Scope.CrossDevice or Scope.Device or Scope.QueueFamily or Scope.Workgroup or Scope.Subgroup
                or Scope.Invocation
            ? null : $"memory scope {(Scope)value} is not supported";
    }

    /// <summary>Memory semantics are a constant with at most one ordering.</summary>
    public static string? SemanticsProblem(ValidationContext c, uint id)
    {
        if (!c.IsInt32(c.Module.TypeIdOf(id)) || !c.Module.TryConstant(id, out ulong value))
            return $"memory semantics {id} are no 32-bit constant";
        var order = (MemorySemantics)value & (MemorySemantics.Acquire | MemorySemantics.Release | MemorySemantics.AcquireRelease
            | MemorySemantics.SequentiallyConsistent);
        // SequentiallyConsistent is not part of Vulkan, but old front ends write it, and everything here is.
        return System.Numerics.BitOperations.PopCount((uint)order) > 1 ? "memory semantics have more than one ordering" : null;
    }
}
