using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Formats;

/// <summary>
/// The formats that images and texel buffers may have: one row each. A layout names the components from the lowest bit up,
/// with their widths; X is unused, D depth, S stencil.
/// </summary>
/// <remarks>Scaled formats are for vertices only and not here, nor are ETC2 and ASTC. Those of Y'CbCr have a table of their own (<see cref="YcbcrFormats"/>).</remarks>
internal static class FormatTable
{
    /// <summary>Core formats have numbers up to this one.</summary>
    private const int LastCore = (int)Format.BC7SrgbBlock;

    private static readonly FormatInfo?[] Core = new FormatInfo?[LastCore + 1];
    private static readonly FormatInfo[] Others =
    [
        Row(Format.A4R4G4B4UnormPack16, NumericKind.UNorm, "B4G4R4A4"),
        Row(Format.A4B4G4R4UnormPack16, NumericKind.UNorm, "R4G4B4A4"),
        Row(Format.R10X6UnormPack16, NumericKind.UNorm, "X6R10"),
        Row(Format.R10X6G10X6Unorm2Pack16, NumericKind.UNorm, "X6R10X6G10"),
        Row(Format.R12X4UnormPack16, NumericKind.UNorm, "X4R12"),
        Row(Format.R12X4G12X4Unorm2Pack16, NumericKind.UNorm, "X4R12X4G12"),
        .. YcbcrFormats.Rows(),
    ];

    static FormatTable()
    {
        Add(Format.R4G4UnormPack8, NumericKind.UNorm, "G4R4");
        Add(Format.R4G4B4A4UnormPack16, NumericKind.UNorm, "A4B4G4R4");
        Add(Format.B4G4R4A4UnormPack16, NumericKind.UNorm, "A4R4G4B4");
        Add(Format.R5G6B5UnormPack16, NumericKind.UNorm, "B5G6R5");
        Add(Format.B5G6R5UnormPack16, NumericKind.UNorm, "R5G6B5");
        Add(Format.R5G5B5A1UnormPack16, NumericKind.UNorm, "A1B5G5R5");
        Add(Format.B5G5R5A1UnormPack16, NumericKind.UNorm, "A1R5G5B5");
        Add(Format.A1R5G5B5UnormPack16, NumericKind.UNorm, "B5G5R5A1");
        AddBytes(Format.R8Unorm, "R8");
        AddBytes(Format.R8G8Unorm, "R8G8");
        AddBytes(Format.R8G8B8Unorm, "R8G8B8");
        AddBytes(Format.B8G8R8Unorm, "B8G8R8");
        AddBytes(Format.R8G8B8A8Unorm, "R8G8B8A8");
        AddBytes(Format.B8G8R8A8Unorm, "B8G8R8A8");
        AddBytes(Format.A8B8G8R8UnormPack32, "R8G8B8A8");
        AddTens(Format.A2R10G10B10UnormPack32, "B10G10R10A2");
        AddTens(Format.A2B10G10R10UnormPack32, "R10G10B10A2");
        AddWords(Format.R16Unorm, "R16");
        AddWords(Format.R16G16Unorm, "R16G16");
        AddWords(Format.R16G16B16Unorm, "R16G16B16");
        AddWords(Format.R16G16B16A16Unorm, "R16G16B16A16");
        AddWide(Format.R32Uint, "R32");
        AddWide(Format.R32G32Uint, "R32G32");
        AddWide(Format.R32G32B32Uint, "R32G32B32");
        AddWide(Format.R32G32B32A32Uint, "R32G32B32A32");
        Add(Format.R64Uint, NumericKind.UInt, "R64");
        Add(Format.R64Sint, NumericKind.SInt, "R64");
        Add(Format.B10G11R11UfloatPack32, NumericKind.UFloat, "R11G11B10");
        Add(Format.E5B9G9R9UfloatPack32, NumericKind.SharedExponent, "R9G9B9X5");
        Add(Format.D16Unorm, NumericKind.UNorm, "D16");
        Add(Format.X8D24UnormPack32, NumericKind.UNorm, "D24X8");
        Add(Format.D32Sfloat, NumericKind.SFloat, "D32");
        Add(Format.S8Uint, NumericKind.UInt, "S8");
        Add(Format.D16UnormS8Uint, NumericKind.UNorm, "D16S8X8");
        Add(Format.D24UnormS8Uint, NumericKind.UNorm, "D24S8");
        Add(Format.D32SfloatS8Uint, NumericKind.SFloat, "D32S8X24");
        AddBlocks(Format.BC1RgbUnormBlock, NumericKind.UNorm, 8, Format.R8G8B8A8Unorm);
        AddBlocks(Format.BC1RgbSrgbBlock, NumericKind.Srgb, 8, Format.R8G8B8A8Srgb);
        AddBlocks(Format.BC1RgbaUnormBlock, NumericKind.UNorm, 8, Format.R8G8B8A8Unorm);
        AddBlocks(Format.BC1RgbaSrgbBlock, NumericKind.Srgb, 8, Format.R8G8B8A8Srgb);
        AddBlocks(Format.BC2UnormBlock, NumericKind.UNorm, 16, Format.R8G8B8A8Unorm);
        AddBlocks(Format.BC2SrgbBlock, NumericKind.Srgb, 16, Format.R8G8B8A8Srgb);
        AddBlocks(Format.BC3UnormBlock, NumericKind.UNorm, 16, Format.R8G8B8A8Unorm);
        AddBlocks(Format.BC3SrgbBlock, NumericKind.Srgb, 16, Format.R8G8B8A8Srgb);
        AddBlocks(Format.BC4UnormBlock, NumericKind.UNorm, 8, Format.R16Unorm);
        AddBlocks(Format.BC4SnormBlock, NumericKind.SNorm, 8, Format.R16Snorm);
        AddBlocks(Format.BC5UnormBlock, NumericKind.UNorm, 16, Format.R16G16Unorm);
        AddBlocks(Format.BC5SnormBlock, NumericKind.SNorm, 16, Format.R16G16Snorm);
        AddBlocks(Format.BC6HUfloatBlock, NumericKind.SFloat, 16, Format.R16G16B16A16Sfloat);
        AddBlocks(Format.BC6HSfloatBlock, NumericKind.SFloat, 16, Format.R16G16B16A16Sfloat);
        AddBlocks(Format.BC7UnormBlock, NumericKind.UNorm, 16, Format.R8G8B8A8Unorm);
        AddBlocks(Format.BC7SrgbBlock, NumericKind.Srgb, 16, Format.R8G8B8A8Srgb);
    }

