using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Moves loads of a block together that are probably contiguous and read what nobody writes: texels (<see
/// cref="NodeFlags.Near"/>), and elements at an invocation's number, clamped or wrapped. The SIMD stage then asks once for all of
/// them whether they are. In: any function. Out: such a load stands right behind
/// the one before it, and what its place is computed from in front of both, where nothing of that depends on those loads.
/// Invariant: only pure nodes and read-only loads move, within their block.
/// </summary>
internal static class LoadGrouping
{
    /// <summary>Loads that are moved together, at most: all live at once. Those of elements more often let two subgroups run side
    /// by side, which more of them would not fit.</summary>
    private const int MaxTexels = 6, MaxElements = 4;

    /// <summary>Nodes that are moved for a load, and operands of operands that are looked at.</summary>
    private const int MaxMoved = 32, MaxDepth = 8;

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
                var row = RowOf(f, id);
                bool isLoad = row == Row.Edged || (row == Row.Plain && size > 0);
                if (isLoad)
                    order ??= new int[f.NodeCount];
                if (order is not null)
                    order[id.Index] = ++position;
                if (isLoad)
                {
                    int most = (f[id].Flags & NodeFlags.Near) != 0 ? MaxTexels : MaxElements;
                    bool joins = size > 0 && size < most && TryMove(context, f, order!, block, first, last, id);
                    if (!joins)
                        (first, size) = (id, 0);
                    if (joins || row == Row.Edged)
                    {
                        last = id;
                        size++;
                    }
                }

                id = next;
            }
        }
    }

    /// <summary>Whether invocations that are neighbours go to neighbouring elements: no, for certain, or but for edges.</summary>
    private enum Row { None, Plain, Edged }

    private static Row RowOf(Function f, ValueId id)
    {
        ref var node = ref f[id];
        if (node.Op != Op.Load || (node.Flags & (NodeFlags.ReadOnly | NodeFlags.Volatile)) != NodeFlags.ReadOnly)
            return Row.None;
        return (node.Flags & NodeFlags.Near) != 0 ? Row.Edged : RowOfIndex(f, f.Operand(id, 1), 0);
    }

    private static Row RowOfIndex(Function f, ValueId value, int depth)
    {
        if (depth == MaxDepth)
            return Row.None;
        switch (f[value].Op)
        {
            case Op.Builtin:
                return (BuiltinValue)f[value].Aux is BuiltinValue.LocalIdX or BuiltinValue.LocalIndex ? Row.Plain : Row.None;
            case Op.IAdd or Op.ISub:
                return Either(0, 1);
            case Op.IMul or Op.Shl when f[f.Operand(value, 1)].Op == Op.Const:
                return RowOfIndex(f, f.Operand(value, 0), depth + 1);
            case Op.UMin or Op.UMax or Op.SMin or Op.SMax:
                return Either(0, 1) == Row.None ? Row.None : Row.Edged;
            case Op.Select:
                return Either(1, 2) == Row.None ? Row.None : Row.Edged;
            case Op.And or Op.URem:
                return RowOfIndex(f, f.Operand(value, 0), depth + 1) == Row.None ? Row.None : Row.Edged;
            default:
                return Row.None;
        }

        Row Either(int first, int second)
        {
            Row a = RowOfIndex(f, f.Operand(value, first), depth + 1), b = RowOfIndex(f, f.Operand(value, second), depth + 1);
            return a > b ? a : b;
        }
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
                if (operand == first || RowOf(f, operand) != Row.None || !MayMove(f, operand) || moved.Count > MaxMoved)
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
