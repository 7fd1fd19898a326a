namespace ShaderJit.Compiler.Ir;

/// <summary>Checks that a function keeps the rules of the IR. For tests and for hunting compiler bugs; nothing about
/// safety rests on it.</summary>
/// <remarks>
/// <para>Checked: the layout holds each live block once, the entry first, and is topological but for back edges, whose
/// targets dominate their sources (reducible flow); the entry has neither parameters nor predecessors; each block ends
/// in its only terminator and its list is linked both ways; operand counts, types, lanes and levels by
/// <see cref="OpTable"/> and <see cref="OpSignatures"/>; arguments match parameters in number and type; operands are
/// defined before use and dominate it; immediates and indices of resources, private arrays and kinds are in range;
/// constants are zero-extended; Merge and Continue name live blocks, which the header dominates: but for the Merge of a
/// loop that only returns leave, where others of the same call may come.</para>
/// <para>Not checked: that NoWrap, ReadOnly and Precise tell the truth; that private indices are clamped and offsets
/// are covered by ok; that a loop's blocks stand together; that convergent ops stand where enough lanes reach
/// them.</para>
/// </remarks>
public sealed class IrVerifier
{
    private readonly Function _f;
    private readonly List<string> _errors = [];
    private readonly ControlFlow _flow = new();
    private readonly DominatorTree _dominators = new();
    private readonly bool[] _inLayout;
    private readonly bool[] _defined;

    private IrVerifier(Function f)
    {
        _f = f;
        _inLayout = new bool[f.BlockCount];
        _defined = new bool[f.NodeCount];
    }

    /// <returns>One line per broken rule; empty when all hold.</returns>
    public static IReadOnlyList<string> Verify(Function f)
    {
        var verifier = new IrVerifier(f);
        if (verifier.CheckLayout() && verifier.CheckBlocks())
            verifier.CheckFlow();
        return verifier._errors;
    }

    private bool CheckLayout()
    {
        if (_f.BlockCount == 0 || _f.Layout.Count == 0 || _f.Layout[0] != _f.Entry)
        {
            Error("the entry is not first in the layout");
            return false;
        }

        foreach (var block in _f.Layout)
        {
            if ((uint)block.Index >= (uint)_f.BlockCount)
                Error($"{block} does not exist");
            else if (_inLayout[block.Index])
                Error($"{block} stands twice in the layout");
            else if (_f[block].Removed)
                Error($"{block} is removed but in the layout");
            else
                _inLayout[block.Index] = true;
        }

        return _errors.Count == 0;
    }

    private bool CheckBlocks()
    {
        if (_f.Params(_f.Entry).Length > 0)
            Error("the entry has parameters");
        foreach (var block in _f.Layout)
        {
            foreach (var param in _f.Params(block))
            {
                if (_f[param].Op != Op.Param || _f[param].Block != block)
                    Error($"{param} is not a parameter of {block}");
                else
                    CheckNode(param);
            }

            CheckList(block);
            CheckTarget(block, _f[block].Merge, "merge");
            CheckTarget(block, _f[block].Continue, "continue");
        }

        return _errors.Count == 0;
    }

    private void CheckList(BlockId block)
    {
        var previous = ValueId.None;
        int steps = 0;
        for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
        {
            if ((uint)id.Index >= (uint)_f.NodeCount || _f[id].Block != block || _f[id].Previous != previous ||
                ++steps > _f.NodeCount)
            {
                Error($"{block}: the list is broken at {id}");
                return;
            }

            if (OpTable.Info(_f[id].Op).IsTerminator != (id == _f[block].Last))
                Error($"{block}: {id} ({OpTable.Info(_f[id].Op).Name}) {(id == _f[block].Last ? "ends the block" : "is not last")}");
            if (_f[id].Op == Op.Param)
                Error($"{block}: parameter {id} is in the list");
            CheckNode(id);
            previous = id;
        }

        if (previous != _f[block].Last || previous.IsNone)
            Error($"{block}: the last node is not the list's end");
    }

    private void CheckNode(ValueId id)
    {
        ref var node = ref _f[id];
        ref readonly var info = ref OpTable.Info(node.Op);
        var operands = _f.Operands(id);
        if (operands.Length < info.MinOperands || (info.MaxOperands >= 0 && operands.Length > info.MaxOperands))
        {
            Error(id, $"{operands.Length} operands");
            return;
        }

        foreach (var operand in operands)
        {
            if ((uint)operand.Index >= (uint)_f.NodeCount || _f.TypeOf(operand).IsVoid)
            {
                Error(id, $"operand {operand} has no value");
                return;
            }
        }

        if (TypeCheck.Check(_f, id) is { } wrong)
            Error(id, wrong);
        CheckImmediates(id, node);
        if (node.Op is Op.Jump or Op.Branch)
            CheckArguments(id, node);
    }

