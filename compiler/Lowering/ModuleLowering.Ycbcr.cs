using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Sampling by a sampler with a Y'CbCr conversion ("Chroma Reconstruction", "Sampler Y'CbCr Conversion"). Format and
/// conversion are known, addressing is clamped to the edge and there is one level: straight code for each.</summary>
/// <remarks>Components are filtered as the whole numbers that they are in memory; range expansion and model are one affine map
/// behind that.</remarks>
internal sealed partial class ModuleLowering
{
    /// <summary>Texels of one axis that are mixed: one; two by the first fraction; or two pairs by the first and the second, and
    /// what they give by the third.</summary>
    private readonly record struct MixedTexels(ValueId[] Texels, ValueId[] Fractions);

    /// <summary>An axis of the image.</summary>
    /// <param name="At">The coordinate, in texels.</param>
    /// <param name="Size">Texels (i32).</param>
    /// <param name="Halved">Whether chroma has half as many.</param>
    private readonly record struct YcbcrAxis(ValueId At, ValueId Size, bool Halved, bool IsCosited);

    /// <summary>The conversion of a sampler; null for one without.</summary>
    private KnownConversion? ConversionOf(in Record sampler)
    {
        if (_stage.Conversions.Count == 0)
            return null;
        var (set, binding) = (_f.Resources[sampler.Resource].Set, _f.Resources[sampler.Resource].Binding);
        foreach (var known in _stage.Conversions)
        {
            if (known.Set != set || known.Binding != binding)
                continue;
            if (sampler.Element < 0)
                Refusal.Throw("VUID-vkCmdDispatch-None-06550: samplers with a Y'CbCr conversion are indexed by constants");
            if (known.Element == sampler.Element)
                return known;
        }

        return null;
    }

    /// <param name="layer">Of an array (i32); None for an image that is none.</param>
    private void SampleConverted(SampleRequest request, KnownConversion known, ValueId layer, Span<ValueId> results)
    {
        if (request.Gathers || request.Compares || request.Offsets.Length > 0 || request.Image.Dim != Dim.Dim2D || !request.Type.IsFloat)
            Refusal.Throw("VUID-vkCmdDispatch-ConstOffset-06551: a sampler with a Y'CbCr conversion samples 2D images without offsets");
        var conversion = known.Conversion;
        request.Layer = layer;
        YcbcrAxis[] axes = [AxisOf(request, 0, conversion.HalvesWidth, conversion.IsCositedX), AxisOf(request, 1, conversion.HalvesHeight, conversion.IsCositedY)];
        Span<ValueId> rgb = stackalloc ValueId[3];
        if (known.MagLinear == known.MinLinear)
        {
            FilterComponents(request, conversion, axes, known.MagLinear, rgb);
        }
        else
        {
            Span<ValueId> other = stackalloc ValueId[3];
            var magnifies = BeginIf(_b.Compare(Op.FLe, BiasedLod(request), _b.F32(0)));
            FilterComponents(request, conversion, axes, known.MagLinear, rgb);
            Otherwise(magnifies, rgb);
            FilterComponents(request, conversion, axes, known.MinLinear, other);
            EndIf(magnifies, other);
        }

        ConvertModel(conversion, rgb, results);
    }

    private YcbcrAxis AxisOf(SampleRequest request, int axis, bool halved, bool isCosited)
    {
        var size = Field(request.Texture, ImageRecord.WidthField + (4 * axis));
        return new YcbcrAxis(_b.FMul(request.Coordinates[axis], _b.Convert(Op.SToF, IrType.F32, size)), size, halved, isCosited);
    }

    /// <summary>R, G and B as whole numbers, filtered.</summary>
    private void FilterComponents(SampleRequest request, YcbcrConversion conversion, YcbcrAxis[] axes, bool linear, Span<ValueId> rgb)
    {
        var luma = new MixedTexels[2];
        var chroma = new MixedTexels[2];
        for (int k = 0; k < 2; k++)
        {
            luma[k] = Around(axes[k].At, axes[k].Size, linear);
            chroma[k] = conversion.IsExplicit ? ReconstructedAt(axes[k], luma[k], conversion.ChromaLinear) : ChromaAround(axes[k], conversion.ChromaLinear);
        }

        rgb[1] = Mixed(request, luma, conversion.G, default).First;
        (rgb[0], rgb[2]) = Mixed(request, chroma, conversion.R, conversion.B);
    }

