using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>Long ways of single invocations: paths of light and of prices, digests, interpreters, divergent loops.</summary>
internal static class Paths
{
    public static KernelCase Spheres(bool small)
    {
        int width = small ? 32 : 512, height = small ? 24 : 384, spheres = 12, bounces = small ? 2 : 6;
        float Sphere(uint i) => (i & 3) switch
        {
            3 => 0.4f + (0.6f * Random(i)),
            _ => (4 * Random(i)) - 2,
        };
        return new KernelCase("spheres", [Floats(4 * spheres, Sphere), Zeros(width * height * 16)],
            [new CaseStep("spheres", (uint)width / 8, (uint)height / 8, [(uint)width, (uint)height, (uint)spheres, (uint)bounces], [0, 1])], data =>
            {
                // What hits nothing at once sees the sky; all others something darker. Edges may go either way.
                int wrong = 0, seen = 0;
                for (int i = 0; i < width * height; i++)
                {
                    var direction = Vector3.Normalize(new Vector3((((i % width) + 0.5f) / width * 2) - 1, (((i / width) + 0.5f) / height * 2) - 1, 1.5f));
                    float nearest = float.MinValue;
                    for (uint s = 0; s < spheres; s++)
                    {
                        var o = new Vector3(0, 0, -4) - new Vector3(Sphere(4 * s), Sphere((4 * s) + 1), Sphere((4 * s) + 2));
                        float b = Vector3.Dot(o, direction), r = Sphere((4 * s) + 3);
                        nearest = Math.Max(nearest, (b * b) - o.LengthSquared() + (r * r));
                    }

                    if (Math.Abs(nearest) < 1e-3f)
                        continue;
                    var got = MemoryMarshal.Cast<byte, Vector4>(data[1])[i];
                    float up = (direction.Y * 0.5f) + 0.5f;
                    bool sky = Math.Abs(got.X - (0.3f + (0.6f * up))) < 1e-4f && Math.Abs(got.Y - (0.3f + (0.65f * up))) < 1e-4f;
                    wrong += sky == nearest < 0 && got.W == 1 && got.X is >= 0 and <= 1 ? 0 : 1;
                    seen++;
                }

                return Exact(wrong, seen);
            });
    }

