using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Moves what only one side of a branch needs to that side: masks and offsets of the accesses that the SIMD stage makes for lanes
/// that part. In: any function without unreachable blocks. Out: a pure node whose uses all stand in one block that only branches
/// lead to, in the same loop, stands at that block's start; blocks that only jump stay so, as they cost no jump of their own where
/// they are laid out. Invariant: values are the same, and nothing is computed more often.
/// </summary>
internal static class Sinking
{
    public static void Run(PassContext context, Function f)
    {
        context.BuildLoops(f);
        var order = context.Flow.Order;

        // The block of a value's uses, less 1; 0 for none so far, -1 for several.
        int[] uses = SpareArrays<int>.Take(f.NodeCount);
        Array.Clear(uses, 0, f.NodeCount);
        for (int i = order.Length - 1; i >= 0; i--)
        {
            var block = order[i];
            var previous = ValueId.None;
            for (var id = f[block].Last; !id.IsNone; id = previous)
            {
                previous = f[id].Previous;
                int home = uses[id.Index];
                var target = home > 0 && home - 1 != block.Index && MayMove(f, id) ? new BlockId(home - 1) : BlockId.None;
                if (!target.IsNone && IsSide(context, f, block, target))
                {
                    f.Unlink(id);
                    f.InsertBefore(f[target].First, id);
                }
                else
                {
                    target = block;
                }

                foreach (var operand in f.Operands(id))
                {
                    ref int known = ref uses[operand.Index];
                    known = known == 0 || known == target.Index + 1 ? target.Index + 1 : -1;
                }
            }
        }

        SpareArrays<int>.Leave(uses);
    }

    private static bool MayMove(Function f, ValueId id) => f[id].Op is not (Op.Const or Op.Param) && OpTable.Info(f[id].Op).IsPure;

    private static bool IsSide(PassContext context, Function f, BlockId from, BlockId block)
    {
        if (context.Loops.LoopOf(from) != context.Loops.LoopOf(block) || f[f[block].First].Op == Op.Jump)
            return false;
        var predecessors = context.Flow.Predecessors(block);
        foreach (var edge in predecessors)
        {
            if (f[f.Terminator(edge.From)].Op != Op.Branch)
                return false;
        }

        return predecessors.Length > 0;
    }
}
