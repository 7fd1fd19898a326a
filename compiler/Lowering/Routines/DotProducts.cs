using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>Dot products of integers. Sums wrap, but for the saturating addition of an accumulator.</summary>
internal static class DotProducts
{
    /// <summary>The sum of the products of components, each extended to the result's type first.</summary>
    public static ValueId Sum(FunctionBuilder b, ReadOnlySpan<ValueId> x, ReadOnlySpan<ValueId> y, IrType type,
        bool signedX, bool signedY)
    {
        var sum = b.Zero(type);
        for (int k = 0; k < x.Length; k++)
            sum = b.IAdd(sum, b.IMul(Extended(b, x[k], type, signedX), Extended(b, y[k], type, signedY)));
        return sum;
    }

    /// <summary>Four signed bytes of x by four unsigned ones of y, as i32.</summary>
    public static ValueId SignedByUnsigned(FunctionBuilder b, ValueId x, ValueId y)
    {
        var sum = b.Zero(IrType.I32);
        for (int shift = 0; shift < 32; shift += 8)
        {
            var signed = b.Binary(Op.AShr, b.Binary(Op.Shl, x, b.I32(24 - shift)), b.I32(24));
            var unsigned = b.And(b.Binary(Op.LShr, y, b.I32(shift)), b.I32(0xFF));
            sum = b.IAdd(sum, b.IMul(signed, unsigned));
        }

        return sum;
    }

    /// <summary>x + y, the nearest number of the type where that overflows.</summary>
    public static ValueId AddSaturating(FunctionBuilder b, ValueId x, ValueId y, bool signed)
    {
        var type = b.Function.TypeOf(x);
        var sum = b.IAdd(x, y);
        if (!signed)
            return b.Select(b.Compare(Op.ULt, sum, x), b.Const(type, -1), sum);
        // Both differ in sign from the sum: the largest number where x is positive, the smallest where it is not.
        var overflow = b.Compare(Op.SLt, b.And(b.Xor(sum, x), b.Xor(sum, y)), b.Zero(type));
        var limit = b.Xor(b.Binary(Op.AShr, x, b.Const(type, type.Bits - 1)), b.Const(type, (1L << (type.Bits - 1)) - 1));
        return b.Select(overflow, limit, sum);
    }

    private static ValueId Extended(FunctionBuilder b, ValueId x, IrType type, bool signed) =>
        b.Function.TypeOf(x) == type ? x : b.Convert(signed ? Op.SExt : Op.ZExt, type, x);
}
