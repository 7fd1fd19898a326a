using System.Runtime.InteropServices;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Lowering;

/// <summary>Small inputs for each kernel of tests/Filetests/kernels, and what C# says the outputs are.</summary>
internal static class KernelRuns
{
    /// <summary>A dispatch and its check.</summary>
    /// <param name="Buffers">Contents by binding.</param>
    /// <param name="Check">Gets the buffers as the kernel left them.</param>
    public sealed record Case((uint X, uint Y, uint Z) Groups, byte[] Push, byte[][] Buffers, Action<IReadOnlyList<byte[]>> Check);

    public static Case Of(string kernel) => kernel switch
    {
        "saxpy" => Saxpy(),
        "triad" => Triad(),
        "mandelbrot" => Mandelbrot(),
        "conv3x3" => Conv(),
        "life" => Life(),
        "histogram" => Histogram(),
        "reduction" => Reduction(),
        "scan_block" => ScanBlock(),
        "scan_sums" => ScanSums(),
        "scan_add" => ScanAdd(),
        "sgemm_tiled" => Sgemm(),
        "nbody" => Nbody(),
        "blackscholes" => BlackScholes(),
        "raymarch" => RayMarchReference.Make(),
        _ => throw new InvalidOperationException($"no run for {kernel}"),
    };

    public static byte[] Bytes<T>(params ReadOnlySpan<T> values) where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();

