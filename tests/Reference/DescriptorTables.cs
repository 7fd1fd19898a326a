using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Reference;

/// <summary>Reads buffer descriptors from where a kernel would.</summary>
internal static class DescriptorTables
{
    public static BufferDescriptor Read(Function f, RegionImage image, int resource, ulong element)
    {
        var at = Find(f, image, resource, element);
        return new BufferDescriptor(
            BinaryPrimitives.ReadUInt64LittleEndian(at[BufferDescriptor.OffsetField..]),
            BinaryPrimitives.ReadUInt32LittleEndian(at[BufferDescriptor.RangeField..]));
    }

    /// <summary>The region offset at some byte of a descriptor.</summary>
    public static ulong ReadAddress(Function f, RegionImage image, int resource, ulong element, int field) =>
        BinaryPrimitives.ReadUInt64LittleEndian(Find(f, image, resource, element)[field..]);

    /// <summary>An element past the end of a binding's array is the last one: the index is clamped.</summary>
    private static ReadOnlySpan<byte> Find(Function f, RegionImage image, int resource, ulong element)
    {
        var row = f.Resources[resource];
        int index = (int)Math.Min(element, (ulong)Math.Max(row.Count - 1, 0));
        if (row.DynamicIndex >= 0)
            return image.Frame.AsSpan(ArgumentFrame.DynamicDescriptors + (row.DynamicIndex + index) * BufferDescriptor.Size);
        long table = BinaryPrimitives.ReadInt64LittleEndian(image.Frame.AsSpan(ArgumentFrame.DescriptorSetOffsets + 8 * row.Set));
        return image.Bytes.AsSpan((int)table + row.TableOffset + index * row.Stride);
    }
}
