using System.Runtime.InteropServices;
using ShaderJit.Abi;

namespace ShaderJit.Compiler.Tests.Images;

/// <summary>Samples with gradients: levels of detail, anisotropic filters and least levels, against
/// <see cref="ReferenceSampler.SampleGradients"/>.</summary>
public sealed class GradientTests
{
    private const int Count = 64, Results = 5;

    private static readonly TestImage Image = new(TestFormat.Rgba8, 32, 16, levels: 6, seed: 41),
        Line = new(TestFormat.R8, 64, levels: 7, seed: 42), Sheets = new(TestFormat.Rg8, 16, 32, layers: 3, levels: 5, seed: 43),
        Depth = new(TestFormat.R16, 16, 16, levels: 5, seed: 44);

    private static byte[] Run(float[] where, SamplerRecord sampler, bool known) => ImageRun.Run("sample_gradients", (2, 1, 1), [],
        [new(0, 4, MemoryMarshal.AsBytes<float>(where).ToArray()), new(0, 5, new byte[Count * Results * 16]), new(9, 0, Image.Bytes),
            new(9, 1, Line.Bytes), new(9, 2, Sheets.Bytes), new(9, 3, Depth.Bytes)],
        [Image.Bind(0, 2, sampler), Line.Bind(1, 3, sampler), Sheets.Bind(2, 4, sampler), Depth.Bind(3, 5, sampler)],
        [".opt.spv"], known)[1];

    private static SamplerRecord Sampler(float anisotropy, bool linear = true) => new()
    {
        MagLinear = linear, MinLinear = linear, MipLinear = linear, AddressU = TexelAddressing.Repeat,
        AddressV = TexelAddressing.ClampToEdge, MaxLod = 100, Compare = 3, MaxAnisotropy = anisotropy,
    };

    [Theory]
    [InlineData(0, true, true)]
    [InlineData(0, true, false)]
    [InlineData(1, true, false)]
    [InlineData(2, true, true)]
    [InlineData(3.5f, true, false)]
    [InlineData(16, true, true)]
    [InlineData(16, true, false)]
    [InlineData(16, false, true)]
    [InlineData(16, false, false)]
    [InlineData(4, true, true, TexelReduction.Min)]
    [InlineData(4, true, false, TexelReduction.Max)]
    public void FootprintsOfEveryShape(float anisotropy, bool linear, bool known, TexelReduction reduction = TexelReduction.WeightedAverage)
    {
        var sampler = Sampler(anisotropy, linear) with { Reduction = reduction };
        var random = new Random((int)anisotropy + 50);
        var where = new float[Count * 8];
        for (int i = 0; i < where.Length; i++)
        {
            // Gradients of very different lengths, some of them 0.
            where[i] = (i & 7) switch
            {
                < 2 => random.NextSingle() * 3 - 1,
                2 => random.Next(3),
                3 => random.NextSingle(),
                _ => random.Next(8) == 0 ? 0 : (random.NextSingle() - 0.5f) * MathF.Pow(2, -random.Next(6)),
            };
        }

        var actual = MemoryMarshal.Cast<byte, float>(Run(where, sampler, known));
        int compared = 0, several = 0;
        for (int i = 0; i < Count; i++)
        {
            var w = where.AsSpan(i * 8, 8);
            double[] at = [w[0], w[1]], dx = [w[4], w[5]], dy = [w[6], w[7]];
            double reference = w[3];
            double[] Compared(double[] texel) => reference <= texel[0] ? [1, 1, 1, 1] : [0, 0, 0, 0];
            Check(Image, actual.Slice(i * 20, 4), [], at, dx, dy, 0, 0, null);
            Check(Line, actual.Slice((i * 20) + 4, 4), [], [w[0]], [w[4]], [w[5]], 0, 0, null);
            Check(Sheets, actual.Slice((i * 20) + 8, 4), [2, -1, 0], at, dx, dy, (int)w[2], 0, null);
            Check(Depth, actual.Slice((i * 20) + 12, 1), [], at, dx, dy, 0, 0, Compared);
            Check(Image, actual.Slice((i * 20) + 16, 4), [], at, dx, dy, 0, w[3] * 3, null);
        }

        Assert.True(compared > Count * Results / 2);
        Assert.Equal(anisotropy > 1, several > Count);

        void Check(TestImage image, ReadOnlySpan<float> found, int[] offset, double[] at, double[] dx, double[] dy, int layer,
            double minLod, Func<double[], double[]>? map)
        {
            var expected = new ReferenceSampler(image, sampler) { Offset = offset.Length == 0 ? [0, 0, 0] : offset };
            double[] value = expected.SampleGradients(at, dx, dy, layer, minLod, map);
            several += expected.SamplesTaken > 1 ? 1 : 0;
            if (expected.IsAmbiguous)
                return;
            compared++;
            for (int c = 0; c < found.Length; c++)
            {
                Assert.True(Math.Abs(value[c] - found[c]) < 2e-3, $"{image.Format} {image.Width} at {string.Join(' ', at)}, "
                    + $"{string.Join(' ', dx)} by {string.Join(' ', dy)}: {found[c]}, not {value[c]} ({expected.SamplesTaken} samples)");
            }
        }
    }

    /// <summary>Where the footprint is round, or no longer than a texel, an anisotropic filter gives the same bits as one that
    /// is not.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RoundFootprintsAreFilteredAsBefore(bool known)
    {
        var random = new Random(60);
        var where = new float[Count * 8];
        for (int i = 0; i < Count; i++)
        {
            var w = where.AsSpan(i * 8, 8);
            (w[0], w[1], w[2], w[3]) = (random.NextSingle(), random.NextSingle(), random.Next(3), random.NextSingle());
            if (i % 4 == 3)
            {
                // Of less than a texel, in the largest image.
                for (int k = 4; k < 8; k++)
                    w[k] = random.NextSingle() / 100;
                continue;
            }

            // Square in coordinates; images that are not square get the power of two that is missing.
            float size = random.NextSingle() / 2;
            (w[4], w[5]) = (size, 0);
            (w[6], w[7]) = (0, size);
        }

        float[] square = where.ToArray();
        byte[] before = Run(square, Sampler(1), known), after = Run(square, Sampler(16), known);
        for (int i = 0; i < Count; i++)
        {
            // The depth image is square; the others only where the footprint is small.
            int first = i % 4 == 3 ? 0 : 3, count = i % 4 == 3 ? 5 : 1;
            Assert.Equal(before.AsSpan((i * 80) + (first * 16), count * 16), after.AsSpan((i * 80) + (first * 16), count * 16));
        }
    }
}
