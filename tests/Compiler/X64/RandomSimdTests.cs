using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.X64;

/// <summary>Random functions on the oracle and as machine code, at both widths. SHADERJIT_X64_SEEDS=first,count runs
/// more.</summary>
public sealed class RandomSimdTests
{
    private const int CasesPerTheory = 40;

    public static IEnumerable<object[]> Groups()
    {
        int first = 0, count = 6 * CasesPerTheory;
        if (Environment.GetEnvironmentVariable("SHADERJIT_X64_SEEDS") is { } text)
        {
            string[] words = text.Split(',');
            (first, count) = (int.Parse(words[0]), int.Parse(words[1]));
        }

        for (int i = first; i < first + count; i += CasesPerTheory)
        {
            yield return [16, i, Math.Min(CasesPerTheory, first + count - i)];
            yield return [8, i, Math.Min(CasesPerTheory, first + count - i)];
        }
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void MachineAgreesWithOracle(int lanes, int first, int count)
    {
        for (int seed = first; seed < first + count; seed++)
            Check(lanes, seed);
    }

    private static void Check(int lanes, int seed)
    {
        int size = 20 + seed % 10 * 20;
        var f = RandomSimdFunction.Make(seed, size, lanes == 16);
        IrAssert.Verify(f, $"seed {seed}");
        var run = new KernelRun
        {
            Function = f, LaneCount = lanes, RegionBits = 32 + seed % 3 * 4,
            Buffers =
            [
                new BoundBuffer(0, 0, Bytes(seed, RandomSimdFunction.InputBytes)),
                new BoundBuffer(0, 1, Bytes(seed + 1, RandomSimdFunction.ScratchBytes)),
                new BoundBuffer(0, 2, new byte[RandomSimdFunction.OutputBytes]),
            ],
        };
        var expected = Interpreter.Run(run);
        Assert.True(expected.Code == TrapCode.Finished, $"seed {seed}: oracle {expected.Code} at {expected.TrapNode}");
        RunResult actual;
        try
        {
            actual = MachineRun.Run(run);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}, {lanes} lanes: {e.Message}\n{e.StackTrace}", e);
        }

        Assert.True(actual.Code == TrapCode.Finished, $"seed {seed}, {lanes} lanes: {actual.Code} {actual.TrapNode}");
        for (int b = 1; b < 3; b++)
        {
            int at = FirstDifference(expected.Buffers[b].Bytes, actual.Buffers[b].Bytes);
            if (at >= 0)
            {
                Assert.Fail($"seed {seed}, {lanes} lanes: buffer {b} differs at {at}: "
                    + Difference(f, b, at, expected.Buffers[b].Bytes, actual.Buffers[b].Bytes));
            }
        }
    }

    private static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        var random = new Random(seed);
        for (int i = 0; i < count; i += 4)
        {
            int bits = random.Next(4) switch
            {
                0 => BitConverter.SingleToInt32Bits((float)(random.NextDouble() * 200 - 100)),
                1 => random.Next(-50, 50),
                2 => random.Next(),
                _ => BitConverter.SingleToInt32Bits((float)Math.Exp(random.NextDouble() * 60 - 30)),
            };
            BitConverter.TryWriteBytes(bytes.AsSpan(i), bits);
        }

        return bytes;
    }

    private static int FirstDifference(byte[] a, byte[] b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] != b[i])
                return i;
        }

        return -1;
    }

    private static string Difference(Function f, int buffer, int at, byte[] expected, byte[] actual)
    {
        int word = at & ~7;
        string text = $"{BitConverter.ToUInt64(expected, word):x16}, not {BitConverter.ToUInt64(actual, word):x16}";
        if (buffer != 2)
            return text;
        // Which value was stored there.
        foreach (var b in f.Layout)
        {
            for (var v = f[b].First; !v.IsNone; v = f[v].Next)
            {
                if (f[v].Op is not (Op.Store or Op.StoreContiguous) || f[f.Operand(v, 1)].Op != Op.Const)
                    continue;
                var stored = f.Operand(v, 2);
                long from = f[f.Operand(v, 1)].Imm;
                if (from <= at && at < from + 16 * f.TypeOf(stored).Bytes && f[f.Operand(v, 0)].Aux == 2)
                    text += $" from {stored}: {IrPrinter.PrintNode(f, stored)}";
            }
        }

        return text;
    }
}
