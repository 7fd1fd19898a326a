using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Gives small loops around accesses to buffers a second version for the turns in which no lane is out of bounds: comparisons of
/// the lanes of a row (x, x + s, x + 2s ...) with a limit become one question to scalars, whether x is less than the limit less the length
/// of the row, and behind it there are no masks. In: Simd level, invariant nodes in front of their loops. Out: a turn begins
/// with the questions; where one says no, it is the original's, with its masks. Invariant: values are the same; the original runs
/// exactly the turns for which some lane fails a comparison.
/// </summary>
/// <remarks>
/// <para>Rows that lie one behind the other, as those of subgroups side by side do, share a question, and so do limits: the least
/// of them, made outside of the loop, decides.</para>
/// <para>A loop that carries masks (of the lanes that are still in it) is entered with full ones, and keeps them in the second
/// version. Once a question has said no, the original goes on to the end; without such masks each turn asks anew.</para>
/// </remarks>
internal sealed partial class LoopVersioning
{
    /// <summary>Nodes of a loop, at most; and of those, for each that makes a mask which the second version need not. Compile time grows
    /// with the nodes, and what masks cost is lost among many others.</summary>
    private const int MaxNodes = 200, NodesPerMask = 4;

    /// <summary>A store that needs no mask counts as so many masks: on Zen 5 stores with one wait for their lines one after the other,
    /// and what transposes a matrix takes three times as long.</summary>
    private const int MasksPerStore = 4;

    /// <summary>Questions of a loop, at most.</summary>
    private const int MaxQuestions = 4;

    /// <summary>Numbers from the first of the rows that share a question to the end of the last, at most.</summary>
    private const int MaxSpan = 1 << 14;

    private const int MaxDepth = 8;
    private const uint Bias = 0x80000000;

    /// <summary>A comparison that has one outcome in all lanes if all numbers of a row are below a limit.</summary>
    /// <param name="First">i32: lane 0's, less <paramref name="Constant"/>.</param>
    /// <param name="Limit">i32 from outside of the loop, or None for a constant one.</param>
    /// <param name="Added">2^31 where numbers are signed, as those plus 2^31 are ordered like unsigned ones; else 0.</param>
    private readonly record struct Row(ValueId Compare, ValueId First, uint Constant, int Stride, ValueId Limit, uint LimitConstant,
        uint Added, bool Outcome);

    /// <summary>Rows whose first numbers differ by constants.</summary>
    private sealed class Question
    {
        public readonly LinearForm Form = new();
        public readonly List<(int Row, int Distance)> Rows = [];

        /// <summary>The row that begins first, and where from the one that the distances are measured from.</summary>
        public int First, Least;
    }

    [ThreadStatic]
    private static LoopVersioning? s_current;

    private readonly List<BlockId> _headers = [], _blocks = [];
    private readonly List<Row> _rows = [];
    private readonly List<Question> _questions = [];
    private readonly List<ValueId> _full = [];
    private readonly LinearForm _form = new();

    /// <summary>What a lanes.bool or bool is in the second version: 1 unknown, 2 false, 3 true; 0 where nobody asked.</summary>
    private byte[] _known = [];
    private PassContext _context = null!;
    private Function _f = null!;
    private int _laneCount, _loop;
    private Edge _entering;

    public static void Run(PassContext context, Function f, int laneCount)
    {
        context.BuildLoops(f);
        if (context.Loops.Count == 0)
            return;
        var pass = s_current ??= new LoopVersioning();
        pass._context = context;
        pass._f = f;
        pass._laneCount = laneCount;
        pass.FindInnermost();
        foreach (var header in pass._headers)
        {
            if (pass.Choose(header))
            {
                pass.MakeVersion(header);
                context.BuildLoops(f);
            }
        }

        pass._f = null!;
    }

