using ShaderJit.Abi;

namespace ShaderJit.Compiler.Tests.Images;

/// <summary>Sampling by the formulas of the Vulkan specification ("Texel Input Operations", "Image Sample Operations"), in
/// double precision, one texel at a time.</summary>
internal sealed class ReferenceSampler(TestImage image, SamplerRecord sampler)
{
    private static readonly double[] Transparent = [0, 0, 0, 0];

    /// <summary>How far the result may be off: a coordinate so near to the border of two texels that float and double may
    /// choose differently has a result that is not compared.</summary>
    public bool IsAmbiguous { get; private set; }

    public int[] Offset { get; init; } = [0, 0, 0];

    /// <param name="at">Coordinates within a layer, normalized unless the sampler says otherwise.</param>
    public double[] Sample(double[] at, double lod, int layer = 0, Func<double[], double[]>? map = null)
    {
        double biased = Math.Clamp(lod + sampler.LodBias, sampler.MinLod, sampler.MaxLod);
        NearLevel(biased, 0);
        bool linear = biased <= 0 ? sampler.MagLinear : sampler.MinLinear;
        if (sampler.MagLinear == sampler.MinLinear)
            IsAmbiguous = false;
        double level = Math.Clamp(biased, 0, image.Levels - 1);
        if (!sampler.MipLinear)
        {
            NearLevel(level + 0.5, Math.Round(level + 0.5));
            return Level(at, (int)Math.Ceiling(level + 0.5) - 1, layer, linear, map);
        }

        int first = (int)Math.Floor(level);
        double fraction = level - first;
        var result = Level(at, first, layer, linear, map);
        if (fraction == 0)
            return result;
        var second = Level(at, first + 1, layer, linear, map);
        for (int c = 0; c < 4; c++)
        {
            result[c] = sampler.Reduction switch
            {
                TexelReduction.Min => Math.Min(result[c], second[c]),
                TexelReduction.Max => Math.Max(result[c], second[c]),
                _ => result[c] * (1 - fraction) + second[c] * fraction,
            };
        }

        return result;
    }

    /// <summary>Samples that <see cref="SampleGradients"/> averaged.</summary>
    public int SamplesTaken { get; private set; }

    /// <summary>By the approximations of "Scale Factor, Level-of-Detail and Image Level(s) Selection" and "Texel Anisotropic
    /// Filtering", for one or two axes.</summary>
    /// <param name="minLod">The least level that the instruction allows.</param>
    public double[] SampleGradients(double[] at, double[] dx, double[] dy, int layer, double minLod, Func<double[], double[]>? map)
    {
        double x = 0, y = 0;
        for (int k = 0; k < at.Length; k++)
        {
            x += Math.Pow(dx[k] * SizeOf(k, 0), 2);
            y += Math.Pow(dy[k] * SizeOf(k, 0), 2);
        }

        (x, y) = (Math.Sqrt(x), Math.Sqrt(y));
        double longer = Math.Max(x, y), shorter = Math.Min(x, y);
        double most = Math.Min(Math.Max(sampler.MaxAnisotropy, 1), Math.Max(longer, 1));
        double ratio = Math.Min(shorter == 0 ? most : longer / shorter, most);

        // A number of samples, or the longer side, that rounding errors decide.
        bool isDoubtful = ratio > 1 && ((Math.Abs(ratio - Math.Round(ratio)) < 0.02 && ratio != sampler.MaxAnisotropy)
            || longer - shorter < 1e-5);
        SamplesTaken = (int)Math.Ceiling(ratio);
        double lod = Math.Max(longer == 0 ? double.NegativeInfinity : Math.Log2(longer / ratio), minLod);
        var sum = new double[4];
        Array.Fill(sum, sampler.Reduction switch { TexelReduction.Min => double.PositiveInfinity, TexelReduction.Max => double.NegativeInfinity, _ => 0 });
        for (int i = 1; i <= SamplesTaken; i++)
        {
            double[] moved = new double[at.Length];
            for (int k = 0; k < at.Length; k++)
                moved[k] = at[k] + ((x > y ? dx[k] : dy[k]) * (((double)i / (SamplesTaken + 1)) - 0.5));
            double[] one = Sample(moved, lod, layer, map);
            for (int c = 0; c < 4; c++)
            {
                sum[c] = sampler.Reduction switch
                {
                    TexelReduction.Min => Math.Min(sum[c], one[c]),
                    TexelReduction.Max => Math.Max(sum[c], one[c]),
                    _ => sum[c] + (one[c] / SamplesTaken),
                };
            }

            isDoubtful |= IsAmbiguous;
        }

        IsAmbiguous = isDoubtful;
        return sum;
    }

