using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Formats;

/// <summary>What can be done with a format ("Format Features"): derived from its row, so that a new row is enough.</summary>
internal static class FormatFeatures
{
    private const FormatFeatureFlags2 Transfer = FormatFeatureFlags2.TransferSrcBit | FormatFeatureFlags2.TransferDstBit
        | FormatFeatureFlags2.HostImageTransferBitExt;

    /// <summary>What only graphics would use. Vulkan demands it of formats ("Required Format Support") whatever the queues can do,
    /// and without it an image has one sample ("VkImageFormatProperties").</summary>
    private const FormatFeatureFlags2 Attachments = FormatFeatureFlags2.ColorAttachmentBit | FormatFeatureFlags2.ColorAttachmentBlendBit
        | FormatFeatureFlags2.DepthStencilAttachmentBit;

    private const FormatFeatureFlags2 Ycbcr = Transfer | FormatFeatureFlags2.SampledImageBit | FormatFeatureFlags2.SampledImageFilterLinearBit
        | FormatFeatureFlags2.MidpointChromaSamplesBit | FormatFeatureFlags2.CositedChromaSamplesBit
        | FormatFeatureFlags2.SampledImageYcbcrConversionLinearFilterBit
        | FormatFeatureFlags2.SampledImageYcbcrConversionSeparateReconstructionFilterBit
        | FormatFeatureFlags2.SampledImageYcbcrConversionChromaReconstructionExplicitForceableBit;

    /// <summary>Of optimal images. They lie in memory as linear ones do.</summary>
    public static FormatFeatureFlags2 OfImages(FormatInfo format)
    {
        if (format.Ycbcr is not null)
            return format.IsMultiPlanar ? Ycbcr | FormatFeatureFlags2.DisjointBit : Ycbcr;
        if (!IsReadable(format))
            return Transfer;
        var features = Transfer | FormatFeatureFlags2.SampledImageBit;
        if (!IsWide(format))
            features |= FormatFeatureFlags2.BlitSrcBit;
        if (!format.IsInteger)
            features |= FormatFeatureFlags2.SampledImageFilterLinearBit | FormatFeatureFlags2.SampledImageFilterMinmaxBit;
        if (format.HasDepth)
            features |= FormatFeatureFlags2.SampledImageDepthComparisonBit;
        if (!format.IsColor)
        {
            features |= FormatFeatureFlags2.DepthStencilAttachmentBit;
        }
        else if (!format.IsCompressed && format.Kind != NumericKind.SharedExponent)
        {
            features |= FormatFeatureFlags2.ColorAttachmentBit;
            if (!IsWide(format))
                features |= FormatFeatureFlags2.BlitDstBit;
            if (!format.IsInteger)
                features |= FormatFeatureFlags2.ColorAttachmentBlendBit;
        }

        if (IsStorable(format))
        {
            features |= FormatFeatureFlags2.StorageImageBit | FormatFeatureFlags2.StorageReadWithoutFormatBit
                | FormatFeatureFlags2.StorageWriteWithoutFormatBit;
        }

        if (IsAtomic(format))
            features |= FormatFeatureFlags2.StorageImageAtomicBit;
        return features;
    }

    /// <summary>Of linear images: those that a host can make sense of.</summary>
    public static FormatFeatureFlags2 OfLinearImages(FormatInfo format) =>
        format.IsColor && !format.IsCompressed ? OfImages(format) & ~Attachments : 0;

    /// <summary>Of all formats that views of an image may have ("Format Compatibility Classes"), its own not counted.</summary>
    /// <param name="format">Of the image.</param>
    /// <param name="seesBlocks">Whether views may be of a compressed image's blocks.</param>
    public static FormatFeatureFlags2 OfViews(FormatInfo format, bool seesBlocks, bool isLinear)
    {
        if (!format.IsColor || (format.IsCompressed && !seesBlocks) || (format.Ycbcr is not null && !format.IsMultiPlanar))
            return 0;
        FormatFeatureFlags2 features = 0;
        foreach (var row in FormatTable.All)
        {
            if (!row.IsColor || row.IsCompressed || row.Ycbcr is not null)
                continue;
            bool fits = format.IsMultiPlanar
                ? Array.Exists(format.Ycbcr!.Planes, plane => FormatTable.Find(plane)!.BlockBytes == row.BlockBytes)
                : row.BlockBytes == format.BlockBytes;
            if (fits)
                features |= isLinear ? OfLinearImages(row) : OfImages(row);
        }

        return features;
    }

