using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// OpImageSample... and OpImageGather...: a loop over the one or two levels, and in it a loop over the texels that count.
/// Both run as often as the subgroup's invocations need, so the nearest texel costs one turn of each.
/// </summary>
internal sealed partial class ModuleLowering
{
    /// <summary>What is asked for.</summary>
    private sealed class SampleRequest
    {
        public required ImageInfo Image { get; init; }
        public required Record Texture { get; init; }
        public required Record Sampler { get; init; }

        /// <summary>f32, or i32 or i64 for an image of integers.</summary>
        public required IrType Type { get; init; }

        /// <summary>Coordinates within a layer. For a cube they become face coordinates, 0 to 1.</summary>
        public required ValueId[] Coordinates { get; set; }

        /// <summary>Bytes to the texels of the layer (i32); for a cube the layer of its first face, and where Y'CbCr is converted
        /// the layer's number.</summary>
        public ValueId Layer { get; set; } = ValueId.None;

        /// <summary>A cube's face (i32).</summary>
        public ValueId Face { get; set; } = ValueId.None;

        /// <summary>Offsets in texels, by axis.</summary>
        public ValueId[] Offsets { get; set; } = [];

        /// <summary>Offsets of each of four gathered texels.</summary>
        public ValueId[] GatherOffsets { get; set; } = [];

        /// <summary>Depth to compare with.</summary>
        public ValueId Reference { get; set; } = ValueId.None;

        /// <summary>The level of detail before bias and clamp.</summary>
        public ValueId Lod { get; set; } = ValueId.None;

        /// <summary>The least level of detail that the instruction allows; None for any.</summary>
        public ValueId MinLod { get; set; } = ValueId.None;

        /// <summary>Where gradients ask for several samples; null for one.</summary>
        public SampleLine? Line { get; set; }

        public bool Gathers { get; init; }

        /// <summary>Component that is gathered (i32).</summary>
        public int Component { get; set; }

        public NodeFlags Flags { get; init; }

        public int Axes => Image.Dim == Dim.Cube ? 2 : Image.Dimensions;

        public bool Compares => !Reference.IsNone;
    }

    private void LowerSample(in Insn i, ImageValue value, ValueId[] results)
    {
        var image = _module.Image(_module.Type(_module.Type(value.Pointee.TypeId).Element));
        bool gathers = i.Opcode is Opcode.OpImageGather or Opcode.OpImageDrefGather;
        bool compares = i.Opcode is Opcode.OpImageSampleDrefImplicitLod or Opcode.OpImageSampleDrefExplicitLod
            or Opcode.OpImageSampleProjDrefImplicitLod or Opcode.OpImageSampleProjDrefExplicitLod or Opcode.OpImageDrefGather;
        bool projects = i.Opcode is Opcode.OpImageSampleProjImplicitLod or Opcode.OpImageSampleProjExplicitLod
            or Opcode.OpImageSampleProjDrefImplicitLod or Opcode.OpImageSampleProjDrefExplicitLod;
        var operands = new ImageOperandIds(i.Operands[(compares || i.Opcode == Opcode.OpImageGather ? 3 : 2)..]);
        var coordinates = Leaves(i[1]);
        var request = new SampleRequest
        {
            Image = image, Texture = ImageRecordOf(value.Image!), Sampler = SamplerRecordOf(value.Sampler!),
            Type = ScalarTypeOf(image.SampledType), Coordinates = coordinates[..image.Dimensions].ToArray(), Gathers = gathers,
            Flags = value.Image!.Flags,
        };
        if (compares)
            request.Reference = Leaf(i[2]);
        if (i.Opcode == Opcode.OpImageGather)
            request.Component = (int)(ConstantInteger(i[2]) & 3);
        if (operands.Offset != 0)
            request.Offsets = Leaves(operands.Offset).ToArray();
        if (operands.Offsets != 0)
            request.GatherOffsets = Leaves(operands.Offsets).ToArray();
        if (projects)
            Project(request, coordinates[image.Dimensions]);
        if (operands.GradX != 0)
            UseGradients(request, Leaves(operands.GradX), Leaves(operands.GradY));
        else
            request.Lod = operands.Lod != 0 ? Leaf(operands.Lod) : operands.Bias != 0 ? Leaf(operands.Bias) : _b.F32(0);
        if (operands.MinLod != 0)
            request.MinLod = Leaf(operands.MinLod);
        CountWork(8);
        if (ConversionOf(request.Sampler) is { } conversion)
        {
            SampleConverted(request, conversion, image.IsArrayed ? LayerIndex(request, coordinates[image.Dimensions]) : ValueId.None, results);
            return;
        }

        if (image.IsArrayed)
            request.Layer = LayerOf(request, coordinates[image.Dimensions]);
        if (image.Dim == Dim.Cube)
        {
            (request.Face, var s, var t) = CubeFaces.Of(_b, request.Coordinates[0], request.Coordinates[1], request.Coordinates[2]);
            request.Coordinates = [s, t];
        }

        if (compares)
            ClampReference(request);
        if (request.Line is { } line)
            AverageLine(request, line, results);
        else
            SampleOnce(request, results);
    }

