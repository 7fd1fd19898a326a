using System.Buffers.Binary;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

/// <summary>vkCmdSetEvent and vkCmdResetEvent. Commands run in order, so every earlier stage has completed.</summary>
internal sealed class SetEventCommand(EventObject target, bool set) : Command
{
    public override void Run(Executor executor)
    {
        if (set)
            target.Set();
        else
            target.Reset();
    }
}

/// <summary>vkCmdWaitEvents.</summary>
internal sealed class WaitEventsCommand(EventObject[] events) : Command
{
    public override void Run(Executor executor)
    {
        foreach (var e in events)
        {
            if (!e.Wait())
                return;
        }
    }
}

/// <summary>vkCmdResetQueryPool.</summary>
internal sealed class ResetQueryPoolCommand(QueryPoolObject pool, int first, int count) : Command
{
    public override void Run(Executor executor)
    {
        for (int i = 0; i < count; i++)
            pool.Reset(first + i);
    }
}

/// <summary>vkCmdWriteTimestamp: nanoseconds of the host's monotonic clock.</summary>
internal sealed class WriteTimestampCommand(QueryPoolObject pool, int query) : Command
{
    public override void Run(Executor executor) => pool.Write(query, Api.ClockApi.Nanoseconds);
}

/// <summary>vkCmdCopyQueryPoolResults.</summary>
internal sealed class CopyQueryPoolResultsCommand(QueryPoolObject pool, int first, int count, BufferObject target,
    ulong offset, ulong stride, QueryResultFlags flags) : Command
{
    public override void Run(Executor executor)
    {
        for (int i = 0; i < count; i++)
        {
            var range = new BufferRange(target, offset + ((ulong)i * stride), (ulong)QueryResults.Bytes(flags));
            if (range.IsValid)
            {
                QueryResults.Write(pool, first + i, flags,
                    executor.Device.Region.Span(range.RegionOffset, (int)range.Bytes));
            }
        }
    }
}

/// <summary>The layout of one query's result (vkGetQueryPoolResults, vkCmdCopyQueryPoolResults).</summary>
internal static class QueryResults
{
    /// <summary>Bytes of one query's result.</summary>
    public static int Bytes(QueryResultFlags flags) =>
        ((flags & QueryResultFlags.Result64Bit) != 0 ? 8 : 4) *
        ((flags & QueryResultFlags.WithAvailabilityBit) != 0 ? 2 : 1);

    /// <summary>Writes one result; false where the query is not available.</summary>
    public static bool Write(QueryPoolObject pool, int query, QueryResultFlags flags, Span<byte> target)
    {
        bool available = pool.TryRead(query, out ulong value);
        bool wide = (flags & QueryResultFlags.Result64Bit) != 0;
        if (available || (flags & QueryResultFlags.PartialBit) != 0)
            Put(target, available ? value : 0, wide);
        if ((flags & QueryResultFlags.WithAvailabilityBit) != 0)
            Put(target[(wide ? 8 : 4)..], available ? 1u : 0u, wide);
        return available;
    }

    private static void Put(Span<byte> target, ulong value, bool wide)
    {
        if (wide)
            BinaryPrimitives.WriteUInt64LittleEndian(target, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)value);
    }
}

/// <summary>vkCmdExecuteCommands: what a secondary command buffer held when it was recorded into the primary one.</summary>
internal sealed class ExecuteCommandsCommand(List<Command> commands) : Command
{
    public override void Run(Executor executor) => executor.Run(commands);
}
