using System.Runtime.InteropServices;
using ShaderJit.Abi;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Images;

/// <summary>Samples against <see cref="ReferenceSampler"/>: random coordinates, filters, addressing, formats, shapes.</summary>
public sealed class SamplingTests
{
    private const int Count = 64;

    private static float[] Coordinates(int seed, int count, Func<Random, int, float> make)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = make(random, i);
        return values;
    }

    private static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes<float>(values).ToArray();

    private static void Near(double[] expected, ReadOnlySpan<float> actual, double tolerance, string what)
    {
        for (int c = 0; c < actual.Length; c++)
        {
            double scale = Math.Max(1, Math.Abs(expected[c]));
            Assert.True(Math.Abs(expected[c] - actual[c]) <= tolerance * scale,
                $"{what}.{c}: {string.Join(' ', actual.ToArray())}, not {string.Join(' ', expected)}");
        }
    }

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    public static TheoryData<string, SamplerRecord, int, bool> Samplers()
    {
        var data = new TheoryData<string, SamplerRecord, int, bool>();
        var modes = Enum.GetValues<TexelAddressing>();
        var formats = (TestFormat[])[TestFormat.Rgba8, TestFormat.R8, TestFormat.Rgba16f, TestFormat.Rgba32f, TestFormat.Srgb8,
            TestFormat.R11G11B10, TestFormat.Shared9, TestFormat.Rgba8Snorm, TestFormat.Rg8, TestFormat.Bgra8, TestFormat.Rg32f,
            TestFormat.R16, TestFormat.Rgb10A2, TestFormat.R32f];
        for (int i = 0; i < formats.Length; i++)
        {
            var record = new SamplerRecord
            {
                MagLinear = i % 3 != 1, MinLinear = i % 4 != 2, MipLinear = i % 2 == 0, AddressU = modes[i % 5],
                AddressV = modes[(i + i / 5 + 2) % 5], AddressW = modes[(i + 1) % 5], LodBias = i % 5 == 3 ? 0.75f : 0,
                MinLod = i % 6 == 5 ? 0.5f : 0, MaxLod = 100,
                Reduction = i % 7 == 3 ? TexelReduction.Min : i % 7 == 5 ? TexelReduction.Max : TexelReduction.WeightedAverage,
                Border = (Bits(0.25f), Bits(1), Bits(0.5f), Bits(0.75f)),
            };
            data.Add(formats[i].ToString(), record, i, false);
            data.Add(formats[i].ToString(), record, i, true);
        }

        // What has code of its own, with each format that it asks for.
        var simple = new SamplerRecord { MagLinear = true, MinLinear = true, AddressU = TexelAddressing.ClampToEdge,
            AddressV = TexelAddressing.ClampToEdge, AddressW = TexelAddressing.ClampToEdge, MaxLod = 100 };
        data.Add(nameof(TestFormat.Rgba8), simple, 100, false);
        data.Add(nameof(TestFormat.Rg16i), simple with { MagLinear = false, MinLinear = false }, 101, false);

        // Straight code for each way of addressing, at one level and between levels.
        for (int i = 0; i < modes.Length * formats.Length; i++)
        {
            var border = i % 2 == 0 ? default : (Bits(0.25f), Bits(1), Bits(0.5f), Bits(0.75f));
            bool linear = i % 3 != 0;
            data.Add(formats[i % formats.Length].ToString(), simple with { AddressU = modes[i % 5], AddressV = modes[(i / 5 + i) % 5],
                MagLinear = linear, MinLinear = linear, MipLinear = i % 4 == 0, Border = border }, 200 + i, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void ImagesOfTwoDimensions(string formatName, SamplerRecord sampler, int seed, bool known)
    {
        var format = Enum.Parse<TestFormat>(formatName);
        if (format == TestFormat.Rg16i)
            format = TestFormat.R32f;
        var image = new TestImage(format, 13, 6, levels: seed % 3 == 2 ? 1 : 4, seed: seed);
        float[] where = Coordinates(seed, Count * 4, (r, i) => (i & 3) switch
        {
            2 => r.Next(4) == 0 ? 0 : r.NextSingle() * 5 - 1,
            3 => r.Next(2),
            _ => r.NextSingle() * 4 - 1.5f,
        });
        byte[] result = ImageRun.Run("sample_2d", (2, 1, 1), [],
            [new(0, 1, Bytes(where)), new(0, 2, new byte[Count * 16]), new(9, 0, image.Bytes)], [image.Bind(0, 2, sampler)],
            seed is 3 or 100 ? null : [".opt.spv"], known)[1];
        var actual = MemoryMarshal.Cast<byte, float>(result);
        int compared = 0;
        for (int i = 0; i < Count; i++)
        {
            bool offset = where[i * 4 + 3] > 0.5;
            var reference = new ReferenceSampler(image, sampler) { Offset = offset ? [-2, 3, 0] : [0, 0, 0] };
            double[] expected = reference.Sample([where[i * 4], where[i * 4 + 1]], where[i * 4 + 2]);
            if (reference.IsAmbiguous)
                continue;
            compared++;
            Near(expected, actual.Slice(i * 4, 4), 1e-4, $"{format} {i} at {where[i * 4]} {where[i * 4 + 1]} lod {where[i * 4 + 2]}");
        }

        Assert.True(compared > Count * 3 / 4);
    }

    /// <summary>Coordinates in texels, at both ways that allow them.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void UnnormalizedCoordinates(bool linear, bool known)
    {
        var sampler = new SamplerRecord { MagLinear = linear, MinLinear = linear, AddressU = TexelAddressing.ClampToEdge,
            AddressV = TexelAddressing.ClampToBorder, Unnormalized = true, Border = (Bits(1), Bits(0.5f), Bits(0), Bits(1)) };
        var image = new TestImage(TestFormat.Rgba8, 13, 6, seed: 31);
        float[] where = Coordinates(31, Count * 4, (r, i) => (i & 3) < 2 ? r.NextSingle() * 20 - 3 : 0);
        byte[] result = ImageRun.Run("sample_2d", (2, 1, 1), [],
            [new(0, 1, Bytes(where)), new(0, 2, new byte[Count * 16]), new(9, 0, image.Bytes)], [image.Bind(0, 2, sampler)], [".opt.spv"], known)[1];
        var actual = MemoryMarshal.Cast<byte, float>(result);
        for (int i = 0; i < Count; i++)
        {
            var reference = new ReferenceSampler(image, sampler);
            double[] expected = reference.Sample([where[i * 4], where[i * 4 + 1]], 0);
            if (!reference.IsAmbiguous)
                Near(expected, actual.Slice(i * 4, 4), 1e-4, $"{i} at {where[i * 4]} {where[i * 4 + 1]}");
        }
    }

    /// <summary>What is neither a number nor finite samples some texel, and a texel without weight counts for nothing.</summary>
    [Theory]
    [InlineData(TexelAddressing.Repeat)]
    [InlineData(TexelAddressing.MirroredRepeat)]
    [InlineData(TexelAddressing.ClampToEdge)]
    [InlineData(TexelAddressing.MirrorClampToEdge)]
    public void CoordinatesThatAreNotFinite(TexelAddressing mode)
    {
        var sampler = new SamplerRecord { MagLinear = true, MinLinear = true, AddressU = mode, AddressV = mode };
        var image = new TestImage(TestFormat.Rgba8, 5, 3, seed: 32);
        float[] where = Coordinates(32, Count * 4, (r, i) => (i & 3) > 1 ? 0 : r.Next(4) switch
        {
            0 => float.NaN,
            1 => float.PositiveInfinity,
            2 => float.NegativeInfinity,
            _ => 3e38f,
        });
        byte[] result = ImageRun.Run("sample_2d", (2, 1, 1), [],
            [new(0, 1, Bytes(where)), new(0, 2, new byte[Count * 16]), new(9, 0, image.Bytes)], [image.Bind(0, 2, sampler)], [".opt.spv"], known: true)[1];
        foreach (float value in MemoryMarshal.Cast<byte, float>(result))
            Assert.InRange(value, 0, 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ImplicitLevelsArraysAndSwizzles(bool known)
    {
        var sampler = new SamplerRecord { MagLinear = true, MinLinear = true, AddressU = TexelAddressing.ClampToEdge,
            AddressV = TexelAddressing.ClampToEdge, MaxLod = 0.25f };
        var nearest = new SamplerRecord { AddressU = TexelAddressing.MirroredRepeat, AddressV = TexelAddressing.Repeat, MaxLod = 100 };
        TestImage[] images = [new(TestFormat.Rgba8, 9, 5, seed: 1), new(TestFormat.Rgba8, 4, 4, levels: 3, seed: 2), new(TestFormat.Rg8, 16, 16, seed: 3)];
        float[] where = Coordinates(8, Count * 4, (r, _) => r.NextSingle() * 3 - 1);
        var swizzled = images[1].Bind(0, 4, element: 1);
        swizzled = swizzled with { Record = swizzled.Record! with { SwizzleR = TexelSwizzle.A, SwizzleG = TexelSwizzle.One,
            SwizzleB = TexelSwizzle.R, SwizzleA = TexelSwizzle.Zero } };
        for (uint which = 0; which < 3; which++)
        {
            byte[] result = ImageRun.Run("sample_implicit", (2, 1, 1), BitConverter.GetBytes(which),
                [new(0, 2, Bytes(where)), new(0, 3, new byte[Count * 16]), new(9, 0, images[0].Bytes), new(9, 2, images[2].Bytes),
                    new(9, 1, images[1].Bytes)],
                [images[0].Bind(0, 2), swizzled, images[2].Bind(0, 3, element: 2), new(0, 1, -1, null, sampler), new(0, 1, -1, null, nearest, 1)], known: known)[1];
            var actual = MemoryMarshal.Cast<byte, float>(result);
            for (int i = 0; i < Count; i++)
            {
                var first = new ReferenceSampler(images[which], which == 1 ? nearest : sampler);
                var second = new ReferenceSampler(images[0], nearest);
                double[] a = first.Sample([where[i * 4], where[i * 4 + 1]], 0);
                double[] b = second.Sample([where[i * 4 + 2], where[i * 4 + 3]], 0);
                if (which == 1)
                    a = [a[3], 1, a[0], 0];
                if (!first.IsAmbiguous && !second.IsAmbiguous)
                    Near(a.Zip(b, (x, y) => x + y).ToArray(), actual.Slice(i * 4, 4), 1e-4, $"image {which}, {i}");
            }
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void ImagesOfEveryShape(bool linear, bool known)
    {
        var sampler = new SamplerRecord { MagLinear = linear, MinLinear = linear, MipLinear = linear, AddressU = TexelAddressing.Repeat,
            AddressV = TexelAddressing.MirroredRepeat, AddressW = TexelAddressing.ClampToBorder, MaxLod = 100,
            Border = (Bits(0.5f), Bits(0.5f), Bits(1), Bits(0)) };
        var nearest = sampler with { MagLinear = false, MinLinear = false, MipLinear = false };
        TestImage line = new(TestFormat.R8, 11, levels: 2, seed: 1), lines = new(TestFormat.Rgba8, 8, layers: 3, levels: 4, seed: 2),
            sheets = new(TestFormat.Rg8, 7, 5, layers: 4, levels: 3, seed: 3), block = new(TestFormat.Rgba16f, 6, 5, 4, levels: 3, seed: 4),
            cube = new(TestFormat.Rgba8, 8, 8, layers: 6, levels: 3, seed: 5), cubes = new(TestFormat.R32f, 4, 4, layers: 12, levels: 2, seed: 6),
            whole = new(TestFormat.Rgba8ui, 9, 9, levels: 2, seed: 7);
        TestImage[] images = [line, lines, sheets, block, cube, cubes, whole];
        const int count = 32;
        float[] where = Coordinates(9, count * 8, (r, i) => (i & 7) == 4 ? r.NextSingle() * 3 : r.NextSingle() * 5 - 2);
        var buffers = new List<BoundBuffer> { new(0, 7, Bytes(where)), new(0, 8, new byte[count * 7 * 16]) };
        var bound = new List<BoundImage>();
        for (int k = 0; k < images.Length; k++)
        {
            buffers.Add(new BoundBuffer(9, k, images[k].Bytes));
            bound.Add(images[k].Bind(k, k + 2, k == 6 ? nearest : sampler));
        }

        byte[] result = ImageRun.Run("sample_shapes", (1, 1, 1), [], [.. buffers], [.. bound], [".opt.spv"], known)[1];
        var actual = MemoryMarshal.Cast<byte, float>(result).ToArray();
        for (int i = 0; i < count; i++)
        {
            double x = where[i * 8], y = where[i * 8 + 1], z = where[i * 8 + 2], w = where[i * 8 + 3], lod = where[i * 8 + 4];
            Check(line, 0, sampler, [x], 0);
            Check(lines, 1, sampler, [x], Layer(y, 3));
            Check(sheets, 2, sampler, [x, y], Layer(z, 4));
            Check(block, 3, sampler, [x, y, z], 0);
            var (face, s, t) = ReferenceSampler.Face(x, y, z);
            CheckCube(cube, 4, [s, t], face);
            CheckCube(cubes, 5, [s, t], face + 6 * Layer(w, 2));
            var reference = new ReferenceSampler(whole, nearest);
            double[] expected = reference.Sample([x, y], lod);
            if (!reference.IsAmbiguous)
            {
                for (int c = 0; c < 4; c++)
                    Assert.Equal((uint)expected[c], BitConverter.SingleToUInt32Bits(actual[(i * 7 + 6) * 4 + c]));
            }

            void Check(TestImage image, int k, SamplerRecord how, double[] at, int layer)
            {
                var sampled = new ReferenceSampler(image, how);
                double[] texel = sampled.Sample(at, lod, layer);
                if (!sampled.IsAmbiguous)
                    Near(texel, actual.AsSpan((i * 7 + k) * 4, 4), 1e-4, $"shape {k}, {i}");
            }

            // Away from edges, a face is an image; its edges have a test of their own.
            void CheckCube(TestImage image, int k, double[] at, int layer)
            {
                double margin = linear ? 0.25 : 0;
                if (at[0] > margin && at[0] < 1 - margin && at[1] > margin && at[1] < 1 - margin && lod < 1)
                    Check(image, k, sampler with { AddressU = TexelAddressing.ClampToEdge, AddressV = TexelAddressing.ClampToEdge }, at, layer);
            }
        }
    }

    private static int Layer(double at, int layers) => (int)Math.Clamp(Math.Round(at, MidpointRounding.ToEven), 0, layers - 1);

    /// <summary>Filtering goes on over the edges of a cube: near an edge from either side, the results are near.</summary>
    [Fact]
    public void CubesHaveNoSeams()
    {
        var sampler = new SamplerRecord { MagLinear = true, MinLinear = true, MaxLod = 100 };
        var other = new TestImage(TestFormat.Rgba8, 4, 4, layers: 12);
        var cube = new TestImage(TestFormat.Rgba8, 8, 8, layers: 6, seed: 5);
        const int count = 32;
        float[] where = Coordinates(10, count * 8, (r, _) => r.NextSingle() * 1.6f - 0.8f);
        for (int i = 0; i < count; i += 2)
        {
            int axis = i / 2 % 3, next = (axis + 1) % 3;
            float a = i / 6 % 2 == 0 ? 1 : -1, b = i / 12 % 2 == 0 ? 1 : -1, third = where[i * 8 + 5];
            (where[i * 8 + axis], where[i * 8 + next], where[i * 8 + 3 - axis - next]) = (a, b * 0.9999f, third);
            (where[i * 8 + 8 + axis], where[i * 8 + 8 + next], where[i * 8 + 8 + 3 - axis - next]) = (a * 0.9999f, b, third);
            where[i * 8 + 4] = where[i * 8 + 12] = 0;
        }

        var bound = new List<BoundImage>();
        for (int k = 0; k < 7; k++)
            bound.Add(k == 4 ? cube.Bind(4, 2, sampler) : other.Bind(k, 3, sampler));
        byte[] result = ImageRun.Run("sample_shapes", (1, 1, 1), [],
            [new(0, 7, Bytes(where)), new(0, 8, new byte[count * 7 * 16]), new(9, 0, cube.Bytes), new(9, 1, other.Bytes)], [.. bound], [".spv"])[1];
        var actual = MemoryMarshal.Cast<byte, float>(result);
        for (int i = 0; i < count; i += 2)
        {
            for (int c = 0; c < 4; c++)
                Assert.Equal(actual[(i * 7 + 4) * 4 + c], actual[((i + 1) * 7 + 4) * 4 + c], 0.01);
        }
    }

    [Theory]
    [InlineData(1u, true)]
    [InlineData(1u, false)]
    [InlineData(3u, true)]
    [InlineData(6u, true)]
    [InlineData(6u, false)]
    public void ComparisonsGathersGradientsAndProjection(uint compare, bool known)
    {
        var sampler = new SamplerRecord { MagLinear = true, MinLinear = true, MipLinear = true, AddressU = TexelAddressing.ClampToEdge,
            AddressV = TexelAddressing.Repeat, MaxLod = 100, Compare = compare };
        var depth = new TestImage(TestFormat.R16, 9, 7, seed: 21);
        var image = new TestImage(TestFormat.Rgba16f, 16, 16, levels: 5, seed: 22);
        float[] where = Coordinates((int)compare, Count * 4, (r, i) => (i & 3) < 2 ? r.NextSingle() * 2 - 0.5f : r.NextSingle() * 0.5f);
        byte[] result = ImageRun.Run("sample_others", (2, 1, 1), [],
            [new(0, 2, Bytes(where)), new(0, 3, new byte[Count * 7 * 16]), new(9, 0, depth.Bytes), new(9, 1, image.Bytes)],
            [depth.Bind(0, 2, sampler), image.Bind(1, 3, sampler)], [".opt.spv"], known)[1];
        var actual = MemoryMarshal.Cast<byte, float>(result);
        for (int i = 0; i < Count; i++)
        {
            double u = where[i * 4], v = where[i * 4 + 1], z = where[i * 4 + 2], w = where[i * 4 + 3];
            double[] Compared(double[] texel)
            {
                double pass = ((compare & 1) != 0 && z < texel[0]) || ((compare & 2) != 0 && z == texel[0])
                    || ((compare & 4) != 0 && z > texel[0]) ? 1 : 0;
                return [pass, pass, pass, pass];
            }

            var depths = new ReferenceSampler(depth, sampler);
            double[] expected = depths.Sample([u, v], 0, map: Compared);
            if (!depths.IsAmbiguous)
                Near(expected, actual.Slice(i * 28, 4), 1e-4, $"comparison {i}");
            var gathered = new ReferenceSampler(image, sampler).Gather(u, v);
            Near(gathered.Select(t => t[1]).ToArray(), actual.Slice(i * 28 + 4, 4), 1e-4, $"gather {i}");
            var passed = new ReferenceSampler(depth, sampler).Gather(u, v);
            Near(passed.Select(t => Compared(t)[0]).ToArray(), actual.Slice(i * 28 + 8, 4), 1e-4, $"depth gather {i}");
            int[][] offsets = [[-3, 2, 0], [1, 1, 0], [0, -4, 0], [5, 0, 0]];
            double[] each = offsets.Select(o => new ReferenceSampler(image, sampler) { Offset = o }.Gather(u, v)[3][2]).ToArray();
            Near(each, actual.Slice(i * 28 + 12, 4), 1e-4, $"gather with offsets {i}");
            double lod = Math.Log2(Math.Max(z, w) * 16);
            Near(new ReferenceSampler(image, sampler).Sample([u, v], lod), actual.Slice(i * 28 + 16, 4), 1e-3, $"gradients {i}");
            Near(new ReferenceSampler(image, sampler).Sample([u, v], 0), actual.Slice(i * 28 + 20, 4), 1e-3, $"projection {i}");
            var moved = new ReferenceSampler(image, sampler) { Offset = [2, -1, 0] }.Gather(u, v);
            Near(moved.Select(t => t[0]).ToArray(), actual.Slice(i * 28 + 24, 4), 1e-4, $"gather with offset {i}");
        }
    }
}
