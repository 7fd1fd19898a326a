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
/// live at once, times the number, must fit, or where a loop carries values from iteration to iteration, those must; and by the
/// size of the code.
/// </remarks>
internal static class SideBySide
{
    private const int Most = 4;

    /// <summary>Vectors that may live at once.</summary>
    private const int MaxVectors = 26;

    /// <summary>Vectors of loops without barriers that may live at once. There the chain from one iteration to the next is what takes time
    /// (the processor overlaps what stands outside of loops by itself), and temporaries that do not fit are stored and loaded beside it. What
    /// loops carry must fit, as that is on the chain.</summary>
    private const int MaxVectorsOfLoops = 80;

    /// <summary>With half as many registers. The nodes of loops are ordered so that the temporaries of one of two subgroups lie
    /// behind those of the other (pressure-ordering), so more than there are do for two; what loops carry for four does not fit.</summary>
    private const int MaxVectorsOfTwoNarrow = 20, MaxVectorsOfMoreNarrow = 12;

    /// <summary>Nodes that the subgroups have together, at most: compile time grows with them.</summary>
    private const int MaxNodesOfTwo = 800, MaxNodesOfMore = 400;

    /// <summary>The same where there is a loop.</summary>
    private const int MaxNodesOfTwoWithLoop = 2000, MaxNodesOfMoreWithLoop = 800;

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

        var pressure = Pressure(flow, lanes);
        int together = Most;
        while (together > 1 && (ids.Subgroups % together != 0 || together * nodes > NodesAllowed(together, laneCount, flow.Loops.Count > 0)
            || !Fits(pressure, together, laneCount) || together * pressure.Masks > 12))
        {
            together /= 2;
        }

        return together;
    }

    private static bool Fits(in Live live, int together, int laneCount) =>
        live.Carried > 0 && (laneCount == 16 || together == 2)
            ? together * live.Carried <= MaxVectors && together * live.InLoops <= MaxVectorsOfLoops
            : together * Math.Max(live.InLoops, live.Elsewhere) <= VectorsAllowed(together, laneCount);

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

    private static int NodesAllowed(int together, int laneCount, bool hasLoop) => (together, laneCount, hasLoop) switch
    {
        (2, _, true) => MaxNodesOfTwoWithLoop,
        (2, _, _) => MaxNodesOfTwo,
        (_, 16, true) => MaxNodesOfMoreWithLoop,
        (_, 16, false) => MaxNodesOfMore,
        _ => MaxNodesOfMoreNarrow,
    };

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

    /// <summary>The most vectors and masks of one subgroup that live at once.</summary>
    /// <param name="InLoops">Vectors in loops without barriers.</param>
    /// <param name="Elsewhere">Vectors in the other blocks.</param>
    /// <param name="Carried">Vectors that a loop without barriers and the loops around it carry.</param>
    private readonly record struct Live(int InLoops, int Elsewhere, int Carried, int Masks);

    /// <summary>Each value is taken to live from where it is made to its last use in the order of the blocks, or to the end of a loop
    /// that it lives through.</summary>
    private static Live Pressure(NormalFlow flow, DivergenceAnalysis lanes)
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
                Add(param, at);
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
                Add(id, ++at);
        }

        int inLoops = 0, elsewhere = 0, carried = 0, mostMasks = 0;
        at = 0;
        foreach (var block in flow.Flow.Order)
        {
            int loop = flow.LoopOf[block.Index];
            bool isInLoop = loop >= 0 && !flow.Loops[loop].HasBarrier;
            if (isInLoop)
                carried = Math.Max(carried, Carried(flow, loop, lanes));
            Step(isInLoop);
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
                Step(isInLoop);
        }

        // The mask of the block itself.
        return new(inLoops, elsewhere, carried, mostMasks + 1);

        void Step(bool isInLoop)
        {
            at++;
            vectors[at] += vectors[at - 1];
            masks[at] += masks[at - 1];
            mostMasks = Math.Max(mostMasks, masks[at]);
            ref int most = ref isInLoop ? ref inLoops : ref elsewhere;
            most = Math.Max(most, vectors[at]);
        }

        void Add(ValueId id, int from)
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

    private static int Carried(NormalFlow flow, int loop, DivergenceAnalysis lanes)
    {
        int carried = 0;
        for (; loop >= 0; loop = flow.Loops[loop].Parent)
        {
            foreach (var param in flow.F.Params(flow.Loops[loop].Header))
            {
                if (lanes.ShapeOf(param).IsVarying && flow.F[param].Type.Scalar != Scalar.Bool)
                    carried += flow.F[param].Type.Bits == 64 ? 2 : 1;
            }
        }

        return carried;
    }
}
