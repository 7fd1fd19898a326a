namespace ShaderJit.Compiler.Ir;

/// <summary>
/// Appends nodes to a block of a function. Constants are made once each and stand in the entry block; ops on constants
/// and trivial identities give no node.
/// </summary>
/// <remarks>Identities on floats are only those that hold for every value, NaN and signed zeros included.</remarks>
public class FunctionBuilder
{
    // By scalar, and 16 more with lanes.
    private readonly Dictionary<long, ValueId>?[] _constants = new Dictionary<long, ValueId>?[32];

    public FunctionBuilder(Function function) => Function = function;

    public Function Function { get; }

    /// <summary>Where new nodes go.</summary>
    public BlockId Block { get; set; }

    // Constants ------------------------------------------------------------------------------------------------------

    /// <summary>A constant by its bits; those above the type's width are dropped.</summary>
    public ValueId Const(IrType type, long bits)
    {
        bits = (long)IntegerMath.Mask((ulong)bits, type.Bits);
        var constants = _constants[(int)type.Scalar | (type.Lanes ? 16 : 0)] ??= [];
        if (constants.TryGetValue(bits, out var known))
            return known;
        int offset = Function.CurrentSpirvOffset;
        Function.CurrentSpirvOffset = 0;
        var id = Function.NewNode(Op.Const, type, [], bits);
        Function.CurrentSpirvOffset = offset;

        // The entry block dominates every use. While it is still open, appending keeps the order of making.
        var last = Function[Function.Entry].Last;
        if (!last.IsNone && OpTable.Info(Function[last].Op).IsTerminator)
            Function.InsertBefore(Function[Function.Entry].First, id);
        else
            Function.Append(Function.Entry, id);
        constants.Add(bits, id);
        return id;
    }

    public ValueId I32(int value) => Const(IrType.I32, value);

    public ValueId I64(long value) => Const(IrType.I64, value);

    public ValueId F32(float value) => Const(IrType.F32, BitConverter.SingleToUInt32Bits(value));

    public ValueId Bool(bool value) => Const(IrType.Bool, value ? 1 : 0);

    /// <summary>The zero of a type: 0, 0.0 or false.</summary>
    public ValueId Zero(IrType type) => Const(type, 0);

    /// <summary>A float constant of the given float type, rounded from double.</summary>
    public ValueId Float(IrType type, double value) => Const(type, type.Scalar switch
    {
        Scalar.F16 => BitConverter.HalfToUInt16Bits((Half)value),
        Scalar.F32 => BitConverter.SingleToUInt32Bits((float)value),
        _ => BitConverter.DoubleToInt64Bits(value),
    });

    /// <summary>True, with the zero-extended bits, where the value is a constant.</summary>
    public bool TryConst(ValueId id, out long bits)
    {
        ref var node = ref Function[id];
        bits = node.Imm;
        return node.Op == Op.Const;
    }

    // Elementwise ops ------------------------------------------------------------------------------------------------

    /// <summary>An op of one operand whose result has the operand's type.</summary>
    public ValueId Unary(Op op, ValueId a, NodeFlags flags = NodeFlags.None) => Elementwise(op, Function.TypeOf(a), a, flags);

    /// <summary>A conversion (Trunc, ZExt, SExt, FToS, ..., Bitcast).</summary>
    public ValueId Convert(Op op, IrType to, ValueId a)
    {
        if (op == Op.Bitcast && Function.TypeOf(a) == to)
            return a;
        return Elementwise(op, to, a, NodeFlags.None);
    }

    /// <summary>An op of two operands of one type, and a result of the same.</summary>
    public virtual ValueId Binary(Op op, ValueId a, ValueId b, NodeFlags flags = NodeFlags.None)
    {
        var type = Function.TypeOf(a);
        bool constA = TryConst(a, out long bitsA), constB = TryConst(b, out long bitsB);
        if (constA && constB && TryEvaluate(op, type, type, bitsA, bitsB, 0, out long bits))
            return Const(type, bits);
        if (!type.IsFloat && (constA || constB || a == b)
            && TryIdentity(op, type, a, b, constA, bitsA, constB, bitsB, out var same))
        {
            return same;
        }

        return Emit(op, type, [a, b], flags: flags);
    }

    /// <summary>A comparison: bool op(T, T).</summary>
    public ValueId Compare(Op op, ValueId a, ValueId b)
    {
        var type = Function.TypeOf(a);
        if (TryConst(a, out long bitsA) && TryConst(b, out long bitsB)
            && TryEvaluate(op, IrType.Bool, type, bitsA, bitsB, 0, out long bits))
        {
            return Bool(bits != 0);
        }

        return Emit(op, IrType.Bool with { Lanes = type.Lanes }, [a, b]);
    }

    /// <summary>a*b + c, rounded once. Of f16 it is rounded to f32 first, where the product is exact: that is nearer than a product and a
    /// sum, which the specification asks for.</summary>
    public virtual ValueId Fma(ValueId a, ValueId b, ValueId c, NodeFlags flags = NodeFlags.None)
    {
        var type = Function.TypeOf(a);
        return type.Scalar == Scalar.F16
            ? Convert(Op.FNarrow, type, EmitFma(Widened(a), Widened(b), Widened(c), flags))
            : EmitFma(a, b, c, flags);

        ValueId Widened(ValueId x) => Convert(Op.FWiden, type with { Scalar = Scalar.F32 }, x);
    }

    private ValueId EmitFma(ValueId a, ValueId b, ValueId c, NodeFlags flags)
    {
        var type = Function.TypeOf(a);
        if (TryConst(a, out long bitsA) && TryConst(b, out long bitsB) && TryConst(c, out long bitsC)
            && TryEvaluate(Op.FFma, type, type, bitsA, bitsB, bitsC, out long bits))
        {
            return Const(type, bits);
        }

        return Emit(Op.FFma, type, [a, b, c], flags: flags);
    }

