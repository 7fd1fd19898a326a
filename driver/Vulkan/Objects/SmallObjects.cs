using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkEvent.</summary>
internal sealed class EventObject(DeviceObject device) : DeviceChild(device)
{
    private readonly ManualResetEventSlim _set = new(false, spinCount: 20);

    public bool IsSet => _set.IsSet;

    public void Set() => _set.Set();

    public void Reset() => _set.Reset();

    /// <summary>Nobody can set it any more, so nobody waits for it any more.</summary>
    public override void Destroy() => _set.Set();

    /// <summary>Waits until it is set; false when the device was lost meanwhile.</summary>
    public bool Wait()
    {
        while (!_set.Wait(10))
        {
            if (Device.IsOver)
                return false;
        }

        return true;
    }
}

/// <summary>VkQueryPool.</summary>
/// <param name="statistics">What its queries count (VK_QUERY_TYPE_PIPELINE_STATISTICS), each bit a number; 0 for timestamps.</param>
internal sealed class QueryPoolObject(DeviceObject device, int count, QueryType type, QueryPipelineStatisticFlags statistics)
    : DeviceChild(device)
{
    private readonly ulong[] _values = new ulong[count];
    private readonly int[] _available = new int[count];

    public int Count => _values.Length;

    public QueryType Type { get; } = type;

    public QueryPipelineStatisticFlags Statistics { get; } = statistics;

    public void Reset(int query) => Volatile.Write(ref _available[query], 0);

    /// <summary>Notes what the count was when a query began.</summary>
    public void Begin(int query, ulong count) => _values[query] = count;

    /// <summary>Ends a query by what the count is now.</summary>
    public void End(int query, ulong count) => Write(query, count - _values[query]);

    /// <summary>Makes a result available: a timestamp in nanoseconds (timestampPeriod is 1), or a count.</summary>
    public void Write(int query, ulong value)
    {
        _values[query] = value;
        Volatile.Write(ref _available[query], 1);
        Device.Progress.Notify();
    }

    public bool TryRead(int query, out ulong value)
    {
        bool available = Volatile.Read(ref _available[query]) != 0;
        value = _values[query];
        return available;
    }
}

/// <summary>VkRenderPass: nothing draws, so that there is nothing to keep of it.</summary>
internal sealed class RenderPassObject(DeviceObject device) : DeviceChild(device);

/// <summary>VkFramebuffer, of which nothing is kept either.</summary>
internal sealed class FramebufferObject(DeviceObject device) : DeviceChild(device);
