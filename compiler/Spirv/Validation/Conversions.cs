namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Types of the conversions.</summary>
internal static class Conversions
{
    public static string? Problem(ValidationContext c, Opcode opcode, in Instruction i, ReadOnlySpan<uint> o)
    {
        uint from = c.Module.TypeIdOf(o[0]);
        switch (opcode)
        {
            case Opcode.OpConvertFToU:
            case Opcode.OpConvertFToS:
                return Between(c, from, TypeKind.Float, i.ResultType, TypeKind.Int, false);
            case Opcode.OpConvertSToF:
            case Opcode.OpConvertUToF:
                return Between(c, from, TypeKind.Int, i.ResultType, TypeKind.Float, false);
            case Opcode.OpUConvert:
            case Opcode.OpSConvert:
                return Between(c, from, TypeKind.Int, i.ResultType, TypeKind.Int, true);
            case Opcode.OpFConvert:
                return Between(c, from, TypeKind.Float, i.ResultType, TypeKind.Float, true);
            case Opcode.OpQuantizeToF16:
                return from == i.ResultType && c.IsVectorOf(from, TypeKind.Float, out int width, out _) && width == 32
                    ? null : "it takes and makes 32-bit floats";
            case Opcode.OpConvertPtrToU:
                return IsPhysical(c, from) && c.Module.Type(i.ResultType) is { Kind: TypeKind.Int, Width: 64 }
                    ? null : "it makes a 64-bit integer of a PhysicalStorageBuffer pointer";
            case Opcode.OpConvertUToPtr:
                return IsPhysical(c, i.ResultType) && c.Module.Type(from) is { Kind: TypeKind.Int, Width: 64 }
                    ? null : "it makes a PhysicalStorageBuffer pointer of a 64-bit integer";
            case Opcode.OpBitcast:
                return Bitcast(c, from, i.ResultType);
            default:
                return Instructions.NotSupported;
        }
    }

    private static string? Between(ValidationContext c, uint from, TypeKind fromKind, uint to, TypeKind toKind, bool differ)
    {
        if (!c.IsVectorOf(from, fromKind, out int fromWidth, out int fromCount))
            return $"its operand is no {fromKind}";
        if (!c.IsVectorOf(to, toKind, out int toWidth, out int toCount))
            return $"its result is no {toKind}";
        if (fromCount != toCount)
            return "operand and result differ in components";
        return differ && fromWidth == toWidth ? "operand and result have the same width" : null;
    }

    private static bool IsPhysical(ValidationContext c, uint typeId) =>
        c.Module.Type(typeId) is { Kind: TypeKind.Pointer, StorageClass: StorageClass.PhysicalStorageBuffer };

    private static string? Bitcast(ValidationContext c, uint from, uint to)
    {
        int source = BitsOf(c, from), target = BitsOf(c, to);
        if (source == 0 || target == 0)
            return "it takes and makes numbers, vectors of numbers, or PhysicalStorageBuffer pointers";
        return source == target ? null : $"operand and result have {source} and {target} bits";
    }

    private static int BitsOf(ValidationContext c, uint typeId)
    {
        if (IsPhysical(c, typeId))
            return 64;
        return c.TryVector(typeId, out TypeInfo scalar, out int count) ? scalar.Width * count : 0;
    }
}
