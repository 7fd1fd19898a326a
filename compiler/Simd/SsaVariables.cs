using System.Runtime.CompilerServices;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>What a variable is to a loop, at the top of the loop's header.</summary>
internal enum AtHeader : byte
{
    /// <summary>Nothing from before, or from the last iteration, is ever read.</summary>
    Undefined,

    /// <summary>The loop does not write it.</summary>
    Invariant,
    Carried,
}

/// <summary>
/// Variables of the function being made, turned into block parameters as they are read (Braun and others, "Simple and
/// efficient construction of static single assignment form", CC 2013). Invariant: a block that is read from has all its
/// predecessors, but for loop headers between <see cref="Open"/> and <see cref="Seal"/>.
/// </summary>
internal sealed class SsaVariables(Function g)
{
    private readonly List<IrType> _types = [];

    // Per variable: no block that was begun before this one writes it.
    private readonly List<int> _firstWriter = [];

    // Per block: when it was begun, counted from 1, and the innermost loop header that was open then, or -1.
    private int[] _begun = new int[64], _headerOf = new int[64];
    private int _begunCount;
    private readonly List<int> _open = [];
    private readonly PairTable _values = new();
    private readonly List<List<Edge>> _predecessors = [];
    private readonly Dictionary<int, (BlockId Entry, Func<int, AtHeader> Rule, List<(int Variable, ValueId Param)>? Pending)> _headers = [];

    /// <summary>What stands for "no value": a constant of each type.</summary>
    public required Func<IrType, ValueId> Zero { get; init; }

    /// <summary>Leaves the table for the next function; this one must not be used any more.</summary>
    public void Discard() => _values.Discard();

    /// <summary>A variable that any block may write.</summary>
    public int New(IrType type)
    {
        _types.Add(type);
        _firstWriter.Add(0);
        return _types.Count - 1;
    }

    /// <summary>A variable that is written in the last block that was begun, and in later ones only: to read it goes no further
    /// back than that, but from header to header. A kernel of thousands of blocks has thousands of masks that are read for
    /// the first time just before they are written.</summary>
    public int NewHere(IrType type)
    {
        int variable = New(type);
        _firstWriter[variable] = _begunCount;
        return variable;
    }

    /// <summary>To be called for each block in the order in which they are made: those on the ways to it, but for back edges, came before.</summary>
    public void Begin(BlockId block)
    {
        if (block.Index >= _begun.Length)
        {
            int length = Math.Max(block.Index + 1, _begun.Length * 2);
            Array.Resize(ref _begun, length);
            Array.Resize(ref _headerOf, length);
        }

        _begun[block.Index] = ++_begunCount;
        _headerOf[block.Index] = _open.Count > 0 ? _open[^1] : -1;
    }

    public IrType TypeOf(int variable) => _types[variable];

    public void AddEdge(BlockId from, int target, BlockId to)
    {
        while (_predecessors.Count <= to.Index)
            _predecessors.Add([]);
        _predecessors[to.Index].Add(new Edge(from, target));
    }

    public int PredecessorCount(BlockId block) => block.Index < _predecessors.Count ? _predecessors[block.Index].Count : 0;

    /// <summary>Makes a block a loop header whose back edges are still to come.</summary>
    /// <param name="entry">The block in front of it, its only other predecessor.</param>
    public void Open(BlockId header, BlockId entry, Func<int, AtHeader> rule)
    {
        _headers[header.Index] = (entry, rule, []);
        _headerOf[header.Index] = header.Index;
        _open.Add(header.Index);
    }

    public void Write(BlockId block, int variable, ValueId value)
    {
        if (IsBeforeWrites(block, variable))
            throw new InvalidOperationException($"variable {variable} is written in {block}, in front of where it was made");
        _values.Set(block.Index, variable, value);
    }

    /// <summary>The value at the end of a block; None where no way to it writes one.</summary>
    public ValueId Read(BlockId block, int variable)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (_values.TryGet(block.Index, variable, out var known))
            return known;
        if (IsBeforeWrites(block, variable) && _headerOf[block.Index] != block.Index)
            return _headerOf[block.Index] < 0 ? ValueId.None : Read(new BlockId(_headerOf[block.Index]), variable);
        var value = ReadAtTop(block, variable);
        _values.Set(block.Index, variable, value);
        return value;
    }

    /// <summary>Gives the parameters that were read in an open header their values from the back edges.</summary>
    public void Seal(BlockId header)
    {
        var (entry, rule, pending) = _headers[header.Index];
        _headers[header.Index] = (entry, rule, null);
        _open.Remove(header.Index);
        foreach (var (variable, _) in pending!)
            AddArguments(header, variable);
    }

    /// <summary>Neither the block nor one on a way to it from the header around it writes the variable.</summary>
    private bool IsBeforeWrites(BlockId block, int variable) =>
        block.Index < _begun.Length && _begun[block.Index] > 0 && _begun[block.Index] < _firstWriter[variable];

    private ValueId ReadAtTop(BlockId block, int variable)
    {
        if (_headers.TryGetValue(block.Index, out var header))
        {
            switch (header.Rule(variable))
            {
                case AtHeader.Undefined: return ValueId.None;
                case AtHeader.Invariant: return Read(header.Entry, variable);
            }

            var param = g.AddParam(block, _types[variable]);
            _values.Set(block.Index, variable, param);
            if (header.Pending is not null)
                header.Pending.Add((variable, param));
            else
                AddArguments(block, variable);
            return param;
        }

        int count = PredecessorCount(block);
        if (count == 0)
            return ValueId.None;
        var first = Read(_predecessors[block.Index][0].From, variable);
        bool same = true;
        for (int i = 1; i < count; i++)
            same &= Read(_predecessors[block.Index][i].From, variable) == first;
        if (same)
            return first;
        var merged = g.AddParam(block, _types[variable]);
        AddArguments(block, variable);
        return merged;
    }

    private void AddArguments(BlockId block, int variable)
    {
        for (int i = 0; i < _predecessors[block.Index].Count; i++)
        {
            var edge = _predecessors[block.Index][i];
            var value = Read(edge.From, variable);
            g.AddArgument(g.Terminator(edge.From), edge.Target, value.IsNone ? Zero(_types[variable]) : value);
        }
    }
}
