using ShaderJit.Compiler;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Formats;

/// <summary>The rows of formats whose chroma is halved or lies in planes of its own, and of the formats that views of their planes
/// have.</summary>
internal static class YcbcrFormats
{
    /// <summary>Formats of components of the same width.</summary>
    /// <param name="Packed">Two texels in one block, luma first; the next format has chroma first.</param>
    /// <param name="Planar">Three planes, 420; the next ones are two planes of 420, three and two of 422, three of 444.</param>
    /// <param name="TwoPlanes444">Two planes, 444.</param>
    /// <param name="One">A plane of one component.</param>
    /// <param name="Two">A plane of two.</param>
    private readonly record struct Family(int Bits, Format Packed, Format Planar, Format TwoPlanes444, Format One, Format Two);

    private static readonly Family[] Families =
    [
        new(8, Format.G8B8G8R8422Unorm, Format.G8B8R83Plane420Unorm, Format.G8B8R82Plane444Unorm, Format.R8Unorm, Format.R8G8Unorm),
        new(10, Format.G10X6B10X6G10X6R10X6422Unorm4Pack16, Format.G10X6B10X6R10X63Plane420Unorm3Pack16,
            Format.G10X6B10X6R10X62Plane444Unorm3Pack16, Format.R10X6UnormPack16, Format.R10X6G10X6Unorm2Pack16),
        new(12, Format.G12X4B12X4G12X4R12X4422Unorm4Pack16, Format.G12X4B12X4R12X43Plane420Unorm3Pack16,
            Format.G12X4B12X4R12X42Plane444Unorm3Pack16, Format.R12X4UnormPack16, Format.R12X4G12X4Unorm2Pack16),
        new(16, Format.G16B16G16R16422Unorm, Format.G16B16R163Plane420Unorm, Format.G16B16R162Plane444Unorm, Format.R16Unorm,
            Format.R16G16Unorm),
    ];

    public static IEnumerable<FormatInfo> Rows()
    {
        foreach (var family in Families)
        {
            yield return Packed(family, family.Packed, luma: 0);
            yield return Packed(family, family.Packed + 1, luma: 1);
            yield return InPlanes(family, family.Planar, 3, true, true);
            yield return InPlanes(family, family.Planar + 1, 2, true, true);
            yield return InPlanes(family, family.Planar + 2, 3, true, false);
            yield return InPlanes(family, family.Planar + 3, 2, true, false);
            yield return InPlanes(family, family.Planar + 4, 3, false, false);
            yield return InPlanes(family, family.TwoPlanes444, 2, false, false);
        }
    }

    /// <param name="luma">Index of the first luma component among the block's four; chroma has the other even or odd ones, blue
    /// first.</param>
    private static FormatInfo Packed(in Family family, Format format, int luma)
    {
        int bytes = BytesOf(family), chroma = 1 - luma;
        return Row(family, format, 4 * bytes, blockWidth: 2, ImageAspectFlags.ColorBit, new YcbcrLayout([family.Two], true, false,
            Component(family, 0, 4, chroma + 2), Component(family, 0, 2, luma), Component(family, 0, 4, chroma)));
    }

    private static FormatInfo InPlanes(in Family family, Format format, int planes, bool halvesWidth, bool halvesHeight)
    {
        var aspects = ImageAspectFlags.ColorBit | ImageAspectFlags.Plane0Bit | ImageAspectFlags.Plane1Bit;
        var luma = Component(family, 0, 1, 0);
        if (planes == 3)
        {
            return Row(family, format, BytesOf(family), 1, aspects | ImageAspectFlags.Plane2Bit, new YcbcrLayout(
                [family.One, family.One, family.One], halvesWidth, halvesHeight, Component(family, 2, 1, 0), luma, Component(family, 1, 1, 0)));
        }

        // Both components of chroma are loaded at once.
        int bits = 8 * BytesOf(family);
        var blue = new YcbcrComponent(1, 2 * BytesOf(family), 0, 2 * BytesOf(family), bits - family.Bits, family.Bits);
        return Row(family, format, BytesOf(family), 1, aspects, new YcbcrLayout([family.One, family.Two], halvesWidth, halvesHeight,
            blue with { Shift = blue.Shift + bits }, luma, blue));
    }

    private static FormatInfo Row(in Family family, Format format, int blockBytes, int blockWidth, ImageAspectFlags aspects, YcbcrLayout layout) => new()
    {
        Format = format, Kind = NumericKind.UNorm, BlockBytes = blockBytes, BlockWidth = blockWidth, Aspects = aspects, Ycbcr = layout,
    };

    /// <param name="step">Components from one of its kind to the next.</param>
    /// <param name="first">Components before the first of its kind.</param>
    private static YcbcrComponent Component(in Family family, int plane, int step, int first)
    {
        int bytes = BytesOf(family);
        return new YcbcrComponent(plane, step * bytes, first * bytes, bytes, (8 * bytes) - family.Bits, family.Bits);
    }

    private static int BytesOf(in Family family) => family.Bits == 8 ? 1 : 2;
}
