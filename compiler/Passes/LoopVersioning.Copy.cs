using System.Runtime.InteropServices;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>The making of the second version.</summary>
internal sealed partial class LoopVersioning
{
    /// <summary>Bytes that the displacement of an access may make up for, at most.</summary>
    private const int MaxDisplacement = 1 << 14;

    /// <summary>The offset of an access in the second version, from which others' differ by constants.</summary>
    private readonly record struct KnownOffset(LinearForm Form, BlockId Block, ValueId Copy);

    private readonly List<BlockId> _made = [];
    private readonly List<ValueId> _operands = [];
    private readonly List<KnownOffset> _offsets = [];
    private int[] _map = [], _blockMap = [];
    private BlockId _header, _asking;
    private ValueId _true, _false;

    private void MakeVersion(BlockId header)
    {
        int nodes = _f.NodeCount, blocks = _f.BlockCount;
        if (_map.Length < nodes)
            _map = new int[nodes * 2];
        if (_blockMap.Length < blocks)
            _blockMap = new int[blocks * 2];
        Array.Clear(_map, 0, nodes);
        Array.Clear(_blockMap, 0, blocks);
        _header = header;
        if (!KeepLeaving())
            return;
        _made.Clear();
        _offsets.Clear();
        _f.CurrentSpirvOffset = _f[_f[header].First].SpirvOffset;
        _asking = NewBlock(header);
        var ask = _asking;
        for (int i = 0; i < _questions.Count; i++)
        {
            var room = Room(_questions[i]);
            var row = _rows[_questions[i].First];
            var first = Moved(row.First, ask);
            if (row.Constant + row.Added != 0)
                first = Append(ask, Op.IAdd, IrType.I32, first, Constant(ask, IrType.I32, row.Constant + row.Added));
            var inside = _f.NewBlock();
            _f.Branch(ask, Append(ask, Op.ULt, IrType.Bool, first, room), inside, [], header, _f.Params(_asking));
            _made.Add(inside);
            ask = inside;
        }

        // Full masks that enter the loop are the same constant as those that it keeps, so that no parameter is left of them.
        _true = _full.Count > 0 ? EnteringMask() : Constant(ask, IrType.Mask, 1);
        _false = Constant(ask, IrType.Mask, 0);
        foreach (var mask in _full)
            _map[mask.Index] = _true.Index + 1;
        foreach (var block in _blocks)
            _blockMap[block.Index] = (block == header ? ask : NewBlock(block)).Index + 1;
        foreach (var block in _blocks)
            CopyBlock(block);
        Redirect(_entering);
        if (_full.Count == 0)
        {
            foreach (var edge in _context.Flow.Predecessors(header))
            {
                if (edge != _entering)
                    Redirect(edge);
            }
        }

        _f.Layout.InsertRange(_f.Layout.IndexOf(header), CollectionsMarshal.AsSpan(_made));
    }

    private ValueId EnteringMask() =>
        _f.Arguments(_f.Terminator(_entering.From), _entering.Target)[_f.Params(_header).IndexOf(_full[0])];

    private void Redirect(Edge edge)
    {
        var terminator = _f.Terminator(edge.From);
        if (edge.Target == 0)
            _f[terminator].Target0 = _asking;
        else
            _f[terminator].Target1 = _asking;
    }

    /// <summary>Values that are used behind the loop become parameters of the block there, where both versions lead to it.
    /// False where they cannot.</summary>
    private bool KeepLeaving()
    {
        var leaving = _context.Values;
        leaving.Clear();
        foreach (var block in _f.Layout)
        {
            if (IsInside(block))
                continue;
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                foreach (var operand in _f.Operands(id))
                {
                    if (_f[operand].Op != Op.Const && IsInside(operand) && !leaving.Contains(operand))
                        leaving.Add(operand);
                }
            }
        }

        if (leaving.Count == 0)
            return true;
        var exit = FindExit(out bool isUsed);
        if (!isUsed)
            return true;
        if (exit.IsNone)
            return false;
        foreach (var value in leaving)
        {
            var param = _f.AddParam(exit, _f.TypeOf(value));
            foreach (var block in _f.Layout)
            {
                if (IsInside(block))
                    continue;
                for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
                {
                    foreach (ref var operand in _f.Operands(id))
                        operand = operand == value ? param : operand;
                }
            }

            foreach (var edge in _context.Flow.Predecessors(exit))
                _f.AddArgument(_f.Terminator(edge.From), edge.Target, value);
        }

