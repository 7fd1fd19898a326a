using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;
using ShaderJit.Vulkan.Images;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkImageView: some levels and layers of an image in one format, and the record of them that kernels read.</summary>
internal sealed class ImageViewObject : DeviceChild
{
    /// <summary>VK_REMAINING_3D_SLICES_EXT.</summary>
    private const uint RemainingSlices = uint.MaxValue;

    /// <summary>The plane that is seen; null for all of them.</summary>
    private readonly ImagePlane? _plane;

    /// <param name="slices">First and number of VkImageViewSlicedCreateInfoEXT; null for all slices.</param>
    /// <exception cref="VulkanException">The view does not fit the image, or the image has no memory.</exception>
    public ImageViewObject(ImageObject image, in ImageViewCreateInfo info, (uint First, uint Count)? slices = null)
        : base(image.Device)
    {
        Image = image;
        Type = info.ViewType;
        _plane = PlaneOf(image, info.SubresourceRange.AspectMask);
        Format = CompatibleFormat(image, _plane, info.Format);
        var range = Resolve(image, info.SubresourceRange);
        Aspects = range.AspectMask;
        CheckType(image, info.ViewType, range);
        Range = range with { LayerCount = LayerCount(image, range, IsSlices(image, info.ViewType)) };
        if (!image.IsResident)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkImageViewCreateInfo-image-01020: the image has no memory");
        var record = MakeRecord(image, range, info);
        var stored = slices is { } some ? Sliced(record, Type, some.First, some.Count) : null;
        RecordOffset = Device.Records.Add(record);
        StorageRecordOffset = stored is null ? RecordOffset : Device.Records.Add(stored);
        Traits = RecordTraits.OfImage(record);
    }

    public ImageObject Image { get; }

    public ImageViewType Type { get; }

    public FormatInfo Format { get; }

    /// <summary>Whether it shows all planes of the image, and not one of several.</summary>
    public bool HasAllPlanes => _plane is null || !Image.Format.IsMultiPlanar;

    public ImageAspectFlags Aspects { get; }

    /// <summary>Levels and layers, their counts in numbers; slices of a 3D image count as layers where it is viewed as 2D.</summary>
    public ImageSubresourceRange Range { get; }

    /// <summary>Region offset of the <see cref="ImageRecord"/>.</summary>
    public ulong RecordOffset { get; }

    /// <summary>The same for storage images, which alone are limited to slices ("VkImageViewSlicedCreateInfoEXT").</summary>
    public ulong StorageRecordOffset { get; }

    /// <summary>What kernels may be compiled for; null once it is destroyed, when its record reads as zeros.</summary>
    public RecordTraits? Traits { get; private set; }

    public override void Destroy()
    {
        Traits = null;
        Device.Records.FreeImage(RecordOffset);
        if (StorageRecordOffset != RecordOffset)
            Device.Records.FreeImage(StorageRecordOffset);
    }

    private static ImagePlane? PlaneOf(ImageObject image, ImageAspectFlags aspects) =>
        image.Format.IsMultiPlanar && aspects == ImageAspectFlags.ColorBit ? null : image.PlaneOf(aspects);

    private static FormatInfo CompatibleFormat(ImageObject image, ImagePlane? plane, Format asked)
    {
        var own = plane?.Format ?? image.Format;
        if (FormatTable.Find(asked) is not { } format)
            throw new VulkanException(Result.ErrorFormatNotSupported, $"views of format {asked} are not supported");
        if (format == image.Format)
            return format;
        bool isSameSize = format.BlockBytes == own.BlockBytes && format.IsColor && own.IsColor && format.Ycbcr is null && own.Ycbcr is null;
        bool isSameBlock = format.IsCompressed == own.IsCompressed
            || (!format.IsCompressed && (image.Flags & ImageCreateFlags.BlockTexelViewCompatibleBit) != 0);
        // Texels are bits in memory whatever the flag says, and Khronos' robustness tests view R64 as R32G32 without it.
        bool isMutable = (image.Flags & ImageCreateFlags.MutableFormatBit) != 0 || !(own.IsCompressed || image.Format.IsMultiPlanar);
        if (!isMutable || !isSameSize || !isSameBlock)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkImageViewCreateInfo-image-01762: a {asked} view does not fit an image of {image.Format.Format} with flags {image.Flags}");
        }

