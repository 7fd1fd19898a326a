using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace ShaderJit.Samples;

/// <summary>Writes pictures as PNG (Portable Network Graphics specification, third edition).</summary>
public static class PngFile
{
    private const int BytesPerPixel = 3;
    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Writes an opaque picture of 8 bits a channel.</summary>
    /// <param name="pixels">Row by row from the top; red in the low byte, then green, blue, and a byte that is ignored.</param>
    public static void Write(string path, int width, int height, ReadOnlySpan<uint> pixels)
    {
        using var file = File.Create(path);
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8; // bits a channel
        header[9] = 2; // red, green, blue
        header[10..].Clear();
        WriteChunk(file, "IHDR", header);
        WriteChunk(file, "IDAT", Compress(width, height, pixels));
        WriteChunk(file, "IEND", []);
    }

    private static ReadOnlySpan<byte> Compress(int width, int height, ReadOnlySpan<uint> pixels)
    {
        int stride = width * BytesPerPixel;
        byte[] row = new byte[stride], above = new byte[stride], filtered = new byte[stride + 1];
        var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    uint pixel = pixels[(y * width) + x];
                    row[x * BytesPerPixel] = (byte)pixel;
                    row[(x * BytesPerPixel) + 1] = (byte)(pixel >> 8);
                    row[(x * BytesPerPixel) + 2] = (byte)(pixel >> 16);
                }

                Filter(row, above, filtered);
                stream.Write(filtered);
                (row, above) = (above, row);
            }
        }

        return packed.GetBuffer().AsSpan(0, (int)packed.Length);
    }

    /// <summary>Filter type 4 (Paeth): each byte becomes its difference to the likeliest of its neighbours.</summary>
    private static void Filter(byte[] row, byte[] above, byte[] filtered)
    {
        filtered[0] = 4;
        for (int i = 0; i < row.Length; i++)
        {
            int left = i < BytesPerPixel ? 0 : row[i - BytesPerPixel];
            int corner = i < BytesPerPixel ? 0 : above[i - BytesPerPixel];
            int up = above[i];
            int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - (2 * corner));
            int likeliest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
            filtered[i + 1] = (byte)(row[i] - likeliest);
        }
    }

    private static void WriteChunk(Stream file, string type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        Span<byte> name = stackalloc byte[4];
        Encoding.ASCII.GetBytes(type, name);
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(name);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, name), data));
        file.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte b in data)
            crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint c = n;
            for (int bit = 0; bit < 8; bit++)
                c = (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
            table[n] = c;
        }

        return table;
    }
}
