using System.Globalization;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Data;

/// <summary>What a buffer's elements are.</summary>
internal abstract record DataType
{
    private static readonly Dictionary<string, (NumberKind Kind, int Bits)> Scalars = new(StringComparer.Ordinal)
    {
        ["int8"] = (NumberKind.SInt, 8), ["int16"] = (NumberKind.SInt, 16),
        ["int32"] = (NumberKind.SInt, 32), ["int64"] = (NumberKind.SInt, 64),
        ["uint8"] = (NumberKind.UInt, 8), ["uint16"] = (NumberKind.UInt, 16),
        ["uint32"] = (NumberKind.UInt, 32), ["uint64"] = (NumberKind.UInt, 64),
        ["float16"] = (NumberKind.SFloat, 16), ["float"] = (NumberKind.SFloat, 32), ["double"] = (NumberKind.SFloat, 64),
    };

    private static readonly Dictionary<string, (NumberKind Kind, int Bits)> GlslPrefixes = new(StringComparer.Ordinal)
    {
        [""] = (NumberKind.SFloat, 32), ["d"] = (NumberKind.SFloat, 64), ["f16"] = (NumberKind.SFloat, 16),
        ["i"] = (NumberKind.SInt, 32), ["u"] = (NumberKind.UInt, 32),
        ["i8"] = (NumberKind.SInt, 8), ["u8"] = (NumberKind.UInt, 8),
        ["i16"] = (NumberKind.SInt, 16), ["u16"] = (NumberKind.UInt, 16),
        ["i64"] = (NumberKind.SInt, 64), ["u64"] = (NumberKind.UInt, 64),
    };

    /// <summary>A type as AmberScript names it: int32, vec3&lt;float&gt;, mat2x4&lt;double&gt;, R8G8B8A8_UNORM, float[4];
    /// null when it is none of these.</summary>
    /// <param name="structs">The script's own types.</param>
    public static DataType? Parse(string text, IReadOnlyDictionary<string, StructType> structs)
    {
        if (text.EndsWith(']') && text.IndexOf('[') is var bracket and > 0
            && int.TryParse(text.AsSpan(bracket + 1, text.Length - bracket - 2), NumberStyles.None, CultureInfo.InvariantCulture, out int length))
            return Parse(text[..bracket], structs) is { } element ? new ArrayType(element, length) : null;
        if (Scalars.TryGetValue(text, out var scalar))
            return new NumberType(scalar.Kind, scalar.Bits);
        if (structs.TryGetValue(text, out var known))
            return known;
        if (text.EndsWith('>') && text.IndexOf('<') is var angle and > 0 && Scalars.TryGetValue(text[(angle + 1)..^1], out scalar))
        {
            string shape = text[..angle];
            if (shape.Length == 4 && shape.StartsWith("vec", StringComparison.Ordinal) && shape[3] is >= '2' and <= '4')
                return new NumberType(scalar.Kind, scalar.Bits, 1, shape[3] - '0');
            if (shape.Length == 6 && shape.StartsWith("mat", StringComparison.Ordinal)
                && shape[3] is >= '2' and <= '4' && shape[4] == 'x' && shape[5] is >= '2' and <= '4')
                return new NumberType(scalar.Kind, scalar.Bits, shape[3] - '0', shape[5] - '0');
        }

        return TexelType.TryParse(text, out var texel) ? texel : null;
    }

    /// <summary>A type as vkscript names it: int, uint8_t, vec3, dmat2x4; null when it is none of these.</summary>
    public static NumberType? ParseGlsl(string text)
    {
        (NumberKind Kind, int Bits)? scalar = text switch
        {
            "int" => (NumberKind.SInt, 32),
            "uint" => (NumberKind.UInt, 32),
            "float" => (NumberKind.SFloat, 32),
            "double" => (NumberKind.SFloat, 64),
            "float16_t" => (NumberKind.SFloat, 16),
            _ when text.EndsWith("_t", StringComparison.Ordinal) && Scalars.TryGetValue(text[..^2], out var sized) => sized,
            _ => null,
        };
        if (scalar is { } one)
            return new NumberType(one.Kind, one.Bits);
        int vec = text.IndexOf("vec", StringComparison.Ordinal);
        int mat = text.IndexOf("mat", StringComparison.Ordinal);
        int at = Math.Max(vec, mat);
        if (at < 0 || !GlslPrefixes.TryGetValue(text[..at], out var kind))
            return null;
        string shape = text[(at + 3)..];
        if (vec >= 0)
            return shape.Length == 1 && shape[0] is >= '2' and <= '4' ? new NumberType(kind.Kind, kind.Bits, 1, shape[0] - '0') : null;
        if (shape.Length == 1 && shape[0] is >= '2' and <= '4')
            return new NumberType(kind.Kind, kind.Bits, shape[0] - '0', shape[0] - '0');
        return shape.Length == 3 && shape[0] is >= '2' and <= '4' && shape[1] == 'x' && shape[2] is >= '2' and <= '4'
            ? new NumberType(kind.Kind, kind.Bits, shape[0] - '0', shape[2] - '0')
            : null;
    }
}