    /// <summary>The texels around a place that is clamped to the outermost centres.</summary>
    private MixedTexels Around(ValueId at, ValueId size, bool linear)
    {
        var last = _b.ISub(size, _b.I32(1));
        if (linear)
            at = _b.FAdd(at, _b.F32(-0.5f));

        // In this order NaN is taken to the last texel, as elsewhere.
        at = _b.Binary(Op.FMax, _b.Binary(Op.FMin, at, _b.Convert(Op.SToF, IrType.F32, last)), _b.F32(0));
        var first = Whole(at);
        if (!linear)
            return new MixedTexels([first], []);
        var fraction = _b.FSub(at, _b.Convert(Op.SToF, IrType.F32, first));
        return new MixedTexels([first, _b.Binary(Op.SMin, _b.IAdd(first, _b.I32(1)), last)], [fraction]);
    }

    /// <summary>"Implicit Reconstruction": chroma samples around the place itself.</summary>
    private MixedTexels ChromaAround(in YcbcrAxis axis, bool linear)
    {
        if (!axis.Halved)
            return Around(axis.At, axis.Size, linear);
        var at = _b.Fma(axis.At, _b.F32(0.5f), _b.F32(axis.IsCosited ? 0.25f : 0));
        return Around(at, HalfOf(axis.Size), linear);
    }

    /// <summary>"Explicit Reconstruction": chroma samples around the middle of each texel.</summary>
    private MixedTexels ReconstructedAt(in YcbcrAxis axis, in MixedTexels luma, bool linear)
    {
        if (!axis.Halved)
            return luma;
        var texels = new List<ValueId>();
        var fractions = new List<ValueId>();
        foreach (var texel in luma.Texels)
        {
            if (!linear)
            {
                texels.Add(_b.Binary(Op.LShr, texel, _b.I32(1)));
                continue;
            }

            var middle = _b.Fma(_b.Convert(Op.SToF, IrType.F32, texel), _b.F32(0.5f), _b.F32(axis.IsCosited ? 0.5f : 0.25f));
            var around = Around(middle, HalfOf(axis.Size), true);
            texels.AddRange(around.Texels);
            fractions.Add(around.Fractions[0]);
        }

        fractions.AddRange(luma.Fractions);
        return new MixedTexels([.. texels], [.. fractions]);
    }

    private ValueId HalfOf(ValueId size) => _b.Binary(Op.LShr, size, _b.I32(1));

    /// <summary>One component at the texels of two axes, or two of the same grid: what lies in the same bytes is loaded once.</summary>
    /// <param name="second">Without bits for none.</param>
    private (ValueId First, ValueId Second) Mixed(SampleRequest request, MixedTexels[] grid, in YcbcrComponent first, in YcbcrComponent second)
    {
        bool shares = first with { Shift = 0, Bits = 0 } == second with { Shift = 0, Bits = 0 };
        var units = LoadUnits(request, grid, first);
        var a = Mixed(units, grid, first);
        if (second.Bits == 0)
            return (a, ValueId.None);
        return (a, Mixed(shares ? units : LoadUnits(request, grid, second), grid, second));
    }

    /// <summary>The bytes that a component is in, row by row.</summary>
    private ValueId[] LoadUnits(SampleRequest request, MixedTexels[] grid, in YcbcrComponent component)
    {
        var texture = request.Texture;
        var plane = PlaneTexels(texture, component.Plane);
        var pitch = component.Plane == 0 ? LevelField(texture, _b.I32(0), false, ImageRecord.LevelRowPitchField)
            : Field(texture, ImageRecord.PlaneTable + ((component.Plane - 1) * ImageRecord.PlaneSize) + ImageRecord.PlaneRowPitchField);
        var above = ValueId.None;
        if (!request.Layer.IsNone)
        {
            int field = component.Plane == 0 ? ImageRecord.LayerPitchField
                : ImageRecord.PlaneTable + ((component.Plane - 1) * ImageRecord.PlaneSize) + ImageRecord.PlaneLayerPitchField;
            above = _b.IMul(request.Layer, Field(texture, field));
        }

        var exists = _b.Compare(Op.INe, Field(texture, ImageRecord.WidthField), _b.I32(0));
        var type = component.Bytes switch { 1 => IrType.I8, 2 => IrType.I16, _ => IrType.I32 };
        int columns = grid[0].Texels.Length;
        var units = new ValueId[columns * grid[1].Texels.Length];
        for (int i = 0; i < units.Length; i++)
        {
            var row = _b.IMul(grid[1].Texels[i / columns], pitch);
            if (!above.IsNone)
                row = _b.IAdd(row, above);
            var offset = _b.IAdd(row, _b.IMul(grid[0].Texels[i % columns], _b.I32(component.Stride)));
            var unit = LoadKnown(new Access(plane, offset, 0, exists), type, component.Offset, request.Flags | NodeFlags.Near);
            units[i] = type == IrType.I32 ? unit : _b.Convert(Op.ZExt, IrType.I32, unit);
        }

        return units;
    }