        if (format.IsCompressed && format.Decoded != image.Format.Decoded && !IsSrgbPair(format, image.Format))
        {
            throw new VulkanException(Result.ErrorFormatNotSupported,
                $"compressed blocks of {image.Format.Format} cannot be read as {asked}: they are decoded when they are written");
        }

        return format;
    }

    private static ImageRecord.Plane[] FurtherPlanes(ImageObject image, ulong firstLayer)
    {
        var planes = new ImageRecord.Plane[image.Planes.Length - 1];
        for (int i = 0; i < planes.Length; i++)
        {
            var plane = image.Planes[i + 1];
            planes[i] = new ImageRecord.Plane(plane.RegionOffset + (firstLayer * plane.Texels.LayerPitch), (uint)plane.Texels.Levels[0].RowPitch,
                (uint)plane.Texels.LayerPitch);
        }

        return planes;
    }

    private static bool IsSrgbPair(FormatInfo a, FormatInfo b) => Math.Abs((int)a.Format - (int)b.Format) == 1
        && (a.Kind == NumericKind.Srgb) != (b.Kind == NumericKind.Srgb);

    /// <summary>The range with its counts in numbers, checked against the image.</summary>
    private static ImageSubresourceRange Resolve(ImageObject image, ImageSubresourceRange range)
    {
        uint levels = (uint)image.Texels.Levels.Length;
        if (range.BaseMipLevel >= levels)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkImageViewCreateInfo-subresourceRange-01478: no level {range.BaseMipLevel}");
        if (range.LevelCount == Vk.RemainingMipLevels)
            range.LevelCount = levels - range.BaseMipLevel;
        if (range.LevelCount == 0 || range.LevelCount > levels - range.BaseMipLevel)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkImageViewCreateInfo-subresourceRange-01718: {range.LevelCount} levels");

        // The slices of a level can be viewed as layers.
        return range;
    }

    private static uint LayerCount(ImageObject image, in ImageSubresourceRange range, bool isSlices)
    {
        uint layers = isSlices
            ? (uint)image.Texels.Levels[(int)range.BaseMipLevel].Depth
            : (uint)image.Texels.Layers;
        if (range.BaseArrayLayer >= layers)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkImageViewCreateInfo-image-06724: no layer {range.BaseArrayLayer}");
        uint count = range.LayerCount == Vk.RemainingArrayLayers ? layers - range.BaseArrayLayer : range.LayerCount;
        return count > 0 && count <= layers - range.BaseArrayLayer
            ? count
            : throw new VulkanException(Result.ErrorUnknown, $"VUID-VkImageViewCreateInfo-subresourceRange-06725: {count} layers");
    }

    /// <summary>A 3D view of some slices of one level.</summary>
    private static ImageRecord Sliced(ImageRecord record, ImageViewType type, uint first, uint count)
    {
        if (type != ImageViewType.Type3D || record.Levels.Count != 1)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkImageViewSlicedCreateInfoEXT-viewType-07909: slices are of one level of a 3D view");
        if (first >= record.Depth)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkImageViewSlicedCreateInfoEXT-sliceOffset-07868: no slice {first}");
        if (count == RemainingSlices)
            count = record.Depth - first;
        if (count == 0 || count > record.Depth - first)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkImageViewSlicedCreateInfoEXT-sliceCount-07870: {count} slices");
        return record with { Base = record.Base + ((ulong)first * record.Levels[0].SlicePitch), Depth = count };
    }

    private static bool IsSlices(ImageObject image, ImageViewType type) =>
        image.Type == ImageType.Type3D && type is ImageViewType.Type2D or ImageViewType.Type2DArray;

    private static void CheckType(ImageObject image, ImageViewType type, in ImageSubresourceRange range)
    {
        uint layers = LayerCount(image, range, IsSlices(image, type));
        bool isCube = (image.Flags & ImageCreateFlags.CubeCompatibleBit) != 0;
        bool hasSlices = (image.Flags & (ImageCreateFlags.Create2DArrayCompatibleBit | ImageCreateFlags.Create2DViewCompatibleBitExt)) != 0
            && range.LevelCount == 1;
        bool fits = type switch
        {
            ImageViewType.Type1D => image.Type == ImageType.Type1D && layers == 1,
            ImageViewType.Type1DArray => image.Type == ImageType.Type1D,
            ImageViewType.Type2D => (image.Type == ImageType.Type2D || (image.Type == ImageType.Type3D && hasSlices)) && layers == 1,
            ImageViewType.Type2DArray => image.Type == ImageType.Type2D || (image.Type == ImageType.Type3D && hasSlices),
            ImageViewType.Cube => isCube && layers == 6,
            ImageViewType.CubeArray => isCube && layers % 6 == 0,
            ImageViewType.Type3D => image.Type == ImageType.Type3D,
            _ => false,
        };
        if (!fits)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkImageViewCreateInfo-subResourceRange-01021: no {type} view of {layers} layers of a {image.Type} image");
        }

        if (range.AspectMask == 0 || (range.AspectMask & ~image.Format.Aspects) != 0)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkImageViewCreateInfo-subresourceRange-09594: aspects {range.AspectMask}");
    }

    private ImageRecord MakeRecord(ImageObject image, in ImageSubresourceRange range, in ImageViewCreateInfo info)
    {
        // Compressed views read what was decoded; others the blocks themselves.
        bool isDecoded = Format.IsCompressed;
        if (isDecoded && image.Decoded is null)
            return new ImageRecord();
        var plane = _plane ?? image.Planes[0];
        var placement = isDecoded ? image.Decoded! : plane.Texels;
        var format = isDecoded ? FormatTable.Find(Format.Decoded)! : Format.Ycbcr is { } layout ? FormatTable.Find(layout.Planes[0])! : Format;
        bool isSlices = IsSlices(image, Type), is3D = image.Type == ImageType.Type3D && !isSlices;
        var levels = placement.Levels.Slice((int)range.BaseMipLevel, (int)range.LevelCount);
        var places = new ImageRecord.Level[levels.Length];
        ulong first = levels[0].Offset;
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = new ImageRecord.Level((uint)(levels[i].Offset - first), (uint)levels[i].RowPitch,
                is3D ? (uint)levels[i].SlicePitch : 0);
        }

        ulong layerPitch = isSlices ? levels[0].SlicePitch : placement.LayerPitch;

        // Views of single blocks count in blocks.
        var block = placement.Format;
        bool isBlocks = block.IsCompressed;
        var record = new ImageRecord
        {
            Base = plane.RegionOffset + (isDecoded ? image.DecodedOffset : 0) + first + (range.BaseArrayLayer * layerPitch),
            Width = (uint)(isBlocks ? ImagePlacement.BlocksOf(levels[0].Width, block.BlockWidth) : levels[0].Width),
            Height = (uint)(isBlocks ? ImagePlacement.BlocksOf(levels[0].Height, block.BlockHeight) : levels[0].Height),
            Depth = is3D ? (uint)levels[0].Depth : 1,
            Layers = LayerCount(image, range, isSlices),
            Samples = (uint)placement.Samples,
            LayerPitch = (uint)layerPitch,
            SamplePitch = (uint)placement.SamplePitch,
            Levels = places,
            FurtherPlanes = _plane is null ? FurtherPlanes(image, range.BaseArrayLayer) : [],
        };
        bool isStencil = format.HasStencil && (range.AspectMask & ImageAspectFlags.DepthBit) == 0;
        return RecordWriter.WithFormat(record, format, isStencil, Format.IsOpaque, info.Components, () => Device.Records.SrgbTable);
    }
}
