namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Decorations: members that exist, none given twice with different values, targets that they can go on.</summary>
internal static class Decorations
{
    public static bool Check(ValidationContext c)
    {
        Module m = c.Module;
        ReadOnlySpan<DecorationEntry> all = m.AllDecorations;
        for (int k = 0; k < all.Length; k++)
        {
            DecorationEntry e = all[k];
            ref readonly Instruction i = ref m.Instruction(e.Instruction);
            if (!CheckTarget(c, i, e))
                return false;
            if (k > 0 && IsUnique(e.Decoration) && all[k - 1].Target == e.Target && all[k - 1].Member == e.Member
                && all[k - 1].Decoration == e.Decoration && !m.Operands(all[k - 1]).SequenceEqual(m.Operands(e)))
                return c.Fail(i, $"{EnumerantTable.Name(e.Decoration)} is given twice, with different values");
        }
        foreach (ref readonly Instruction i in m.Instructions)
        {
            if (i.Opcode is not (Opcode.OpGroupDecorate or Opcode.OpGroupMemberDecorate))
                continue;
            if (m.OpcodeOf(m.Operands(i)[0]) != Opcode.OpDecorationGroup)
                return c.Fail(i, "the group is no OpDecorationGroup");
        }
        return true;
    }

    private static bool CheckTarget(ValidationContext c, in Instruction i, DecorationEntry e)
    {
        Module m = c.Module;
        Opcode target = m.OpcodeOf(e.Target);
        string name = EnumerantTable.Name(e.Decoration);
        if (target == Opcode.OpDecorationGroup)
            return true;
        if (e.Member >= 0)
        {
            if (target != Opcode.OpTypeStruct)
                return c.Fail(i, $"id {e.Target} is no struct");
            if (e.Member >= m.Type(e.Target).Count)
                return c.Fail(i, $"struct {e.Target} has no member {e.Member}");
        }
        bool fits = e.Decoration switch
        {
            Decoration.Block or Decoration.BufferBlock => e.Member < 0 && target == Opcode.OpTypeStruct,
            Decoration.Offset or Decoration.MatrixStride or Decoration.RowMajor or Decoration.ColMajor => e.Member >= 0,
            Decoration.ArrayStride => e.Member < 0 && target is Opcode.OpTypeArray or Opcode.OpTypeRuntimeArray or Opcode.OpTypePointer,
            // Of a parameter they say what the pointer's variable says; older modules have that.
            Decoration.Binding or Decoration.DescriptorSet => e.Member < 0 && target is Opcode.OpVariable or Opcode.OpFunctionParameter,
            Decoration.SpecId => e.Member < 0
                && target is Opcode.OpSpecConstant or Opcode.OpSpecConstantTrue or Opcode.OpSpecConstantFalse,
            Decoration.BuiltIn => e.Member >= 0 || target == Opcode.OpVariable || ValidationContext.IsConstant(target),
            _ => true,
        };
        if (!fits)
            return c.Fail(i, $"{name} cannot decorate id {e.Target}");
        if (e.Decoration is Decoration.ArrayStride or Decoration.MatrixStride && m.Operands(e)[0] == 0)
            return c.Fail(i, $"{name} is 0");
        if (e.Decoration == Decoration.LinkageAttributes)
            return c.Fail(i, "linking is not supported");
        return true;
    }

    private static bool IsUnique(Decoration decoration) => decoration is Decoration.Offset or Decoration.ArrayStride
        or Decoration.MatrixStride or Decoration.Binding or Decoration.DescriptorSet or Decoration.SpecId or Decoration.BuiltIn
        or Decoration.Block or Decoration.BufferBlock;
}
