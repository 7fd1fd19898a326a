using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>Appends nodes to the Simd-level function, folding what masks and addresses make foldable: constants, and
/// masks that are known to be full or empty.</summary>
internal sealed class SimdBuilder
{
    // By scalar, and 16 more with lanes.
    private readonly Dictionary<long, ValueId>?[] _constants = new Dictionary<long, ValueId>?[32];
    private readonly Dictionary<int, ValueId> _splats = [];

    /// <summary>Strides whose products with the lanes' numbers are computed once, in the entry: each lives as long as the kernel.</summary>
    private const int MaxSteps = 128;
    private ValueId _scratch = ValueId.None, _laneIndex = ValueId.None;

    public SimdBuilder(Function g, int laneCount)
    {
        G = g;
        LaneCount = laneCount;
        Current = g.NewBlock();
        g.Layout.Add(Current);
        Variables = new SsaVariables(g) { Zero = Zero };
        Variables.Begin(Current);
    }

    public Function G { get; }
    public int LaneCount { get; }
    public SsaVariables Variables { get; }

    /// <summary>The block that nodes are appended to.</summary>
    public BlockId Current { get; set; }

    /// <summary>A node that new ones are put in front of instead; None to append.</summary>
    public ValueId InsertPoint { get; set; } = ValueId.None;

    public BlockId NewBlock() => G.NewBlock();

    /// <summary>Goes on in a block, which is laid out here.</summary>
    public void Start(BlockId block)
    {
        G.Layout.Add(block);
        Variables.Begin(block);
        Current = block;
    }

    public ValueId Emit(Op op, IrType type, ReadOnlySpan<ValueId> operands, long imm = 0, int aux = 0, NodeFlags flags = NodeFlags.None)
    {
        var id = G.NewNode(op, type, operands, imm, aux, flags);
        if (InsertPoint.IsNone)
            G.Append(Current, id);
        else
            G.InsertBefore(InsertPoint, id);
        return id;
    }

    /// <summary>A constant, in the entry block.</summary>
    public ValueId Const(IrType type, long bits)
    {
        if (type.Bits < 64)
            bits &= (1L << type.Bits) - 1;
        var known = _constants[(int)type.Scalar | (type.Lanes ? 16 : 0)] ??= [];
        if (!known.TryGetValue(bits, out var id))
        {
            id = InEntry(Op.Const, type, bits);
            known.Add(bits, id);
        }

        return id;
    }

    public ValueId I32(long value) => Const(IrType.I32, value);
    public ValueId FullMask => Const(IrType.Mask, 1);
    public ValueId EmptyMask => Const(IrType.Mask, 0);

    public ValueId ScratchBase
    {
        get
        {
            if (_scratch.IsNone)
                _scratch = InEntry(Op.ScratchBase, IrType.Base, 0);
            return _scratch;
        }
    }

    public ValueId LaneIndex
    {
        get
        {
            if (_laneIndex.IsNone)
                _laneIndex = InEntry(Op.LaneIndex, IrType.I32.AsLanes, 0);
            return _laneIndex;
        }
    }

    private ValueId InEntry(Op op, IrType type, long bits)
    {
        var id = G.NewNode(op, type, [], bits);
        G[id].SpirvOffset = 0;
        var last = G[G.Entry].Last;
        if (!last.IsNone && OpTable.Info(G[last].Op).IsTerminator)
            G.InsertBefore(last, id);
        else
            G.Append(G.Entry, id);
        return id;
    }

    private ValueId Zero(IrType type) => type.Scalar == Scalar.Base ? ScratchBase : Const(type, 0);

    public bool IsConst(ValueId id, out long bits)
    {
        bits = G[id].Imm;
        return G[id].Op == Op.Const;
    }

    public bool IsFull(ValueId mask) => G[mask].Op == Op.Const && G[mask].Imm == 1;
    public bool IsEmpty(ValueId mask) => G[mask].Op == Op.Const && G[mask].Imm == 0;

    /// <summary>A uniform value in every lane.</summary>
    public ValueId Lanes(ValueId uniform) => IsConst(uniform, out long bits)
        ? Const(G.TypeOf(uniform).AsLanes, bits)
        : Emit(Op.Splat, G.TypeOf(uniform).AsLanes, [uniform]);

