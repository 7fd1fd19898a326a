using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;

namespace ShaderJit.Compiler.Lowering;

/// <summary>From coordinates to texels where the sampler is known.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Whether the axes' addressing has straight code.</summary>
    private static bool HasKnownAddressing(SampleRequest request, RecordTraits sampler)
    {
        for (int k = 0; k < request.Axes; k++)
        {
            var mode = (TexelAddressing)sampler.Field(SamplerRecord.AddressUField + (4 * k));

            // An offset comes behind the period, and the mirror.
            bool isPlain = mode is TexelAddressing.ClampToEdge or TexelAddressing.ClampToBorder;
            if (!isPlain && (request.Offsets.Length > 0 || sampler.Field(SamplerRecord.UnnormalizedField) != 0))
                return false;

            // A mirror changes the order of the texels.
            if (request.Gathers && !isPlain && mode != TexelAddressing.Repeat)
                return false;
        }

        return true;
    }

    private bool HasBorder(SampleRequest request)
    {
        var sampler = request.Sampler.Traits!;
        bool isUsed = false, isZero = true;
        for (int k = 0; k < request.Axes; k++)
            isUsed |= sampler.Field(SamplerRecord.AddressUField + (4 * k)) == (uint)TexelAddressing.ClampToBorder;
        for (int c = 0; c < 4; c++)
            isZero &= sampler.Field(SamplerRecord.BorderField + (4 * c)) == 0;

        // A texel that is not loaded reads as zeros.
        return isUsed && !isZero;
    }

    /// <summary>The border's component where a tap is outside; what the format lacks, the border lacks too.</summary>
    private ValueId OrBorder(SampleRequest request, KnownTexel texel, TexelSwizzle source, TexelAxis[] axes, int tap, ValueId number)
    {
        if (source < TexelSwizzle.R || !texel.HasComponent(source))
            return number;
        var inside = ValueId.None;
        for (int k = 0; k < axes.Length; k++)
        {
            var here = (tap >> k & 1) != 0 ? axes[k].HighInside : axes[k].LowInside;
            if (!here.IsNone)
                inside = inside.IsNone ? here : _b.And(inside, here);
        }

        uint border = request.Sampler.Traits!.Field(SamplerRecord.BorderField + (4 * (source - TexelSwizzle.R)));
        return inside.IsNone ? number : _b.Select(inside, number, _b.Const(request.Type, border));
    }

    /// <summary>The one or two texels of an axis.</summary>
    /// <param name="size">Texels of the level (i32), one at least.</param>
    /// <param name="linear">Whether there are two.</param>
    private TexelAxis PlaceOnKnownAxis(SampleRequest request, ValueId size, bool linear, int axis)
    {
        var sampler = request.Sampler.Traits!;
        var mode = (TexelAddressing)sampler.Field(SamplerRecord.AddressUField + (4 * axis));
        var number = _b.Convert(Op.SToF, IrType.F32, size);
        var last = _b.ISub(size, _b.I32(1));
        var at = request.Coordinates[axis];
        if (mode is TexelAddressing.Repeat or TexelAddressing.MirroredRepeat)
            at = WithinPeriod(at, mode == TexelAddressing.MirroredRepeat);
        else if (mode == TexelAddressing.MirrorClampToEdge)
            at = _b.FAbs(at);
        bool isUnnormalized = sampler.Field(SamplerRecord.UnnormalizedField) != 0;
        var half = _b.F32(-0.5f);
        if (linear)
            at = isUnnormalized ? _b.FAdd(at, half) : _b.Fma(at, number, half);
        else if (!isUnnormalized)
            at = _b.FMul(at, number);
        if (request.Offsets.Length > 0)
            at = _b.FAdd(at, _b.Convert(Op.SToF, IrType.F32, request.Offsets[axis]));
        if (mode == TexelAddressing.ClampToBorder)
            return PlaceWithBorder(size, number, at, linear);
        if (request.Gathers)
            return PlaceToGather(mode, size, number, last, at);

        if (mode == TexelAddressing.Repeat)
        {
            // -0.5 to size - 0.5, or 0 to size.
            var floor = _b.Unary(Op.FFloor, at);
            var texel = Whole(floor);
            var low = _b.Binary(Op.UMin, texel, last);
            return linear
                ? new TexelAxis(size, low, AroundEnd(_b.IAdd(texel, _b.I32(1)), size), _b.FSub(at, floor), ValueId.None, ValueId.None)
                : new TexelAxis(size, low, low, _b.F32(0), ValueId.None, ValueId.None);
        }

        // In this order NaN is taken to the last texel, as on the general path.
        at = _b.Binary(Op.FMax, _b.Binary(Op.FMin, at, _b.FSub(number, _b.F32(1))), _b.F32(0));
        var first = Whole(at);
        if (!linear)
            return new TexelAxis(size, first, first, _b.F32(0), ValueId.None, ValueId.None);
        var fraction = _b.FSub(at, _b.Convert(Op.SToF, IrType.F32, first));
        return new TexelAxis(size, first, _b.Binary(Op.SMin, _b.IAdd(first, _b.I32(1)), last), fraction, ValueId.None, ValueId.None);
    }

    /// <summary>A coordinate from 0 to 1 that means the same texel; 1 for NaN and infinities.</summary>
    private ValueId WithinPeriod(ValueId at, bool mirrored)
    {
        var within = mirrored
            ? _b.FAbs(_b.Fma(_b.F32(-2), _b.Unary(Op.FRoundEven, _b.FMul(at, _b.F32(0.5f))), at))
            : _b.FSub(at, _b.Unary(Op.FFloor, at));
        return _b.Binary(Op.FMin, within, _b.F32(1));
    }

    /// <summary>A float that is known to fit, as i32; neighbouring lanes probably have neighbouring numbers.</summary>
    private ValueId Whole(ValueId at)
    {
        if (_b.TryConst(at, out _))
            return _b.Convert(Op.FToS, IrType.I32, at);
        return _b.Emit(Op.FToS, IrType.I32, [at], flags: NodeFlags.NoWrap | NodeFlags.Near);
    }

    private ValueId AroundEnd(ValueId texel, ValueId size) =>
        _b.Select(_b.Compare(Op.ULt, texel, size), texel, _b.I32(0));

    private TexelAxis PlaceWithBorder(ValueId size, ValueId number, ValueId at, bool linear)
    {
        // Two texels beyond is as far as any: NaN goes where infinity goes.
        at = _b.Binary(Op.FMax, _b.Binary(Op.FMin, at, _b.FAdd(number, _b.F32(2))), _b.F32(-2));
        var floor = _b.Unary(Op.FFloor, at);
        var low = Whole(floor);
        var lowInside = _b.Compare(Op.ULt, low, size);
        if (!linear)
            return new TexelAxis(size, low, low, _b.F32(0), lowInside, lowInside);
        var high = _b.IAdd(low, _b.I32(1));
        return new TexelAxis(size, low, high, _b.FSub(at, floor), lowInside, _b.Compare(Op.ULt, high, size));
    }

    /// <summary>Both texels count whatever their weights are, so each is brought in by itself.</summary>
    private TexelAxis PlaceToGather(TexelAddressing mode, ValueId size, ValueId number, ValueId last, ValueId at)
    {
        at = _b.Binary(Op.FMax, _b.Binary(Op.FMin, at, number), _b.F32(-1));
        var floor = _b.Unary(Op.FFloor, at);
        ValueId low = Whole(floor), high = _b.IAdd(low, _b.I32(1)), zero = _b.I32(0);
        if (mode == TexelAddressing.Repeat)
        {
            low = _b.Binary(Op.UMin, low, last);
            high = AroundEnd(high, size);
        }
        else
        {
            low = _b.Binary(Op.SMin, _b.Binary(Op.SMax, low, zero), last);
            high = _b.Binary(Op.SMin, _b.Binary(Op.SMax, high, zero), last);
        }

        return new TexelAxis(size, low, high, _b.FSub(at, floor), ValueId.None, ValueId.None);
    }
}
