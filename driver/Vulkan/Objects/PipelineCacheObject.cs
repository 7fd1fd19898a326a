using System.Buffers.Binary;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Pipelines;

namespace ShaderJit.Vulkan.Objects;

/// <summary>
/// VkPipelineCache. Its data begins with VkPipelineCacheHeaderVersionOne; then, per kernel, the key, the length and the
/// bytes of a <see cref="KernelRecord"/>. Loaded data is hostile: a hit goes through the verifier like fresh code.
/// </summary>
internal sealed class PipelineCacheObject(DeviceObject device) : DeviceChild(device)
{
    private const int HeaderBytes = 32, EntryHeaderBytes = PipelineKey.Bytes + 4;

    private readonly Dictionary<PipelineKey, byte[]> _kernels = [];
    private readonly Lock _gate = new();

    /// <summary>Takes over what <see cref="Save"/> gave; data of another device or version is ignored.</summary>
    public void Load(ReadOnlySpan<byte> data)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        WriteHeader(header);
        if (data.Length < HeaderBytes || !data[..HeaderBytes].SequenceEqual(header))
            return;
        data = data[HeaderBytes..];
        lock (_gate)
        {
            while (data.Length >= EntryHeaderBytes)
            {
                uint length = BinaryPrimitives.ReadUInt32LittleEndian(data[PipelineKey.Bytes..]);
                if (length > (uint)(data.Length - EntryHeaderBytes))
                    return;
                _kernels[PipelineKey.Read(data)] = data.Slice(EntryHeaderBytes, (int)length).ToArray();
                data = data[(EntryHeaderBytes + (int)length)..];
            }
        }
    }

    /// <summary>Bytes that <see cref="Save"/> needs for everything.</summary>
    public int SavedBytes
    {
        get
        {
            lock (_gate)
            {
                long bytes = HeaderBytes;
                foreach (byte[] kernel in _kernels.Values)
                    bytes += EntryHeaderBytes + kernel.Length;
                return (int)Math.Min(bytes, int.MaxValue);
            }
        }
    }

    /// <summary>Writes the header and as many whole entries as fit.</summary>
    /// <returns>Bytes written, and whether that was everything.</returns>
    public (int Bytes, bool Complete) Save(Span<byte> target)
    {
        if (target.Length < HeaderBytes)
            return (0, false);
        WriteHeader(target);
        int at = HeaderBytes;
        lock (_gate)
        {
            foreach (var (key, kernel) in _kernels)
            {
                if (target.Length - at < EntryHeaderBytes + kernel.Length)
                    return (at, false);
                key.Write(target[at..]);
                BinaryPrimitives.WriteInt32LittleEndian(target[(at + PipelineKey.Bytes)..], kernel.Length);
                kernel.CopyTo(target[(at + EntryHeaderBytes)..]);
                at += EntryHeaderBytes + kernel.Length;
            }
        }

        return (at, true);
    }

    public void Merge(PipelineCacheObject source)
    {
        KeyValuePair<PipelineKey, byte[]>[] entries;
        lock (source._gate)
            entries = [.. source._kernels];
        lock (_gate)
        {
            foreach (var (key, kernel) in entries)
                _kernels.TryAdd(key, kernel);
        }
    }

    public KernelRecord? Find(PipelineKey key, int words)
    {
        byte[]? data;
        lock (_gate)
            _kernels.TryGetValue(key, out data);
        return data is null ? null : KernelRecord.Deserialize(data, words);
    }

    public void Add(PipelineKey key, KernelRecord kernel)
    {
        byte[] data = kernel.Serialize();
        lock (_gate)
            _kernels[key] = data;
    }

    private void WriteHeader(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], 1); // VK_PIPELINE_CACHE_HEADER_VERSION_ONE
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], DeviceIdentity.VendorId);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], DeviceIdentity.DeviceId);
        DeviceIdentity.WriteCacheUuid(target[16..], Device.Physical);
    }
}
