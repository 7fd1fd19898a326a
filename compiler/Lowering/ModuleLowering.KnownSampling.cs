using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// Sampling an image whose format, by a sampler whose state, is known when the kernel is compiled: straight code that loads
/// just the texels that count, all of them one after the other, and decodes just the components that are asked for.
/// </summary>
internal sealed partial class ModuleLowering
{
    private const int MaxTaps = 8;

    /// <summary>Samples by straight code; false where the request is one for the loops of <see cref="Sample"/>.</summary>
    private bool TrySampleKnown(SampleRequest request, Span<ValueId> results)
    {
        if (request.Texture.Traits is not { } traits || request.Sampler.Traits is not { } sampler || request.Image.Dim == Dim.Cube
            || request.Type == IrType.I64 || request.GatherOffsets.Length > 0 || !HasKnownAddressing(request, sampler))
        {
            return false;
        }

        bool averages = request.Type.IsFloat && !request.Gathers;
        if (averages && sampler.Field(SamplerRecord.ReductionField) != (uint)TexelReduction.WeightedAverage)
            return false;
        var choice = ChooseKnownLevels(request);
        if (!_b.TryConst(choice.Linear, out long linear))
            return false;
        var texel = new KnownTexel(traits);
        if (_b.TryConst(choice.Count, out _))
        {
            SampleLevel(request, texel, linear != 0, choice.First, results);
            return true;
        }

        Span<ValueId> sums = stackalloc ValueId[results.Length], level = stackalloc ValueId[results.Length];
        sums.Fill(_b.F32(0));
        var levels = BeginLoop(sums);
        SampleLevel(request, texel, linear != 0, _b.IAdd(choice.First, levels.Index), level);
        var share = _b.Select(_b.Compare(Op.IEq, levels.Index, _b.I32(0)), _b.FSub(_b.F32(1), choice.Fraction), choice.Fraction);
        for (int c = 0; c < sums.Length; c++)
            sums[c] = _b.Fma(share, level[c], sums[c]);
        EndLoop(levels, choice.Count, sums);
        sums.CopyTo(results);
        return true;
    }

    private LevelChoice ChooseKnownLevels(SampleRequest request)
    {
        ValueId none = _b.I32(0), one = _b.I32(1);
        uint mag = request.Sampler.Traits!.Field(SamplerRecord.MagLinearField), min = request.Sampler.Traits.Field(SamplerRecord.MinLinearField);
        bool isSingle = request.Texture.Traits!.TryField(ImageRecord.LevelsField, out uint levels) && levels == 1;
        bool isFirst = !request.Gathers && _b.TryConst(BiasedLod(request), out long lod) && BitConverter.Int32BitsToSingle((int)lod) <= 0;
        bool isLinear = (isFirst ? mag : min) != 0 && !request.Type.IsInteger;
        if (request.Gathers || isFirst || (isSingle && (mag == min || request.Type.IsInteger)))
            return new LevelChoice(_b.Bool(request.Gathers || isLinear), none, one, _b.F32(0));
        return ChooseLevels(request);
    }

    /// <summary>One level's texels, weighted.</summary>
    private void SampleLevel(SampleRequest request, KnownTexel texel, bool linear, ValueId level, Span<ValueId> results)
    {
        var texture = request.Texture;
        bool hasLevel = !_b.TryConst(level, out long constant) || constant != 0;
        var axes = new TexelAxis[request.Axes];
        for (int k = 0; k < axes.Length; k++)
        {
            var size = LevelSize(Field(texture, ImageRecord.WidthField + (4 * k)), level, hasLevel);
            axes[k] = PlaceOnKnownAxis(request, size, linear, k);
        }

        int taps = linear ? 1 << axes.Length : 1;
        Span<Access> places = stackalloc Access[MaxTaps];
        PlaceTaps(request, texel, axes, level, hasLevel, places[..taps]);

        Span<TexelSwizzle> sources = stackalloc TexelSwizzle[4];
        int components = SourcesOf(request, texel, sources);
        Span<ValueId> dwords = stackalloc ValueId[4 * MaxTaps];
        LoadTaps(texel, places[..taps], sources[..components], request.Flags, dwords);
        var table = SrgbTableOf(texel, texture);
        Span<ValueId> numbers = stackalloc ValueId[MaxTaps];
        bool hasBorder = HasBorder(request), isEarly = request.Gathers || request.Compares || hasBorder;
        for (int c = 0; c < components; c++)
        {
            for (int t = 0; t < taps; t++)
            {
                var number = texel.Decode(_b, sources[c], dwords.Slice(4 * t, 4), request.Type, table);
                if (isEarly)
                    number = Final(texel, sources[c], number);
                if (hasBorder)
                    number = OrBorder(request, texel, sources[c], axes, t, number);
                numbers[t] = request.Compares ? CompareDepth(request, number) : number;
            }

            if (request.Gathers)
            {
                // Texels (i0, j0), (i1, j0), (i0, j1), (i1, j1), which is not the order of the results.
                (results[0], results[1], results[2], results[3]) = (numbers[2], numbers[3], numbers[1], numbers[0]);
                return;
            }

            var mean = MeanOf(texel, axes, numbers[..taps]);
            if (c < results.Length)
                results[c] = isEarly ? mean : Final(texel, sources[c], mean);
        }
    }

