using ShaderJit.Kernels;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>The kernels, with references computed in C#, at every width that this machine has.</summary>
public sealed class KernelTests : VulkanTest
{
    public static TheoryData<string, bool, int> Cases
    {
        get
        {
            var data = new TheoryData<string, bool, int>();
            foreach (string name in KernelCases.Names)
            {
                foreach (bool optimized in (bool[])[false, true])
                {
                    foreach (int lanes in TestDevice.Widths)
                        data.Add(name, optimized, lanes);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Right(string name, bool optimized, int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        using var run = new CaseRun(device.Vulkan, KernelCases.Make(name), optimized);
        run.Run();
        var first = run.Check();
        Assert.True(first.IsRight, first.Note);

        // And again, from what the first run left.
        run.Run();
        var second = run.Check();
        Assert.True(second.IsRight, second.Note);
        Assert.Empty(device.Messages);
    }

    public static TheoryData<string, int> Workloads
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string name in KernelCases.WorkloadNames)
            {
                foreach (int lanes in TestDevice.Widths)
                    data.Add(name, lanes);
            }

            return data;
        }
    }

    /// <summary>The second set, at sizes that leave rows, blocks and subgroups unfilled.</summary>
    [Theory]
    [MemberData(nameof(Workloads))]
    public void WorkloadRight(string name, int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        using var run = new CaseRun(device.Vulkan, KernelCases.Make(name, small: true), optimized: true);
        run.Run();
        var result = run.Check();
        Assert.True(result.IsRight, result.Note);
        Assert.Empty(device.Messages);
    }
}
