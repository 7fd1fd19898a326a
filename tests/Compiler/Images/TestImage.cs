using ShaderJit.Abi;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Images;

/// <summary>How a test image keeps its texels.</summary>
internal enum TestFormat { Rgba8, Bgra8, R8, Rg8, Rgba16f, Rgba32f, R32f, Rgb10A2, Rgba8Snorm, Srgb8, R11G11B10, Shared9, R16, Rg32f,
    Rgba32i, Rgba8ui, R32ui, Rg16i, R16ui, R8i, Rgb10A2ui, Rgba16i, R64i }

/// <summary>An image with random texels, as memory and as numbers.</summary>
internal sealed class TestImage
{
    public TestFormat Format { get; }
    public int Width { get; }
    public int Height { get; }
    public int Depth { get; }
    public int Layers { get; }
    public int Levels { get; }
    public int Samples { get; }
    public byte[] Bytes { get; }
    public ImageRecord Record { get; }

    public TestImage(TestFormat format, int width, int height = 1, int depth = 1, int layers = 1, int levels = 1, int samples = 1,
        int seed = 1)
    {
        (Format, Width, Height, Depth, Layers, Levels, Samples) = (format, width, height, depth, layers, levels, samples);
        var row = RecordOf(format);
        var table = new List<ImageRecord.Level>();
        uint at = 64;
        for (int l = 0; l < levels; l++)
        {
            uint pitch = ((uint)SizeOf(width, l) * row.TexelBytes + 7) & ~7u;
            uint slice = pitch * (uint)SizeOf(height, l);
            table.Add(new ImageRecord.Level(at, pitch, slice));
            at += slice * (uint)SizeOf(depth, l);
        }

        at = (at + 15) & ~15u;
        Record = row with
        {
            Width = (uint)width, Height = (uint)height, Depth = (uint)depth, Layers = (uint)layers, Samples = (uint)samples,
            LayerPitch = at, SamplePitch = at * (uint)layers, Levels = table,
        };
        Bytes = new byte[at * layers * samples];
        var random = new Random(seed);
        random.NextBytes(Bytes);
        if (format is TestFormat.Rgba32f or TestFormat.R32f or TestFormat.Rg32f)
        {
            for (int i = 0; i + 4 <= Bytes.Length; i += 4)
                BitConverter.TryWriteBytes(Bytes.AsSpan(i), random.NextSingle() * 4 - 2);
        }

        if (format == TestFormat.Rgba16f)
        {
            for (int i = 0; i + 2 <= Bytes.Length; i += 2)
                BitConverter.TryWriteBytes(Bytes.AsSpan(i), (Half)(random.NextSingle() * 4 - 2));
        }

        if (format == TestFormat.R11G11B10)
        {
            // No infinities or NaN: exponents below the highest.
            for (int i = 0; i + 4 <= Bytes.Length; i += 4)
                BitConverter.TryWriteBytes(Bytes.AsSpan(i), BitConverter.ToUInt32(Bytes, i) & 0xBFDFFBFF);
        }
    }

    public static int SizeOf(int size, int level) => Math.Max(1, size >> level);

    public BoundImage Bind(int binding, int buffer, SamplerRecord? sampler = null, int element = 0) =>
        new(0, binding, buffer, Record, sampler, element);

    /// <summary>A texel as the shader sees it; (0, 0, 0, 1) in place of what the format lacks.</summary>
    public double[] Read(int x, int y = 0, int z = 0, int layer = 0, int level = 0, int sample = 0) => Decode(Bytes, Place(x, y, z, layer, level, sample));

    public int Place(int x, int y = 0, int z = 0, int layer = 0, int level = 0, int sample = 0)
    {
        var l = Record.Levels[level];
        return (int)(l.Offset + z * l.SlicePitch + y * l.RowPitch + x * Record.TexelBytes + layer * Record.LayerPitch
            + sample * Record.SamplePitch);
    }

