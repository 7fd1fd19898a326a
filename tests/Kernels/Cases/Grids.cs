using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>Grids: stencils, shortest paths, permuted tensors, indices of 64 bits.</summary>
internal static class Grids
{
    public static KernelCase Jacobi(bool small)
    {
        int w = small ? 20 : 256, h = small ? 18 : 256, d = small ? 10 : 64;
        return new KernelCase("jacobi3d", [Floats(w * h * d, Random), Zeros(w * h * d * 4)],
        [
            new CaseStep("jacobi3d", (uint)(w + 7) / 8, (uint)(h + 7) / 8, [(uint)w, (uint)h, (uint)d], [0, 1]) { GroupsZ = (uint)(d + 3) / 4 },
        ], data =>
        {
            var error = new RelativeError(0.1);
            for (int i = 0; i < w * h * d; i += small ? 1 : 7)
            {
                int x = i % w, y = i / w % h, z = i / w / h;
                double want = Random((uint)i);
                if (x > 0 && x < w - 1 && y > 0 && y < h - 1 && z > 0 && z < d - 1)
                {
                    want = 0;
                    foreach (int step in (ReadOnlySpan<int>)[1, w, w * h])
                        want += ((double)Random((uint)(i - step)) + Random((uint)(i + step))) / 6;
                }

                error.Add(AsFloats(data[1])[i], want);
            }

            return error.Within(1e-5);
        });
    }

    public static KernelCase Heat(bool small)
    {
        int w = small ? 50 : 2048, h = small ? 42 : 1024, steps = small ? 2 : 4;
        const float k = 0.2f;
        var dispatches = new CaseStep[steps];
        for (int s = 0; s < steps; s++)
            dispatches[s] = new CaseStep("heat", (uint)(w + 7) / 8, (uint)(h + 7) / 8, [(uint)w, (uint)h, Bits(k)], s % 2 == 0 ? [0, 1] : [1, 0]);
        return new KernelCase("heat", [Floats(w * h, Random), Zeros(w * h * 4)], dispatches, data =>
        {
            var from = AsFloats(Floats(w * h, Random).Initial!).ToArray();
            var to = new float[w * h];
            for (int s = 0; s < steps; s++)
            {
                for (int i = 0; i < w * h; i++)
                {
                    int x = i % w, y = i / w;
                    float c = from[i], left = x > 0 ? from[i - 1] : c, right = x < w - 1 ? from[i + 1] : c;
                    float up = y > 0 ? from[i - w] : c, down = y < h - 1 ? from[i + w] : c;
                    to[i] = c + (k * (left + right + up + down - (4 * c)));
                }

                (from, to) = (to, from);
            }

            var error = new RelativeError(0.1);
            for (int i = 0; i < w * h; i++)
                error.Add(AsFloats(data[steps % 2])[i], from[i]);
            return error.Within(1e-5);
        })
        { ChangesInputs = true };
    }

    public static KernelCase Floyd(bool small)
    {
        int n = small ? 64 : 512, steps = small ? 8 : 32;
        static uint Value(uint i) => (Hash(i) & 1023) + 1;
        var dispatches = new CaseStep[steps];
        for (int k = 0; k < steps; k++)
            dispatches[k] = new CaseStep("floyd", (uint)n / 16, (uint)n / 16, [(uint)n, (uint)k], [0]);
        return new KernelCase("floyd", [Words(n * n, Value)], dispatches, data =>
        {
            uint[] d = Values(n * n, Value);
            for (int k = 0; k < steps; k++)
            {
                for (int i = 0; i < n * n; i++)
                    d[i] = Math.Min(d[i], d[(i / n * n) + k] + d[(k * n) + (i % n)]);
            }

            return Exact(Count(n * n, i => AsWords(data[0])[i] != d[i]), n * n);
        })
        { ChangesInputs = true };
    }

    public static KernelCase Divide(bool small)
    {
        uint d0 = small ? 5u : 64u, d1 = small ? 7u : 48u, d2 = small ? 6u : 36u, d3 = small ? 4u : 24u;
        uint n = d0 * d1 * d2 * d3;
        return new KernelCase("divide", [Floats((int)n, Random), Zeros((int)n * 4)],
            [new CaseStep("divide", (n + 255) / 256, 1, [n, d0, d1, d2, d2 * d1, 1, d1, d2 * d1 * d0], [0, 1])],
            data => Exact(Count((int)n, i =>
            {
                uint i0 = (uint)i % d0, i1 = (uint)i / d0 % d1, i2 = (uint)i / d0 / d1 % d2, i3 = (uint)i / d0 / d1 / d2;
                return AsFloats(data[1])[i] != Random((i0 * d2 * d1) + i1 + (i2 * d1) + (i3 * d2 * d1 * d0));
            }), (int)n));
    }

    public static KernelCase Index64(bool small)
    {
        int n = small ? 3000 : 1 << 22, row = small ? 100 : 1024;
        return new KernelCase("index64", [Floats(n, Random), Zeros(n * 4)],
            [new CaseStep("index64", (uint)(n + 127) / 128, 1, [(uint)n, 0, (uint)row, 0], [0, 1])],
            data => Exact(Count(n, i => AsFloats(data[1])[i] != 2 * Random((uint)((i / row * row) + row - 1 - (i % row)))), n));
    }
}
