using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>Kernels that stream through memory: saxpy, triad, conv3x3, life.</summary>
internal static class Streams
{
    public static KernelCase Saxpy()
    {
        const int n = 1 << 18, repeats = 128;
        const float a = 0.01f;
        var steps = new CaseStep[repeats];
        Array.Fill(steps, new CaseStep("saxpy", n / 256, 1, [Bits(a), n], [0, 1]));
        return new KernelCase("saxpy", [Floats(n, Random), Floats(n, i => Random(i + 7777777))], steps, data =>
        {
            var error = new RelativeError(1e-3);
            var y = AsFloats(data[1]);
            for (uint i = 0; i < n; i++)
                error.Add(y[(int)i], Random(i + 7777777) + (repeats * (double)a * Random(i)));
            return error.Within(1e-4);
        })
        { ChangesInputs = true };
    }

    public static KernelCase Triad()
    {
        const int n = 65000 * 256;
        const float s = 3;
        return new KernelCase("triad", [Zeros(n * 4), Floats(n, i => i & 1023), Floats(n, i => i & 255)],
            [new CaseStep("triad", n / 256, 1, [Bits(s), n], [0, 1, 2])], data =>
            {
                int wrong = 0;
                var a = AsFloats(data[0]);
                for (uint i = 0; i < n; i++)
                    wrong += a[(int)i] == (i & 1023) + (s * (i & 255)) ? 0 : 1;
                return Exact(wrong, n);
            });
    }

    public static KernelCase Conv3x3()
    {
        const int w = 2048, h = 2048;
        float[] k = [.0625f, .125f, .0625f, .125f, .25f, .125f, .0625f, .125f, .0625f];
        uint[] push = new uint[11];
        push[0] = w;
        push[1] = h;
        for (int i = 0; i < 9; i++)
            push[2 + i] = Bits(k[i]);
        return new KernelCase("conv3x3", [Floats(w * h, Random), Zeros(w * h * 4)],
            [new CaseStep("conv3x3", w / 16, h / 16, push, [0, 1])], data =>
            {
                var error = new RelativeError(1e-2);
                var dst = AsFloats(data[1]);
                for (int y = 0; y < h; y += 3)
                {
                    for (int x = 0; x < w; x++)
                    {
                        double sum = 0;
                        for (int j = -1; j <= 1; j++)
                        {
                            for (int i = -1; i <= 1; i++)
                            {
                                int at = (Math.Clamp(y + j, 0, h - 1) * w) + Math.Clamp(x + i, 0, w - 1);
                                sum += (double)k[((j + 1) * 3) + i + 1] * Random((uint)at);
                            }
                        }

                        error.Add(dst[(y * w) + x], sum);
                    }
                }

                return error.Within(1e-5);
            });
    }

    public static KernelCase Life()
    {
        const int w = 2048, h = 1024, generations = 8;
        static uint Cell(uint i) => (Hash(i) >> 7) & 1;
        var steps = new CaseStep[generations];
        for (int g = 0; g < generations; g++)
            steps[g] = new CaseStep("life", w / 32, h / 8, [w, h], (g & 1) == 0 ? [0, 1] : [1, 0]);
        return new KernelCase("life", [Words(w * h, Cell), Zeros(w * h * 4)], steps, data =>
        {
            byte[] now = new byte[w * h], next = new byte[w * h];
            for (int i = 0; i < now.Length; i++)
                now[i] = (byte)Cell((uint)i);
            for (int g = 0; g < generations; g++)
            {
                for (int y = 0; y < h; y++)
                {
                    int up = (y + h - 1) % h * w, row = y * w, down = (y + 1) % h * w;
                    for (int x = 0; x < w; x++)
                    {
                        int l = (x + w - 1) % w, r = (x + 1) % w;
                        int n = now[up + l] + now[up + x] + now[up + r] + now[row + l] + now[row + r] + now[down + l]
                            + now[down + x] + now[down + r];
                        next[row + x] = (byte)(n == 3 || (n == 2 && now[row + x] == 1) ? 1 : 0);
                    }
                }

                (now, next) = (next, now);
            }

            int wrong = 0;
            var cells = AsWords(data[0]);
            for (int i = 0; i < now.Length; i++)
                wrong += cells[i] == now[i] ? 0 : 1;
            return Exact(wrong, now.Length);
        })
        { ChangesInputs = true };
    }
}
