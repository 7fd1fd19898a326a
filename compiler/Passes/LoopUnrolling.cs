using System.Runtime.InteropServices;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Writes small counted loops out. In: a function without unreachable blocks, constants folded. Out: an innermost loop
/// that only its header leaves, after a number of rounds that constants decide, is replaced by that many copies of its
/// blocks and a last copy of its header. Invariant: the copies run in the order of the rounds; loops that may run for
/// longer, or leave elsewhere, or hold a
/// barrier, stay.
/// </summary>
internal sealed partial class LoopUnrolling
{
    /// <summary>Rounds of a loop, and nodes that its copies have together, at most.</summary>
    private const int MaxRounds = 32, MaxNodes = 640;

    [ThreadStatic]
    private static LoopUnrolling? s_current;

    private readonly List<BlockId> _blocks = [], _copies = [];
    private readonly List<ValueId> _operands = [], _entering = [];
    private int[] _map = [], _blockMap = [];
    private PassContext _context = null!;
    private Function _f = null!;

    /// <summary>Blocks from here on are copies that this run made; the analyses know nothing of them.</summary>
    private int _known;

    /// <returns>True where a loop was unrolled: the originals are unreachable now, and there is much to fold.</returns>
    public static bool Run(PassContext context, Function f)
    {
        var pass = s_current ??= new LoopUnrolling();
        pass._context = context;
        pass._f = f;
        context.BuildLoops(f);
        pass._known = f.BlockCount;
        bool any = false;
        // Later loops come first, so that what leads into one is copied after it was sent to its copies.
        for (int loop = 0; loop < context.Loops.Count; loop++)
            any |= pass.Unroll(loop);
        pass._f = null!;
        if (any)
        {
            context.Flow.Build(f);
            DeadCodeElimination.RemoveUnreachable(context.Flow, f);
        }

        return any;
    }

    private bool Unroll(int loop)
    {
        var header = _context.Loops.Header(loop);
        if (!Collect(loop, out int nodes) || !FindEdges(loop, header, out var entering, out var back, out int inside))
            return false;
        int rounds = CountRounds(header, entering, back, inside);
        if (rounds < 0 || rounds * nodes > MaxNodes || LeaksValues(loop, header, inside))
            return false;
        Copy(loop, header, entering, inside, back, rounds);
        return true;
    }

    /// <summary>The loop's blocks in layout order; false where another loop is inside or nothing may be copied.</summary>
    private bool Collect(int loop, out int nodes)
    {
        _blocks.Clear();
        nodes = 0;
        foreach (var block in _context.Flow.Order)
        {
            if (!_context.Loops.Contains(loop, block))
                continue;
            if (_context.Loops.LoopOf(block) != loop)
                return false;
            _blocks.Add(block);
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                // Each copy of a barrier would be a stretch of its own to the SIMD stage.
                if (++nodes > MaxNodes || _f[id].Op == Op.Barrier)
                    return false;
            }
        }

