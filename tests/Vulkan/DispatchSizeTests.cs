using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Dispatches that run on the queue's thread and dispatches that are shared, of one pipeline, in turns.</summary>
public sealed class DispatchSizeTests : VulkanTest
{
    private const uint Groups = 4096, LocalSize = 64, Small = 16, Count = Groups * LocalSize;

    [Fact]
    public void LargeAndSmallOnesKeepTheirOrder()
    {
        using var device = new TestDevice();
        var data = device.Buffer((int)Count * 4);
        var kernel = device.Kernel("fill", 8, data);
        const uint turns = 50;
        var commands = device.Record(c =>
        {
            for (uint i = 0; i < turns; i++)
            {
                kernel.Dispatch(c, Groups, i, Count);
                kernel.Dispatch(c, 1, 1_000_000 + i, Small);
            }
        });
        var fence = device.Fence();
        for (int round = 0; round < 3; round++)
        {
            data.Bytes.Clear();
            device.Submit(fence, commands);
            device.Wait(fence);
            TestDevice.Check(device.Vk.ResetFences(device.Device, 1, in fence));
            for (uint i = 0; i < Count; i++)
            {
                uint expected = (i < Small ? 1_000_000u : 0) + turns - 1 + i;
                if (data.Words()[(int)i] != expected)
                    Assert.Fail($"word {i} is {data.Words()[(int)i]} and not {expected} in round {round}");
            }
        }
    }

    [Fact]
    public void AGridThatGrowsAThousandfoldIsCompleteEachTime()
    {
        using var device = new TestDevice();
        var data = device.Buffer((int)Count * 4);
        var kernel = device.Kernel("fill", 8, data);
        for (uint groups = 1; groups <= Groups; groups *= 4)
        {
            for (uint value = 1; value <= 3; value++)
            {
                kernel.Run(groups, value * 1000, Count);
                for (uint i = 0; i < groups * LocalSize; i++)
                {
                    if (data.Words()[(int)i] != (value * 1000) + i)
                        Assert.Fail($"word {i} of {groups} workgroups is {data.Words()[(int)i]}");
                }
            }
        }
    }
}
