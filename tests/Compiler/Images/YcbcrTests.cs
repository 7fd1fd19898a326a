using System.Runtime.InteropServices;
using ShaderJit.Abi;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Images;

/// <summary>Samplers with a Y'CbCr conversion against <see cref="YcbcrReference"/>: every layout of planes, width of components,
/// model, range, place of chroma, filter and way of reconstruction.</summary>
public sealed class YcbcrTests
{
    private const int Count = 64, Width = 10, Height = 6;

    /// <summary>An image with random components, in planes one after the other; rows have some bytes behind them.</summary>
    private sealed class Image
    {
        private readonly int _bits, _shift, _bytes;

        /// <param name="planes">0 for packed 422 with luma first, -1 with chroma first; 1 plane is neither.</param>
        public Image(int planes, bool halvesWidth, bool halvesHeight, int bits, Random random)
        {
            (_bits, HalvesWidth, HalvesHeight) = (bits, halvesWidth, halvesHeight);
            _bytes = bits == 8 ? 1 : 2;
            _shift = (8 * _bytes) - bits;
            int chromaWidth = halvesWidth ? Width / 2 : Width, chromaHeight = halvesHeight ? Height / 2 : Height;
            int lumaPitch = ((Width * _bytes * (planes <= 0 ? 2 : 1)) + 11) & ~3, chromaPitch = ((chromaWidth * _bytes * (planes == 2 ? 2 : 1)) + 7) & ~3;
            int first = 64, second = first + (lumaPitch * Height), third = second + (chromaPitch * chromaHeight);
            Bytes = new byte[third + (chromaPitch * chromaHeight)];
            random.NextBytes(Bytes);
            Record = new ImageRecord
            {
                Width = Width, Height = Height, TexelBytes = (uint)_bytes, Levels = [new ImageRecord.Level((uint)first, (uint)lumaPitch, 0)],
                FurtherPlanes = planes <= 1 ? [] : planes == 2 ? [new((ulong)second, (uint)chromaPitch)]
                    : [new((ulong)second, (uint)chromaPitch), new((ulong)third, (uint)chromaPitch)],
            };
            switch (planes)
            {
                case 3:
                    (G, B, R) = (Component(0, _bytes, 0), Component(1, _bytes, 0), Component(2, _bytes, 0));
                    (Luma, Cb, Cr) = (At(first, lumaPitch, 1, 0), At(second, chromaPitch, 1, 0), At(third, chromaPitch, 1, 0));
                    break;
                case 2:
                    (G, B, R) = (Component(0, _bytes, 0), Half(1, 0), Half(1, 1));
                    (Luma, Cb, Cr) = (At(first, lumaPitch, 1, 0), At(second, chromaPitch, 2, 0), At(second, chromaPitch, 2, 1));
                    break;
                default:
                    int g = planes == 0 ? 0 : 1;
                    (G, B, R) = (Component(0, 2 * _bytes, g * _bytes), Component(0, 4 * _bytes, (1 - g) * _bytes), Component(0, 4 * _bytes, (3 - g) * _bytes));
                    (Luma, Cb, Cr) = (At(first, lumaPitch, 2, g), At(first, lumaPitch, 4, 1 - g), At(first, lumaPitch, 4, 3 - g));
                    break;
            }
        }

        public bool HalvesWidth { get; }
        public bool HalvesHeight { get; }
        public byte[] Bytes { get; }
        public ImageRecord Record { get; }
        public YcbcrComponent R { get; }
        public YcbcrComponent G { get; }
        public YcbcrComponent B { get; }
        public Func<int, int, int> Luma { get; }
        public Func<int, int, int> Cb { get; }
        public Func<int, int, int> Cr { get; }

        private YcbcrComponent Component(int plane, int stride, int offset) => new(plane, stride, offset, _bytes, _shift, _bits);

        /// <summary>One of two components that are loaded as one.</summary>
        private YcbcrComponent Half(int plane, int which) => new(plane, 2 * _bytes, 0, 2 * _bytes, (8 * _bytes * which) + _shift, _bits);

        /// <param name="step">Components from one of its kind to the next.</param>
        private Func<int, int, int> At(int start, int pitch, int step, int first) => (x, y) =>
        {
            int at = start + (y * pitch) + (((x * step) + first) * _bytes);
            return (_bytes == 1 ? Bytes[at] : BitConverter.ToUInt16(Bytes, at)) >> _shift;
        };
    }

