using System.Text;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.X64;

/// <summary>
/// Elementwise ops in machine code against <see cref="ScalarMath"/>, on every pair of a list of numbers at the edges of
/// their types, and on random ones of all magnitudes.
/// </summary>
public sealed class NumberTests
{
    private static readonly string[] IntegerOps =
        ["iadd", "isub", "imul", "umulhi", "smulhi", "udiv", "sdiv", "urem", "srem", "shl", "lshr", "ashr", "umin", "smax"];

    private static readonly string[] CountOps = ["popcount", "bitreverse", "clz", "ctz", "not"];

    public static TheoryData<int, string, string> Integers()
    {
        var data = new TheoryData<int, string, string>();
        foreach (int lanes in (ReadOnlySpan<int>)[8, 16])
        {
            foreach (string type in (ReadOnlySpan<string>)["i8", "i16", "i32", "i64"])
            {
                foreach (string op in IntegerOps)
                    data.Add(lanes, op, type);
                foreach (string op in CountOps)
                    data.Add(lanes, op, type);
            }
        }

        return data;
    }

    public static TheoryData<int, string, string, string> Conversions()
    {
        var data = new TheoryData<int, string, string, string>();
        foreach (int lanes in (ReadOnlySpan<int>)[8, 16])
        {
            foreach (string floating in (ReadOnlySpan<string>)["f16", "f32", "f64"])
            {
                foreach (string integer in (ReadOnlySpan<string>)["i8", "i16", "i32", "i64"])
                {
                    data.Add(lanes, "stof", integer, floating);
                    data.Add(lanes, "utof", integer, floating);
                    data.Add(lanes, "ftos", floating, integer);
                    data.Add(lanes, "ftou", floating, integer);
                }
            }

            data.Add(lanes, "fnarrow", "f64", "f32");
            data.Add(lanes, "fnarrow", "f64", "f16");
            data.Add(lanes, "fnarrow", "f32", "f16");
            data.Add(lanes, "fwiden", "f16", "f64");
            data.Add(lanes, "fwiden", "f16", "f32");
            data.Add(lanes, "fwiden", "f32", "f64");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Integers))]
    public void Integer_ops_agree(int lanes, string op, string type)
    {
        var numbers = IntegerEdges(BitsOf(type));
        Check(lanes, op, type, type, Array.IndexOf(CountOps, op) >= 0 ? 1 : 2, numbers);
    }

    [Theory]
    [MemberData(nameof(Conversions))]
    public void Conversions_round_once(int lanes, string op, string from, string to) =>
        Check(lanes, op, from, to, 1, from[0] == 'i' ? IntegerEdges(BitsOf(from)) : FloatEdges(BitsOf(from)));

    private static void Check(int lanes, string op, string from, string to, int operands, List<ulong> numbers)
    {
        var all = new List<ulong>();
        foreach (ulong a in numbers)
        {
            if (operands == 1)
            {
                all.Add(a);
                continue;
            }

            foreach (ulong b in numbers)
            {
                all.Add(a);
                all.Add(b);
            }
        }

        Run(lanes, op, from, to, operands, all);
    }

    /// <summary>The op as lanes, and once more as a uniform value for lane 0 of each step.</summary>
    private static void Run(int lanes, string op, string from, string to, int operands, List<ulong> values)
    {
        int count = values.Count / operands, rows = (count + 15) / 16 * 16;
        int size = BitsOf(from) / 8, resultSize = BitsOf(to) / 8;
        var input = new byte[operands * rows * size];
        for (int i = 0; i < rows; i++)
        {
            for (int k = 0; k < operands; k++)
                Put(input, (k * rows + i) * size, size, values[i % count * operands + k]);
        }

        var result = MachineRun.Run(new KernelRun
        {
            Function = IrAssert.Parse(Text(op, from, to, operands, rows, size, resultSize)), LaneCount = lanes,
            Buffers = [new BoundBuffer(0, 0, input), new BoundBuffer(0, 1, new byte[2 * rows * resultSize])],
        });
        Assert.True(result.Code == Abi.TrapCode.Finished, $"{result.Code} {result.TrapNode}");
        var kind = Array.Find(Enum.GetValues<Op>(), o => OpTable.Info(o).Name == op);
        Scalar source = ScalarOf(from), target = ScalarOf(to);
        for (int i = 0; i < rows; i++)
        {
            var x = new ulong[3];
            for (int k = 0; k < operands; k++)
                x[k] = Get(input, (k * rows + i) * size, size);
            ulong expected = ScalarMath.Evaluate(kind, target, source, x[0], x[1], x[2]);
            ulong actual = Get(result.Buffers[1].Bytes, i * resultSize, resultSize);
            Assert.True(Same(target, expected, actual), $"{op} {from} of {x[0]:x}, {x[1]:x}, {x[2]:x} is {expected:x}, not {actual:x}");
            if (i % lanes != 0)
                continue;
            actual = Get(result.Buffers[1].Bytes, (rows + i) * resultSize, resultSize);
            Assert.True(Same(target, expected, actual), $"uniform {op} {from} of {x[0]:x}, {x[1]:x}, {x[2]:x} is {expected:x}, not {actual:x}");
        }
    }

    private static string Text(string op, string from, string to, int operands, int rows, int size, int resultSize)
    {
        var text = new StringBuilder($$"""
            function simd local_size=8,1,1 {
              resource r0 set=0 binding=0 count=1 table=0 stride=16 dynamic=-1
              resource r1 set=0 binding=1 count=1 table=16 stride=16 dynamic=-1
            b0:
              v0: i32 = const 0
              v1: base = buffer_base r0, v0
              v2: base = buffer_base r1, v0
              v3: lanes.bool = const true
              v4: i32 = const {{rows}}
              v5: i32 = const {{size}}
              v6: i32 = const {{resultSize}}
              v7: i32 = const {{rows * resultSize}}
              jump b1(v0)
            b1(v8: i32):
              v9: i32 = imul v8, v5
              v10: i32 = imul v8, v6
              v11: i32 = iadd v10, v7

            """);
        int next = 12;
        string lanes = "", uniform = "";
        for (int k = 0; k < operands; k++)
        {
            text.Append($"  v{next}: i32 = const {k * rows * size}\n  v{next + 1}: i32 = iadd v9, v{next}\n")
                .Append($"  v{next + 2}: lanes.{from} = load_contiguous v1, v{next + 1}, v3\n")
                .Append($"  v{next + 3}: {from} = load v1, v{next + 1}\n");
            lanes += (k > 0 ? ", " : "") + $"v{next + 2}";
            uniform += (k > 0 ? ", " : "") + $"v{next + 3}";
            next += 4;
        }

        text.Append($"  v{next}: lanes.{to} = {op} {lanes}\n  v{next + 1}: {to} = {op} {uniform}\n")
            .Append($"  store_contiguous v2, v10, v{next}, v3\n  store v2, v11, v{next + 1}\n")
            .Append($"  v{next + 2}: i32 = lane_count\n  v{next + 3}: i32 = iadd v8, v{next + 2}\n")
            .Append($"  v{next + 4}: bool = ult v{next + 3}, v4\n  branch v{next + 4}, b1(v{next + 3}), b2\nb2:\n  return\n}}\n");
        return text.ToString();
    }

    private static List<ulong> IntegerEdges(int bits)
    {
        var numbers = new SortedSet<ulong>();
        ulong mask = bits == 64 ? ulong.MaxValue : (1UL << bits) - 1;
        foreach (int power in (ReadOnlySpan<int>)[0, 1, 4, 7, 8, 10, 12, 15, 16, 24, 31, 32, 52, 53, 62, 63])
        {
            if (power >= bits)
                break;
            ulong p = 1UL << power;
            foreach (ulong n in (ReadOnlySpan<ulong>)[p - 1, p, p + 1, 0 - p, ~p])
                numbers.Add(n & mask);
        }

        var random = new Random(bits);
        for (int i = 0; i < 16; i++)
            numbers.Add((ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64) & mask);
        return [.. numbers];
    }

    private static List<ulong> FloatEdges(int bits)
    {
        var random = new Random(bits);
        var numbers = new List<ulong>();
        if (bits == 16)
        {
            for (uint n = 0; n < 0x10000; n++)
                numbers.Add(n);
            return numbers;
        }

        // Halfway cases of the narrower formats and their neighbours, limits of the integers, numbers of all sizes.
        var values = new List<double>
        {
            0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, double.MaxValue, float.MaxValue,
            float.Epsilon, float.Epsilon / 2.0, 65504, 65519.99, 65520, 65520.01, 65536, 5.9604645e-8, 2.98023223876953125e-8, 0.5, 1.5, 2.5,
        };
        for (int power = -30; power <= 65; power++)
        {
            double p = Math.ScaleB(1, power);
            values.AddRange([p, Math.BitIncrement(p), Math.BitDecrement(p), MathF.BitDecrement((float)p), p - 0.5, p + 0.5, 1.5 * p]);
        }

        for (int i = 0; i < 500; i++)
        {
            double half = (double)BitConverter.UInt16BitsToHalf((ushort)random.Next(0x7BFF));
            double middle = (half + (double)BitConverter.UInt16BitsToHalf((ushort)(BitConverter.HalfToUInt16Bits((Half)half) + 1))) / 2;
            values.AddRange([middle, Math.BitIncrement(middle), Math.BitDecrement(middle), MathF.BitIncrement((float)middle)]);
            double single = BitConverter.Int32BitsToSingle(random.Next(0x7F7FFFFF));
            values.AddRange([single, single + (Math.ScaleB(1, Math.ILogB(single) - 24)), Math.Exp(random.NextDouble() * 100 - 50)]);
        }

        foreach (double value in values)
        {
            numbers.Add(bits == 64 ? BitConverter.DoubleToUInt64Bits(value) : BitConverter.SingleToUInt32Bits((float)value));
            numbers.Add(bits == 64 ? BitConverter.DoubleToUInt64Bits(-value) : BitConverter.SingleToUInt32Bits((float)-value));
        }

        return numbers;
    }

    private static bool Same(Scalar type, ulong expected, ulong actual) => expected == actual
        || (type is Scalar.F16 or Scalar.F32 or Scalar.F64 && double.IsNaN(FloatMath.ToDouble(type, expected))
            && double.IsNaN(FloatMath.ToDouble(type, actual)));

    private static int BitsOf(string type) => int.Parse(type.AsSpan(1), provider: null);

    private static Scalar ScalarOf(string type) => Enum.Parse<Scalar>(type, ignoreCase: true);

    private static void Put(byte[] bytes, int at, int size, ulong value)
    {
        for (int i = 0; i < size; i++)
            bytes[at + i] = (byte)(value >> (8 * i));
    }

    private static ulong Get(byte[] bytes, int at, int size)
    {
        ulong value = 0;
        for (int i = 0; i < size; i++)
            value |= (ulong)bytes[at + i] << (8 * i);
        return value;
    }
}
