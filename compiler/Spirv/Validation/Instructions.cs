namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Operand and result types of every instruction. One without a rule is refused.</summary>
internal static class Instructions
{
    public static bool Check(ValidationContext c)
    {
        Module m = c.Module;
        foreach (ref readonly Instruction i in m.Instructions)
        {
            if (InstructionTable.Info(i.Opcode).Class is InstructionClass.TypeDeclaration or InstructionClass.ConstantCreation
                or InstructionClass.Annotation or InstructionClass.Debug or InstructionClass.ModeSetting)
                continue;
            if (ProblemOf(c, i.Opcode, i, m.Operands(i)) is { } problem)
                return c.Fail(i, problem);
        }
        return true;
    }

    /// <summary>What is wrong with an operation, or null. For OpSpecConstantOp the opcode is the operation's.</summary>
    /// <param name="o">Operands after result type and result.</param>
    public static string? ProblemOf(ValidationContext c, Opcode opcode, in Instruction i, ReadOnlySpan<uint> o)
    {
        switch (opcode)
        {
            case Opcode.OpNop:
            case Opcode.OpExtension:
            case Opcode.OpExtInstImport:
            case Opcode.OpLine:
            case Opcode.OpNoLine:
            case Opcode.OpModuleProcessed:
            // Checked with functions and control flow.
            case Opcode.OpFunction:
            case Opcode.OpFunctionParameter:
            case Opcode.OpFunctionEnd:
            case Opcode.OpFunctionCall:
            case Opcode.OpLabel:
            case Opcode.OpLoopMerge:
            case Opcode.OpSelectionMerge:
            case Opcode.OpBranch:
            case Opcode.OpBranchConditional:
            case Opcode.OpSwitch:
            case Opcode.OpReturn:
            case Opcode.OpReturnValue:
            case Opcode.OpUnreachable:
                return null;
            case Opcode.OpUndef:
                return UndefProblem(c, c.Module.Type(i.ResultType));
            case Opcode.OpAssumeTrueKHR:
                return c.IsBool(c.Module.TypeIdOf(o[0])) ? null : "it takes a bool";
            case Opcode.OpExpectKHR:
                return c.Module.TypeIdOf(o[0]) == i.ResultType && c.Module.TypeIdOf(o[1]) == i.ResultType ? null : "its operands have not its type";
            case Opcode.OpPhi:
                return PhiProblem(c, i, o);
            case Opcode.OpExtInst:
                return ExtInsts.Problem(c, i, o);
        }
        return InstructionTable.Info(opcode).Class switch
        {
            InstructionClass.Image => Images.Problem(c, opcode, i, o),
            InstructionClass.Memory => Memory.Problem(c, opcode, i, o),
            InstructionClass.Composite => Composites.Problem(c, opcode, i, o),
            InstructionClass.Conversion => Conversions.Problem(c, opcode, i, o),
            InstructionClass.Arithmetic => Arithmetic.Problem(c, opcode, i, o),
            InstructionClass.Bit => Bits.Problem(c, opcode, i, o),
            InstructionClass.RelationalandLogical => Logic.Problem(c, opcode, i, o),
            InstructionClass.Atomic or InstructionClass.Barrier => Atomics.Problem(c, opcode, i, o),
            InstructionClass.NonUniform or InstructionClass.Group => Subgroups.Problem(c, opcode, i, o),
            _ => NotSupported,
        };
    }

    public const string NotSupported = "it is not supported yet";

    /// <summary>What keeps values of a type from being made, chosen or copied.</summary>
    public static string? ValueTypeProblem(ValidationContext c, uint typeId)
    {
        TypeInfo type = c.Module.Type(typeId);
        if (type.Kind is TypeKind.Void or TypeKind.Function or TypeKind.Opaque || type.IsDescriptor || c.Sizes.IsUnsized(typeId))
            return "there are no values of its type";
        return type.IsPointer && !c.MayBeValue(type) ? "such pointers are values with variable pointers only" : null;
    }

    /// <summary>Pointers, images and samplers may be undefined like anything else; that nothing is done with them is for
    /// lowering to see.</summary>
    private static string? UndefProblem(ValidationContext c, in TypeInfo type) =>
        type.IsPointer || type.IsDescriptor || type.Kind == TypeKind.RuntimeArray ? null : ValueTypeProblem(c, type.Id);

    private static string? PhiProblem(ValidationContext c, in Instruction i, ReadOnlySpan<uint> o)
    {
        for (int k = 0; k < o.Length; k += 2)
        {
            if (c.Module.TypeIdOf(o[k]) != i.ResultType)
                return $"value {o[k]} has not its type";
        }
        return ValueTypeProblem(c, i.ResultType);
    }
}