    public static ReadOnlySpan<T> Read<T>(byte[] bytes) where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);

    public static byte[] Push(params object[] values)
    {
        var bytes = new List<byte>();
        foreach (object value in values)
            bytes.AddRange(value is float f ? BitConverter.GetBytes(f) : BitConverter.GetBytes(Convert.ToUInt32(value)));
        return bytes.ToArray();
    }

    public static float[] Floats(int count, int seed, float low = -1, float high = 1)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = low + (high - low) * random.NextSingle();
        return values;
    }

    private static uint[] Words(int count, int seed, uint below)
    {
        var random = new Random(seed);
        var values = new uint[count];
        for (int i = 0; i < count; i++)
            values[i] = (uint)random.NextInt64(below);
        return values;
    }

    private static void Near(double expected, double actual, double tolerance, string what) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected)), $"{what}: {actual}, not {expected}");

    private static Case Saxpy()
    {
        const int n = 300;
        float[] x = Floats(n, 1), y = Floats(n, 2);
        return new((2, 1, 1), Push(2.5f, n - 3), [Bytes<float>(x), Bytes<float>(y)], buffers =>
        {
            var result = Read<float>(buffers[1]);
            for (int i = 0; i < n; i++)
                Near(i < n - 3 ? 2.5 * x[i] + y[i] : y[i], result[i], 1e-6, $"y[{i}]");
        });
    }

    private static Case Triad()
    {
        // The buffers end before n: reads beyond give 0, writes beyond are dropped.
        const int n = 300, room = 280;
        float[] b = Floats(room, 3), c = Floats(room - 10, 4);
        return new((2, 1, 1), Push(3f, n), [new byte[room * 4], Bytes<float>(b), Bytes<float>(c)], buffers =>
        {
            var result = Read<float>(buffers[0]);
            for (int i = 0; i < room; i++)
                Near(b[i] + 3.0 * (i < c.Length ? c[i] : 0), result[i], 1e-6, $"a[{i}]");
        });
    }

    private static Case Mandelbrot()
    {
        const int w = 40, h = 24;
        return new((3, 2, 1), Push(w, h, 50, -2f, -1.2f, 0.1f), [new byte[w * h * 4]], buffers =>
        {
            // glslc fuses multiplications and additions: points near the border then differ.
            var result = Read<uint>(buffers[0]);
            int different = 0;
            for (int k = 0; k < w * h; k++)
            {
                float cr = -2f + k % w * 0.1f, ci = -1.2f + k / w * 0.1f, zr = 0, zi = 0;
                uint i = 0;
                while (i < 50)
                {
                    float r2 = zr * zr, i2 = zi * zi;
                    if (r2 + i2 > 4)
                        break;
                    zi = 2f * zr * zi + ci;
                    zr = r2 - i2 + cr;
                    i++;
                }

                different += i == result[k] ? 0 : 1;
            }

            Assert.True(different <= 20, $"{different} of {w * h} counts differ");
        });
    }

    private static Case Conv()
    {
        const int w = 33, h = 19;
        float[] source = Floats(w * h, 5), weights = Floats(9, 6);
        object[] push = [w, h, .. weights.Select(k => (object)k)];
        return new((3, 2, 1), Push(push), [Bytes<float>(source), new byte[w * h * 4]], buffers =>
        {
            var result = Read<float>(buffers[1]);
            for (int p = 0; p < w * h; p++)
            {
                double sum = 0;
                for (int k = 0; k < 9; k++)
                {
                    int x = Math.Clamp(p % w + k % 3 - 1, 0, w - 1), y = Math.Clamp(p / w + k / 3 - 1, 0, h - 1);
                    sum += (double)weights[k] * source[y * w + x];
                }

                Near(sum, result[p], 1e-5, $"pixel {p}");
            }
        });
    }

    private static Case Life()
    {
        const int w = 40, h = 20;
        uint[] cells = Words(w * h, 7, 2);
        return new((2, 3, 1), Push(w, h), [Bytes<uint>(cells), new byte[w * h * 4]], buffers =>
        {
            var result = Read<uint>(buffers[1]);
            for (int p = 0; p < w * h; p++)
            {
                uint n = 0;
                for (int k = 0; k < 9; k++)
                {
                    if (k != 4)
                        n += cells[(p / w + k / 3 - 1 + h) % h * w + (p % w + k % 3 - 1 + w) % w];
                }

                Assert.Equal(n == 3 || (n == 2 && cells[p] == 1) ? 1u : 0, result[p]);
            }
        });
    }

    private static Case Histogram()
    {
        const int n = 1500;
        uint[] source = Words(n, 8, uint.MaxValue);
        return new((2, 1, 1), Push(n), [Bytes<uint>(source), new byte[1024]], buffers =>
        {
            var expected = new uint[256];
            foreach (byte b in Bytes<uint>(source))
                expected[b]++;
            Assert.Equal(expected, Read<uint>(buffers[1]).ToArray());
        });
    }

    private static Case Reduction()
    {
        const int n = 2000;
        float[] source = Floats(n, 9);
        return new((3, 1, 1), Push(n), [Bytes<float>(source), new byte[12]], buffers =>
        {
            var result = Read<float>(buffers[1]);
            for (int g = 0; g < 3; g++)
            {
                double sum = 0;
                for (int i = 0; i < n; i++)
                    sum += i / 256 % 3 == g ? source[i] : 0;
                Near(sum, result[g], 1e-5, $"group {g}");
            }
        });
    }

    private static Case ScanBlock()
    {
        uint[] source = Words(2048, 10, 1000);
        return new((2, 1, 1), [], [Bytes<uint>(source), new byte[8192], new byte[8]], buffers =>
        {
            var result = Read<uint>(buffers[1]);
            uint sum = 0;
            for (int i = 0; i < 2048; i++)
            {
                sum = (i % 1024 == 0 ? 0 : sum) + source[i];
                Assert.Equal(sum, result[i]);
                if (i % 1024 == 1023)
                    Assert.Equal(sum, Read<uint>(buffers[2])[i / 1024]);
            }
        });
    }

    private static Case ScanSums()
    {
        uint[] source = Words(512, 11, 1000);
        return new((1, 1, 1), Push(512), [Bytes<uint>(source)], buffers =>
        {
            uint sum = 0;
            for (int i = 0; i < 512; i++)
            {
                Assert.Equal(sum, Read<uint>(buffers[0])[i]);
                sum += source[i];
            }
        });
    }

    private static Case ScanAdd()
    {
        uint[] data = Words(2048, 12, 1000), sums = [7, 1000];
        return new((2, 1, 1), [], [Bytes<uint>(data), Bytes<uint>(sums)], buffers =>
        {
            for (int i = 0; i < 2048; i++)
                Assert.Equal(data[i] + sums[i / 1024], Read<uint>(buffers[0])[i]);
        });
    }

    private static Case Sgemm()
    {
        const int n = 32;
        float[] a = Floats(n * n, 13), b = Floats(n * n, 14);
        return new((2, 2, 1), Push(n), [Bytes<float>(a), Bytes<float>(b), new byte[n * n * 4]], buffers =>
        {
            var result = Read<float>(buffers[2]);
            for (int p = 0; p < n * n; p++)
            {
                double sum = 0;
                for (int k = 0; k < n; k++)
                    sum += (double)a[p / n * n + k] * b[k * n + p % n];
                Near(sum, result[p], 1e-5, $"c[{p}]");
            }
        });
    }

    private static Case Nbody()
    {
        const int n = 256;
        float[] bodies = Floats(n * 4, 15);
        return new((1, 1, 1), Push(n, 0.01f), [Bytes<float>(bodies), new byte[n * 16]], buffers =>
        {
            var result = Read<float>(buffers[1]);
            Span<double> sum = stackalloc double[3], d = stackalloc double[3];
            for (int i = 0; i < n; i++)
            {
                sum.Clear();
                for (int j = 0; j < n; j++)
                {
                    for (int c = 0; c < 3; c++)
                        d[c] = (double)bodies[j * 4 + c] - bodies[i * 4 + c];
                    double inverse = 1 / Math.Sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + 0.01f);
                    for (int c = 0; c < 3; c++)
                        sum[c] += d[c] * bodies[j * 4 + 3] * inverse * inverse * inverse;
                }

                for (int c = 0; c < 3; c++)
                    Near(sum[c], result[i * 4 + c], 1e-3, $"acc[{i}].{c}");
                Assert.Equal(0, result[i * 4 + 3]);
            }
        });
    }

    private static Case BlackScholes()
    {
        const int n = 200;
        float[] s = Floats(n, 16, 5, 30), x = Floats(n, 17, 1, 100), t = Floats(n, 18, 0.25f, 10);
        return new((2, 1, 1), Push(n, 0.02f, 0.3f),
            [Bytes<float>(s), Bytes<float>(x), Bytes<float>(t), new byte[n * 4], new byte[n * 4]], buffers =>
        {
            for (int i = 0; i < n; i++)
            {
                double root = Math.Sqrt(t[i]);
                double d1 = (Math.Log(s[i] / (double)x[i]) + (0.02f + 0.5 * 0.3f * 0.3f) * t[i]) / (0.3f * root);
                double c1 = Normal(d1), c2 = Normal(d1 - 0.3f * root), e = Math.Exp(-0.02f * (double)t[i]);
                Near(s[i] * c1 - x[i] * e * c2, Read<float>(buffers[3])[i], 2e-5, $"call[{i}]");
                Near(x[i] * e * (1 - c2) - s[i] * (1 - c1), Read<float>(buffers[4])[i], 2e-5, $"put[{i}]");
            }
        });
    }

    private static double Normal(double d)
    {
        double k = 1 / (1 + 0.2316419 * Math.Abs(d));
        double p = k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
        double c = 0.39894228040 * Math.Exp(-0.5 * d * d) * p;
        return d > 0 ? 1 - c : c;
    }
}