    public static KernelCase MonteCarlo(bool small)
    {
        int n = small ? 512 : 1 << 16, paths = small ? 2 : 8, steps = small ? 4 : 16;
        const float drift = -0.005f, volatility = 0.1f, strike = 1;
        return new KernelCase("montecarlo", [Zeros(n * 4)],
            [new CaseStep("montecarlo", (uint)n / 256, 1, [(uint)paths, (uint)steps, Bits(drift), Bits(volatility), Bits(strike)], [0])], data =>
            {
                var error = new RelativeError(0.1);
                for (uint i = 0; i < n; i += small ? 1u : 37u)
                {
                    uint state = (i * 1664525) + 1013904223;
                    double sum = 0;
                    for (int p = 0; p < paths; p++)
                    {
                        double x = 0;
                        for (int s = 0; s < steps; s++)
                        {
                            double u = ((float)(Pcg(ref state) >> 8) + 0.5f) * (1.0f / 16777216), v = (Pcg(ref state) >> 8) / 16777216.0;
                            x += drift + (volatility * Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v));
                        }

                        sum += Math.Max(Math.Exp(x) - strike, 0);
                    }

                    error.Add(AsFloats(data[0])[(int)i], sum / paths);
                }

                return error.Within(2e-3);
            });
    }

    public static KernelCase Sha256(bool small)
    {
        int n = small ? 256 : 1 << 18;
        uint[] k = new uint[64];
        int found = 0;
        for (int p = 2; found < 64; p++)
        {
            bool prime = true;
            for (int d = 2; d * d <= p; d++)
                prime &= p % d != 0;
            if (prime)
                k[found++] = (uint)(Math.Cbrt(p) % 1 * 4294967296.0);
        }

        // A message of 55 bytes and its padding fill one block.
        static uint Word(uint i) => (i % 16) switch { 13 => (Hash(i) & 0xFFFFFF00) | 0x80, 14 => 0, 15 => 55 * 8, _ => Hash(i) };
        return new KernelCase("sha256", [Words(16 * n, Word), Words(64, i => k[i]), Zeros(n * 32)],
            [new CaseStep("sha256", (uint)n / 64, 1, [], [0, 1, 2])], data =>
            {
                int wrong = 0;
                var message = new byte[64];
                for (uint i = 0; i < n; i += small ? 1u : 37u)
                {
                    for (uint w = 0; w < 16; w++)
                        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan((int)(4 * w)), Word((16 * i) + w));
                    byte[] digest = SHA256.HashData(message.AsSpan(0, 55));
                    for (int w = 0; w < 8; w++)
                        wrong += AsWords(data[2])[(int)(8 * i) + w] == System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(digest.AsSpan(4 * w)) ? 0 : 1;
                }

                return Exact(wrong, n);
            });
    }

    public static KernelCase Crc32(bool small)
    {
        int n = small ? 256 : 1 << 18;
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint c = i;
            for (int bit = 0; bit < 8; bit++)
                c = (c & 1) != 0 ? (c >> 1) ^ 0xEDB88320 : c >> 1;
            table[i] = c;
        }

        return new KernelCase("crc32", [Words(256, i => table[i]), Words(16 * n, Hash), Zeros(n * 4)], [new CaseStep("crc32", (uint)n / 64, 1, [], [0, 1, 2])],
            data => Exact(Count(n, i =>
            {
                uint crc = uint.MaxValue;
                for (uint b = 0; b < 64; b++)
                    crc = table[(crc ^ (Hash((uint)(16 * i) + (b / 4)) >> (int)(8 * (b % 4)))) & 255] ^ (crc >> 8);
                return AsWords(data[2])[i] != ~crc;
            }), n));
    }

    public static KernelCase Collatz(bool small)
    {
        int n = small ? 1024 : 1 << 20;
        return new KernelCase("collatz", [Zeros(n * 4)], [new CaseStep("collatz", (uint)n / 128, 1, [], [0])], data => Exact(Count(n, i =>
        {
            uint v = (uint)i + 1, count = 0;
            for (; v != 1 && count < 300; count++)
                v = (v & 1) == 0 ? v / 2 : (3 * v) + 1;
            return AsWords(data[0])[i] != count;
        }), n));
    }

    public static KernelCase Interpret(bool small)
    {
        int n = small ? 256 : 1 << 18;
        int[] program = [1, 6, 3, (3 << 8) | 0, 2, 5, 1, 6, (7 << 8) | 9, 3, 4, (2 << 8) | 7, (-5 << 8) | 8, 1, 2, 6, 6, 3, 3, (1 << 8) | 9, 5, 1, 4, 6, 2, (4 << 8) | 9];
        static float Value(uint i) => (10 * Random(i)) - 5;
        return new KernelCase("interpret", [Words(program.Length, i => (uint)program[i]), Floats(n, Value), Zeros(n * 4)],
            [new CaseStep("interpret", (uint)n / 64, 1, [(uint)program.Length], [0, 1, 2])], data =>
            {
                var error = new RelativeError(1);
                double[] stack = new double[8];
                for (int i = 0; i < n; i += small ? 1 : 17)
                {
                    int top = 0;
                    stack[0] = 0;
                    foreach (int code in program)
                    {
                        int argument = code >> 8;
                        switch (code & 15)
                        {
                            case 0: stack[++top] = argument; break;
                            case 1: stack[++top] = Value((uint)i); break;
                            case 2: top--; stack[top] += stack[top + 1]; break;
                            case 3: top--; stack[top] *= stack[top + 1]; break;
                            case 4: top--; stack[top] -= stack[top + 1]; break;
                            case 5: stack[top] = Math.Sqrt(Math.Abs(stack[top])); break;
                            case 6: stack[top + 1] = stack[top]; top++; break;
                            case 7: stack[top] = Math.Min(stack[top], argument); break;
                            case 8: stack[top] = Math.Max(stack[top], argument); break;
                            case 9: stack[top] = (stack[top] * 0.5) + argument; break;
                        }
                    }

                    error.Add(AsFloats(data[2])[i], stack[top]);
                }

                return error.Within(1e-3);
            });
    }

    public static KernelCase Groups(bool small, int size)
    {
        int n = small ? 301 : 65535 * size, repeats = small ? 1 : 8 / size;
        const float a = 0.75f;
        var steps = new CaseStep[repeats];
        Array.Fill(steps, new CaseStep($"groups{size}", (uint)((n + size - 1) / size), 1, [(uint)n, Bits(a)], [0, 1]));
        return new KernelCase($"groups{size}", [Floats(n, Random), Floats(n, Second)], steps, data =>
        {
            var error = new RelativeError(1);
            for (uint i = 0; i < n; i++)
            {
                double s = Second(i);
                for (int k = 0; k < 8 * repeats; k++)
                    s = (s * a) + Random(i);
                error.Add(AsFloats(data[1])[(int)i], s);
            }

            return error.Within(1e-5);
        })
        { ChangesInputs = true };
    }

    private static uint Pcg(ref uint state)
    {
        state = (state * 747796405) + 2891336453;
        uint word = ((state >> (int)((state >> 28) + 4)) ^ state) * 277803737;
        return (word >> 22) ^ word;
    }
}
