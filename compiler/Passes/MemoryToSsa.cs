using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Splits private arrays into values. In: a function without unreachable blocks. Out: an array that only constants index
/// is gone: its loads are replaced by what was stored, block parameters join what comes from several sides (Braun et al.,
/// "Simple and efficient construction of static single assignment form", on a finished graph), and its length is 0.
/// Invariant: elements that were never stored are 0.
/// </summary>
internal sealed class MemoryToSsa
{
    /// <summary>Elements times blocks, at most: bounds time and memory on hostile input.</summary>
    private const int MaxCells = 1 << 16;

    [ThreadStatic]
    private static MemoryToSsa? s_current;

    /// <summary>First variable of each private array; -1 for one that stays.</summary>
    private readonly List<int> _firstVariable = [];
    private readonly List<IrType> _types = [];
    private readonly List<(ValueId Load, int Variable)> _open = [];
    private readonly List<(BlockId Block, int Variable, ValueId Param)> _params = [];

    /// <summary>Index + 1 of the value that a variable has at a block's start or end; 0 where not known.</summary>
    private int[] _atStart = [], _atEnd = [];
    private PassContext _context = null!;
    private Function _f = null!;

    public static void Run(PassContext context, Function f)
    {
        if (f.PrivateArrays.Count == 0)
            return;
        var pass = s_current ??= new MemoryToSsa();
        pass._context = context;
        pass._f = f;
        if (pass.Choose())
            pass.Promote();
        pass._f = null!;
    }

    /// <summary>Numbers the elements of the arrays that go.</summary>
    private bool Choose()
    {
        _firstVariable.Clear();
        _types.Clear();
        for (int i = 0; i < _f.PrivateArrays.Count; i++)
            _firstVariable.Add(_f.PrivateArrays[i].Length > 0 ? 0 : -1);
        foreach (var block in _f.Layout)
        {
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                ref var node = ref _f[id];
                if (node.Op is not (Op.PrivateLoad or Op.PrivateStore))
                    continue;
                ref var index = ref _f[_f.Operand(id, 0)];
                if (index.Op != Op.Const || (ulong)index.Imm >= (ulong)_f.PrivateArrays[node.Aux].Length)
                    _firstVariable[node.Aux] = -1;
            }
        }

        for (int i = 0; i < _firstVariable.Count; i++)
        {
            var array = _f.PrivateArrays[i];
            if (_firstVariable[i] < 0 || ((long)_types.Count + array.Length) * _f.BlockCount > MaxCells)
            {
                _firstVariable[i] = -1;
                continue;
            }

            _firstVariable[i] = _types.Count;
            for (int element = 0; element < array.Length; element++)
                _types.Add(array.Element);
        }

        return _types.Count > 0;
    }

    private void Promote()
    {
        _context.Flow.Build(_f);
        var map = _context.Replacements;
        map.Clear(_f);
        int cells = _types.Count * _f.BlockCount;
        if (_atStart.Length < cells)
        {
            _atStart = new int[cells];
            _atEnd = new int[cells];
        }

        Array.Clear(_atStart, 0, cells);
        Array.Clear(_atEnd, 0, cells);
        _open.Clear();
        _params.Clear();
        foreach (var block in _context.Flow.Order)
            VisitBlock(map, block);
        foreach (var (load, variable) in _open)
        {
            var block = _f[load].Block;
            map.Set(load, map.Resolve(AtStart(block, variable)));
            _f.Unlink(load);
        }

        // The list grows while the arguments of its parameters are looked for.
        for (int i = 0; i < _params.Count; i++)
        {
            var (block, variable, _) = _params[i];
            foreach (var edge in _context.Flow.Predecessors(block))
                _f.AddArgument(_f.Terminator(edge.From), edge.Target, AtEnd(edge.From, variable));
        }

        map.Apply(_f);
        for (int i = 0; i < _firstVariable.Count; i++)
        {
            if (_firstVariable[i] >= 0)
                _f.PrivateArrays[i] = _f.PrivateArrays[i] with { Length = 0 };
        }
    }

    /// <summary>Follows stores to loads within a block; loads of what the block starts with stay open.</summary>
    private void VisitBlock(Replacements map, BlockId block)
    {
        var next = ValueId.None;
        for (var id = _f[block].First; !id.IsNone; id = next)
        {
            next = _f[id].Next;
            ref var node = ref _f[id];
            if (node.Op is not (Op.PrivateLoad or Op.PrivateStore) || _firstVariable[node.Aux] < 0)
                continue;
            int variable = _firstVariable[node.Aux] + (int)_f[_f.Operand(id, 0)].Imm;
            ref int end = ref _atEnd[Cell(block, variable)];
            if (node.Op == Op.PrivateStore)
            {
                end = _f.Operand(id, 1).Index + 1;
                _f.Unlink(id);
            }
            else if (end != 0)
            {
                map.Set(id, map.Resolve(new ValueId(end - 1)));
                _f.Unlink(id);
            }
            else
            {
                // Later loads of the block take this one, and so does whoever asks for the block's end.
                end = id.Index + 1;
                _open.Add((id, variable));
            }
        }
    }

    private ValueId AtEnd(BlockId block, int variable)
    {
        int end = _atEnd[Cell(block, variable)];
        return end != 0 ? _context.Replacements.Resolve(new ValueId(end - 1)) : AtStart(block, variable);
    }

    /// <summary>Goes up single predecessors to a value, the entry or a block where ways meet.</summary>
    private ValueId AtStart(BlockId block, int variable)
    {
        var value = ValueId.None;
        var at = block;
        while (value.IsNone)
        {
            int start = _atStart[Cell(at, variable)];
            var predecessors = _context.Flow.Predecessors(at);
            if (start != 0)
            {
                value = new ValueId(start - 1);
            }
            else if (predecessors.Length == 0)
            {
                value = _f.NewNode(Op.Const, _types[variable], []);
                _f.InsertBefore(_f[_f.Entry].First, value);
            }
            else if (predecessors.Length > 1)
            {
                value = _f.AddParam(at, _types[variable]);
                _params.Add((at, variable, value));
            }
            else
            {
                var from = predecessors[0].From;
                int end = _atEnd[Cell(from, variable)];
                if (end != 0)
                    value = new ValueId(end - 1);
                else
                    at = from;
            }
        }

        // Remembered on the way, so that long chains are walked once.
        for (var walk = block; ; walk = _context.Flow.Predecessors(walk)[0].From)
        {
            _atStart[Cell(walk, variable)] = value.Index + 1;
            if (walk == at)
                return _context.Replacements.Resolve(value);
        }
    }

    private int Cell(BlockId block, int variable) => block.Index * _types.Count + variable;
}
