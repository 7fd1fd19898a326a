using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Moves what does not change in a loop in front of it, out of as many loops as possible. In: a function without
/// unreachable blocks, constants in the entry. Out: pure nodes and safe read-only loads stand in the preheader of the
/// outermost loop that does not define their operands; preheaders are made where they are missing. Invariant: only
/// nodes that may be executed for nothing move: pure ones cannot fault (division by zero gives 0), and a load moves only
/// from a buffer with its ok operand, from the push constants, or out of the loop's header, where it is executed in any case.
/// In front of loops of thousands of blocks stand few of them (<see cref="MostMoved"/>): what does not fit stands further in.
/// </summary>
internal static class LoopInvariantCodeMotion
{
    /// <summary>What moves in front of a loop lives in all of it: so many such nodes times nodes of a loop, and at least
    /// <see cref="LeastMoved"/> of them. There are 32 registers. What has none is loaded from the frame for its use; and registers
    /// are allocated in time that grows with these products.</summary>
    private const int MostLives = 1 << 23, LeastMoved = 64;

    public static void Run(PassContext context, Function f)
    {
        context.BuildLoops(f);
        if (context.Loops.Count == 0)
            return;
        if (MakePreheaders(context, f))
            context.BuildLoops(f);
        var loops = context.Loops;
        var room = MostMoved(context, f);
        foreach (var block in context.Flow.Order)
        {
            if (loops.LoopOf(block) == LoopForest.NoLoop)
                continue;
            var next = ValueId.None;
            for (var id = f[block].First; !id.IsNone; id = next)
            {
                next = f[id].Next;
                bool isAnywhere = MayMove(f, id);
                if (!isAnywhere && !IsReadOnlyLoad(f, id))
                    continue;
                int loop = Outermost(f, loops, room, loops.LoopOf(block), id);
                if (!isAnywhere)
                    loop = OfHeaders(context, block, loop);
                if (loop == LoopForest.NoLoop)
                    continue;
                room[loop]--;
                f.Unlink(id);
                f.InsertBefore(f.Terminator(Preheader(context, loops.Header(loop))), id);
            }
        }
    }

    /// <summary>By loop: nodes that may be moved in front of it. A loop's own are taken to be as many as those of other blocks.</summary>
    private static int[] MostMoved(PassContext context, Function f)
    {
        // Inner loops have lower numbers.
        var loops = context.Loops;
        var blocks = new int[loops.Count];
        foreach (var block in context.Flow.Order)
        {
            if (loops.LoopOf(block) != LoopForest.NoLoop)
                blocks[loops.LoopOf(block)]++;
        }

        for (int loop = 0; loop < blocks.Length; loop++)
        {
            if (loops.Parent(loop) != LoopForest.NoLoop)
                blocks[loops.Parent(loop)] += blocks[loop];
            blocks[loop] = (int)Math.Max(LeastMoved, (long)MostLives * context.Flow.Order.Length / ((long)f.NodeCount * blocks[loop]));
        }

        return blocks;
    }

    private static bool MayMove(Function f, ValueId id)
    {
        ref var node = ref f[id];
        if (node.Op == Op.Const)
            return false;
        if (OpTable.Info(node.Op).IsPure)
            return true;
        if (!IsReadOnly(node))
            return false;
        return node.Op switch
        {
            Op.Load => (node.OperandCount == 3 && HasWholeOk(f, id)) || f[f.Operand(id, 0)].Op == Op.PushBase,
            Op.LoadContiguous or Op.LoadStrided or Op.Gather => HasWholeOk(f, id),
            _ => false,
        };
    }

    /// <summary>That of a texel says that there is one, but how many bytes it has may be what a branch has asked before.</summary>
    private static bool HasWholeOk(Function f, ValueId load) => f[f.Operand(load, 0)].Op != Op.Confine;

    private static bool IsReadOnly(in Node node)
    {
        const NodeFlags Relevant = NodeFlags.ReadOnly | NodeFlags.Volatile | NodeFlags.Atomic;
        return (node.Flags & Relevant) == NodeFlags.ReadOnly;
    }

    private static bool IsReadOnlyLoad(Function f, ValueId id) => f[id].Op == Op.Load && IsReadOnly(f[id]);

    /// <summary>The outermost loop, up to one given, that cannot be entered without running a block: the block is its header,
    /// or the headers of the loops between lead into one another.</summary>
    private static int OfHeaders(PassContext context, BlockId block, int outermost)
    {
        var loops = context.Loops;
        int result = LoopForest.NoLoop;
        for (int loop = loops.LoopOf(block); outermost != LoopForest.NoLoop && loop != LoopForest.NoLoop && loops.Header(loop) == block;
            loop = loops.Parent(loop))
        {
            result = loop;
            if (loop == outermost)
                break;
            block = Preheader(context, block);
        }

        return result;
    }

    /// <summary>The outermost of the loops around a node that defines none of its operands and may get one more in front of it.</summary>
    private static int Outermost(Function f, LoopForest loops, int[] room, int innermost, ValueId id)
    {
        int result = LoopForest.NoLoop;
        for (int loop = innermost; loop != LoopForest.NoLoop; loop = loops.Parent(loop))
        {
            foreach (var operand in f.Operands(id))
            {
                if (loops.Contains(loop, f[operand].Block))
                    return result;
            }

            if (room[loop] > 0)
                result = loop;
        }

        return result;
    }

    /// <summary>The block that alone leads into a loop and leads nowhere else.</summary>
    private static BlockId Preheader(PassContext context, BlockId header)
    {
        foreach (var edge in context.Flow.Predecessors(header))
        {
            if (context.Flow.Position(edge.From) < context.Flow.Position(header))
                return edge.From;
        }

        throw new InvalidOperationException($"{header} has no preheader");
    }

    private static bool MakePreheaders(PassContext context, Function f)
    {
        var flow = context.Flow;
        bool any = false;
        for (int loop = 0; loop < context.Loops.Count; loop++)
        {
            var header = context.Loops.Header(loop);
            int outside = 0;
            bool jumps = true;
            foreach (var edge in flow.Predecessors(header))
            {
                if (flow.Position(edge.From) >= flow.Position(header))
                    continue;
                outside++;
                jumps &= f[f.Terminator(edge.From)].Op == Op.Jump;
            }

            if (outside == 1 && jumps)
                continue;
            MakePreheader(flow, f, header);
            any = true;
        }

        return any;
    }

    private static void MakePreheader(ControlFlow flow, Function f, BlockId header)
    {
        var block = f.NewBlock();
        int count = f.Params(header).Length;
        for (int i = 0; i < count; i++)
            f.AddParam(block, f.TypeOf(f.Params(header)[i]));
        f.Jump(block, header, f.Params(block));
        foreach (var edge in flow.Predecessors(header))
        {
            if (flow.Position(edge.From) >= flow.Position(header))
                continue;
            var terminator = f.Terminator(edge.From);
            if (edge.Target == 0)
                f[terminator].Target0 = block;
            else
                f[terminator].Target1 = block;
        }

        // Where the loop's header was a merge, the new block is where the ways meet.
        foreach (var other in f.Layout)
        {
            if (f[other].Merge == header)
                f[other].Merge = block;
        }

        f.Layout.Insert(f.Layout.IndexOf(header), block);
    }
}
