using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Reference;

/// <summary>Reads buffer descriptors from where a kernel would.</summary>
internal static class DescriptorTables
{
    /// <summary>An element past the end of a binding's array is the last one: the index is clamped.</summary>
    public static BufferDescriptor Read(Function f, RegionImage image, int resource, ulong element)
    {
        var row = f.Resources[resource];
        int index = (int)Math.Min(element, (ulong)Math.Max(row.Count - 1, 0));
        ReadOnlySpan<byte> at;
        if (row.DynamicIndex >= 0)
        {
            at = image.Frame.AsSpan(ArgumentFrame.DynamicDescriptors + (row.DynamicIndex + index) * BufferDescriptor.Size);
        }
        else
        {
            long table = BinaryPrimitives.ReadInt64LittleEndian(image.Frame.AsSpan(ArgumentFrame.DescriptorSetOffsets + 8 * row.Set));
            at = image.Bytes.AsSpan((int)table + row.TableOffset + index * row.Stride);
        }

        return new BufferDescriptor(
            BinaryPrimitives.ReadUInt64LittleEndian(at[BufferDescriptor.OffsetField..]),
            BinaryPrimitives.ReadUInt32LittleEndian(at[BufferDescriptor.RangeField..]));
    }
}
