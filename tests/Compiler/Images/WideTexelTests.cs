using System.Runtime.InteropServices;
using ShaderJit.Abi;

namespace ShaderJit.Compiler.Tests.Images;

/// <summary>Images of 64-bit integers, and atomics on images of those and of floats.</summary>
public sealed class WideTexelTests
{
    private const int Width = 16, Height = 8;

    /// <summary>The bits of a component, which a double may not hold.</summary>
    private static long Bits(TestImage image, byte[] bytes, int x, int y = 0, int layer = 0, int level = 0) =>
        BitConverter.ToInt64(bytes, image.Place(x, y, 0, layer, level));

    private static bool IsInside(TestImage image, int x, int y, int level = 0) =>
        x >= 0 && y >= 0 && x < TestImage.SizeOf(image.Width, level) && y < TestImage.SizeOf(image.Height, level);

    private static long[] Texel(TestImage image, int x, int y = 0, int layer = 0, int level = 0) =>
        [IsInside(image, x, y, level) ? Bits(image, image.Bytes, x, y, layer, level) : 0, 0, 0, 1];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LoadsStoresAndAtomics(bool known)
    {
        TestImage source = new(TestFormat.R64i, 14, 6, seed: 1), target = new(TestFormat.R64i, 13, 7, seed: 2),
            sheets = new(TestFormat.R64i, 8, 5, layers: 2, seed: 3), texels = new(TestFormat.R64i, 90, seed: 4),
            counters = new(TestFormat.R64i, 8, 4, seed: 5), extremes = new(TestFormat.R64i, 7, seed: 6);
        extremes.Bytes.AsSpan(extremes.Place(0), 16).Clear();
        BitConverter.TryWriteBytes(extremes.Bytes.AsSpan(extremes.Place(6)), 5L);
        TestImage[] images = [source, target, sheets, texels, counters, extremes];
        var results = Run("wide", images, 6, new byte[Width * Height * 3 * 32], known);
        var actual = MemoryMarshal.Cast<byte, long>(results[0]).ToArray();
        var counts = new long[8 * 4];
        for (int y = -1; y < Height - 1; y++)
        {
            for (int x = -1; x < Width - 1; x++)
            {
                int n = (y * 16) + x, at = (((y + 1) * Width) + x + 1) * 12;
                long[] a = Texel(source, x, y), b = Texel(sheets, x, y, 1), c = Texel(texels, n < 0 ? -1 : n);
                Assert.Equal([.. a, .. b, .. c], actual[at..(at + 12)]);
                if (IsInside(target, x, y))
                    Assert.Equal(a[0] + 1, Bits(target, results[2], x, y));
                if (IsInside(sheets, x, y))
                    Assert.Equal(b[0] * 2, Bits(sheets, results[3], x, y));
                if (IsInside(texels, n, 0))
                    Assert.Equal(c[0] + 1, Bits(texels, results[4], n));
                if (IsInside(counters, x >> 1, y >> 1))
                    counts[((y >> 1) * 8) + (x >> 1)] += 0x100000001;
            }
        }

        for (int k = 0; k < counts.Length; k++)
            Assert.Equal(Bits(counters, counters.Bytes, k % 8, k / 8) + counts[k], Bits(counters, results[5], k % 8, k / 8));
        long[] were = Enumerable.Range(0, 6).Select(k => Bits(extremes, extremes.Bytes, k)).ToArray();
        Assert.Equal([14L << 32, -1L << 32, were[2] | ~0L << 32, were[3] & ~(0xFFFFFFFFL << 16), were[4], 0x123456789, 6],
            Enumerable.Range(0, 7).Select(k => Bits(extremes, results[6], k)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FetchesAndSamples(bool known)
    {
        TestImage picture = new(TestFormat.R64i, 16, 4, levels: 2, seed: 1), texels = new(TestFormat.R64i, 100, seed: 2);
        var sampler = new SamplerRecord { MagLinear = true, AddressU = TexelAddressing.ClampToEdge, AddressV = TexelAddressing.ClampToBorder };
        var results = Run("wide_sampled", [picture, texels], 2, new byte[Width * Height * 4 * 32], known, sampler);
        var actual = MemoryMarshal.Cast<byte, long>(results[0]).ToArray();
        for (int y = -1; y < Height - 1; y++)
        {
            for (int x = -1; x < Width - 1; x++)
            {
                int i = ((y + 1) * Width) + x + 1;
                long[] nearest = Addressed(x, y);
                long[] gathered = [Addressed(x, y + 1)[0], Addressed(x + 1, y + 1)[0], Addressed(x + 1, y)[0], Addressed(x, y)[0]];
                Assert.Equal([.. Texel(picture, x, y, level: 1), .. nearest, .. gathered, .. Texel(texels, i)], actual[(i * 16)..((i * 16) + 16)]);
            }
        }

        // The border is transparent black, whose alpha the format lacks.
        long[] Addressed(int x, int y) => Texel(picture, Math.Clamp(x, 0, 15), y);
    }

    /// <summary>A view of smaller texels has none of 64 bits, and what lies behind it is not looked at.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TexelsOfAnotherSizeAreNotThere(bool known)
    {
        TestImage small = new(TestFormat.Rgba8, 16, 4, levels: 2, seed: 1);
        var results = Run("wide_sampled", [small, small], 2, new byte[Width * Height * 4 * 32], known, new SamplerRecord());
        foreach (long value in MemoryMarshal.Cast<byte, long>(results[0]))
            Assert.True(value is 0 or 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FloatAtomics(bool known)
    {
        TestImage sums = new(TestFormat.R32f, 8, 4, seed: 1), extremes = new(TestFormat.R32f, 2, seed: 2), swapped = new(TestFormat.R32f, 15, 7, layers: 2, seed: 3);
        sums.Bytes.AsSpan().Clear();
        extremes.Bytes.AsSpan().Clear();
        var results = Run("float_atomics", [sums, extremes, swapped], 3, new byte[Width * Height * 8], known);
        var actual = MemoryMarshal.Cast<byte, float>(results[0]).ToArray();
        var expected = new float[8 * 4];
        for (int y = -1; y < Height - 1; y++)
        {
            for (int x = -1; x < Width - 1; x++)
            {
                if (IsInside(sums, x >> 1, y >> 1))
                    expected[((y >> 1) * 8) + (x >> 1)] += x * 0.5f;
                int at = (((y + 1) * Width) + x + 1) * 2;
                bool isInside = IsInside(swapped, x, y);
                Assert.Equal(isInside ? (float)swapped.Read(x, y, 0, 1)[0] : 0, actual[at]);
                Assert.Equal(isInside ? x : 0, actual[at + 1]);
            }
        }

        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], BitConverter.ToSingle(results[1], sums.Place(k % 8, k / 8)));
        Assert.Equal(14 * 0.25f, BitConverter.ToSingle(results[2], extremes.Place(0)));
        Assert.Equal(-0.25f, BitConverter.ToSingle(results[2], extremes.Place(1)));
    }

    /// <summary>The shader's result, then the images.</summary>
    private static byte[][] Run(string shader, TestImage[] images, int binding, byte[] result, bool known, SamplerRecord? sampler = null)
    {
        var buffers = new List<Reference.BoundBuffer> { new(0, binding, result) };
        var bound = new List<Reference.BoundImage>();
        for (int k = 0; k < images.Length; k++)
        {
            buffers.Add(new Reference.BoundBuffer(9, k, images[k].Bytes));
            bound.Add(images[k].Bind(k, k + 1, sampler));
        }

        return ImageRun.Run(shader, (2, 2, 1), [], [.. buffers], [.. bound], known: known);
    }
}
