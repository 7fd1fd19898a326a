using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Moves loads of a block together that are probably contiguous (<see cref="NodeFlags.Near"/>) and read what nobody writes:
/// the SIMD stage then asks once for all of them whether they are. In: any function. Out: such a load stands right behind
/// the one before it, and what its place is computed from in front of both, where nothing of that depends on those loads.
/// Invariant: only pure nodes and read-only loads move, within their block.
/// </summary>
internal static class LoadGrouping
{
    /// <summary>Loads that are moved together, and nodes that are moved for one of them, at most.</summary>
    private const int MaxGroup = 4, MaxMoved = 32;

    public static void Run(PassContext context, Function f)
    {
        // Positions in a block. Nodes in front of the first load have none, which counts as earlier.
        int[]? order = null;
        foreach (var block in f.Layout)
        {
            var (first, last) = (ValueId.None, ValueId.None);
            int size = 0, position = 0;
            for (var id = f[block].First; !id.IsNone;)
            {
                var next = f[id].Next;
                bool isLoad = IsCandidate(f, id);
                if (isLoad)
                    order ??= new int[f.NodeCount];
                if (order is not null)
                    order[id.Index] = ++position;
                if (isLoad)
                {
                    if (size is 0 or MaxGroup || !TryMove(context, f, order!, block, first, last, id))
                        (first, size) = (id, 0);
                    last = id;
                    size++;
                }

                id = next;
            }
        }
    }

    private static bool IsCandidate(Function f, ValueId id)
    {
        const NodeFlags Wanted = NodeFlags.Near | NodeFlags.ReadOnly;
        ref var node = ref f[id];
        return node.Op == Op.Load && (node.Flags & (Wanted | NodeFlags.Volatile)) == Wanted;
    }

    private static bool TryMove(PassContext context, Function f, int[] order, BlockId block, ValueId first, ValueId last, ValueId load)
    {
        var moved = context.Values;
        moved.Clear();
        moved.Add(load);
        for (int i = 0; i < moved.Count; i++)
        {
            foreach (var operand in f.Operands(moved[i]))
            {
                if (f[operand].Block != block || order[operand.Index] < order[first.Index] || moved.Contains(operand))
                    continue;
                if (operand == first || IsCandidate(f, operand) || !MayMove(f, operand) || moved.Count > MaxMoved)
                    return false;
                moved.Add(operand);
            }
        }

        moved.RemoveAt(0);
        moved.Sort((a, b) => order[a.Index].CompareTo(order[b.Index]));
        foreach (var id in moved)
        {
            f.Unlink(id);
            f.InsertBefore(first, id);
            order[id.Index] = 0;
        }

        if (f[last].Next != load)
        {
            f.Unlink(load);
            f.InsertBefore(f[last].Next, load);
        }

        return true;
    }

    private static bool MayMove(Function f, ValueId id)
    {
        ref var node = ref f[id];
        return OpTable.Info(node.Op).IsPure && node.Op != Op.Param
            || (node.Op == Op.Load && (node.Flags & (NodeFlags.ReadOnly | NodeFlags.Volatile)) == NodeFlags.ReadOnly);
    }
}
