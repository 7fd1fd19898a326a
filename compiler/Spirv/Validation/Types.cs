namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Declarations of types: what may be part of what, widths by capability, no scalar or vector declared twice.</summary>
internal static class Types
{
    public static bool Check(ValidationContext c)
    {
        Module m = c.Module;
        var forward = new HashSet<uint>();
        var seen = new HashSet<(Opcode, uint, uint)>();
        foreach (ref readonly Instruction i in m.Instructions)
        {
            if (i.Opcode == Opcode.OpTypeForwardPointer)
            {
                ReadOnlySpan<uint> o = m.Operands(i);
                if (m.Type(o[0]).Kind != TypeKind.Pointer || m.Type(o[0]).StorageClass != (StorageClass)o[1])
                    return c.Fail(i, $"id {o[0]} is no pointer type of that storage class");
                if ((StorageClass)o[1] != StorageClass.PhysicalStorageBuffer)
                    return c.Fail(i, "only PhysicalStorageBuffer pointers can be declared before what they point to");
                forward.Add(o[0]);
                continue;
            }
            if (!Module.IsType(i))
                continue;
            TypeInfo type = m.Type(i.Result);
            if (Problem(c, type, forward) is { } problem)
                return c.Fail(i, problem);
            if (type.Kind is not (TypeKind.Struct or TypeKind.Array or TypeKind.RuntimeArray or TypeKind.Pointer)
                && !IsNew(m, i, seen))
                return c.Fail(i, "the type is declared a second time");
            c.Sizes.Add(type);
            if (c.Sizes.Depth(type.Id) > TypeSizes.MaxDepth)
                return c.Fail(i, $"the type nests deeper than {TypeSizes.MaxDepth}");
        }
        return true;
    }

    // Function types have any number of words; the others are told apart by two.
    private static bool IsNew(Module m, in Instruction i, HashSet<(Opcode, uint, uint)> seen)
    {
        ReadOnlySpan<uint> o = m.Operands(i);
        return o.Length > 2 || i.Opcode == Opcode.OpTypeFunction
            || seen.Add((i.Opcode, o.Length > 0 ? o[0] : 0, o.Length > 1 ? o[1] : 0));
    }

    private static string? Problem(ValidationContext c, in TypeInfo type, HashSet<uint> forward)
    {
        Module m = c.Module;
        switch (type.Kind)
        {
            case TypeKind.Void:
            case TypeKind.Bool:
                return null;
            case TypeKind.Int:
                return type.Width switch
                {
                    8 => Needs(c, type, Capability.Int8, Capability.StorageBuffer8BitAccess, Capability.StoragePushConstant8),
                    16 => Needs(c, type, Capability.Int16, Capability.StorageBuffer16BitAccess, Capability.StoragePushConstant16),
                    64 => Needs(c, type, Capability.Int64, Capability.Int64, Capability.Int64),
                    _ => null,
                };
            case TypeKind.Float:
                return type.Width switch
                {
                    16 => Needs(c, type, Capability.Float16, Capability.StorageBuffer16BitAccess, Capability.StoragePushConstant16),
                    64 => Needs(c, type, Capability.Float64, Capability.Float64, Capability.Float64),
                    _ => null,
                };
            case TypeKind.Vector:
                return m.Type(type.Element).IsScalar ? null : "a vector consists of scalars";
            case TypeKind.Matrix:
                return m.Type(type.Element) is { Kind: TypeKind.Vector } column && m.Type(column.Element).IsFloat
                    ? null : "a matrix consists of vectors of floats";
            case TypeKind.Array:
                return PartProblem(m.Type(type.Element)) ?? LengthProblem(c, type);
            case TypeKind.RuntimeArray:
                return PartProblem(m.Type(type.Element));
            case TypeKind.Struct:
                return StructProblem(c, type, forward);
            case TypeKind.Pointer:
                return PointerProblem(c, type);
            case TypeKind.Function:
                foreach (uint parameter in m.Members(type))
                {
                    if (m.Type(parameter).Kind is TypeKind.Void or TypeKind.Function or TypeKind.RuntimeArray)
                        return "no parameter can have that type";
                }
                return m.Type(type.Element).Kind is TypeKind.Function or TypeKind.RuntimeArray ? "no function can return that" : null;
            case TypeKind.Image:
                return Images.TypeProblem(m, type);
            case TypeKind.Sampler:
                return null;
            case TypeKind.SampledImage:
                return m.Type(type.Element).Kind == TypeKind.Image
                    && !m.Image(m.Type(type.Element)).IsStorage ? null : "only an image that is not for storage has a sampler";
            case TypeKind.Opaque:
                return "the type is not supported";
        }
        return null;
    }

