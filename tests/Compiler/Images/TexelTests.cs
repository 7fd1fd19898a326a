using System.Runtime.InteropServices;
using ShaderJit.Abi;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Images;

/// <summary>Texels by number: fetches, storage images of every kind of format, texel buffers, atomics, sizes; and what is
/// read and written beyond them, and of null images.</summary>
public sealed class TexelTests
{
    private static readonly double[] Nothing = [0, 0, 0, 0];

    private static byte[] Bytes<T>(T[] values) where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();

    /// <summary>What a read outside gives: zeros, and one for an alpha that the format lacks.</summary>
    private static double[] Outside(TestImage image) => [0, 0, 0, image.Record.A.Mask == 0 ? 1 : 0];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void FetchesAndSizes(bool isNull, bool known)
    {
        TestImage image = new(TestFormat.Rgba8, 6, 5, levels: 3, seed: 1), sheets = new(TestFormat.Rg16i, 4, 3, layers: 3, seed: 2),
            many = new(TestFormat.Rgba16f, 4, 4, samples: 4, seed: 3), texels = new(TestFormat.R8, 20, seed: 4),
            block = new(TestFormat.R32f, 4, 4, 3, seed: 5);
        const int count = 64;
        var random = new Random(7);
        int[] where = new int[count * 4];
        for (int i = 0; i < where.Length; i++)
            where[i] = random.Next(-1, 6);
        where[0] = int.MaxValue;
        where[5] = int.MinValue;
        TestImage[] images = [image, sheets, many, texels, block];
        var buffers = new List<BoundBuffer> { new(0, 5, Bytes(where)), new(0, 6, new byte[count * 6 * 16]), new(0, 7, new byte[64]) };
        var bound = new List<BoundImage>();
        for (int k = 0; k < images.Length; k++)
        {
            buffers.Add(new BoundBuffer(9, k, images[k].Bytes));
            bound.Add(images[k].Bind(k, isNull ? -1 : k + 3));
        }

        byte[][] results = ImageRun.Run("fetch", (2, 1, 1), [], [.. buffers], [.. bound], known: known);
        var actual = MemoryMarshal.Cast<byte, float>(results[1]).ToArray();
        for (int i = 0; i < count; i++)
        {
            int x = where[i * 4], y = where[i * 4 + 1], z = where[i * 4 + 2], w = where[i * 4 + 3];
            Check(0, image, x, y, 0, 0, 0, 0);
            Check(1, image, x, y, 0, 0, w, 0);
            Check(2, sheets, x, y, 0, z, 0, 0);
            Check(3, many, x, y, 0, 0, 0, z);
            Check(4, texels, x, 0, 0, 0, 0, 0);
            Check(5, block, x == int.MaxValue ? -5 : x + 1, y, z - 1, 0, 0, 0);

            void Check(int k, TestImage from, int tx, int ty, int tz, int layer, int level, int sample)
            {
                bool inside = (uint)level < (uint)from.Levels && (uint)layer < (uint)from.Layers && (uint)sample < (uint)from.Samples
                    && (uint)tx < (uint)TestImage.SizeOf(from.Width, level) && (uint)ty < (uint)TestImage.SizeOf(from.Height, level)
                    && (uint)tz < (uint)TestImage.SizeOf(from.Depth, level);
                double[] expected = isNull ? Nothing : inside ? from.Read(tx, ty, tz, layer, level, sample) : Outside(from);
                for (int c = 0; c < 4; c++)
                {
                    float value = actual[(i * 6 + k) * 4 + c];
                    double found = k == 2 ? BitConverter.SingleToInt32Bits(value) : value;
                    Assert.True(Math.Abs(expected[c] - found) <= 1e-6 * Math.Max(1, Math.Abs(expected[c])), $"fetch {k} of {i}: {found}, not {expected[c]}");
                }
            }
        }

        int[] sizes = MemoryMarshal.Cast<byte, int>(results[2])[..13].ToArray();
        Assert.Equal(isNull ? new int[13] : [3, 2, 4, 3, 3, 4, 4, 20, 4, 4, 3, 3, 4], sizes);
    }

