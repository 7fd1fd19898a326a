using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Memory;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Prints;

/// <summary>A queue's <see cref="PrintBuffer"/>: gives it to dispatches that print, and passes on what they wrote.</summary>
/// <remarks>Used from the queue's thread. What stands in the buffer is hostile: it is copied out, then read within bounds, and the
/// text that a dispatch may cause is bounded too.</remarks>
internal sealed class PrintReader : IDisposable
{
    /// <summary>Bytes of the buffer.</summary>
    public const int Bytes = 1 << 20;

    /// <summary>Characters that one dispatch may print; those of formats count too, as they take time.</summary>
    private const long MaxCharacters = 16 << 20;

    private readonly DeviceObject _device;
    private readonly RegionRange _buffer;

    public PrintReader(DeviceObject device)
    {
        _device = device;
        _buffer = device.Memory.AllocateInternal(Bytes);
    }

    /// <summary>Empties the buffer and names it in a dispatch's argument frame.</summary>
    public void Begin(Span<byte> frame)
    {
        var buffer = _device.Region.Span(_buffer.Offset, PrintBuffer.FirstRecord);
        buffer.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[PrintBuffer.Cursor..], PrintBuffer.FirstRecord);
        DescriptorSetObject.Store(frame[ArgumentFrame.PrintDescriptor..], new BufferDescriptor(_buffer.Offset, Bytes));
    }

    /// <summary>Passes on the messages of the dispatch that <see cref="Begin"/> was for; it has ended.</summary>
    public void Report(PipelineObject pipeline)
    {
        var buffer = _device.Region.Span(_buffer.Offset, Bytes);
        uint cursor = BinaryPrimitives.ReadUInt32LittleEndian(buffer[PrintBuffer.Cursor..]);
        int end = (int)Math.Min(cursor, Bytes);
        if (end <= PrintBuffer.FirstRecord)
            return;
        byte[] records = buffer[PrintBuffer.FirstRecord..end].ToArray();

        // Where a record was left out, or a fault came between taking room and filling it, nothing older may show.
        buffer[PrintBuffer.FirstRecord..end].Clear();
        bool isWhole = Report(pipeline.Prints, MemoryMarshal.Cast<byte, uint>(records)) && cursor <= Bytes;
        if (!isWhole)
        {
            _device.Report(DebugUtilsMessageSeverityFlagsEXT.WarningBitExt,
                $"a dispatch prints more than there is room for ({Bytes} bytes of records, {MaxCharacters} characters): the rest is left out");
        }
    }

    public void Dispose() => _device.Memory.FreeInternal(_buffer);

    /// <returns>False where messages were left out.</returns>
    private bool Report(IReadOnlyList<PrintFormat> formats, ReadOnlySpan<uint> records)
    {
        long characters = 0;
        while (records.Length > 0)
        {
            // Nothing was written there, or by somebody else.
            uint index = records[0] - 1;
            if (index >= (uint)formats.Count || formats[(int)index] is var format && format.Words >= records.Length)
                return true;
            string message = PrintFormatter.Format(format, records.Slice(1, format.Words));
            characters += message.Length + Math.Min(format.Text.Length, PrintFormatter.MaxLength) + 1;
            if (characters > MaxCharacters)
                return false;
            _device.Physical.Instance.Print(message);
            records = records[(1 + format.Words)..];
        }

        return true;
    }
}