    /// <summary>The components that are asked for, as the format's.</summary>
    private static int SourcesOf(SampleRequest request, KnownTexel texel, Span<TexelSwizzle> sources)
    {
        if (request.Compares)
        {
            sources[0] = TexelSwizzle.R;
            return 1;
        }

        if (request.Gathers)
        {
            sources[0] = texel.Source(request.Component);
            return 1;
        }

        for (int c = 0; c < 4; c++)
            sources[c] = texel.Source(c);
        return 4;
    }

    /// <summary>The linear numbers of sRGB bytes; None for other formats.</summary>
    private ValueId SrgbTableOf(KnownTexel texel, in Record record) => texel.Kind == TexelKind.Srgb
        ? _b.Emit(Op.Confine, IrType.Base, [FieldHere(record, ImageRecord.SrgbTableField, IrType.I64)])
        : ValueId.None;

    private ValueId Final(KnownTexel texel, TexelSwizzle source, ValueId number)
    {
        float scale = texel.Scale(source);
        return scale == 1 || !_f.TypeOf(number).IsFloat ? number : _b.FMul(number, _b.F32(scale));
    }

    /// <summary>The places of the texels that count: bit k of a tap's number chooses on axis k.</summary>
    private void PlaceTaps(SampleRequest request, KnownTexel texel, TexelAxis[] axes, ValueId level, bool hasLevel, Span<Access> places)
    {
        var texture = request.Texture;
        var common = request.Layer;
        if (hasLevel)
        {
            // The base is the first level's texels.
            var from = LevelField(texture, _b.I32(0), false, ImageRecord.LevelOffsetField);
            var further = _b.ISub(LevelField(texture, level, true, ImageRecord.LevelOffsetField), from);
            common = common.IsNone ? further : _b.IAdd(common, further);
        }

        bool weighs = texel.IsFloat && !request.Gathers && places.Length > 1;
        Span<ValueId> counts = stackalloc ValueId[3];
        for (int k = 0; k < axes.Length && weighs; k++)
            counts[k] = _b.Compare(Op.FLt, _b.F32(0), axes[k].Fraction);
        var texels = Texels(texture);
        Span<ValueId> pitches = stackalloc ValueId[3];
        if (axes.Length > 1)
            pitches[1] = LevelField(texture, level, hasLevel, ImageRecord.LevelRowPitchField);
        if (axes.Length > 2)
            pitches[2] = LevelField(texture, level, hasLevel, ImageRecord.LevelSlicePitchField);
        pitches[0] = _b.I32(texel.Bytes);
        Span<ValueId> parts = stackalloc ValueId[6];
        for (int k = 0; k < axes.Length; k++)
        {
            for (int side = 0; side < 2 && side < places.Length; side++)
                parts[(2 * k) + side] = _b.IMul(side == 0 ? axes[k].Low : axes[k].High, pitches[k]);
        }

        for (int t = 0; t < places.Length; t++)
        {
            // Rows first, so that taps of a row share theirs.
            var offset = common;
            var ok = ValueId.None;
            for (int k = axes.Length - 1; k >= 0; k--)
            {
                int side = t >> k & 1;
                var part = parts[(2 * k) + side];
                offset = offset.IsNone ? part : _b.IAdd(part, offset);
                var inside = side == 0 ? axes[k].LowInside : axes[k].HighInside;
                if (!inside.IsNone)
                    ok = ok.IsNone ? inside : _b.And(ok, inside);
                if (weighs && side == 1)
                    ok = ok.IsNone ? counts[k] : _b.And(ok, counts[k]);
            }

            places[t] = new Access(texels, offset, 0, ok);
        }
    }

