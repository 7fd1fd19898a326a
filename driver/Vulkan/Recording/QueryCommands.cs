using System.Buffers.Binary;
using System.Numerics;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

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

/// <summary>vkCmdBeginQuery.</summary>
internal sealed class BeginQueryCommand(QueryPoolObject pool, int query) : Command
{
    public override void Run(Executor executor) => pool.Begin(query, QueryResults.Count(pool, executor));
}

/// <summary>vkCmdEndQuery.</summary>
internal sealed class EndQueryCommand(QueryPoolObject pool, int query) : Command
{
    public override void Run(Executor executor) => pool.End(query, QueryResults.Count(pool, executor));
}

/// <summary>vkCmdCopyQueryPoolResults.</summary>
internal sealed class CopyQueryPoolResultsCommand(QueryPoolObject pool, int first, int count, BufferObject target,
    ulong offset, ulong stride, QueryResultFlags flags) : Command
{
    public override void Run(Executor executor)
    {
        for (int i = 0; i < count; i++)
        {
            var range = new BufferRange(target, offset + ((ulong)i * stride), (ulong)QueryResults.Bytes(pool, flags));
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
    /// <summary>What queries of the pool count, as far as it has come: of samples that passed there are none.</summary>
    public static ulong Count(QueryPoolObject pool, Executor executor) => pool.Type == QueryType.Occlusion ? 0 : executor.Invocations;

    /// <summary>Bytes of one query's result.</summary>
    public static int Bytes(QueryPoolObject pool, QueryResultFlags flags) =>
        Width(flags) * (Numbers(pool) + ((flags & QueryResultFlags.WithAvailabilityBit) != 0 ? 1 : 0));

    /// <summary>Writes one result; false where the query is not available.</summary>
    public static bool Write(QueryPoolObject pool, int query, QueryResultFlags flags, Span<byte> target)
    {
        bool available = pool.TryRead(query, out ulong value);
        int width = Width(flags), numbers = Numbers(pool);
        for (int i = 0; i < numbers && (available || (flags & QueryResultFlags.PartialBit) != 0); i++)
            Put(target[(i * width)..], available && Counts(pool, i) ? value : 0, width);
        if ((flags & QueryResultFlags.WithAvailabilityBit) != 0)
            Put(target[(numbers * width)..], available ? 1u : 0u, width);
        return available;
    }

    private static int Width(QueryResultFlags flags) => (flags & QueryResultFlags.Result64Bit) != 0 ? 8 : 4;

    private static int Numbers(QueryPoolObject pool) =>
        pool.Type == QueryType.PipelineStatistics ? BitOperations.PopCount((uint)pool.Statistics) : 1;

    /// <summary>Whether a number is what the query counts: of statistics, only compute shaders' invocations ever happen.</summary>
    private static bool Counts(QueryPoolObject pool, int number)
    {
        if (pool.Type != QueryType.PipelineStatistics)
            return true;
        const QueryPipelineStatisticFlags compute = QueryPipelineStatisticFlags.ComputeShaderInvocationsBit;
        return (pool.Statistics & compute) != 0 && BitOperations.PopCount((uint)pool.Statistics & ((uint)compute - 1)) == number;
    }

    private static void Put(Span<byte> target, ulong value, int width)
    {
        if (width == 8)
            BinaryPrimitives.WriteUInt64LittleEndian(target, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)value);
    }
}
