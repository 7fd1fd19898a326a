using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>Cube maps: from a direction to a face and the place on it, by the table of the Vulkan specification ("Cube Map
/// Face Selection and Transformations"), and over the edges.</summary>
internal static class CubeFaces
{
    /// <summary>Face (i32), and coordinates on it, 0 to 1.</summary>
    public static (ValueId Face, ValueId S, ValueId T) Of(FunctionBuilder b, ValueId x, ValueId y, ValueId z)
    {
        ValueId ax = b.FAbs(x), ay = b.FAbs(y), az = b.FAbs(z), zero = b.F32(0);
        var onZ = b.And(b.Compare(Op.FLe, ax, az), b.Compare(Op.FLe, ay, az));
        var onY = b.Compare(Op.FLe, ax, ay);
        ValueId left = b.Compare(Op.FLt, x, zero), down = b.Compare(Op.FLt, y, zero), back = b.Compare(Op.FLt, z, zero);

        var face = b.Select(onZ, Pair(b, back, 4), b.Select(onY, Pair(b, down, 2), Pair(b, left, 0)));
        var minusY = b.FNeg(y);
        var sc = b.Select(onZ, b.Select(back, b.FNeg(x), x), b.Select(onY, x, b.Select(left, z, b.FNeg(z))));
        var tc = b.Select(b.And(onY, b.Not(onZ)), b.Select(down, b.FNeg(z), z), minusY);
        var major = b.Select(onZ, az, b.Select(onY, ay, ax));
        var scale = b.FDiv(b.F32(0.5f), major);
        var half = b.F32(0.5f);
        return (face, b.Fma(sc, scale, half), b.Fma(tc, scale, half));
    }

    /// <summary>The texel that a texel of a face is which may lie beyond its edges: there it is one of the neighbour.</summary>
    /// <param name="i">Texel (f32, whole).</param>
    /// <param name="j">Row (f32, whole).</param>
    /// <param name="size">Texels of an edge (f32).</param>
    public static (ValueId Face, ValueId X, ValueId Y) Across(FunctionBuilder b, ValueId face, ValueId i, ValueId j, ValueId size)
    {
        // The texel's centre on the face's plane, as a direction; then the face that this direction meets.
        var scale = b.FDiv(b.F32(2), size);
        var half = b.F32(0.5f);
        var one = b.F32(1);
        var sc = b.FSub(b.FMul(b.FAdd(i, half), scale), one);
        var tc = b.FSub(b.FMul(b.FAdd(j, half), scale), one);
        var negative = b.Compare(Op.INe, b.And(face, b.I32(1)), b.I32(0));
        var sign = b.Select(negative, b.F32(-1), one);
        var onX = b.Compare(Op.ULt, face, b.I32(2));
        var onY = b.And(b.Not(onX), b.Compare(Op.ULt, face, b.I32(4)));
        ValueId signedS = b.FMul(sign, sc), signedT = b.FMul(sign, tc), minusT = b.FNeg(tc);
        var x = b.Select(onX, sign, b.Select(onY, sc, signedS));
        var y = b.Select(onY, sign, minusT);
        var z = b.Select(onX, b.FNeg(signedS), b.Select(onY, signedT, sign));
        var (other, s, t) = Of(b, x, y, z);
        return (other, b.Convert(Op.FToS, IrType.I32, b.FMul(s, size)), b.Convert(Op.FToS, IrType.I32, b.FMul(t, size)));
    }

    private static ValueId Pair(FunctionBuilder b, ValueId negative, int face) =>
        b.Select(negative, b.I32(face + 1), b.I32(face));
}
