namespace ShaderJit.Compiler.Spirv;

/// <summary>The order of sections that the specification wants ("Logical Layout of a Module").</summary>
internal sealed class SectionOrder
{
    private enum Section
    {
        Capabilities, Extensions, Imports, MemoryModel, EntryPoints, ExecutionModes, Sources, Names, Processed, Annotations,
        Globals, Functions,

        // Instructions that may stand in several sections.
        GlobalsOrFunctions, Anywhere,
    }

    private Section current;

    public bool HasMemoryModel { get; private set; }

    /// <summary>Takes the next opcode. Gives what is wrong with its place, or null.</summary>
    /// <param name="isInFunction">Whether a function is open.</param>
    /// <param name="isFunctionVariable">An OpVariable of storage class Function.</param>
    public string? Enter(Opcode opcode, bool isInFunction, bool isFunctionVariable)
    {
        Section section = Known(opcode);
        if (section == Section.Anywhere)
            return null;
        if (section == Section.GlobalsOrFunctions)
            section = isInFunction ? Section.Functions : Section.Globals;
        if (opcode == Opcode.OpVariable && isFunctionVariable != isInFunction)
            return isInFunction
                ? "a variable within a function has the storage class Function"
                : "a variable of storage class Function stands outside a function";
        if (section != Section.Functions && isInFunction)
            return $"{InstructionTable.Name(opcode)} stands within a function";
        if (section == Section.Functions && !isInFunction && opcode is not (Opcode.OpFunction or Opcode.OpFunctionEnd
            or Opcode.OpLabel or Opcode.OpFunctionParameter))
            return $"{InstructionTable.Name(opcode)} stands outside a function";
        // Non-semantic instructions may follow the functions, so "global" ones are free there.
        if (section < current && !(opcode == Opcode.OpExtInst && current == Section.Functions))
            return $"{InstructionTable.Name(opcode)} stands in the wrong section of the module";
        if (section == Section.MemoryModel)
        {
            if (HasMemoryModel)
                return "a second OpMemoryModel";
            HasMemoryModel = true;
        }
        else if (section > Section.MemoryModel && !HasMemoryModel)
        {
            return "the module has no OpMemoryModel";
        }
        if (section > current)
            current = section;
        return null;
    }

    /// <summary>1 + the section by opcode; 0 where it was not asked for yet.</summary>
    private static readonly byte[] s_known = new byte[1 << 13];

    private static Section Known(Opcode opcode)
    {
        if ((uint)opcode >= (uint)s_known.Length)
            return SectionOf(opcode);
        // Threads that meet here write the same.
        if (s_known[(int)opcode] == 0)
            s_known[(int)opcode] = (byte)(1 + SectionOf(opcode));
        return (Section)(s_known[(int)opcode] - 1);
    }

    private static Section SectionOf(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.OpCapability:
                return Section.Capabilities;
            case Opcode.OpExtension:
                return Section.Extensions;
            case Opcode.OpExtInstImport:
                return Section.Imports;
            case Opcode.OpMemoryModel:
                return Section.MemoryModel;
            case Opcode.OpEntryPoint:
                return Section.EntryPoints;
            case Opcode.OpExecutionMode or Opcode.OpExecutionModeId:
                return Section.ExecutionModes;
            case Opcode.OpString or Opcode.OpSource or Opcode.OpSourceExtension or Opcode.OpSourceContinued:
                return Section.Sources;
            case Opcode.OpName or Opcode.OpMemberName:
                return Section.Names;
            case Opcode.OpModuleProcessed:
                return Section.Processed;
            case Opcode.OpVariable or Opcode.OpUndef or Opcode.OpExtInst:
                return Section.GlobalsOrFunctions;
            case Opcode.OpLine or Opcode.OpNoLine or Opcode.OpNop:
                return Section.Anywhere;
        }
        InstructionInfo info = InstructionTable.Info(opcode);
        return info.Class switch
        {
            InstructionClass.Annotation => Section.Annotations,
            InstructionClass.TypeDeclaration or InstructionClass.ConstantCreation => Section.Globals,
            _ => info.Name.StartsWith("OpType", StringComparison.Ordinal) ? Section.Globals : Section.Functions,
        };
    }
}