    /// <summary>Loads the dwords that components are in, four for each tap, None for those that are not needed.</summary>
    private void LoadTaps(KnownTexel texel, ReadOnlySpan<Access> places, ReadOnlySpan<TexelSwizzle> sources, NodeFlags flags, Span<ValueId> dwords)
    {
        dwords.Fill(ValueId.None);
        int needed = 0;
        foreach (var source in sources)
        {
            if (source >= TexelSwizzle.R && texel.HasComponent(source))
                needed |= 1 << texel.DwordOf(source);
        }

        if (texel.Kind == TexelKind.SharedExponent)
            needed |= 1;
        flags |= NodeFlags.Near;
        Span<ValueId> loaded = stackalloc ValueId[2 * MaxTaps];
        for (int pair = 0; pair < 2; pair++)
        {
            int bits = needed >> (2 * pair) & 3;
            if (bits == 0)
                continue;
            var type = bits == 3 ? IrType.I64 : texel.Bytes switch { 1 => IrType.I8, 2 => IrType.I16, _ => IrType.I32 };
            int displacement = (8 * pair) + (bits == 2 ? 4 : 0);
            for (int t = 0; t < places.Length; t++)
                loaded[t] = LoadKnown(places[t], type, displacement, flags);
            for (int t = 0; t < places.Length; t++)
            {
                int at = (4 * t) + (2 * pair);
                if (bits != 3)
                {
                    dwords[at + (bits == 2 ? 1 : 0)] = type == IrType.I32 ? loaded[t] : _b.Convert(Op.ZExt, IrType.I32, loaded[t]);
                    continue;
                }

                dwords[at] = _b.Convert(Op.Trunc, IrType.I32, loaded[t]);
                dwords[at + 1] = _b.Convert(Op.Trunc, IrType.I32, _b.Binary(Op.LShr, loaded[t], _b.I64(32)));
            }
        }
    }

    private ValueId LoadKnown(in Access place, IrType type, int displacement, NodeFlags flags) => place.Ok.IsNone
        ? _b.Emit(Op.Load, type, [place.Base, place.Offset], displacement, flags: flags)
        : _b.Emit(Op.Load, type, [place.Base, place.Offset, place.Ok], displacement, flags: flags);

    /// <summary>The mean of the texels by their places between them. Texels that are finite numbers are mixed along one axis
    /// after the other, which gives the same number where all are the same; others are summed up.</summary>
    private ValueId MeanOf(KnownTexel texel, TexelAxis[] axes, Span<ValueId> numbers)
    {
        if (numbers.Length == 1)
            return numbers[0];
        int count = numbers.Length;
        if (!texel.IsFloat)
        {
            for (int k = 0; k < axes.Length; k++)
            {
                count >>= 1;
                for (int t = 0; t < count; t++)
                    numbers[t] = numbers[2 * t] == numbers[(2 * t) + 1] ? numbers[2 * t] : Between(numbers[2 * t], numbers[(2 * t) + 1], axes[k].Fraction);
            }

            return numbers[0];
        }

        var sum = ValueId.None;
        for (int t = 0; t < count; t++)
        {
            if (_b.TryConst(numbers[t], out _))
                return numbers[t];
            var weight = ValueId.None;
            for (int k = 0; k < axes.Length; k++)
            {
                var part = (t >> k & 1) != 0 ? axes[k].Fraction : _b.FSub(_b.F32(1), axes[k].Fraction);
                weight = weight.IsNone ? part : _b.FMul(weight, part);
            }

            sum = sum.IsNone ? _b.FMul(weight, numbers[t]) : _b.Fma(weight, numbers[t], sum);
        }

        return sum;
    }
}
