using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Recording;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

namespace ShaderJit.Vulkan.Api;

/// <summary>Queries: timestamps, how many invocations compute shaders had, and occlusion, of which nothing is drawn that could count.</summary>
internal static unsafe class QueryApi
{
    private const uint MaxQueries = 1 << 20;

    [UnmanagedCallersOnly]
    public static Result CreateQueryPool(Device device, QueryPoolCreateInfo* info, AllocationCallbacks* allocator,
        QueryPool* pool) => Entry.Create(device, info, pool, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyQueryPool(Device device, QueryPool pool, AllocationCallbacks* allocator) =>
        Entry.Destroy<QueryPoolObject>(device, pool.Handle);

    [UnmanagedCallersOnly]
    public static Result GetQueryPoolResults(Device device, QueryPool pool, uint first, uint count, nuint bytes, void* data,
        ulong stride, QueryResultFlags flags)
    {
        try
        {
            var owner = Entry.Get(device);
            var found = Entry.Get<QueryPoolObject>(owner, pool.Handle);
            Check(found, first, count);
            int each = QueryResults.Bytes(found, flags);
            var result = Result.Success;
            for (uint i = 0; i < count; i++)
            {
                if (i * stride + (ulong)each > bytes)
                    throw new VulkanException(Result.ErrorUnknown, "VUID-vkGetQueryPoolResults-dataSize-00817: too little room");
                if ((flags & QueryResultFlags.WaitBit) != 0)
                    owner.Progress.Wait([new QueryWait(found, (int)(first + i))], all: true, ulong.MaxValue);
                if (!QueryResults.Write(found, (int)(first + i), flags, new Span<byte>((byte*)data + (i * stride), each)))
                    result = Result.NotReady;
            }

            return owner.IsOver ? Result.ErrorDeviceLost : result;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void ResetQueryPool(Device device, QueryPool pool, uint first, uint count)
    {
        try
        {
            var found = Entry.Get<QueryPoolObject>(Entry.Get(device), pool.Handle);
            Check(found, first, count);
            for (uint i = 0; i < count; i++)
                found.Reset((int)(first + i));
        }
        catch (Exception e)
        {
            Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdResetQueryPool(CommandBuffer buffer, QueryPool pool, uint first, uint count)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var found = Entry.Get<QueryPoolObject>(target.Device, pool.Handle);
            Check(found, first, count);
            target.Recorder!.Commands.Add(new ResetQueryPoolCommand(found, (int)first, (int)count));
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdBeginQuery(CommandBuffer buffer, QueryPool pool, uint query, QueryControlFlags flags) =>
        ChangeQuery(buffer, pool, query, begin: true);

    [UnmanagedCallersOnly]
    public static void CmdEndQuery(CommandBuffer buffer, QueryPool pool, uint query) =>
        ChangeQuery(buffer, pool, query, begin: false);

    [UnmanagedCallersOnly]
    public static void CmdWriteTimestamp(CommandBuffer buffer, PipelineStageFlags stage, QueryPool pool, uint query) =>
        WriteTimestamp(buffer, pool, query);

    [UnmanagedCallersOnly]
    public static void CmdWriteTimestamp2(CommandBuffer buffer, PipelineStageFlags2 stage, QueryPool pool, uint query) =>
        WriteTimestamp(buffer, pool, query);

    private static void WriteTimestamp(CommandBuffer buffer, QueryPool pool, uint query)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var found = Entry.Get<QueryPoolObject>(target.Device, pool.Handle);
            Check(found, query, 1);
            target.Recorder!.Commands.Add(new WriteTimestampCommand(found, (int)query));
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdCopyQueryPoolResults(CommandBuffer buffer, QueryPool pool, uint first, uint count,
        Buffer destination, ulong offset, ulong stride, QueryResultFlags flags)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var found = Entry.Get<QueryPoolObject>(target.Device, pool.Handle);
            Check(found, first, count);
            var to = Entry.Get<BufferObject>(target.Device, destination.Handle);
            target.Recorder!.Commands.Add(
                new CopyQueryPoolResultsCommand(found, (int)first, (int)count, to, offset, stride, flags));
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    private static void ChangeQuery(CommandBuffer buffer, QueryPool pool, uint query, bool begin)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var found = Entry.Get<QueryPoolObject>(target.Device, pool.Handle);
            Check(found, query, 1);
            if (found.Type == QueryType.Timestamp)
                throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdBeginQuery-queryType-02804: timestamps are written, not begun");
            target.Recorder!.Commands.Add(begin ? new BeginQueryCommand(found, (int)query) : new EndQueryCommand(found, (int)query));
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    private static QueryPoolObject Make(DeviceObject device, QueryPoolCreateInfo* info)
    {
        if (info->QueryType is not (QueryType.Timestamp or QueryType.Occlusion or QueryType.PipelineStatistics))
            throw new VulkanException(Result.ErrorUnknown, $"queries of type {info->QueryType} are not supported");
        if (info->QueryCount is 0 or > MaxQueries)
            throw new VulkanException(Result.ErrorOutOfHostMemory, $"a pool of {info->QueryCount} queries");
        if (info->QueryType == QueryType.PipelineStatistics && info->PipelineStatistics == 0)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkQueryPoolCreateInfo-queryType-09534: no statistics asked");
        return new QueryPoolObject(device, (int)info->QueryCount, info->QueryType, info->PipelineStatistics);
    }

    private static void Check(QueryPoolObject pool, uint first, uint count)
    {
        if (first > (uint)pool.Count || count > (uint)pool.Count - first)
            throw new VulkanException(Result.ErrorUnknown, $"queries {first} to {first + (ulong)count} are not in the pool of {pool.Count}");
    }
}