    private void SampleOnce(SampleRequest request, Span<ValueId> results)
    {
        if (TrySampleKnown(request, results))
            return;
        if (HasSimplePath(request))
        {
            SampleSimply(request, results);
            return;
        }

        Sample(request, results);
    }

    private void Project(SampleRequest request, ValueId q)
    {
        for (int k = 0; k < request.Coordinates.Length; k++)
            request.Coordinates[k] = _b.FDiv(request.Coordinates[k], q);
        if (request.Compares)
            request.Reference = _b.FDiv(request.Reference, q);
    }

    /// <summary>Bytes to the texels of the layer nearest to a coordinate; for a cube the layer of its first face.</summary>
    private ValueId LayerOf(SampleRequest request, ValueId coordinate)
    {
        var layer = LayerIndex(request, coordinate);
        return request.Image.Dim == Dim.Cube
            ? _b.IMul(layer, _b.I32(6))
            : _b.IMul(layer, Field(request.Texture, ImageRecord.LayerPitchField));
    }

    /// <summary>The number of the layer, or of the cube, nearest to a coordinate, within the image.</summary>
    private ValueId LayerIndex(SampleRequest request, ValueId coordinate)
    {
        var layer = _b.Convert(Op.FToS, IrType.I32, _b.Unary(Op.FRoundEven, coordinate));
        var count = Field(request.Texture, ImageRecord.LayersField);
        if (request.Image.Dim == Dim.Cube)
            count = _b.Binary(Op.UDiv, count, _b.I32(6));
        return _b.Binary(Op.SMin, _b.Binary(Op.SMax, layer, _b.I32(0)), _b.ISub(count, _b.I32(1)));
    }

    /// <summary>A depth of fixed point is compared with a reference between 0 and 1.</summary>
    private void ClampReference(SampleRequest request)
    {
        var bounded = Common.Clamp(_b, request.Reference, _b.F32(0), _b.F32(1));
        var isFixed = IsKind(FieldHere(request.Texture, ImageRecord.KindField, IrType.I32), TexelKind.Normalized);
        request.Reference = _b.Select(isFixed, bounded, request.Reference);
    }

    /// <summary>The levels that count, and how.</summary>
    /// <param name="Linear">Whether texels of a level are weighted (else the nearest counts).</param>
    /// <param name="First">First level (i32).</param>
    /// <param name="Count">1 or 2 levels.</param>
    /// <param name="Fraction">Weight of the second.</param>
    private readonly record struct LevelChoice(ValueId Linear, ValueId First, ValueId Count, ValueId Fraction);

    private ValueId BiasedLod(SampleRequest request)
    {
        var sampler = request.Sampler;
        var lod = _b.FAdd(request.Lod, FloatHere(sampler, SamplerRecord.LodBiasField));
        var least = FloatHere(sampler, SamplerRecord.MinLodField);
        if (!request.MinLod.IsNone)
            least = _b.Binary(Op.FMax, least, request.MinLod);
        return Common.Clamp(_b, lod, least, FloatHere(sampler, SamplerRecord.MaxLodField));
    }