    private static string? Needs(ValidationContext c, in TypeInfo type, Capability a, Capability b, Capability d) =>
        c.Has(a) || c.Has(b) || c.Has(d) ? null : $"a {type.Kind} of {type.Width} bits needs capability {EnumerantTable.Name(a)}";

    private static string? PartProblem(in TypeInfo part) =>
        part.Kind is TypeKind.Void or TypeKind.Function or TypeKind.RuntimeArray ? $"a {part.Kind} cannot be part of an array" : null;

    private static string? LengthProblem(ValidationContext c, in TypeInfo array)
    {
        Module m = c.Module;
        ref readonly Instruction length = ref m.Definition(array.LengthId);
        if (!ValidationContext.IsConstant(length.Opcode) || !m.Type(length.ResultType).IsInt)
            return "an array's length is an integer constant";
        if (length.Opcode is not (Opcode.OpConstant or Opcode.OpSpecConstant))
            return length.Opcode == Opcode.OpSpecConstantOp ? null : "an array's length is at least 1";
        TypeInfo type = m.Type(length.ResultType);
        ulong bits = m.LiteralBits(length);
        bool negative = type.Signed && bits >> (type.Width - 1) != 0;
        return bits == 0 || negative ? "an array's length is at least 1" : null;
    }

    private static string? StructProblem(ValidationContext c, in TypeInfo type, HashSet<uint> forward)
    {
        Module m = c.Module;
        int own = m.DefinitionOf(type.Id);
        ReadOnlySpan<uint> members = m.Members(type);
        for (int k = 0; k < members.Length; k++)
        {
            if (m.DefinitionOf(members[k]) >= own)
            {
                if (!forward.Contains(members[k]))
                    return $"member {k} has a type that is declared only later";
                continue;
            }
            TypeKind kind = m.Type(members[k]).Kind;
            if (kind is TypeKind.Void or TypeKind.Function)
                return $"member {k} cannot be a {kind}";
            if (IsDescriptor(m, members[k]))
                return $"member {k} is an image or sampler, which only a descriptor can hold";
            if (k != members.Length - 1 && c.Sizes.IsUnsized(members[k]))
                return "a runtime array is a struct's last member";
        }
        return null;
    }

    private static string? PointerProblem(ValidationContext c, in TypeInfo type)
    {
        switch (type.StorageClass)
        {
            case StorageClass.Input:
            case StorageClass.Output:
            case StorageClass.Uniform:
            case StorageClass.StorageBuffer:
            case StorageClass.PushConstant:
            case StorageClass.Workgroup:
            case StorageClass.Private:
            case StorageClass.Function:
                break;
            case StorageClass.UniformConstant:
                return IsDescriptor(c.Module, type.Element) ? null : "only images and samplers have storage class UniformConstant";
            case StorageClass.Image:
                return c.Module.Type(type.Element).IsScalar ? null : "a pointer to a texel points to a scalar";
            case StorageClass.PhysicalStorageBuffer:
                if (!c.Has(Capability.PhysicalStorageBufferAddresses))
                    return "storage class PhysicalStorageBuffer needs capability PhysicalStorageBufferAddresses";
                break;
            default:
                return $"storage class {EnumerantTable.Name(type.StorageClass)} is not supported";
        }
        if (IsDescriptor(c.Module, type.Element))
            return "images and samplers have storage class UniformConstant";
        TypeKind pointee = c.Module.Type(type.Element).Kind;
        return pointee is TypeKind.Void or TypeKind.Function ? $"nothing can point to a {pointee}" : null;
    }

    // An image, a sampler, or an array of them.
    private static bool IsDescriptor(Module m, uint typeId)
    {
        TypeInfo type = m.Type(typeId);
        while (type.Kind is TypeKind.Array or TypeKind.RuntimeArray)
            type = m.Type(type.Element);
        return type.IsDescriptor;
    }
}
