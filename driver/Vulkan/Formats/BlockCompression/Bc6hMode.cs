using System.Globalization;

namespace ShaderJit.Vulkan.Formats.BlockCompression;

/// <summary>The fourteen modes of BC6H: how wide the ends are, and where in a block their bits stand.</summary>
internal sealed class Bc6hMode
{
    private static readonly Bc6hMode?[] ByNumber = new Bc6hMode?[32];

    // Bits in the order of the block, behind the mode's number: component, end, and either one bit or the bits from the last to
    // the first. A range upwards has its highest bit first.
    static Bc6hMode()
    {
        Add(0, true, 2, 10, 5, 5, 5, "g2:4 b2:4 b3:4 r0:9-0 g0:9-0 b0:9-0 r1:4-0 g3:4 g2:3-0 g1:4-0 b3:0 g3:3-0 b1:4-0 b3:1 b2:3-0 r2:4-0 b3:2 r3:4-0 b3:3");
        Add(1, true, 2, 7, 6, 6, 6, "g2:5 g3:4 g3:5 r0:6-0 b3:0 b3:1 b2:4 g0:6-0 b2:5 b3:2 g2:4 b0:6-0 b3:3 b3:5 b3:4 r1:5-0 g2:3-0 g1:5-0 g3:3-0 b1:5-0 b2:3-0 r2:5-0 r3:5-0");
        Add(2, true, 2, 11, 5, 4, 4, "r0:9-0 g0:9-0 b0:9-0 r1:4-0 r0:10 g2:3-0 g1:3-0 g0:10 b3:0 g3:3-0 b1:3-0 b0:10 b3:1 b2:3-0 r2:4-0 b3:2 r3:4-0 b3:3");
        Add(6, true, 2, 11, 4, 5, 4, "r0:9-0 g0:9-0 b0:9-0 r1:3-0 r0:10 g3:4 g2:3-0 g1:4-0 g0:10 g3:3-0 b1:3-0 b0:10 b3:1 b2:3-0 r2:3-0 b3:0 b3:2 r3:3-0 g2:4 b3:3");
        Add(10, true, 2, 11, 4, 4, 5, "r0:9-0 g0:9-0 b0:9-0 r1:3-0 r0:10 b2:4 g2:3-0 g1:3-0 g0:10 b3:0 g3:3-0 b1:4-0 b0:10 b2:3-0 r2:3-0 b3:1 b3:2 r3:3-0 b3:4 b3:3");
        Add(14, true, 2, 9, 5, 5, 5, "r0:8-0 b2:4 g0:8-0 g2:4 b0:8-0 b3:4 r1:4-0 g3:4 g2:3-0 g1:4-0 b3:0 g3:3-0 b1:4-0 b3:1 b2:3-0 r2:4-0 b3:2 r3:4-0 b3:3");
        Add(18, true, 2, 8, 6, 5, 5, "r0:7-0 g3:4 b2:4 g0:7-0 b3:2 g2:4 b0:7-0 b3:3 b3:4 r1:5-0 g2:3-0 g1:4-0 b3:0 g3:3-0 b1:4-0 b3:1 b2:3-0 r2:5-0 r3:5-0");
        Add(22, true, 2, 8, 5, 6, 5, "r0:7-0 b3:0 b2:4 g0:7-0 g2:5 g2:4 b0:7-0 g3:5 b3:4 r1:4-0 g3:4 g2:3-0 g1:5-0 g3:3-0 b1:4-0 b3:1 b2:3-0 r2:4-0 b3:2 r3:4-0 b3:3");
        Add(26, true, 2, 8, 5, 5, 6, "r0:7-0 b3:1 b2:4 g0:7-0 b2:5 g2:4 b0:7-0 b3:5 b3:4 r1:4-0 g3:4 g2:3-0 g1:4-0 b3:0 g3:3-0 b1:5-0 b2:3-0 r2:4-0 b3:2 r3:4-0 b3:3");
        Add(30, false, 2, 6, 6, 6, 6, "r0:5-0 g3:4 b3:0 b3:1 b2:4 g0:5-0 g2:5 b2:5 b3:2 g2:4 b0:5-0 g3:5 b3:3 b3:5 b3:4 r1:5-0 g2:3-0 g1:5-0 g3:3-0 b1:5-0 b2:3-0 r2:5-0 r3:5-0");
        Add(3, false, 1, 10, 10, 10, 10, "r0:9-0 g0:9-0 b0:9-0 r1:9-0 g1:9-0 b1:9-0");
        Add(7, true, 1, 11, 9, 9, 9, "r0:9-0 g0:9-0 b0:9-0 r1:8-0 r0:10 g1:8-0 g0:10 b1:8-0 b0:10");
        Add(11, true, 1, 12, 8, 8, 8, "r0:9-0 g0:9-0 b0:9-0 r1:7-0 r0:10-11 g1:7-0 g0:10-11 b1:7-0 b0:10-11");
        Add(15, true, 1, 16, 4, 4, 4, "r0:9-0 g0:9-0 b0:9-0 r1:3-0 r0:10-15 g1:3-0 g0:10-15 b1:3-0 b0:10-15");
    }

    private readonly (byte Value, byte Bit)[] _places;

    private Bc6hMode(bool isOffset, int subsets, int endBits, int[] otherBits, (byte Value, byte Bit)[] places)
    {
        IsOffset = isOffset;
        Subsets = subsets;
        EndBits = endBits;
        OtherBits = otherBits;
        _places = places;
    }

    /// <summary>True where the other ends are differences from the first.</summary>
    public bool IsOffset { get; }

    public int Subsets { get; }

    /// <summary>Bits of a component of the first end.</summary>
    public int EndBits { get; }

    /// <summary>Bits of each component of the other ends.</summary>
    public int[] OtherBits { get; }

    /// <summary>Takes a block's mode from its bits; null for a number that none has.</summary>
    public static Bc6hMode? Take(ref BlockBits bits)
    {
        int number = bits.Take(2);
        return ByNumber[number < 2 ? number : number | (bits.Take(3) << 2)];
    }

    /// <summary>Takes the ends: R, G and B of each, as unsigned numbers.</summary>
    public void TakeEnds(ref BlockBits bits, Span<int> ends)
    {
        ends.Clear();
        foreach (var (value, bit) in _places)
            ends[value] |= bits.Take(1) << bit;
    }

    private static void Add(int number, bool isOffset, int subsets, int endBits, int red, int green, int blue, string layout)
    {
        var places = new List<(byte Value, byte Bit)>();
        foreach (string part in layout.Split(' '))
        {
            byte value = (byte)(((part[1] - '0') * 3) + "rgb".IndexOf(part[0], StringComparison.Ordinal));
            string[] range = part[3..].Split('-');
            int last = int.Parse(range[0], CultureInfo.InvariantCulture), first = int.Parse(range[^1], CultureInfo.InvariantCulture);
            int step = first <= last ? 1 : -1;
            for (int bit = first; bit != last + step; bit += step)
                places.Add((value, (byte)bit));
        }

        ByNumber[number] = new Bc6hMode(isOffset, subsets, endBits, [red, green, blue], [.. places]);
    }
}
