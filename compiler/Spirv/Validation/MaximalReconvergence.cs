namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>
/// What SPV_KHR_maximal_reconvergence asks of the functions of entry points with MaximallyReconvergesKHR, so that their
/// graphs say where invocations meet again: the targets of a conditional branch differ, and only loop headers, merge
/// blocks, continue targets and targets of a switch have several predecessors.
/// </summary>
internal static class MaximalReconvergence
{
    public static bool Check(ValidationContext c)
    {
        foreach (int function in Functions(c.Module))
        {
            if (!CheckFunction(c, c.Module.Functions[function]))
                return false;
        }
        return true;
    }

    // The functions that entry points with the mode call, and these.
    private static HashSet<int> Functions(Module m)
    {
        var found = new HashSet<int>();
        var work = new Stack<int>();
        foreach (ref readonly ExecutionModeEntry mode in m.ExecutionModes)
        {
            if (mode.Mode == ExecutionMode.MaximallyReconvergesKHR)
                work.Push(m.FunctionIndexOf(mode.EntryPoint));
        }
        while (work.TryPop(out int function))
        {
            if (!found.Add(function))
                continue;
            FunctionInfo f = m.Functions[function];
            for (int b = f.FirstBlock; b < f.FirstBlock + f.BlockCount; b++)
            {
                for (int k = m.Blocks[b].First; k < m.Blocks[b].Terminator; k++)
                {
                    if (m.Instruction(k).Opcode == Opcode.OpFunctionCall)
                        work.Push(m.FunctionIndexOf(m.Operands(m.Instruction(k))[0]));
                }
            }
        }
        return found;
    }

    private static bool CheckFunction(ValidationContext c, in FunctionInfo f)
    {
        Module m = c.Module;
        // Of each block: its predecessor, and whether there are several or may be several.
        int[] from = new int[f.BlockCount];
        bool[] several = new bool[f.BlockCount], may = new bool[f.BlockCount];
        Array.Fill(from, -1);
        for (int b = 0; b < f.BlockCount; b++)
        {
            BlockInfo block = m.Blocks[f.FirstBlock + b];
            if (block.Merge >= 0)
            {
                ref readonly Instruction merge = ref m.Instruction(block.Merge);
                bool loop = merge.Opcode == Opcode.OpLoopMerge;
                may[b] |= loop;
                Mark(m, f, may, m.Operands(merge)[0]);
                if (loop)
                    Mark(m, f, may, m.Operands(merge)[1]);
            }
            ref readonly Instruction i = ref m.Terminator(block);
            ReadOnlySpan<uint> o = m.Operands(i);
            switch (i.Opcode)
            {
                case Opcode.OpBranch:
                    Enter(m, f, from, several, b, o[0]);
                    break;
                case Opcode.OpBranchConditional:
                    if (o[1] == o[2])
                        return c.Fail(i, "with MaximallyReconvergesKHR its two targets must differ");
                    Enter(m, f, from, several, b, o[1]);
                    Enter(m, f, from, several, b, o[2]);
                    break;
                case Opcode.OpSwitch:
                    Mark(m, f, may, o[1]);
                    Enter(m, f, from, several, b, o[1]);
                    for (int k = 0; k < m.SwitchCaseCount(i); k++)
                    {
                        Mark(m, f, may, m.SwitchCase(i, k).Label);
                        Enter(m, f, from, several, b, m.SwitchCase(i, k).Label);
                    }
                    break;
            }
        }
        for (int b = 0; b < f.BlockCount; b++)
        {
            BlockInfo block = m.Blocks[f.FirstBlock + b];
            if (several[b] && !may[b])
                return c.Fail(m.Terminator(block).Offset, $"block {block.Label}: with MaximallyReconvergesKHR it may not have several predecessors");
        }
        return true;
    }

    private static void Mark(Module m, in FunctionInfo f, bool[] may, uint label) => may[m.BlockIndexOf(label) - f.FirstBlock] = true;

    private static void Enter(Module m, in FunctionInfo f, int[] from, bool[] several, int block, uint label)
    {
        int to = m.BlockIndexOf(label) - f.FirstBlock;
        several[to] |= from[to] >= 0 && from[to] != block;
        from[to] = block;
    }
}
