using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Images;

/// <summary>A plane of an image: all of it, but for multi-planar formats. Planes of a disjoint image have memory of their
/// own.</summary>
/// <param name="format">What its texels are; the image's own format where there is one plane.</param>
/// <param name="offset">Bytes from the image's memory to the plane; 0 where it has memory of its own.</param>
internal sealed class ImagePlane(FormatInfo format, ImagePlacement texels, ulong offset)
{
    public FormatInfo Format { get; } = format;

    /// <summary>Where its texels, or compressed blocks, are.</summary>
    public ImagePlacement Texels { get; } = texels;

    /// <summary>Bytes from the image's memory to the plane.</summary>
    public ulong Offset { get; } = offset;

    public DeviceMemoryObject? Memory { get; private set; }

    public ulong MemoryOffset { get; private set; }

    /// <summary>Region offset of byte 0; only where memory is bound.</summary>
    public ulong RegionOffset => Memory!.Range.Offset + MemoryOffset + Offset;

    public void Bind(DeviceMemoryObject memory, ulong memoryOffset) => (Memory, MemoryOffset) = (memory, memoryOffset);

    /// <summary>The planes of an image that is going to be made.</summary>
    /// <exception cref="VulkanException">The image is too large.</exception>
    public static ImagePlane[] Of(FormatInfo format, in ImageCreateInfo info)
    {
        if (!format.IsMultiPlanar)
            return [new ImagePlane(format, new ImagePlacement(format, info.Extent, (int)info.MipLevels, (int)info.ArrayLayers, (int)info.Samples), 0)];
        var layout = format.Ycbcr!;
        var planes = new ImagePlane[layout.Planes.Length];
        ulong offset = 0;
        for (int i = 0; i < planes.Length; i++)
        {
            var extent = info.Extent;
            if (i > 0 && layout.HalvesWidth)
                extent.Width /= 2;
            if (i > 0 && layout.HalvesHeight)
                extent.Height /= 2;
            var own = FormatTable.Find(layout.Planes[i])!;
            var texels = new ImagePlacement(own, extent, 1, (int)info.ArrayLayers, 1);
            planes[i] = new ImagePlane(own, texels, offset);
            if ((info.Flags & ImageCreateFlags.DisjointBit) == 0)
                offset += (texels.Bytes + ImageObject.Alignment - 1) & ~(ImageObject.Alignment - 1);
        }

        return planes;
    }
}
