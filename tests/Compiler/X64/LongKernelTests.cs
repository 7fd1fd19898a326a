using System.Text;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.Compiler.Tests.Simd;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.X64;

/// <summary>Kernels of thousands of branches: they do what the oracle does, and what a compile of them takes grows with their
/// length and not with its square. Memory stands for time, as it does not depend on the machine.</summary>
public sealed class LongKernelTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void ThousandsOfBranchesAgreeWithOracle(int lanes)
    {
        var f = IrAssert.Parse(Chain(4200));
        IrAssert.Verify(f, "making");
        byte[] input = new byte[1024];
        for (int i = 0; i < input.Length; i += 4)
            input[i] = (byte)(i * 37 / 4);
        var expected = Interpreter.Run(Run(f, input, lanes));
        Assert.Equal(TrapCode.Finished, expected.Code);
        var actual = MachineRun.Run(Run(Optimized(f, lanes), input, lanes));
        Assert.Equal(TrapCode.Finished, actual.Code);
        for (int b = 0; b < 2; b++)
            Assert.Equal(expected.Buffers[b].Bytes, actual.Buffers[b].Bytes);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void FourTimesTheBranchesTakeLessThanEightTimesTheMemory(int lanes)
    {
        Compile(Chain(50), lanes);
        long few = Compile(Chain(1000), lanes), many = Compile(Chain(4000), lanes);
        Assert.True(many < 8 * few, $"{few} and {many} bytes");
    }

    /// <summary>Bytes allocated by passes, SIMD stage and back end.</summary>
    private static long Compile(string text, int lanes)
    {
        var f = IrAssert.Parse(text);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var g = Optimized(f, lanes);
        var diagnostics = new List<Diagnostic>();
        Assert.True(ShaderJit.Compiler.X64.X64Backend.Emit(g, new TargetFeatures(lanes, 36), diagnostics) is not null,
            string.Join('\n', diagnostics));
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static Function Optimized(Function f, int lanes)
    {
        PassPipeline.RunInvocation(f);
        var g = VectorizerTests.Vectorize(f, lanes);
        PassPipeline.RunSimd(g, lanes);
        return g;
    }

    private static KernelRun Run(Function f, byte[] input, int lanes) => new()
    {
        Function = f, LaneCount = lanes, RegionBits = 36, StepLimit = 100_000_000,
        Buffers = [new BoundBuffer(0, 0, (byte[])input.Clone()), new BoundBuffer(0, 1, new byte[256])],
    };

    /// <summary>A loop whose turns the lanes leave one after the other, around many branches: each reads an element of its own
    /// and adds to a sum where it equals a number, every third stores as well.</summary>
    private static string Chain(int branches)
    {
        var text = new StringBuilder("""
            function invocation local_size=64,1,1 workgroup_bytes=0 {
              resource r0 set=0 binding=0 count=1 table=0 stride=16 dynamic=-1
              resource r1 set=0 binding=1 count=1 table=16 stride=16 dynamic=-1
            b0:
              v0: i32 = const 0
              v1: i32 = builtin.local_index
              v2: base = buffer_base r0, v0
              v3: base = buffer_base r1, v0
              v4: i32 = const 2
              v5: i32 = shl v1, v4
              v6: i32 = const 1
              v7: i32 = const 3
              v8: i32 = and v1, v7
              v9: i32 = const 1020
              jump b1(v0, v0)
            b1(v10: i32, v11: i32) merge=b3 continue=b2:

            """);
        int value = 20, block = 4;
        string sum = "v11";
        for (int k = 0; k < branches; k++, value += 8, block += 2)
        {
            text.Append($"""
                  v{value}: i32 = const {k * 4}
                  v{value + 1}: i32 = iadd v5, v{value}
                  v{value + 2}: i32 = and v{value + 1}, v9
                  v{value + 3}: i32 = load v2, v{value + 2}
                  v{value + 4}: i32 = const {k * 101 % 256}
                  v{value + 5}: bool = ieq v{value + 3}, v{value + 4}
                  branch v{value + 5}, b{block}, b{block + 1}({sum})
                b{block}:
                  v{value + 6}: i32 = iadd {sum}, v{value}
                {(k % 3 == 0 ? $"  store v3, v5, v{value + 6}" : "")}
                  jump b{block + 1}(v{value + 6})
                b{block + 1}(v{value + 7}: i32):

                """);
            sum = $"v{value + 7}";
        }

        return text.Append($$"""
              jump b2
            b2:
              v{{value}}: i32 = iadd v10, v6
              v{{value + 1}}: bool = ult v10, v8
              branch v{{value + 1}}, b1(v{{value}}, {{sum}}), b3
            b3:
              store v3, v5, {{sum}}
              return
            }
            """).ToString();
    }
}
