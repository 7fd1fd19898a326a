using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Images;

/// <summary>
/// A box of blocks of one level of an image, which is known to lie inside it: layers of a 1D or 2D image, or slices of a 3D
/// one, are its planes. All transfers reach an image through one of these.
/// </summary>
internal readonly record struct ImageBox
{
    private ImageBox(ImageObject image, ImagePlane plane, int level, int firstLayer, int x, int y, int z, int width, int height, int planes)
    {
        Image = image;
        Plane = plane;
        Level = level;
        FirstLayer = firstLayer;
        (X, Y, Z) = (x, y, z);
        (Width, Height, Planes) = (width, height, planes);
    }

    public ImageObject Image { get; }

    /// <summary>The plane of the image that it is in.</summary>
    public ImagePlane Plane { get; }

    /// <summary>What its texels are.</summary>
    public FormatInfo Format => Plane.Format;

    public int Level { get; }

    /// <summary>Layer of plane 0.</summary>
    public int FirstLayer { get; }

    /// <summary>First block.</summary>
    public int X { get; }

    public int Y { get; }

    /// <summary>Slice of plane 0.</summary>
    public int Z { get; }

    /// <summary>Blocks.</summary>
    public int Width { get; }

    public int Height { get; }

    public int Planes { get; }

    public ref readonly MipLayout Mip => ref Plane.Texels.Levels[Level];

    /// <summary>A part of a subresource.</summary>
    /// <param name="offset">Texels of the plane.</param>
    /// <param name="extent">Texels of the plane; the depth counts for 3D images only, the layers for others.</param>
    /// <exception cref="VulkanException">It is not inside the image, or does not begin and end with blocks.</exception>
    public static ImageBox Of(ImageObject image, in ImageSubresourceLayers layers, Offset3D offset, Extent3D extent)
    {
        var plane = image.PlaneOf(layers.AspectMask);
        ref readonly var mip = ref MipOf(plane, layers.MipLevel);
        bool is3D = image.Type == ImageType.Type3D;
        var format = plane.Format;
        CheckLayers(image, layers.BaseArrayLayer, layers.LayerCount);
        int width = Blocks(offset.X, extent.Width, mip.Width, format.BlockWidth);
        int height = Blocks(offset.Y, extent.Height, mip.Height, format.BlockHeight);
        int depth = is3D ? Blocks(offset.Z, extent.Depth, mip.Depth, 1) : 1;
        if (!is3D && offset.Z != 0)
            throw Outside(offset.Z, extent.Depth, 1);
        return new ImageBox(image, plane, (int)layers.MipLevel, (int)layers.BaseArrayLayer, offset.X / format.BlockWidth,
            offset.Y / format.BlockHeight, is3D ? offset.Z : 0, width, height, is3D ? depth : (int)layers.LayerCount);
    }

    /// <summary>The part of an extent that lies in a mip level. Offsets outside the level are left for <see cref="Of"/> to refuse.</summary>
    /// <exception cref="VulkanException">The image has no such plane or level.</exception>
    public static Extent3D Cut(ImageObject image, in ImageSubresourceLayers layers, Offset3D offset, Extent3D extent)
    {
        ref readonly var mip = ref MipOf(image.PlaneOf(layers.AspectMask), layers.MipLevel);
        return new Extent3D
        {
            Width = Cut(offset.X, extent.Width, mip.Width),
            Height = Cut(offset.Y, extent.Height, mip.Height),
            Depth = image.Type == ImageType.Type3D ? Cut(offset.Z, extent.Depth, mip.Depth) : extent.Depth,
        };
    }

    /// <summary>All of one level of some layers, of an image that is not multi-planar.</summary>
    public static ImageBox Whole(ImageObject image, int level, int firstLayer, int layers)
    {
        var plane = image.Planes[0];
        ref readonly var mip = ref MipOf(plane, (uint)level);
        CheckLayers(image, (uint)firstLayer, (uint)layers);
        return new ImageBox(image, plane, level, firstLayer, 0, 0, 0, ImagePlacement.BlocksOf(mip.Width, image.Format.BlockWidth),
            ImagePlacement.BlocksOf(mip.Height, image.Format.BlockHeight), image.Type == ImageType.Type3D ? mip.Depth : layers);
    }

    /// <summary>Region offset of a row's first block; the image must be resident.</summary>
    public ulong RowAt(int plane, int row, int sample = 0)
    {
        var texels = Plane.Texels;
        ref readonly var mip = ref Mip;
        bool is3D = Image.Type == ImageType.Type3D;
        int layer = is3D ? FirstLayer : FirstLayer + plane, z = is3D ? Z + plane : 0;
        return Plane.RegionOffset + (texels.LayerPitch * (ulong)layer) + (texels.SamplePitch * (ulong)sample) + mip.Offset
            + (mip.SlicePitch * (ulong)z) + (mip.RowPitch * (ulong)(Y + row)) + ((ulong)X * (ulong)Format.BlockBytes);
    }

    /// <summary>Throws unless the level is there.</summary>
    public static ref readonly MipLayout MipOf(ImagePlane plane, uint level)
    {
        if (level >= (uint)plane.Texels.Levels.Length)
            throw new VulkanException(Result.ErrorUnknown, $"the image has no mip level {level}");
        return ref plane.Texels.Levels[(int)level];
    }

    /// <summary>Throws unless the layers are there.</summary>
    public static void CheckLayers(ImageObject image, uint first, uint count)
    {
        if (count == 0 || first >= (uint)image.Texels.Layers || count > (uint)image.Texels.Layers - first)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"layers {first} to {(ulong)first + count} are not in an image of {image.Texels.Layers} layers");
        }
    }

    private static uint Cut(int offset, uint extent, int size) =>
        offset < 0 || offset >= size ? extent : Math.Min(extent, (uint)(size - offset));

    private static int Blocks(int offset, uint extent, int size, int block)
    {
        if (offset < 0 || extent == 0 || offset > size || extent > (uint)(size - offset))
            throw Outside(offset, extent, size);
        bool endsWell = extent % (uint)block == 0 || offset + (int)extent == size;
        return offset % block == 0 && endsWell
            ? ImagePlacement.BlocksOf((int)extent, block)
            : throw new VulkanException(Result.ErrorUnknown, $"{extent} texels at {offset} do not begin and end with compressed blocks");
    }

    private static VulkanException Outside(int offset, uint extent, int size) =>
        new(Result.ErrorUnknown, $"{extent} texels at {offset} are not in a mip level of {size}");
}
