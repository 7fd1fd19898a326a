using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Takes out what nothing depends on. In: any function. Out: no unreachable block, no block parameter that always has
/// the same value or that nothing uses, no unused node without effect. Invariant: loops stay, even endless ones without
/// effect; nothing is assumed to end.
/// </summary>
internal static class DeadCodeElimination
{
    public static void Run(PassContext context, Function f)
    {
        context.Flow.Build(f);
        RemoveUnreachable(context.Flow, f);
        BlockParameters.Simplify(context, f);
        RemoveUnused(context, f);
    }

    /// <summary>Marks unreachable blocks removed; a selection header whose merge goes has none; a loop
    /// that has no way back is none. A loop that is left by the
    /// returns of a function that was inlined only has the block where those go.</summary>
    public static void RemoveUnreachable(ControlFlow flow, Function f)
    {
        if (flow.Order.Length == f.Layout.Count)
            return;
        int kept = 0;
        for (int i = 0; i < f.Layout.Count; i++)
        {
            var block = f.Layout[i];
            if (flow.IsReachable(block))
                f.Layout[kept++] = block;
            else
                f[block].Removed = true;
        }

        f.Layout.RemoveRange(kept, f.Layout.Count - kept);
        foreach (var block in f.Layout)
        {
            ref var b = ref f[block];
            if (!b.Merge.IsNone && f[b.Merge].Removed)
                b.Merge = b.Continue.IsNone ? BlockId.None : Behind(f, b.Merge);
            if (!b.Continue.IsNone && f[b.Continue].Removed)
                b.Merge = b.Continue = BlockId.None;
        }
    }

    /// <summary>The first block that is there on the ways from one that is not; None where they end.</summary>
    private static BlockId Behind(Function f, BlockId removed)
    {
        var seen = new HashSet<BlockId>();
        var work = new Stack<BlockId>();
        work.Push(removed);
        while (work.TryPop(out var block))
        {
            if (!f[block].Removed)
                return block;
            if (!seen.Add(block))
                continue;
            var (first, second) = ControlFlow.Successors(f, block);
            if (!second.IsNone)
                work.Push(second);
            if (!first.IsNone)
                work.Push(first);
        }

        return BlockId.None;
    }

    private static void RemoveUnused(PassContext context, Function f)
    {
        var live = context.Uses;
        live.Clear(f);
        // A node comes on the stack once, when it is marked.
        var stack = SpareArrays<ValueId>.Take(f.NodeCount);
        int top = 0;
        foreach (var block in f.Layout)
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                if (IsRoot(f[id]) && live.TryMark(id))
                    stack[top++] = id;
            }
        }

        while (top > 0)
        {
            var id = stack[--top];
            var op = f[id].Op;
            if (op == Op.Param)
            {
                MarkArguments(context, f, id, live, stack, ref top);
                continue;
            }

            var operands = f.Operands(id);
            if (op is Op.Jump or Op.Branch)
                operands = operands[..(op == Op.Branch ? 1 : 0)];
            foreach (var operand in operands)
            {
                if (live.TryMark(operand))
                    stack[top++] = operand;
            }
        }

        SpareArrays<ValueId>.Leave(stack);

        foreach (var block in f.Layout)
        {
            BlockParameters.RemoveWhereUnused(context, f, block, live);
            var next = ValueId.None;
            for (var id = f[block].First; !id.IsNone; id = next)
            {
                next = f[id].Next;
                if (live[id] == 0)
                    f.Unlink(id);
            }
        }
    }

    /// <summary>What stays even where nothing uses its result.</summary>
    private static bool IsRoot(in Node node)
    {
        const Effect Kept = Effect.WritesMemory | Effect.Traps | Effect.Terminator;
        return (OpTable.Info(node.Op).Effect & Kept) != 0 || (node.Flags & NodeFlags.Volatile) != 0;
    }

    private static void MarkArguments(PassContext context, Function f, ValueId param, UseCounts live, ValueId[] stack, ref int top)
    {
        var block = f[param].Block;
        int index = f.Params(block).IndexOf(param);
        foreach (var edge in context.Flow.Predecessors(block))
        {
            var argument = f.Arguments(f.Terminator(edge.From), edge.Target)[index];
            if (live.TryMark(argument))
                stack[top++] = argument;
        }
    }
}
