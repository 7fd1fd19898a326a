using ShaderJit.Abi;
using ShaderJit.Vulkan.Memory;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

/// <summary>The tables of the sets that a command buffer pushes (VK_KHR_push_descriptor): pieces of the region, handed out
/// one after the other until the command buffer begins anew.</summary>
internal sealed class PushedTables(DeviceObject device)
{
    private const ulong ChunkBytes = 64 << 10;

    private readonly List<RegionRange> _chunks = [];
    private int _chunk;
    private ulong _used;

    /// <summary>Room for a set's table, zeros.</summary>
    public RegionRange Take(ulong bytes)
    {
        bytes = (bytes + DescriptorPoolObject.TableAlignment) & ~(DescriptorPoolObject.TableAlignment - 1);
        while (true)
        {
            if (_chunk == _chunks.Count)
                _chunks.Add(device.Memory.AllocateInternal(Math.Max(bytes, ChunkBytes)));
            var chunk = _chunks[_chunk];
            if (chunk.Bytes - _used >= bytes)
            {
                var table = new RegionRange(chunk.Offset + _used, bytes);
                _used += bytes;
                device.Region.Span(table.Offset, (int)bytes).Clear();
                return table;
            }

            _chunk++;
            _used = 0;
        }
    }

    /// <summary>All tables are free again.</summary>
    public void Reset()
    {
        _chunk = 0;
        _used = 0;
    }

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        foreach (var chunk in _chunks)
            device.Memory.FreeInternal(chunk);
        _chunks.Clear();
        Reset();
    }
}
