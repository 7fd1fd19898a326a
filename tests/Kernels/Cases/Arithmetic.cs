using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>Kernels that compute more than they load: mandelbrot, blackscholes.</summary>
internal static class Arithmetic
{
    public static KernelCase Mandelbrot()
    {
        const int w = 1024, h = 1024, most = 512;
        const float x0 = -2, y0 = -1.25f, step = 2.5f / 1024;
        return new KernelCase("mandelbrot", [Zeros(w * h * 4)],
            [new CaseStep("mandelbrot", w / 16, h / 16, [w, h, most, Bits(x0), Bits(y0), Bits(step)], [0])], data =>
            {
                var got = AsWords(data[0]);
                int wrong = 0, count = 0;
                for (int y = 0; y < h; y += 4)
                {
                    for (int x = 0; x < w; x += 2, count++)
                    {
                        float cr = x0 + (x * step), ci = y0 + (y * step);
                        int iterations = (int)got[(y * w) + x];
                        if (Math.Abs(iterations - Iterate(cr, ci, most, fused: false)) > 1
                            && Math.Abs(iterations - Iterate(cr, ci, most, fused: true)) > 1)
                        {
                            wrong++;
                        }
                    }
                }

                // Near the set's border, one rounding more or less moves the count.
                double fraction = (double)wrong / count;
                return new CheckResult(fraction < 0.03, fraction, $"{fraction:p2} of the pixels are off by more than 1");
            });
    }

    public static KernelCase BlackScholes()
    {
        const int n = 1 << 22;
        const float rate = 0.02f, volatility = 0.3f;
        static float Price(uint i) => 5 + (25 * Random(i));
        static float Strike(uint i) => 1 + (99 * Random(i + 1111111));
        static float Time(uint i) => 0.25f + (9.75f * Random(i + 2222222));
        return new KernelCase("blackscholes",
            [Floats(n, Price), Floats(n, Strike), Floats(n, Time), Zeros(n * 4), Zeros(n * 4)],
            [new CaseStep("blackscholes", n / 128, 1, [n, Bits(rate), Bits(volatility)], [0, 1, 2, 3, 4])], data =>
            {
                var error = new RelativeError(1);
                ReadOnlySpan<float> calls = AsFloats(data[3]), puts = AsFloats(data[4]);
                for (uint i = 0; i < n; i += 37)
                {
                    double s = Price(i), x = Strike(i), t = Time(i), root = Math.Sqrt(t);
                    double d1 = (Math.Log(s / x) + (((double)rate + (0.5 * volatility * volatility)) * t)) / (volatility * root);
                    double d2 = d1 - (volatility * root);
                    double c1 = CumulativeNormal(d1), c2 = CumulativeNormal(d2), discount = Math.Exp(-(double)rate * t);
                    error.Add(calls[(int)i], (s * c1) - (x * discount * c2));
                    error.Add(puts[(int)i], (x * discount * (1 - c2)) - (s * (1 - c1)));
                }

                return error.Within(1e-3);
            });
    }

    private static int Iterate(float cr, float ci, int most, bool fused)
    {
        float zr = 0, zi = 0;
        int i = 0;
        for (; i < most; i++)
        {
            float r2 = zr * zr, i2 = zi * zi;
            if (r2 + i2 > 4)
                break;
            zi = fused ? MathF.FusedMultiplyAdd(2 * zr, zi, ci) : (2 * zr * zi) + ci;
            zr = r2 - i2 + cr;
        }

        return i;
    }

    private static double CumulativeNormal(double x)
    {
        double k = 1 / (1 + (0.2316419 * Math.Abs(x)));
        double p = k * (0.31938153 + (k * (-0.356563782 + (k * (1.781477937 + (k * (-1.821255978 + (k * 1.330274429))))))));
        double tail = 0.39894228040 * Math.Exp(-0.5 * x * x) * p;
        return x > 0 ? 1 - tail : tail;
    }
}