        return true;
    }

    /// <summary>The one block that the loop leads to and nothing else does; None where there are others.</summary>
    /// <param name="isUsed">The second version leaves the loop as well.</param>
    private BlockId FindExit(out bool isUsed)
    {
        var exit = BlockId.None;
        bool isOne = true;
        isUsed = false;
        foreach (var block in _blocks)
        {
            var terminator = _f.Terminator(block);
            var (first, second) = ControlFlow.Successors(_f, block);
            bool? known = second.IsNone ? null : Known(_f.Operand(terminator, 0));
            for (int target = 0; target < 2; target++)
            {
                var to = target == 0 ? first : second;
                if (to.IsNone || IsInside(to))
                    continue;
                isOne &= exit.IsNone || exit == to;
                exit = to;
                isUsed |= known is not { } taken || taken == (target == 0);
            }
        }

        if (!isOne || exit.IsNone)
            return BlockId.None;
        foreach (var edge in _context.Flow.Predecessors(exit))
        {
            if (!IsInside(edge.From))
                return BlockId.None;
        }

        return exit;
    }

    /// <summary>i32, made outside of the loop: what the first number of a question's rows must be below.</summary>
    private ValueId Room(Question question)
    {
        var at = _f.Entry;
        foreach (var (index, _) in question.Rows)
        {
            var limit = _rows[index].Limit;
            if (!limit.IsNone && _context.Flow.Position(_f[limit].Block) > _context.Flow.Position(at))
                at = _f[limit].Block;
        }

        var before = _f.Terminator(at);
        var rewriter = _context.Rewriter;
        rewriter.F = _f;
        var room = ValueId.None;
        for (int i = 0; i < question.Rows.Count; i++)
        {
            var row = _rows[question.Rows[i].Row];
            int span = 0;
            bool isFirst = true;
            for (int k = 0; k < question.Rows.Count; k++)
            {
                var (index, distance) = question.Rows[k];
                var other = _rows[index];
                if (other.Limit != row.Limit || other.LimitConstant != row.LimitConstant || other.Added != row.Added)
                    continue;
                isFirst &= k >= i;
                span = Math.Max(span, distance - question.Least + other.Stride * (_laneCount - 1));
            }

            if (!isFirst)
                continue;
            // None where the limit is not that large; a row that is about to wrap is beyond the room as well.
            ValueId own;
            if (row.Limit.IsNone)
            {
                own = rewriter.Constant(before, IrType.I32, Math.Max(row.LimitConstant + row.Added, (uint)span) - (uint)span);
            }
            else
            {
                var limit = row.Limit;
                if (row.Added != 0)
                    limit = rewriter.Insert(before, Op.IAdd, IrType.I32, limit, rewriter.Constant(before, IrType.I32, row.Added));
                var length = rewriter.Constant(before, IrType.I32, (ulong)span);
                own = rewriter.Insert(before, Op.ISub, IrType.I32, rewriter.Insert(before, Op.UMax, IrType.I32, limit, length), length);
            }

            room = room.IsNone ? own : rewriter.Insert(before, Op.UMin, IrType.I32, room, own);
        }

        return room;
    }

    /// <summary>A block of the second version with the parameters of the original.</summary>
    private BlockId NewBlock(BlockId block)
    {
        var copy = _f.NewBlock();
        _made.Add(copy);
        for (int i = 0; i < _f.Params(block).Length; i++)
        {
            var param = _f.Params(block)[i];
            _map[param.Index] = _f.AddParam(copy, _f.TypeOf(param)).Index + 1;
        }

        return copy;
    }

    private ValueId Constant(BlockId block, IrType type, uint bits)
    {
        var id = _f.NewNode(Op.Const, type, [], bits);
        _f.Append(block, id);
        return id;
    }

    private ValueId Append(BlockId block, Op op, IrType type, ValueId a, ValueId b)
    {
        var id = _f.NewNode(op, type, [a, b]);
        _f.Append(block, id);
        return id;
    }

    /// <summary>A scalar of the turn, computed at its start.</summary>
    private ValueId Moved(ValueId value, BlockId to)
    {
        if (IsOutside(value))
            return value;
        if (_map[value.Index] == 0)
        {
            var node = _f[value];
            Span<ValueId> operands = stackalloc ValueId[_f.Operands(value).Length];
            for (int i = 0; i < operands.Length; i++)
                operands[i] = Moved(_f.Operand(value, i), to);
            var made = _f.NewNode(node.Op, node.Type, operands, node.Imm, node.Aux, node.Flags);
            _f.Append(to, made);
            _map[value.Index] = made.Index + 1;
        }

        return new ValueId(_map[value.Index] - 1);
    }

    private void CopyBlock(BlockId block)
    {
        var copy = new BlockId(_blockMap[block.Index] - 1);
        for (var id = _f[block].First; id != _f[block].Last; id = _f[id].Next)
        {
            // Made for a question.
            if (_map[id.Index] != 0)
                continue;
            var node = _f[id];
            _f.CurrentSpirvOffset = node.SpirvOffset;
            if (node.Type == IrType.Mask && Known(id) is { } known)
            {
                _map[id.Index] = (known ? _true : _false).Index + 1;
                continue;
            }

            var offset = ValueId.None;
            long imm = node.Imm;
            var flags = node.Flags;
            // All lanes make the access, and within a buffer: its offset is less than 2^31.
            if (node.Op is Op.LoadContiguous or Op.StoreContiguous && IsUnmasked(id))
            {
                offset = NearOffset(id, block, ref imm);
                flags |= NodeFlags.NoWrap;
            }

            var made = _f.NewNode(node.Op, node.Type, Mapped(_f.Operands(id)), imm, node.Aux, flags);
            if (!offset.IsNone)
                _f.Operands(made)[1] = offset;
            _f.Append(copy, made);
            _map[id.Index] = made.Index + 1;
        }

        CopyTerminator(block, copy);
    }

    private void CopyTerminator(BlockId block, BlockId copy)
    {
        var terminator = _f.Terminator(block);
        var node = _f[terminator];
        _f.CurrentSpirvOffset = node.SpirvOffset;
        if (node.Op == Op.Branch && Known(_f.Operand(terminator, 0)) is { } known)
        {
            int target = known ? 0 : 1;
            _f.Jump(copy, MappedBlock(known ? node.Target0 : node.Target1), Mapped(_f.Arguments(terminator, target)));
            return;
        }

        var made = _f.NewNode(node.Op, IrType.Void, Mapped(_f.Operands(terminator)), node.Imm, node.Aux, node.Flags);
        _f[made].Target0 = node.Target0.IsNone ? BlockId.None : MappedBlock(node.Target0);
        _f[made].Target1 = node.Target1.IsNone ? BlockId.None : MappedBlock(node.Target1);
        _f.Append(copy, made);
    }

    /// <summary>The offset of an access that differs by a constant, which goes into the displacement; None for the own one.</summary>
    private ValueId NearOffset(ValueId access, BlockId block, ref long displacement)
    {
        var offset = _f.Operand(access, 1);
        if (_f[offset].Op == Op.Const)
            return ValueId.None;
        var form = new LinearForm();
        form.Set(_f, offset);
        foreach (var known in _offsets)
        {
            int distance = (int)(form.Constant - known.Form.Constant);
            if ((known.Block != block && known.Block != _header) || !known.Form.HasTermsOf(form)
                || distance is < -MaxDisplacement or > MaxDisplacement || displacement is < 0 or > int.MaxValue / 2)
            {
                continue;
            }

            displacement += distance;
            return known.Copy;
        }

        _offsets.Add(new KnownOffset(form, block, Mapped(offset)));
        return ValueId.None;
    }

    private ValueId Mapped(ValueId value) =>
        value.Index < _map.Length && _map[value.Index] != 0 ? new ValueId(_map[value.Index] - 1) : value;

    private ReadOnlySpan<ValueId> Mapped(ReadOnlySpan<ValueId> operands)
    {
        _operands.Clear();
        foreach (var operand in operands)
            _operands.Add(Mapped(operand));
        return CollectionsMarshal.AsSpan(_operands);
    }

    /// <summary>A way back goes to the questions.</summary>
    private BlockId MappedBlock(BlockId block) =>
        block == _header ? _asking
        : block.Index < _blockMap.Length && _blockMap[block.Index] != 0 ? new BlockId(_blockMap[block.Index] - 1) : block;
}
