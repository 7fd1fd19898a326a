using ShaderJit.Abi;
using ShaderJit.Compiler.Tests.Spirv;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Lowering;

/// <summary>Every kernel, lowered and run by the oracle on small inputs, gives what C# gives.</summary>
public sealed class KernelRunTests
{
    public static TheoryData<string, int> Kernels()
    {
        var data = new TheoryData<string, int>();
        foreach (string name in KernelFiles.Names())
        {
            data.Add(name, 8);
            data.Add(name, 16);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Gives_what_the_reference_gives(string name, int lanes)
    {
        var test = KernelRuns.Of(name[..name.IndexOf('.')]);
        var module = TestStage.Read(KernelFiles.Words(name));
        var f = TestStage.Lower(module, TestStage.Of(module));
        var buffers = new List<BoundBuffer>();
        for (int i = 0; i < test.Buffers.Length; i++)
            buffers.Add(new BoundBuffer(0, i, test.Buffers[i]));
        var result = Interpreter.Run(new KernelRun
        {
            Function = f, LaneCount = lanes, Groups = test.Groups, PushConstants = test.Push, Buffers = buffers,
        });
        Assert.True(result.Code == TrapCode.Finished, $"{result.Code} at {result.TrapNode}");
        test.Check(result.Buffers.Select(b => b.Bytes).ToArray());
    }
}
