using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Queries of pipeline statistics: how many invocations compute shaders had.</summary>
public sealed unsafe class StatisticsTests : VulkanTest
{
    private const QueryPipelineStatisticFlags All = QueryPipelineStatisticFlags.InputAssemblyVerticesBit
        | QueryPipelineStatisticFlags.FragmentShaderInvocationsBit | QueryPipelineStatisticFlags.ComputeShaderInvocationsBit;

    [Fact]
    public void InvocationsBetweenBeginAndEndAreCounted()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var pool = Pool(device, QueryPipelineStatisticFlags.ComputeShaderInvocationsBit, 3);
        var kernel = device.Kernel("print", 4, device.Buffer(24 * 100 * 4));
        var copied = device.Buffer(64);
        ulong* results = stackalloc ulong[4];
        Assert.Equal(Result.NotReady, vk.GetQueryPoolResults(device.Device, pool, 0, 2, 32, results, 16,
            QueryResultFlags.Result64Bit | QueryResultFlags.WithAvailabilityBit));
        Assert.Equal((0ul, 0ul), (results[1], results[3]));
        device.Run(c =>
        {
            vk.CmdResetQueryPool(c, pool, 0, 3);
            kernel.Dispatch(c, 7, 3);
            vk.CmdBeginQuery(c, pool, 0, 0);
            kernel.Dispatch(c, 3, 3);
            vk.CmdDispatch(c, 2, 0, 5);
            kernel.Dispatch(c, 100, 3);
            vk.CmdEndQuery(c, pool, 0);
            vk.CmdBeginQuery(c, pool, 1, 0);
            vk.CmdEndQuery(c, pool, 1);
            vk.CmdCopyQueryPoolResults(c, pool, 0, 3, copied.Handle, 0, 8, QueryResultFlags.WithAvailabilityBit | QueryResultFlags.PartialBit);
        });
        TestDevice.Check(vk.GetQueryPoolResults(device.Device, pool, 0, 2, 32, results, 16,
            QueryResultFlags.Result64Bit | QueryResultFlags.WithAvailabilityBit | QueryResultFlags.WaitBit));
        Assert.Equal((103ul * 24, 1ul, 0ul, 1ul), (results[0], results[1], results[2], results[3]));
        Assert.Equal([103 * 24, 1, 0, 1, 0, 0], copied.Words()[..6].ToArray());
        vk.ResetQueryPool(device.Device, pool, 0, 1);
        Assert.Equal(Result.NotReady, vk.GetQueryPoolResults(device.Device, pool, 0, 1, 8, results, 8, QueryResultFlags.Result64Bit));
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void EachStatisticIsANumberInTheOrderOfTheBits()
    {
        using var device = new TestDevice();
        var pool = Pool(device, All, 1);
        var kernel = device.Kernel("print", 4, device.Buffer(24 * 4));
        device.Run(c =>
        {
            device.Vk.CmdBeginQuery(c, pool, 0, 0);
            kernel.Dispatch(c, 1, 3);
            device.Vk.CmdEndQuery(c, pool, 0);
        });
        uint* results = stackalloc uint[4];
        TestDevice.Check(device.Vk.GetQueryPoolResults(device.Device, pool, 0, 1, 16, results, 16, QueryResultFlags.WithAvailabilityBit));
        Assert.Equal([0, 0, 24, 1], new Span<uint>(results, 4).ToArray());
        Assert.NotEqual(Result.Success, device.Vk.GetQueryPoolResults(device.Device, pool, 0, 1, 12, results, 16, QueryResultFlags.WithAvailabilityBit));
    }

    [Fact]
    public void SecondaryCommandBuffersCountToo()
    {
        using var device = new TestDevice();
        var pool = Pool(device, QueryPipelineStatisticFlags.ComputeShaderInvocationsBit, 1);
        var kernel = device.Kernel("print", 4, device.Buffer(24 * 4 * 4));
        var secondary = device.Record(c => kernel.Dispatch(c, 4, 3), CommandBufferLevel.Secondary);
        device.Run(c =>
        {
            device.Vk.CmdBeginQuery(c, pool, 0, 0);
            device.Vk.CmdExecuteCommands(c, 1, in secondary);
            device.Vk.CmdExecuteCommands(c, 1, in secondary);
            device.Vk.CmdEndQuery(c, pool, 0);
        });
        ulong result;
        TestDevice.Check(device.Vk.GetQueryPoolResults(device.Device, pool, 0, 1, 8, &result, 8, QueryResultFlags.Result64Bit));
        Assert.Equal(2ul * 4 * 24, result);
    }

    [Fact]
    public void TimestampsDoNotBegin()
    {
        using var device = new TestDevice();
        var info = new QueryPoolCreateInfo { QueryType = QueryType.Timestamp, QueryCount = 1 };
        TestDevice.Check(device.Vk.CreateQueryPool(device.Device, in info, null, out var pool));
        Assert.Throws<ShaderJit.Kernels.VulkanFailure>(() => device.Run(c => device.Vk.CmdBeginQuery(c, pool, 0, 0)));
        Assert.NotEmpty(device.Messages);
        device.Vk.DestroyQueryPool(device.Device, pool, null);
    }

    [Fact]
    public void NoSamplesPassWhereNothingIsDrawn()
    {
        using var device = new TestDevice();
        var kernel = device.Kernel("print", 4, device.Buffer(24 * 4 * 4));
        var info = new QueryPoolCreateInfo { QueryType = QueryType.Occlusion, QueryCount = 2 };
        TestDevice.Check(device.Vk.CreateQueryPool(device.Device, in info, null, out var pool));
        var secondary = device.Record(c => kernel.Dispatch(c, 2), CommandBufferLevel.Secondary);
        device.Run(c =>
        {
            device.Vk.CmdResetQueryPool(c, pool, 0, 2);
            device.Vk.CmdBeginQuery(c, pool, 0, QueryControlFlags.PreciseBit);
            device.Vk.CmdExecuteCommands(c, 1, in secondary);
            device.Vk.CmdEndQuery(c, pool, 0);
        });
        var results = stackalloc ulong[] { 9, 9, 9, 9 };
        const QueryResultFlags flags = QueryResultFlags.Result64Bit | QueryResultFlags.WithAvailabilityBit;
        Assert.Equal(Result.NotReady, device.Vk.GetQueryPoolResults(device.Device, pool, 0, 2, 32, results, 16, flags));
        Assert.Equal([0, 1, 9, 0], new ReadOnlySpan<ulong>(results, 4).ToArray());
        device.Vk.DestroyQueryPool(device.Device, pool, null);
    }

    private static QueryPool Pool(TestDevice device, QueryPipelineStatisticFlags statistics, uint count)
    {
        var info = new QueryPoolCreateInfo { QueryType = QueryType.PipelineStatistics, QueryCount = count, PipelineStatistics = statistics };
        TestDevice.Check(device.Vk.CreateQueryPool(device.Device, in info, null, out var pool));
        device.Later(() => device.Vk.DestroyQueryPool(device.Device, pool, null));
        return pool;
    }
}
