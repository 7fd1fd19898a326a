using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>VK_EXT_conditional_rendering, as far as it concerns dispatches: a query counts those that ran.</summary>
public sealed unsafe class ConditionTests : VulkanTest
{
    private const BufferUsageFlags Usage =
        BufferUsageFlags.ConditionalRenderingBitExt | BufferUsageFlags.TransferDstBit | BufferUsageFlags.IndirectBufferBit;

    /// <summary>The value is the whole word at the offset; its neighbours do not count.</summary>
    [Theory]
    [InlineData(0u, false, false)]
    [InlineData(1u, false, true)]
    [InlineData(0x80000000u, false, true)]
    [InlineData(0u, true, true)]
    [InlineData(0x100u, true, false)]
    public void DispatchesRunWhereTheConditionHolds(uint value, bool isInverted, bool runs)
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var condition = Words(device, 1 - value % 2, value, 1 - value % 2, 0);
        var indirect = Words(device, 1000, 1, 1);
        var kernel = device.Kernel("print", 4, device.Buffer(24 * 4 * 4));
        var secondary = device.Record(c => kernel.Dispatch(c, 100, 3), CommandBufferLevel.Secondary);
        ulong ran = Groups(device, c =>
        {
            kernel.Dispatch(c, 1, 3);
            Begin(device, c, condition, 4, isInverted);
            kernel.Dispatch(c, 10, 3);
            vk.CmdExecuteCommands(c, 1, in secondary);
            vk.CmdDispatchIndirect(c, indirect.Handle, 0);
            vk.CmdFillBuffer(c, condition.Handle, 12, 4, 77);
            vk.CmdEndConditionalRenderingEXT(c);
            kernel.Dispatch(c, 2, 3);
        });
        Assert.Equal(runs ? 1113ul : 3, ran);
        Assert.Equal(77u, condition.Words()[3]);
    }

    /// <summary>What commands before it wrote is what counts; and a secondary command buffer may have a condition of its own.</summary>
    [Fact]
    public void TheValueIsReadWhenItsTurnComes()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var condition = Words(device, 1, 0);
        var kernel = device.Kernel("print", 4, device.Buffer(24 * 4 * 4));
        var secondary = device.Record(c =>
        {
            Begin(device, c, condition, 4, false);
            kernel.Dispatch(c, 10, 3);
            vk.CmdEndConditionalRenderingEXT(c);
            kernel.Dispatch(c, 100, 3);
        }, CommandBufferLevel.Secondary);
        ulong ran = Groups(device, c =>
        {
            vk.CmdFillBuffer(c, condition.Handle, 0, 4, 0);
            Begin(device, c, condition, 0, false);
            kernel.Dispatch(c, 1, 3);
            vk.CmdEndConditionalRenderingEXT(c);
            vk.CmdExecuteCommands(c, 1, in secondary);
            vk.CmdFillBuffer(c, condition.Handle, 4, 4, 5);
            vk.CmdExecuteCommands(c, 1, in secondary);
        });
        Assert.Equal(210ul, ran);
    }

    [Fact]
    public void ConditionsThatAreNoWordsAreRefused()
    {
        using var device = new TestDevice();
        var buffer = device.CommandBuffer();
        var begin = new CommandBufferBeginInfo();
        TestDevice.Check(device.Vk.BeginCommandBuffer(buffer, in begin));
        Begin(device, buffer, Words(device, 1, 1), 2, false);
        Assert.NotEqual(Result.Success, device.Vk.EndCommandBuffer(buffer));
    }

    private static HostBuffer Words(TestDevice device, params uint[] words)
    {
        var buffer = device.Buffer(words.Length * 4, Usage);
        words.CopyTo(buffer.Words());
        return buffer;
    }

    private static void Begin(TestDevice device, CommandBuffer c, HostBuffer condition, ulong offset, bool isInverted)
    {
        var begin = new ConditionalRenderingBeginInfoEXT
        {
            Buffer = condition.Handle, Offset = offset, Flags = isInverted ? ConditionalRenderingFlagsEXT.InvertedBitExt : 0,
        };
        device.Vk.CmdBeginConditionalRenderingEXT(c, in begin);
    }

    /// <summary>Workgroups of "print" that ran.</summary>
    private static ulong Groups(TestDevice device, Action<CommandBuffer> body)
    {
        var info = new QueryPoolCreateInfo
        {
            QueryType = QueryType.PipelineStatistics, QueryCount = 1, PipelineStatistics = QueryPipelineStatisticFlags.ComputeShaderInvocationsBit,
        };
        TestDevice.Check(device.Vk.CreateQueryPool(device.Device, in info, null, out var pool));
        device.Later(() => device.Vk.DestroyQueryPool(device.Device, pool, null));
        device.Run(c =>
        {
            device.Vk.CmdBeginQuery(c, pool, 0, 0);
            body(c);
            device.Vk.CmdEndQuery(c, pool, 0);
        });
        ulong invocations;
        TestDevice.Check(device.Vk.GetQueryPoolResults(device.Device, pool, 0, 1, 8, &invocations, 8, QueryResultFlags.Result64Bit));
        return invocations / 24;
    }
}