    public static TheoryData<string, string, string> Formats => new()
    {
        { nameof(TestFormat.Rgba8), nameof(TestFormat.Rgba16f), "rgba8" },
        { nameof(TestFormat.R8), nameof(TestFormat.Rgba8), "rgba16f" },
        { nameof(TestFormat.Rgba32f), nameof(TestFormat.R8), "rgb10_a2" },
        { nameof(TestFormat.Rg8), nameof(TestFormat.R11G11B10), "r11f_g11f_b10f" },
        { nameof(TestFormat.R16), nameof(TestFormat.Rgb10A2), "rgba8_snorm" },
        { nameof(TestFormat.R11G11B10), nameof(TestFormat.Rgba8Snorm), "r16" },
        { nameof(TestFormat.Rg32f), nameof(TestFormat.R16), "rg8" },
        { nameof(TestFormat.R32f), nameof(TestFormat.Bgra8), "rg32f" },
        { nameof(TestFormat.Rgb10A2), nameof(TestFormat.Rg32f), "rgba32f" },
        { nameof(TestFormat.Rgba8Snorm), nameof(TestFormat.Rgba32f), "r8" },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void StorageImages(string sourceFormat, string targetFormat, string format)
    {
        var knownFormat = format switch
        {
            "rgba8" => TestFormat.Rgba8, "rgba16f" => TestFormat.Rgba16f, "rgb10_a2" => TestFormat.Rgb10A2,
            "r11f_g11f_b10f" => TestFormat.R11G11B10, "rgba8_snorm" => TestFormat.Rgba8Snorm, "r16" => TestFormat.R16,
            "rg8" => TestFormat.Rg8, "rg32f" => TestFormat.Rg32f, "rgba32f" => TestFormat.Rgba32f, _ => TestFormat.R8,
        };
        TestImage source = new(Enum.Parse<TestFormat>(sourceFormat), 14, 6, seed: 1), target = new(Enum.Parse<TestFormat>(targetFormat), 13, 7, seed: 2),
            known = new(knownFormat, 15, 5, seed: 3), counters = new(TestFormat.R32ui, 8, 4, seed: 4);
        byte[][] results = ImageRun.Run("storage." + format, (4, 2, 1), [],
            [new(0, 4, new byte[32 * 8 * 32]), new(9, 0, source.Bytes), new(9, 1, target.Bytes), new(9, 2, known.Bytes), new(9, 3, counters.Bytes)],
            [source.Bind(0, 1), target.Bind(1, 2), known.Bind(2, 3), counters.Bind(3, 4)]);
        var actual = MemoryMarshal.Cast<byte, float>(results[0]);
        var counts = new uint[8 * 4];
        for (int y = -1; y < 7; y++)
        {
            for (int x = -1; x < 31; x++)
            {
                double[] read = x >= 0 && x < 14 && y >= 0 && y < 6 ? source.Read(x, y) : Outside(source);
                double[] was = x >= 0 && x < 15 && y >= 0 && y < 5 ? known.Read(x, y) : Outside(known);
                int at = ((y + 1) * 32 + x + 1) * 8;
                for (int c = 0; c < 4; c++)
                {
                    double size = c == 0 ? 14 : c == 1 ? 6 : 0;
                    Assert.Equal(read[c] + size, actual[at + c], 2e-6);
                    Assert.Equal(was[c], actual[at + 4 + c], Math.Abs(was[c]) * 1e-6 + 1e-6);
                }

                if (x >= 0 && x < 13 && y >= 0 && y < 7)
                    Wrote(target, results[2], x, y, read.Select(v => v * 1.25 - 0.125).ToArray());
                if (x >= 0 && x < 15 && y >= 0 && y < 5)
                    Wrote(known, results[3], x, y, was.Reverse().Select(v => v * 0.75 - 0.1).ToArray());
                if (x >> 1 >= 0 && x >> 1 < 8 && y >> 1 >= 0 && y >> 1 < 4)
                    counts[(y >> 1) * 8 + (x >> 1)] += 3;
            }
        }

        for (int k = 1; k < counts.Length; k++)
        {
            int place = counters.Place(k % 8, k / 8);
            Assert.Equal(BitConverter.ToUInt32(counters.Bytes, place) + counts[k], BitConverter.ToUInt32(results[4], place));
        }
    }

    private static void Wrote(TestImage image, byte[] bytes, int x, int y, double[] value)
    {
        double[] actual = image.Decode(bytes, image.Place(x, y));
        for (int c = 0; c < 4; c++)
        {
            var component = c switch { 0 => image.Record.R, 1 => image.Record.G, 2 => image.Record.B, _ => image.Record.A };
            if (component.Mask == 0)
                continue;
            double low = image.Record.Kind == TexelKind.Normalized ? component.Sign != 0 ? -1 : 0 : component.HalfShift != 0 ? 0 : double.MinValue;
            double high = image.Record.Kind == TexelKind.Normalized ? 1 : double.MaxValue;
            double expected = Math.Clamp(value[c], low, high);
            double tolerance = image.Record.Kind switch
            {
                TexelKind.Normalized => component.Scale * 0.501,
                TexelKind.Half => Math.Max(Math.Abs(expected) / (component.HalfShift == 0 ? 1024 : 16), 1e-4),
                _ => Math.Max(Math.Abs(expected), 1) * 1e-6,
            };
            Assert.True(Math.Abs(expected - actual[c]) <= tolerance, $"({x}, {y}).{c} of {image.Format}: {actual[c]}, not {expected}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Integers(bool known)
    {
        TestImage source = new(TestFormat.Rgba16i, 14, 6, seed: 1), target = new(TestFormat.R8i, 13, 7, seed: 2),
            sheets = new(TestFormat.Rg16i, 8, 5, layers: 2, seed: 3), texels = new(TestFormat.Rgba8ui, 30, seed: 4),
            block = new(TestFormat.R16ui, 6, 6, 2, seed: 5), bytes = new(TestFormat.R8i, 10, 10, seed: 6), tens = new(TestFormat.Rgb10A2ui, 7, 7, seed: 7);
        TestImage[] images = [source, target, sheets, texels, block, bytes, tens];
        var buffers = new List<BoundBuffer> { new(0, 7, new byte[16 * 8 * 6 * 16]) };
        var bound = new List<BoundImage>();
        for (int k = 0; k < images.Length; k++)
        {
            buffers.Add(new BoundBuffer(9, k, images[k].Bytes));
            bound.Add(images[k].Bind(k, k + 1));
        }

        byte[][] results = ImageRun.Run("integers", (2, 2, 1), [], [.. buffers], [.. bound], known: known);
        var actual = MemoryMarshal.Cast<byte, int>(results[0]).ToArray();
        for (int y = -1; y < 7; y++)
        {
            for (int x = -1; x < 15; x++)
            {
                int at = ((y + 1) * 16 + x + 1) * 24;
                double[] read = Same(0, source, x, y, 0, 0);
                Same(1, sheets, x, y, 0, 1);
                Same(2, texels, y * 16 + x, 0, 0, 0);
                Same(3, block, x, y, x & 1, 0);
                double[] small = Same(4, bytes, x, y, 0, 0);
                Same(5, tens, x, y, 0, 0);
                if (x >= 0 && x < 13 && y >= 0)
                    Assert.Equal((sbyte)((int)read[0] + 1), (sbyte)results[2][target.Place(x, y)]);
                if (x >= 0 && x < 10 && y >= 0)
                    Assert.Equal((sbyte)-(int)small[0], (sbyte)results[6][bytes.Place(x, y)]);

                double[] Same(int k, TestImage image, int tx, int ty, int tz, int layer)
                {
                    bool inside = tx >= 0 && tx < image.Width && ty >= 0 && ty < image.Height && tz < image.Depth;
                    double[] expected = inside ? image.Read(tx, ty, tz, layer) : Outside(image);
                    for (int c = 0; c < 4; c++)
                        Assert.True((int)expected[c] == actual[at + k * 4 + c], $"image {k} at {tx} {ty}, component {c}: {actual[at + k * 4 + c]}, not {expected[c]}");
                    return expected;
                }
            }
        }
    }

    /// <summary>A view whose texels are not as large as the shader's format says has none.</summary>
    [Fact]
    public void TexelsOfAnotherSizeAreNotThere()
    {
        TestImage source = new(TestFormat.Rgba8, 14, 6, seed: 1), known = new(TestFormat.Rgba16f, 15, 5, seed: 3), counters = new(TestFormat.R32ui, 8, 4);
        byte[][] results = ImageRun.Run("storage.rgba8", (4, 2, 1), [],
            [new(0, 4, new byte[32 * 8 * 32]), new(9, 0, source.Bytes), new(9, 2, known.Bytes), new(9, 3, counters.Bytes)],
            [source.Bind(0, 1), source.Bind(1, -1), known.Bind(2, 2), counters.Bind(3, -1)]);
        Assert.Equal(known.Bytes, results[2]);
        Assert.Equal(counters.Bytes, results[3]);
        Assert.Equal(source.Bytes, results[1]);
        var actual = MemoryMarshal.Cast<byte, float>(results[0]);
        for (int i = 0; i < 32 * 8; i++)
            Assert.Equal([0, 0, 0, 0], actual.Slice(i * 8 + 4, 4).ToArray());
    }
}
