using System.Buffers;

namespace ShaderJit.Verifier;

/// <summary>
/// Brings the facts to a fixed point over the control-flow graph and checks each step with them. In: decoded code. Out:
/// the first rule that a step breaks, if any.
/// </summary>
/// <remarks>
/// <para>Facts of a block's start only ever shrink: a block that has been reached again with fewer facts is checked
/// again, so that each block's last check ran with its final facts. All rules but <see cref="VerifierRule.HostAddress"/>
/// pass with more facts if they pass with fewer, and that one concerns a path which exists.</para>
/// <para>Blocks that no path reaches are checked as well, with nothing known but the pinned registers: a processor may
/// run past a jump speculatively, and dead code is no place to hide.</para>
/// <para>Bounded: blocks are taken in order of address, sweep by sweep, and a kernel that needs more than
/// <see cref="VisitsPerStep"/> times its length is refused. Real kernels need two or three.</para>
/// </remarks>
internal sealed class Dataflow : IDisposable
{
    private const int VisitsPerStep = 100;
    private const long MaxRowWords = 1 << 24;

    private readonly byte[] image;
    private readonly int imageLength;
    private readonly int constantsStart;
    private readonly int regionBits;
    private readonly FrameSlots slots = new();

    // First step of each block and, behind the last, the number of steps; for each step that starts a block, its number.
    private int[] firstStep = [];
    private int[] blockAt = [];
    private ulong[] rows = [];
    private bool[] pending = [];
    private int blockCount;
    private int rowWords;

    public Dataflow(byte[] image, int imageLength, int constantsStart, int regionBits)
    {
        this.image = image;
        this.imageLength = imageLength;
        this.constantsStart = constantsStart;
        this.regionBits = regionBits;
    }

    /// <summary>Index of the step that broke the rule.</summary>
    public int Offender { get; private set; }

    /// <summary>Facts in front of the step that broke the rule, for the message.</summary>
    public FactRow OffenderFacts => new(rows.AsSpan(blockCount * rowWords, rowWords));

    public VerifierRule Run(ReadOnlySpan<Step> steps)
    {
        FindBlocks(steps);
        foreach (ref readonly Step step in steps)
            slots.Add(step);
        rowWords = FactRow.WordCount(slots.Count);
        if ((long)rowWords * (blockCount + 1) > MaxRowWords)
            return VerifierRule.TooComplex;

        // One row more, for the facts within a block.
        rows = ArrayPool<ulong>.Shared.Rent(rowWords * (blockCount + 1));
        rows.AsSpan(0, rowWords * (blockCount + 1)).Fill(ulong.MaxValue);
        pending = ArrayPool<bool>.Shared.Rent(blockCount);
        pending.AsSpan(0, blockCount).Clear();
        if (blockCount == 0)
            return VerifierRule.None;

        new FactRow(Row(0)).SetEntry();
        pending[0] = true;
        VerifierRule rule = Settle(steps);
        return rule != VerifierRule.None ? rule : CheckUnreached(steps);
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(firstStep);
        ArrayPool<int>.Shared.Return(blockAt);
        ArrayPool<ulong>.Shared.Return(rows);
        ArrayPool<bool>.Shared.Return(pending);
    }

    private Span<ulong> Row(int block) => rows.AsSpan(block * rowWords, rowWords);

    private void FindBlocks(ReadOnlySpan<Step> steps)
    {
        blockAt = ArrayPool<int>.Shared.Rent(steps.Length + 1);
        blockAt.AsSpan(0, steps.Length + 1).Clear();
        blockAt[0] = 1;
        for (int i = 0; i < steps.Length; i++)
        {
            if (steps[i].Effect is Effect.Jump or Effect.Branch)
            {
                blockAt[steps[i].Target] = 1;
                blockAt[i + 1] = 1;
            }
        }

        blockAt[steps.Length] = 0;
        firstStep = ArrayPool<int>.Shared.Rent(steps.Length + 1);
        for (int i = 0; i < steps.Length; i++)
        {
            if (blockAt[i] != 0)
            {
                firstStep[blockCount] = i;
                blockAt[i] = blockCount++;
            }
        }

        firstStep[blockCount] = steps.Length;
    }

    private VerifierRule Settle(ReadOnlySpan<Step> steps)
    {
        long budget = (long)steps.Length * VisitsPerStep;
        bool again = true;
        while (again)
        {
            again = false;
            for (int block = 0; block < blockCount; block++)
            {
                if (!pending[block])
                    continue;
                pending[block] = false;
                budget -= firstStep[block + 1] - firstStep[block];
                Row(block).CopyTo(Row(blockCount));
                VerifierRule rule = CheckBlock(steps, block);
                if (rule != VerifierRule.None)
                    return rule;

                int last = firstStep[block + 1] - 1;
                if (steps[last].Effect is Effect.Jump or Effect.Branch)
                    again |= Meet(steps[last].Target, steps.Length) is var target && target >= 0 && target <= block;
                if (steps[last].Effect != Effect.Jump)
                    Meet(last + 1, steps.Length);
            }

            budget -= blockCount;
            if (budget < 0)
                return VerifierRule.TooComplex;
        }

        return VerifierRule.None;
    }

    private VerifierRule CheckUnreached(ReadOnlySpan<Step> steps)
    {
        for (int block = 0; block < blockCount; block++)
        {
            // Every reached row knows that r14 is a host address and no offset.
            if (new FactRow(Row(block))[FactRow.R14] != Facts.All)
                continue;
            new FactRow(Row(blockCount)).SetUnknown();
            VerifierRule rule = CheckBlock(steps, block);
            if (rule != VerifierRule.None)
                return rule;
        }

        return VerifierRule.None;
    }

    // Runs a block's steps over the facts in the row behind the last block's.
    private VerifierRule CheckBlock(ReadOnlySpan<Step> steps, int block)
    {
        var transfer = new Transfer(
            image.AsSpan(0, imageLength), constantsStart, regionBits, slots, Row(blockCount));
        for (int i = firstStep[block]; i < firstStep[block + 1]; i++)
        {
            VerifierRule rule = transfer.Apply(steps[i]);
            if (rule != VerifierRule.None)
            {
                Offender = i;
                return rule;
            }
        }

        return VerifierRule.None;
    }

    // Hands the facts to the block that starts at a step. Returns the block if it has to be checked again, else -1.
    private int Meet(int step, int stepCount)
    {
        if (step == stepCount)
            return -1;
        int block = blockAt[step];
        Span<ulong> into = Row(block);
        ReadOnlySpan<ulong> from = Row(blockCount);
        ulong lost = 0;
        for (int i = 0; i < into.Length; i++)
        {
            ulong met = into[i] & from[i];
            lost |= into[i] ^ met;
            into[i] = met;
        }

        if (lost == 0)
            return -1;
        pending[block] = true;
        return block;
    }
}
