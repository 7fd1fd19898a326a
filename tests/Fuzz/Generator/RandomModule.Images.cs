namespace ShaderJit.Fuzz.Generator;

/// <summary>Images and texel buffers: reads anywhere of some, and of others each invocation's own texel.</summary>
internal sealed partial class RandomModule
{
    private const int FirstImage = 70, RowTexels = 16, InputRows = 8;

    /// <summary>Formats of storage images, and their components' type.</summary>
    private static readonly (string Name, char Type)[] ImageFormats =
        [("R32ui", 'u'), ("Rgba32f", 'f'), ("Rgba8", 'f'), ("Rgba16f", 'f'), ("R32f", 'f'), ("Rgba32i", 'i'), ("R32i", 'i'), ("Rgba8ui", 'u'), ("Rgba32ui", 'u'), ("R64ui", 'q')];

    /// <summary>Indices of formats: of 64-bit integers, which comes last, and of the floats that atomics are for.</summary>
    private const int WideFormat = 9, FloatFormat = 4;

    /// <summary>The witness is not asked for 64-bit texels.</summary>
    private bool HasWideImages => _wide && !Defined;

    private enum ImageUse { Input, Output, Counters, Fetched, OutputTexels, FetchedTexels, Volume, Layers, FetchedVolume, FetchedLayers, OutputVolume, OutputLayers }

    private void ImageStep()
    {
        // The driver that is asked as a witness is given images of one slice.
        if (!Defined && Chance(40))
        {
            DeepImageStep();
            return;
        }

        switch (_random.Next(_isMain ? 9 : 4))
        {
            case 0: Read(ImageUse.Input); break;
            case 1: Fetch(ImageUse.Fetched); break;
            case 2: Fetch(ImageUse.FetchedTexels); break;
            case 3: QuerySize(); break;
            case 4: ImageAtomic(own: true); break;
            case 5: ImageAtomic(own: false); break;
            case 6: WriteOwn(ImageUse.OutputTexels); break;
            case 7: Read(ImageUse.Output); break;
            default: WriteOwn(ImageUse.Output); break;
        }
    }

    private int AnyFormat() => HasWideImages && Chance(20) ? WideFormat : _random.Next(WideFormat);

    private void Read(ImageUse use)
    {
        int format = AnyFormat();
        var texel = new Kind(ImageFormats[format].Type, 4);
        string image = LoadImage(use, format);
        Add(texel, Make("OpImageRead", texel, $"{image} {(use == ImageUse.Output ? OwnTexel() : AnyTexel())}"));
    }

    private void Fetch(ImageUse use)
    {
        // Without a format: floats or unsigned integers.
        int format = HasWideImages && Chance(30) ? WideFormat : _random.Next(2);
        var texel = new Kind(ImageFormats[format].Type, 4);
        string image = LoadImage(use, format);
        Add(texel, use == ImageUse.FetchedTexels
            ? Make("OpImageFetch", texel, $"{image} {Get(Kind.Uint)}")
            : Make("OpImageFetch", texel, $"{image} {AnyTexel()} Lod {Constant(0)}"));
    }

    private void QuerySize()
    {
        Need("ImageQuery");
        var size = new Kind('u', 2);
        Add(size, Make("OpImageQuerySize", size, LoadImage(ImageUse.Input, AnyFormat())));
    }

    private void WriteOwn(ImageUse use)
    {
        int format = AnyFormat();
        var texel = new Kind(ImageFormats[format].Type, 4);
        string image = LoadImage(use, format), value = Get(texel);
        if (Defined && ImageFormats[format].Name == "Rgba8")
            value = Any("NClamp", texel, $"{value} {Splat(texel, -1)} {Splat(texel, 2)}");
        else if (Defined && ImageFormats[format].Name == "Rgba8ui")
            value = Make("OpBitwiseAnd", texel, $"{value} {Splat(texel, 255)}");
        Do($"OpImageWrite {image} {(use == ImageUse.OutputTexels ? _linear : OwnTexel())} {value}");
    }

    private string? _imageCounterOp;

