using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// Cuts a kernel into stretches: one from the entry, one from behind each barrier. Blocks that several of them reach are
/// made once in each. In: a <see cref="NormalFlow"/>; headers of loops may get cut as well. Out: the stretches, entry
/// first, in an order that is topological but for back edges. Invariant: no stretch holds a cycle through a loop that has
/// a barrier, nor blocks of two iterations of it that could be one; the ways from stretch to stretch are reducible.
/// </summary>
internal static class StretchFinder
{
    private const int MaxBlocks = 32768, MaxStretches = 1024;

    public static List<Stretch> Run(NormalFlow flow)
    {
        for (int l = 0; l < flow.Loops.Count; l++)
        {
            if (flow.Loops[l].HasBarrier && (Overlaps(flow, l) || FirstBarriers(flow, l) > 1))
                flow.Cut[flow.Loops[l].Header.Index] = true;
        }

        var stretches = new List<Stretch>();
        var entries = new List<BlockId> { flow.F.Entry };
        int blocks = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            var stretch = new Stretch(flow, entries[i]);
            stretches.Add(stretch);
            blocks += stretch.Count;
            if (blocks > MaxBlocks || entries.Count > MaxStretches)
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

        return Sort(flow, stretches);
    }

    /// <summary>Reverse post-order of the ways from stretch to stretch.</summary>
    private static List<Stretch> Sort(NormalFlow flow, List<Stretch> stretches)
    {
        var byEntry = new Dictionary<BlockId, int>();
        for (int i = 0; i < stretches.Count; i++)
            byEntry.Add(stretches[i].Entry, i);
        var next = new List<int>[stretches.Count];
        for (int i = 0; i < next.Length; i++)
        {
            next[i] = [];
            foreach (var block in stretches[i].Blocks)
            {
                if (flow.Cut[block.Index])
                    next[i].Add(byEntry[ControlFlow.Successors(flow.F, block).First]);
            }

            next[i].Reverse();
        }

        var order = new List<Stretch>();
        foreach (int i in Stretch.ReversePostOrder(next))
            order.Add(stretches[i]);
        return order;
    }

    /// <summary>Barriers that the workgroup may meet first in a loop: with several, the ways between stretches would
    /// enter the loop at several places.</summary>
    private static int FirstBarriers(NormalFlow flow, int loop)
    {
        int count = 0;
        foreach (var block in Reach(flow, loop, flow.Loops[loop].Header))
        {
            if (flow.Cut[block.Index])
                count++;
        }

        return count;
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
