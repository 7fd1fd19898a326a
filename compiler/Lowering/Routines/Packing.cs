using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>Several small numbers in one i32: PackSnorm4x8 and its kin. Component 0 is in the low bits.</summary>
internal static class Packing
{
    /// <summary>Packs 4 x 8 or 2 x 16 bits, normalized: clamped, scaled, rounded to nearest even.</summary>
    public static ValueId PackNorm(FunctionBuilder b, ReadOnlySpan<ValueId> components, bool signed)
    {
        int width = 32 / components.Length;
        float scale = signed ? (1 << (width - 1)) - 1 : (1 << width) - 1;
        var packed = b.I32(0);
        for (int i = 0; i < components.Length; i++)
        {
            var x = Common.Clamp(b, components[i], b.F32(signed ? -1 : 0), b.F32(1));
            x = b.Unary(Op.FRoundEven, b.FMul(x, b.F32(scale)));
            var field = b.And(b.Convert(Op.FToS, IrType.I32, x), b.I32((1 << width) - 1));
            packed = b.Or(packed, b.Binary(Op.Shl, field, b.I32(i * width)));
        }

        return packed;
    }

    /// <summary>The inverse; -2^(n-1) gives -1 as -2^(n-1)+1 does.</summary>
    public static void UnpackNorm(FunctionBuilder b, ValueId packed, Span<ValueId> components, bool signed)
    {
        int width = 32 / components.Length;
        float scale = signed ? (1 << (width - 1)) - 1 : (1 << width) - 1;
        for (int i = 0; i < components.Length; i++)
        {
            // Exactly what a division gives, for each field there is: the product with the reciprocal, and its error
            // once. So the results for the largest fields are exactly 1.
            var field = b.Convert(Op.SToF, IrType.F32, Field(b, packed, i * width, width, signed));
            var reciprocal = b.F32(1 / scale);
            var near = b.FMul(field, reciprocal);
            var x = b.Fma(b.Fma(near, b.F32(-scale), field), reciprocal, near);
            components[i] = signed ? b.Binary(Op.FMax, x, b.F32(-1)) : x;
        }
    }

    /// <param name="flush">Denormals of f16 become zeros of their sign, here and below.</param>
    public static ValueId PackHalf(FunctionBuilder b, ValueId low, ValueId high, bool flush)
    {
        var packed = b.Binary(Op.Shl, HalfBits(b, high, flush), b.I32(16));
        return b.Or(packed, HalfBits(b, low, flush));
    }

    public static void UnpackHalf(FunctionBuilder b, ValueId packed, Span<ValueId> components, bool flush)
    {
        for (int i = 0; i < 2; i++)
        {
            var bits = b.Convert(Op.Trunc, IrType.I16, b.Binary(Op.LShr, packed, b.I32(16 * i)));
            var half = b.Bitcast(IrType.F16, bits);
            components[i] = b.Convert(Op.FWiden, IrType.F32, flush ? Denormals.Flush(b, half) : half);
        }
    }

    /// <summary>Joins two i32 to an i64.</summary>
    public static ValueId Join(FunctionBuilder b, ValueId low, ValueId high) =>
        b.Or(b.Convert(Op.ZExt, IrType.I64, low), b.Binary(Op.Shl, b.Convert(Op.ZExt, IrType.I64, high), b.I64(32)));

    /// <summary>Splits an i64 into two i32.</summary>
    public static (ValueId Low, ValueId High) Split(FunctionBuilder b, ValueId wide) =>
        (b.Convert(Op.Trunc, IrType.I32, wide),
            b.Convert(Op.Trunc, IrType.I32, b.Binary(Op.LShr, wide, b.I64(32))));

    private static ValueId HalfBits(FunctionBuilder b, ValueId x, bool flush)
    {
        var half = b.Convert(Op.FNarrow, IrType.F16, x);
        return b.Convert(Op.ZExt, IrType.I32, b.Bitcast(IrType.I16, flush ? Denormals.Flush(b, half) : half));
    }

    private static ValueId Field(FunctionBuilder b, ValueId packed, int offset, int width, bool signed)
    {
        var top = b.Binary(Op.Shl, packed, b.I32(32 - width - offset));
        return b.Binary(signed ? Op.AShr : Op.LShr, top, b.I32(32 - width));
    }
}