    public double[] Decode(byte[] bytes, int at)
    {
        uint U(int k) => BitConverter.ToUInt32(bytes, at + 4 * k);
        double F(int k) => BitConverter.ToSingle(bytes, at + 4 * k);
        double H(int k) => (double)BitConverter.ToHalf(bytes, at + 2 * k);
        double N(int k) => bytes[at + k] / 255.0;
        double Snorm(int k) => Math.Max((sbyte)bytes[at + k] / 127.0, -1);
        double Linear(int k) => N(k) <= 0.04045 ? N(k) / 12.92 : Math.Pow((N(k) + 0.055) / 1.055, 2.4);
        double S16(int k) => BitConverter.ToInt16(bytes, at + 2 * k);
        return Format switch
        {
            TestFormat.Rgba8 => [N(0), N(1), N(2), N(3)],
            TestFormat.Bgra8 => [N(2), N(1), N(0), N(3)],
            TestFormat.R8 => [N(0), 0, 0, 1],
            TestFormat.Rg8 => [N(0), N(1), 0, 1],
            TestFormat.Rgba16f => [H(0), H(1), H(2), H(3)],
            TestFormat.Rgba32f => [F(0), F(1), F(2), F(3)],
            TestFormat.R32f => [F(0), 0, 0, 1],
            TestFormat.Rg32f => [F(0), F(1), 0, 1],
            TestFormat.Rgb10A2 => [(U(0) & 1023) / 1023.0, (U(0) >> 10 & 1023) / 1023.0, (U(0) >> 20 & 1023) / 1023.0, (U(0) >> 30) / 3.0],
            TestFormat.Rgba8Snorm => [Snorm(0), Snorm(1), Snorm(2), Snorm(3)],
            TestFormat.Srgb8 => [Linear(0), Linear(1), Linear(2), N(3)],
            TestFormat.R11G11B10 => [Small(U(0) & 2047, 6), Small(U(0) >> 11 & 2047, 6), Small(U(0) >> 22, 5), 1],
            TestFormat.Shared9 => [Shared(U(0), 0), Shared(U(0), 9), Shared(U(0), 18), 1],
            TestFormat.R16 => [BitConverter.ToUInt16(bytes, at) / 65535.0, 0, 0, 1],
            TestFormat.Rgba32i => [(int)U(0), (int)U(1), (int)U(2), (int)U(3)],
            TestFormat.Rgba8ui => [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]],
            TestFormat.R32ui => [U(0), 0, 0, 1],
            TestFormat.Rg16i => [S16(0), S16(1), 0, 1],
            TestFormat.R16ui => [BitConverter.ToUInt16(bytes, at), 0, 0, 1],
            TestFormat.R8i => [(sbyte)bytes[at], 0, 0, 1],
            TestFormat.Rgb10A2ui => [U(0) & 1023, U(0) >> 10 & 1023, U(0) >> 20 & 1023, U(0) >> 30],
            TestFormat.R64i => [BitConverter.ToInt64(bytes, at), 0, 0, 1],
            TestFormat.Rgba16i => [S16(0), S16(1), S16(2), S16(3)],
            _ => throw new InvalidOperationException($"{Format}"),
        };
    }

    private static double Small(uint bits, int mantissa)
    {
        int exponent = (int)(bits >> mantissa);
        double fraction = (bits & ((1 << mantissa) - 1)) / (double)(1 << mantissa);
        return exponent == 0 ? fraction * Math.Pow(2, -14) : (1 + fraction) * Math.Pow(2, exponent - 15);
    }

    private static double Shared(uint bits, int shift) => (bits >> shift & 511) * Math.Pow(2, (bits >> 27) - 24.0);

    private static ImageRecord RecordOf(TestFormat format)
    {
        TexelComponent none = TexelComponent.None;
        ImageRecord Of(int bytes, int dwords, TexelKind kind, TexelComponent r, TexelComponent g, TexelComponent b, TexelComponent a,
            bool split = false) => new()
        {
            TexelBytes = (uint)bytes, Dwords = (uint)dwords, Kind = kind, R = r, G = g, B = b, A = a, Split = split,
            SwizzleG = g.Mask == 0 ? TexelSwizzle.Zero : TexelSwizzle.G, SwizzleB = b.Mask == 0 ? TexelSwizzle.Zero : TexelSwizzle.B,
            SwizzleA = a.Mask == 0 ? TexelSwizzle.One : TexelSwizzle.A,
        };
        TexelComponent U(int shift, int bits) => TexelComponent.Unorm(shift, bits);
        TexelComponent S(int shift, int bits) => TexelComponent.Snorm(shift, bits);
        TexelComponent I(int shift, int bits) => TexelComponent.Signed(shift, bits);
        TexelComponent N(int shift, int bits) => TexelComponent.Unsigned(shift, bits);
        TexelComponent H(int shift, int bits) => TexelComponent.Half(shift, bits);
        return format switch
        {
            TestFormat.Rgba8 => Of(4, 1, TexelKind.Normalized, U(0, 8), U(8, 8), U(16, 8), U(24, 8)),
            TestFormat.Bgra8 => Of(4, 1, TexelKind.Normalized, U(16, 8), U(8, 8), U(0, 8), U(24, 8)),
            TestFormat.R8 => Of(1, 1, TexelKind.Normalized, U(0, 8), none, none, none),
            TestFormat.Rg8 => Of(2, 1, TexelKind.Normalized, U(0, 8), U(8, 8), none, none),
            TestFormat.Rgba16f => Of(8, 2, TexelKind.Half, H(0, 16), H(16, 16), H(0, 16), H(16, 16)),
            TestFormat.Rgba32f => Of(16, 4, TexelKind.Float32, N(0, 32), N(0, 32), N(0, 32), N(0, 32)),
            TestFormat.R32f => Of(4, 1, TexelKind.Float32, N(0, 32), none, none, none),
            TestFormat.Rg32f => Of(8, 2, TexelKind.Float32, N(0, 32), N(0, 32), none, none, true),
            TestFormat.Rgb10A2 => Of(4, 1, TexelKind.Normalized, U(0, 10), U(10, 10), U(20, 10), U(30, 2)),
            TestFormat.Rgba8Snorm => Of(4, 1, TexelKind.Normalized, S(0, 8), S(8, 8), S(16, 8), S(24, 8)),
            TestFormat.Srgb8 => Of(4, 1, TexelKind.Srgb, N(0, 8), N(8, 8), N(16, 8), U(24, 8)),
            TestFormat.R11G11B10 => Of(4, 1, TexelKind.Half, H(0, 11), H(11, 11), H(22, 10), none),
            TestFormat.Shared9 => Of(4, 1, TexelKind.SharedExponent, N(0, 9), N(9, 9), N(18, 9), none),
            TestFormat.R16 => Of(2, 1, TexelKind.Normalized, U(0, 16), none, none, none),
            TestFormat.Rgba32i => Of(16, 4, TexelKind.Integer, I(0, 32), I(0, 32), I(0, 32), I(0, 32)),
            TestFormat.Rgba8ui => Of(4, 1, TexelKind.Integer, N(0, 8), N(8, 8), N(16, 8), N(24, 8)),
            TestFormat.R32ui => Of(4, 1, TexelKind.Integer, N(0, 32), none, none, none),
            TestFormat.Rg16i => Of(4, 1, TexelKind.Integer, I(0, 16), I(16, 16), none, none),
            TestFormat.R16ui => Of(2, 1, TexelKind.Integer, N(0, 16), none, none, none),
            TestFormat.R8i => Of(1, 1, TexelKind.Integer, I(0, 8), none, none, none),
            TestFormat.Rgb10A2ui => Of(4, 1, TexelKind.Integer, N(0, 10), N(10, 10), N(20, 10), N(30, 2)),
            TestFormat.R64i => Of(8, 2, TexelKind.Integer, N(0, 32), none, none, none),
            TestFormat.Rgba16i => Of(8, 2, TexelKind.Integer, I(0, 16), I(16, 16), I(0, 16), I(16, 16)),
            _ => throw new InvalidOperationException($"{format}"),
        };
    }
}
