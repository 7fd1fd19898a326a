using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>Kernels with workgroup memory, barriers and atomics: sgemm, reduction, scan, histogram, nbody.</summary>
internal static class Reductions
{
    public static KernelCase SgemmTiled()
    {
        const int n = 512;
        static float A(uint i) => Random(i) - 0.5f;
        static float B(uint i) => Random(i + 99999999u) - 0.5f;
        return new KernelCase("sgemm_tiled", [Floats(n * n, A), Floats(n * n, B), Zeros(n * n * 4)],
            [new CaseStep("sgemm_tiled", n / 16, n / 16, [n], [0, 1, 2])], data =>
            {
                var error = new RelativeError(1);
                var c = AsFloats(data[2]);
                for (uint t = 0; t < 2000; t++)
                {
                    uint row = Hash(t) % n, column = Hash(t + 5000) % n;
                    double sum = 0;
                    for (uint i = 0; i < n; i++)
                        sum += (double)A((row * n) + i) * B((i * n) + column);
                    error.Add(c[(int)((row * n) + column)], sum);
                }

                return error.Within(1e-4);
            });
    }

    public static KernelCase Reduction()
    {
        const int n = 1 << 24, groups = 1024;
        static float Value(uint i) => Hash(i) & 15;
        return new KernelCase("reduction", [Floats(n, Value), Zeros(groups * 4), Zeros(256)],
        [
            new CaseStep("reduction", groups, 1, [n], [0, 1]), new CaseStep("reduction", 1, 1, [groups], [1, 2]),
        ], data =>
        {
            double sum = 0;
            for (uint i = 0; i < n; i++)
                sum += Value(i);
            var error = new RelativeError(1);
            error.Add(AsFloats(data[2])[0], sum);
            return error.Within(1e-5);
        });
    }

    public static KernelCase Scan()
    {
        const int n = 1 << 22, blocks = n / 1024;
        static uint Value(uint i) => Hash(i) & 255;
        return new KernelCase("scan", [Words(n, Value), Zeros(n * 4), Zeros(blocks * 4)],
        [
            new CaseStep("scan_block", blocks, 1, [], [0, 1, 2]),
            new CaseStep("scan_sums", 1, 1, [blocks], [2]),
            new CaseStep("scan_add", blocks, 1, [], [1, 2]),
        ], data =>
        {
            uint sum = 0;
            int wrong = 0;
            var scanned = AsWords(data[1]);
            for (uint i = 0; i < n; i++)
            {
                sum += Value(i);
                wrong += scanned[(int)i] == sum ? 0 : 1;
            }

            return Exact(wrong, n);
        });
    }

    public static KernelCase Histogram()
    {
        const int n = 1 << 22, groups = 512;
        static uint Value(uint i) => Hash(i) & Hash(i + 31337); // bytes with a skewed distribution
        return new KernelCase("histogram", [Words(n, Value), Zeros(1024)],
            [new CaseStep(null, 0, 0, [], [1]), new CaseStep("histogram", groups, 1, [n], [0, 1])], data =>
            {
                uint[] bins = new uint[256];
                for (uint i = 0; i < n; i++)
                {
                    uint v = Value(i);
                    bins[v & 255]++;
                    bins[(v >> 8) & 255]++;
                    bins[(v >> 16) & 255]++;
                    bins[v >> 24]++;
                }

                int wrong = 0;
                for (int i = 0; i < 256; i++)
                    wrong += AsWords(data[1])[i] == bins[i] ? 0 : 1;
                return Exact(wrong, 256);
            });
    }

    public static KernelCase Nbody()
    {
        const int n = 8192;
        const float softening = 1e-3f;
        static float Body(uint i) => (i & 3) == 3 ? 0.5f + Random(i) : (2 * Random(i)) - 1;
        return new KernelCase("nbody", [Floats(n * 4, Body), Zeros(n * 16)],
            [new CaseStep("nbody", n / 256, 1, [n, Bits(softening)], [0, 1])], data =>
            {
                var bodies = AsFloats(Floats(n * 4, Body).Initial!);
                var got = AsFloats(data[1]);
                double worst = 0;
                Span<double> sum = stackalloc double[3], d = stackalloc double[3];
                for (uint t = 0; t < 64; t++)
                {
                    int i = (int)(Hash(t) % n);
                    sum.Clear();
                    for (int j = 0; j < n; j++)
                    {
                        double r2 = softening;
                        for (int k = 0; k < 3; k++)
                        {
                            d[k] = (double)bodies[(j * 4) + k] - bodies[(i * 4) + k];
                            r2 += d[k] * d[k];
                        }

                        double weight = bodies[(j * 4) + 3] / (r2 * Math.Sqrt(r2));
                        for (int k = 0; k < 3; k++)
                            sum[k] += d[k] * weight;
                    }

                    double length = Math.Sqrt((sum[0] * sum[0]) + (sum[1] * sum[1]) + (sum[2] * sum[2]));
                    for (int k = 0; k < 3; k++)
                    {
                        double error = Math.Abs(got[(i * 4) + k] - sum[k]) / length;
                        if (!(error <= worst))
                            worst = double.IsNaN(error) ? double.PositiveInfinity : error;
                    }
                }

                return new CheckResult(worst < 2e-3, worst, $"relative error {worst:g3}");
            });
    }
}