    /// <summary>All formats that the driver has.</summary>
    public static IEnumerable<FormatInfo> All
    {
        get
        {
            foreach (var row in Core)
            {
                if (row is not null)
                    yield return row;
            }

            foreach (var row in Others)
                yield return row;
        }
    }

    /// <summary>The row of a format, or null where the driver does not have it.</summary>
    public static FormatInfo? Find(Format format)
    {
        if ((uint)format <= LastCore)
            return Core[(int)format];
        foreach (var row in Others)
        {
            if (row.Format == format)
                return row;
        }

        return null;
    }

    /// <summary>UNORM and, at the registry's distances from it, SNORM, UINT, SINT and SRGB.</summary>
    private static void AddBytes(Format unorm, string layout)
    {
        AddWithScaled(unorm, layout);
        Add(unorm + 6, NumericKind.Srgb, layout);
    }

    private static void AddTens(Format unorm, string layout) => AddWithScaled(unorm, layout);

    private static void AddWords(Format unorm, string layout)
    {
        AddWithScaled(unorm, layout);
        Add(unorm + 6, NumericKind.SFloat, layout);
    }

    private static void AddWide(Format uint32, string layout)
    {
        Add(uint32, NumericKind.UInt, layout);
        Add(uint32 + 1, NumericKind.SInt, layout);
        Add(uint32 + 2, NumericKind.SFloat, layout);
    }

    /// <summary>UNORM, SNORM, (USCALED, SSCALED,) UINT, SINT have consecutive numbers.</summary>
    private static void AddWithScaled(Format unorm, string layout)
    {
        Add(unorm, NumericKind.UNorm, layout);
        Add(unorm + 1, NumericKind.SNorm, layout);
        Add(unorm + 4, NumericKind.UInt, layout);
        Add(unorm + 5, NumericKind.SInt, layout);
    }

    private static void Add(Format format, NumericKind kind, string layout) => Core[(int)format] = Row(format, kind, layout);

    private static void AddBlocks(Format format, NumericKind kind, int bytes, Format decoded) =>
        Core[(int)format] = new FormatInfo
        {
            Format = format, Kind = kind, BlockBytes = bytes, BlockWidth = 4, BlockHeight = 4,
            Aspects = ImageAspectFlags.ColorBit, Decoded = decoded,
        };

    private static FormatInfo Row(Format format, NumericKind kind, string layout)
    {
        ComponentBits r = default, g = default, b = default, a = default, stencil = default;
        ImageAspectFlags aspects = 0;
        int shift = 0;
        for (int i = 0; i < layout.Length;)
        {
            char name = layout[i++];
            int bits = 0;
            while (i < layout.Length && char.IsAsciiDigit(layout[i]))
                bits = (bits * 10) + layout[i++] - '0';
            var component = new ComponentBits((byte)shift, (byte)bits);
            shift += bits;
            switch (name)
            {
                case 'R': (r, aspects) = (component, ImageAspectFlags.ColorBit); break;
                case 'G': g = component; break;
                case 'B': b = component; break;
                case 'A': a = component; break;
                case 'D': (r, aspects) = (component, aspects | ImageAspectFlags.DepthBit); break;
                case 'S': (stencil, aspects) = (component, aspects | ImageAspectFlags.StencilBit); break;
                default: break; // unused bits
            }
        }

        return new FormatInfo
        {
            Format = format, Kind = kind, BlockBytes = shift / 8, R = r, G = g, B = b, A = a, Stencil = stencil,
            Aspects = aspects,
        };
    }
}
