using System.Runtime.Intrinsics;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;
using ShaderJit.Vulkan.Images;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

/// <summary>
/// From the regions of image commands to commands. Everything is checked here: a command that was recorded stays inside its
/// images and buffers.
/// </summary>
internal static unsafe class ImageRecording
{
    /// <summary>One region of vkCmdCopyBufferToImage or vkCmdCopyImageToBuffer. What of its extent lies beyond the mip level is
    /// left out, and an empty one copies nothing: programs shift the image's extent by the level, which makes sides of no texels
    /// of those that are at one already, and many leave the depth as it is. Where texels lie in the buffer follows from the
    /// region as it was given.</summary>
    public static void CopyBuffer(List<Command> commands, BufferObject buffer, ImageObject image, in BufferImageCopy region, bool toImage)
    {
        if (image.Texels.Samples != 1)
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdCopyBufferToImage-dstImage-07973: the image is multisampled");
        var extent = ImageBox.Cut(image, region.ImageSubresource, region.ImageOffset, region.ImageExtent);
        if (extent.Width == 0 || extent.Height == 0 || extent.Depth == 0)
            return;
        var box = ImageBox.Of(image, region.ImageSubresource, region.ImageOffset, extent);
        var plane = AspectPlane.Of(box.Format, region.ImageSubresource.AspectMask);
        var texels = LinearTexels.Of(box, plane, region.ImageExtent, region.BufferRowLength, region.BufferImageHeight);
        UInt128 end = region.BufferOffset + texels.Bytes;
        if (end > buffer.Size)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-vkCmdCopyBufferToImage-pRegions-00171: the copy ends at byte {end} of a buffer of {buffer.Size} bytes");
        }