    private void CheckImmediates(ValueId id, in Node node)
    {
        ref readonly var row = ref OpSignatures.Of(node.Op);
        bool auxFits = row.Aux switch
        {
            AuxKind.None => node.Aux == 0,
            AuxKind.Builtin or AuxKind.Atomic or AuxKind.Reduce or AuxKind.Trap => IrText.SuffixOf(row.Aux, node.Aux) is not null,
            AuxKind.Resource => (uint)node.Aux < (uint)_f.Resources.Count,
            AuxKind.PrivateArray => (uint)node.Aux < (uint)_f.PrivateArrays.Count,
            AuxKind.ArgumentOffset => node.Aux >= 0 && node.Aux + node.Type.Bytes <= Abi.ArgumentFrame.Size,
            AuxKind.DiagnosticOffset => node.Aux >= 0 && node.Aux + 4 <= Abi.KernelAbi.DiagnosticBytes,
            AuxKind.Stride => node.Aux != 0,
            _ => throw new InvalidOperationException($"unknown aux kind {row.Aux}"),
        };
        if (!auxFits)
            Error(id, $"aux {node.Aux} is out of range");
        bool immFits = row.Imm switch
        {
            ImmKind.None => node.Imm == 0,
            ImmKind.Bits => node.Type.Bits == 64 || (node.Type.Bits > 0 && (ulong)node.Imm >> node.Type.Bits == 0),
            ImmKind.Displacement => node.Imm is >= int.MinValue and <= int.MaxValue,
            ImmKind.Cluster => node.Imm is >= 0 and <= 64 && (node.Imm & (node.Imm - 1)) == 0,
            ImmKind.ArgumentCount => node.Imm >= 0 && node.Imm < node.OperandCount,
            _ => throw new InvalidOperationException($"unknown imm kind {row.Imm}"),
        };
        if (!immFits)
            Error(id, $"immediate {node.Imm} is out of range");
        if (node.Op is Op.PrivateLoad && auxFits && node.Type != _f.PrivateArrays[node.Aux].Element)
            Error(id, $"element of p{node.Aux} is {_f.PrivateArrays[node.Aux].Element}");
        if (node.Op is Op.PrivateStore && auxFits && _f.TypeOf(_f.Operand(id, 1)) != _f.PrivateArrays[node.Aux].Element)
            Error(id, $"element of p{node.Aux} is {_f.PrivateArrays[node.Aux].Element}");
    }

    private void CheckArguments(ValueId id, in Node node)
    {
        if (node.Op == Op.Branch && (node.Imm < 0 || node.Imm >= node.OperandCount))
            return;
        for (int target = 0; target < (node.Op == Op.Branch ? 2 : 1); target++)
        {
            var to = target == 0 ? node.Target0 : node.Target1;
            if ((uint)to.Index >= (uint)_f.BlockCount || !_inLayout[to.Index])
            {
                Error(id, $"target {to} is not in the layout");
                continue;
            }

            var arguments = _f.Arguments(id, target);
            var parameters = _f.Params(to);
            if (arguments.Length != parameters.Length)
            {
                Error(id, $"{arguments.Length} arguments for the {parameters.Length} parameters of {to}");
                continue;
            }

            for (int i = 0; i < arguments.Length; i++)
            {
                if (_f.TypeOf(arguments[i]) != _f.TypeOf(parameters[i]))
                    Error(id, $"argument {i} of {to} is {_f.TypeOf(arguments[i])}, the parameter {_f.TypeOf(parameters[i])}");
            }
        }
    }

    private void CheckTarget(BlockId block, BlockId target, string role)
    {
        if (!target.IsNone && ((uint)target.Index >= (uint)_f.BlockCount || !_inLayout[target.Index]))
            Error($"{block}: {role} {target} is not in the layout");
    }

    private void CheckFlow()
    {
        _flow.Build(_f);
        _dominators.Build(_flow);
        if (_flow.Predecessors(_f.Entry).Length > 0)
            Error("the entry has predecessors");
        foreach (var block in _flow.Order)
        {
            foreach (var edge in _flow.Predecessors(block))
            {
                if (_flow.Position(edge.From) >= _flow.Position(block) && !_dominators.Dominates(block, edge.From))
                    Error($"{block}: the edge from {edge.From} goes backward but {block} does not dominate it");
            }

            if (_f[block].Continue.IsNone)
                CheckDominated(block, _f[block].Merge, "merge");
            CheckDominated(block, _f[block].Continue, "continue");
            foreach (var param in _f.Params(block))
                _defined[param.Index] = true;
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                foreach (var operand in _f.Operands(id))
                    CheckUse(block, id, operand);
                _defined[id.Index] = true;
            }
        }
    }

    private void CheckUse(BlockId block, ValueId id, ValueId operand)
    {
        var home = _f[operand].Block;
        if (home.IsNone || !_inLayout[home.Index] || !_flow.IsReachable(home))
            Error(id, $"operand {operand} is in no reachable block");
        else if (!_defined[operand.Index] || !_dominators.Dominates(home, block))
            Error(id, $"operand {operand} ({home}) does not dominate its use in {block}");
    }

    private void CheckDominated(BlockId header, BlockId target, string role)
    {
        if (!target.IsNone && _flow.IsReachable(target) && !_dominators.Dominates(header, target))
            Error($"{header} does not dominate its {role} {target}");
    }

    private void Error(ValueId id, string message) => Error($"{IrPrinter.PrintNode(_f, id)}: {message}");

    private void Error(string message) => _errors.Add(message);
}
