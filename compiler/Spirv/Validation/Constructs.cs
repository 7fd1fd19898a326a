namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>
/// Structured control flow ("Structured Control-Flow Rules"): merge instructions where they must be, cycles that are
/// loops with one back edge, constructs that are entered at their header and left only by their merge block, a break, a
/// continue, the next case or a return.
/// </summary>
/// <remarks>
/// Dominance here is structural: the graph has an edge from each header to its merge block and continue target too.
/// So constructs nest like the dominator tree, and a block lies in a construct when the construct's root dominates it
/// and its merge block does not. Blocks that are not even reached that way are left alone.
/// </remarks>
internal sealed class Constructs
{
    private enum Kind : byte { Loop, Continue, Selection, Switch, Case }

    /// <param name="Root">The header; for a continue construct or a case, its first block.</param>
    /// <param name="Merge">Merge block of the loop, selection or switch that it is (part of).</param>
    /// <param name="Parent">Index of the construct around it, or -1.</param>
    /// <param name="Loop">Index of the innermost loop, itself included, or -1.</param>
    /// <param name="Switch">Index of the innermost switch without a loop in between, itself included, or -1.</param>
    /// <param name="InContinue">Within the continue construct of that loop.</param>
    private readonly record struct Construct(Kind Kind, int Root, int Merge, int Continue, int Parent, int Depth, int Loop, int Switch,
        bool InContinue);

    /// <summary>The specification's universal limit.</summary>
    private const int MaxDepth = 1023;

    private readonly ValidationContext c;
    private readonly Module m;
    private readonly FunctionInfo function;
    private readonly int[] start, successors;
    private readonly int[] merge, continues, headerOfMerge, innermost;
    private readonly List<Construct> constructs = [];
    private DominatorTree tree = null!;

    public Constructs(ValidationContext context, in FunctionInfo f, int[] edgeStart, int[] edges)
    {
        c = context;
        m = context.Module;
        function = f;
        start = edgeStart;
        successors = edges;
        merge = new int[f.BlockCount];
        continues = new int[f.BlockCount];
        headerOfMerge = new int[f.BlockCount];
        innermost = new int[f.BlockCount];
        Array.Fill(merge, -1);
        Array.Fill(continues, -1);
        Array.Fill(headerOfMerge, -1);
        Array.Fill(innermost, -1);
    }

    public bool Check()
    {
        if (!ReadMerges())
            return false;
        tree = StructuralTree();
        return CheckHeaders() && Nest() && CheckEdges();
    }

    private BlockInfo Block(int b) => m.Blocks[function.FirstBlock + b];

    private bool ReadMerges()
    {
        for (int b = 0; b < function.BlockCount; b++)
        {
            BlockInfo block = Block(b);
            Opcode end = m.Terminator(block).Opcode;
            if (block.Merge < 0)
            {
                if (end == Opcode.OpSwitch)
                    return Fail(b, "OpSwitch without OpSelectionMerge");
                continue;
            }
            ref readonly Instruction i = ref m.Instruction(block.Merge);
            ReadOnlySpan<uint> o = m.Operands(i);
            bool isLoop = i.Opcode == Opcode.OpLoopMerge;
            if (isLoop ? end is not (Opcode.OpBranch or Opcode.OpBranchConditional)
                : end is not (Opcode.OpBranchConditional or Opcode.OpSwitch))
                return c.Fail(i, $"{InstructionTable.Name(end)} cannot follow it");
            if (!TryBlock(o[0], out merge[b]) || merge[b] == b)
                return c.Fail(i, $"merge block {o[0]} is no other block of its function");
            if (headerOfMerge[merge[b]] >= 0)
                return c.Fail(i, $"block {o[0]} is the merge block of two headers");
            headerOfMerge[merge[b]] = b;
            if (isLoop && (!TryBlock(o[1], out continues[b]) || continues[b] == merge[b]))
                return c.Fail(i, $"continue target {o[1]} is no block of its function other than the merge block");
        }
        return true;
    }