/// <summary>A scalar (1 × 1), a vector (1 column) or a matrix.</summary>
internal sealed record NumberType(NumberKind Kind, int Bits, int Columns = 1, int Rows = 1) : DataType
{
    /// <summary>The texel format with these components; null where there is none.</summary>
    public TexelType? ToTexel()
    {
        if (Columns > 1 || (Kind is not (NumberKind.SInt or NumberKind.UInt or NumberKind.SFloat)) || (Bits == 8 && Kind == NumberKind.SFloat))
            return null;
        string name = string.Concat("RGBA".Take(Rows).Select(c => $"{c}{Bits}")) + "_" + Kind.ToString().ToUpperInvariant();
        return TexelType.TryParse(name, out var texel) ? texel : null;
    }
}

/// <summary>A sized array.</summary>
internal sealed record ArrayType(DataType Element, int Length) : DataType;

/// <summary>A STRUCT of the script.</summary>
/// <param name="Stride">Bytes from one to the next where the script says so.</param>
internal sealed record StructType(string Name, IReadOnlyList<StructMember> Members, int? Stride) : DataType;

/// <summary>A member with the layout that the script gives it, in bytes; null follows the buffer's rules.</summary>
internal sealed record StructMember(string Name, DataType Type, int? Offset, int? ArrayStride, int? MatrixStride);

/// <summary>A Vulkan format with its components in memory.</summary>
internal sealed record TexelType(string Name, Format Format, IReadOnlyList<Component> Components, int Bytes) : DataType
{
    public bool Equals(TexelType? other) => other is not null && other.Format == Format;

    public override int GetHashCode() => Format.GetHashCode();

    /// <summary>Reads a name like R8G8B8A8_UNORM or A2B10G10R10_UINT_PACK32.</summary>
    public static bool TryParse(string name, out TexelType texel)
    {
        texel = null!;
        string[] parts = name.Split('_');
        if (parts.Length < 2 || !Enum.TryParse(CSharpName(parts), out Format format))
            return false;
        bool packed = parts[^1].StartsWith("PACK", StringComparison.Ordinal);
        var components = new List<Component>();
        int bit = 0;
        for (int i = 0; i < parts.Length - (packed ? 1 : 0); i++)
        {
            if (i + 1 >= parts.Length || parts[i].Length < 2 || !char.IsAsciiDigit(parts[i][^1]))
                continue;
            NumberKind? kind = null;
            for (int j = i + 1; j < parts.Length && kind is null; j++)
                kind = KindOf(parts[j]);
            if (kind is null || !TryChannels(parts[i], kind.Value, components, ref bit))
                return false;
        }

        int bytes = (bit + 7) / 8;
        if (components.Count == 0)
            return false;
        if (packed)
        {
            // The first named component is in the highest bits.
            for (int i = 0; i < components.Count; i++)
                components[i] = components[i] with { BitOffset = bit - components[i].BitOffset - components[i].Bits };
            components.Reverse();
        }

        components.RemoveAll(c => c.Channel == 'X');
        texel = new TexelType(name, format, components, bytes);
        return true;
    }

    private static bool TryChannels(string text, NumberKind kind, List<Component> components, ref int bit)
    {
        for (int i = 0; i < text.Length;)
        {
            char channel = text[i++];
            int start = i;
            while (i < text.Length && char.IsAsciiDigit(text[i]))
                i++;
            if (!"RGBADSX".Contains(channel, StringComparison.Ordinal) || start == i)
                return false;
            int bits = int.Parse(text.AsSpan(start, i - start), CultureInfo.InvariantCulture);
            components.Add(new Component(kind, bit, bits, components.Count, channel));
            bit += bits;
        }

        return true;
    }

    private static NumberKind? KindOf(string text) => text switch
    {
        "UNORM" => NumberKind.UNorm,
        "SNORM" => NumberKind.SNorm,
        "UINT" => NumberKind.UInt,
        "SINT" => NumberKind.SInt,
        "SFLOAT" => NumberKind.SFloat,
        "UFLOAT" => NumberKind.UFloat,
        "SRGB" => NumberKind.Srgb,
        "USCALED" => NumberKind.UScaled,
        "SSCALED" => NumberKind.SScaled,
        _ => null,
    };

    private static string CSharpName(string[] parts)
    {
        string name = "";
        foreach (string part in parts)
            name += part.Length > 1 && char.IsAsciiDigit(part[1]) ? part : part[..1] + part[1..].ToLowerInvariant();
        return name;
    }
}