        return true;
    }

    /// <summary>The one edge in, the one edge back, and the header's target that stays inside.</summary>
    private bool FindEdges(int loop, BlockId header, out Edge entering, out Edge back, out int inside)
    {
        entering = back = default;
        inside = 0;
        int ins = 0, backs = 0;
        foreach (var edge in _context.Flow.Predecessors(header))
        {
            if (_context.Loops.Contains(loop, edge.From))
            {
                back = edge;
                backs++;
            }
            else
            {
                entering = edge;
                ins++;
            }
        }

        var branch = _f.Terminator(header);
        if (ins != 1 || backs != 1 || _f[branch].Op != Op.Branch)
            return false;
        bool first = _context.Loops.Contains(loop, _f[branch].Target0), second = _context.Loops.Contains(loop, _f[branch].Target1);
        inside = first ? 0 : 1;
        if (first == second || (inside == 0 ? _f[branch].Target0 : _f[branch].Target1) == header)
            return false;
        foreach (var block in _blocks)
        {
            var (a, b) = ControlFlow.Successors(_f, block);
            if (block != header && ((!a.IsNone && !_context.Loops.Contains(loop, a)) || (!b.IsNone && !_context.Loops.Contains(loop, b))))
                return false;
            if (a.IsNone)
                return false;
        }

        return true;
    }

    /// <summary>How often the header goes on into the loop; -1 where that is not known, or too often.</summary>
    private int CountRounds(BlockId header, Edge entering, Edge back, int inside)
    {
        var test = _f.Operand(_f.Terminator(header), 0);
        if (_f[test].Op is not (>= Op.IEq and <= Op.SLe))
            return -1;
        ValueId left = _f.Operand(test, 0), right = _f.Operand(test, 1);
        bool onLeft = _f[right].Op == Op.Const;
        if (!onLeft && _f[left].Op != Op.Const)
            return -1;
        var tested = onLeft ? left : right;
        ulong limit = (ulong)_f[onLeft ? right : left].Imm;
        var counter = tested;
        bool offset = _f[tested].Op == Op.IAdd && _f[_f.Operand(tested, 1)].Op == Op.Const;
        if (offset)
            counter = _f.Operand(tested, 0);
        int index = _f.Params(header).IndexOf(counter);
        if (index < 0)
            return -1;
        var start = _f.Arguments(_f.Terminator(entering.From), entering.Target)[index];
        var step = _f.Arguments(_f.Terminator(back.From), back.Target)[index];
        if (_f[start].Op != Op.Const || _f[step].Op is not (Op.IAdd or Op.IMul or Op.Shl or Op.LShr or Op.AShr) ||
            _f.Operand(step, 0) != counter || _f[_f.Operand(step, 1)].Op != Op.Const)
            return -1;

        int bits = _f.TypeOf(counter).Bits;
        ulong value = (ulong)_f[start].Imm, amount = (ulong)_f[_f.Operand(step, 1)].Imm;
        ulong shift = offset ? (ulong)_f[_f.Operand(tested, 1)].Imm : 0;
        for (int rounds = 0; rounds <= MaxRounds; rounds++)
        {
            ulong x = IntegerMath.Mask(value + shift, bits);
            bool holds = IntegerMath.Evaluate(_f[test].Op, bits, onLeft ? x : limit, onLeft ? limit : x) != 0;
            if (holds != (inside == 0))
                return rounds;
            value = IntegerMath.Evaluate(_f[step].Op, bits, value, amount);
        }

        return -1;
    }

    /// <summary>True where a value of the body, header aside, is used outside: no copy could stand for it.</summary>
    private bool LeaksValues(int loop, BlockId header, int inside)
    {
        foreach (var block in _f.Layout)
        {
            bool outside = !Contains(loop, block);
            if (!outside && block != header)
                continue;
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                if (!outside && id != _f[block].Last)
                    continue;
                var operands = outside ? _f.Operands(id) : _f.Arguments(id, 1 - inside);
                foreach (var operand in operands)
                {
                    if (_f[operand].Block != header && Contains(loop, _f[operand].Block))
                        return true;
                }
            }
        }

        return false;
    }

    private void Copy(int loop, BlockId header, Edge entering, int inside, Edge back, int rounds)
    {
        BeginCopies();
        foreach (var argument in _f.Arguments(_f.Terminator(entering.From), entering.Target))
            _entering.Add(argument);

        var head = _f.NewBlock();
        var first = head;
        for (int round = 0; round < rounds; round++)
        {
            foreach (var block in _blocks)
                _blockMap[block.Index] = (block == header ? head : NewCopy(block)).Index + 1;
            CopyNodes(header, header, head);
            CopyHeaderJump(header, head, inside);
            var next = _f.NewBlock();
            _blockMap[header.Index] = next.Index + 1;
            foreach (var block in _blocks)
            {
                if (block != header)
                    CopyBody(block, header, back);
            }

            head = next;
        }

        _blockMap[header.Index] = 0;
        CopyNodes(header, header, head);
        CopyHeaderJump(header, head, 1 - inside);
        ReplaceOutside(loop, header);
        ControlFlowSimplification.SetTarget(_f, _f.Terminator(entering.From), entering.Target, first, []);
        PlaceCopies(header, first);
    }

    private void BeginCopies()
    {
        int nodes = _f.NodeCount, blocks = _f.BlockCount;
        if (_map.Length < nodes)
            _map = new int[nodes * 2];
        if (_blockMap.Length < blocks)
            _blockMap = new int[blocks * 2];
        Array.Clear(_map, 0, nodes);
        Array.Clear(_blockMap, 0, blocks);
        _copies.Clear();
        _entering.Clear();
    }

    /// <summary>Puts the copies in front of the loop; what merged at its header does so at theirs.</summary>
    private void PlaceCopies(BlockId header, BlockId first)
    {
        _f.Layout.InsertRange(_f.Layout.IndexOf(header), CollectionsMarshal.AsSpan(_copies));
        foreach (var block in _f.Layout)
        {
            if (_f[block].Merge == header)
                _f[block].Merge = first;
        }
    }

    private BlockId NewCopy(BlockId block)
    {
        var copy = _f.NewBlock();
        for (int i = 0; i < _f.Params(block).Length; i++)
        {
            var param = _f.Params(block)[i];
            _map[param.Index] = _f.AddParam(copy, _f.TypeOf(param)).Index + 1;
        }

        return copy;
    }

    /// <summary>Copies what a block computes, its terminator aside. The header's parameters become what enters.</summary>
    private void CopyNodes(BlockId block, BlockId header, BlockId copy)
    {
        _copies.Add(copy);
        if (block == header)
        {
            for (int i = 0; i < _entering.Count; i++)
                _map[_f.Params(header)[i].Index] = _entering[i].Index + 1;
        }

        for (var id = _f[block].First; id != _f[block].Last; id = _f[id].Next)
        {
            var node = _f[id];
            _f.CurrentSpirvOffset = node.SpirvOffset;
            var made = _f.NewNode(node.Op, node.Type, Mapped(_f.Operands(id)), node.Imm, node.Aux, node.Flags);
            _f.Append(copy, made);
            _map[id.Index] = made.Index + 1;
        }
    }

    private void CopyHeaderJump(BlockId header, BlockId copy, int target)
    {
        var branch = _f.Terminator(header);
        var to = MappedBlock(target == 0 ? _f[branch].Target0 : _f[branch].Target1);
        _f.Jump(copy, to, Mapped(_f.Arguments(branch, target)));
    }

    private void CopyBody(BlockId block, BlockId header, Edge back)
    {
        var copy = new BlockId(_blockMap[block.Index] - 1);
        CopyNodes(block, header, copy);
        _f[copy].Merge = _f[block].Merge.IsNone || _f[block].Merge == header ? BlockId.None : MappedBlock(_f[block].Merge);
        var terminator = _f.Terminator(block);
        var made = _f.NewNode(_f[terminator].Op, IrType.Void, Mapped(_f.Operands(terminator)), _f[terminator].Imm);
        _f[made].Target0 = MappedBlock(_f[terminator].Target0);
        _f[made].Target1 = _f[terminator].Op == Op.Branch ? MappedBlock(_f[terminator].Target1) : BlockId.None;
        _f.Append(copy, made);
        if (block != back.From)
            return;
        // The next copy of the header has no parameters: what would be passed enters it directly.
        _entering.Clear();
        foreach (var argument in _f.Arguments(made, back.Target))
            _entering.Add(argument);
        _f.SetArguments(made, back.Target, []);
    }

    /// <summary>After the loop, the header's values are those of its last copy.</summary>
    private void ReplaceOutside(int loop, BlockId header)
    {
        foreach (var block in _f.Layout)
        {
            if (Contains(loop, block))
                continue;
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                foreach (ref var operand in _f.Operands(id))
                {
                    if (_f[operand].Block == header)
                        operand = new ValueId(_map[operand.Index] - 1);
                }
            }
        }
    }

    private bool Contains(int loop, BlockId block) =>
        block.Index < _known && _context.Flow.IsReachable(block) && _context.Loops.Contains(loop, block);

    private ReadOnlySpan<ValueId> Mapped(ReadOnlySpan<ValueId> operands)
    {
        _operands.Clear();
        foreach (var operand in operands)
            _operands.Add(operand.Index < _map.Length && _map[operand.Index] != 0 ? new ValueId(_map[operand.Index] - 1) : operand);
        return CollectionsMarshal.AsSpan(_operands);
    }

    private BlockId MappedBlock(BlockId block) =>
        block.Index < _blockMap.Length && _blockMap[block.Index] != 0 ? new BlockId(_blockMap[block.Index] - 1) : block;
}
