namespace ShaderJit.Compiler.Spirv;

/// <summary>
/// Source lines of NonSemantic.Shader.DebugInfo.100: DebugLine and DebugNoLine are to the line table what OpLine and
/// OpNoLine are. Their operands are ids of constants, so one that names anything else gives no line.
/// </summary>
internal static class DebugLines
{
    public const string SetName = "NonSemantic.Shader.DebugInfo.100";

    private const uint DebugSource = 35, DebugLine = 103, DebugNoLine = 104;

    /// <summary>Takes note of an instruction of the set.</summary>
    /// <param name="operands">Set, number, and the instruction's own operands.</param>
    public static void Record(Module module, int index, ReadOnlySpan<uint> operands)
    {
        switch (operands[1])
        {
            // Source, first line, last line, first column, last column
            case DebugLine when operands.Length >= 7:
                if (module.TryConstant(operands[3], out ulong line) && module.TryConstant(operands[5], out ulong column))
                    module.LineTable.Set(index, FileOf(module, operands[2]), (uint)line, (uint)column);
                break;
            case DebugNoLine:
                module.LineTable.Clear(index);
                break;
        }
    }

    /// <summary>The OpString with a source's file name; 0, which is no string, where the id is no DebugSource.</summary>
    private static uint FileOf(Module module, uint id)
    {
        if (module.OpcodeOf(id) != Opcode.OpExtInst)
            return 0;
        var source = module.Operands(module.Definition(id));
        return source.Length > 2 && source[1] == DebugSource ? source[2] : 0;
    }
}
