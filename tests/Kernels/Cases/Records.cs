using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>Records of several numbers side by side: points, particles, vectors.</summary>
internal static class Records
{
    public static KernelCase KMeans(bool small)
    {
        int n = small ? 2000 : 1 << 20, k = small ? 5 : 32;
        static float Centre(uint i) => Random(i + 555555);
        return new KernelCase("kmeans", [Floats(3 * n, Random), Floats(4 * k, Centre), Zeros(n * 4)],
            [new CaseStep("kmeans", (uint)(n + 255) / 256, 1, [(uint)n, (uint)k], [0, 1, 2])], data =>
            {
                double Far(int i, int c)
                {
                    double sum = 0;
                    for (int axis = 0; axis < 3; axis++)
                        sum += Math.Pow((double)Random((uint)((3 * i) + axis)) - Centre((uint)((4 * c) + axis)), 2);
                    return sum;
                }

                var error = new RelativeError(1e-3);
                for (int i = 0; i < n; i += small ? 1 : 101)
                {
                    double best = double.MaxValue;
                    for (int c = 0; c < k; c++)
                        best = Math.Min(best, Far(i, c));
                    error.Add(Far(i, (int)Math.Min(AsWords(data[2])[i], (uint)k - 1)), best);
                }

                return error.Within(1e-3);
            });
    }

    public static KernelCase Particles(bool small)
    {
        int n = small ? 1000 : 1 << 20;
        const float dt = 0.01f;
        static float Value(uint i) => (2 * Random(i)) - 1;
        return new KernelCase("particles", [Floats(8 * n, Value)], [new CaseStep("particles", (uint)(n + 63) / 64, 1, [(uint)n, Bits(dt)], [0])], data =>
        {
            var error = new RelativeError(0.1);
            for (uint i = 0; i < n; i += small ? 1u : 17u)
            {
                double mass = Value((8 * i) + 7);
                for (uint axis = 0; axis < 3; axis++)
                {
                    double at = Value((8 * i) + axis), speed = Value((8 * i) + 4 + axis);
                    speed -= at * mass * dt;
                    at += speed * dt;
                    bool bounces = axis == 1 && at < 0;
                    error.Add(AsFloats(data[0])[(int)((8 * i) + axis)], bounces ? -at : at);
                    error.Add(AsFloats(data[0])[(int)((8 * i) + 4 + axis)], bounces ? -0.9 * speed : speed);
                }

                error.Add(AsFloats(data[0])[(int)((8 * i) + 3)], (double)Value((8 * i) + 3) + dt);
            }

            return error.Within(1e-4);
        })
        { ChangesInputs = true };
    }

    public static KernelCase Cross(bool small)
    {
        int n = small ? 1024 : 1 << 20;
        return new KernelCase("cross3", [Floats(3 * n, Random), Floats(3 * n, Second), Zeros(n * 12)],
            [new CaseStep("cross3", (uint)n / 128, 1, [(uint)n], [0, 1, 2])], data =>
            {
                double worst = 0;
                Span<double> a = stackalloc double[3], b = stackalloc double[3], c = stackalloc double[3];
                for (uint i = 0; i < n; i += small ? 1u : 17u)
                {
                    for (uint k = 0; k < 3; k++)
                        (a[(int)k], b[(int)k]) = (Random((3 * i) + k), Second((3 * i) + k));
                    double square = 0;
                    for (int k = 0; k < 3; k++)
                    {
                        c[k] = (a[(k + 1) % 3] * b[(k + 2) % 3]) - (a[(k + 2) % 3] * b[(k + 1) % 3]);
                        square += c[k] * c[k];
                    }

                    // Where the vectors are all but parallel, what is left of the product is rounding.
                    for (int k = 0; k < 3 && square > 1e-6; k++)
                        worst = Math.Max(worst, Math.Abs(AsFloats(data[2])[(int)(3 * i) + k] - (c[k] / Math.Sqrt(square))));
                }

                return new CheckResult(worst < 1e-3, worst, $"error {worst:g3}");
            });
    }

    public static KernelCase Transform(bool small)
    {
        int n = small ? 1024 : 1 << 21;
        var matrix = new uint[16];
        for (uint i = 0; i < 16; i++)
            matrix[i] = Bits(Second(i));
        return new KernelCase("transform4", [Floats(4 * n, Random), Zeros(n * 16)], [new CaseStep("transform4", (uint)n / 256, 1, matrix, [0, 1])], data =>
        {
            var error = new RelativeError(0.1);
            for (int i = 0; i < 4 * n; i += small ? 1 : 17)
            {
                double sum = 0;
                for (int k = 0; k < 4; k++)
                    sum += (double)Second((uint)((4 * k) + (i % 4))) * Random((uint)((i & ~3) + k));
                error.Add(AsFloats(data[1])[i], sum);
            }

            return error.Within(1e-5);
        });
    }

    public static KernelCase LennardJones(bool small)
    {
        int n = small ? 500 : 1 << 16, neighbours = small ? 20 : 64;
        const float cutoff2 = 6;
        static float Position(uint i) => 10 * Random(i);
        uint Neighbour(int i, int k)
        {
            uint j = Hash((uint)((i * 64) + k)) % (uint)n;
            return j == i ? (j + 1) % (uint)n : j;
        }

        return new KernelCase("lj_forces", [Floats(4 * n, Position), Words(n * neighbours, i => Neighbour((int)i / neighbours, (int)i % neighbours)), Zeros(n * 16)],
            [new CaseStep("lj_forces", (uint)(n + 127) / 128, 1, [(uint)n, (uint)neighbours, Bits(cutoff2)], [0, 1, 2])], data =>
            {
                double worst = 0;
                Span<double> d = stackalloc double[3], f = stackalloc double[4];
                for (int i = 0; i < n; i += small ? 1 : 17)
                {
                    f.Clear();
                    double weight = 1;
                    for (int k = 0; k < neighbours; k++)
                    {
                        double r2 = 0;
                        for (uint axis = 0; axis < 3; axis++)
                        {
                            d[(int)axis] = (double)Position((uint)(4 * i) + axis) - Position((4 * Neighbour(i, k)) + axis);
                            r2 += d[(int)axis] * d[(int)axis];
                        }

                        if (r2 >= cutoff2)
                            continue;
                        double s2 = 1 / r2, s6 = s2 * s2 * s2, force = 24 * s6 * ((2 * s6) - 1) * s2;
                        for (int axis = 0; axis < 3; axis++)
                            f[axis] += d[axis] * force;
                        f[3] += 4 * s6 * (s6 - 1);
                        weight += Math.Abs(force * Math.Sqrt(r2)) + (4 * s6 * (s6 + 1));
                    }

                    for (int k = 0; k < 4; k++)
                        worst = Math.Max(worst, Math.Abs(AsFloats(data[2])[(4 * i) + k] - f[k]) / weight);
                }

                return new CheckResult(worst < 1e-3, worst, $"relative error {worst:g3}");
            });
    }
}