    /// <summary>Whether an image with these features may be an attachment, and so have more than one sample.</summary>
    public static bool CanBeAttached(FormatFeatureFlags2 features) => (features & Attachments) != 0;

    /// <summary>Of buffers: those of texels, and of vertices, which nothing reads here but Vulkan demands.</summary>
    public static FormatFeatureFlags2 OfBuffers(FormatInfo format)
    {
        var texels = OfTexelBuffers(format);
        bool isVertex = format.IsColor && format.Ycbcr is null && !format.IsCompressed && IsReadable(format) && !HasUnusedBits(format)
            && !IsWide(format) && format.Kind is not (NumericKind.Srgb or NumericKind.SharedExponent);
        return isVertex ? texels | FormatFeatureFlags2.VertexBufferBit : texels;
    }

    /// <summary>Of texel buffers.</summary>
    public static FormatFeatureFlags2 OfTexelBuffers(FormatInfo format)
    {
        // A texel of 12 bytes is read as 16, which may not be there at a buffer's end.
        if (!format.IsColor || format.Ycbcr is not null || format.IsCompressed || format.Kind == NumericKind.Srgb || !IsReadable(format) || format.BlockBytes == 12)
            return 0;
        var features = FormatFeatureFlags2.UniformTexelBufferBit;
        if (IsStorable(format))
        {
            features |= FormatFeatureFlags2.StorageTexelBufferBit | FormatFeatureFlags2.StorageReadWithoutFormatBit
                | FormatFeatureFlags2.StorageWriteWithoutFormatBit;
        }

        if (IsAtomic(format))
            features |= FormatFeatureFlags2.StorageTexelBufferAtomicBit;
        return features;
    }

    /// <summary>The features that an image needs for its usage.</summary>
    public static FormatFeatureFlags2 NeededFor(ImageUsageFlags usage)
    {
        FormatFeatureFlags2 needed = 0;
        if ((usage & ImageUsageFlags.TransferSrcBit) != 0)
            needed |= FormatFeatureFlags2.TransferSrcBit;
        if ((usage & ImageUsageFlags.TransferDstBit) != 0)
            needed |= FormatFeatureFlags2.TransferDstBit;
        if ((usage & ImageUsageFlags.HostTransferBitExt) != 0)
            needed |= FormatFeatureFlags2.HostImageTransferBitExt;
        if ((usage & ImageUsageFlags.SampledBit) != 0)
            needed |= FormatFeatureFlags2.SampledImageBit;
        if ((usage & ImageUsageFlags.StorageBit) != 0)
            needed |= FormatFeatureFlags2.StorageImageBit;
        if ((usage & ImageUsageFlags.ColorAttachmentBit) != 0)
            needed |= FormatFeatureFlags2.ColorAttachmentBit;
        if ((usage & ImageUsageFlags.DepthStencilAttachmentBit) != 0)
            needed |= FormatFeatureFlags2.DepthStencilAttachmentBit;
        return needed;
    }

    /// <summary>One component of 64 bits: for shaders and copies, not for blits.</summary>
    private static bool IsWide(FormatInfo format) => format.R.Bits == 64;

    /// <summary>Kernels read texels of 1, 2, 4, 8, 12 or 16 bytes with components of up to 32 bits, and of one component of 64.
    /// Others are only moved.</summary>
    private static bool IsReadable(FormatInfo format) => format.IsCompressed || IsWide(format)
        || (format.R.Bits <= 32 && (format.BlockBytes <= 2 || format.BlockBytes % 4 == 0));

    /// <summary>Stores write whole texels of 1, 2, 4, 8 or 16 bytes.</summary>
    private static bool IsStorable(FormatInfo format) => format.IsColor && !format.IsCompressed && IsReadable(format)
        && format.Kind is not (NumericKind.Srgb or NumericKind.SharedExponent)
        && (format.BlockBytes & (format.BlockBytes - 1)) == 0 && !HasUnusedBits(format);

    /// <summary>Stores to 10 or 12 bits of 16 would have to say what becomes of the rest.</summary>
    private static bool HasUnusedBits(FormatInfo format) =>
        format.R.Bits + format.G.Bits + format.B.Bits + format.A.Bits != 8 * format.BlockBytes;

    private static bool IsAtomic(FormatInfo format) => format.Format is Format.R32Uint or Format.R32Sint
        or Format.R32Sfloat or Format.R64Uint or Format.R64Sint;
}
