using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Joins blocks that follow each other and skips blocks that only jump on. In: any function. Out: fewer blocks, no
/// unreachable one. Invariant: loop headers keep their Merge and Continue; a selection header's Merge stays the block
/// where its sides meet, or becomes None where they never do; a block stands where the last one stood that has become a part of it, and so behind what its lanes
/// wait for: a latch behind all ways out of its loop.
/// </summary>
internal static class ControlFlowSimplification
{
    public static void Run(PassContext context, Function f)
    {
        var flow = context.Flow;
        flow.Build(f);
        DeadCodeElimination.RemoveUnreachable(flow, f);
        if (SkipEmptyBlocks(context, f))
        {
            flow.Build(f);
            DeadCodeElimination.RemoveUnreachable(flow, f);
        }

        JoinChains(context, f);
    }

    private static bool SkipEmptyBlocks(PassContext context, Function f)
    {
        var flow = context.Flow;
        bool any = false;
        var named = context.Uses;
        named.Clear(f);
        foreach (var block in f.Layout)
        {
            // Blocks, not values, are counted here: those that a header names.
            if (!f[block].Merge.IsNone)
                named.Add(new ValueId(f[block].Merge.Index));
            if (!f[block].Continue.IsNone)
                named.Add(new ValueId(f[block].Continue.Index));
        }

        // Backward, so that a chain of empty blocks is skipped at once.
        for (int i = flow.Order.Length - 1; i > 0; i--)
        {
            var block = flow.Order[i];
            var jump = f[block].First;
            if (f[jump].Op != Op.Jump || f.Params(block).Length > 0 || f[jump].Target0 == block ||
                !f[block].Continue.IsNone || !f[block].Merge.IsNone || named[new ValueId(block.Index)] != 0 || IsLatch(flow, block, f[jump].Target0))
                continue;
            foreach (var edge in flow.Predecessors(block))
            {
                var terminator = f.Terminator(edge.From);
                var other = edge.Target == 0 ? f[terminator].Target1 : f[terminator].Target0;
                if (other == f[jump].Target0)
                    continue;
                SetTarget(f, terminator, edge.Target, f[jump].Target0, f.Arguments(jump, 0));
                any = true;
            }
        }

        return any;
    }

    /// <summary>An edge backward: skipping its source would give a loop another back edge.</summary>
    private static bool IsLatch(ControlFlow flow, BlockId block, BlockId target) =>
        flow.Position(target) <= flow.Position(block);

    /// <summary>Sends a terminator's target elsewhere.</summary>
    internal static void SetTarget(Function f, ValueId terminator, int target, BlockId to, ReadOnlySpan<ValueId> arguments)
    {
        f.SetArguments(terminator, target, arguments);
        if (target == 0)
            f[terminator].Target0 = to;
        else
            f[terminator].Target1 = to;
    }

    private static void JoinChains(PassContext context, Function f)
    {
        var flow = context.Flow;
        var map = context.Replacements;
        map.Clear(f);
        var behind = context.Uses;
        behind.Clear(f);
        foreach (var header in f.Layout)
        {
            if (!f[header].Merge.IsNone && (!f[header].Continue.IsNone || f[f.Terminator(header)].Op == Op.Jump))
                behind.Add(new ValueId(f[header].Merge.Index));
        }

        bool any = false;
        foreach (var block in f.Layout)
        {
            if (f[block].Removed)
                continue;
            while (CanJoin(flow, f, block, out var next) && (behind[new ValueId(next.Index)] == 0 || !AsksOthers(f, block)))
            {
                Join(f, map, block, next);
                any = true;
            }
        }

        if (!any)
            return;
        map.Apply(f);
        DropJoined(context, f);
    }

    /// <summary>Takes removed blocks out of the layout. The Merge of each says which block it has become a part of;
    /// headers that name it get that one.</summary>
    internal static void DropJoined(PassContext context, Function f)
    {
        var placed = context.Uses;
        placed.Clear(f);
        int first = f.Layout.Count;
        for (int i = f.Layout.Count - 1; i >= 0; i--)
        {
            var block = Joined(f, f.Layout[i]);
            if (placed[new ValueId(block.Index)] != 0)
                continue;
            placed.Add(new ValueId(block.Index));
            f.Layout[--first] = block;
        }

        f.Layout.RemoveRange(0, first);
        foreach (var header in f.Layout)
        {
            ref var b = ref f[header];
            if (!b.Merge.IsNone && f[b.Merge].Removed)
                b.Merge = Joined(f, b.Merge) is var to && to == header ? BlockId.None : to;
            if (!b.Continue.IsNone && f[b.Continue].Removed)
                b.Continue = Joined(f, b.Continue);
        }
    }

    private static bool CanJoin(ControlFlow flow, Function f, BlockId block, out BlockId next)
    {
        var jump = f.Terminator(block);
        next = f[jump].Target0;
        if (f[jump].Op != Op.Jump || next == block || next == f.Entry || flow.Predecessors(next).Length != 1)
            return false;
        // A header that jumps on is a loop's or a call's; it has room for one annotation only, and a call's goes on to jump.
        if (!IsHeader(f, block))
            return true;
        return !IsHeader(f, next) && (!f[block].Continue.IsNone || f[f.Terminator(next)].Op != Op.Branch);
    }

    /// <summary>A loop that nothing leaves has a continue block only.</summary>
    private static bool IsHeader(Function f, BlockId block) => !f[block].Merge.IsNone || !f[block].Continue.IsNone;

    /// <summary>Lanes that leave a loop in different turns meet behind it, and not before: an op that asks who is there stays
    /// in the block that leaves.</summary>
    private static bool AsksOthers(Function f, BlockId block)
    {
        for (var id = f[block].First; !id.IsNone; id = f[id].Next)
        {
            if ((OpTable.Info(f[id].Op).Effect & Effect.Convergent) != 0)
                return true;
        }

        return false;
    }

    private static void Join(Function f, Replacements map, BlockId block, BlockId next)
    {
        var jump = f.Terminator(block);
        var arguments = f.Arguments(jump, 0);
        var parameters = f.Params(next);
        for (int i = 0; i < parameters.Length; i++)
        {
            map.Set(parameters[i], map.Resolve(arguments[i]));
            f[parameters[i]].Block = BlockId.None;
        }

        f.Unlink(jump);
        f.AppendAll(block, next);
        if (!IsHeader(f, block))
        {
            f[block].Merge = f[next].Merge;
            f[block].Continue = f[next].Continue;
        }

        // What names the block that is gone finds its new home here.
        f[next].Removed = true;
        f[next].Merge = block;
    }

    private static BlockId Joined(Function f, BlockId block)
    {
        while (f[block].Removed)
            block = f[block].Merge;
        return block;
    }
}
