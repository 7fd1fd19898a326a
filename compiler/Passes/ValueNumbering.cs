using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Computes everything once. In: a function without unreachable blocks. Out: constants stand in the entry, once each; a
/// pure node, a load of read-only memory or a trap check that an equal one dominates is replaced by that one; so are
/// loads with no write in between, where both stand in a chain of blocks that each have one predecessor. Invariant: no
/// node moves but constants.
/// </summary>
/// <remarks>One hash table for the function; a candidate counts only if its block dominates. Blocks are visited in layout
/// order, so dominators come first.</remarks>
internal sealed class ValueNumbering
{
    [ThreadStatic]
    private static ValueNumbering? s_current;

    private readonly List<int> _memoryAtEnd = [];
    private int[] _heads = new int[256], _next = [], _hashes = [], _state = [];
    private PassContext _context = null!;
    private Function _f = null!;
    private int _states, _memory;

    public static void Run(PassContext context, Function f)
    {
        var pass = s_current ??= new ValueNumbering();
        pass._context = context;
        pass._f = f;
        pass.Run();
        pass._f = null!;
    }

    private void Run()
    {
        var flow = _context.Flow;
        flow.Build(_f);
        _context.Dominators.Build(flow);
        var map = _context.Replacements;
        map.Clear(_f);
        Reset();
        foreach (var block in flow.Order)
        {
            EnterBlock(flow, block);
            var next = ValueId.None;
            for (var id = _f[block].First; !id.IsNone; id = next)
            {
                next = _f[id].Next;
                map.ResolveOperands(_f, id);
                Visit(map, id);
            }

            _memoryAtEnd[block.Index] = _memory;
        }

        ResolveBackEdges(map);
    }

    /// <summary>What stands for a value dominates it, and so was visited before its uses, but for arguments of back edges.</summary>
    private void ResolveBackEdges(Replacements map)
    {
        var flow = _context.Flow;
        foreach (var block in flow.Order)
        {
            foreach (var edge in flow.Predecessors(block))
            {
                if (flow.Position(edge.From) >= flow.Position(block))
                    map.ResolveOperands(_f, _f.Terminator(edge.From));
            }
        }
    }

    private void Reset()
    {
        int nodes = _f.NodeCount;
        if (_next.Length < nodes)
        {
            int size = Math.Max(nodes, _next.Length * 2);
            _next = new int[size];
            _hashes = new int[size];
            _state = new int[size];
        }

        int heads = _heads.Length;
        while (heads < nodes)
            heads *= 2;
        if (heads > _heads.Length)
            _heads = new int[heads];
        Array.Fill(_heads, -1);
        _memoryAtEnd.Clear();
        for (int i = 0; i < _f.BlockCount; i++)
            _memoryAtEnd.Add(0);
        _states = _memory = 0;
    }

    /// <summary>Memory is as the only predecessor left it, or in a state that is nowhere else.</summary>
    private void EnterBlock(ControlFlow flow, BlockId block)
    {
        var predecessors = flow.Predecessors(block);
        _memory = predecessors.Length == 1 ? _memoryAtEnd[predecessors[0].From.Index] : ++_states;
    }

    private void Visit(Replacements map, ValueId id)
    {
        ref var node = ref _f[id];
        var effect = OpTable.Info(node.Op).Effect;
        if ((effect & (Effect.WritesMemory | Effect.Convergent | Effect.Terminator)) != 0)
        {
            if ((effect & Effect.WritesMemory) != 0 && node.Op != Op.DiagnosticStore)
                _memory = ++_states;
            return;
        }

        if ((node.Flags & (NodeFlags.Volatile | NodeFlags.Atomic)) != 0)
            return;
        bool reads = (effect & Effect.ReadsMemory) != 0 && (node.Flags & NodeFlags.ReadOnly) == 0;
        _state[id.Index] = reads ? _memory : 0;
        if (IntegerRules.IsCommutative(node.Op))
        {
            var operands = _f.Operands(id);
            if (operands[0].Index > operands[1].Index && _f[operands[1]].Op != Op.Const)
                (operands[0], operands[1]) = (operands[1], operands[0]);
        }

        int hash = Hash(id);
        int slot = hash & (_heads.Length - 1);
        for (int at = _heads[slot]; at >= 0; at = _next[at])
        {
            var other = new ValueId(at);
            if (_hashes[at] != hash || !Same(id, other) || !_context.Dominators.Dominates(_f[other].Block, node.Block))
                continue;
            _f[other].Flags = _f[other].Flags & node.Flags | (_f[other].Flags | node.Flags) & NodeFlags.Precise;
            map.Set(id, other);
            _f.Unlink(id);
            return;
        }

        if (node.Op == Op.Const && node.Block != _f.Entry)
        {
            _f.Unlink(id);
            _f.InsertBefore(_f.Terminator(_f.Entry), id);
        }

        _hashes[id.Index] = hash;
        _next[id.Index] = _heads[slot];
        _heads[slot] = id.Index;
    }

    private int Hash(ValueId id)
    {
        ref var node = ref _f[id];
        uint hash = (uint)node.Op | (uint)node.Type.Scalar << 8 | (node.Type.Lanes ? 1u << 16 : 0);
        hash = Mix(hash, (uint)node.Aux);
        hash = Mix(hash, (uint)node.Imm ^ (uint)(node.Imm >> 32));
        hash = Mix(hash, (uint)_state[id.Index]);
        foreach (var operand in _f.Operands(id))
            hash = Mix(hash, (uint)operand.Index);
        return (int)(hash ^ hash >> 15);
    }

    private static uint Mix(uint hash, uint value) => (hash ^ value) * 0x9E3779B1 + (hash >> 13);

    private bool Same(ValueId a, ValueId b)
    {
        ref var x = ref _f[a];
        ref var y = ref _f[b];
        return x.Op == y.Op && x.Type == y.Type && x.Aux == y.Aux && x.Imm == y.Imm &&
            _state[a.Index] == _state[b.Index] && _f.Operands(a).SequenceEqual(_f.Operands(b));
    }
}
