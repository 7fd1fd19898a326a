namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Variables, loads, stores, copies and access chains.</summary>
internal static class Memory
{
    /// <summary>Scalars of one load or store: lowering splits it into as many.</summary>
    private const long MaxScalars = 1 << 16;

    /// <summary>Scalars of one variable that does not live in a buffer.</summary>
    private const long MaxVariable = 1 << 22;

    public static string? Problem(ValidationContext c, Opcode opcode, in Instruction i, ReadOnlySpan<uint> o)
    {
        switch (opcode)
        {
            case Opcode.OpVariable:
                return Variable(c, i, o);
            case Opcode.OpLoad:
                return Pointer(c, o[0], out TypeInfo loaded) ?? (loaded.Element != i.ResultType ? "the pointer points to another type"
                    : IsDescriptor(c, loaded.Element) ? null
                    : Transferable(c, loaded.Element) ?? Access(c, loaded, o[1..]));
            case Opcode.OpStore:
                return Pointer(c, o[0], out TypeInfo stored) ?? (stored.Element != c.Module.TypeIdOf(o[1])
                    ? "the pointer points to another type than the object's"
                    : Transferable(c, stored.Element) ?? Writable(c, o[0], stored) ?? Access(c, stored, o[2..]));
            case Opcode.OpCopyMemory:
                return Pointer(c, o[0], out TypeInfo target) ?? Pointer(c, o[1], out TypeInfo source)
                    ?? (source.Element != target.Element ? "its pointers point to different types"
                    : Transferable(c, target.Element) ?? Writable(c, o[0], target)
                    ?? Access(c, UsesPhysical(source) ? source : target, o[2..]));
            case Opcode.OpAccessChain:
            case Opcode.OpInBoundsAccessChain:
                return Chain(c, i, o[0], o[1..]);
            case Opcode.OpPtrAccessChain:
            case Opcode.OpInBoundsPtrAccessChain:
                return PointerChain(c, i, o);
            case Opcode.OpArrayLength:
                return ArrayLength(c, i, o);
            case Opcode.OpImageTexelPointer:
                return Images.TexelPointerProblem(c, i, o);
            case Opcode.OpPtrEqual:
            case Opcode.OpPtrNotEqual:
                return c.IsBool(i.ResultType) ? Comparable(c, o) : "it makes a bool";
            case Opcode.OpPtrDiff:
                return c.IsIntScalar(i.ResultType) ? Comparable(c, o) : "it makes an integer";
            default:
                return Instructions.NotSupported;
        }
    }

    private static bool IsDescriptor(ValidationContext c, uint typeId) => c.Module.Type(typeId).IsDescriptor;

    private static bool UsesPhysical(in TypeInfo pointer) => pointer.StorageClass == StorageClass.PhysicalStorageBuffer;

    private static string? Variable(ValidationContext c, in Instruction i, ReadOnlySpan<uint> o)
    {
        Module m = c.Module;
        TypeInfo type = m.Type(i.ResultType);
        if (!type.IsPointer || type.StorageClass != (StorageClass)o[0])
            return "its type is no pointer of its storage class";
        switch (type.StorageClass)
        {
            case StorageClass.Private:
            case StorageClass.Function:
            case StorageClass.Workgroup:
                if (c.Sizes.IsUnsized(type.Element))
                    return "an array without length can only be in a buffer";
                if (c.Sizes.Scalars(type.Element) > MaxVariable)
                    return $"the variable is larger than {MaxVariable} scalars";
                if (c.Sizes.HasLogicalPointer(type.Element)
                    && (type.StorageClass == StorageClass.Workgroup || !c.Has(Capability.VariablePointersStorageBuffer)))
                    return "a variable of pointers needs variable pointers";
                break;
            case StorageClass.Uniform:
            case StorageClass.StorageBuffer:
            case StorageClass.PushConstant:
            case StorageClass.Input:
                if (c.Sizes.HasLogicalPointer(type.Element))
                    return "there are no such pointers in memory";
                break;
            case StorageClass.UniformConstant:
                // Lowering wants Binding and DescriptorSet of those that are used; here and for buffers.
                break;
            case StorageClass.Image:
            case StorageClass.Output:
            case StorageClass.PhysicalStorageBuffer:
                return $"no variable of a kernel has storage class {type.StorageClass}";
        }
        if (o.Length == 1)
            return null;
        if (type.StorageClass == StorageClass.Workgroup)
            return m.OpcodeOf(o[1]) == Opcode.OpConstantNull && m.TypeIdOf(o[1]) == type.Element
                ? null : "a variable of storage class Workgroup is initialized with OpConstantNull only";
        if (type.StorageClass is not (StorageClass.Private or StorageClass.Function))
            return $"a variable of storage class {type.StorageClass} has no initializer";
        return c.IsConstantId(o[1]) && m.TypeIdOf(o[1]) == type.Element ? null : "its initializer is no constant of its type";
    }

    private static string? Pointer(ValidationContext c, uint id, out TypeInfo pointer)
    {
        pointer = c.TypeOf(id);
        return pointer.IsPointer ? null : $"id {id} is no pointer";
    }

