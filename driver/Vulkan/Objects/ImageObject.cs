using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;
using ShaderJit.Vulkan.Images;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkImage: where the texels of a range of memory are. Its kind and size never change.</summary>
internal sealed class ImageObject : DeviceChild
{
    /// <summary>Alignment of an image's memory, in bytes.</summary>
    public const ulong Alignment = 64;

    /// <exception cref="VulkanException">There are no such images, or it is too large.</exception>
    public ImageObject(DeviceObject device, in ImageCreateInfo info)
        : base(device)
    {
        ImageRules.Check(info);
        Format = FormatTable.Find(info.Format)!;
        Type = info.ImageType;
        Flags = info.Flags;
        Usage = info.Usage;
        Planes = ImagePlane.Of(Format, info);
        Bytes = Planes[^1].Offset + Planes[^1].Texels.Bytes;
        if (!Format.IsCompressed || (info.Usage & (ImageUsageFlags.SampledBit | ImageUsageFlags.TransferSrcBit)) == 0)
            return;

        Decoded = new ImagePlacement(FormatTable.Find(Format.Decoded)!, info.Extent, (int)info.MipLevels, (int)info.ArrayLayers, 1);
        DecodedOffset = (Bytes + Alignment - 1) & ~(Alignment - 1);
        Bytes = DecodedOffset + Decoded.Bytes;
        if (Bytes > ImagePlacement.MaxBytes)
            throw new VulkanException(Result.ErrorOutOfDeviceMemory, $"a compressed image of {Bytes} bytes, decoded, is too large");
        if ((info.Usage & ImageUsageFlags.StorageBit) != 0)
            device.StoresBlocks = true;
    }

    public FormatInfo Format { get; }

    public ImageType Type { get; }

    public ImageCreateFlags Flags { get; }

    public ImageUsageFlags Usage { get; }

    /// <summary>One, but for multi-planar formats.</summary>
    public ImagePlane[] Planes { get; }

    /// <summary>Whether each plane of several has memory of its own.</summary>
    public bool IsDisjoint => Format.IsMultiPlanar && (Flags & ImageCreateFlags.DisjointBit) != 0;

    /// <summary>Where the texels, or compressed blocks, are; of the first plane.</summary>
    public ImagePlacement Texels => Planes[0].Texels;

    /// <summary>Where the decoded texels of a compressed image are, from <see cref="DecodedOffset"/> on; null for others.
    /// Transfers keep them up to date.</summary>
    public ImagePlacement? Decoded { get; }

    /// <summary>Bytes from the image's start to its decoded texels.</summary>
    public ulong DecodedOffset { get; }

    /// <summary>Bytes of memory that it needs, unless it is disjoint.</summary>
    public ulong Bytes { get; }

    /// <summary>True while memory is bound and not freed.</summary>
    public bool IsResident => Array.TrueForAll(Planes, plane => plane.Memory is { IsFreed: false });

    /// <summary>Region offset of byte 0; only where <see cref="IsResident"/>.</summary>
    public ulong RegionOffset => Planes[0].RegionOffset;

    /// <summary>The plane of an aspect: the only one, but for images of several planes.</summary>
    /// <exception cref="VulkanException">There is no such plane.</exception>
    public ImagePlane PlaneOf(ImageAspectFlags aspect)
    {
        if (!Format.IsMultiPlanar && (aspect & AspectPlane.OfPlanes) == 0)
            return Planes[0];
        int index = aspect switch
        {
            ImageAspectFlags.Plane0Bit => 0,
            ImageAspectFlags.Plane1Bit => 1,
            ImageAspectFlags.Plane2Bit => 2,
            _ => -1,
        };
        return Format.IsMultiPlanar && index >= 0 && index < Planes.Length
            ? Planes[index]
            : throw new VulkanException(Result.ErrorUnknown, $"VUID-vkCmdCopyImage-srcImage-08713: {aspect} is no plane of {Format.Format}");
    }

    /// <summary>What memory it needs.</summary>
    /// <param name="plane">The plane of a disjoint image that is asked for; else not looked at.</param>
    public MemoryRequirements Requirements(ImageAspectFlags plane) => new()
    {
        Size = (BytesOf(plane) + Alignment - 1) & ~(Alignment - 1), Alignment = Alignment, MemoryTypeBits = 1,
    };

    /// <param name="plane">The plane of a disjoint image that is bound; else not looked at.</param>
    public void Bind(DeviceMemoryObject memory, ulong offset, ImageAspectFlags plane)
    {
        var bound = IsDisjoint ? [PlaneOf(plane)] : Planes;
        if (bound[0].Memory is not null)
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkBindImageMemory-image-07460: the image is bound already");
        if (offset % Alignment != 0)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-vkBindImageMemory-memoryOffset-01048: {offset} is not a multiple of {Alignment}");
        }

        ulong bytes = BytesOf(plane);
        if (offset > memory.Size || bytes > memory.Size - offset)
        {
            throw new VulkanException(Result.ErrorOutOfDeviceMemory,
                $"vkBindImageMemory: {bytes} bytes at {offset} do not fit in memory of {memory.Size} bytes");
        }

        foreach (var one in bound)
            one.Bind(memory, offset);
    }

    /// <summary>The layout that vkGetImageSubresourceLayout speaks of; zeros for a subresource that is not there.</summary>
    public SubresourceLayout Describe(in ImageSubresource which)
    {
        if (which.MipLevel >= (uint)Texels.Levels.Length || which.ArrayLayer >= (uint)Texels.Layers)
            return default;
        var plane = PlaneOf(which.AspectMask);
        ref readonly var level = ref plane.Texels.Levels[(int)which.MipLevel];
        return new SubresourceLayout
        {
            Offset = plane.Offset + (which.ArrayLayer * plane.Texels.LayerPitch) + level.Offset, Size = level.Bytes, RowPitch = level.RowPitch,
            ArrayPitch = plane.Texels.LayerPitch, DepthPitch = level.SlicePitch,
        };
    }

    private ulong BytesOf(ImageAspectFlags plane) => IsDisjoint ? PlaneOf(plane).Texels.Bytes : Bytes;
}
