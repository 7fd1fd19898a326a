using System.Globalization;

namespace ShaderJit.Fuzz.Generator;

/// <summary>A type in memory: a scalar or vector, a matrix, an array, a struct, with the places that decorations give its parts.</summary>
internal sealed class Layout
{
    /// <summary>Of a scalar or vector; of a matrix, its columns'.</summary>
    public Kind Leaf { get; private init; }

    /// <summary>Columns of a matrix, elements of an array; else 0.</summary>
    public int Length { get; private init; }

    /// <summary>Bytes between the columns or rows of a matrix, or an array's elements.</summary>
    public int Stride { get; private init; }

    public bool IsMatrix { get; private init; }

    public bool IsRowMajor { get; private init; }

    /// <summary>Of an array.</summary>
    public Layout? Element { get; private init; }

    /// <summary>Of a struct.</summary>
    public List<(Layout Type, int Offset)>? Members { get; private init; }

    /// <summary>Bytes.</summary>
    public int Size { get; private init; }

    /// <summary>Bytes.</summary>
    public int Alignment { get; private init; }

    /// <summary>The id, once it is declared.</summary>
    public string Id { get; set; } = "";

    public bool IsLeaf => Length == 0 && Members is null;

    /// <summary>A struct of a few members, nested so deep.</summary>
    public static Layout Struct(Random random, int depth)
    {
        var members = new List<(Layout, int)>();
        int at = 0, alignment = 4;
        for (int i = random.Next(2, 5); i > 0; i--)
        {
            var member = Any(random, depth - 1);
            at = Up(at + (random.Next(4) == 0 ? 4 * random.Next(4) : 0), member.Alignment);
            members.Add((member, at));
            at += member.Size;
            alignment = Math.Max(alignment, member.Alignment);
        }

        return new Layout { Members = members, Alignment = alignment, Size = Up(at, alignment) };
    }

    /// <summary>A scalar or vector of 32-bit components.</summary>
    public static Layout Of(Kind leaf) =>
        new() { Leaf = leaf, Size = 4 * leaf.Count, Alignment = leaf.Count switch { 1 => 4, 2 => 8, _ => 16 }, Id = leaf.Id };

    private static Layout Any(Random random, int depth)
    {
        switch (random.Next(depth > 0 ? 8 : 5))
        {
            case < 3:
                return Of(new Kind("uif"[random.Next(3)], random.Next(1, 5)));
            case < 5:
                bool rowMajor = random.Next(2) == 0;
                int rows = random.Next(2, 5), columns = random.Next(2, 5);
                int vectors = rowMajor ? rows : columns, components = rowMajor ? columns : rows;
                int stride = components == 2 && random.Next(2) == 0 ? 8 : 16;
                return new Layout
                {
                    IsMatrix = true, IsRowMajor = rowMajor, Leaf = new Kind('f', rows), Length = columns, Stride = stride,
                    Size = stride * vectors, Alignment = stride,
                };
            case < 7:
                var element = Any(random, depth - 1);
                int length = random.Next(2, 5), step = Up(element.Size, element.Alignment) + element.Alignment * (random.Next(4) == 0 ? 1 : 0);
                return new Layout { Element = element, Length = length, Stride = step, Size = length * step, Alignment = element.Alignment };
            default:
                return Struct(random, depth);
        }
    }

    /// <summary>What a member of this type must be decorated with besides its offset.</summary>
    public string MemberDecorations(string target)
    {
        var inner = this;
        while (inner.Element is not null)
            inner = inner.Element;
        return inner.IsMatrix ? string.Create(CultureInfo.InvariantCulture,
            $"OpMemberDecorate {target} {(inner.IsRowMajor ? "RowMajor" : "ColMajor")}\nOpMemberDecorate {target} MatrixStride {inner.Stride}\n") : "";
    }

    private static int Up(int value, int alignment) => (value + alignment - 1) / alignment * alignment;
}