    // What a load or store can move.
    private static string? Transferable(ValidationContext c, uint typeId)
    {
        TypeInfo type = c.Module.Type(typeId);
        if (c.Sizes.IsUnsized(typeId) || type.Kind is TypeKind.Opaque)
            return "an array without length cannot be moved as a whole";
        while (type.Kind is TypeKind.Array)
            type = c.Module.Type(type.Element);
        if (type.IsDescriptor)
            return "images and samplers are loaded one by one, and never stored";
        if (c.Sizes.HasLogicalPointer(typeId) && !c.Has(Capability.VariablePointersStorageBuffer))
            return "pointers are loaded and stored with variable pointers only";
        return c.Sizes.Scalars(typeId) > MaxScalars ? $"it moves more than {MaxScalars} scalars at once" : null;
    }

    internal static string? Writable(ValidationContext c, uint id, in TypeInfo pointer)
    {
        switch (pointer.StorageClass)
        {
            case StorageClass.Input:
            case StorageClass.PushConstant:
                return $"memory of storage class {pointer.StorageClass} is read-only";
            case StorageClass.Uniform:
                // Only the old BufferBlock makes Uniform writable; the variable's struct says so.
                return IsBufferBlock(c, id) ? null : "a uniform block is read-only";
            default:
                return null;
        }
    }

    private static bool IsBufferBlock(ValidationContext c, uint pointer)
    {
        Module m = c.Module;
        uint root = c.RootOf(pointer);
        TypeInfo type = m.Type(m.TypeOf(root).Element);
        while (type.Kind is TypeKind.Array or TypeKind.RuntimeArray)
            type = m.Type(type.Element);
        // A parameter points to part of a block: which one, only the calls know.
        return m.OpcodeOf(root) != Opcode.OpVariable || m.HasDecoration(type.Id, Decoration.BufferBlock);
    }

    // Memory operands: an access through an address needs its alignment.
    private static string? Access(ValidationContext c, in TypeInfo pointer, ReadOnlySpan<uint> o)
    {
        if (o.Length == 0)
            return UsesPhysical(pointer) ? "an access through a PhysicalStorageBuffer pointer needs Aligned" : null;
        var access = (MemoryAccess)o[0];
        if ((access & MemoryAccess.Aligned) != 0)
            return o.Length > 1 && System.Numerics.BitOperations.IsPow2(o[1]) && o[1] != 0
                ? null : "its alignment is no power of two";
        return UsesPhysical(pointer) ? "an access through a PhysicalStorageBuffer pointer needs Aligned" : null;
    }

    private static string? Chain(ValidationContext c, in Instruction i, uint @base, ReadOnlySpan<uint> indices)
    {
        Module m = c.Module;
        if (Pointer(c, @base, out TypeInfo pointer) is { } problem)
            return problem;
        if (indices.Length > 255)
            return "it has more than 255 indices";
        uint part = pointer.Element;
        foreach (uint index in indices)
        {
            TypeInfo type = m.Type(part);
            if (!c.IsIntScalar(m.TypeIdOf(index)))
                return $"index {index} is no integer";
            switch (type.Kind)
            {
                case TypeKind.Struct:
                    if (!m.TryConstant(index, out ulong member) || member >= (ulong)type.Count)
                        return $"index {index} is no constant that names a member";
                    part = m.Members(type)[(int)member];
                    break;
                case TypeKind.Vector:
                case TypeKind.Matrix:
                case TypeKind.Array:
                case TypeKind.RuntimeArray:
                    part = type.Element;
                    break;
                default:
                    return "its indices go deeper than what its base points to";
            }
        }
        TypeInfo result = m.Type(i.ResultType);
        if (!result.IsPointer || result.StorageClass != pointer.StorageClass)
            return "its type is no pointer of its base's storage class";
        if (i.Result != 0)
            c.SetRoot(i.Result, @base);
        return result.Element == part ? null : "its type points to another type than its indices lead to";
    }

    private static string? PointerChain(ValidationContext c, in Instruction i, ReadOnlySpan<uint> o)
    {
        if (Pointer(c, o[0], out TypeInfo pointer) is { } problem)
            return problem;
        if (!c.MayBeValue(pointer))
            return "it needs variable pointers";
        if (pointer.StorageClass != StorageClass.Workgroup && !c.Module.TryArrayStride(pointer.Id, out _))
            return "its base's type has no ArrayStride";
        return c.IsIntScalar(c.Module.TypeIdOf(o[1])) ? Chain(c, i, o[0], o[2..]) : $"index {o[1]} is no integer";
    }

    private static string? Comparable(ValidationContext c, ReadOnlySpan<uint> o)
    {
        if (Pointer(c, o[0], out TypeInfo pointer) is { } problem)
            return problem;
        if (c.Module.TypeIdOf(o[1]) != pointer.Id)
            return "its pointers differ in type";
        return c.MayBeValue(pointer) ? null : "it needs variable pointers";
    }

    private static string? ArrayLength(ValidationContext c, in Instruction i, ReadOnlySpan<uint> o)
    {
        Module m = c.Module;
        if (m.Type(i.ResultType) is not { Kind: TypeKind.Int, Width: 32, Signed: false })
            return "its type is no unsigned 32-bit integer";
        if (Pointer(c, o[0], out TypeInfo pointer) is { } problem)
            return problem;
        TypeInfo type = m.Type(pointer.Element);
        if (type.Kind != TypeKind.Struct || type.Count == 0 || o[1] != (uint)type.Count - 1
            || m.Type(m.Members(type)[^1]).Kind != TypeKind.RuntimeArray)
            return "it names no runtime array at the end of a struct";
        return pointer.StorageClass is StorageClass.StorageBuffer or StorageClass.Uniform
            ? null : $"arrays of storage class {pointer.StorageClass} do not know their length";
    }
}
