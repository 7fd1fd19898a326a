using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>From coordinates to texels: which two of each axis count, with what weight, and where they lie.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>The two texels of an axis that count.</summary>
    /// <param name="Size">Texels of the level (i32).</param>
    /// <param name="Low">The first, within the image; for a cube as it is (f32).</param>
    /// <param name="High">The second.</param>
    /// <param name="Fraction">Weight of the second; 0 where only the nearest counts.</param>
    /// <param name="LowInside">Whether the first is the image's, not the border's.</param>
    private readonly record struct TexelAxis(ValueId Size, ValueId Low, ValueId High, ValueId Fraction, ValueId LowInside,
        ValueId HighInside);

    /// <summary>No image reaches as far, and no coordinate there has a fraction.</summary>
    private const float FarthestTexel = 1 << 30;

    private ValueId AddressingOf(SampleRequest request, int axis) =>
        FieldHere(request.Sampler, SamplerRecord.AddressUField + 4 * axis, IrType.I32);

    private ValueId IsAddressing(ValueId mode, TexelAddressing which) => _b.Compare(Op.IEq, mode, _b.I32((int)which));

    private TexelAxis PlaceOnAxis(SampleRequest request, in LevelChoice choice, ValueId level, int axis)
    {
        // A cube's faces are square.
        var size = Field(request.Texture, ImageRecord.WidthField + 4 * axis);
        size = LevelSize(size, level, hasLevel: true);
        var number = _b.Convert(Op.SToF, IrType.F32, size);
        var unnormalized = _b.Compare(Op.INe, FieldHere(request.Sampler, SamplerRecord.UnnormalizedField, IrType.I32), _b.I32(0));
        var scale = _b.Select(unnormalized, _b.F32(1), number);
        var shift = _b.Select(choice.Linear, _b.F32(-0.5f), _b.F32(0));
        var at = _b.Fma(request.Coordinates[axis], scale, shift);

        // So that weights are numbers: NaN goes where infinity goes.
        at = _b.Binary(Op.FMax, _b.Binary(Op.FMin, at, _b.F32(FarthestTexel)), _b.F32(-FarthestTexel));
        var floor = _b.Unary(Op.FFloor, at);
        var fraction = _b.Select(choice.Linear, _b.FSub(at, floor), _b.F32(0));
        if (request.Offsets.Length > 0)
            floor = _b.FAdd(floor, _b.Convert(Op.SToF, IrType.F32, request.Offsets[axis]));
        if (request.Image.Dim == Dim.Cube || request.GatherOffsets.Length > 0)
            return new TexelAxis(size, floor, _b.FAdd(floor, _b.F32(1)), fraction, ValueId.None, ValueId.None);
        return WrapAxis(AddressingOf(request, axis), size, number, floor, _b.FAdd(floor, _b.F32(1)), fraction);
    }

    /// <summary>Brings two texels of an axis into the image.</summary>
    /// <param name="number">The size as f32.</param>
    private TexelAxis WrapAxis(ValueId mode, ValueId size, ValueId number, ValueId low, ValueId high, ValueId fraction)
    {
        Span<ValueId> texels = [low, high], others = stackalloc ValueId[2];
        var zero = _b.I32(0);
        var direct = BeginIf(_b.Compare(Op.ULe, _b.I32((int)TexelAddressing.ClampToEdge), mode));
        var mirrors = _b.Select(IsAddressing(mode, TexelAddressing.MirrorClampToEdge), _b.I32(-1), zero);
        for (int k = 0; k < 2; k++)
        {
            var texel = _b.Convert(Op.FToS, IrType.I32, texels[k]);
            others[k] = _b.Xor(texel, _b.And(_b.Binary(Op.AShr, texel, _b.I32(31)), mirrors));
        }

        Otherwise(direct, others);
        var mirrored = IsAddressing(mode, TexelAddressing.MirroredRepeat);
        var period = _b.Select(mirrored, _b.FAdd(number, number), number);
        var inverse = _b.FDiv(_b.F32(1), period);
        for (int k = 0; k < 2; k++)
        {
            var rest = _b.Fma(_b.FNeg(period), _b.Unary(Op.FFloor, _b.FMul(texels[k], inverse)), texels[k]);

            // The quotient may have been rounded down from a whole number.
            rest = _b.Select(_b.Compare(Op.FLe, period, rest), _b.FSub(rest, period), rest);
            var reflected = _b.Binary(Op.FMin, rest, _b.FSub(_b.FSub(period, _b.F32(1)), rest));
            texels[k] = _b.Convert(Op.FToS, IrType.I32, _b.Select(mirrored, reflected, rest));
        }

        EndIf(direct, texels);
        var last = _b.ISub(size, _b.I32(1));
        var keeps = _b.Not(IsAddressing(mode, TexelAddressing.ClampToBorder));
        for (int k = 0; k < 2; k++)
        {
            texels[k] = _b.Or(keeps, _b.Compare(Op.ULt, others[k], size));
            others[k] = _b.Binary(Op.SMin, _b.Binary(Op.SMax, others[k], zero), last);
        }

        return new TexelAxis(size, others[0], others[1], fraction, texels[0], texels[1]);
    }

    /// <summary>The texel of a turn: bit k of its number chooses on axis k.</summary>
    private Access PlaceOfTap(SampleRequest request, TexelAxis[] axes, ValueId level, ValueId tap, out ValueId weight,
        out ValueId inside)
    {
        weight = ValueId.None;
        inside = ValueId.None;
        var texels = new ValueId[axes.Length];
        for (int k = 0; k < axes.Length; k++)
        {
            var axis = axes[k];
            var high = Bit(tap, 1 << k);
            if (request.GatherOffsets.Length > 0)
                axis = OffsetAxis(request, axis, tap, k);
            texels[k] = request.GatherOffsets.Length > 0 ? axis.Low : _b.Select(high, axis.High, axis.Low);
            var part = _b.Select(high, axis.Fraction, _b.FSub(_b.F32(1), axis.Fraction));
            weight = weight.IsNone ? part : _b.FMul(weight, part);
            if (axis.LowInside.IsNone)
                continue;
            var here = request.GatherOffsets.Length > 0 ? axis.LowInside : _b.Select(high, axis.HighInside, axis.LowInside);
            inside = inside.IsNone ? here : _b.And(inside, here);
        }

        var texture = request.Texture;
        var layer = request.Layer;
        if (request.Image.Dim == Dim.Cube)
        {
            var number = _b.Convert(Op.SToF, IrType.F32, axes[0].Size);
            var (face, x, y) = CubeFaces.Across(_b, request.Face, texels[0], texels[1], number);
            var last = _b.ISub(axes[0].Size, _b.I32(1));
            texels[0] = _b.Binary(Op.SMin, _b.Binary(Op.SMax, x, _b.I32(0)), last);
            texels[1] = _b.Binary(Op.SMin, _b.Binary(Op.SMax, y, _b.I32(0)), last);
            if (!layer.IsNone)
                face = _b.IAdd(face, layer);
            layer = _b.IMul(face, Field(texture, ImageRecord.LayerPitchField));
        }

        var offset = _b.IMul(texels[0], Field(texture, ImageRecord.TexelBytesField));
        if (texels.Length > 1)
            offset = _b.IAdd(offset, _b.IMul(texels[1], LevelField(texture, level, true, ImageRecord.LevelRowPitchField)));
        if (texels.Length > 2)
            offset = _b.IAdd(offset, _b.IMul(texels[2], LevelField(texture, level, true, ImageRecord.LevelSlicePitchField)));
        if (!layer.IsNone)
            offset = _b.IAdd(offset, layer);

        // The base is the first level's texels.
        var from = LevelField(texture, _b.I32(0), false, ImageRecord.LevelOffsetField);
        offset = _b.IAdd(offset, _b.ISub(LevelField(texture, level, true, ImageRecord.LevelOffsetField), from));
        return new Access(Texels(texture), offset, 0, ValueId.None);
    }

    /// <summary>With four offsets, each gathered texel is the first of its own footprint.</summary>
    private TexelAxis OffsetAxis(SampleRequest request, in TexelAxis axis, ValueId tap, int k)
    {
        // By turn, not by result.
        ReadOnlySpan<int> results = [3, 2, 0, 1];
        var offset = request.GatherOffsets[results[0] * 2 + k];
        for (int turn = 1; turn < 4; turn++)
            offset = _b.Select(_b.Compare(Op.IEq, tap, _b.I32(turn)), request.GatherOffsets[results[turn] * 2 + k], offset);
        var low = _b.FAdd(axis.Low, _b.Convert(Op.SToF, IrType.F32, offset));
        var number = _b.Convert(Op.SToF, IrType.F32, axis.Size);
        return WrapAxis(AddressingOf(request, k), axis.Size, number, low, low, axis.Fraction);
    }
}
