using ShaderJit.Abi;

namespace ShaderJit.Verifier;

/// <summary>
/// What is known of a 64-bit value. Each bit is a fact that holds on every path, so that paths meet with a bitwise and.
/// </summary>
/// <remarks>
/// For a vector register a fact holds for each of its quadwords. The two size facts say that high bits are zero, so
/// they survive any mixture of two values bit by bit (blends, merge masking, partial writes).
/// </remarks>
[Flags]
internal enum Facts : byte
{
    None = 0,

    /// <summary>Below 2^k: an offset into the region.</summary>
    Offset = 1,

    /// <summary>Below 2^32, and so an offset too (k is at least 32).</summary>
    U32 = Offset | 2,

    /// <summary>Some address of the host: r15, r14, rsp or a copy.</summary>
    Host = 4,

    /// <summary>Exactly the region's base plus an offset below 2^k.</summary>
    Base = Host | 8,

    /// <summary>Every fact: a block that no path has reached yet.</summary>
    All = 15,
}

/// <summary>Bounds that facts stand for.</summary>
internal static class FactBounds
{
    /// <summary>What is known of a constant.</summary>
    public static Facts Of(ulong value, int regionBits) =>
        value <= uint.MaxValue ? Facts.U32 : value >> regionBits == 0 ? Facts.Offset : Facts.None;

    /// <summary>The largest value that the facts admit, or null when there is no useful bound.</summary>
    public static long? Largest(Facts facts, int regionBits) =>
        (facts & Facts.U32) == Facts.U32 ? uint.MaxValue
        : (facts & Facts.Offset) != 0 ? (1L << regionBits) - 1
        : null;
}

/// <summary>The facts at one point of the code: 16 places of 4 bits in each word.</summary>
/// <remarks>Places 0 to 15 are the general registers, 16 to 47 the vector registers, 48 on the tracked frame
/// slots.</remarks>
internal readonly ref struct FactRow(Span<ulong> words)
{
    public const int FirstVector = 16, FirstSlot = 48;
    public const int Rsp = 4, R14 = 14, R15 = 15;

    private readonly Span<ulong> words = words;

    public static int WordCount(int slots) => (FirstSlot + slots + 15) / 16;

    public Facts this[int place]
    {
        get => (Facts)((words[place >> 4] >> ((place & 15) * 4)) & 15);
        set
        {
            int shift = (place & 15) * 4;
            ref ulong word = ref words[place >> 4];
            word = (word & ~(15UL << shift)) | ((ulong)value << shift);
        }
    }

    /// <summary>What the entry stub establishes (<see cref="KernelAbi"/>): zero in all registers, anything in the
    /// frame.</summary>
    public void SetEntry()
    {
        words.Clear();
        for (int place = 0; place < FirstSlot; place++)
            this[place] = Facts.U32;
        SetPinned();
    }

    /// <summary>Nothing known but the pinned registers.</summary>
    public void SetUnknown()
    {
        words.Clear();
        SetPinned();
    }

    private void SetPinned()
    {
        this[Rsp] = Facts.Host;
        this[R14] = Facts.Host;
        this[R15] = Facts.Base;
    }
}
