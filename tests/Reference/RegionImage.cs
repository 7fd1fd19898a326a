using System.Buffers.Binary;
using ShaderJit.Abi;

namespace ShaderJit.Reference;

/// <summary>
/// The bytes of a region as the driver lays it out for a dispatch: null guard, descriptor tables, push constants,
/// buffers, one worker's scratch; and the argument frame that points there. Machine code and oracle run on the same
/// image.
/// </summary>
public sealed class RegionImage
{
    private readonly List<int> _bufferOffsets = [];
    private byte[] _bytes = new byte[KernelAbi.NullGuardBytes];
    private bool[] _valid = new bool[KernelAbi.NullGuardBytes];
    private int _end = KernelAbi.NullGuardBytes, _srgbTable;

    /// <summary>Contents of the region from byte 0 on.</summary>
    public byte[] Bytes => _bytes;

    /// <summary>Which bytes belong to something; the rest must not be touched.</summary>
    public bool[] Valid => _valid;

    /// <summary>The argument frame, <see cref="ArgumentFrame.Size"/> bytes: the whole dispatch as one entry.</summary>
    public byte[] Frame { get; } = new byte[ArgumentFrame.Size];

    /// <summary>Region offset of the scratch memory; the Invocation level keeps its workgroup memory there.</summary>
    public int ScratchOffset { get; }

    /// <summary>Region offset of each of the run's buffers.</summary>
    public IReadOnlyList<int> BufferOffsets => _bufferOffsets;

    public RegionImage(KernelRun run)
    {
        var f = run.Function;
        foreach (var buffer in run.Buffers)
        {
            int offset = Allocate(buffer.Bytes.Length);
            buffer.Bytes.CopyTo(_bytes, offset);
            _bufferOffsets.Add(offset);
        }

        WriteTables(run);
        int push = Allocate(Math.Max(run.PushConstants.Length, f.PushConstantBytes));
        run.PushConstants.CopyTo(_bytes, push);
        ScratchOffset = Allocate(Math.Max(f.ScratchBytes, f.WorkgroupBytes));
        Array.Fill(_bytes, (byte)0xcd, ScratchOffset, Math.Max(f.ScratchBytes, f.WorkgroupBytes));
        Allocate(64);

        Put32(Frame, ArgumentFrame.NumWorkgroups, run.Groups);
        Put32(Frame, ArgumentFrame.BaseWorkgroup, run.BaseGroup);
        Put32(Frame, ArgumentFrame.FirstWorkgroup, (0, 0, 0));
        BinaryPrimitives.WriteUInt32LittleEndian(Frame.AsSpan(ArgumentFrame.WorkgroupCount), run.Groups.X * run.Groups.Y * run.Groups.Z);
        Put64(Frame, ArgumentFrame.ScratchOffset, ScratchOffset);
        Put64(Frame, ArgumentFrame.PushConstantOffset, push);
    }

    /// <summary>The run's buffers with the contents that the image holds now.</summary>
    public IReadOnlyList<BoundBuffer> ReadBuffers(KernelRun run)
    {
        var result = new BoundBuffer[run.Buffers.Count];
        for (int i = 0; i < result.Length; i++)
        {
            var buffer = run.Buffers[i];
            result[i] = buffer with { Bytes = _bytes.AsSpan(_bufferOffsets[i], buffer.Bytes.Length).ToArray() };
        }

        return result;
    }

    private void WriteTables(KernelRun run)
    {
        Span<int> tables = stackalloc int[KernelAbi.MaxDescriptorSets];
        for (int set = 0; set < tables.Length; set++)
        {
            int size = 0;
            foreach (var resource in run.Function.Resources)
            {
                if (resource.Set == set && resource.DynamicIndex < 0)
                    size = Math.Max(size, resource.TableOffset + resource.Stride * (resource.Count - 1) + BufferDescriptor.Size);
            }

            tables[set] = Allocate(size);
            Put64(Frame, ArgumentFrame.DescriptorSetOffsets + 8 * set, tables[set]);
        }

        foreach (var image in run.Images)
            WriteImage(run, image, tables);
        for (int i = 0; i < run.Buffers.Count; i++)
        {
            var buffer = run.Buffers[i];
            foreach (var resource in run.Function.Resources)
            {
                if (resource.Set != buffer.Set || resource.Binding != buffer.Binding || buffer.Element >= resource.Count)
                    continue;
                var (target, at) = resource.DynamicIndex >= 0
                    ? (Frame, ArgumentFrame.DynamicDescriptors + (resource.DynamicIndex + buffer.Element) * BufferDescriptor.Size)
                    : (_bytes, tables[resource.Set] + resource.TableOffset + buffer.Element * resource.Stride);
                Put64(target, at + BufferDescriptor.OffsetField, _bufferOffsets[i]);
                BinaryPrimitives.WriteUInt32LittleEndian(target.AsSpan(at + BufferDescriptor.RangeField), (uint)buffer.Bytes.Length);
            }
        }
    }

    private void WriteImage(KernelRun run, BoundImage image, ReadOnlySpan<int> tables)
    {
        foreach (var resource in run.Function.Resources)
        {
            if (resource.Set != image.Set || resource.Binding != image.Binding || image.Element >= resource.Count)
                continue;
            int texture = Allocate(ImageRecord.Size), sampler = Allocate(SamplerRecord.Size);
            if (image is { Record: { } record, Texels: >= 0 })
            {
                ulong first = (ulong)_bufferOffsets[image.Texels];
                var planes = record.FurtherPlanes.Select(p => p with { Base = first + p.Base }).ToArray();
                record = record with { Base = first, SrgbTable = (ulong)SrgbTable(), FurtherPlanes = planes };
                record.Write(_bytes.AsSpan(texture));
            }

            image.Sampler?.Write(_bytes.AsSpan(sampler));
            int at = tables[resource.Set] + resource.TableOffset + image.Element * resource.Stride;
            Put64(_bytes, at + ImageDescriptor.ImageField, texture);
            Put64(_bytes, at + ImageDescriptor.SamplerField, sampler);
        }
    }

    private int SrgbTable()
    {
        if (_srgbTable != 0)
            return _srgbTable;
        _srgbTable = Allocate(4 * ImageRecord.SrgbTableEntries);
        for (int i = 0; i < ImageRecord.SrgbTableEntries; i++)
        {
            double c = i / 255.0;
            float linear = (float)(c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4));
            BinaryPrimitives.WriteSingleLittleEndian(_bytes.AsSpan(_srgbTable + 4 * i), linear);
        }

        return _srgbTable;
    }

    /// <summary>Room for some bytes, 64-byte aligned, with a gap in front that belongs to nothing.</summary>
    private int Allocate(int bytes)
    {
        int offset = (_end + 64 + 63) & ~63;
        _end = offset + bytes;
        if (_bytes.Length < _end + 64)
        {
            Array.Resize(ref _bytes, Math.Max(_end + 64, _bytes.Length * 2));
            Array.Resize(ref _valid, _bytes.Length);
        }

        Array.Fill(_valid, true, offset, bytes);
        return offset;
    }

    private static void Put32(byte[] target, int at, (uint X, uint Y, uint Z) value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target.AsSpan(at), value.X);
        BinaryPrimitives.WriteUInt32LittleEndian(target.AsSpan(at + 4), value.Y);
        BinaryPrimitives.WriteUInt32LittleEndian(target.AsSpan(at + 8), value.Z);
    }

    private static void Put64(byte[] target, int at, long value) =>
        BinaryPrimitives.WriteInt64LittleEndian(target.AsSpan(at), value);
}
