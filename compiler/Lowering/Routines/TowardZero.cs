using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>
/// Arithmetic rounded toward zero (RoundingModeRTZ), made of arithmetic rounded to nearest, because kernels cannot switch
/// the machine's mode and AVX2 has no other. f16 and f32 are computed in f64 and narrowed; where f64 itself rounds, the error of
/// that, which is a float too, tells whether the result is too large by one.
/// </summary>
internal static class TowardZero
{
    /// <summary>FAdd, FSub, FMul or FDiv of two values of one float type.</summary>
    public static ValueId Binary(FunctionBuilder b, Op op, ValueId x, ValueId y)
    {
        var type = b.Function.TypeOf(x);
        if (op == Op.FSub)
            (op, y) = (Op.FAdd, b.FNeg(y));
        if (type.Bits == 64)
        {
            return op switch
            {
                Op.FAdd => WideSum(b, x, y),
                Op.FMul => WideProduct(b, x, y),
                _ => WideQuotient(b, x, y),
            };
        }

        // A quotient of two f32 is never so near to an f32 that f64 rounds it to that.
        ValueId a = b.Convert(Op.FWiden, IrType.F64, x), c = b.Convert(Op.FWiden, IrType.F64, y);
        if (op != Op.FAdd)
            return Narrow(b, type, b.Binary(op, a, c, NodeFlags.Precise));
        var (sum, error) = Sum(b, a, c);
        var narrow = Narrow(b, type, sum);
        var same = b.Compare(Op.FEq, b.Convert(Op.FWiden, IrType.F64, narrow), sum);
        return StepIf(b, narrow, b.And(same, Opposite(b, error, sum)));
    }

    /// <summary>To a narrower float type: the nearest number, or the one before it where that is larger than x.</summary>
    public static ValueId Narrow(FunctionBuilder b, IrType to, ValueId x)
    {
        var nearest = b.Convert(Op.FNarrow, to, x);
        var larger = b.Compare(Op.FLt, b.FAbs(x), b.FAbs(b.Convert(Op.FWiden, b.Function.TypeOf(x), nearest)));
        return StepIf(b, nearest, larger);
    }

    /// <summary>An integer to a float type: its magnitude without the bits that the significand has no room for.</summary>
    public static ValueId FromInteger(FunctionBuilder b, IrType to, ValueId x, bool signed)
    {
        var type = b.Function.TypeOf(x);
        int room = to.Bits switch { 16 => 11, 32 => 24, _ => 53 };
        if (type.Bits <= room)
            return b.Convert(signed ? Op.SToF : Op.UToF, to, x);
        var negative = signed ? b.Compare(Op.SLt, x, b.Zero(type)) : b.Bool(false);
        var magnitude = b.Select(negative, b.ISub(b.Zero(type), x), x);
        var excess = b.ISub(b.Const(type, type.Bits - room), b.Unary(Op.Clz, magnitude));
        excess = b.Binary(Op.SMax, excess, b.Zero(type));
        magnitude = b.Binary(Op.Shl, b.Binary(Op.LShr, magnitude, excess), excess);
        if (to.Bits == 16)
            magnitude = b.Binary(Op.UMin, magnitude, b.Const(type, 65504));
        var result = b.Convert(Op.UToF, to, magnitude);
        return b.Select(negative, b.FNeg(result), result);
    }

    private static ValueId WideSum(FunctionBuilder b, ValueId x, ValueId y)
    {
        var (sum, error) = Sum(b, x, y);
        return StepIf(b, sum, b.Or(Opposite(b, error, sum), Overflows(b, sum, x, y)));
    }

    private static ValueId WideProduct(FunctionBuilder b, ValueId x, ValueId y)
    {
        // The error of a product near the smallest numbers is too small for a float, so it is taken of one times 2^200.
        var product = b.FMul(x, y, NodeFlags.Precise);
        var scale = ScaleOfSmall(b, product);
        var large = b.FMul(x, scale, NodeFlags.Precise);
        var high = b.FMul(large, y, NodeFlags.Precise);
        var low = b.Fma(large, y, b.FNeg(high), NodeFlags.Precise);
        var more = b.FSub(high, b.FMul(product, scale, NodeFlags.Precise), NodeFlags.Precise);
        var error = b.FAdd(more, low, NodeFlags.Precise);
        return StepIf(b, product, b.Or(Opposite(b, error, product), Overflows(b, product, x, y)));
    }

    private static ValueId WideQuotient(FunctionBuilder b, ValueId x, ValueId y)
    {
        var quotient = b.FDiv(x, y, NodeFlags.Precise);
        var scale = ScaleOfSmall(b, x);
        ValueId numerator = b.FMul(x, scale, NodeFlags.Precise), divisor = b.FMul(y, scale, NodeFlags.Precise);
        var rest = b.Fma(b.FNeg(quotient), divisor, numerator, NodeFlags.Precise);
        var finite = b.Compare(Op.FNe, y, b.Zero(IrType.F64));
        var overflows = b.And(finite, Overflows(b, quotient, x, x));
        return StepIf(b, quotient, b.Or(Opposite(b, rest, x), overflows));
    }

    /// <summary>The sum rounded to nearest, and what it lacks, exactly: Dekker's Fast2Sum, which takes the larger operand first
    /// and overflows only where the sum does.</summary>
    private static (ValueId Sum, ValueId Error) Sum(FunctionBuilder b, ValueId x, ValueId y)
    {
        var less = b.Compare(Op.FLt, b.FAbs(x), b.FAbs(y));
        ValueId large = b.Select(less, y, x), small = b.Select(less, x, y);
        var sum = b.FAdd(large, small, NodeFlags.Precise);
        var added = b.FSub(sum, large, NodeFlags.Precise);
        return (sum, b.FSub(small, added, NodeFlags.Precise));
    }

    private static ValueId ScaleOfSmall(FunctionBuilder b, ValueId x)
    {
        var small = b.Compare(Op.FLt, b.FAbs(x), b.Float(IrType.F64, Math.ScaleB(1, -900)));
        return b.Select(small, b.Float(IrType.F64, Math.ScaleB(1, 200)), b.Float(IrType.F64, 1));
    }

    /// <summary>An infinite result of finite operands.</summary>
    private static ValueId Overflows(FunctionBuilder b, ValueId result, ValueId x, ValueId y)
    {
        var infinity = b.Float(IrType.F64, double.PositiveInfinity);
        var finite = b.And(b.Compare(Op.FLt, b.FAbs(x), infinity), b.Compare(Op.FLt, b.FAbs(y), infinity));
        return b.And(finite, b.Compare(Op.FEq, b.FAbs(result), infinity));
    }

    /// <summary>Both have a sign, and not the same; false for NaN.</summary>
    private static ValueId Opposite(FunctionBuilder b, ValueId x, ValueId y)
    {
        var zero = b.Zero(b.Function.TypeOf(x));
        var less = b.And(b.Compare(Op.FLt, x, zero), b.Compare(Op.FLt, zero, y));
        return b.Or(less, b.And(b.Compare(Op.FLt, zero, x), b.Compare(Op.FLt, y, zero)));
    }

    /// <summary>The float before x, toward zero, where c. That of infinity is the largest number.</summary>
    private static ValueId StepIf(FunctionBuilder b, ValueId x, ValueId c)
    {
        var type = b.Function.TypeOf(x);
        var whole = ShapeTable.IntegerOf(type.Bits);
        return b.Select(c, b.Bitcast(type, b.ISub(b.Bitcast(whole, x), b.Const(whole, 1))), x);
    }
}
