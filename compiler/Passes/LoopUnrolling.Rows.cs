using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Loops in which each invocation reads a row of its own, element by element (a row of a matrix, a list of neighbours, the
/// non-zeros of a sparse row), get a version of four elements a turn in front of them, whose loads the back end does together
/// ("gathered records"). In: invariants in front of their loops. Out: the new loop runs while four elements are left, the original
/// takes up what remains. Invariant: the same accesses in the same order.
/// </summary>
internal sealed partial class LoopUnrolling
{
    private const int RowElements = 4, RowElementBytes = 4, MaxRowNodes = 60, MaxRowDepth = 12, WidestLanes = 16;

    /// <summary>What an address is besides the counter.</summary>
    [Flags]
    private enum Spread
    {
        /// <summary>The same in all lanes.</summary>
        None = 0,

        /// <summary>Lanes that are neighbours are at neighbouring elements.</summary>
        Contiguous = 1,
        Scattered = 2,

        /// <summary>The counter, once and as a number of elements.</summary>
        Counter = 4,

        /// <summary>The counter in another way.</summary>
        OtherCounter = 8,
    }

    private readonly Dictionary<ValueId, bool> _isVarying = [];
    private ValueId _counter, _start;
    private int _rowLoop;

    /// <returns>True where a loop got such a version: there is something to fold.</returns>
    public static bool RunRows(PassContext context, Function f)
    {
        var pass = s_current ??= new LoopUnrolling();
        pass._context = context;
        pass._f = f;
        context.BuildLoops(f);
        pass._known = f.BlockCount;
        pass._isVarying.Clear();
        bool any = false;
        for (int loop = 0; loop < context.Loops.Count; loop++)
            any |= pass.UnrollRows(loop);
        pass._f = null!;
        return any;
    }

    private bool UnrollRows(int loop)
    {
        var header = _context.Loops.Header(loop);
        _rowLoop = loop;
        // Loads in blocks of their own would not come together.
        if (!Collect(loop, out int nodes) || nodes > MaxRowNodes || _blocks.Count != 2 || !FindEdges(loop, header, out var entering, out var back, out int inside)
            || inside != 0 || !FindCounter(loop, header, entering, back) || !MayRunAhead(header) || !ReadsRows())
        {
            return false;
        }

        CopyRows(header, entering, back);
        return true;
    }

    /// <summary>The header asks whether a counter, which goes up by one, is below a limit from outside.</summary>
    private bool FindCounter(int loop, BlockId header, Edge entering, Edge back)
    {
        var test = _f.Operand(_f.Terminator(header), 0);
        if (_f[test].Op is not (Op.ULt or Op.SLt) || _f[test].Block != header)
            return false;
        _counter = _f.Operand(test, 0);
        var limit = _f.Operand(test, 1);
        int index = _f.Params(header).IndexOf(_counter);
        if (index < 0 || _f.TypeOf(_counter) != IrType.I32 || Contains(loop, _f[limit].Block))
            return false;
        _start = _f.Arguments(_f.Terminator(entering.From), entering.Target)[index];
        var step = _f.Arguments(_f.Terminator(back.From), back.Target)[index];
        return _f[step].Op == Op.IAdd && _f.Operand(step, 0) == _counter && _f[_f.Operand(step, 1)] is { Op: Op.Const, Imm: 1 };
    }

    /// <summary>Nothing in the loop depends on which lanes run together, and the header only computes.</summary>
    private bool MayRunAhead(BlockId header)
    {
        foreach (var block in _blocks)
        {
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                var effect = OpTable.Info(_f[id].Op).Effect;
                if ((effect & Effect.Convergent) != 0 || (block == header && (effect & ~Effect.Terminator) != 0))
                    return false;
            }
        }

        return true;
    }

    private bool ReadsRows()
    {
        foreach (var block in _blocks)
        {
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                if (_f[id].Op != Op.Load || _f[id].Type.Bits != 8 * RowElementBytes || (_f[id].Flags & (NodeFlags.Volatile | NodeFlags.Atomic)) != 0
                    || _f[_f.Operand(id, 0)].Op != Op.BufferBase)
                {
                    continue;
                }

                var spread = SpreadOf(_f.Operand(id, 1), 1, 0);
                if ((spread & (Spread.Counter | Spread.OtherCounter)) == Spread.Counter
                    && ((spread | SpreadOf(_start, RowElementBytes, 0)) & Spread.Scattered) != 0)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <param name="factor">Bytes that one more is.</param>
    private Spread SpreadOf(ValueId value, uint factor, int depth)
    {
        if (value == _counter)
            return factor == RowElementBytes ? Spread.Counter : Spread.OtherCounter;
        ref var node = ref _f[value];
        if (depth < MaxRowDepth)
        {
            switch (node.Op)
            {
                case Op.IAdd:
                    Spread a = SpreadOf(_f.Operand(value, 0), factor, depth + 1), b = SpreadOf(_f.Operand(value, 1), factor, depth + 1);
                    return (a & b & Spread.Counter) != 0 ? Spread.OtherCounter : a | b;
                case Op.Shl when _f[_f.Operand(value, 1)].Op == Op.Const:
                    return SpreadOf(_f.Operand(value, 0), factor << (int)(_f[_f.Operand(value, 1)].Imm & 31), depth + 1);
                case Op.IMul when _f[_f.Operand(value, 1)].Op == Op.Const:
                    return SpreadOf(_f.Operand(value, 0), factor * (uint)_f[_f.Operand(value, 1)].Imm, depth + 1);
            }
        }

        if (Contains(_rowLoop, node.Block))
            return Spread.OtherCounter;
        if (!IsVarying(value, 0))
            return Spread.None;
        return factor == RowElementBytes && node.Op == Op.Builtin ? Spread.Contiguous : Spread.Scattered;
    }

    /// <summary>Whether lanes of a subgroup may differ in a value from outside of the loop.</summary>
    private bool IsVarying(ValueId value, int depth)
    {
        ref var node = ref _f[value];
        switch (node.Op)
        {
            case Op.Builtin:
                var (x, y, _) = _f.LocalSize;
                return (BuiltinValue)node.Aux switch
                {
                    BuiltinValue.LocalIdX or BuiltinValue.LocalIndex or BuiltinValue.SubgroupLane => true,
                    BuiltinValue.LocalIdY => x % WidestLanes != 0,
                    BuiltinValue.LocalIdZ => x * y % WidestLanes != 0,
                    _ => false,
                };
            case Op.Load:
                return IsVarying(_f.Operand(value, 1), depth);
            case Op.Const or Op.Param:
                return false;
        }

        if (depth == MaxRowDepth || !OpTable.Info(node.Op).IsPure)
            return false;
        if (_isVarying.TryGetValue(value, out bool known))
            return known;
        bool varies = false;
        for (int i = 0; i < _f.Operands(value).Length; i++)
            varies |= IsVarying(_f.Operand(value, i), depth + 1);
        _isVarying[value] = varies;
        return varies;
    }

    private void CopyRows(BlockId header, Edge entering, Edge back)
    {
        BeginCopies();
        var head = _f.NewBlock();
        foreach (var param in _f.Params(header))
            _entering.Add(param);
        for (int i = 0; i < _entering.Count; i++)
            _entering[i] = _f.AddParam(head, _f.TypeOf(_entering[i]));
        var parameters = _entering.ToArray();
        var test = _f.Operand(_f.Terminator(header), 0);
        var limit = LimitOfRows(entering.From, test);
        var first = head;
        for (int round = 0; round < RowElements; round++)
        {
            foreach (var block in _blocks)
                _blockMap[block.Index] = (block == header ? head : NewCopy(block)).Index + 1;
            CopyNodes(header, header, head);
            if (round == 0)
                EnterRows(header, head, test, limit, parameters);
            else
                CopyHeaderJump(header, head, 0);
            var next = round == RowElements - 1 ? first : _f.NewBlock();
            _blockMap[header.Index] = next.Index + 1;
            foreach (var block in _blocks)
            {
                if (block != header)
                    CopyBody(block, header, back);
            }

            head = next;
        }

        _f.SetArguments(_f.Terminator(new BlockId(_blockMap[back.From.Index] - 1)), back.Target, _entering.ToArray());
        _blockMap[header.Index] = 0;
        ControlFlowSimplification.SetTarget(_f, _f.Terminator(entering.From), entering.Target, first,
            _f.Arguments(_f.Terminator(entering.From), entering.Target).ToArray());
        PlaceCopies(header, first);
        _f[first].Merge = header;
    }

    /// <summary>Below it there are four elements left: the limit less three, or none.</summary>
    private ValueId LimitOfRows(BlockId before, ValueId test)
    {
        var limit = _f.Operand(test, 1);
        bool isSigned = _f[test].Op == Op.SLt;
        ValueId three = Constant(before, RowElements - 1), least = Constant(before, isSigned ? int.MinValue : 0);
        var enough = Insert(before, _f[test].Op, IrType.Bool, Constant(before, isSigned ? int.MinValue + RowElements - 2 : RowElements - 2), limit);
        return Insert(before, Op.Select, IrType.I32, enough, Insert(before, Op.ISub, IrType.I32, limit, three), least);
    }

    private ValueId Constant(BlockId block, long value)
    {
        var made = _f.NewNode(Op.Const, IrType.I32, [], value);
        _f.InsertBefore(_f.Terminator(block), made);
        return made;
    }

    private ValueId Insert(BlockId block, Op op, IrType type, params ReadOnlySpan<ValueId> operands)
    {
        var made = _f.NewNode(op, type, operands);
        _f.InsertBefore(_f.Terminator(block), made);
        return made;
    }

    private void EnterRows(BlockId header, BlockId head, ValueId test, ValueId limit, ValueId[] parameters)
    {
        var enough = _f.NewNode(_f[test].Op, IrType.Bool, [new ValueId(_map[_counter.Index] - 1), limit]);
        _f.Append(head, enough);
        var branch = _f.Terminator(header);
        var into = MappedBlock(_f[branch].Target0);
        var arguments = Mapped(_f.Arguments(branch, 0)).ToArray();
        _f.Branch(head, enough, into, arguments, header, parameters);
    }
}
