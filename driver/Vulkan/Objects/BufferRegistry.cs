namespace ShaderJit.Vulkan.Objects;

/// <summary>The bound buffers of a device, so that a fault report can say which one an address lies in.</summary>
internal sealed class BufferRegistry
{
    private readonly HashSet<BufferObject> _buffers = [];
    private readonly Lock _gate = new();

    public void Add(BufferObject buffer)
    {
        lock (_gate)
            _buffers.Add(buffer);
    }

    public void Remove(BufferObject buffer)
    {
        lock (_gate)
            _buffers.Remove(buffer);
    }

    /// <summary>The buffer that a region offset lies in, or else the one that ends closest before it within
    /// <paramref name="slack"/> bytes, or null.</summary>
    public BufferObject? Find(ulong regionOffset, ulong slack = 0)
    {
        BufferObject? nearest = null;
        ulong distance = ulong.MaxValue;
        lock (_gate)
        {
            foreach (var buffer in _buffers)
            {
                if (!buffer.IsResident || regionOffset < buffer.RegionOffset)
                    continue;
                ulong beyond = regionOffset - buffer.RegionOffset;
                if (beyond < buffer.Size)
                    return buffer;
                if (beyond - buffer.Size < slack && beyond - buffer.Size < distance)
                {
                    nearest = buffer;
                    distance = beyond - buffer.Size;
                }
            }
        }

        return nearest;
    }
}