    private bool TryBlock(uint label, out int block)
    {
        block = m.BlockIndexOf(label) - function.FirstBlock;
        return block >= 0 && block < function.BlockCount;
    }

    private DominatorTree StructuralTree()
    {
        int[] starts = new int[start.Length];
        var edges = new List<int>(successors.Length + function.BlockCount);
        for (int b = 0; b < function.BlockCount; b++)
        {
            edges.AddRange(successors.AsSpan(start[b], start[b + 1] - start[b]));
            if (merge[b] >= 0)
                edges.Add(merge[b]);
            if (continues[b] >= 0)
                edges.Add(continues[b]);
            starts[b + 1] = edges.Count;
        }
        return new(starts, [.. edges]);
    }

    private bool CheckHeaders()
    {
        int[] backEdges = new int[function.BlockCount];
        for (int b = 0; b < function.BlockCount; b++)
        {
            if (!tree.IsReached(b))
                continue;
            if (merge[b] >= 0 && !tree.Dominates(b, merge[b]))
                return Fail(b, $"it does not dominate its merge block {Block(merge[b]).Label}");
            if (continues[b] >= 0 && !tree.Dominates(b, continues[b]))
                return Fail(b, $"it does not dominate its continue target {Block(continues[b]).Label}");
            for (int k = start[b]; k < start[b + 1]; k++)
            {
                int target = successors[k];
                if (!tree.IsRetreating(b, target))
                    continue;
                if (continues[target] < 0 || !tree.Dominates(target, b))
                    return Fail(b, $"it branches back to {Block(target).Label}, which is no header of a loop around it");
                if (!tree.Dominates(continues[target], b))
                    return Fail(b, $"it branches back to {Block(target).Label} from outside the loop's continue construct");
                // A branch that has the header twice is one edge.
                if (k == start[b] || successors[k - 1] != target)
                    backEdges[target]++;
            }
        }
        for (int b = 0; b < function.BlockCount; b++)
        {
            if (continues[b] >= 0 && tree.IsReached(b) && backEdges[b] != 1)
                return Fail(b, $"{backEdges[b]} back edges lead to this header of a loop, not one");
        }
        return true;
    }

    // Gives each block its innermost construct, in an order in which dominators come first.
    private bool Nest()
    {
        // Constructs that start at a block but are not its own: (block that starts it) -> header of the loop or switch.
        var continueRoots = new Dictionary<int, int>();
        var caseRoots = new Dictionary<int, int>();
        foreach (int b in tree.Preorder)
        {
            int inner = b == 0 ? -1 : innermost[tree.Idom[b]];
            while (inner >= 0 && !Contains(inner, b))
                inner = constructs[inner].Parent;
            if (caseRoots.TryGetValue(b, out int switchHeader) && merge[switchHeader] != b)
                inner = Add(Kind.Case, b, merge[switchHeader], -1, inner);
            if (continueRoots.TryGetValue(b, out int loopHeader) && loopHeader != b)
                inner = Add(Kind.Continue, b, merge[loopHeader], b, inner);
            if (continues[b] >= 0)
            {
                inner = Add(Kind.Loop, b, merge[b], continues[b], inner);
                continueRoots.TryAdd(continues[b], b);
            }
            else if (merge[b] >= 0)
            {
                bool isSwitch = m.Terminator(Block(b)).Opcode == Opcode.OpSwitch;
                inner = Add(isSwitch ? Kind.Switch : Kind.Selection, b, merge[b], -1, inner);
                for (int k = start[b]; isSwitch && k < start[b + 1]; k++)
                {
                    if (successors[k] != b && tree.Dominates(b, successors[k]))
                        caseRoots.TryAdd(successors[k], b);
                }
            }
            innermost[b] = inner;
            if (inner >= 0 && constructs[inner].Depth > MaxDepth)
                return Fail(b, $"control flow nests deeper than {MaxDepth}");
        }
        return true;
    }

