using System.Buffers.Binary;

namespace ShaderJit.Vulkan.Formats.BlockCompression;

/// <summary>The bits of a block of 16 bytes, taken one after the other from the lowest on.</summary>
internal struct BlockBits(ReadOnlySpan<byte> block)
{
    private UInt128 _left = BinaryPrimitives.ReadUInt128LittleEndian(block);

    /// <summary>The next bits as a number.</summary>
    /// <param name="count">0 to 31.</param>
    public int Take(int count)
    {
        int value = (int)(uint)(_left & ((1u << count) - 1));
        _left >>= count;
        return value;
    }
}