    /// <summary>Whether there is anything to ask about: an access to a row of a buffer that has a mask.</summary>
    public static bool HasMasks(Function f)
    {
        foreach (var block in f.Layout)
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                if (IsMasked(f, id))
                    return true;
            }
        }

        return false;
    }

    private static bool IsMasked(Function f, ValueId id) =>
        f[id].Op is Op.LoadContiguous or Op.StoreContiguous or Op.LoadStrided or Op.StoreStrided
        && f[f.Operand(id, 0)].Op == Op.BufferBase && f[f.Operands(id)[^1]].Op != Op.Const;

    private void FindInnermost()
    {
        var loops = _context.Loops;
        _headers.Clear();
        for (int loop = 0; loop < loops.Count; loop++)
        {
            bool isInnermost = true;
            for (int inner = 0; inner < loop; inner++)
                isInnermost &= loops.Parent(inner) != loop;
            if (isInnermost)
                _headers.Add(loops.Header(loop));
        }
    }

    /// <summary>Whether a loop is worth a second version. Fills _blocks, _rows, _full and _questions.</summary>
    private bool Choose(BlockId header)
    {
        _loop = _context.Loops.LoopOf(header);
        if (!Collect(out int nodes) || !FindEntry(header))
            return false;
        FindRows();
        if (_rows.Count == 0 || !FindQuestions())
            return false;
        AssumeFull(header);
        return IsWorthIt(nodes);
    }

    private bool IsInside(BlockId block) => _context.Flow.IsReachable(block) && _context.Loops.Contains(_loop, block);

    private bool IsInside(ValueId value) => IsInside(_f[value].Block);

    private bool Collect(out int nodes)
    {
        _blocks.Clear();
        nodes = 0;
        bool hasAccess = false;
        foreach (var block in _context.Flow.Order)
        {
            if (!_context.Loops.Contains(_loop, block))
                continue;
            _blocks.Add(block);
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                hasAccess |= IsMasked(_f, id);
                if (++nodes > MaxNodes)
                    return false;
            }
        }

        return hasAccess;
    }

    private bool FindEntry(BlockId header)
    {
        int count = 0;
        foreach (var edge in _context.Flow.Predecessors(header))
        {
            if (IsInside(edge.From))
                continue;
            _entering = edge;
            count++;
        }

        return count == 1;
    }

    private void FindRows()
    {
        _rows.Clear();
        foreach (var block in _blocks)
        {
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                if (_f[id].Op is not (Op.ULt or Op.ULe or Op.SLt or Op.SLe) || _f.TypeOf(_f.Operand(id, 0)) != IrType.I32.AsLanes)
                    continue;
                // Row below limit, or limit not above row.
                bool isLess = _f[id].Op is Op.ULt or Op.SLt;
                ValueId row = _f.Operand(id, isLess ? 0 : 1), limit = _f.Operand(id, isLess ? 1 : 0);
                uint added = _f[id].Op is Op.SLt or Op.SLe ? Bias : 0;
                ValueId first = ValueId.None;
                uint constant = 0;
                int stride = 0;
                if (!AddTerms(row, ref first, ref constant, ref stride) || first.IsNone || stride is <= 0 or > MaxSpan / 32 || IsOutside(first))
                    continue;
                if (_f[limit].Op == Op.Const)
                    _rows.Add(new Row(id, first, constant, stride, ValueId.None, (uint)_f[limit].Imm, added, isLess));
                else if (_f[limit].Op == Op.Splat && IsOutside(_f.Operand(limit, 0)))
                    _rows.Add(new Row(id, first, constant, stride, _f.Operand(limit, 0), 0, added, isLess));
            }
        }
    }

    private bool IsOutside(ValueId value) => !IsInside(value);

    /// <summary>Lanes as a scalar plus a constant plus the lane's number times a stride.</summary>
    private bool AddTerms(ValueId value, ref ValueId first, ref uint constant, ref int stride)
    {
        ref var node = ref _f[value];
        switch (node.Op)
        {
            case Op.Const:
                constant += (uint)node.Imm;
                return true;
            case Op.LaneIndex:
                stride++;
                return true;
            case Op.Splat when first.IsNone:
                first = _f.Operand(value, 0);
                return true;
            case Op.Shl or Op.IMul when _f[_f.Operand(value, 0)].Op == Op.LaneIndex && _f[_f.Operand(value, 1)].Op == Op.Const:
                int by = (int)_f[_f.Operand(value, 1)].Imm;
                stride += node.Op == Op.IMul ? by : 1 << (by & 31);
                return true;
            case Op.IAdd:
                ValueId other = _f.Operand(value, 1);
                return _f[other].Op != Op.IAdd && AddTerms(_f.Operand(value, 0), ref first, ref constant, ref stride)
                    && AddTerms(other, ref first, ref constant, ref stride);
            default:
                return false;
        }
    }

    /// <summary>Groups the rows; false where they are too many kinds. Rows that no scalar code could ask about are dropped.</summary>
    private bool FindQuestions()
    {
        _questions.Clear();
        for (int i = _rows.Count - 1; i >= 0; i--)
        {
            if (!MayMove(_rows[i].First, 0))
                _rows.RemoveAt(i);
        }

        for (int i = 0; i < _rows.Count; i++)
        {
            var row = _rows[i];
            _form.Set(_f, row.First);
            uint constant = _form.Constant + row.Constant + row.Added;
            bool isAdded = false;
            foreach (var question in _questions)
            {
                var origin = _rows[question.Rows[0].Row];
                int distance = (int)(constant - question.Form.Constant - origin.Constant - origin.Added);
                if (isAdded || !question.Form.HasTermsOf(_form) || distance is < -MaxSpan / 2 or > MaxSpan / 2)
                    continue;
                question.Rows.Add((i, distance));
                if (distance < question.Least)
                    (question.First, question.Least) = (i, distance);
                isAdded = true;
            }

            if (isAdded)
                continue;
            if (_questions.Count == MaxQuestions)
                return false;
            var asked = new Question { First = i };
            asked.Form.Set(_f, row.First);
            asked.Rows.Add((i, 0));
            _questions.Add(asked);
        }

        return _questions.Count > 0;
    }

    /// <summary>A scalar that can be computed at the start of a turn: from the header's parameters and what is outside.</summary>
    private bool MayMove(ValueId value, int depth)
    {
        if (IsOutside(value))
            return true;
        ref var node = ref _f[value];
        if (node.Op == Op.Param)
            return node.Block == _context.Loops.Header(_loop);
        if (depth == MaxDepth || !OpTable.Info(node.Op).IsPure)
            return false;
        foreach (var operand in _f.Operands(value))
        {
            if (!MayMove(operand, depth + 1))
                return false;
        }

        return true;
    }

    /// <summary>Masks that the loop is entered with full and that are full again after each turn of the second version.</summary>
    private void AssumeFull(BlockId header)
    {
        var parameters = _f.Params(header);
        var entering = _f.Arguments(_f.Terminator(_entering.From), _entering.Target);
        _full.Clear();
        for (int i = 0; i < parameters.Length; i++)
        {
            if (_f.TypeOf(parameters[i]) == IrType.Mask && _f[entering[i]].Op == Op.Const && _f[entering[i]].Imm != 0)
                _full.Add(parameters[i]);
        }

        bool changed;
        do
        {
            ForgetKnown();
            changed = false;
            for (int i = 0; i < parameters.Length; i++)
            {
                int at = _full.IndexOf(parameters[i]);
                if (at < 0)
                    continue;
                foreach (var edge in _context.Flow.Predecessors(header))
                {
                    if (!IsInside(edge.From) || Known(_f.Arguments(_f.Terminator(edge.From), edge.Target)[i]) == true)
                        continue;
                    _full.RemoveAt(at);
                    changed = true;
                    break;
                }
            }
        }
        while (changed);
    }

    private void ForgetKnown()
    {
        if (_known.Length < _f.NodeCount)
            _known = new byte[_f.NodeCount * 2];
        Array.Clear(_known, 0, _f.NodeCount);
        foreach (var row in _rows)
            _known[row.Compare.Index] = Code(row.Outcome);
        foreach (var param in _full)
            _known[param.Index] = Code(true);
    }

    private static byte Code(bool? known) => known switch { null => 1, false => 2, true => 3 };

    /// <summary>What a bool or mask is wherever the questions were answered with yes; null where that is not known.</summary>
    private bool? Known(ValueId value)
    {
        ref var node = ref _f[value];
        if (node.Op == Op.Const)
            return node.Imm != 0;
        if (node.Type.Scalar != Scalar.Bool)
            return null;
        if (_known[value.Index] == 0)
        {
            _known[value.Index] = Code(null);
            _known[value.Index] = Code(IsOutside(value) ? null : Evaluate(value));
        }

        return _known[value.Index] == Code(null) ? null : _known[value.Index] == Code(true);
    }

    private bool? Evaluate(ValueId value)
    {
        switch (_f[value].Op)
        {
            case Op.And or Op.Or when _f.TypeOf(value).Scalar == Scalar.Bool:
                bool decides = _f[value].Op == Op.Or;
                bool? a = Known(_f.Operand(value, 0)), b = Known(_f.Operand(value, 1));
                return a == decides || b == decides ? decides : a is null || b is null ? null : !decides;
            case Op.Not:
                return !Known(_f.Operand(value, 0));
            case Op.MaskAny or Op.MaskAll or Op.Splat:
                return Known(_f.Operand(value, 0));
            default:
                return null;
        }
    }

    /// <summary>An access to a buffer that has a mask in the original and none in the second version.</summary>
    private bool IsUnmasked(ValueId id) => IsMasked(_f, id) && Known(_f.Operands(id)[^1]) == true;

    private bool IsWorthIt(int nodes)
    {
        int saved = 0;
        bool any = false;
        foreach (var block in _blocks)
        {
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                bool isUnmasked = IsUnmasked(id);
                any |= isUnmasked;
                if (isUnmasked && _f[id].Op is Op.StoreContiguous)
                    saved += MasksPerStore;
                else if (isUnmasked && _f[id].Op is Op.LoadContiguous)
                    saved++;
                else if (_f[id].Type.Scalar == Scalar.Bool && Known(id) is not null)
                    saved++;
            }
        }

        return any && saved * NodesPerMask >= nodes;
    }
}
