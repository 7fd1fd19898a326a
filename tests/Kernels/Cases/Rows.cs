using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>What a workgroup does with a row or block: softmax, layer norm, scan, maximum.</summary>
internal static class Rows
{
    public static KernelCase Softmax(bool small)
    {
        int rows = small ? 8 : 2048, columns = small ? 700 : 2048;
        static float Value(uint i) => 8 * Random(i);
        return new KernelCase("softmax", [Floats(rows * columns, Value), Zeros(rows * columns * 4)],
            [new CaseStep("softmax", (uint)rows, 1, [(uint)columns], [0, 1])], data =>
            {
                var error = new RelativeError(1e-6);
                for (int row = 0; row < rows; row += small ? 1 : 37)
                {
                    double sum = 0, most = 0;
                    for (int i = 0; i < columns; i++)
                        most = Math.Max(most, Value((uint)((row * columns) + i)));
                    for (int i = 0; i < columns; i++)
                        sum += Math.Exp(Value((uint)((row * columns) + i)) - most);
                    for (int i = 0; i < columns; i++)
                        error.Add(AsFloats(data[1])[(row * columns) + i], Math.Exp(Value((uint)((row * columns) + i)) - most) / sum);
                }

                return error.Within(1e-4);
            });
    }

    public static KernelCase LayerNorm(bool small)
    {
        int rows = small ? 8 : 4096, columns = small ? 300 : 1024;
        const float epsilon = 1e-5f;
        return new KernelCase("layernorm", [Floats(rows * columns, Random), Floats(columns, Second), Zeros(rows * columns * 4)],
            [new CaseStep("layernorm", (uint)rows, 1, [(uint)columns, Bits(epsilon)], [0, 1, 2])], data =>
            {
                var error = new RelativeError(0.1);
                for (int row = 0; row < rows; row += small ? 1 : 37)
                {
                    double sum = 0, squares = 0;
                    for (int i = 0; i < columns; i++)
                    {
                        double v = Random((uint)((row * columns) + i));
                        sum += v;
                        squares += v * v;
                    }

                    double mean = sum / columns, scale = 1 / Math.Sqrt((squares / columns) - (mean * mean) + epsilon);
                    for (int i = 0; i < columns; i++)
                    {
                        double v = Random((uint)((row * columns) + i));
                        error.Add(AsFloats(data[2])[(row * columns) + i], (v - mean) * scale * Second((uint)i));
                    }
                }

                return error.Within(1e-3);
            });
    }

    public static KernelCase ScanSubgroup(bool small)
    {
        int n = small ? 4096 : 1 << 23;
        static uint Value(uint i) => Hash(i) & 255;
        return new KernelCase("scan_subgroup", [Words(n, Value), Zeros(n * 4)],
            [new CaseStep("scan_subgroup", (uint)n / 512, 1, [], [0, 1])], data =>
            {
                uint sum = 0;
                int wrong = 0;
                for (int i = 0; i < n; i++)
                {
                    sum = (i % 512 == 0 ? 0 : sum) + Value((uint)i);
                    wrong += AsWords(data[1])[i] == sum ? 0 : 1;
                }

                return Exact(wrong, n);
            });
    }

    public static KernelCase Reduce1024(bool small)
    {
        int n = small ? 10000 : 1 << 23, groups = small ? 4 : 256;
        return new KernelCase("reduce1024", [Floats(n, Random), Zeros(groups * 8)],
            [new CaseStep("reduce1024", (uint)groups, 1, [(uint)n], [0, 1])], data =>
            {
                var best = new (float Value, uint At)[groups];
                Array.Fill(best, (-1f, 0u));
                for (int i = 0; i < n; i++)
                {
                    ref var group = ref best[i / 1024 % groups];
                    float v = Random((uint)i);
                    if (v > group.Value)
                        group = (v, (uint)i);
                }

                return Exact(Count(groups, g => AsFloats(data[1])[2 * g] != best[g].Value || AsWords(data[1])[(2 * g) + 1] != best[g].At), groups);
            });
    }
}