    /// <summary>The four texels of a linear footprint, in the order of a gather.</summary>
    public double[][] Gather(double u, double v)
    {
        double x = u * image.Width - 0.5, y = v * image.Height - 0.5;
        Near(x, Math.Round(x));
        Near(y, Math.Round(y));
        int i = (int)Math.Floor(x) + Offset[0], j = (int)Math.Floor(y) + Offset[1];
        return [Texel([i, j + 1, 0], 0, 0), Texel([i + 1, j + 1, 0], 0, 0), Texel([i + 1, j, 0], 0, 0), Texel([i, j, 0], 0, 0)];
    }

    // A level that is exact has no doubt.
    private void NearLevel(double x, double edge)
    {
        if (x != edge)
            Near(x, edge);
    }

    private void Near(double x, double edge) => IsAmbiguous |= Math.Abs(x - edge) < 1e-4;

    private double[] Level(double[] at, int level, int layer, bool linear, Func<double[], double[]>? map)
    {
        int axes = at.Length;
        var low = new int[3];
        var fraction = new double[3];
        for (int k = 0; k < axes; k++)
        {
            double x = sampler.Unnormalized ? at[k] : at[k] * SizeOf(k, level);
            if (linear)
                x -= 0.5;
            else
                Near(x, Math.Round(x));
            low[k] = (int)Math.Floor(x);
            fraction[k] = linear ? x - low[k] : 0;
            low[k] += Offset[k];
        }

        double[]? result = null;
        for (int tap = 0; tap < 1 << axes; tap++)
        {
            double weight = 1;
            int[] texel = [low[0], low[1], low[2]];
            for (int k = 0; k < axes; k++)
            {
                int high = tap >> k & 1;
                weight *= high == 1 ? fraction[k] : 1 - fraction[k];
                texel[k] += high;
            }

            if (weight == 0)
                continue;

            // Minimum and maximum jump where a weight becomes 0.
            if (sampler.Reduction != TexelReduction.WeightedAverage && weight < 1e-4)
                IsAmbiguous = true;
            double[] value = Texel(texel, layer, level);
            if (map != null)
                value = map(value);
            result ??= sampler.Reduction == TexelReduction.WeightedAverage ? new double[4] : (double[])value.Clone();
            for (int c = 0; c < 4; c++)
            {
                result[c] = sampler.Reduction switch
                {
                    TexelReduction.Min => Math.Min(result[c], value[c]),
                    TexelReduction.Max => Math.Max(result[c], value[c]),
                    _ => result[c] + weight * value[c],
                };
            }
        }

        return result ?? Transparent;
    }

    private int SizeOf(int axis, int level) =>
        TestImage.SizeOf(axis switch { 0 => image.Width, 1 => image.Height, _ => image.Depth }, level);

    private double[] Texel(int[] at, int layer, int level)
    {
        var wrapped = new int[3];
        for (int k = 0; k < 3; k++)
        {
            int size = SizeOf(k, level);
            var mode = k switch { 0 => sampler.AddressU, 1 => sampler.AddressV, _ => sampler.AddressW };
            if (size == 1 && at[k] == 0)
                continue;
            int i = at[k];
            switch (mode)
            {
                case TexelAddressing.Repeat:
                    i = Mod(i, size);
                    break;
                case TexelAddressing.MirroredRepeat:
                    i = size - 1 - Mirror(Mod(i, 2 * size) - size);
                    break;
                case TexelAddressing.ClampToEdge:
                    i = Math.Clamp(i, 0, size - 1);
                    break;
                case TexelAddressing.MirrorClampToEdge:
                    i = Math.Clamp(Mirror(i), 0, size - 1);
                    break;
                default:
                    if (i < 0 || i >= size)
                        return Border();
                    break;
            }

            wrapped[k] = i;
        }

        return image.Read(wrapped[0], wrapped[1], wrapped[2], layer, level);
    }

    /// <summary>The border has the components that the format has.</summary>
    private double[] Border()
    {
        var (r, g, b, a) = sampler.Border;
        var record = image.Record;
        double F(uint bits) => BitConverter.UInt32BitsToSingle(bits);
        return [record.R.Mask == 0 ? 0 : F(r), record.G.Mask == 0 ? 0 : F(g), record.B.Mask == 0 ? 0 : F(b), record.A.Mask == 0 ? 1 : F(a)];
    }

    private static int Mod(int i, int n) => (i % n + n) % n;

    private static int Mirror(int i) => i >= 0 ? i : -(1 + i);

    /// <summary>Face and coordinates of a direction, by the specification's table.</summary>
    public static (int Face, double S, double T) Face(double x, double y, double z)
    {
        double ax = Math.Abs(x), ay = Math.Abs(y), az = Math.Abs(z);
        var (face, sc, tc, major) = az >= ax && az >= ay ? z < 0 ? (5, -x, -y, az) : (4, x, -y, az)
            : ay >= ax ? y < 0 ? (3, x, -z, ay) : (2, x, z, ay)
            : x < 0 ? (1, z, -y, ax) : (0, -z, -y, ax);
        return (face, 0.5 * sc / major + 0.5, 0.5 * tc / major + 0.5);
    }
}