    private ValueId Mixed(ValueId[] units, MixedTexels[] grid, in YcbcrComponent component)
    {
        int columns = grid[0].Texels.Length;
        var rows = new ValueId[grid[1].Texels.Length];
        var numbers = new ValueId[columns];
        for (int y = 0; y < rows.Length; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                var low = _b.Binary(Op.LShr, units[(y * columns) + x], _b.I32(component.Shift));
                if (component.Shift + component.Bits < 8 * component.Bytes)
                    low = _b.And(low, _b.I32((1 << component.Bits) - 1));
                numbers[x] = _b.Convert(Op.SToF, IrType.F32, low);
            }

            rows[y] = Mix(numbers, grid[0].Fractions);
        }

        return Mix(rows, grid[1].Fractions);
    }

    /// <summary>Of one, two or four numbers, as <see cref="MixedTexels"/> says.</summary>
    private ValueId Mix(ValueId[] numbers, ValueId[] fractions) => (numbers.Length, fractions.Length) switch
    {
        (1, _) => numbers[0],
        (2, _) => Between(numbers[0], numbers[1], fractions[0]),
        _ => Between(Between(numbers[0], numbers[1], fractions[0]), Between(numbers[2], numbers[3], fractions[1]), fractions[2]),
    };

    /// <summary>Component swizzle, range expansion and model conversion.</summary>
    private void ConvertModel(YcbcrConversion conversion, ReadOnlySpan<ValueId> rgb, Span<ValueId> results)
    {
        double most = (1 << conversion.G.Bits) - 1;
        Span<ValueId> swizzled = stackalloc ValueId[4];
        ReadOnlySpan<TexelSwizzle> sources = [conversion.SwizzleR, conversion.SwizzleG, conversion.SwizzleB, conversion.SwizzleA];
        for (int c = 0; c < 4; c++)
        {
            swizzled[c] = sources[c] switch
            {
                TexelSwizzle.R => rgb[0],
                TexelSwizzle.G => rgb[1],
                TexelSwizzle.B => rgb[2],
                TexelSwizzle.Zero => _b.F32(0),
                _ => _b.F32((float)most), // alpha, which is not there, too
            };
        }

        results[3] = sources[3] is TexelSwizzle.One or TexelSwizzle.A ? _b.F32(1) : _b.FMul(swizzled[3], _b.F32((float)(1 / most)));
        if (conversion.Model == YcbcrModel.RgbIdentity)
        {
            for (int c = 0; c < 3; c++)
                results[c] = _b.FMul(swizzled[c], _b.F32((float)(1 / most)));
            return;
        }

        // Of whole numbers: y' = luma * y + y0, and chroma likewise.
        double unit = Math.Pow(2, conversion.G.Bits - 8), half = Math.Pow(2, conversion.G.Bits - 1);
        var (y, y0, c1, c0) = conversion.IsNarrow
            ? (1 / (219 * unit), -16.0 / 219, 1 / (224 * unit), -128.0 / 224)
            : (1 / most, 0.0, 1 / most, -half / most);
        var luma = (ValueId)swizzled[1];
        if (conversion.Model == YcbcrModel.YcbcrIdentity)
        {
            results[0] = Affine(swizzled[0], c1, c0);
            results[1] = Affine(luma, y, y0);
            results[2] = Affine(swizzled[2], c1, c0);
            return;
        }

        var (kr, kb) = WeightsOf(conversion.Model);
        double kg = 1 - kr - kb, red = 2 * (1 - kr), blue = 2 * (1 - kb);
        double greenOfRed = -kr * red / kg, greenOfBlue = -kb * blue / kg;
        results[0] = _b.Fma(swizzled[0], _b.F32((float)(red * c1)), Affine(luma, y, y0 + (red * c0)));
        results[1] = _b.Fma(swizzled[0], _b.F32((float)(greenOfRed * c1)),
            _b.Fma(swizzled[2], _b.F32((float)(greenOfBlue * c1)), Affine(luma, y, y0 + ((greenOfRed + greenOfBlue) * c0))));
        results[2] = _b.Fma(swizzled[2], _b.F32((float)(blue * c1)), Affine(luma, y, y0 + (blue * c0)));
    }

    private ValueId Affine(ValueId number, double factor, double summand) => _b.Fma(number, _b.F32((float)factor), _b.F32((float)summand));

    /// <summary>The shares of red and blue in luma (Khronos Data Format Specification: BT.709, BT.601 and BT.2020 Y'CbCr
    /// conversion).</summary>
    private static (double Red, double Blue) WeightsOf(YcbcrModel model) => model switch
    {
        YcbcrModel.Ycbcr709 => (0.2126, 0.0722),
        YcbcrModel.Ycbcr601 => (0.299, 0.114),
        _ => (0.2627, 0.0593),
    };
}