    /// <summary>On the own texel, with a result; or on any of a few, where the order does not matter.</summary>
    private void ImageAtomic(bool own)
    {
        bool isFloat = own && !Defined && Chance(20);
        var type = isFloat ? Kind.Float : HasWideImages && Chance(40) ? new Kind('q') : Kind.Uint;
        if (type.Bits == 64)
            Need("Int64Atomics");
        string image = DeclareImage(own ? ImageUse.Output : ImageUse.Counters, isFloat ? FloatFormat : type.Bits == 64 ? WideFormat : 0);
        string pointer = Fresh(), where = own ? OwnTexel()
            : Make("OpCompositeConstruct", new Kind('u', 2), $"{Binary("OpBitwiseAnd", Get(Kind.Uint), Constant(Counters - 1))} {Constant(0)}");
        Declare($"%pi_{type.Name}_texel", $"OpTypePointer Image {type.Id}");
        Do($"{pointer} = OpImageTexelPointer %pi_{type.Name}_texel {image} {where} {Constant(0)}");
        if (isFloat)
        {
            FloatAtomic(pointer);
            return;
        }

        if (!own)
        {
            _imageCounterOp ??= Pick(["OpAtomicIAdd", "OpAtomicUMin", "OpAtomicUMax", "OpAtomicAnd", "OpAtomicXor"]);
            Make(_imageCounterOp, type, $"{pointer} {Constant(1)} {Constant(0)} {Get(type)}");
            return;
        }

        string name = Pick(IntegerAtomics), scope = $"{Constant(1)} {Constant(0)}";
        string operands = name switch
        {
            "CompareExchange" => $"{scope} {Constant(0)} {Get(type)} {Get(type)}",
            "IIncrement" or "Load" => scope,
            _ => $"{scope} {Get(type)}",
        };
        Add(type, Make("OpAtomic" + name, type, $"{pointer} {operands}"));
    }

    private string OwnTexel() => Make("OpCompositeConstruct", new Kind('u', 2),
        $"{Binary("OpBitwiseAnd", _linear, Constant(RowTexels - 1))} {Binary("OpShiftRightLogical", _linear, Constant(4))}");

    /// <summary>Inside or outside.</summary>
    private string AnyTexel()
    {
        string x = Chance(70) ? Binary("OpUMod", Get(Kind.Uint), Constant(RowTexels)) : Get(Kind.Uint);
        string y = Chance(70) ? Binary("OpUMod", Chance(50) ? Uniform() : _index, Constant(InputRows)) : Get(Kind.Uint);
        return Make("OpCompositeConstruct", new Kind('u', 2), $"{x} {y}");
    }

    private string LoadImage(ImageUse use, int format)
    {
        string variable = DeclareImage(use, format), id = Fresh();
        Do($"{id} = OpLoad {ImageType(use, format)} {variable}");
        return id;
    }

    private string DeclareImage(ImageUse use, int format)
    {
        string type = ImageType(use, format), name = $"%image{use}{format}";
        if (!_declared.Add(name))
            return name;
        string pointer = Declare("%p" + type[1..], $"OpTypePointer UniformConstant {type}");
        _types.Append($"{name} = OpVariable {pointer} UniformConstant\n");
        int binding = FirstImage + 10 * (int)use + format;
        _decorations.Append($"OpDecorate {name} DescriptorSet 0\nOpDecorate {name} Binding {binding}\n");
        if (use is ImageUse.Input or ImageUse.Volume or ImageUse.Layers)
            _decorations.Append($"OpDecorate {name} NonWritable\n");
        return name;
    }

    private string ImageType(ImageUse use, int format)
    {
        bool isBuffer = use is ImageUse.OutputTexels or ImageUse.FetchedTexels;
        bool isFetched = use is ImageUse.Fetched or ImageUse.FetchedTexels or ImageUse.FetchedVolume or ImageUse.FetchedLayers;
        bool isVolume = use is ImageUse.Volume or ImageUse.FetchedVolume or ImageUse.OutputVolume;
        bool isArray = use is ImageUse.Layers or ImageUse.FetchedLayers or ImageUse.OutputLayers;
        if (isBuffer)
            Need(isFetched ? "SampledBuffer" : "ImageBuffer");
        if (format == WideFormat)
            Need("Int64ImageEXT", "SPV_EXT_shader_image_int64");
        var (name, type) = ImageFormats[format];
        string dim = isBuffer ? "Buffer" : isVolume ? "3D" : "2D", layout = isFetched ? "Unknown" : name;
        return Declare($"%image_{dim}_{(isArray ? "layers_" : "")}{(isFetched ? "fetched_" + type : name)}",
            $"OpTypeImage {new Kind(type).Id} {dim} 0 {(isArray ? 1 : 0)} 0 {(isFetched ? 1 : 2)} {layout}");
    }
}
