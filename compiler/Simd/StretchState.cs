using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>A way out of a stretch through a barrier, as it stands in the code made.</summary>
/// <param name="Place">The cut block's place in the stretch.</param>
/// <param name="Block">The block made for it, at whose end state is saved.</param>
/// <param name="To">Index of the stretch behind the barrier.</param>
internal readonly record struct StretchExit(int Place, BlockId Block, int To);

/// <summary>What one of the subgroups that run together has where: its number, masks, values, variables.</summary>
internal sealed class SubgroupState
{
    public SubgroupState(int blocks)
    {
        Masks = new ValueId[blocks];
        MaskVariables = new int[blocks];
        Array.Fill(Masks, ValueId.None);
        Array.Fill(MaskVariables, -1);
    }

    /// <summary>i32: the subgroup's number.</summary>
    public ValueId Subgroup;

    /// <summary>The lanes that came into the stretch.</summary>
    public ValueId EntryMask;

    /// <summary>Per place: its mask, and the variable that gathers its mask from the edges.</summary>
    public ValueId[] Masks { get; }
    public int[] MaskVariables { get; }

    /// <summary>Values of the Invocation-level function: base or uniform scalar, lanes.</summary>
    public ValueTable<ValueId> Scalars { get; } = new();
    public ValueTable<ValueId> Lanes { get; } = new();

    /// <summary>Block in which each value was made.</summary>
    public ValueTable<BlockId> Homes { get; } = new();

    /// <summary>Parameters, and values as lanes keep them when they leave a divergent loop.</summary>
    public ValueTable<int> ParamVariables { get; } = new();
    public ValueTable<int> LeftVariables { get; } = new();

    /// <summary>For values read where the linear code does not see their definition dominate.</summary>
    public ValueTable<int> ScalarVariables { get; } = new();
    public ValueTable<int> LanesVariables { get; } = new();
}

/// <summary>What the code made for one stretch has where: blocks, and a <see cref="SubgroupState"/> for each of the
/// subgroups that run together, of which one is current.</summary>
internal sealed class StretchState
{
    private readonly BlockId[] _entries;
    private readonly SubgroupState[] _subgroups;

    public StretchState(int index, Stretch stretch, LinearPlan plan, int together)
    {
        Index = index;
        Stretch = stretch;
        Plan = plan;
        int n = stretch.Count;
        _entries = new BlockId[n + 1];
        Array.Fill(_entries, BlockId.None);
        Bodies = new BlockId[n];
        _subgroups = new SubgroupState[together];
        for (int i = 0; i < together; i++)
            _subgroups[i] = new SubgroupState(n);
    }

    /// <summary>Which of the subgroups that run together the properties below speak of.</summary>
    public int Current { get; set; }

    public int Index { get; }
    public Stretch Stretch { get; }
    public LinearPlan Plan { get; }

    /// <summary>Where the workgroup comes into the stretch, once.</summary>
    public BlockId WorkgroupEntry;

    /// <summary>Top of the loop over subgroups, or WorkgroupEntry where there is only one.</summary>
    public BlockId SubgroupEntry;

    /// <summary>Behind the loop over subgroups.</summary>
    public BlockId After = BlockId.None;

    /// <summary>Per place: the block that runs its nodes (its first one).</summary>
    public BlockId[] Bodies { get; }
    public ref ValueId Subgroup => ref _subgroups[Current].Subgroup;
    public ref ValueId EntryMask => ref _subgroups[Current].EntryMask;
    public ValueId[] Masks => _subgroups[Current].Masks;
    public int[] MaskVariables => _subgroups[Current].MaskVariables;
    public ValueTable<ValueId> Scalars => _subgroups[Current].Scalars;
    public ValueTable<ValueId> Lanes => _subgroups[Current].Lanes;
    public ValueTable<BlockId> Homes => _subgroups[Current].Homes;
    public ValueTable<int> ParamVariables => _subgroups[Current].ParamVariables;
    public ValueTable<int> LeftVariables => _subgroups[Current].LeftVariables;
    public ValueTable<int> ScalarVariables => _subgroups[Current].ScalarVariables;
    public ValueTable<int> LanesVariables => _subgroups[Current].LanesVariables;
    public List<StretchExit> Exits { get; } = [];

    /// <summary>Where a jump to a place goes; made on first use.</summary>
    public BlockId EntryOf(int place, SimdBuilder b)
    {
        if (_entries[place].IsNone)
            _entries[place] = b.NewBlock();
        return _entries[place];
    }

    public bool HasEntry(int place) => !_entries[place].IsNone;
}
