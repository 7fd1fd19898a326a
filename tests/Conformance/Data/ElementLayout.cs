namespace ShaderJit.Conformance.Data;

/// <summary>The two packing rules of GLSL.</summary>
internal enum LayoutRule
{
    Std430,
    Std140,
}

/// <summary>Where the numbers of one element of a buffer are.</summary>
/// <param name="Components">In the order in which a script writes them.</param>
/// <param name="Stride">Bytes from one element to the next.</param>
internal sealed record ElementLayout(DataType Type, Component[] Components, int Stride)
{
    public static ElementLayout Of(DataType type, LayoutRule rule)
    {
        var components = new List<Component>();
        var (size, alignment) = Place(type, rule, 0, null, null, components);
        int stride = type switch
        {
            TexelType texel => texel.Bytes,
            StructType { Stride: { } given } => given,
            _ => Up(size, rule == LayoutRule.Std140 ? Math.Max(alignment, 16) : alignment),
        };
        return new ElementLayout(type, [.. components], stride);
    }

    /// <summary>True when both have the same numbers at the same places.</summary>
    public bool Matches(ElementLayout other) =>
        Stride == other.Stride && Components.Length == other.Components.Length && SameComponents(other);

    private bool SameComponents(ElementLayout other)
    {
        for (int i = 0; i < Components.Length; i++)
        {
            var (a, b) = (Components[i], other.Components[i]);
            if (a.Kind != b.Kind || a.Bits != b.Bits || a.BitOffset != b.BitOffset)
                return false;
        }

        return true;
    }

    /// <summary>Adds a type's components at an offset; returns its size without padding behind it, and its alignment.</summary>
    private static (int Size, int Alignment) Place(DataType type, LayoutRule rule, int at, int? arrayStride, int? matrixStride,
        List<Component> components)
    {
        switch (type)
        {
            case NumberType number:
                return PlaceNumber(number, rule, at, matrixStride, components);
            case TexelType texel:
                foreach (var component in texel.Components)
                    components.Add(component with { BitOffset = component.BitOffset + at * 8 });
                return (texel.Bytes, Math.Min(texel.Bytes & -texel.Bytes, 16));
            case ArrayType array:
                {
                    var (size, alignment) = Place(array.Element, rule, at, null, matrixStride, []);
                    if (rule == LayoutRule.Std140)
                        alignment = Math.Max(alignment, 16);
                    int stride = arrayStride ?? Up(size, alignment);
                    for (int i = 0; i < array.Length; i++)
                        Place(array.Element, rule, at + i * stride, null, matrixStride, components);
                    return (stride * array.Length, alignment);
                }

            case StructType structure:
                return PlaceStruct(structure, rule, at, components);
            default:
                throw new ArgumentOutOfRangeException(nameof(type));
        }
    }

    private static (int Size, int Alignment) PlaceNumber(NumberType number, LayoutRule rule, int at, int? matrixStride,
        List<Component> components)
    {
        int bytes = number.Bits / 8;
        int alignment = bytes * (number.Rows == 3 ? 4 : number.Rows);
        int stride = alignment;
        if (number.Columns > 1)
        {
            if (rule == LayoutRule.Std140)
                alignment = Math.Max(alignment, 16);
            stride = matrixStride ?? alignment;
        }

        for (int column = 0; column < number.Columns; column++)
        {
            for (int row = 0; row < number.Rows; row++)
                components.Add(new Component(number.Kind, (at + column * stride + row * bytes) * 8, number.Bits, row));
        }

        return (number.Columns > 1 ? stride * number.Columns : bytes * number.Rows, alignment);
    }

    private static (int Size, int Alignment) PlaceStruct(StructType structure, LayoutRule rule, int at, List<Component> components)
    {
        int end = 0;
        int widest = rule == LayoutRule.Std140 ? 16 : 1;
        foreach (var member in structure.Members)
        {
            // Its alignment is known only after it was placed, so it is placed once in vain.
            var (size, alignment) = Place(member.Type, rule, 0, member.ArrayStride, member.MatrixStride, []);
            int offset = member.Offset ?? Up(end, alignment);
            Place(member.Type, rule, at + offset, member.ArrayStride, member.MatrixStride, components);
            end = Math.Max(end, offset + size);
            widest = Math.Max(widest, alignment);
        }

        return (structure.Stride ?? Up(end, widest), widest);
    }

    private static int Up(int value, int alignment) => (value + alignment - 1) / alignment * alignment;
}