    /// <summary>a where c, else b.</summary>
    public ValueId Select(ValueId c, ValueId a, ValueId b)
    {
        if (a == b)
            return a;
        if (TryConst(c, out long bits))
            return bits != 0 ? a : b;
        var type = Function.TypeOf(a);
        if (type.Scalar == Scalar.Bool && TryConst(a, out long bitsA) && TryConst(b, out long bitsB))
            return bitsA != 0 && bitsB == 0 ? c : Not(c);
        return Emit(Op.Select, type, [c, a, b]);
    }

    // The commonest by name -----------------------------------------------------------------------------------------

    public ValueId IAdd(ValueId a, ValueId b, NodeFlags flags = NodeFlags.None) => Binary(Op.IAdd, a, b, flags);
    public ValueId ISub(ValueId a, ValueId b) => Binary(Op.ISub, a, b);
    public ValueId IMul(ValueId a, ValueId b, NodeFlags flags = NodeFlags.None) => Binary(Op.IMul, a, b, flags);
    public ValueId And(ValueId a, ValueId b) => Binary(Op.And, a, b);
    public ValueId Or(ValueId a, ValueId b) => Binary(Op.Or, a, b);
    public ValueId Xor(ValueId a, ValueId b) => Binary(Op.Xor, a, b);
    public ValueId Not(ValueId a) => Unary(Op.Not, a);
    public ValueId FAdd(ValueId a, ValueId b, NodeFlags flags = NodeFlags.None) => Binary(Op.FAdd, a, b, flags);
    public ValueId FSub(ValueId a, ValueId b, NodeFlags flags = NodeFlags.None) => Binary(Op.FSub, a, b, flags);
    public ValueId FMul(ValueId a, ValueId b, NodeFlags flags = NodeFlags.None) => Binary(Op.FMul, a, b, flags);
    public ValueId FDiv(ValueId a, ValueId b, NodeFlags flags = NodeFlags.None) => Binary(Op.FDiv, a, b, flags);
    public ValueId FNeg(ValueId a, NodeFlags flags = NodeFlags.None) => Unary(Op.FNeg, a, flags);
    public ValueId FAbs(ValueId a) => Unary(Op.FAbs, a);
    public ValueId Bitcast(IrType to, ValueId a) => Convert(Op.Bitcast, to, a);

    /// <summary>Any other node, as it is, at the end of <see cref="Block"/>.</summary>
    public ValueId Emit(Op op, IrType type, ReadOnlySpan<ValueId> operands, long imm = 0, int aux = 0,
        NodeFlags flags = NodeFlags.None)
    {
        var id = Function.NewNode(op, type, operands, imm, aux, flags);
        Function.Append(Block, id);
        return id;
    }

    private ValueId Elementwise(Op op, IrType type, ValueId a, NodeFlags flags)
    {
        if (TryConst(a, out long bits)
            && TryEvaluate(op, type, Function.TypeOf(a), bits, 0, 0, out long result))
        {
            return Const(type, result);
        }

        // Not(Not(x)), FNeg(FNeg(x)), and a bitcast there and back.
        ref var node = ref Function[a];
        if (op == node.Op && op is Op.Not or Op.FNeg)
            return Function.Operand(a, 0);
        if (op == Op.Bitcast && node.Op == Op.Bitcast)
        {
            var inner = Function.Operand(a, 0);
            if (Function.TypeOf(inner) == type)
                return inner;
            return Emit(Op.Bitcast, type, [inner]);
        }

        return Emit(op, type, [a], flags: flags);
    }

    /// <summary>Evaluates an elementwise op on constants; FRsqrt, which each target rounds its own way, stays.</summary>
    private static bool TryEvaluate(Op op, IrType type, IrType operandType, long a, long b, long c, out long bits)
    {
        bits = 0;
        if (op == Op.FRsqrt || operandType.Scalar == Scalar.Base)
            return false;
        bits = (long)ScalarMath.Evaluate(op, type.Scalar, operandType.Scalar, (ulong)a, (ulong)b, (ulong)c);
        return true;
    }

    private bool TryIdentity(Op op, IrType type, ValueId a, ValueId b, bool constA, long bitsA, bool constB, long bitsB,
        out ValueId same)
    {
        same = a;
        long ones = (long)IntegerMath.Mask(ulong.MaxValue, type.Bits);
        switch (op)
        {
            case Op.IAdd or Op.Or or Op.Xor or Op.UMax:
                if (constB && bitsB == 0)
                    return true;
                if (constA && bitsA == 0)
                {
                    same = b;
                    return true;
                }

                if (op == Op.Or && ((constA && bitsA == ones) || (constB && bitsB == ones)))
                {
                    same = Const(type, ones);
                    return true;
                }

                return op == Op.Or && a == b;
            case Op.ISub or Op.Shl or Op.LShr or Op.AShr:
                return constB && bitsB == 0;
            case Op.IMul:
                if (constB && bitsB == 1)
                    return true;
                same = b;
                if (constA && bitsA == 1)
                    return true;
                same = Const(type, 0);
                return (constA && bitsA == 0) || (constB && bitsB == 0);
            case Op.UDiv or Op.SDiv:
                return constB && bitsB == 1;
            case Op.And:
                if (a == b || (constB && bitsB == ones))
                    return true;
                same = b;
                if (constA && bitsA == ones)
                    return true;
                same = Const(type, 0);
                return (constA && bitsA == 0) || (constB && bitsB == 0);
            case Op.UMin:
                same = Const(type, 0);
                return (constA && bitsA == 0) || (constB && bitsB == 0);
            default:
                return false;
        }
    }
}
