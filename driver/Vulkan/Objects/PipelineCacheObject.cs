using System.Buffers.Binary;
using System.Security.Cryptography;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Pipelines;

namespace ShaderJit.Vulkan.Objects;

/// <summary>
/// VkPipelineCache. Its data begins with VkPipelineCacheHeaderVersionOne; then, per kernel, the key, a digest, the
/// length and the bytes of a <see cref="KernelRecord"/>. The digest finds damage, so that a kernel that merely computes
/// something else is compiled anew; it proves nothing. Loaded data is hostile: a hit goes through the verifier like fresh
/// code.
/// </summary>
internal sealed class PipelineCacheObject(DeviceObject device) : DeviceChild(device)
{
    /// <summary>Bytes of VkPipelineCacheHeaderVersionOne, and of a digest.</summary>
    public const int HeaderBytes = 32, DigestBytes = 32;

    /// <summary>Bytes in front of each kernel's own: key, digest, length.</summary>
    public const int EntryHeaderBytes = PipelineKey.Bytes + DigestBytes + 4;

    private readonly Dictionary<PipelineKey, byte[]> _kernels = [];
    private readonly Lock _gate = new();

    /// <summary>Takes over what <see cref="Save"/> gave; data of another device or version is ignored.</summary>
    public void Load(ReadOnlySpan<byte> data)
    {
        Span<byte> header = stackalloc byte[HeaderBytes], digest = stackalloc byte[DigestBytes];
        WriteHeader(header);
        if (data.Length < HeaderBytes || !data[..HeaderBytes].SequenceEqual(header))
            return;
        data = data[HeaderBytes..];
        lock (_gate)
        {
            while (data.Length >= EntryHeaderBytes)
            {
                uint length = BinaryPrimitives.ReadUInt32LittleEndian(data[(EntryHeaderBytes - 4)..]);
                if (length > (uint)(data.Length - EntryHeaderBytes))
                    return;
                var kernel = data.Slice(EntryHeaderBytes, (int)length);
                WriteDigest(digest, data, kernel);
                if (digest.SequenceEqual(data.Slice(PipelineKey.Bytes, DigestBytes)))
                    _kernels[PipelineKey.Read(data)] = kernel.ToArray();
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
                WriteDigest(target[(at + PipelineKey.Bytes)..], target[at..], kernel);
                BinaryPrimitives.WriteInt32LittleEndian(target[(at + EntryHeaderBytes - 4)..], kernel.Length);
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

    /// <summary>SHA-256 of a kernel's key and bytes.</summary>
    public static void WriteDigest(Span<byte> target, ReadOnlySpan<byte> key, ReadOnlySpan<byte> kernel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(key[..PipelineKey.Bytes]);
        hash.AppendData(kernel);
        hash.GetHashAndReset(target);
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
