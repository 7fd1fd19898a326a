using System.Buffers.Binary;

namespace ShaderJit.Vulkan.Formats.BlockCompression;

/// <summary>Blocks of 8 bytes with two colours of 5, 6 and 5 bits, and what lies between them (BC1, and the colours of BC2 and
/// BC3): Khronos Data Format, "S3TC Compressed Texture Image Formats".</summary>
internal static class BcColor
{
    /// <summary>What a block of BC1 says with colours in ascending order: a mean, and black.</summary>
    public enum Order : byte
    {
        /// <summary>Nothing: two colours lie between the others, whatever their order (BC2, BC3).</summary>
        Ignored,

        /// <summary>Black is opaque (BC1 without alpha).</summary>
        OpaqueBlack,

        /// <summary>Black is transparent.</summary>
        ClearBlack,
    }

    /// <summary>Decodes to 16 texels of R8G8B8A8; alpha is 255 but for transparent black.</summary>
    public static void Decode(ReadOnlySpan<byte> block, Span<byte> texels, Order order)
    {
        int first = BinaryPrimitives.ReadUInt16LittleEndian(block), second = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        uint indices = BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        bool isThirds = order == Order.Ignored || first > second;
        Span<byte> palette = stackalloc byte[16];
        palette.Clear();
        for (int i = 0; i < 3; i++)
        {
            // The components as fractions of what they can be at most: all four colours are rounded once.
            (int shift, int max) = i switch { 0 => (11, 31), 1 => (5, 63), _ => (0, 31) };
            int a = (first >> shift) & max, b = (second >> shift) & max;
            palette[i] = Round(a, max);
            palette[4 + i] = Round(b, max);
            palette[8 + i] = isThirds ? Round((2 * a) + b, 3 * max) : Round(a + b, 2 * max);
            if (isThirds)
                palette[12 + i] = Round(a + (2 * b), 3 * max);
        }

        palette[3] = palette[7] = palette[11] = 255;
        palette[15] = (byte)(!isThirds && order == Order.ClearBlack ? 0 : 255);
        for (int i = 0; i < 16; i++)
            palette.Slice((int)((indices >> (2 * i)) & 3) * 4, 4).CopyTo(texels[(4 * i)..]);
    }

    /// <summary>BC2's alpha: 4 bits a texel, written over that of decoded texels.</summary>
    public static void DecodeAlpha4(ReadOnlySpan<byte> block, Span<byte> texels)
    {
        ulong alpha = BinaryPrimitives.ReadUInt64LittleEndian(block);
        for (int i = 0; i < 16; i++)
            texels[(4 * i) + 3] = (byte)(((alpha >> (4 * i)) & 15) * 17);
    }

    private static byte Round(int value, int max) => (byte)(((2 * 255 * value) + max) / (2 * max));
}