    private LevelChoice ChooseLevels(SampleRequest request)
    {
        var sampler = request.Sampler;
        ValueId zero = _b.F32(0), none = _b.I32(0), one = _b.I32(1);
        if (request.Gathers)
            return new LevelChoice(_b.Bool(true), none, one, zero);
        var lod = BiasedLod(request);
        var filter = _b.Select(_b.Compare(Op.FLe, lod, zero), FieldHere(sampler, SamplerRecord.MagLinearField, IrType.I32),
            FieldHere(sampler, SamplerRecord.MinLinearField, IrType.I32));
        var linear = _b.Compare(Op.INe, filter, none);
        var last = _b.Convert(Op.SToF, IrType.F32, _b.ISub(Field(request.Texture, ImageRecord.LevelsField), one));
        lod = Common.Clamp(_b, lod, zero, last);
        var mixes = _b.Compare(Op.INe, FieldHere(sampler, SamplerRecord.MipLinearField, IrType.I32), none);
        var nearest = _b.Unary(Op.FCeil, _b.FSub(lod, _b.F32(0.5f)));
        var first = _b.Select(mixes, _b.Unary(Op.FFloor, lod), nearest);
        var fraction = _b.Select(mixes, _b.FSub(lod, first), zero);
        if (request.Type.IsInteger)
            (linear, fraction) = (_b.Bool(false), zero);
        var count = _b.Select(_b.Compare(Op.FLt, zero, fraction), _b.I32(2), one);
        return new LevelChoice(linear, _b.Convert(Op.FToS, IrType.I32, first), count, fraction);
    }

    /// <summary>Any request, by loops.</summary>
    private void Sample(SampleRequest request, Span<ValueId> results)
    {
        var texture = request.Texture;
        var choice = ChooseLevels(request);
        var exists = _b.Compare(Op.INe, FieldHere(texture, ImageRecord.DwordsField, IrType.I32), _b.I32(0));
        var reduction = FieldHere(request.Sampler, SamplerRecord.ReductionField, IrType.I32);
        bool averages = request.Type.IsFloat && !request.Gathers;
        var sums = new ValueId[request.Compares && !request.Gathers ? 1 : 4];
        var start = _b.Zero(request.Type);
        if (averages)
        {
            var extreme = _b.Select(_b.Compare(Op.IEq, reduction, _b.I32((int)TexelReduction.Min)), _b.F32(float.PositiveInfinity),
                _b.F32(float.NegativeInfinity));
            start = _b.Select(_b.Compare(Op.IEq, reduction, _b.I32(0)), start, extreme);
        }

        sums.AsSpan().Fill(start);
        var levels = BeginLoop(sums);
        var level = _b.IAdd(choice.First, levels.Index);
        var share = _b.Select(_b.Compare(Op.IEq, levels.Index, _b.I32(0)), _b.FSub(_b.F32(1), choice.Fraction), choice.Fraction);
        var axes = new TexelAxis[request.Axes];
        for (int k = 0; k < axes.Length; k++)
            axes[k] = PlaceOnAxis(request, choice, level, k);

        var taps = BeginLoop(sums);
        var place = PlaceOfTap(request, axes, level, taps.Index, out var weight, out var inside);
        weight = _b.FMul(weight, share);
        var counts = request.Gathers || request.Type.IsInteger ? exists : _b.And(exists, _b.Compare(Op.FLt, _b.F32(0), weight));
        place = place with { Ok = counts };
        Span<ValueId> rgba = stackalloc ValueId[4];
        DecodeTexel(texture, place, request.Type, request.Flags, Extension.OfFormat, rgba);
        ReplaceByBorder(request, inside, rgba);
        if (request.Compares)
            rgba[0] = CompareDepth(request, rgba[0]);
        if (request.Gathers)
            TakeGathered(request, taps.Index, rgba, sums);
        else if (averages)
            Accumulate(reduction, weight, rgba, sums);
        else
            rgba.CopyTo(sums);

        var tapCount = request.Type.IsInteger && !request.Gathers ? _b.I32(1)
            : _b.Select(choice.Linear, _b.I32(1 << axes.Length), _b.I32(1));
        EndLoop(taps, tapCount, sums);
        EndLoop(levels, choice.Count, sums);
        if (sums.Length == 4 && !request.Gathers)
            Swizzle(texture, request.Type, sums);
        sums.AsSpan(0, results.Length).CopyTo(results);
    }

