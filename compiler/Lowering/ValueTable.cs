using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// What each SPIR-V id stands for while functions are inlined: a tuple of IR values, or a pointer that is known only by
/// name. A later inlining of the same function overwrites its ids.
/// </summary>
internal sealed class ValueTable
{
    /// <summary>Leaves stored over a whole lowering. Moving tuples about makes no nodes, so nodes do not bound it.</summary>
    private const int MaxLeaves = 1 << 24;

    private struct Entry
    {
        public int Start;

        /// <summary>Leaves + 1, so that 0 is an id that has no value.</summary>
        public int CountPlusOne;
        public Pointer? Pointer;
    }

    private readonly Entry[] _entries;
    private ValueId[] _leaves = new ValueId[1024];
    private int _count;

    public ValueTable(uint bound) => _entries = new Entry[bound];

    public bool Has(uint id) => _entries[id].CountPlusOne > 0;

    public Pointer? PointerOf(uint id) => _entries[id].Pointer;

    /// <summary>The leaves of a value; they stay as they are when further values are stored.</summary>
    public ReadOnlySpan<ValueId> Of(uint id)
    {
        ref var entry = ref _entries[id];
        return _leaves.AsSpan(entry.Start, Math.Max(entry.CountPlusOne - 1, 0));
    }

    public void Set(uint id, ReadOnlySpan<ValueId> leaves)
    {
        if (_count + leaves.Length > MaxLeaves)
            Refusal.Throw("the module's composites are too large");
        if (_count + leaves.Length > _leaves.Length)
            Array.Resize(ref _leaves, Math.Max(_leaves.Length * 2, _count + leaves.Length));
        leaves.CopyTo(_leaves.AsSpan(_count));
        _entries[id] = new Entry { Start = _count, CountPlusOne = leaves.Length + 1 };
        _count += leaves.Length;
    }

    public void Set(uint id, Pointer pointer) => _entries[id] = new Entry { Pointer = pointer, CountPlusOne = 1 };

    /// <summary>Gives an id what another has.</summary>
    public void Alias(uint id, uint other) => _entries[id] = _entries[other];
}
