using System.Buffers.Binary;

namespace ShaderJit.Vulkan.Formats.BlockCompression;

/// <summary>BC6H: blocks of 16 bytes with red, green and blue halves, of either sign or none: Khronos Data Format, "BPTC".</summary>
internal static class Bc6h
{
    private const int PartitionBits = 5;
    private const ushort One = 0x3C00;

    /// <summary>Decodes to 16 texels of R16G16B16A16; alpha is 1, and colour 0 in a block without a mode.</summary>
    public static void Decode(ReadOnlySpan<byte> block, Span<byte> texels, bool isSigned)
    {
        var bits = new BlockBits(block);
        Span<int> ends = stackalloc int[12];
        if (Bc6hMode.Take(ref bits) is not { } mode)
        {
            texels[..128].Clear();
            for (int i = 0; i < 16; i++)
                BinaryPrimitives.WriteUInt16LittleEndian(texels[((8 * i) + 6)..], One);
            return;
        }

        mode.TakeEnds(ref bits, ends);
        int partition = mode.Subsets == 1 ? 0 : bits.Take(PartitionBits), indexBits = mode.Subsets == 1 ? 4 : 3;
        Expand(mode, ends, isSigned);
        for (int i = 0; i < 16; i++)
        {
            int index = bits.Take(BptcTables.IsAnchor(mode.Subsets, partition, i) ? indexBits - 1 : indexBits);
            int pair = BptcTables.Subset(mode.Subsets, partition, i) * 6;
            var texel = texels.Slice(8 * i, 8);
            for (int c = 0; c < 3; c++)
            {
                int value = BptcTables.Mix(ends[pair + c], ends[pair + 3 + c], index, indexBits);
                BinaryPrimitives.WriteUInt16LittleEndian(texel[(2 * c)..], ToHalf(value, isSigned));
            }

            BinaryPrimitives.WriteUInt16LittleEndian(texel[6..], One);
        }
    }

    /// <summary>From what is stored to numbers of 16 bits, between which values are mixed.</summary>
    private static void Expand(Bc6hMode mode, Span<int> ends, bool isSigned)
    {
        int width = mode.EndBits;
        for (int i = 0; i < mode.Subsets * 6; i++)
        {
            int c = i % 3;
            if (i >= 3 && mode.IsOffset)
                ends[i] = (ends[c] + SignExtend(ends[i], mode.OtherBits[c])) & ((1 << width) - 1);
        }

        // Differences were from the first end as it is stored: its sign is seen to last.
        for (int i = 0; i < mode.Subsets * 6; i++)
            ends[i] = isSigned ? WidenSigned(SignExtend(ends[i], width), width) : Widen(ends[i], width);
    }

    private static int SignExtend(int value, int width) => value << (32 - width) >> (32 - width);

    private static int Widen(int value, int width)
    {
        if (width >= 15 || value == 0)
            return value;
        return value == (1 << width) - 1 ? 0xFFFF : ((value << 15) + 0x4000) >> (width - 1);
    }

    private static int WidenSigned(int value, int width)
    {
        if (width >= 16 || value == 0)
            return value;
        int magnitude = Math.Abs(value);
        magnitude = magnitude >= (1 << (width - 1)) - 1 ? 0x7FFF : ((magnitude << 15) + 0x4000) >> (width - 1);
        return value < 0 ? -magnitude : magnitude;
    }

    /// <summary>Scaled so that the largest number is the largest half; the bits are a half's then.</summary>
    private static ushort ToHalf(int value, bool isSigned)
    {
        if (!isSigned)
            return (ushort)((value * 31) >> 6);
        int magnitude = (Math.Abs(value) * 31) >> 5;
        return (ushort)(value < 0 ? magnitude | 0x8000 : magnitude);
    }
}