        commands.Add(new CopyBufferImageCommand(buffer, region.BufferOffset, texels, box, plane, toImage));
    }

    /// <summary>One region of vkCmdCopyImage: a command for each aspect.</summary>
    public static void CopyImage(List<Command> commands, ImageObject from, ImageObject to, in ImageCopy region)
    {
        var toPlane = to.PlaneOf(region.DstSubresource.AspectMask);
        var (source, target) = (from.PlaneOf(region.SrcSubresource.AspectMask).Format, toPlane.Format);
        if (from.Texels.Samples != to.Texels.Samples || source.BlockBytes != target.BlockBytes)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-vkCmdCopyImage-srcImage-01548: {source.Format} and {target.Format}, or their samples, do not fit");
        }

        // The extent counts in the source's texels: a block becomes a block.
        var box = ImageBox.Of(from, region.SrcSubresource, region.SrcOffset, region.Extent);
        ref readonly var mip = ref ImageBox.MipOf(toPlane, region.DstSubresource.MipLevel);
        var extent = new Extent3D
        {
            Width = Scaled(box.Width, target.BlockWidth, region.DstOffset.X, mip.Width),
            Height = Scaled(box.Height, target.BlockHeight, region.DstOffset.Y, mip.Height),
            Depth = from.Type == ImageType.Type3D || to.Type == ImageType.Type3D ? region.Extent.Depth : 1,
        };
        var into = ImageBox.Of(to, region.DstSubresource, region.DstOffset, extent);
        if (box.Width != into.Width || box.Height != into.Height || box.Planes != into.Planes)
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdCopyImage-srcImage-08793: the regions have different layers or depths");

        var aspects = region.SrcSubresource.AspectMask;
        if (from.Format.IsMultiPlanar || to.Format.IsMultiPlanar)
        {
            // A plane counts as the colour of an image of one plane.
            foreach (var (image, aspect) in ((ImageObject, ImageAspectFlags)[])[(from, aspects), (to, region.DstSubresource.AspectMask)])
            {
                if (!image.Format.IsMultiPlanar && aspect != ImageAspectFlags.ColorBit)
                    throw new VulkanException(Result.ErrorUnknown, $"VUID-vkCmdCopyImage-dstImage-01557: planes are copied to and from colour, not {aspect}");
            }

            commands.Add(new CopyImageCommand(box, into, AspectPlane.Of(source, ImageAspectFlags.ColorBit)));
            return;
        }

        if (aspects != region.DstSubresource.AspectMask || (!source.IsColor && source != target))
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdCopyImage-srcImage-01551: the aspects differ");
        for (uint bit = 1; bit <= (uint)ImageAspectFlags.StencilBit; bit <<= 1)
        {
            if (((uint)aspects & bit) != 0)
                commands.Add(new CopyImageCommand(box, into, AspectPlane.Of(source, (ImageAspectFlags)bit)));
        }

        if (((uint)aspects & ~7u) != 0 || aspects == 0)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkImageSubresourceLayers-aspectMask-requiredbitmask: {aspects}");
    }

    /// <summary>One region of vkCmdBlitImage.</summary>
    public static void Blit(List<Command> commands, ImageObject from, ImageObject to, in ImageBlit region, Filter filter)
    {
        var (source, target) = (from.Format, to.Format);
        if (filter is not (Filter.Nearest or Filter.Linear))
            throw new VulkanException(Result.ErrorUnknown, $"VUID-vkCmdBlitImage-filter-02001: filter {filter}");
        if (from.Texels.Samples != 1 || to.Texels.Samples != 1)
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdBlitImage-srcImage-00233: multisampled images are resolved, not blitted");
        bool isLinear = filter == Filter.Linear;
        if ((FormatFeatures.OfImages(source) & FormatFeatureFlags2.BlitSrcBit) == 0
            || (isLinear && (source.IsInteger || !source.IsColor)))
        {
            throw new VulkanException(Result.ErrorUnknown, $"VUID-vkCmdBlitImage-filter-02001: no {filter} blits from {source.Format}");
        }

        bool isConversion = source != target;
        bool canConvert = (FormatFeatures.OfImages(target) & FormatFeatureFlags2.BlitDstBit) != 0 && source.IsColor
            && (source.IsInteger ? source.Kind == target.Kind : !target.IsInteger);
        if ((isConversion || isLinear) && !canConvert)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-vkCmdBlitImage-srcImage-00230: no blits from {source.Format} to {target.Format}");
        }

        var (s, t) = (region.SrcSubresource, region.DstSubresource);
        ref readonly var sourceMip = ref ImageBox.MipOf(from.Planes[0], s.MipLevel);
        ref readonly var targetMip = ref ImageBox.MipOf(to.Planes[0], t.MipLevel);
        bool has3D = from.Type == ImageType.Type3D || to.Type == ImageType.Type3D;
        if (s.LayerCount != t.LayerCount || (has3D && s.LayerCount != 1))
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdBlitImage-srcImage-00240: the regions have different layers");
        if (s.AspectMask != t.AspectMask || (s.AspectMask & ~source.Aspects) != 0 || s.AspectMask == 0)
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdBlitImage-aspectMask-00241: the aspects differ");
        ImageBox.CheckLayers(from, s.BaseArrayLayer, s.LayerCount);
        ImageBox.CheckLayers(to, t.BaseArrayLayer, t.LayerCount);
        var sourceBox = ImageBox.Whole(from, (int)s.MipLevel, (int)s.BaseArrayLayer, (int)s.LayerCount);
        var targetBox = ImageBox.Whole(to, (int)t.MipLevel, (int)t.BaseArrayLayer, (int)t.LayerCount);
        var (s0, s1, t0, t1) = (region.SrcOffsets[0], region.SrcOffsets[1], region.DstOffsets[0], region.DstOffsets[1]);
        var x = BlitAxis.Of(s0.X, s1.X, sourceMip.Width, t0.X, t1.X, targetMip.Width);
        var y = BlitAxis.Of(s0.Y, s1.Y, sourceMip.Height, t0.Y, t1.Y, targetMip.Height);
        var z = BlitAxis.Of(s0.Z, s1.Z, sourceMip.Depth, t0.Z, t1.Z, targetMip.Depth);
        if (isConversion || isLinear)
        {
            commands.Add(new BlitImageCommand(sourceBox, targetBox, x, y, z, isLinear, null));
            return;
        }

        if (source.IsCompressed)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-vkCmdBlitImage-dstImage-02000: no blits to {target.Format}");
        for (uint bit = 1; bit <= (uint)ImageAspectFlags.StencilBit; bit <<= 1)
        {
            if (((uint)s.AspectMask & bit) != 0)
                commands.Add(new BlitImageCommand(sourceBox, targetBox, x, y, z, false, AspectPlane.Of(source, (ImageAspectFlags)bit)));
        }
    }

    /// <summary>One range of vkCmdClearColorImage.</summary>
    public static void ClearColor(List<Command> commands, ImageObject image, in ClearColorValue color, in ImageSubresourceRange range)
    {
        var format = image.Format;
        if (!format.IsColor || format.IsCompressed || format.Ycbcr is not null)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-vkCmdClearColorImage-image-00007: {format.Format} cannot be cleared");
        byte[] value = new byte[format.BlockBytes];
        if (format.R.Bits == 64)
        {
            // Two elements are one component of 64 bits ("VkClearColorValue").
            fixed (uint* words = color.Uint32)
                new ReadOnlySpan<byte>(words, value.Length).CopyTo(value);
        }
        else if (format.IsInteger)
        {
            TexelCodec.WriteInteger(format, value, Vector128.Create(color.Int32[0], color.Int32[1], color.Int32[2], color.Int32[3]));
        }
        else
        {
            TexelCodec.WriteFloat(format, value,
                Vector128.Create(color.Float32[0], color.Float32[1], color.Float32[2], color.Float32[3]));
        }

        Clear(commands, image, AspectPlane.Of(format, range.AspectMask), value, range);
    }

    /// <summary>One range of vkCmdClearDepthStencilImage.</summary>
    public static void ClearDepthStencil(List<Command> commands, ImageObject image, ClearDepthStencilValue value,
        in ImageSubresourceRange range)
    {
        var format = image.Format;
        var both = ImageAspectFlags.DepthBit | ImageAspectFlags.StencilBit;
        if (format.IsColor || range.AspectMask == 0 || (range.AspectMask & ~(format.Aspects & both)) != 0)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-vkCmdClearDepthStencilImage-image-02824: {format.Format}, {range.AspectMask}");
        if ((range.AspectMask & ImageAspectFlags.DepthBit) != 0)
        {
            var plane = AspectPlane.Of(format, ImageAspectFlags.DepthBit);
            byte[] texel = new byte[format.BlockBytes];
            TexelCodec.WriteFloat(format, texel, Vector128.CreateScalar(value.Depth));
            Clear(commands, image, plane, texel[..plane.Bytes], range);
        }

        if ((range.AspectMask & ImageAspectFlags.StencilBit) != 0)
            Clear(commands, image, AspectPlane.Of(format, ImageAspectFlags.StencilBit), [(byte)value.Stencil], range);
    }

    /// <summary>One region of vkCmdResolveImage.</summary>
    public static Command Resolve(ImageObject from, ImageObject to, in ImageResolve region)
    {
        if (from.Format != to.Format || from.Texels.Samples < 2 || to.Texels.Samples != 1)
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdResolveImage-srcImage-01386: the formats or samples do not fit");
        var source = ImageBox.Of(from, region.SrcSubresource, region.SrcOffset, region.Extent);
        var target = ImageBox.Of(to, region.DstSubresource, region.DstOffset, region.Extent);
        return source.Planes == target.Planes
            ? new ResolveImageCommand(source, target)
            : throw new VulkanException(Result.ErrorUnknown, "VUID-VkImageResolve-layerCount-08803: the regions have different layers");
    }

    private static void Clear(List<Command> commands, ImageObject image, AspectPlane plane, byte[] value,
        in ImageSubresourceRange range)
    {
        uint levels = (uint)image.Texels.Levels.Length, layers = (uint)image.Texels.Layers;
        ImageBox.MipOf(image.Planes[0], range.BaseMipLevel);
        uint levelCount = range.LevelCount == Vk.RemainingMipLevels ? levels - range.BaseMipLevel : range.LevelCount;
        if (levelCount > levels - range.BaseMipLevel)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-vkCmdClearColorImage-pRanges-01692: {levelCount} levels");
        uint layerCount = range.LayerCount == Vk.RemainingArrayLayers && range.BaseArrayLayer < layers
            ? layers - range.BaseArrayLayer
            : range.LayerCount;
        for (uint i = 0; i < levelCount; i++)
        {
            var box = ImageBox.Whole(image, (int)(range.BaseMipLevel + i), (int)range.BaseArrayLayer, (int)layerCount);
            commands.Add(new ClearImageCommand(box, plane, value));
        }
    }

    /// <summary>Texels that so many blocks are, which may end with the level.</summary>
    private static uint Scaled(int blocks, int blockSize, int offset, int size)
    {
        long texels = (long)blocks * blockSize, left = (long)size - offset;
        return (uint)(texels > left && texels - left < blockSize && left > 0 ? left : texels);
    }
}
