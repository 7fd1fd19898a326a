using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// Cuts a kernel into stretches: one from the entry, one from behind each barrier. Blocks that several of them reach are
/// made once in each. In: a <see cref="NormalFlow"/>; latches of loops may get cut as well. Out: the stretches, entry
/// first. Invariant: no stretch holds a cycle through a loop that has a barrier, nor blocks of two iterations of it that
/// could be one.
/// </summary>
internal static class StretchFinder
{
    private const int MaxBlocks = 32768;

    public static List<Stretch> Run(NormalFlow flow)
    {
        for (int l = 0; l < flow.Loops.Count; l++)
        {
            if (flow.Loops[l].HasBarrier && Overlaps(flow, l))
                flow.Cut[flow.Loops[l].Latch.Index] = true;
        }

        var stretches = new List<Stretch>();
        var entries = new List<BlockId> { flow.F.Entry };
        int blocks = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            var stretch = new Stretch(flow, entries[i]);
            stretches.Add(stretch);
            blocks += stretch.Count;
            if (blocks > MaxBlocks)
                throw new UnsupportedFlowException(-1, "this many barriers in control flow are not supported");
            foreach (var block in stretch.Blocks)
            {
                if (!flow.Cut[block.Index])
                    continue;
                var behind = ControlFlow.Successors(flow.F, block).First;
                if (!entries.Contains(behind))
                    entries.Add(behind);
            }
        }

        return stretches;
    }

    /// <summary>Whether a loop, entered behind one of its barriers or at its header, could go on past its latch into
    /// blocks that it also reaches before the latch, or around without a barrier.</summary>
    private static bool Overlaps(NormalFlow flow, int loop)
    {
        var (header, latch) = (flow.Loops[loop].Header, flow.Loops[loop].Latch);
        var next = Reach(flow, loop, header);
        if (next.Contains(latch))
            return true;
        foreach (var block in flow.Flow.Order)
        {
            if (!flow.Cut[block.Index] || !flow.Contains(loop, block))
                continue;
            var before = Reach(flow, loop, ControlFlow.Successors(flow.F, block).First);
            if (before.Contains(latch) && before.Overlaps(next))
                return true;
        }

        return false;
    }

    /// <summary>Blocks of the loop that are reached without going through its latch or a barrier.</summary>
    private static HashSet<BlockId> Reach(NormalFlow flow, int loop, BlockId start)
    {
        var seen = new HashSet<BlockId>();
        var work = new Stack<BlockId>();
        Add(start);
        while (work.TryPop(out var block))
        {
            if (flow.Cut[block.Index] || block == flow.Loops[loop].Latch)
                continue;
            var (first, second) = ControlFlow.Successors(flow.F, block);
            Add(first);
            Add(second);
        }

        return seen;

        void Add(BlockId block)
        {
            if (!block.IsNone && flow.Contains(loop, block) && seen.Add(block))
                work.Push(block);
        }
    }
}
