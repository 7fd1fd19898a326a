using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>From gradients to the level of detail, and to the samples of an anisotropic filter ("Scale Factor, Level-of-Detail and
/// Image Level(s) Selection", "Texel Anisotropic Filtering").</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Samples along the longer gradient that are averaged.</summary>
    /// <param name="Count">1 or more (i32).</param>
    /// <param name="Gradient">The longer gradient, in the coordinates' units.</param>
    private sealed record SampleLine(ValueId Count, ValueId[] Gradient);

    /// <summary>A footprint that is longer than wide by less than this, squared, is taken for a round one: the gradients of a
    /// rotated circle differ by rounding errors.</summary>
    private const float RoundFootprint = 1 + (1f / 32);

    /// <summary>What is taken from the number of samples, so that a ratio that is a whole number but for a rounding error gives
    /// that many.</summary>
    private const float SampleTolerance = 1f / 64;

    /// <summary>Sets the level of detail: log2 of the longer gradient in texels of level 0, and with an anisotropic filter the
    /// samples.</summary>
    private void UseGradients(SampleRequest request, ReadOnlySpan<ValueId> dx, ReadOnlySpan<ValueId> dy)
    {
        ValueId xx = _b.F32(0), yy = _b.F32(0);
        for (int k = 0; k < request.Image.Dimensions; k++)
        {
            int axis = request.Image.Dim == Dim.Cube ? 0 : k;
            var size = _b.Convert(Op.SToF, IrType.F32, Field(request.Texture, ImageRecord.WidthField + 4 * axis));
            ValueId x = _b.FMul(dx[k], size), y = _b.FMul(dy[k], size);
            xx = _b.Fma(x, x, xx);
            yy = _b.Fma(y, y, yy);
        }

        var longer = _b.Binary(Op.FMax, xx, yy);
        request.Lod = HalfLog2(longer);
        if (MayBeAnisotropic(request))
        {
            var ratio = RatioOf(request, longer, _b.Binary(Op.FMin, xx, yy));
            request.Lod = _b.FSub(request.Lod, HalfLog2(ratio));
            var samples = _b.Unary(Op.FCeil, _b.FSub(_b.Unary(Op.FSqrt, ratio), _b.F32(SampleTolerance)));
            var isX = _b.Compare(Op.FLt, yy, xx);
            var gradient = new ValueId[request.Coordinates.Length];
            for (int k = 0; k < gradient.Length; k++)
                gradient[k] = _b.Select(isX, dx[k], dy[k]);
            request.Line = new SampleLine(_b.Convert(Op.FToS, IrType.I32, samples), gradient);
        }

        if (request.Image.Dim != Dim.Cube)
            return;

        // A step of the direction is one of half as much of the face, the larger the shorter the direction is.
        var major = _b.FAbs(request.Coordinates[0]);
        for (int k = 1; k < 3; k++)
            major = _b.Binary(Op.FMax, major, _b.FAbs(request.Coordinates[k]));
        request.Lod = _b.FSub(_b.FSub(request.Lod, _b.F32(1)), Exponential.Log2(_b, major));
    }

    private ValueId HalfLog2(ValueId square) => _b.FMul(_b.F32(0.5f), Exponential.Log2(_b, square));

    /// <summary>Cubes and 3D images are filtered as if their footprints were round.</summary>
    private static bool MayBeAnisotropic(SampleRequest request) => request.Image.Dim is Dim.Dim1D or Dim.Dim2D && request.Type.IsFloat
        && !(request.Sampler.Traits is { } known && BitConverter.UInt32BitsToSingle(known.Field(SamplerRecord.MaxAnisotropyField)) <= 1);

    /// <summary>How much longer than wide the footprint is taken to be, squared: 1 for a round one, and for one that is no longer
    /// than a texel.</summary>
    private ValueId RatioOf(SampleRequest request, ValueId longer, ValueId shorter)
    {
        var one = _b.F32(1);
        var most = _b.Binary(Op.FMax, FloatHere(request.Sampler, SamplerRecord.MaxAnisotropyField), one);

        // In this order 0/0 and NaN are taken for the most, of which the length leaves 1.
        var ratio = _b.Binary(Op.FMin, _b.FDiv(longer, shorter), _b.FMul(most, most));
        ratio = _b.Binary(Op.FMin, ratio, _b.Binary(Op.FMax, longer, one));
        return _b.Select(_b.Compare(Op.FLt, ratio, _b.F32(RoundFootprint)), one, ratio);
    }

    /// <summary>The mean of the samples of a line, or the least or greatest where the sampler reduces texels to that. A single one is what it is without an anisotropic filter, to the bit.</summary>
    private void AverageLine(SampleRequest request, SampleLine line, Span<ValueId> results)
    {
        // Minus zero is what any number can be added to and stay.
        Span<ValueId> sums = stackalloc ValueId[results.Length], sample = stackalloc ValueId[results.Length];
        var reduction = FieldHere(request.Sampler, SamplerRecord.ReductionField, IrType.I32);
        ValueId isMean = IsReduction(reduction, TexelReduction.WeightedAverage), isMin = IsReduction(reduction, TexelReduction.Min);
        var extreme = _b.Select(isMin, _b.F32(float.PositiveInfinity), _b.F32(float.NegativeInfinity));
        sums.Fill(_b.Select(isMean, _b.F32(-0f), extreme));
        var count = _b.Convert(Op.SToF, IrType.F32, line.Count);
        var share = _b.FDiv(_b.F32(1), count);
        var step = _b.FDiv(_b.F32(1), _b.FAdd(count, _b.F32(1)));
        var middle = request.Coordinates;
        var loop = BeginLoop(sums);
        var turn = _b.Convert(Op.SToF, IrType.F32, _b.IAdd(loop.Index, _b.I32(1)));
        var along = _b.Fma(turn, step, _b.F32(-0.5f));
        request.Coordinates = new ValueId[middle.Length];
        for (int k = 0; k < middle.Length; k++)
            request.Coordinates[k] = _b.Fma(along, line.Gradient[k], middle[k]);
        SampleOnce(request, sample);
        for (int c = 0; c < sums.Length; c++)
        {
            var bound = _b.Select(isMin, _b.Binary(Op.FMin, sums[c], sample[c]), _b.Binary(Op.FMax, sums[c], sample[c]));
            sums[c] = _b.Select(isMean, _b.Fma(share, sample[c], sums[c]), bound);
        }

        EndLoop(loop, line.Count, sums);
        sums.CopyTo(results);
        request.Coordinates = middle;
    }

    private ValueId IsReduction(ValueId reduction, TexelReduction which) => _b.Compare(Op.IEq, reduction, _b.I32((int)which));
}
