using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Formats.BlockCompression;

/// <summary>Decodes a block of a compressed format to texels of the format that its row names.</summary>
internal static class BlockDecoder
{
    /// <summary>Texels of a block, and the most bytes that they decode to.</summary>
    public const int Texels = 16, MostBytes = 128;

    /// <param name="block">As many bytes as the format's row says.</param>
    /// <param name="texels">Room for <see cref="MostBytes"/>; filled from the first on, row by row.</param>
    public static void Decode(Format format, ReadOnlySpan<byte> block, Span<byte> texels)
    {
        switch (format)
        {
            case Format.BC1RgbUnormBlock or Format.BC1RgbSrgbBlock:
                BcColor.Decode(block, texels, BcColor.Order.OpaqueBlack);
                break;
            case Format.BC1RgbaUnormBlock or Format.BC1RgbaSrgbBlock:
                BcColor.Decode(block, texels, BcColor.Order.ClearBlack);
                break;
            case Format.BC2UnormBlock or Format.BC2SrgbBlock:
                BcColor.Decode(block[8..], texels, BcColor.Order.Ignored);
                BcColor.DecodeAlpha4(block, texels);
                break;
            case Format.BC3UnormBlock or Format.BC3SrgbBlock:
                BcColor.Decode(block[8..], texels, BcColor.Order.Ignored);
                BcChannel.DecodeAlpha(block, texels);
                break;
            case Format.BC4UnormBlock or Format.BC4SnormBlock:
                BcChannel.Decode(block, texels, 2, format == Format.BC4SnormBlock);
                break;
            case Format.BC5UnormBlock or Format.BC5SnormBlock:
                BcChannel.Decode(block, texels, 4, format == Format.BC5SnormBlock);
                BcChannel.Decode(block[8..], texels[2..], 4, format == Format.BC5SnormBlock);
                break;
            case Format.BC6HUfloatBlock or Format.BC6HSfloatBlock:
                Bc6h.Decode(block, texels, format == Format.BC6HSfloatBlock);
                break;
            case Format.BC7UnormBlock or Format.BC7SrgbBlock:
                Bc7.Decode(block, texels);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "not a format of compressed blocks");
        }
    }
}
