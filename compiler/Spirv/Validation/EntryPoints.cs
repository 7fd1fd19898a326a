namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Entry points, their interfaces and execution modes; the workgroup's size.</summary>
internal static class EntryPoints
{
    public static bool Check(ValidationContext c)
    {
        Module m = c.Module;
        if (m.EntryPoints.Length == 0)
            return c.Fail(m.Words.Length, "the module has no entry point");
        var names = new HashSet<string>();
        foreach (ref readonly EntryPoint e in m.EntryPoints)
        {
            if (!CheckEntryPoint(c, e, names))
                return false;
        }
        foreach (ref readonly ExecutionModeEntry mode in m.ExecutionModes)
        {
            if (!CheckMode(c, mode))
                return false;
        }
        foreach (ref readonly Instruction i in m.Instructions)
        {
            if (i.Opcode == Opcode.OpFunctionCall && IsEntryPoint(m, m.Operands(i)[0]))
                return c.Fail(i, "an entry point cannot be called");
        }
        return true;
    }

    private static bool CheckEntryPoint(ValidationContext c, in EntryPoint e, HashSet<string> names)
    {
        Module m = c.Module;
        ref readonly Instruction i = ref m.Instruction(e.Instruction);
        if (e.Model != ExecutionModel.GLCompute)
            return c.Fail(i, $"execution model {EnumerantTable.Name(e.Model)} is not supported yet");
        if (!names.Add(e.Name))
            return c.Fail(i, $"a second entry point \"{e.Name}\"");
        int function = m.FunctionIndexOf(e.Function);
        if (function < 0)
            return c.Fail(i, $"id {e.Function} is no function");
        TypeInfo type = m.Type(m.Functions[function].TypeId);
        if (type.Count != 0 || m.Type(type.Element).Kind != TypeKind.Void)
            return c.Fail(i, "an entry point takes nothing and returns nothing");
        var seen = new HashSet<uint>();
        foreach (uint id in m.Words.Slice(e.InterfaceOffset, e.InterfaceCount))
        {
            if (m.OpcodeOf(id) != Opcode.OpVariable)
                return c.Fail(i, $"interface id {id} is no variable");
            StorageClass storage = m.TypeOf(id).StorageClass;
            if (storage == StorageClass.Function || (m.Version < 0x14 && storage is not (StorageClass.Input or StorageClass.Output)))
                return c.Fail(i, $"interface id {id} has storage class {storage}");
            if (!seen.Add(id) && m.Version >= 0x14)
                return c.Fail(i, $"interface id {id} stands there twice");
        }
        return HasWorkgroupSize(m, e) || c.Fail(i, "the workgroup's size is not given (LocalSize, LocalSizeId or WorkgroupSize)");
    }

    private static bool HasWorkgroupSize(Module m, in EntryPoint e)
    {
        foreach (ref readonly ExecutionModeEntry mode in m.ExecutionModes)
        {
            if (mode.EntryPoint == e.Function && mode.Mode is ExecutionMode.LocalSize or ExecutionMode.LocalSizeId)
                return true;
        }
        foreach (ref readonly DecorationEntry d in m.AllDecorations)
        {
            if (d.Decoration == Decoration.BuiltIn && d.Member < 0 && (BuiltIn)m.Operands(d)[0] == BuiltIn.WorkgroupSize)
                return true;
        }
        return false;
    }

    private static bool CheckMode(ValidationContext c, in ExecutionModeEntry mode)
    {
        Module m = c.Module;
        ref readonly Instruction i = ref m.Instruction(mode.Instruction);
        if (!IsEntryPoint(m, mode.EntryPoint))
            return c.Fail(i, $"id {mode.EntryPoint} is no entry point");
        ReadOnlySpan<uint> o = m.Words.Slice(mode.OperandOffset, mode.OperandCount);
        bool isIdMode = mode.Mode is ExecutionMode.LocalSizeId or ExecutionMode.LocalSizeHintId;
        if (isIdMode != (i.Opcode == Opcode.OpExecutionModeId))
            return c.Fail(i, $"{EnumerantTable.Name(mode.Mode)} takes {(isIdMode ? "ids" : "literals")}");
        switch (mode.Mode)
        {
            case ExecutionMode.LocalSize:
                return (o[0] != 0 && o[1] != 0 && o[2] != 0) || c.Fail(i, "a workgroup's size is 0");
            case ExecutionMode.LocalSizeId:
                foreach (uint id in o)
                {
                    if (!c.IsConstantId(id) || !c.IsInt32(m.TypeIdOf(id)))
                        return c.Fail(i, $"id {id} is no constant integer of 32 bits");
                    if (m.TryConstant(id, out ulong size) && size == 0)
                        return c.Fail(i, "a workgroup's size is 0");
                }
                return true;
            case ExecutionMode.SignedZeroInfNanPreserve:
            case ExecutionMode.DenormPreserve or ExecutionMode.DenormFlushToZero:
            case ExecutionMode.RoundingModeRTE or ExecutionMode.RoundingModeRTZ:
                return o[0] is 16 or 32 or 64 || c.Fail(i, $"there are no floats of {o[0]} bits");
            case ExecutionMode.SubgroupUniformControlFlowKHR:
            case ExecutionMode.MaximallyReconvergesKHR:
                // Lanes always meet again where the flow joins, and not before.
                return true;
            default:
                return c.Fail(i, $"execution mode {EnumerantTable.Name(mode.Mode)} is not supported");
        }
    }

    private static bool IsEntryPoint(Module m, uint function)
    {
        foreach (ref readonly EntryPoint e in m.EntryPoints)
        {
            if (e.Function == function)
                return true;
        }
        return false;
    }
}
