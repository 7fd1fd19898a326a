using System.Runtime.InteropServices;
using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>Matrices: transpose, times a vector, sparse, of small integers, of halves, of weights of four bits.</summary>
internal static class Matrices
{
    public static KernelCase Transpose(bool small)
    {
        int n = small ? 128 : 2048;
        return new KernelCase("transpose", [Floats(n * n, Random), Zeros(n * n * 4)],
            [new CaseStep("transpose", (uint)n / 16, (uint)n / 16, [(uint)n], [0, 1])],
            data => Exact(Count(n * n, i => AsFloats(data[1])[i] != Random((uint)((i % n * n) + (i / n)))), n * n));
    }

    public static KernelCase MatVec(bool small)
    {
        int rows = small ? 64 : 4096, columns = small ? 200 : 2048;
        return new KernelCase("matvec", [Floats(rows * columns, Random), Floats(columns, Second), Zeros(rows * 4)],
            [new CaseStep("matvec", (uint)rows, 1, [(uint)columns], [0, 1, 2])], data =>
            {
                var error = new RelativeError(1);
                for (int row = 0; row < rows; row += small ? 1 : 37)
                {
                    double sum = 0;
                    for (int i = 0; i < columns; i++)
                        sum += (double)Random((uint)((row * columns) + i)) * Second((uint)i);
                    error.Add(AsFloats(data[2])[row], sum);
                }

                return error.Within(1e-5);
            });
    }

    public static KernelCase Spmv(bool small)
    {
        int rows = small ? 500 : 1 << 17;
        var starts = new uint[rows + 1];
        for (uint row = 0; row < rows; row++)
            starts[row + 1] = starts[row] + 4 + (Hash(row) % 25);
        int count = (int)starts[rows];
        uint Column(uint i) => Hash(i + 77) % (uint)rows;
        return new KernelCase("spmv",
            [Words(rows + 1, i => starts[i]), Words(count, Column), Floats(count, Random), Floats(rows, Second), Zeros(rows * 4)],
            [new CaseStep("spmv", (uint)(rows + 63) / 64, 1, [(uint)rows], [0, 1, 2, 3, 4])], data =>
            {
                var error = new RelativeError(1);
                for (int row = 0; row < rows; row += small ? 1 : 13)
                {
                    double sum = 0;
                    for (uint i = starts[row]; i < starts[row + 1]; i++)
                        sum += (double)Random(i) * Second(Column(i));
                    error.Add(AsFloats(data[4])[row], sum);
                }

                return error.Within(1e-5);
            });
    }

    public static KernelCase GemmI8(bool small)
    {
        int n = small ? 64 : 512;
        static int Byte(uint word, int k) => (sbyte)(word >> (8 * k));
        uint B(uint i) => Hash(i + 4711);
        return new KernelCase("gemm_i8", [Words(n * n / 4, Hash), Words(n * n / 4, B), Zeros(n * n * 4)],
            [new CaseStep("gemm_i8", (uint)n / 16, (uint)n / 16, [(uint)n], [0, 1, 2])], data =>
            {
                int wrong = 0;
                for (int t = 0; t < 1000; t++)
                {
                    int x = (int)(Hash((uint)t) % n), y = (int)(Hash((uint)t + 5000) % n), sum = 0;
                    for (int k = 0; k < n / 4; k++)
                    {
                        uint a = Hash((uint)((y * n / 4) + k)), b = B((uint)((k * n) + x));
                        for (int j = 0; j < 4; j++)
                            sum += Byte(a, j) * Byte(b, j);
                    }

                    wrong += (int)AsWords(data[2])[(y * n) + x] == sum ? 0 : 1;
                }

                return Exact(wrong, 1000);
            });
    }

    public static KernelCase GemmF16(bool small)
    {
        int n = small ? 64 : 512;
        static float A(uint i) => (float)(Half)(Random(i) - 0.5f);
        static float B(uint i) => (float)(Half)(Second(i) - 0.5f);
        return new KernelCase("gemm_f16", [Halves(n * n, A), Halves(n * n, B), Zeros(n * n * 4)],
            [new CaseStep("gemm_f16", (uint)n / 32, (uint)n / 32, [(uint)n], [0, 1, 2])], data =>
            {
                var error = new RelativeError(1);
                for (uint t = 0; t < 1000; t++)
                {
                    int x = (int)(Hash(t) % n), y = (int)(Hash(t + 5000) % n);
                    double sum = 0;
                    for (int k = 0; k < n; k++)
                        sum += (double)A((uint)((y * n) + k)) * B((uint)((k * n) + x));
                    error.Add(AsFloats(data[2])[(y * n) + x], sum);
                }

                return error.Within(1e-4);
            });
    }

    public static KernelCase Q4MatVec(bool small)
    {
        int rows = small ? 16 : 4096, blocks = small ? 40 : 128;
        var weights = new byte[rows * blocks * 18];
        var values = new float[rows * blocks * 32];
        for (int b = 0; b < rows * blocks; b++)
        {
            var scale = (Half)(Random((uint)b) + 0.1f);
            MemoryMarshal.Write(weights.AsSpan(b * 18), scale);
            for (int k = 0; k < 16; k++)
            {
                byte quants = weights[(b * 18) + 2 + k] = (byte)Hash((uint)((b * 16) + k));
                values[(b * 32) + k] = ((quants & 15) - 8) * (float)scale;
                values[(b * 32) + k + 16] = ((quants >> 4) - 8) * (float)scale;
            }
        }

        return new KernelCase("q4_matvec", [new CaseBuffer(weights.Length, weights), Floats(blocks * 32, Second), Zeros(rows * 4)],
            [new CaseStep("q4_matvec", (uint)rows, 1, [(uint)blocks], [0, 1, 2])], data =>
            {
                var error = new RelativeError(10);
                for (int row = 0; row < rows; row += small ? 1 : 37)
                {
                    double sum = 0;
                    for (int i = 0; i < blocks * 32; i++)
                        sum += (double)values[(row * blocks * 32) + i] * Second((uint)i);
                    error.Add(AsFloats(data[2])[row], sum);
                }

                return error.Within(1e-4);
            });
    }
}