    /// <summary>base + lane * stride in every lane.</summary>
    public ValueId Linear(ValueId first, int stride)
    {
        if (stride == 0)
            return Lanes(first);
        var type = IrType.I32.AsLanes;
        var steps = LaneIndex;
        if (stride != 1 && !_splats.TryGetValue(stride, out steps))
        {
            if (_splats.Count == MaxSteps)
                return Emit(Op.IAdd, type, [Lanes(first), Emit(Op.IMul, type, [LaneIndex, Const(type, stride)])]);
            var point = InsertPoint;
            var last = G[G.Entry].Last;
            var block = Current;
            InsertPoint = !last.IsNone && OpTable.Info(G[last].Op).IsTerminator ? last : ValueId.None;
            Current = G.Entry;
            steps = Emit(Op.IMul, type, [LaneIndex, Const(type, stride)]);
            InsertPoint = point;
            Current = block;
            _splats.Add(stride, steps);
        }

        return IsConst(first, out long bits) && bits == 0 ? steps : Emit(Op.IAdd, type, [Lanes(first), steps]);
    }

    /// <summary>Any elementwise op of two operands of one type.</summary>
    public ValueId Binary(Op op, ValueId a, ValueId b)
    {
        var type = G.TypeOf(a);
        if (type.IsInteger && IsConst(b, out long right))
        {
            bool constant = IsConst(a, out long left);
            if (constant && !type.Lanes && op is not (Op.IEq or Op.INe or Op.ULt or Op.ULe or Op.SLt or Op.SLe))
                return Const(type, (long)ScalarMath.Evaluate(op, type.Scalar, type.Scalar, (ulong)left, (ulong)right));
            switch (op)
            {
                case Op.IAdd or Op.ISub or Op.Or or Op.Xor or Op.Shl or Op.LShr when right == 0:
                case Op.IMul or Op.UDiv when right == 1:
                    return a;
                case Op.IMul when right == 0:
                case Op.URem when right == 1:
                    return Const(type, 0);
            }
        }

        if (op == Op.IAdd && IsConst(a, out long zero) && zero == 0)
            return b;
        bool compare = op is Op.IEq or Op.INe or Op.ULt or Op.ULe or Op.SLt or Op.SLe or Op.FEq or Op.FLt or Op.FLe or Op.FNe;
        return Emit(op, compare ? new IrType(Scalar.Bool, type.Lanes) : type, [a, b]);
    }

    public ValueId And(ValueId a, ValueId b)
    {
        if (a == b || IsFull(b) || IsEmpty(a))
            return a;
        return IsFull(a) || IsEmpty(b) ? b : Emit(Op.And, G.TypeOf(a), [a, b]);
    }

    public ValueId Or(ValueId a, ValueId b)
    {
        if (a == b || IsEmpty(b) || IsFull(a))
            return a;
        return IsEmpty(a) || IsFull(b) ? b : Emit(Op.Or, G.TypeOf(a), [a, b]);
    }

    public ValueId Not(ValueId a) => IsConst(a, out long bits) ? Const(G.TypeOf(a), bits ^ 1) : Emit(Op.Not, G.TypeOf(a), [a]);

    public ValueId Any(ValueId mask) => IsConst(mask, out long bits) ? Const(IrType.Bool, bits) : Emit(Op.MaskAny, IrType.Bool, [mask]);

    public ValueId Select(ValueId condition, ValueId a, ValueId b)
    {
        if (a == b)
            return a;
        return IsConst(condition, out long bits) ? bits != 0 ? a : b : Emit(Op.Select, G.TypeOf(a), [condition, a, b]);
    }

    /// <summary>Ends the current block.</summary>
    public void Jump(BlockId to)
    {
        G.Jump(Current, to, []);
        Variables.AddEdge(Current, 0, to);
    }

    public void Branch(ValueId condition, BlockId then, BlockId @else)
    {
        if (IsConst(condition, out long bits))
        {
            Jump(bits != 0 ? then : @else);
            return;
        }

        G.Branch(Current, condition, then, [], @else, []);
        Variables.AddEdge(Current, 0, then);
        Variables.AddEdge(Current, 1, @else);
    }

    public void Finish(Op terminator) => G.Append(Current, G.NewNode(terminator, IrType.Void, []));
}
