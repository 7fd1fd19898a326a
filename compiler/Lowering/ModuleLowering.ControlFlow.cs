using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Blocks, terminators, OpPhi and function calls.</summary>
internal sealed partial class ModuleLowering
{
    private const int MaxCallDepth = 64;

    /// <summary>One inlining of a function.</summary>
    private sealed class Frame
    {
        public required FunctionPlan Plan { get; init; }

        /// <summary>Where returns go; None for the entry point, whose returns end the invocation.</summary>
        public required BlockId ReturnTo { get; init; }

        /// <summary>By block index less the function's first: the IR block, and predecessors still to come.</summary>
        public required BlockId[] Blocks { get; init; }
        public required int[] Waiting { get; init; }

        /// <summary>Block being lowered.</summary>
        public int Current;

        public BlockId this[int block] => Blocks[block - Plan.Function.FirstBlock];
    }

    private readonly Dictionary<int, FunctionPlan> _plans = [];
    private readonly HashSet<int> _active = [];
    private readonly List<int> _successors = [];
    private Frame _frame = null!;

    /// <summary>Lowers a function's body, from the current block on.</summary>
    private void LowerBody(int functionIndex, BlockId returnTo)
    {
        var plan = PlanOf(functionIndex);
        if (!_active.Add(functionIndex))
            Refusal.Throw("recursion");
        if (_active.Count > MaxCallDepth)
            Refusal.Throw("calls are nested too deeply");
        var outer = _frame;
        _frame = new Frame
        {
            Plan = plan, ReturnTo = returnTo, Blocks = new BlockId[plan.Function.BlockCount],
            Waiting = (int[])plan.Predecessors.Clone(),
        };
        Array.Fill(_frame.Blocks, BlockId.None);
        CountWork(plan.Function.BlockCount);
        _frame.Blocks[0] = _b.Block;
        foreach (int block in plan.Order.AsSpan(1))
        {
            _frame.Blocks[block - plan.Function.FirstBlock] = _f.NewBlock();
            CreatePhis(block);
        }

        foreach (int block in plan.Order)
            LowerBlock(block);
        _active.Remove(functionIndex);
        _frame = outer;
    }

    private FunctionPlan PlanOf(int functionIndex)
    {
        if (!_plans.TryGetValue(functionIndex, out var plan))
            _plans.Add(functionIndex, plan = FunctionPlan.Make(_module, functionIndex));
        return plan;
    }

    private void CreatePhis(int block)
    {
        var info = _module.Blocks[block];
        for (int i = info.First; i < info.Terminator; i++)
        {
            ref readonly var phi = ref _module.Instruction(i);
            if (phi.Opcode is Opcode.OpLine or Opcode.OpNoLine or Opcode.OpNop)
                continue;
            if (phi.Opcode != Opcode.OpPhi)
                break;
            _f.CurrentSpirvOffset = phi.Offset;
            _current = "OpPhi";
            var shape = ShapeOf(phi.ResultType);
            if (shape.Kind == TypeKind.Pointer && shape.Leaves == 0)
                Refusal.Throw("OpPhi of pointers to variables of an invocation");
            var leaves = new ValueId[shape.Leaves];
            for (int k = 0; k < leaves.Length; k++)
                leaves[k] = _f.AddParam(_frame[block], shape.LeafType(k));
            _values.Set(phi.Result, leaves);
        }
    }

    private void LowerBlock(int block)
    {
        var info = _module.Blocks[block];
        _frame.Current = block;
        var start = _frame[block];
        bool isEntry = block == _frame.Plan.Function.FirstBlock;
        if (!isEntry)
        {
            _f.Layout.Add(start);
            _b.Block = start;
            if (_frame.Waiting[block - _frame.Plan.Function.FirstBlock] == 0)
                _ssa.Seal(start);
        }

        AnnotateLoop(info);
        CountWork(info.Terminator - info.First + 1);
        for (int i = info.First; i < info.Terminator; i++)
        {
            ref readonly var instruction = ref _module.Instruction(i);
            _f.CurrentSpirvOffset = instruction.Offset;
            _current = InstructionTable.Name(instruction.Opcode);
            LowerInstruction(instruction);
            CountWork(1);
        }

        ref readonly var terminator = ref _module.Terminator(info);
        _f.CurrentSpirvOffset = terminator.Offset;
        _current = InstructionTable.Name(terminator.Opcode);
        AnnotateSelection(info);
        LowerTerminator(terminator);
        FunctionPlan.Successors(_module, block, _successors);
        foreach (int next in _successors)
        {
            if (--_frame.Waiting[next - _frame.Plan.Function.FirstBlock] == 0 && IsBegun(next))
                _ssa.Seal(_frame[next]);
        }
    }

    /// <summary>True for a block that is in the layout already: the target of a back edge.</summary>
    private bool IsBegun(int block) => !_f[_frame[block]].Last.IsNone;

    private void AnnotateLoop(in BlockInfo info)
    {
        if (info.Merge < 0 || _module.Instruction(info.Merge).Opcode != Opcode.OpLoopMerge)
            return;
        var operands = _module.Operands(_module.Instruction(info.Merge));
        SplitIfHeader();
        _f[_b.Block].Merge = ReachableBlock(operands[0]);
        _f[_b.Block].Continue = ReachableBlock(operands[1]);
    }

