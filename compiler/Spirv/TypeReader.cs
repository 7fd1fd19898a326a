namespace ShaderJit.Compiler.Spirv;

/// <summary>Decodes a type instruction whose operands fit its grammar row.</summary>
internal static class TypeReader
{
    public static TypeInfo? Read(Module module, Opcode opcode, int at, int wordCount, uint id, out string? error)
    {
        ReadOnlySpan<uint> operands = module.Words.Slice(at + 2, wordCount - 2);
        error = null;
        switch (opcode)
        {
            case Opcode.OpTypeVoid:
                return new(id, TypeKind.Void);
            case Opcode.OpTypeBool:
                return new(id, TypeKind.Bool);
            case Opcode.OpTypeInt:
                if (operands[0] is not (8 or 16 or 32 or 64))
                    error = $"an integer has 8, 16, 32 or 64 bits, not {operands[0]}";
                else if (operands[1] > 1)
                    error = $"the signedness of an integer is 0 or 1, not {operands[1]}";
                else
                    return new(id, TypeKind.Int, Width: (int)operands[0], Signed: operands[1] == 1);
                return null;
            case Opcode.OpTypeFloat:
                if (operands[0] is 16 or 32 or 64)
                    return new(id, TypeKind.Float, Width: (int)operands[0]);
                error = $"a floating-point number has 16, 32 or 64 bits, not {operands[0]}";
                return null;
            case Opcode.OpTypeVector:
                if (operands[1] is >= 2 and <= 4)
                    return new(id, TypeKind.Vector, Element: operands[0], Count: (int)operands[1]);
                error = $"a vector has 2 to 4 components, not {operands[1]}";
                return null;
            case Opcode.OpTypeMatrix:
                if (operands[1] is >= 2 and <= 4)
                    return new(id, TypeKind.Matrix, Element: operands[0], Count: (int)operands[1]);
                error = $"a matrix has 2 to 4 columns, not {operands[1]}";
                return null;
            case Opcode.OpTypeArray:
                return new(id, TypeKind.Array, Element: operands[0], LengthId: operands[1]);
            case Opcode.OpTypeRuntimeArray:
                return new(id, TypeKind.RuntimeArray, Element: operands[0]);
            case Opcode.OpTypeStruct:
                return new(id, TypeKind.Struct, Count: operands.Length, MemberOffset: at + 2);
            case Opcode.OpTypePointer:
                return new(id, TypeKind.Pointer, Element: operands[1], StorageClass: (StorageClass)operands[0]);
            case Opcode.OpTypeFunction:
                return new(id, TypeKind.Function, Element: operands[0], Count: operands.Length - 1, MemberOffset: at + 3);
            case Opcode.OpTypeImage:
                return new(id, TypeKind.Image, Element: operands[0], Count: operands.Length, MemberOffset: at + 2);
            case Opcode.OpTypeSampler:
                return new(id, TypeKind.Sampler);
            case Opcode.OpTypeSampledImage:
                return new(id, TypeKind.SampledImage, Element: operands[0]);
            default:
                return new(id, TypeKind.Opaque);
        }
    }
}
