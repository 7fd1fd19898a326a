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
        Texels = new ImagePlacement(Format, info.Extent, (int)info.MipLevels, (int)info.ArrayLayers, (int)info.Samples);
        Bytes = Texels.Bytes;
        if (!Format.IsCompressed || (info.Usage & (ImageUsageFlags.SampledBit | ImageUsageFlags.TransferSrcBit)) == 0)
            return;

        Decoded = new ImagePlacement(FormatTable.Find(Format.Decoded)!, info.Extent, (int)info.MipLevels, (int)info.ArrayLayers, 1);
        DecodedOffset = (Bytes + Alignment - 1) & ~(Alignment - 1);
        Bytes = DecodedOffset + Decoded.Bytes;
        if (Bytes > ImagePlacement.MaxBytes)
            throw new VulkanException(Result.ErrorOutOfDeviceMemory, $"a compressed image of {Bytes} bytes, decoded, is too large");
    }

    public FormatInfo Format { get; }

    public ImageType Type { get; }

    public ImageCreateFlags Flags { get; }

    public ImageUsageFlags Usage { get; }

    /// <summary>Where the texels, or compressed blocks, are.</summary>
    public ImagePlacement Texels { get; }

    /// <summary>Where the decoded texels of a compressed image are, from <see cref="DecodedOffset"/> on; null for others.
    /// Transfers keep them up to date.</summary>
    public ImagePlacement? Decoded { get; }

    /// <summary>Bytes from the image's start to its decoded texels.</summary>
    public ulong DecodedOffset { get; }

    /// <summary>Bytes of memory that it needs.</summary>
    public ulong Bytes { get; }

    public DeviceMemoryObject? Memory { get; private set; }

    public ulong MemoryOffset { get; private set; }

    /// <summary>True while memory is bound and not freed.</summary>
    public bool IsResident => Memory is { IsFreed: false };

    /// <summary>Region offset of byte 0; only where <see cref="IsResident"/>.</summary>
    public ulong RegionOffset => Memory!.Range.Offset + MemoryOffset;

    public MemoryRequirements Requirements => new()
    {
        Size = (Bytes + Alignment - 1) & ~(Alignment - 1), Alignment = Alignment, MemoryTypeBits = 1,
    };

    public void Bind(DeviceMemoryObject memory, ulong offset)
    {
        if (Memory is not null)
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkBindImageMemory-image-07460: the image is bound already");
        if (offset % Alignment != 0)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-vkBindImageMemory-memoryOffset-01048: {offset} is not a multiple of {Alignment}");
        }

        if (offset > memory.Size || Bytes > memory.Size - offset)
        {
            throw new VulkanException(Result.ErrorOutOfDeviceMemory,
                $"vkBindImageMemory: {Bytes} bytes at {offset} do not fit in memory of {memory.Size} bytes");
        }

        Memory = memory;
        MemoryOffset = offset;
    }

    /// <summary>The layout that vkGetImageSubresourceLayout speaks of; zeros for a subresource that is not there.</summary>
    public SubresourceLayout Describe(in ImageSubresource which)
    {
        if (which.MipLevel >= (uint)Texels.Levels.Length || which.ArrayLayer >= (uint)Texels.Layers)
            return default;
        ref readonly var level = ref Texels.Levels[(int)which.MipLevel];
        return new SubresourceLayout
        {
            Offset = (which.ArrayLayer * Texels.LayerPitch) + level.Offset, Size = level.Bytes, RowPitch = level.RowPitch,
            ArrayPitch = Texels.LayerPitch, DepthPitch = level.SlicePitch,
        };
    }
}
