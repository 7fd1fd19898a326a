namespace ShaderJit.Fuzz.Generator;

/// <summary>Images of three dimensions and arrays of layers; those that are fetched from have three levels.</summary>
internal sealed partial class RandomModule
{
    private const int Slices = 8;

    private static readonly Kind Place = new('u', 3);

    private void DeepImageStep()
    {
        bool isVolume = Chance(50);
        int format = AnyFormat();
        switch (_random.Next(_isMain ? 6 : 4))
        {
            case 0 or 1:
                var use = isVolume ? ImageUse.Volume : ImageUse.Layers;
                AddTexel(format, "OpImageRead", use, AnyPlace());
                break;
            case 2:
                // Without a format: floats or unsigned integers.
                use = isVolume ? ImageUse.FetchedVolume : ImageUse.FetchedLayers;
                string level = Chance(60) ? Constant(_random.Next(4)) : Chance(50) ? Uniform() : Binary("OpBitwiseAnd", Get(Kind.Uint), Constant(3));
                AddTexel(_random.Next(2), "OpImageFetch", use, $"{AnyPlace()} Lod {level}");
                break;
            case 3:
                Need("ImageQuery");
                string image = LoadImage(isVolume ? ImageUse.FetchedVolume : ImageUse.FetchedLayers, 0);
                if (Chance(30))
                    Add(Kind.Uint, Make("OpImageQueryLevels", Kind.Uint, image));
                else
                    Add(Place, Make("OpImageQuerySizeLod", Place, $"{image} {Constant(_random.Next(3))}"));
                break;
            case 4:
                AddTexel(format, "OpImageRead", isVolume ? ImageUse.OutputVolume : ImageUse.OutputLayers, OwnPlace());
                break;
            default:
                var texel = new Kind(ImageFormats[format].Type, 4);
                string own = OwnPlace();
                Do($"OpImageWrite {LoadImage(isVolume ? ImageUse.OutputVolume : ImageUse.OutputLayers, format)} {own} {Get(texel)}");
                break;
        }
    }

    private void AddTexel(int format, string opcode, ImageUse use, string where)
    {
        var texel = new Kind(ImageFormats[format].Type, 4);
        Add(texel, Make(opcode, texel, $"{LoadImage(use, format)} {where}"));
    }

    private string OwnPlace()
    {
        string x = Binary("OpBitwiseAnd", _linear, Constant(RowTexels - 1));
        string y = Binary("OpBitwiseAnd", Binary("OpShiftRightLogical", _linear, Constant(4)), Constant(InputRows - 1));
        return Make("OpCompositeConstruct", Place, $"{x} {y} {Binary("OpShiftRightLogical", _linear, Constant(7))}");
    }

    /// <summary>Inside or outside.</summary>
    private string AnyPlace()
    {
        string z = Chance(70) ? Binary("OpUMod", Chance(50) ? Uniform() : Get(Kind.Uint), Constant(Slices)) : Get(Kind.Uint);
        return Make("OpCompositeConstruct", Place, $"{AnyTexel()} {z}");
    }
}
