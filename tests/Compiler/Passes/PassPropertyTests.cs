using System.Buffers.Binary;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Passes;

/// <summary>Random functions mean the same before and after every pass.</summary>
public sealed class PassPropertyTests
{
    /// <summary>Functions of a run; SHADERJIT_SOAK multiplies it.</summary>
    private static int Count => 250 * int.Parse(Environment.GetEnvironmentVariable("SHADERJIT_SOAK") ?? "1");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void PassesKeepMeaning(int shard)
    {
        for (int i = 0; i < Count; i++)
        {
            int seed = shard * 1_000_000 + i;
            var f = RandomFunction.Make(seed);
            IrAssert.Verify(f, $"making of seed {seed}");
            string text = IrPrinter.Print(f);
            var expected = Interpreter.Run(RandomFunction.Run(f, seed));
            var random = new Random(seed);
            for (int step = 0; step < 8; step++)
            {
                string pass = PassPipeline.Names[random.Next(PassPipeline.Names.Count)];
                PassPipeline.Run(f, pass);
                Check(f, expected, seed, $"{pass} (step {step})", text);
            }

            f = IrAssert.Parse(text);
            PassPipeline.RunInvocation(f);
            Check(f, expected, seed, "the pipeline", text);
        }
    }

    /// <summary>The text of random functions reads back.</summary>
    [Fact]
    public void TextRoundTrips()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            string text = IrPrinter.Print(RandomFunction.Make(seed));
            Assert.Equal(text, IrPrinter.Print(IrAssert.Parse(text)));
        }
    }

    private static void Check(Function f, RunResult expected, int seed, string stage, string before)
    {
        IrAssert.Verify(f, $"{stage}, seed {seed}");
        var actual = Interpreter.Run(RandomFunction.Run(f, seed));
        bool same = actual.Code == expected.Code && Same(expected, actual);
        Assert.True(same, same ? "" : $"seed {seed} differs after {stage}: {actual.Code}\n{before}\n{IrPrinter.Print(f)}");
    }

    private static bool Same(RunResult expected, RunResult actual)
    {
        for (int i = 0; i < expected.Buffers.Count; i++)
        {
            byte[] a = expected.Buffers[i].Bytes, b = actual.Buffers[i].Bytes;
            for (int at = 0; at < a.Length; at += 4)
            {
                uint x = BinaryPrimitives.ReadUInt32LittleEndian(a.AsSpan(at)), y = BinaryPrimitives.ReadUInt32LittleEndian(b.AsSpan(at));
                bool bothNaN = expected.Buffers[i].Binding >= 2 &&
                    float.IsNaN(BitConverter.UInt32BitsToSingle(x)) && float.IsNaN(BitConverter.UInt32BitsToSingle(y));
                if (x != y && !bothNaN)
                    return false;
            }
        }

        return true;
    }
}
