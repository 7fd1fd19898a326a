namespace ShaderJit.Conformance.Data;

/// <summary>Makes the bytes of a buffer from what the script says.</summary>
internal static class ElementWriter
{
    /// <summary>Writes values one after the other, from an offset on; they may end within an element.</summary>
    public static void Write(Span<byte> bytes, int offset, ElementLayout layout, IReadOnlyList<Literal> values)
    {
        int perElement = layout.Components.Length;
        for (int i = 0; i < values.Count; i++)
        {
            var component = layout.Components[i % perElement];
            component.Write(bytes[(offset + i / perElement * layout.Stride)..], component.Encode(values[i]));
        }
    }

    /// <summary>Bytes up to the end of the last of so many values.</summary>
    public static int Extent(ElementLayout layout, int values)
    {
        if (values == 0)
            return 0;
        int end = 0;
        int perElement = layout.Components.Length;
        for (int i = Math.Max(0, values - perElement); i < values; i++)
        {
            var component = layout.Components[i % perElement];
            end = Math.Max(end, i / perElement * layout.Stride + (component.BitOffset + component.Bits + 7) / 8);
        }

        return end;
    }

    public static byte[] Fill(ElementLayout layout, int elements, Literal value)
    {
        var bytes = new byte[elements * layout.Stride];
        for (int i = 0; i < elements; i++)
        {
            foreach (var component in layout.Components)
                component.Write(bytes.AsSpan(i * layout.Stride), component.Encode(value));
        }

        return bytes;
    }

    /// <summary>Each next number is the one before plus an increment, in the element's own kind of arithmetic.</summary>
    public static byte[] Series(ElementLayout layout, int elements, Literal start, Literal increment)
    {
        var bytes = new byte[elements * layout.Stride];
        bool real = layout.Components[0].IsFloat;
        double sum = real ? start.Real : 0;
        ulong count = real ? 0 : start.Integer;
        for (int i = 0; i < elements; i++)
        {
            foreach (var component in layout.Components)
            {
                component.Write(bytes.AsSpan(i * layout.Stride), real ? component.EncodeReal(sum) : count & component.Mask);
                if (real)
                    sum += increment.Real;
                else
                    count += increment.Integer;
            }
        }

        return bytes;
    }
}
