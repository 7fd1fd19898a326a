namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>
/// Every id that an instruction names is defined, stands before its use unless it may come later, and is of the sort
/// (type, value, label, function, string, instruction set) that the place wants.
/// </summary>
internal static class Ids
{
    private enum Sort { Any, Type, Value, Label, Function, Set, File, ForwardType }

    public static bool Check(ValidationContext c)
    {
        Module m = c.Module;
        // Function whose body an instruction stands in; locals of one must not be seen in another.
        int[] owner = FunctionOfInstruction(m);
        for (int index = 0; index < m.Instructions.Length; index++)
        {
            ref readonly Instruction i = ref m.Instruction(index);
            foreach (ref readonly Operand o in m.ParsedOperands(index))
            {
                if (EnumerantTable.Category(o.Kind) != OperandCategory.Id || o.Kind == OperandKind.IdResult)
                    continue;
                Sort sort = o.Kind == OperandKind.IdResultType ? Sort.Type : SortOf(m, i, o.Offset - i.OperandOffset);
                if (!CheckId(c, i, index, m.Words[o.Offset], sort, owner))
                    return false;
            }
        }
        return true;
    }

    private static int[] FunctionOfInstruction(Module m)
    {
        int[] owner = new int[m.Instructions.Length];
        for (int f = 0; f < m.Functions.Length; f++)
            Array.Fill(owner, f + 1, m.Functions[f].Instruction + 1, m.Functions[f].EndInstruction - m.Functions[f].Instruction);
        return owner;
    }

    private static bool CheckId(ValidationContext c, in Instruction i, int index, uint id, Sort sort, int[] owner)
    {
        Module m = c.Module;
        int definition = m.DefinitionOf(id);
        if (definition < 0)
            return c.Fail(i, $"id {id} is not defined");
        bool mayComeLater = sort is Sort.Any or Sort.Label or Sort.Function or Sort.ForwardType || i.Opcode == Opcode.OpPhi;
        if (definition >= index && !mayComeLater)
            return c.Fail(i, $"id {id} is defined only later");
        if (owner[definition] != 0 && owner[definition] != owner[index] && sort != Sort.Any)
            return c.Fail(i, $"id {id} belongs to another function");
        ref readonly Instruction d = ref m.Instruction(definition);
        bool fits = sort switch
        {
            Sort.Any => true,
            Sort.Type or Sort.ForwardType => Module.IsType(d),
            Sort.Value => d.ResultType != 0 && d.Opcode != Opcode.OpFunction && m.TryType(d.ResultType, out TypeInfo t)
                && t.Kind != TypeKind.Void,
            Sort.Label => d.Opcode == Opcode.OpLabel,
            Sort.Function => d.Opcode == Opcode.OpFunction,
            Sort.Set => d.Opcode == Opcode.OpExtInstImport,
            Sort.File => d.Opcode == Opcode.OpString,
            _ => false,
        };
        return fits || c.Fail(i, $"id {id} is not a {(sort == Sort.ForwardType ? Sort.Type : sort).ToString().ToLowerInvariant()}");
    }

    // The sort of the id at a place, counted in words after result type and result.
    private static Sort SortOf(Module m, in Instruction i, int place)
    {
        switch (i.Opcode)
        {
            case Opcode.OpEntryPoint:
            case Opcode.OpExecutionMode:
            case Opcode.OpExecutionModeId:
            case Opcode.OpName:
            case Opcode.OpMemberName:
            case Opcode.OpSource:
                return Sort.Any;
            case Opcode.OpLine:
                return Sort.File;
            case Opcode.OpTypeArray:
                return place == 0 ? Sort.Type : Sort.Value;
            case Opcode.OpTypeStruct:
            case Opcode.OpTypeForwardPointer:
                return Sort.ForwardType;
            case Opcode.OpFunction:
                return Sort.Type;
            case Opcode.OpFunctionCall:
                return place == 0 ? Sort.Function : Sort.Value;
            case Opcode.OpExtInst:
                return place == 0 ? Sort.Set : m.StringOf(m.Operands(i)[0]) == "GLSL.std.450" ? Sort.Value : Sort.Any;
            case Opcode.OpPhi:
                return (place & 1) == 0 ? Sort.Value : Sort.Label;
            case Opcode.OpBranch:
            case Opcode.OpLoopMerge:
            case Opcode.OpSelectionMerge:
                return Sort.Label;
            case Opcode.OpBranchConditional:
            case Opcode.OpSwitch:
                return place == 0 ? Sort.Value : Sort.Label;
        }
        return InstructionTable.Info(i.Opcode).Class switch
        {
            InstructionClass.Annotation => Sort.Any,
            InstructionClass.TypeDeclaration => Sort.Type,
            _ => Sort.Value,
        };
    }
}
