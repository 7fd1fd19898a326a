using System.Numerics;
using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>Signals and pictures: transform, filters, conversions, noise.</summary>
internal static class Signals
{
    public static KernelCase Fft(bool small)
    {
        int batch = small ? 8 : 8192;
        return new KernelCase("fft256", [Floats(batch * 512, Random), Zeros(batch * 2048)], [new CaseStep("fft256", (uint)batch, 1, [], [0, 1])], data =>
        {
            double worst = 0;
            for (int t = 0; t < 500; t++)
            {
                int block = (int)(Hash((uint)t) % batch), k = (int)(Hash((uint)t + 999) % 256);
                var sum = Complex.Zero;
                for (int i = 0; i < 256; i++)
                {
                    uint at = (uint)((block * 512) + (2 * i));
                    sum += new Complex(Random(at), Random(at + 1)) * Complex.FromPolarCoordinates(1, -2 * Math.PI * (i * k % 256) / 256);
                }

                var got = new Complex(AsFloats(data[1])[(block * 512) + (2 * k)], AsFloats(data[1])[(block * 512) + (2 * k) + 1]);
                worst = Math.Max(worst, (got - sum).Magnitude / Math.Max(sum.Magnitude, 1));
            }

            return new CheckResult(worst < 5e-3, worst, $"relative error {worst:g3}");
        });
    }

    public static KernelCase Gauss(bool small)
    {
        int width = small ? 256 : 2048, height = small ? 64 : 2048;
        float[] w = [0.3f, 0.2f, 0.1f, 0.05f];
        uint[] weights = [Bits(w[0]), Bits(w[1]), Bits(w[2]), Bits(w[3])];
        return new KernelCase("gauss", [Floats(width * height, Random), Zeros(width * height * 4), Zeros(width * height * 4)],
        [
            new CaseStep("gauss_rows", (uint)width / 128, (uint)height, [(uint)width, .. weights], [0, 1]),
            new CaseStep("gauss_columns", (uint)width / 16, (uint)height / 16, [(uint)width, (uint)height, .. weights], [1, 2]),
        ], data =>
        {
            var error = new RelativeError(1e-2);
            for (int t = 0; t < 4000; t++)
            {
                int x = t < 300 ? t % 8 : (int)(Hash((uint)t) % width), y = t < 300 ? t / 8 : (int)(Hash((uint)t + 99) % height);
                double sum = 0;
                for (int dy = -3; dy <= 3; dy++)
                {
                    for (int dx = -3; dx <= 3; dx++)
                    {
                        int at = (Math.Clamp(y + dy, 0, height - 1) * width) + Math.Clamp(x + dx, 0, width - 1);
                        sum += (double)w[Math.Abs(dx)] * w[Math.Abs(dy)] * Random((uint)at);
                    }
                }

                error.Add(AsFloats(data[2])[(y * width) + x], sum);
            }

            return error.Within(1e-4);
        });
    }

    public static KernelCase Median(bool small)
    {
        int width = small ? 64 : 1024, height = small ? 40 : 1024;
        return new KernelCase("median", [Floats(width * height, Random), Zeros(width * height * 4)],
            [new CaseStep("median", (uint)width / 16, (uint)height / 8, [(uint)width, (uint)height], [0, 1])], data =>
            {
                int wrong = 0;
                float[] values = new float[9];
                for (int t = 0; t < 4000; t++)
                {
                    int x = t < 300 ? t % 8 : (int)(Hash((uint)t) % width), y = t < 300 ? t / 8 : (int)(Hash((uint)t + 99) % height);
                    for (int k = 0; k < 9; k++)
                        values[k] = Random((uint)((Math.Clamp(y + (k / 3) - 1, 0, height - 1) * width) + Math.Clamp(x + (k % 3) - 1, 0, width - 1)));
                    Array.Sort(values);
                    wrong += AsFloats(data[1])[(y * width) + x] == values[4] ? 0 : 1;
                }

                return Exact(wrong, 4000);
            });
    }

    public static KernelCase Bilateral(bool small)
    {
        int width = small ? 64 : 1024, height = small ? 48 : 768;
        const float space = 0.1f, colour = 6;
        return new KernelCase("bilateral", [Words(width * height, Hash), Zeros(width * height * 4)],
            [new CaseStep("bilateral", (uint)width / 16, (uint)height / 16, [(uint)width, (uint)height, Bits(space), Bits(colour)], [0, 1])], data =>
            {
                double worst = 0;
                Span<double> sum = stackalloc double[4];
                for (int t = 0; t < 2000; t++)
                {
                    int x = t < 300 ? t % 8 : (int)(Hash((uint)t) % width), y = t < 300 ? t / 8 : (int)(Hash((uint)t + 99) % height);
                    uint centre = Hash((uint)((y * width) + x));
                    sum.Clear();
                    double weights = 0;
                    for (int dy = -2; dy <= 2; dy++)
                    {
                        for (int dx = -2; dx <= 2; dx++)
                        {
                            uint c = Hash((uint)((Math.Clamp(y + dy, 0, height - 1) * width) + Math.Clamp(x + dx, 0, width - 1)));
                            double far = 0;
                            for (int k = 0; k < 3; k++)
                                far += Math.Pow((((c >> (8 * k)) & 255) - (double)((centre >> (8 * k)) & 255)) / 255, 2);
                            double w = Math.Exp((-((dx * dx) + (dy * dy)) * space) - (far * colour));
                            for (int k = 0; k < 4; k++)
                                sum[k] += w * ((c >> (8 * k)) & 255);
                            weights += w;
                        }
                    }

                    for (int k = 0; k < 4; k++)
                        worst = Math.Max(worst, Math.Abs(((AsWords(data[1])[(y * width) + x] >> (8 * k)) & 255) - (sum[k] / weights)));
                }

                return new CheckResult(worst < 0.51, worst, $"error of a channel {worst:g3}");
            });
    }