    private int Add(Kind kind, int root, int mergeBlock, int continueBlock, int parent)
    {
        Construct around = parent >= 0 ? constructs[parent] : new(default, -1, -1, -1, -1, 0, -1, -1, false);
        int index = constructs.Count;
        constructs.Add(new(kind, root, mergeBlock, continueBlock, parent, around.Depth + 1,
            kind == Kind.Loop ? index : around.Loop,
            kind switch { Kind.Switch => index, Kind.Loop or Kind.Continue => -1, _ => around.Switch },
            kind == Kind.Continue || (kind != Kind.Loop && around.InContinue)));
        return index;
    }

    private bool Contains(int construct, int block)
    {
        Construct k = constructs[construct];
        return tree.Dominates(k.Root, block) && !tree.Dominates(k.Merge, block);
    }

    private bool CheckEdges()
    {
        foreach (int b in tree.Preorder)
        {
            bool isConditional = start[b + 1] - start[b] == 2 && m.Terminator(Block(b)).Opcode == Opcode.OpBranchConditional;
            if (isConditional && (merge[b] < 0 || continues[b] >= 0) && successors[start[b]] != successors[start[b] + 1]
                && IsInterior(b, successors[start[b]]) && IsInterior(b, successors[start[b] + 1]))
                return Fail(b, "a selection needs OpSelectionMerge");
            for (int k = start[b]; k < start[b + 1]; k++)
            {
                if (!CheckExit(b, successors[k]) || !CheckEntry(b, successors[k]))
                    return false;
            }
        }
        return true;
    }

    // Whether a branch stays within the innermost construct and is neither a continue nor a back edge.
    private bool IsInterior(int from, int to)
    {
        int inner = innermost[from];
        if (inner < 0)
            return true;
        int loop = constructs[inner].Loop;
        if (loop >= 0 && (to == constructs[loop].Continue || to == constructs[loop].Root))
            return false;
        return Contains(inner, to);
    }

    private bool CheckExit(int from, int to)
    {
        int inner = innermost[from];
        if (inner < 0)
            return true;
        int loop = constructs[inner].Loop, @switch = constructs[inner].Switch;
        // Break, continue and back edge may leave any selection in the loop; the merge block of a switch, any in it.
        if (loop >= 0 && (to == constructs[loop].Merge || to == constructs[loop].Root
            || (to == constructs[loop].Continue && !constructs[inner].InContinue)))
            return true;
        if (@switch >= 0 && to == constructs[@switch].Merge)
            return true;
        for (int k = inner; k >= 0 && !Contains(k, to); k = constructs[k].Parent)
        {
            Construct left = constructs[k];
            bool toNextCase = left.Kind == Kind.Case && innermost[to] >= 0 && IsCase(to, left.Switch);
            if (left.Merge != to && !toNextCase)
                return Fail(from, $"it leaves the construct of block {Block(left.Root).Label} by a branch to {Block(to).Label}, "
                    + "which is neither its merge block nor a break or continue");
        }
        return true;
    }

    // Whether a block starts a case of a switch.
    private bool IsCase(int block, int @switch)
    {
        for (int k = innermost[block]; k >= 0 && constructs[k].Root == block; k = constructs[k].Parent)
        {
            if (constructs[k].Kind == Kind.Case && constructs[k].Switch == @switch)
                return true;
        }
        return false;
    }

    private bool CheckEntry(int from, int to)
    {
        for (int k = innermost[to]; k >= 0 && !Contains(k, from); k = constructs[k].Parent)
        {
            if (constructs[k].Root != to)
                return Fail(from, $"it branches into the middle of the construct of block {Block(constructs[k].Root).Label}");
        }
        return true;
    }

    private bool Fail(int b, string message) => c.Fail(m.Terminator(Block(b)).Offset, $"block {Block(b).Label}: {message}");
}