    private void ReplaceByBorder(SampleRequest request, ValueId inside, Span<ValueId> rgba)
    {
        if (request.Image.Dim == Dim.Cube)
            return;
        Span<ValueId> texel = stackalloc ValueId[4];
        rgba.CopyTo(texel);
        var whole = BeginIf(_b.Not(UsesBorder(request)));
        Otherwise(whole, rgba);
        for (int c = 0; c < 4; c++)
        {
            // What the format lacks, the border lacks too.
            var mask = FieldHere(request.Texture, ImageRecord.MasksField + 4 * c, IrType.I32);
            var border = FieldHere(request.Sampler, SamplerRecord.BorderField + 4 * c, IrType.I32);
            border = _b.Select(_b.Compare(Op.IEq, mask, _b.I32(0)), _b.I32(0), border);
            border = request.Type == IrType.I64 ? _b.Convert(Op.SExt, IrType.I64, border) : _b.Bitcast(request.Type, border);
            texel[c] = _b.Select(inside, texel[c], border);
        }

        EndIf(whole, texel);
    }

    private ValueId UsesBorder(SampleRequest request)
    {
        var any = ValueId.None;
        for (int k = 0; k < request.Axes; k++)
        {
            var border = IsAddressing(AddressingOf(request, k), TexelAddressing.ClampToBorder);
            any = any.IsNone ? border : _b.Or(any, border);
        }

        return any;
    }

    /// <summary>1 where the comparison of the reference with a depth holds: the bits of the VkCompareOp are less, equal,
    /// greater.</summary>
    private ValueId CompareDepth(SampleRequest request, ValueId depth)
    {
        var op = FieldHere(request.Sampler, SamplerRecord.CompareField, IrType.I32);
        var less = _b.And(Bit(op, 1), _b.Compare(Op.FLt, request.Reference, depth));
        var equal = _b.And(Bit(op, 2), _b.Compare(Op.FEq, request.Reference, depth));
        var greater = _b.And(Bit(op, 4), _b.Compare(Op.FLt, depth, request.Reference));
        return _b.Select(_b.Or(less, _b.Or(equal, greater)), _b.F32(1), _b.F32(0));
    }

    private ValueId Bit(ValueId bits, int bit) => _b.Compare(Op.INe, _b.And(bits, _b.I32(bit)), _b.I32(0));

    /// <summary>Turns 0 to 3 of the loop are (i0, j0), (i1, j0), (i0, j1), (i1, j1), which is not the order of the results.</summary>
    private void TakeGathered(SampleRequest request, ValueId tap, Span<ValueId> rgba, Span<ValueId> results)
    {
        var value = rgba[0];
        if (!request.Compares)
        {
            ValueId zero = _b.Zero(request.Type), one = OneOf(request.Type);
            var selector = FieldHere(request.Texture, ImageRecord.SwizzleField + 4 * request.Component, IrType.I32);
            value = Swizzled(selector, rgba, zero, one);
        }

        ReadOnlySpan<int> turns = [2, 3, 1, 0];
        for (int c = 0; c < 4; c++)
            results[c] = _b.Select(_b.Compare(Op.IEq, tap, _b.I32(turns[c])), value, results[c]);
    }

    /// <summary>Adds a texel to a weighted sum, or takes it for the least or greatest.</summary>
    private void Accumulate(ValueId reduction, ValueId weight, ReadOnlySpan<ValueId> texel, Span<ValueId> sums)
    {
        Span<ValueId> before = stackalloc ValueId[4], extremes = stackalloc ValueId[4];
        sums.CopyTo(before);
        var average = BeginIf(_b.Compare(Op.IEq, reduction, _b.I32((int)TexelReduction.WeightedAverage)));
        for (int c = 0; c < sums.Length; c++)
            sums[c] = _b.Fma(weight, texel[c], sums[c]);
        Otherwise(average, sums);
        var isMin = _b.Compare(Op.IEq, reduction, _b.I32((int)TexelReduction.Min));
        var counts = _b.Compare(Op.FLt, _b.F32(0), weight);
        for (int c = 0; c < sums.Length; c++)
        {
            var extreme = _b.Select(isMin, _b.Binary(Op.FMin, before[c], texel[c]), _b.Binary(Op.FMax, before[c], texel[c]));
            extremes[c] = _b.Select(counts, extreme, before[c]);
        }

        EndIf(average, extremes[..sums.Length]);
    }
}
