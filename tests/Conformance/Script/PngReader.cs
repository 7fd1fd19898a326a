using System.Buffers.Binary;
using System.IO.Compression;

namespace ShaderJit.Conformance.Script;

/// <summary>Reads PNG files of 8 bits a channel, grey, RGB or RGBA, not interlaced.</summary>
internal static class PngReader
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <returns>RGBA bytes, and the size in pixels.</returns>
    /// <exception cref="FormatException">It is no such file.</exception>
    public static (byte[] Pixels, uint Width, uint Height) Read(byte[] file)
    {
        if (file.Length < 33 || !file.AsSpan(0, 8).SequenceEqual(Signature))
            throw new FormatException("not a PNG file");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(16));
        uint height = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(20));
        int channels = file[25] switch
        {
            0 => 1,
            2 => 3,
            4 => 2,
            6 => 4,
            _ => throw new FormatException("a PNG with a palette"),
        };
        if (file[24] != 8 || file[28] != 0)
            throw new FormatException("a PNG with other than 8 bits a channel, or interlaced");
        using var packed = new MemoryStream();
        for (int at = 8; at + 12 <= file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (file.AsSpan(at + 4, 4).SequenceEqual("IDAT"u8))
                packed.Write(file, at + 8, length);
            at += length + 12;
        }

        packed.Position = 0;
        using var inflated = new ZLibStream(packed, CompressionMode.Decompress);
        int row = checked((int)width * channels);
        var above = new byte[row];
        var line = new byte[row];
        var pixels = new byte[checked((int)(width * height * 4))];
        for (int y = 0; y < height; y++)
        {
            int filter = inflated.ReadByte();
            inflated.ReadExactly(line);
            Unfilter(filter, line, above, channels);
            for (int x = 0; x < width; x++)
            {
                var from = line.AsSpan(x * channels, channels);
                var to = pixels.AsSpan((y * (int)width + x) * 4, 4);
                to[0] = from[0];
                to[1] = from[channels > 2 ? 1 : 0];
                to[2] = from[channels > 2 ? 2 : 0];
                to[3] = channels switch { 4 => from[3], 2 => from[1], _ => 255 };
            }

            (above, line) = (line, above);
        }

        return (pixels, width, height);
    }

    private static void Unfilter(int filter, byte[] line, byte[] above, int channels)
    {
        for (int i = 0; i < line.Length; i++)
        {
            int left = i >= channels ? line[i - channels] : 0;
            int corner = i >= channels ? above[i - channels] : 0;
            int predicted = filter switch
            {
                0 => 0,
                1 => left,
                2 => above[i],
                3 => (left + above[i]) / 2,
                4 => Paeth(left, above[i], corner),
                _ => throw new FormatException("a PNG with an unknown filter"),
            };
            line[i] = (byte)(line[i] + predicted);
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        int byLeft = Math.Abs(estimate - left);
        int byUp = Math.Abs(estimate - up);
        int byCorner = Math.Abs(estimate - corner);
        return byLeft <= byUp && byLeft <= byCorner ? left : byUp <= byCorner ? up : corner;
    }
}
