using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// How many subgroups of a workgroup run side by side, instruction by instruction: chains of dependent operations overlap,
/// and what is the same for the workgroup (loads from workgroup memory above all) is done once for all of them. In: the
/// flow and what is known of divergence. Out: a number that divides the subgroups of the workgroup.
/// </summary>
/// <remarks>
/// The order of accesses to memory between subgroups changes, which only racing shaders could tell, or ones that use what
/// atomics return: those stay as they are, so that they do the same at every width. Bounded by registers: the values that
/// live at once, times the number, must fit; and by the size of the code.
/// </remarks>
internal static class SideBySide
{
    private const int Most = 4;

    /// <summary>Vectors that may live at once.</summary>
    private const int MaxVectors = 26;

    /// <summary>With half as many registers. The nodes of loops are ordered so that the temporaries of one of two subgroups lie
    /// behind those of the other (pressure-ordering), so more than there are do for two; what loops carry for four does not fit.</summary>
    private const int MaxVectorsOfTwoNarrow = 20, MaxVectorsOfMoreNarrow = 12;

    /// <summary>Nodes that the subgroups have together, at most: compile time grows with them.</summary>
    private const int MaxNodesOfTwo = 800, MaxNodesOfMore = 400;

    /// <summary>The same with half as many registers, for masks too: what is larger needs more of them than are counted below, for
    /// bounds and for the numbers of lanes.</summary>
    private const int MaxNodesOfMoreNarrow = 200;

    public static int Choose(NormalFlow flow, LocalIds ids, int laneCount, DivergenceAnalysis lanes, DivergenceAnalysis workgroup)
    {
        if (ids.Subgroups < 2 || HasLoopPerSubgroup(flow, lanes, workgroup))
            return 1;
        int nodes = 0;
        foreach (var block in flow.Flow.Order)
        {
            for (var id = flow.F[block].First; !id.IsNone; id = flow.F[id].Next)
            {
                if (MustStayApart(flow.F, id))
                    return 1;
                nodes++;
            }
        }

        var (vectors, masks) = Pressure(flow, lanes);
        int together = Most;
        while (together > 1 && (ids.Subgroups % together != 0 || together * nodes > NodesAllowed(together, laneCount)
            || together * vectors > VectorsAllowed(together, laneCount) || together * masks > 12))
        {
            together /= 2;
        }

        return together;
    }

    /// <summary>A loop that all lanes of a subgroup leave together and another subgroup earlier or later: scalar branches, and scalar
    /// values where it has no others, become masks of lanes side by side.</summary>
    private static bool HasLoopPerSubgroup(NormalFlow flow, DivergenceAnalysis lanes, DivergenceAnalysis workgroup)
    {
        for (int l = 0; l < flow.Loops.Count; l++)
        {
            if (workgroup.IsDivergent(l) && !lanes.IsDivergent(l))
                return true;
        }

        return false;
    }

    private static int NodesAllowed(int together, int laneCount) =>
        together == 2 ? MaxNodesOfTwo : laneCount == 16 ? MaxNodesOfMore : MaxNodesOfMoreNarrow;

    private static int VectorsAllowed(int together, int laneCount) =>
        laneCount == 16 ? MaxVectors : together == 2 ? MaxVectorsOfTwoNarrow : MaxVectorsOfMoreNarrow;

    private static bool MustStayApart(Function f, ValueId id) =>
        f[id].Op is Op.TrapIf or Op.Unreachable or Op.Confine or Op.PrivateLoad or Op.PrivateStore || OrderShows(f, id);

    /// <summary>A shader may see from it in which order invocations, other than by barriers, come.</summary>
    public static bool OrderShows(Function f, ValueId id)
    {
        ref var node = ref f[id];
        switch (node.Op)
        {
            case Op.AtomicCompareExchange:
                return true;
            case Op.AtomicRmw:
                return (AtomicKind)node.Aux is AtomicKind.Exchange or AtomicKind.FAdd or AtomicKind.FMin or AtomicKind.FMax
                    || IsUsed(f, id);
            default:
                return (node.Flags & (NodeFlags.Volatile | NodeFlags.Atomic)) != 0;
        }
    }

    /// <summary>Some node has the value as an operand.</summary>
    public static bool IsUsed(Function f, ValueId value)
    {
        foreach (var block in f.Layout)
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                if (f.Operands(id).Contains(value))
                    return true;
            }
        }

        return false;
    }

    /// <summary>The most vectors and masks of one subgroup that live at once, each taken to live from where it is made to
    /// its last use in the order of the blocks, or to the end of a loop that it lives through.</summary>
    private static (int Vectors, int Masks) Pressure(NormalFlow flow, DivergenceAnalysis lanes)
    {
        var f = flow.F;
        var end = new int[f.NodeCount];
        var loopEnd = new int[flow.Loops.Count];
        int position = 0;
        foreach (var block in flow.Flow.Order)
        {
            position++;
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
                position++;
            for (int l = flow.LoopOf[block.Index]; l >= 0; l = flow.Loops[l].Parent)
                loopEnd[l] = position;
        }

        position = 0;
        foreach (var block in flow.Flow.Order)
        {
            position++;
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                position++;
                foreach (var operand in f.Operands(id))
                {
                    int last = position;
                    for (int l = flow.LoopOf[block.Index]; l >= 0 && !flow.Contains(l, f[operand].Block); l = flow.Loops[l].Parent)
                        last = loopEnd[l];
                    end[operand.Index] = Math.Max(end[operand.Index], last);
                }
            }
        }

        var vectors = new int[position + 2];
        var masks = new int[position + 2];
        int at = 0;
        foreach (var block in flow.Flow.Order)
        {
            at++;
            foreach (var param in f.Params(block))
                Live(param, at);
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
                Live(id, ++at);
        }

        int mostVectors = 0, mostMasks = 0;
        for (int i = 1; i < vectors.Length; i++)
        {
            vectors[i] += vectors[i - 1];
            masks[i] += masks[i - 1];
            mostVectors = Math.Max(mostVectors, vectors[i]);
            mostMasks = Math.Max(mostMasks, masks[i]);
        }

        // The mask of the block itself.
        return (mostVectors, mostMasks + 1);

        void Live(ValueId id, int from)
        {
            ref var node = ref f[id];
            if (node.Op == Op.Const || end[id.Index] <= from || !lanes.ShapeOf(id).IsVarying)
                return;
            var counts = node.Type.Scalar == Scalar.Bool ? masks : vectors;
            int registers = node.Type.Bits == 64 ? 2 : 1;
            counts[from] += registers;
            counts[end[id.Index]] -= registers;
        }
    }
}
