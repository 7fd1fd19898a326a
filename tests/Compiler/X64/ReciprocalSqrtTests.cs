using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Tests.Filetests;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.X64;

/// <summary>FRsqrt is within 2 ULP, for numbers of all sizes and the special ones.</summary>
public sealed class ReciprocalSqrtTests
{
    private const string Text = """
        function simd local_size=8,1,1 {
          resource r0 set=0 binding=0 count=1 table=0 stride=16 dynamic=-1
        b0:
          v0: i32 = const 0
          v1: base = buffer_base r0, v0
          v2: i32 = buffer_range r0, v0
          v3: lanes.bool = const true
          jump b1(v0)
        b1(v4: i32):
          v5: lanes.f32 = load_contiguous v1, v4, v3
          v6: lanes.f32 = frsqrt v5
          store_contiguous v1, v4, v6, v3
          v7: i32 = lane_count
          v8: i32 = const 2
          v9: i32 = shl v7, v8
          v10: i32 = iadd v4, v9
          v11: bool = ult v10, v2
          branch v11, b1(v10), b2
        b2:
          return
        }
        """;

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void WithinTwoUlp(int lanes)
    {
        var random = new Random(1);
        var inputs = new float[4096];
        for (int i = 0; i < inputs.Length; i++)
            inputs[i] = BitConverter.Int32BitsToSingle(random.Next(0x7F800000));
        ReadOnlySpan<float> special = [0f, -0f, float.PositiveInfinity, float.NaN, -1f, 1f, 4f, float.Epsilon, float.MaxValue];
        special.CopyTo(inputs);
        var bytes = new byte[inputs.Length * 4];
        Buffer.BlockCopy(inputs, 0, bytes, 0, bytes.Length);
        var result = MachineRun.Run(new KernelRun
        {
            Function = IrAssert.Parse(Text), LaneCount = lanes, Buffers = [new BoundBuffer(0, 0, bytes)],
        });
        for (int i = 0; i < inputs.Length; i++)
        {
            float actual = BitConverter.ToSingle(result.Buffers[0].Bytes, 4 * i);
            float expected = (float)(1 / Math.Sqrt(inputs[i]));
            bool near = float.IsNaN(expected) ? float.IsNaN(actual)
                : Math.Abs((long)BitConverter.SingleToInt32Bits(expected) - BitConverter.SingleToInt32Bits(actual)) <= 2;
            Assert.True(near, $"1/sqrt({inputs[i]:g9}) = {expected:g9}, not {actual:g9}");
        }
    }
}
