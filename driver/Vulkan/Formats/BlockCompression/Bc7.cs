namespace ShaderJit.Vulkan.Formats.BlockCompression;

/// <summary>BC7: blocks of 16 bytes in one of eight modes, with alpha or without: Khronos Data Format, "BPTC".</summary>
internal static class Bc7
{
    /// <summary>How many bits each part of a block has in one mode, in the order in which they stand there.</summary>
    private readonly record struct Mode(byte Subsets, byte Partition, byte Rotation, byte Selection, byte Color, byte Alpha,
        byte EndLow, byte SubsetLow, byte Index, byte SecondIndex);

    private static readonly Mode[] Modes =
    [
        new(3, 4, 0, 0, 4, 0, 1, 0, 3, 0),
        new(2, 6, 0, 0, 6, 0, 0, 1, 3, 0),
        new(3, 6, 0, 0, 5, 0, 0, 0, 2, 0),
        new(2, 6, 0, 0, 7, 0, 1, 0, 2, 0),
        new(1, 0, 2, 1, 5, 6, 0, 0, 2, 3),
        new(1, 0, 2, 0, 7, 8, 0, 0, 2, 2),
        new(1, 0, 0, 0, 7, 7, 1, 0, 4, 0),
        new(2, 6, 0, 0, 5, 5, 1, 0, 2, 0),
    ];

    /// <summary>Decodes to 16 texels of R8G8B8A8; all zero for a block without a mode.</summary>
    public static void Decode(ReadOnlySpan<byte> block, Span<byte> texels)
    {
        int number = int.TrailingZeroCount(block[0]);
        if (number >= Modes.Length)
        {
            texels[..64].Clear();
            return;
        }

        var mode = Modes[number];
        var bits = new BlockBits(block);
        bits.Take(number + 1);
        int partition = bits.Take(mode.Partition), rotation = bits.Take(mode.Rotation);
        bool isSwapped = bits.Take(mode.Selection) != 0;
        Span<int> ends = stackalloc int[24];
        ReadEnds(ref bits, mode, ends);

        Span<int> first = stackalloc int[16], second = stackalloc int[16];
        ReadIndices(ref bits, mode.Subsets, partition, mode.Index, first);
        bool hasSecond = mode.SecondIndex != 0;
        if (hasSecond)
            ReadIndices(ref bits, mode.Subsets, partition, mode.SecondIndex, second);

        // Colour goes by the first indices and alpha by the second, or the other way round.
        bool colorBySecond = hasSecond && isSwapped, alphaBySecond = hasSecond && !isSwapped;
        var colorIndices = colorBySecond ? second : first;
        var alphaIndices = alphaBySecond ? second : first;
        int colorBits = colorBySecond ? mode.SecondIndex : mode.Index, alphaBits = alphaBySecond ? mode.SecondIndex : mode.Index;
        for (int i = 0; i < 16; i++)
        {
            int pair = BptcTables.Subset(mode.Subsets, partition, i) * 8;
            var texel = texels.Slice(4 * i, 4);
            for (int c = 0; c < 3; c++)
                texel[c] = (byte)BptcTables.Mix(ends[pair + c], ends[pair + 4 + c], colorIndices[i], colorBits);
            texel[3] = (byte)BptcTables.Mix(ends[pair + 3], ends[pair + 7], alphaIndices[i], alphaBits);
            if (rotation != 0)
                (texel[3], texel[rotation - 1]) = (texel[rotation - 1], texel[3]);
        }
    }

    /// <summary>Reads the ends: four components each, two ends to a subset, widened to 8 bits.</summary>
    private static void ReadEnds(ref BlockBits bits, in Mode mode, Span<int> ends)
    {
        int count = mode.Subsets * 2;
        for (int c = 0; c < 4; c++)
        {
            int width = c < 3 ? mode.Color : mode.Alpha;
            for (int i = 0; i < count; i++)
                ends[(4 * i) + c] = bits.Take(width);
        }

        // A lowest bit that the components of an end, or of both ends of a subset, share.
        int low = mode.EndLow + mode.SubsetLow, shared = 0;
        for (int i = 0; i < count; i++)
        {
            if (mode.EndLow != 0 || (i & 1) == 0)
                shared = bits.Take(low);
            for (int c = 0; c < 4; c++)
            {
                int width = c < 3 ? mode.Color : mode.Alpha;
                ends[(4 * i) + c] = width == 0 ? 255 : Widen((ends[(4 * i) + c] << low) | shared, width + low);
            }
        }
    }

    private static void ReadIndices(ref BlockBits bits, int subsets, int partition, int width, Span<int> indices)
    {
        for (int i = 0; i < 16; i++)
            indices[i] = bits.Take(BptcTables.IsAnchor(subsets, partition, i) ? width - 1 : width);
    }

    /// <summary>The highest bits again below the lowest.</summary>
    private static int Widen(int value, int width)
    {
        int high = value << (8 - width);
        return high | (high >> width);
    }
}
