namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Types of comparisons, logical instructions and OpSelect.</summary>
internal static class Logic
{
    public static string? Problem(ValidationContext c, Opcode opcode, in Instruction i, ReadOnlySpan<uint> o)
    {
        if (opcode == Opcode.OpSelect)
            return Select(c, i, o);
        if (!c.IsVectorOf(i.ResultType, TypeKind.Bool, out _, out int count))
            return "its type is no bool or vector of bools";
        switch (opcode)
        {
            case Opcode.OpAny:
            case Opcode.OpAll:
                return count == 1 && c.Module.Type(i.ResultType).Kind == TypeKind.Bool
                    && c.IsVectorOf(c.Module.TypeIdOf(o[0]), TypeKind.Bool, out _, out int n) && n > 1
                    ? null : "it makes a bool of a vector of bools";
            case Opcode.OpIsNan:
            case Opcode.OpIsInf:
                return Operands(c, TypeKind.Float, count, o);
            case Opcode.OpLogicalEqual:
            case Opcode.OpLogicalNotEqual:
            case Opcode.OpLogicalOr:
            case Opcode.OpLogicalAnd:
            case Opcode.OpLogicalNot:
                return Operands(c, TypeKind.Bool, count, o);
            case Opcode.OpIEqual:
            case Opcode.OpINotEqual:
            case Opcode.OpUGreaterThan:
            case Opcode.OpSGreaterThan:
            case Opcode.OpUGreaterThanEqual:
            case Opcode.OpSGreaterThanEqual:
            case Opcode.OpULessThan:
            case Opcode.OpSLessThan:
            case Opcode.OpULessThanEqual:
            case Opcode.OpSLessThanEqual:
                return Operands(c, TypeKind.Int, count, o);
            case Opcode.OpFOrdEqual:
            case Opcode.OpFUnordEqual:
            case Opcode.OpFOrdNotEqual:
            case Opcode.OpFUnordNotEqual:
            case Opcode.OpFOrdLessThan:
            case Opcode.OpFUnordLessThan:
            case Opcode.OpFOrdGreaterThan:
            case Opcode.OpFUnordGreaterThan:
            case Opcode.OpFOrdLessThanEqual:
            case Opcode.OpFUnordLessThanEqual:
            case Opcode.OpFOrdGreaterThanEqual:
            case Opcode.OpFUnordGreaterThanEqual:
                return Operands(c, TypeKind.Float, count, o);
            default:
                return Instructions.NotSupported;
        }
    }

    private static string? Operands(ValidationContext c, TypeKind kind, int count, ReadOnlySpan<uint> o)
    {
        int first = 0;
        foreach (uint id in o)
        {
            if (!c.IsVectorOf(c.Module.TypeIdOf(id), kind, out int width, out int n) || n != count)
                return $"operand {id} is no {kind} or has another number of components than the result";
            if (first != 0 && width != first)
                return "its operands have different widths";
            first = width;
        }
        return null;
    }

    private static string? Select(ValidationContext c, in Instruction i, ReadOnlySpan<uint> o)
    {
        Module m = c.Module;
        if (m.TypeIdOf(o[1]) != i.ResultType || m.TypeIdOf(o[2]) != i.ResultType)
            return "its objects have not its type";
        if (!c.IsVectorOf(m.TypeIdOf(o[0]), TypeKind.Bool, out _, out int conditions))
            return "its condition is no bool or vector of bools";
        if (Instructions.ValueTypeProblem(c, i.ResultType) is { } problem)
            return problem;
        TypeInfo type = m.Type(i.ResultType);
        bool isVector = type.Kind == TypeKind.Vector;
        if (m.TypeOf(o[0]).Kind == TypeKind.Vector)
            return isVector && type.Count == conditions ? null : "its condition has another number of components";
        if (m.Version < 0x14 && !(type.IsScalar || type.IsPointer))
            return "before SPIR-V 1.4 a single condition chooses scalars only";
        return null;
    }
}
