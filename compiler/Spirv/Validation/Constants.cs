namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Constants: values that fit their types, composites of the right parts, foldable OpSpecConstantOp.</summary>
internal static class Constants
{
    public static bool Check(ValidationContext c)
    {
        Module m = c.Module;
        foreach (ref readonly Instruction i in m.Instructions)
        {
            if (InstructionTable.Info(i.Opcode).Class == InstructionClass.ConstantCreation && Problem(c, i) is { } problem)
                return c.Fail(i, problem);
        }
        return true;
    }

    private static string? Problem(ValidationContext c, in Instruction i)
    {
        Module m = c.Module;
        TypeInfo type = m.Type(i.ResultType);
        switch (i.Opcode)
        {
            case Opcode.OpConstantTrue:
            case Opcode.OpConstantFalse:
            case Opcode.OpSpecConstantTrue:
            case Opcode.OpSpecConstantFalse:
                return type.Kind == TypeKind.Bool ? null : "its type is not bool";
            case Opcode.OpConstant:
            case Opcode.OpSpecConstant:
                // The reader has checked the type to know the literal's width.
                return null;
            case Opcode.OpConstantComposite:
            case Opcode.OpSpecConstantComposite:
                return CompositeProblem(c, i, type);
            case Opcode.OpConstantNull:
                if (c.Sizes.IsUnsized(type.Id) || type.Kind is TypeKind.Void or TypeKind.Function or TypeKind.Opaque || type.IsDescriptor)
                    return "its type has no null value";
                return null;
            case Opcode.OpSpecConstantOp:
                return SpecOpProblem(c, i);
            default:
                return "the constant is not supported";
        }
    }

    private static string? CompositeProblem(ValidationContext c, in Instruction i, in TypeInfo type)
    {
        Module m = c.Module;
        ReadOnlySpan<uint> parts = m.Operands(i);
        if (!type.IsComposite)
            return "its type is no composite";
        long wanted = type.Kind == TypeKind.Array ? c.Sizes.Length(type) : type.Count;
        if (parts.Length != wanted)
            return $"it has {parts.Length} parts, not {wanted}";
        for (int k = 0; k < parts.Length; k++)
        {
            uint partType = type.Kind == TypeKind.Struct ? m.Members(type)[k] : type.Element;
            Opcode opcode = m.OpcodeOf(parts[k]);
            if (!ValidationContext.IsConstant(opcode))
                return $"part {k} is no constant";
            if (i.Opcode == Opcode.OpConstantComposite && ValidationContext.IsSpecConstant(opcode))
                return $"part {k} is a specialization constant";
            if (m.TypeIdOf(parts[k]) != partType)
                return $"part {k} has the wrong type";
        }
        return null;
    }

    private static string? SpecOpProblem(ValidationContext c, in Instruction i)
    {
        Module m = c.Module;
        ReadOnlySpan<uint> o = m.Operands(i);
        var operation = (Opcode)o[0];
        int ids = IdOperands(operation);
        if (ids == 0)
            return $"operation {InstructionTable.Name(operation)} is not supported";
        // -1: any number of ids. Literals follow after the ids in OpCompositeExtract, OpCompositeInsert, OpVectorShuffle.
        int count = Math.Min(ids, o.Length - 1);
        if (count < ids)
            return "it has too few operands";
        for (int k = 1; k <= count; k++)
        {
            if (!c.IsConstantId(o[k]))
                return $"operand {k} is no constant";
        }
        if (operation == Opcode.OpBitcast && (m.Type(i.ResultType).IsPointer || m.TypeOf(o[1]).IsPointer))
            return "pointers are no specialization constants";
        return Instructions.ProblemOf(c, operation, i, o[1..]);
    }

    /// <summary>Ids that an operation takes, 0 for one that is no constant operation in a shader.</summary>
    private static int IdOperands(Opcode operation)
    {
        switch (operation)
        {
            case Opcode.OpSNegate or Opcode.OpNot or Opcode.OpLogicalNot or Opcode.OpUConvert or Opcode.OpSConvert
                or Opcode.OpFConvert or Opcode.OpCompositeExtract or Opcode.OpBitcast or Opcode.OpQuantizeToF16:
                return 1;
            case Opcode.OpIAdd or Opcode.OpISub or Opcode.OpIMul or Opcode.OpUDiv or Opcode.OpSDiv or Opcode.OpUMod
                or Opcode.OpSRem or Opcode.OpSMod or Opcode.OpShiftRightLogical or Opcode.OpShiftRightArithmetic
                or Opcode.OpShiftLeftLogical or Opcode.OpBitwiseOr or Opcode.OpBitwiseXor or Opcode.OpBitwiseAnd:
            case Opcode.OpVectorShuffle or Opcode.OpCompositeInsert:
            case Opcode.OpLogicalOr or Opcode.OpLogicalAnd or Opcode.OpLogicalEqual or Opcode.OpLogicalNotEqual:
            case Opcode.OpIEqual or Opcode.OpINotEqual or Opcode.OpULessThan or Opcode.OpSLessThan or Opcode.OpUGreaterThan
                or Opcode.OpSGreaterThan or Opcode.OpULessThanEqual or Opcode.OpSLessThanEqual or Opcode.OpUGreaterThanEqual
                or Opcode.OpSGreaterThanEqual:
                return 2;
            case Opcode.OpSelect:
                return 3;
            default:
                return 0;
        }
    }
}