    private void AnnotateSelection(in BlockInfo info)
    {
        if (info.Merge < 0 || _module.Instruction(info.Merge).Opcode != Opcode.OpSelectionMerge)
            return;
        SplitIfHeader();
        _f[_b.Block].Merge = ReachableBlock(_module.Operands(_module.Instruction(info.Merge))[0]);
    }

    /// <summary>An inlined function's entry goes on in the caller's block. Where that is a loop's header, a construct of
    /// the function needs a block of its own to be the header.</summary>
    private void SplitIfHeader()
    {
        if (_f[_b.Block].Merge.IsNone)
            return;
        var next = _f.NewBlock();
        Jump(next, []);
        Begin(next);
    }

    /// <summary>Goes on in a block of a construct that ends where the call does, as a selection ends at its merge block.</summary>
    private void EnterConstruct(BlockId merge)
    {
        SplitIfHeader();
        _f[_b.Block].Merge = merge;
        var entry = _f.NewBlock();
        Jump(entry, []);
        Begin(entry);
    }

    private BlockId ReachableBlock(uint label)
    {
        int block = _module.BlockIndexOf(label);
        return block >= 0 ? _frame[block] : BlockId.None;
    }

    /// <summary>Goes on in a block that has all its edges.</summary>
    private void Begin(BlockId block)
    {
        _f.Layout.Add(block);
        _ssa.Seal(block);
        _b.Block = block;
    }

    private void Jump(BlockId to, ReadOnlySpan<ValueId> arguments) =>
        _ssa.AddEdges(_f.Jump(_b.Block, to, arguments));

    private void Branch(ValueId condition, BlockId then, ReadOnlySpan<ValueId> thenArguments, BlockId @else,
        ReadOnlySpan<ValueId> elseArguments) =>
        _ssa.AddEdges(_f.Branch(_b.Block, condition, then, thenArguments, @else, elseArguments));

    private void LowerTerminator(in Instruction terminator)
    {
        var operands = _module.Operands(terminator);
        switch (terminator.Opcode)
        {
            case Opcode.OpBranch:
                Jump(Target(operands[0]), PhiArguments(operands[0]));
                break;
            case Opcode.OpBranchConditional:
                var then = PhiArguments(operands[1]);
                Branch(Leaf(operands[0]), Target(operands[1]), then, Target(operands[2]), PhiArguments(operands[2]));
                break;
            case Opcode.OpSwitch:
                LowerSwitch(terminator);
                break;
            case Opcode.OpReturn when !_frame.ReturnTo.IsNone:
                Jump(_frame.ReturnTo, []);
                break;
            case Opcode.OpReturnValue when !_frame.ReturnTo.IsNone:
                Jump(_frame.ReturnTo, Leaves(operands[0]));
                break;
            case Opcode.OpReturn or Opcode.OpReturnValue or Opcode.OpKill or Opcode.OpTerminateInvocation:
                _b.Emit(Op.Return, IrType.Void, []);
                break;
            case Opcode.OpUnreachable:
                _b.Emit(Op.Unreachable, IrType.Void, []);
                break;
            default:
                Refusal.Throw($"{InstructionTable.Name(terminator.Opcode)} is not supported yet");
                break;
        }
    }

    private BlockId Target(uint label) => _frame[_module.BlockIndexOf(label)];

    /// <summary>What the current block gives the phis of a target, in their order.</summary>
    private ValueId[] PhiArguments(uint label)
    {
        var info = _module.Blocks[_module.BlockIndexOf(label)];
        uint parent = _module.Blocks[_frame.Current].Label;
        List<ValueId>? arguments = null;
        for (int i = info.First; i < info.Terminator; i++)
        {
            ref readonly var phi = ref _module.Instruction(i);
            if (phi.Opcode is Opcode.OpLine or Opcode.OpNoLine or Opcode.OpNop)
                continue;
            if (phi.Opcode != Opcode.OpPhi)
                break;
            var operands = _module.Operands(phi);
            int at = 0;
            while (at + 1 < operands.Length && operands[at + 1] != parent)
                at += 2;
            CountWork(at / 2 + 1);
            if (at + 1 >= operands.Length)
                Refusal.Throw($"OpPhi %{phi.Result} lacks its parent %{parent}");
            arguments ??= [];
            foreach (var leaf in Leaves(operands[at]))
                arguments.Add(leaf);
        }

        return arguments == null ? [] : arguments.ToArray();
    }

    private void LowerCall(in Insn i)
    {
        int callee = _module.FunctionIndexOf(i[0]);
        if (callee < 0)
            Refusal.Throw("the callee is not a function");
        var parameters = _module.Parameters(_module.Functions[callee]);
        if (parameters.Length != i.Count - 1)
            Refusal.Throw("the number of arguments differs from the callee's parameters");
        for (int k = 0; k < parameters.Length; k++)
        {
            Ensure(i[k + 1]);
            _values.Alias(parameters[k], i[k + 1]);
        }

        int offset = _f.CurrentSpirvOffset;
        var shape = ShapeOf(i.Type);
        if (shape.Kind == TypeKind.Pointer && shape.Leaves == 0)
            Refusal.Throw("a function that returns a pointer to a variable of an invocation");
        var after = _f.NewBlock();
        var result = new ValueId[shape.Leaves];
        for (int k = 0; k < result.Length; k++)
            result[k] = _f.AddParam(after, shape.LeafType(k));
        if (PlanOf(callee).ReturnsFromLoops)
            EnterConstruct(after);
        LowerBody(callee, after);
        _f.CurrentSpirvOffset = offset;
        Begin(after);
        _values.Set(i.Result, result);
    }
}
