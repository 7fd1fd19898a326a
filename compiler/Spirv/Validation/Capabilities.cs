using System.Numerics;

namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Capabilities, extensions, models: served ones only, and what instructions and operands need is declared.</summary>
internal static class Capabilities
{
    public static bool Check(ValidationContext c)
    {
        Module m = c.Module;
        foreach (ref readonly Instruction i in m.Instructions)
        {
            switch (i.Opcode)
            {
                case Opcode.OpCapability:
                    var capability = (Capability)m.Operands(i)[0];
                    if (!CapabilityTable.IsSupported(capability))
                        return c.Fail(i, $"capability {EnumerantTable.Name(capability)} is not supported");
                    c.Add(capability);
                    break;
                case Opcode.OpExtension:
                    string extension = LiteralString.Decode(m.Operands(i));
                    if (!CapabilityTable.IsSupportedExtension(extension))
                        return c.Fail(i, $"extension {extension} is not supported");
                    break;
                case Opcode.OpExtInstImport:
                    string set = LiteralString.Decode(m.Operands(i));
                    if (!CapabilityTable.IsSupportedImport(set))
                        return c.Fail(i, $"extended instruction set {set} is not supported");
                    break;
                case Opcode.OpMemoryModel:
                    if (!CheckModels(c, i))
                        return false;
                    break;
            }
        }
        return CheckInstructions(c);
    }

    private static bool CheckModels(ValidationContext c, in Instruction i)
    {
        Module m = c.Module;
        if (!c.Has(Capability.Shader))
            return c.Fail(i, "a module without capability Shader is not supported");
        if (m.AddressingModel != AddressingModel.Logical && m.AddressingModel != AddressingModel.PhysicalStorageBuffer64)
            return c.Fail(i, $"addressing model {m.AddressingModel} is not supported");
        if (c.Has(Capability.PhysicalStorageBufferAddresses) != (m.AddressingModel == AddressingModel.PhysicalStorageBuffer64))
            return c.Fail(i, "capability PhysicalStorageBufferAddresses and addressing model PhysicalStorageBuffer64 go together");
        if (m.MemoryModel == MemoryModel.Vulkan)
            return c.Has(Capability.VulkanMemoryModel) || c.Fail(i, "memory model Vulkan needs capability VulkanMemoryModel");
        if (c.Has(Capability.VulkanMemoryModel))
            return c.Fail(i, "capability VulkanMemoryModel and memory model Vulkan go together");
        return m.MemoryModel == MemoryModel.GLSL450 || c.Fail(i, $"memory model {m.MemoryModel} is not supported");
    }

    private static bool CheckInstructions(ValidationContext c)
    {
        Module m = c.Module;
        // What holds of one instruction of an opcode holds of all, and few opcodes have operands that need something.
        Span<ulong> known = stackalloc ulong[InstructionTable.OpcodeLimit / 64 + 1], plain = stackalloc ulong[known.Length];
        known.Clear();
        plain.Clear();
        for (int index = 0; index < m.Instructions.Length; index++)
        {
            ref readonly Instruction i = ref m.Instruction(index);
            if (i.Opcode is Opcode.OpCapability or Opcode.OpMemoryModel)
                continue;
            int word = (int)i.Opcode >> 6;
            ulong bit = 1UL << ((int)i.Opcode & 63);
            if ((known[word] & bit) == 0)
            {
                InstructionInfo info = InstructionTable.Info(i.Opcode);
                if (!c.HasAny(info.Capabilities))
                    return c.Fail(i, Needs(info.Capabilities));
                if (info.Capabilities.Length == 0 && m.Version < info.Version && !Offers(m, info.Extensions))
                    return c.Fail(i, "the module's version does not have it");
                known[word] |= bit;
                if (IsPlain(info))
                    plain[word] |= bit;
            }

            if ((plain[word] & bit) != 0)
                continue;
            foreach (ref readonly Operand o in m.ParsedOperands(index))
            {
                if (!CheckOperand(c, i, o))
                    return false;
            }
        }
        return true;
    }

    /// <summary>True if none of its operands can be an enumerant.</summary>
    private static bool IsPlain(InstructionInfo info)
    {
        for (int k = 0; k < info.OperandCount; k++)
        {
            if (EnumerantTable.Category(info.Operand(k).Kind) is OperandCategory.ValueEnum or OperandCategory.BitEnum)
                return false;
        }
        // Its operands are those of another instruction.
        return info.Opcode != Opcode.OpSpecConstantOp;
    }

    private static bool CheckOperand(ValidationContext c, in Instruction i, Operand o)
    {
        uint word = c.Module.Words[o.Offset];
        switch (EnumerantTable.Category(o.Kind))
        {
            case OperandCategory.ValueEnum:
                return CheckEnumerant(c, i, o.Kind, word);
            case OperandCategory.BitEnum:
                for (; word != 0; word &= word - 1)
                {
                    if (!CheckEnumerant(c, i, o.Kind, 1u << BitOperations.TrailingZeroCount(word)))
                        return false;
                }
                return true;
            case OperandCategory.Id:
            case OperandCategory.Literal:
            case OperandCategory.Composite:
                return true;
        }
        return true;
    }

    private static bool CheckEnumerant(ValidationContext c, in Instruction i, OperandKind kind, uint value)
    {
        EnumerantInfo e = EnumerantTable.Info(kind, value);
        if (!c.HasAny(e.Capabilities) && !IsFree(kind, value))
            return c.Fail(i, $"{kind} {e.Name}: {Needs(e.Capabilities)}");
        if (e.Capabilities.Length == 0 && c.Module.Version < e.Version && !Offers(c.Module, e.Extensions))
            return c.Fail(i, $"the module's version does not have {kind} {e.Name}");
        return true;
    }

    // What a front end may leave in a module although only a kernel language gives it a meaning; and the built-ins of gl_PerVertex:
    // a module that merely describes that block needs no capability for its members.
    private static bool IsFree(OperandKind kind, uint value) => kind switch
    {
        OperandKind.Decoration => (Decoration)value is Decoration.FPFastMathMode or Decoration.LinkageAttributes,
        OperandKind.FPFastMathMode or OperandKind.LinkageType => true,
        OperandKind.BuiltIn => (BuiltIn)value is BuiltIn.PointSize or BuiltIn.ClipDistance or BuiltIn.CullDistance,
        _ => false,
    };

    // Extensions are refused by name, so whatever an accepted one offers may be used without naming it.
    private static bool Offers(Module m, string extensions)
    {
        foreach (string declared in m.Extensions)
        {
            int at = extensions.IndexOf(declared, StringComparison.Ordinal);
            if (at >= 0)
                return true;
        }
        return false;
    }

    private static string Needs(ReadOnlySpan<ushort> alternatives)
    {
        string text = "it needs capability ";
        for (int k = 0; k < alternatives.Length; k++)
            text += (k == 0 ? "" : " or ") + EnumerantTable.Name((Capability)alternatives[k]);
        return text;
    }
}
