using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Images;

/// <summary>How a part of an image lies in a buffer, or in memory of the host: blocks one after the other in rows, rows in planes.</summary>
/// <param name="RowPitch">Bytes from a row to the next.</param>
/// <param name="PlanePitch">Bytes from a layer or slice to the next; anything where there is one.</param>
/// <param name="Bytes">From the first block to the end of the last.</param>
internal readonly record struct LinearTexels(ulong RowPitch, ulong PlanePitch, UInt128 Bytes)
{
    /// <summary>Texels as a region of a copy describes them.</summary>
    /// <param name="extent">Of the region, which the box may have less of.</param>
    /// <param name="rowLength">Texels from a row to the next; 0 for the extent's width.</param>
    /// <param name="imageHeight">Rows of texels from a plane to the next; 0 for the extent's height.</param>
    /// <exception cref="VulkanException">Rows or planes would overlap.</exception>
    public static LinearTexels Of(in ImageBox box, AspectPlane plane, Extent3D extent, uint rowLength, uint imageHeight)
    {
        uint rowTexels = rowLength == 0 ? extent.Width : rowLength;
        uint rows = imageHeight == 0 ? extent.Height : imageHeight;
        if (rowTexels < extent.Width || rows < extent.Height)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkBufferImageCopy-bufferRowLength-09101: rows of the buffer are shorter than the image's");
        ulong rowPitch = Blocks(rowTexels, box.Format.BlockWidth) * (ulong)plane.BufferBytes;
        UInt128 planePitch = (UInt128)rowPitch * Blocks(rows, box.Format.BlockHeight);
        UInt128 bytes = (planePitch * (uint)(box.Planes - 1)) + ((UInt128)rowPitch * (uint)(box.Height - 1))
            + ((uint)box.Width * (ulong)plane.BufferBytes);

        // Of one plane, the pitch does not matter.
        return new LinearTexels(rowPitch, box.Planes > 1 ? (ulong)planePitch : 0, bytes);
    }

    private static ulong Blocks(uint texels, int block) => ((ulong)texels + (uint)block - 1) / (uint)block;
}
