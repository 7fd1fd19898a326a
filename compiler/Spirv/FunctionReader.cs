namespace ShaderJit.Compiler.Spirv;

/// <summary>Follows OpFunction ... OpFunctionEnd and fills the module's tables of functions, parameters and blocks.</summary>
internal sealed class FunctionReader(Module module)
{
    private enum State { Outside, Parameters, InBlock, BetweenBlocks }

    private State state;
    private FunctionInfo function;
    private BlockInfo block;

    /// <summary>Between OpFunction and OpFunctionEnd.</summary>
    public bool IsInFunction => state != State.Outside;

    /// <summary>True right after the end of a block or function: an OpLine holds no longer than that.</summary>
    public bool EndsLine { get; private set; }

    /// <summary>What is missing at the module's end, if anything.</summary>
    public string? UnfinishedError => IsInFunction ? "the module ends within a function" : null;

    public static bool IsTerminator(Opcode opcode) => opcode is Opcode.OpBranch or Opcode.OpBranchConditional or Opcode.OpSwitch
        or Opcode.OpReturn or Opcode.OpReturnValue or Opcode.OpKill or Opcode.OpUnreachable or Opcode.OpTerminateInvocation
        or Opcode.OpIgnoreIntersectionKHR or Opcode.OpTerminateRayKHR or Opcode.OpEmitMeshTasksEXT;

    public static bool IsMerge(Opcode opcode) => opcode is Opcode.OpLoopMerge or Opcode.OpSelectionMerge;

    /// <summary>Takes the next instruction of the module. Gives what is wrong with its place, or null.</summary>
    public string? Add(in Instruction i, int index)
    {
        EndsLine = false;
        switch (i.Opcode)
        {
            case Opcode.OpFunction:
                if (IsInFunction)
                    return "OpFunction within a function";
                state = State.Parameters;
                function = new(i.Result, index, module.Operands(i)[1], module.ParameterList.Count, 0, module.BlockList.Count, 0, -1);
                return null;
            case Opcode.OpFunctionParameter:
                if (state != State.Parameters)
                    return "OpFunctionParameter does not follow OpFunction";
                module.ParameterList.Add(i.Result);
                function = function with { ParameterCount = function.ParameterCount + 1 };
                return null;
            case Opcode.OpFunctionEnd:
                if (state == State.InBlock)
                    return $"block {block.Label} has no terminator";
                if (state == State.Outside)
                    return "OpFunctionEnd outside a function";
                if (function.BlockCount == 0)
                    return $"function {function.Id} has no body: linking is not supported";
                module.FunctionList.Add(function with { EndInstruction = index });
                state = State.Outside;
                EndsLine = true;
                return null;
            case Opcode.OpLabel:
                if (state is not (State.Parameters or State.BetweenBlocks))
                    return state == State.InBlock ? $"block {block.Label} has no terminator" : "OpLabel outside a function";
                state = State.InBlock;
                block = new(i.Result, module.FunctionList.Count, index + 1, -1, -1);
                // Its place in the table is kept from here on; the rest is filled in at the terminator.
                module.BlockList.Add(block);
                function = function with { BlockCount = function.BlockCount + 1 };
                return null;
            case Opcode.OpLine:
            case Opcode.OpNoLine:
                return block.Merge >= 0 && state == State.InBlock ? "no terminator follows the merge instruction" : null;
        }
        return IsInFunction ? AddToBlock(i, index) : null;
    }

    private string? AddToBlock(in Instruction i, int index)
    {
        if (state != State.InBlock)
            return $"{InstructionTable.Name(i.Opcode)} stands outside a block";
        if (IsMerge(i.Opcode))
        {
            if (block.Merge >= 0)
                return "a block has two merge instructions";
            block = block with { Merge = index };
            return null;
        }
        if (IsTerminator(i.Opcode))
        {
            module.BlockList[^1] = block with { Terminator = index };
            state = State.BetweenBlocks;
            EndsLine = true;
            return null;
        }
        return block.Merge >= 0 ? "no terminator follows the merge instruction" : null;
    }
}
