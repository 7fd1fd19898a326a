using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>A loop of a <see cref="NormalFlow"/>: the blocks of its construct, those that break after doing work
/// included.</summary>
internal sealed class FlowLoop
{
    public required BlockId Header;

    /// <summary>The one block that jumps back; empty but for that.</summary>
    public BlockId Latch = BlockId.None;

    /// <summary>Index of the loop around it, or -1.</summary>
    public int Parent = -1;

    /// <summary>In the construct of the loop around it but on no way to that one's latch.</summary>
    public bool Tail;

    /// <summary>A barrier stands in it, so it runs at workgroup level: no stretch contains a cycle of it.</summary>
    public bool HasBarrier;
}

/// <summary>
/// The input of the SIMD stage in the form that the stage works on: a copy in which every loop has one latch, every way
/// out ends in one block, and a barrier is an edge. In: a function of Invocation level with reducible flow. Out: the
/// copy (<see cref="F"/>) and the loops. Invariant: a block is in the loop <see cref="LoopOf"/> and those around it.
/// </summary>
internal sealed class NormalFlow
{
    public required Function F { get; init; }

    /// <summary>Where every invocation ends: holds nothing but a return. None where no invocation does.</summary>
    public BlockId End = BlockId.None;
    public List<FlowLoop> Loops { get; } = [];

    /// <summary>The innermost loop of each block, or -1.</summary>
    public int[] LoopOf = [];

    /// <summary>For blocks whose jump crosses a barrier, or a place where stretches are cut for another reason.</summary>
    public bool[] Cut = [];

    /// <summary>In the construct of LoopOf but on no way to its latch.</summary>
    public bool[] Tail = [];
    public DominatorTree Dominators { get; } = new();
    public ControlFlow Flow { get; } = new();
    public bool HasBarrier;

    public bool Contains(int loop, BlockId block)
    {
        for (int l = LoopOf[block.Index]; l >= 0; l = Loops[l].Parent)
        {
            if (l == loop)
                return true;
        }

        return false;
    }

    /// <summary>True where loop <paramref name="inner"/> is <paramref name="outer"/> or inside it.</summary>
    public bool Within(int inner, int outer)
    {
        for (; inner >= 0; inner = Loops[inner].Parent)
        {
            if (inner == outer)
                return true;
        }

        return outer < 0;
    }
}