    public static TheoryData<int, bool, bool, int, int> Layouts()
    {
        var data = new TheoryData<int, bool, bool, int, int>();
        int seed = 0;
        foreach (int bits in (int[])[8, 10, 12, 16])
        {
            foreach (var (planes, halvesWidth, halvesHeight) in ((int, bool, bool)[])[(3, true, true), (2, true, true), (3, true, false),
                (2, true, false), (3, false, false), (2, false, false), (0, true, false), (-1, true, false)])
            {
                // Each layout with four conversions.
                for (int k = 0; k < 4; k++)
                    data.Add(planes, halvesWidth, halvesHeight, bits, seed++);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void EveryLayoutAndConversion(int planes, bool halvesWidth, bool halvesHeight, int bits, int seed)
    {
        var random = new Random(seed);
        var image = new Image(planes, halvesWidth, halvesHeight, bits, random);
        bool exchanges = seed % 5 == 4;

        // By numbers without a common factor, so that all combinations of two come.
        var conversion = new YcbcrConversion
        {
            R = image.R, G = image.G, B = image.B, HalvesWidth = halvesWidth, HalvesHeight = halvesHeight,
            Model = (YcbcrModel)(seed % 5), IsNarrow = random.Next(2) == 1, IsCositedX = random.Next(2) == 1, IsCositedY = random.Next(2) == 1,
            ChromaLinear = random.Next(4) > 0, IsExplicit = seed % 2 == 1, SwizzleR = exchanges ? TexelSwizzle.B : TexelSwizzle.R,
            SwizzleB = exchanges ? TexelSwizzle.R : TexelSwizzle.B,
        };
        bool mag = random.Next(4) > 0, min = random.Next(4) > 0;
        float[] where = Where(random);
        var actual = Sample(image.Record, image.Bytes, where, conversion, mag, min);
        int compared = 0;
        for (int i = 0; i < Count; i++)
        {
            var reference = new YcbcrReference(Width, Height, halvesWidth, halvesHeight, bits, image.Luma, image.Cb, image.Cr)
            {
                Conversion = conversion, Linear = where[(i * 4) + 2] <= 0 ? mag : min, Exchanges = exchanges,
            };
            double[] expected = reference.Sample(where[i * 4], where[(i * 4) + 1]);
            if (reference.IsAmbiguous)
                continue;
            compared++;
            for (int c = 0; c < 4; c++)
            {
                Assert.True(Math.Abs(expected[c] - actual[(i * 4) + c]) < 2e-4, $"{conversion}, filters {mag} {min}, at {where[i * 4] * Width} "
                    + $"{where[(i * 4) + 1] * Height}, component {c}: {actual[(i * 4) + c]}, not {expected[c]}");
            }
        }

        Assert.True(compared > Count / 2);
    }

    /// <summary>Each layer of an array has its planes; layers beyond are the outermost.</summary>
    [Theory]
    [InlineData(3, true)]
    [InlineData(2, false)]
    [InlineData(0, false)]
    public void Layers(int planes, bool linear)
    {
        var random = new Random(planes);
        Image[] layers = [new(planes, true, planes > 0, 8, random), new(planes, true, planes > 0, 8, random), new(planes, true, planes > 0, 8, random)];
        int pitch = (layers[0].Bytes.Length + 15) & ~15;
        var bytes = new byte[pitch * layers.Length];
        for (int i = 0; i < layers.Length; i++)
            layers[i].Bytes.CopyTo(bytes, i * pitch);
        var one = layers[0];
        var record = one.Record with
        {
            Layers = 3, LayerPitch = (uint)pitch, FurtherPlanes = [.. one.Record.FurtherPlanes.Select(p => p with { LayerPitch = (uint)pitch })],
        };
        var conversion = new YcbcrConversion
        {
            R = one.R, G = one.G, B = one.B, HalvesWidth = true, HalvesHeight = planes > 0, Model = YcbcrModel.Ycbcr709, ChromaLinear = linear,
        };
        float[] where = Where(random);
        for (int i = 0; i < Count; i++)
            where[(i * 4) + 3] = (random.NextSingle() * 5) - 1;
        float[] actual = Sample(record, bytes, where, conversion, linear, linear, "sample_ycbcr_layers");
        for (int i = 0; i < layers.Length; i++)
        {
            float[] alone = Sample(one.Record, layers[i].Bytes, where, conversion, linear, linear);
            for (int k = 0; k < Count; k++)
            {
                if ((int)Math.Clamp(MathF.Round(where[(k * 4) + 3]), 0, 2) == i)
                    Assert.Equal(alone.AsSpan(k * 4, 4), actual.AsSpan(k * 4, 4));
            }
        }
    }

    /// <summary>Zeros and ones in place of components, and alpha, which is not there.</summary>
    [Theory]
    [InlineData(YcbcrModel.RgbIdentity)]
    [InlineData(YcbcrModel.YcbcrIdentity)]
    public void ComponentsThatAreReplaced(YcbcrModel model)
    {
        var random = new Random(7);
        var image = new Image(3, false, false, 8, random);
        var conversion = new YcbcrConversion
        {
            R = image.R, G = image.G, B = image.B, Model = model, SwizzleR = TexelSwizzle.One, SwizzleG = TexelSwizzle.Zero,
            SwizzleB = TexelSwizzle.A, SwizzleA = TexelSwizzle.G,
        };
        float[] where = Where(random);
        var actual = Sample(image.Record, image.Bytes, where, conversion, false, false);
        float one = model == YcbcrModel.RgbIdentity ? 1 : 1 - (128f / 255);
        for (int i = 0; i < Count; i++)
        {
            int x = Math.Clamp((int)MathF.Floor(where[i * 4] * Width), 0, Width - 1), y = Math.Clamp((int)MathF.Floor(where[(i * 4) + 1] * Height), 0, Height - 1);
            float[] expected = [one, 0, one, image.Luma(x, y) / 255f];
            for (int c = 0; c < 4; c++)
                Assert.Equal(expected[c], actual[(i * 4) + c], 1e-6f);
        }
    }

    /// <summary>An image that is not there has no texels, and the kernel loads none; coordinates that are no numbers sample some
    /// texel.</summary>
    [Fact]
    public void WhatIsNotThere()
    {
        var image = new Image(3, true, true, 8, new Random(9));
        var conversion = new YcbcrConversion { R = image.R, G = image.G, B = image.B, HalvesWidth = true, HalvesHeight = true, ChromaLinear = true };
        float[] where = Where(new Random(9));
        var nothing = Sample(new ImageRecord(), image.Bytes, where, conversion, true, true);
        for (int i = 0; i < Count; i++)
            Assert.Equal([0, 0, 0, 1], nothing.AsSpan(i * 4, 4));
        for (int i = 0; i < where.Length; i++)
            where[i] = (i % 4) switch { 0 => float.NaN, 1 => float.NegativeInfinity, _ => 3e38f };
        Assert.All(Sample(image.Record, image.Bytes, where, conversion, true, true), value => Assert.InRange(value, 0, 1));
    }

    [Theory]
    [InlineData("sample_others", "VUID-vkCmdDispatch-ConstOffset-06551")]
    [InlineData("sample_gradients", "VUID-vkCmdDispatch-ConstOffset-06551")]
    [InlineData("sample_shapes", "VUID-vkCmdDispatch-ConstOffset-06551")]
    [InlineData("sample_implicit", "VUID-vkCmdDispatch-None-06550")]
    public void OtherWaysToSampleAreRefused(string shader, string rule)
    {
        var image = new Image(3, true, true, 8, new Random(9));
        var conversion = new YcbcrConversion { R = image.R, G = image.G, B = image.B };
        var problem = ImageRun.Refusal(shader, stage => stage with
        {
            Conversions = [.. Enumerable.Range(0, 4).Select(k => new KnownConversion(0, (uint)k, 0, true, true, conversion))],
        });
        Assert.Contains(rule, problem, StringComparison.Ordinal);
    }

    private static float[] Where(Random random)
    {
        var where = new float[Count * 4];
        for (int i = 0; i < where.Length; i++)
            where[i] = (i & 3) == 2 ? random.Next(2) : (random.NextSingle() * 1.4f) - 0.2f;
        return where;
    }

    private static float[] Sample(ImageRecord record, byte[] bytes, float[] where, YcbcrConversion conversion, bool mag, bool min,
        string shader = "sample_ycbcr")
    {
        var sampler = new SamplerRecord { MagLinear = mag, MinLinear = min, AddressU = TexelAddressing.ClampToEdge, AddressV = TexelAddressing.ClampToEdge, MaxLod = 100 };
        byte[] result = ImageRun.Run(shader, (2, 1, 1), [],
            [new(0, 1, MemoryMarshal.AsBytes<float>(where).ToArray()), new(0, 2, new byte[Count * 16]), new(9, 0, bytes)],
            [new BoundImage(0, 0, 2, record, sampler)], [".opt.spv"],
            configure: stage => stage with { Conversions = [new KnownConversion(0, 0, 0, mag, min, conversion)] })[1];
        return MemoryMarshal.Cast<byte, float>(result).ToArray();
    }
}
