using System.Buffers.Binary;

namespace ShaderJit.Vulkan.Formats.BlockCompression;

/// <summary>Blocks of 8 bytes with one component: two ends of 8 bits and what lies between them (BC4, each half of BC5, the
/// alpha of BC3): Khronos Data Format, "RGTC Compressed Texture Image Formats".</summary>
internal static class BcChannel
{
    /// <summary>Writes 16 bytes of alpha over that of decoded R8G8B8A8 texels.</summary>
    public static void DecodeAlpha(ReadOnlySpan<byte> block, Span<byte> texels)
    {
        Span<int> palette = stackalloc int[8];
        int parts = Fill(palette, block[0], block[1], 0, 255);
        ulong indices = Indices(block);
        for (int i = 0; i < 16; i++)
            texels[(4 * i) + 3] = (byte)Scale(palette[Index(indices, i)], 255, parts * 255);
    }

    /// <summary>Decodes to 16 numbers of 16 bits, where the steps between two ends are still apart.</summary>
    /// <param name="texels">Where the first number goes.</param>
    /// <param name="stride">Bytes from one number to the next.</param>
    public static void Decode(ReadOnlySpan<byte> block, Span<byte> texels, int stride, bool isSigned)
    {
        Span<int> palette = stackalloc int[8];
        int parts;
        if (isSigned)
        {
            parts = Fill(palette, (sbyte)block[0], (sbyte)block[1], -127, 127);
        }
        else
        {
            parts = Fill(palette, block[0], block[1], 0, 255);
        }

        ulong indices = Indices(block);
        for (int i = 0; i < 16; i++)
        {
            int value = palette[Index(indices, i)];
            int scaled = isSigned ? Scale(value, short.MaxValue, parts * 127) : Scale(value, ushort.MaxValue, parts * 255);
            BinaryPrimitives.WriteUInt16LittleEndian(texels[(stride * i)..], (ushort)scaled);
        }
    }

    /// <summary>The eight values, in parts of a step of the ends' numbers.</summary>
    /// <returns>How many parts a step has.</returns>
    private static int Fill(Span<int> palette, int first, int second, int min, int max)
    {
        int parts = first > second ? 7 : 5;

        // -128 is -1 as -127 is, but in the ends' order.
        int a = Math.Max(first, min), b = Math.Max(second, min);
        (palette[0], palette[1]) = (a * parts, b * parts);
        for (int i = 1; i < parts; i++)
            palette[1 + i] = ((parts - i) * a) + (i * b);
        if (parts == 5)
            (palette[6], palette[7]) = (min * parts, max * parts);
        return parts;
    }

    private static ulong Indices(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadUInt64LittleEndian(block) >> 16;

    private static int Index(ulong indices, int texel) => (int)(indices >> (3 * texel)) & 7;

    /// <summary>value / whole · max, to nearest.</summary>
    private static int Scale(int value, int max, int whole)
    {
        long twice = 2L * Math.Abs(value) * max;
        int magnitude = (int)((twice + whole) / (2 * whole));
        return value < 0 ? -magnitude : magnitude;
    }
}
