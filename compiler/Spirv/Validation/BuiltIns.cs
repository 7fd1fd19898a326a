namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Built-in variables: those that a kernel has, with the types that Vulkan gives them.</summary>
internal static class BuiltIns
{
    public static bool Check(ValidationContext c)
    {
        Module m = c.Module;
        foreach (ref readonly DecorationEntry d in m.AllDecorations)
        {
            // Blocks of built-ins are for other stages: no variable of a kernel has such a type.
            if (d.Decoration == Decoration.BuiltIn && d.Member < 0 && m.OpcodeOf(d.Target) != Opcode.OpDecorationGroup
                && !CheckBuiltIn(c, d))
                return false;
        }
        foreach (ref readonly Instruction i in m.Instructions)
        {
            if (i.Opcode == Opcode.OpVariable && m.TryType(i.ResultType, out TypeInfo t) && t.StorageClass == StorageClass.Input
                && !m.HasDecoration(i.Result, Decoration.BuiltIn))
                return c.Fail(i, "a kernel's input is a built-in variable");
        }
        return true;
    }

    private static bool CheckBuiltIn(ValidationContext c, in DecorationEntry d)
    {
        Module m = c.Module;
        ref readonly Instruction i = ref m.Instruction(d.Instruction);
        var builtIn = (BuiltIn)m.Operands(d)[0];
        string name = EnumerantTable.Name(builtIn);
        int components = Components(builtIn);
        if (components == 0)
            return c.Fail(i, $"BuiltIn {name} is not supported");
        uint type = m.TypeIdOf(d.Target);
        if (builtIn == BuiltIn.WorkgroupSize)
        {
            if (!c.IsConstantId(d.Target))
                return c.Fail(i, "BuiltIn WorkgroupSize decorates a constant");
            if (!IsVectorOfInt32(c, type, components))
                return c.Fail(i, $"BuiltIn {name} has the wrong type");
            return CheckSizeParts(c, i, d.Target);
        }
        if (m.OpcodeOf(d.Target) != Opcode.OpVariable || m.Type(type).StorageClass != StorageClass.Input)
            return c.Fail(i, $"BuiltIn {name} decorates an Input variable");
        return IsVectorOfInt32(c, m.Type(type).Element, components) || c.Fail(i, $"BuiltIn {name} has the wrong type");
    }

    private static bool IsVectorOfInt32(ValidationContext c, uint type, int components) =>
        c.IsVectorOf(type, TypeKind.Int, out int width, out int n) && width == 32 && n == components;

    private static bool CheckSizeParts(ValidationContext c, in Instruction i, uint constant)
    {
        Module m = c.Module;
        ref readonly Instruction d = ref m.Definition(constant);
        if (d.Opcode is not (Opcode.OpConstantComposite or Opcode.OpSpecConstantComposite))
            return c.Fail(i, "BuiltIn WorkgroupSize decorates a composite of three constants");
        foreach (uint part in m.Operands(d))
        {
            if (m.TryConstant(part, out ulong size) && size == 0)
                return c.Fail(i, "a workgroup's size is 0");
        }
        return true;
    }

    /// <summary>Components of a built-in variable of 32-bit integers; 0 for one that is not served.</summary>
    private static int Components(BuiltIn builtIn) => builtIn switch
    {
        BuiltIn.NumWorkgroups or BuiltIn.WorkgroupSize or BuiltIn.WorkgroupId or BuiltIn.LocalInvocationId
            or BuiltIn.GlobalInvocationId => 3,
        BuiltIn.LocalInvocationIndex or BuiltIn.SubgroupSize or BuiltIn.NumSubgroups or BuiltIn.SubgroupId
            or BuiltIn.SubgroupLocalInvocationId or BuiltIn.DeviceIndex => 1,
        BuiltIn.SubgroupEqMask or BuiltIn.SubgroupGeMask or BuiltIn.SubgroupGtMask or BuiltIn.SubgroupLeMask
            or BuiltIn.SubgroupLtMask => 4,
        _ => 0,
    };
}
