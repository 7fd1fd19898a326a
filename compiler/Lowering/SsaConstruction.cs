using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// Gives scalar variables SSA form while blocks are made: the algorithm of Braun et al., "Simple and Efficient
/// Construction of Static Single Assignment Form" (CC 2013), with block parameters for phis and a work list for its
/// recursion. Superfluous parameters are left to <see cref="ParameterCleanup"/>.
/// </summary>
/// <remarks>
/// A block's edges are told with <see cref="AddEdges"/>; once it has all, it is sealed. A variable that was never written is
/// zero.
/// SPIR-V declares variables at the start of their function, and most are used in a small part of it. So that such a use does
/// not make a parameter in every loop before it, blocks that were finished before a variable's first use, outside of loops that
/// were open then, are known to hold its initial value.
/// </remarks>
internal sealed class SsaConstruction
{
    private readonly FunctionBuilder _builder;
    private readonly Function _f;
    private readonly List<Variable> _variables = [];
    private readonly PairTable _definitions = new();
    private readonly List<List<(ValueId Terminator, int Target)>?> _edges = [];
    private readonly List<bool> _sealed = [];

    /// <summary>Parameters of unsealed blocks, which get their arguments later.</summary>
    private readonly Dictionary<int, List<int>> _incomplete = [];
    private readonly Queue<(BlockId Block, int Variable)> _pending = [];
    private bool _draining;

    /// <summary>By block, its number among finished blocks, from 1 on; 0 for one that has no terminator yet.</summary>
    private readonly List<int> _finished = [];
    private int _finishedCount;

    /// <summary>Headers of loops whose back edge is still to come, outer ones first.</summary>
    private readonly List<BlockId> _open = [];

    /// <param name="Initial">What was written first; None while nothing was.</param>
    /// <param name="Created">Blocks that were finished then.</param>
    /// <param name="Untouched">Blocks numbered up to this hold the initial value; -1 before the first use.</param>
    private record struct Variable(IrType Type, ValueId Initial, int Created, int Untouched);

    public SsaConstruction(FunctionBuilder builder)
    {
        _builder = builder;
        _f = builder.Function;
    }

    /// <summary>Entries kept for definitions: what a lowering's memory use is bounded by, beside its nodes.</summary>
    public int DefinitionCount => _definitions.Count;

    /// <summary>Leaves the table for the next lowering; this one must not be used any more.</summary>
    public void Discard() => _definitions.Discard();

    public int NewVariable(IrType type)
    {
        _variables.Add(new Variable(type, ValueId.None, 0, -1));
        return _variables.Count - 1;
    }

    /// <summary>The first write to a variable is its initialization, and stands before all its uses.</summary>
    public void Write(int variable, BlockId block, ValueId value)
    {
        var state = _variables[variable];
        if (state.Initial.IsNone)
            _variables[variable] = state with { Initial = value, Created = _finishedCount };
        else
            Touch(variable);
        Define(variable, block, value);
    }

    public ValueId Read(int variable, BlockId block)
    {
        Touch(variable);
        var value = Find(variable, block);
        Drain();
        return value;
    }

    private void Define(int variable, BlockId block, ValueId value) => _definitions.Set(block.Index, variable, value);

    /// <summary>Notes a variable's first use.</summary>
    private void Touch(int variable)
    {
        var state = _variables[variable];
        if (state.Untouched >= 0 || state.Initial.IsNone)
            return;
        int untouched = _finishedCount;
        foreach (var header in _open)
        {
            // A loop that was open before the variable was made does not bring it back.
            if (_finished[header.Index] > state.Created)
            {
                untouched = _finished[header.Index] - 1;
                break;
            }
        }

        _variables[variable] = state with { Untouched = untouched };
    }

    /// <summary>Tells the blocks that a new terminator goes to.</summary>
    public void AddEdges(ValueId terminator)
    {
        ref var node = ref _f[terminator];
        if (node.Op is not (Op.Jump or Op.Branch))
            return;
        var block = node.Block;
        EdgesOf(block);
        _finished[block.Index] = ++_finishedCount;
        if (!_sealed[block.Index])
            _open.Add(block);
        EdgesOf(node.Target0).Add((terminator, 0));
        if (node.Op == Op.Branch)
            EdgesOf(node.Target1).Add((terminator, 1));
    }

    /// <summary>True where a terminator of another block goes here.</summary>
    public bool HasEdges(BlockId block) => EdgesOf(block).Count > 0;

    /// <summary>No further edges will come.</summary>
    public void Seal(BlockId block)
    {
        EdgesOf(block);
        _sealed[block.Index] = true;
        if (_finished[block.Index] > 0)
            _open.Remove(block);
        if (_incomplete.Remove(block.Index, out var variables))
        {
            foreach (int variable in variables)
                _pending.Enqueue((block, variable));
            Drain();
        }
    }

    /// <summary>The value at the end of a block, as far as it is made. Walks up while there is one way in; where ways
    /// join, makes a parameter at once and queues its arguments.</summary>
    private ValueId Find(int variable, BlockId block)
    {
        var at = block;
        ValueId value;
        while (!_definitions.TryGet(at.Index, variable, out value))
        {
            var edges = EdgesOf(at);
            if (_finished[at.Index] is > 0 and int number && number <= _variables[variable].Untouched)
            {
                value = _variables[variable].Initial;
                Define(variable, at, value);
                break;
            }

            if (_sealed[at.Index] && edges.Count == 1)
            {
                at = _f[edges[0].Terminator].Block;
                continue;
            }

            if (_sealed[at.Index] && edges.Count == 0)
            {
                value = _builder.Zero(_variables[variable].Type);
            }
            else
            {
                value = _f.AddParam(at, _variables[variable].Type);
                if (_sealed[at.Index])
                    _pending.Enqueue((at, variable));
                else
                    IncompleteOf(at).Add(variable);
            }

            Define(variable, at, value);
            break;
        }

        if (at != block)
            Define(variable, block, value);
        return value;
    }

    private void Drain()
    {
        if (_draining)
            return;
        _draining = true;
        while (_pending.TryDequeue(out var item))
        {
            // By index: an argument found may not add edges, but keep enumeration out of it.
            var edges = EdgesOf(item.Block);
            for (int i = 0; i < edges.Count; i++)
            {
                var (terminator, target) = edges[i];
                var argument = Find(item.Variable, _f[terminator].Block);
                _f.AddArgument(terminator, target, argument);
            }
        }

        _draining = false;
    }

    private List<int> IncompleteOf(BlockId block)
    {
        if (!_incomplete.TryGetValue(block.Index, out var list))
            _incomplete.Add(block.Index, list = []);
        return list;
    }

    private List<(ValueId Terminator, int Target)> EdgesOf(BlockId block)
    {
        while (_edges.Count <= block.Index)
        {
            _edges.Add(null);
            _sealed.Add(false);
            _finished.Add(0);
        }

        return _edges[block.Index] ??= [];
    }
}
