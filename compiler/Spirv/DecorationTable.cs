namespace ShaderJit.Compiler.Spirv;

/// <summary>A decoration of an id or of a struct's member; groups are already applied.</summary>
/// <param name="Member">Member index, or -1 for the id itself.</param>
/// <param name="OperandOffset">Word offset in the module of the decoration's operands.</param>
/// <param name="Instruction">Index of the instruction that gives it.</param>
public readonly record struct DecorationEntry(uint Target, int Member, Decoration Decoration, int OperandOffset, int OperandCount,
    int Instruction) : IComparable<DecorationEntry>
{
    public int CompareTo(DecorationEntry other)
    {
        int order = Target.CompareTo(other.Target);
        if (order == 0)
            order = Member.CompareTo(other.Member);
        if (order == 0)
            order = ((uint)Decoration).CompareTo((uint)other.Decoration); // an enum's own CompareTo would box both
        return order != 0 ? order : OperandOffset.CompareTo(other.OperandOffset);
    }
}

/// <summary>All decorations of a module, sorted by target, member, decoration.</summary>
internal sealed class DecorationTable
{
    /// <summary>Applying groups to targets must not multiply a small module into a huge table.</summary>
    private const int MaxEntries = 1 << 20;

    private readonly List<DecorationEntry> entries = [];
    private DecorationEntry[] sorted = [];

    public ReadOnlySpan<DecorationEntry> All => sorted;

    public bool TryAdd(DecorationEntry entry)
    {
        if (entries.Count >= MaxEntries)
            return false;
        entries.Add(entry);
        return true;
    }

    /// <summary>Gives a target (or a member of it) the decorations that its group has so far.</summary>
    public bool TryApplyGroup(uint group, uint target, int member, int instruction)
    {
        // Groups are out of use since 1.0, so no index for them: but a module full of them must not cost its square.
        int count = entries.Count;
        budget -= count;
        if (budget < 0)
            return false;
        for (int i = 0; i < count; i++)
        {
            DecorationEntry e = entries[i];
            if (e.Target == group && e.Member < 0 && !TryAdd(e with { Target = target, Member = member, Instruction = instruction }))
                return false;
        }
        return true;
    }

    private long budget = 1 << 26;

    public void Seal()
    {
        sorted = [.. entries];
        Array.Sort(sorted);
        entries.Clear();
    }

    /// <summary>The decorations of an id, those of its members after its own.</summary>
    public ReadOnlySpan<DecorationEntry> Of(uint target)
    {
        int start = LowerBound(target, int.MinValue, 0);
        int end = start;
        while (end < sorted.Length && sorted[end].Target == target)
            end++;
        return sorted.AsSpan(start, end - start);
    }

    /// <summary>Finds the first such decoration; -1 as member means the id itself.</summary>
    public bool TryFind(uint target, int member, Decoration decoration, out DecorationEntry entry)
    {
        int at = LowerBound(target, member, decoration);
        if (at < sorted.Length)
        {
            entry = sorted[at];
            if (entry.Target == target && entry.Member == member && entry.Decoration == decoration)
                return true;
        }
        entry = default;
        return false;
    }

    private int LowerBound(uint target, int member, Decoration decoration)
    {
        var key = new DecorationEntry(target, member, decoration, -1, 0, 0);
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (sorted[middle].CompareTo(key) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