    public static KernelCase Yuv(bool small)
    {
        int width = small ? 100 : 2048, height = small ? 46 : 1024;
        static byte Luma(int i) => (byte)Hash((uint)i);
        static byte Cb(int i) => (byte)Hash((uint)i + 1234567);
        static byte Cr(int i) => (byte)Hash((uint)i + 7654321);
        return new KernelCase("yuv2rgb", [Bytes(width * height, Luma), Bytes(width * height / 4, Cb), Bytes(width * height / 4, Cr), Zeros(width * height * 4)],
            [new CaseStep("yuv2rgb", (uint)(width + 31) / 32, (uint)(height + 3) / 4, [(uint)width, (uint)height], [0, 1, 2, 3])],
            data => Exact(Count(width * height, i =>
            {
                int chroma = (i / width / 2 * (width / 2)) + (i % width / 2);
                int y = (Luma(i) - 16) * 298, u = Cb(chroma) - 128, v = Cr(chroma) - 128;
                int r = Math.Clamp((y + (409 * v) + 128) >> 8, 0, 255), b = Math.Clamp((y + (516 * u) + 128) >> 8, 0, 255);
                int g = Math.Clamp((y - (100 * u) - (208 * v) + 128) >> 8, 0, 255);
                return AsWords(data[3])[i] != (uint)(r | (g << 8) | (b << 16) | (255 << 24));
            }), width * height));
    }

    public static KernelCase Grey(bool small)
    {
        int n = small ? 5000 : 4000000;
        static byte Value(int i) => (byte)Hash((uint)i);
        return new KernelCase("grey8", [Bytes(3 * n, Value), Zeros((n + 3) & ~3)], [new CaseStep("grey8", (uint)(n + 63) / 64, 1, [(uint)n], [0, 1])],
            data => Exact(Count(n, i => data[1][i] != ((Value(3 * i) * 77) + (Value((3 * i) + 1) * 150) + (Value((3 * i) + 2) * 29)) >> 8), n));
    }

    public static KernelCase Noise(bool small)
    {
        int width = small ? 64 : 1024;
        const float scale = 0.03125f;
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
            table[i] = ((i * 167) + 13) & 255;
        double Gradient(int x, int y, double dx, double dy) => (table[(table[x & 255] + (uint)y) & 255] & 7) switch
        {
            0 => dx + dy,
            1 => dx - dy,
            2 => -dx + dy,
            3 => -dx - dy,
            4 => dx,
            5 => -dx,
            6 => dy,
            _ => -dy,
        };
        static double Ease(double d) => d * d * d * ((d * ((d * 6) - 15)) + 10);
        double Octave(double x, double y)
        {
            int cx = (int)Math.Floor(x), cy = (int)Math.Floor(y);
            double dx = x - cx, dy = y - cy, u = Ease(dx), v = Ease(dy);
            double top = ((1 - u) * Gradient(cx, cy, dx, dy)) + (u * Gradient(cx + 1, cy, dx - 1, dy));
            double bottom = ((1 - u) * Gradient(cx, cy + 1, dx, dy - 1)) + (u * Gradient(cx + 1, cy + 1, dx - 1, dy - 1));
            return ((1 - v) * top) + (v * bottom);
        }

        return new KernelCase("noise", [Words(256, i => table[i]), Zeros(width * width * 4)],
            [new CaseStep("noise", (uint)width / 16, (uint)width / 16, [(uint)width, Bits(scale)], [0, 1])], data =>
            {
                double worst = 0;
                for (int t = 0; t < 4000; t++)
                {
                    int x = (int)(Hash((uint)t) % width), y = (int)(Hash((uint)t + 99) % width);
                    double sum = 0;
                    for (int octave = 0; octave < 4; octave++)
                        sum += Math.Pow(0.5, octave + 1) * Octave(x * scale * Math.Pow(2, octave), y * scale * Math.Pow(2, octave));
                    worst = Math.Max(worst, Math.Abs(AsFloats(data[1])[(y * width) + x] - sum));
                }

                return new CheckResult(worst < 1e-4, worst, $"error {worst:g3}");
            });
    }
}
