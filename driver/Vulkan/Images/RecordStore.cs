using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Vulkan.Memory;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Images;

/// <summary>
/// The device's image and sampler records, in memory of the region that the driver owns. Records are what kernels see; what
/// counts for the driver is in the views' and samplers' objects.
/// </summary>
internal sealed class RecordStore(DeviceObject device)
{
    private const ulong ChunkBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Stack<ulong> _images = new(), _samplers = new();
    private ulong _null, _srgb;

    /// <summary>Region offset of a record of zeros, which is what null descriptors name.</summary>
    public ulong Null
    {
        get
        {
            lock (_gate)
                return _null != 0 ? _null : _null = device.Memory.AllocateInternal(ImageRecord.Size).Offset;
        }
    }

    /// <summary>Region offset of the linear numbers of the 256 sRGB bytes.</summary>
    public ulong SrgbTable
    {
        get
        {
            lock (_gate)
                return _srgb != 0 ? _srgb : _srgb = MakeSrgbTable();
        }
    }

    /// <summary>Writes a record and gives its region offset.</summary>
    public ulong Add(ImageRecord record)
    {
        ulong at = Take(_images, ImageRecord.Size);
        record.Write(device.Region.Span(at, ImageRecord.Size));
        return at;
    }

    /// <summary>Writes a record and gives its region offset.</summary>
    public ulong Add(SamplerRecord record)
    {
        ulong at = Take(_samplers, SamplerRecord.Size);
        record.Write(device.Region.Span(at, SamplerRecord.Size));
        return at;
    }

    /// <summary>Takes an image record back. It reads as zeros, so that a stale descriptor is a null one, until it is used
    /// again.</summary>
    public void FreeImage(ulong at) => Give(_images, at, ImageRecord.Size);

    public void FreeSampler(ulong at) => Give(_samplers, at, SamplerRecord.Size);

    private ulong Take(Stack<ulong> free, int size)
    {
        lock (_gate)
        {
            if (!free.TryPop(out ulong at))
            {
                RegionRange chunk = device.Memory.AllocateInternal(ChunkBytes);
                for (ulong next = chunk.End - (ulong)size; next > chunk.Offset; next -= (ulong)size)
                    free.Push(next);
                at = chunk.Offset;
            }

            return at;
        }
    }

    private void Give(Stack<ulong> free, ulong at, int size)
    {
        lock (_gate)
        {
            device.Region.Span(at, size).Clear();
            free.Push(at);
        }
    }

    private ulong MakeSrgbTable()
    {
        ulong at = device.Memory.AllocateInternal(ImageRecord.SrgbTableEntries * sizeof(float)).Offset;
        var table = device.Region.Span(at, ImageRecord.SrgbTableEntries * sizeof(float));
        for (int i = 0; i < ImageRecord.SrgbTableEntries; i++)
            BinaryPrimitives.WriteSingleLittleEndian(table[(i * 4)..], Formats.Srgb.ToLinear(i / 255f));
        return at;
    }
}
