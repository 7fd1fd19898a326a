using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Formats.BlockCompression;

namespace ShaderJit.Vulkan.Images;

/// <summary>Keeps the decoded texels of compressed images up to date.</summary>
internal static class BlockDecoding
{
    /// <summary>Decodes the blocks of a box that was written; nothing for images that are not compressed.</summary>
    public static void Refresh(Region region, in ImageBox box)
    {
        if (box.Image.Decoded is not { } decoded)
            return;
        var format = box.Image.Format;
        ref readonly var mip = ref decoded.Levels[box.Level];
        int bytes = decoded.Format.BlockBytes;
        Span<byte> texels = stackalloc byte[BlockDecoder.MostBytes];
        for (int p = 0; p < box.Planes; p++)
        {
            for (int y = 0; y < box.Height; y++)
            {
                var blocks = region.Span(box.RowAt(p, y), box.Width * format.BlockBytes);
                int top = (box.Y + y) * format.BlockHeight, rows = Math.Min(format.BlockHeight, mip.Height - top);
                for (int x = 0; x < box.Width; x++)
                {
                    BlockDecoder.Decode(format.Format, blocks.Slice(x * format.BlockBytes, format.BlockBytes), texels);

                    // Blocks at an edge have texels that the level does not have.
                    int left = (box.X + x) * format.BlockWidth, columns = Math.Min(format.BlockWidth, mip.Width - left);
                    for (int row = 0; row < rows; row++)
                    {
                        texels.Slice(row * format.BlockWidth * bytes, columns * bytes)
                            .CopyTo(Row(region, box, box.Z + p, top + row).Slice(left * bytes));
                    }
                }
            }
        }
    }

    /// <summary>A row of decoded texels of a box's level.</summary>
    /// <param name="plane">A slice of a 3D image, otherwise a layer counted from the box's first.</param>
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
