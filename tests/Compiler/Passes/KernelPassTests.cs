using System.Diagnostics;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.Compiler.Tests.Lowering;
using ShaderJit.Compiler.Tests.Spirv;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Passes;

/// <summary>The pipeline on every kernel: each pass leaves IR that the verifier accepts, and the oracle gives the same
/// results before and after (with fusing of multiply-adds switched off).</summary>
public sealed class KernelPassTests
{
    public static TheoryData<string> Kernels => new(KernelFiles.Names());

    [Theory]
    [MemberData(nameof(Kernels))]
    public void KeepsMeaning(string name)
    {
        var module = TestStage.Read(KernelFiles.Words(name));
        var stage = TestStage.Of(module);
        var before = TestStage.Lower(module, stage);
        MakePrecise(before);
        var after = IrAssert.Parse(IrPrinter.Print(before));
        PassPipeline.AfterPass = (pass, f) => IrAssert.Verify(f, pass);
        try
        {
            PassPipeline.RunInvocation(after);
        }
        finally
        {
            PassPipeline.AfterPass = null;
        }

        if (Environment.GetEnvironmentVariable("SHADERJIT_DUMP") is { Length: > 0 } folder)
            Dump(folder, name, TestStage.Lower(module, stage));
        for (int data = 0; data < 2; data++)
        {
            var expected = Interpreter.Run(Run(before, data));
            var actual = Interpreter.Run(Run(after, data));
            if (expected.Code == TrapCode.Preempted)
                continue;
            Assert.Equal(expected.Code, actual.Code);
            for (int i = 0; i < expected.Buffers.Count; i++)
                AssertSame(expected.Buffers[i].Bytes, actual.Buffers[i].Bytes, $"{name}, data {data}, buffer {i}");
        }
    }

    private static void MakePrecise(Function f)
    {
        foreach (var block in f.Layout)
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                if (f[id].Op is Op.FAdd or Op.FSub or Op.FMul)
                    f[id].Flags |= NodeFlags.Precise;
            }
        }
    }

    /// <summary>One workgroup on 4 KiB buffers: of small integers, or of floats.</summary>
    private static KernelRun Run(Function f, int data)
    {
        var buffers = new List<BoundBuffer>();
        foreach (var resource in f.Resources)
        {
            for (int element = 0; element < resource.Count; element++)
            {
                var bytes = new byte[4096];
                for (int i = 0; i < bytes.Length; i += 4)
                    BitConverter.TryWriteBytes(bytes.AsSpan(i), data == 0 ? i * 7 % 61 : BitConverter.SingleToInt32Bits(i % 13 + 0.5f));
                buffers.Add(new BoundBuffer(resource.Set, resource.Binding, bytes, element));
            }
        }

        var push = new byte[Math.Max(f.PushConstantBytes, 4)];
        for (int i = 0; i + 4 <= push.Length; i += 4)
            BitConverter.TryWriteBytes(push.AsSpan(i), data == 0 ? 16 : i == 0 ? 12 : BitConverter.SingleToInt32Bits(1.5f));
        return new KernelRun { Function = f, LaneCount = 8, Buffers = buffers, PushConstants = push, StepLimit = 200_000 };
    }

    private static void AssertSame(byte[] expected, byte[] actual, string what)
    {
        for (int at = 0; at < expected.Length; at += 4)
        {
            uint x = BitConverter.ToUInt32(expected, at), y = BitConverter.ToUInt32(actual, at);
            bool bothNaN = float.IsNaN(BitConverter.UInt32BitsToSingle(x)) && float.IsNaN(BitConverter.UInt32BitsToSingle(y));
            Assert.True(x == y || bothNaN, $"{what}, byte {at}: {x:x8} became {y:x8}");
        }
    }

    /// <summary>The optimised kernel, and how long the passes took when warm.</summary>
    private static void Dump(string folder, string name, Function f)
    {
        string text = IrPrinter.Print(f);
        double best = double.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            f = IrAssert.Parse(text);
            long start = Stopwatch.GetTimestamp();
            PassPipeline.RunInvocation(f);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        File.WriteAllText(Path.Combine(folder, name + ".opt.ir"), $"; passes: {best:F0} us\n{IrPrinter.Print(f)}");
    }
}
