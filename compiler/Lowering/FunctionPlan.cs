using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// The order in which a function's blocks are lowered, made once per function: reverse post-order of its flow with
/// edges from headers to their merge and continue blocks added and walked first, so that a construct's blocks stand
/// together and before its merge. Blocks that cannot be reached are left out.
/// </summary>
internal sealed class FunctionPlan
{
    public required FunctionInfo Function { get; init; }

    /// <summary>Indices into <see cref="Module.Blocks"/>; the entry is first.</summary>
    public required int[] Order { get; init; }

    /// <summary>By block index less <see cref="FunctionInfo.FirstBlock"/>: reachable blocks that go there.</summary>
    public required int[] Predecessors { get; init; }

    /// <summary>A return may leave a loop from inside while what is behind the loop never returns: where the callers go on
    /// can then only be reached through the loop, and still is behind it. True where it may come to that.</summary>
    public required bool ReturnsFromLoops { get; init; }

    public bool IsReachable(int block) => Predecessors[block - Function.FirstBlock] > 0 || block == Function.FirstBlock;

    public static FunctionPlan Make(Module module, int functionIndex)
    {
        var function = module.Functions[functionIndex];
        if (function.BlockCount == 0)
            Refusal.Throw("a function without a body is called");
        int first = function.FirstBlock, count = function.BlockCount;
        var predecessors = new int[count];
        var successors = new List<int>();
        MarkReachable(module, first, predecessors, successors);
        int[] order = Walk(module, first, count, predecessors, successors);
        return new FunctionPlan
        {
            Function = function, Order = order, Predecessors = predecessors, ReturnsFromLoops = ReturnsFromSomeLoop(module, order),
        };
    }

    /// <summary>With one return, it may leave a loop when it does not come after the loop's merge block; with more, any
    /// loop counts: what is computed later may take returns away.</summary>
    private static bool ReturnsFromSomeLoop(Module module, int[] order)
    {
        int returns = 0, returnsAt = -1;
        foreach (int block in order)
        {
            if (module.Terminator(module.Blocks[block]).Opcode is not (Opcode.OpReturn or Opcode.OpReturnValue))
                continue;
            returns++;
            returnsAt = Array.IndexOf(order, block);
        }

        for (int i = 0; returns > 0 && i < order.Length; i++)
        {
            int merge = module.Blocks[order[i]].Merge;
            if (merge < 0 || module.Instruction(merge).Opcode != Opcode.OpLoopMerge)
                continue;
            int behind = Array.IndexOf(order, module.BlockIndexOf(module.Operands(module.Instruction(merge))[0]));
            if (returns > 1 || behind < 0 || (returnsAt > i && returnsAt < behind))
                return true;
        }

        return false;
    }

    /// <summary>The blocks that a block's terminator names, each once.</summary>
    public static void Successors(Module module, int block, List<int> successors)
    {
        successors.Clear();
        ref readonly var terminator = ref module.Terminator(module.Blocks[block]);
        var operands = module.Operands(terminator);
        switch (terminator.Opcode)
        {
            case Opcode.OpBranch:
                successors.Add(Target(module, operands[0]));
                break;
            case Opcode.OpBranchConditional:
                successors.Add(Target(module, operands[1]));
                if (operands[2] != operands[1])
                    successors.Add(Target(module, operands[2]));
                break;
            case Opcode.OpSwitch:
                var seen = new HashSet<int>();
                int cases = module.SwitchCaseCount(terminator);
                for (int i = 0; i < cases; i++)
                {
                    int target = Target(module, module.SwitchCase(terminator, i).Label);
                    if (seen.Add(target))
                        successors.Add(target);
                }

                int @default = Target(module, operands[1]);
                if (seen.Add(@default))
                    successors.Add(@default);
                break;
        }
    }

    private static int Target(Module module, uint label)
    {
        int block = module.BlockIndexOf(label);
        if (block < 0)
            Refusal.Throw($"%{label} is not a label");
        return block;
    }

    private static void MarkReachable(Module module, int first, int[] predecessors, List<int> successors)
    {
        var work = new Stack<int>();
        work.Push(first);
        while (work.TryPop(out int block))
        {
            Successors(module, block, successors);
            foreach (int next in successors)
            {
                if ((uint)(next - first) >= (uint)predecessors.Length || next == first)
                    Refusal.Throw("a branch leaves its function or goes to its entry");
                if (predecessors[next - first]++ == 0)
                    work.Push(next);
            }
        }
    }

    private static int[] Walk(Module module, int first, int count, int[] predecessors, List<int> successors)
    {
        var order = new List<int>(count);
        var seen = new bool[count];

        // A block is entered once, put on the stack again as left (complemented), and then comes out after its successors.
        var work = new Stack<int>();
        work.Push(first);
        while (work.TryPop(out int item))
        {
            if (item < 0)
            {
                order.Add(~item);
                continue;
            }

            if (seen[item - first])
                continue;
            seen[item - first] = true;
            work.Push(~item);

            // The last pushed is walked first, and so ends up last: true target, ..., continue, merge.
            Successors(module, item, successors);
            foreach (int next in successors)
                work.Push(next);
            int mergeInstruction = module.Blocks[item].Merge;
            if (mergeInstruction < 0)
                continue;
            ref readonly var merge = ref module.Instruction(mergeInstruction);
            var operands = module.Operands(merge);
            if (merge.Opcode == Opcode.OpLoopMerge)
                PushReachable(module, operands[1], first, predecessors, work);
            PushReachable(module, operands[0], first, predecessors, work);
        }

        order.Reverse();
        return order.ToArray();
    }

    private static void PushReachable(Module module, uint label, int first, int[] predecessors, Stack<int> work)
    {
        int block = module.BlockIndexOf(label) - first;
        if ((uint)block < (uint)predecessors.Length && predecessors[block] > 0)
            work.Push(block + first);
    }
}
