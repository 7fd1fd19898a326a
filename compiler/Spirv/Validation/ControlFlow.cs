namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>The graph of a function's blocks: edges that stay within the function, order by dominance, ids that dominate
/// their uses; then its structure, by <see cref="Constructs"/>.</summary>
internal sealed class ControlFlow
{
    private readonly ValidationContext c;
    private readonly Module m;
    private readonly FunctionInfo function;
    private readonly int[] blockOfInstruction;
    private int[] start = [], successors = [];

    private ControlFlow(ValidationContext context, in FunctionInfo f, int[] blocks)
    {
        c = context;
        m = context.Module;
        function = f;
        blockOfInstruction = blocks;
    }

    public static bool Check(ValidationContext context)
    {
        Module m = context.Module;
        // Block, by its number within its function, of each instruction within a block; -1 for the others.
        int[] blocks = new int[m.Instructions.Length];
        Array.Fill(blocks, -1);
        foreach (ref readonly FunctionInfo f in m.Functions)
        {
            for (int b = 0; b < f.BlockCount; b++)
            {
                BlockInfo block = m.Blocks[f.FirstBlock + b];
                Array.Fill(blocks, b, block.First, block.Terminator - block.First + 1);
            }
            if (!new ControlFlow(context, f, blocks).CheckFunction())
                return false;
        }
        return true;
    }

    private bool CheckFunction()
    {
        if (!FindEdges())
            return false;
        var tree = new DominatorTree(start, successors);
        for (int b = 0; b < function.BlockCount; b++)
        {
            if (tree.Idom[b] > b)
                return Fail(b, $"it stands before block {Block(tree.Idom[b]).Label}, which dominates it");
        }
        return CheckUses(tree) && new Constructs(c, function, start, successors).Check();
    }

    private BlockInfo Block(int b) => m.Blocks[function.FirstBlock + b];

    private bool FindEdges()
    {
        start = new int[function.BlockCount + 1];
        var edges = new List<int>();
        var targets = new List<uint>();
        for (int b = 0; b < function.BlockCount; b++)
        {
            BlockInfo block = Block(b);
            targets.Clear();
            if (!FindTargets(block, targets))
                return false;
            foreach (uint label in targets)
            {
                int target = m.BlockIndexOf(label) - function.FirstBlock;
                if (target < 0 || target >= function.BlockCount)
                    return Fail(b, $"it branches to {label}, which is no block of its function");
                if (target == 0)
                    return Fail(b, "it branches to its function's first block");
                edges.Add(target);
            }
            start[b + 1] = edges.Count;
        }
        successors = [.. edges];
        return true;
    }

    private bool FindTargets(in BlockInfo block, List<uint> targets)
    {
        ref readonly Instruction i = ref m.Terminator(block);
        ReadOnlySpan<uint> o = m.Operands(i);
        switch (i.Opcode)
        {
            case Opcode.OpBranch:
                targets.Add(o[0]);
                return true;
            case Opcode.OpBranchConditional:
                if (!c.IsBool(m.TypeIdOf(o[0])))
                    return c.Fail(i, "its condition is not bool");
                if (o.Length is not (3 or 5))
                    return c.Fail(i, "it has two weights or none");
                targets.Add(o[1]);
                targets.Add(o[2]);
                return true;
            case Opcode.OpSwitch:
                return FindCases(i, targets);
            case Opcode.OpReturn:
                return m.Type(m.Type(function.TypeId).Element).Kind == TypeKind.Void
                    || c.Fail(i, "its function returns a value");
            case Opcode.OpReturnValue:
                return m.TypeIdOf(o[0]) == m.Type(function.TypeId).Element || c.Fail(i, "its function returns another type");
            case Opcode.OpUnreachable:
                return true;
            default:
                return c.Fail(i, "it is not supported");
        }
    }

    private bool FindCases(in Instruction i, List<uint> targets)
    {
        if (!c.IsIntScalar(m.TypeIdOf(m.Operands(i)[0])))
            return c.Fail(i, "its selector is no integer");
        targets.Add(m.Operands(i)[1]);
        var literals = new HashSet<ulong>();
        int count = m.SwitchCaseCount(i);
        for (int k = 0; k < count; k++)
        {
            SwitchCase one = m.SwitchCase(i, k);
            if (!literals.Add(one.Literal))
                return c.Fail(i, $"case {one.Literal} stands there twice");
            targets.Add(one.Label);
        }
        return true;
    }

    private bool CheckUses(DominatorTree tree)
    {
        int[] predecessors = CountPredecessors();
        int[] seenBy = new int[function.BlockCount];
        int phi = 0;
        for (int b = 0; b < function.BlockCount; b++)
        {
            BlockInfo block = Block(b);
            for (int k = block.First; k <= block.Terminator; k++)
            {
                ref readonly Instruction i = ref m.Instruction(k);
                if (i.Opcode == Opcode.OpPhi)
                {
                    if (!CheckPhi(tree, i, b, predecessors[b], seenBy, ++phi))
                        return false;
                    continue;
                }
                if (!tree.IsReached(b))
                    continue;
                foreach (ref readonly Operand o in m.ParsedOperands(k))
                {
                    if (EnumerantTable.Category(o.Kind) == OperandCategory.Id && o.Kind != OperandKind.IdResult
                        && !Reaches(tree, m.Words[o.Offset], b))
                        return c.Fail(i, $"id {m.Words[o.Offset]} is not defined on every way to it");
                }
            }
        }
        return true;
    }

    // Whether an id's definition dominates a block, or is none of a block at all.
    private bool Reaches(DominatorTree tree, uint id, int block)
    {
        int definition = blockOfInstruction[m.DefinitionOf(id)];
        return definition < 0 || m.OpcodeOf(id) == Opcode.OpLabel || (tree.IsReached(definition) && tree.Dominates(definition, block));
    }

    private bool CheckPhi(DominatorTree tree, in Instruction i, int block, int predecessors, int[] seenBy, int phi)
    {
        ReadOnlySpan<uint> o = m.Operands(i);
        for (int k = 0; k < o.Length; k += 2)
        {
            int parent = m.BlockIndexOf(o[k + 1]) - function.FirstBlock;
            if (parent < 0 || parent >= function.BlockCount || !HasEdge(parent, block))
                return c.Fail(i, $"{o[k + 1]} is no predecessor of its block");
            if (seenBy[parent] == phi)
                return c.Fail(i, $"parent {o[k + 1]} stands there twice");
            seenBy[parent] = phi;
            predecessors--;
            if (tree.IsReached(parent) && !Reaches(tree, o[k], parent))
                return c.Fail(i, $"id {o[k]} is not defined on every way to its parent");
        }
        return predecessors == 0 || c.Fail(i, "it does not name every predecessor of its block");
    }

    private bool HasEdge(int from, int to) => Array.IndexOf(successors, to, start[from], start[from + 1] - start[from]) >= 0;

    // Predecessors of each block; one with several edges to it counts once.
    private int[] CountPredecessors()
    {
        int[] counts = new int[function.BlockCount], last = new int[function.BlockCount];
        Array.Fill(last, -1);
        for (int b = 0; b < function.BlockCount; b++)
        {
            for (int k = start[b]; k < start[b + 1]; k++)
            {
                if (last[successors[k]] == b)
                    continue;
                last[successors[k]] = b;
                counts[successors[k]]++;
            }
        }
        return counts;
    }

    private bool Fail(int b, string message) =>
        c.Fail(m.Terminator(Block(b)).Offset, $"block {Block(b).Label}: {message}");
}
