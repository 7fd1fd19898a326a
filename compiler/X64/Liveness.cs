using System.Numerics;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>
/// Which registers are live into and out of each block, by the usual backward dataflow. Registers that only one block
/// mentions take no part in it.
/// </summary>
internal sealed class Liveness
{
    /// <summary>Words that the sets may take (512 MiB): where everything lives everywhere they grow with the square of the kernel's
    /// length.</summary>
    private const long MaxWords = 1L << 26;

    /// <summary>Sets of up to so many words (8 MiB) stay as they are made. Larger ones are made for some registers at a time, a part
    /// of <see cref="PartWords"/> words for each block, of which only what is not empty is kept.</summary>
    private const int MaxWholeWords = 1 << 20, PartWords = 32;

    private const int LiveIn = 0, LiveOut = 1, Exposed = 2, Written = 3;

    private readonly MachineFunction _function;
    private readonly int[] _global;

    /// <summary>Words of a part.</summary>
    private readonly int _words;

    /// <summary>Four sets per block, side by side: live in, live out, read before any write, written.</summary>
    private ulong[] _sets;

    /// <summary>Whether a block's sets of the part that is made have any bit: those live in, and those read first.</summary>
    private readonly bool[] _isLive, _isRead;

    /// <summary>With several parts: what blocks read and write, by part; and by register, the last block (and 1) that had read it
    /// before writing it, and that had written it.</summary>
    private readonly List<(int Global, int Block, int Which)>[] _mentions = [];
    private readonly int[] _lastRead = [], _lastWritten = [];

    /// <summary>With several parts: the words kept, and for each part and block, where those of what lives into it begin, which is the
    /// first, and how many.</summary>
    private ulong[] _kept = [];
    private readonly (int Start, short First, short Count)[] _rows = [];
    private int _keptCount;

    /// <summary>Virtual registers by index in the sets.</summary>
    public List<int> Globals { get; } = [];

    public Liveness(MachineFunction function)
    {
        _function = function;
        _global = new int[function.VirtualCount];
        FindGlobals();
        int words = (Globals.Count + 63) / 64, blocks = function.BlockCount;
        Parts = 4L * words * blocks <= MaxWholeWords ? 1 : (words + PartWords - 1) / PartWords;
        _words = Parts == 1 ? words : PartWords;
        _sets = SpareArrays<ulong>.Take(4 * _words * blocks);
        _sets.AsSpan(0, 4 * _words * blocks).Clear();
        _isLive = new bool[blocks];
        _isRead = new bool[blocks];
        if (Parts > 1)
        {
            _rows = new (int, short, short)[Parts * blocks];
            _lastRead = new int[Globals.Count];
            _lastWritten = new int[Globals.Count];
            _mentions = new List<(int, int, int)>[Parts];
            for (int part = 0; part < Parts; part++)
                _mentions[part] = [];
        }

        foreach (int b in _function.Layout)
            Local(b);
        var isBehind = FindJumpsBack();
        if (Parts == 1)
            Flow(isBehind);
        for (int part = 0; part < Parts && Parts > 1 && !IsTooLarge; part++)
        {
            foreach (var (g, block, which) in _mentions[part])
                Mark(g - part * PartWords * 64, block, which);
            Flow(isBehind);
            Keep(part);
        }
    }

    /// <summary>The sets would take more memory than a compilation may: they are not whole, and the kernel is to be refused.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Parts that each block's sets are in, by ascending words.</summary>
    public int Parts { get; }

    /// <summary>Leaves the sets for the next function; this one must not be used any more.</summary>
    public void Discard()
    {
        SpareArrays<ulong>.Leave(_sets);
        _sets = [];
        _kept = [];
    }

    /// <summary>Registers live into a block: words of the set from <paramref name="first"/> on; the part's others are 0.</summary>
    public ReadOnlySpan<ulong> In(int block, int part, out int first)
    {
        first = 0;
        if (Parts == 1)
            return Set(block, LiveIn);
        ref var row = ref _rows[part * _function.BlockCount + block];
        first = part * PartWords + row.First;
        return _kept.AsSpan(row.Start, row.Count);
    }

    /// <summary>Registers live out of a block. With several parts it is to be made from what lives into its successors.</summary>
    public ReadOnlySpan<ulong> Out(int block) => Set(block, LiveOut);

    private Span<ulong> Set(int block, int which) => _sets.AsSpan(((4 * block) + which) * _words, _words);

    /// <summary>Keeps what the sets of a part have, and clears them.</summary>
    private void Keep(int part)
    {
        foreach (int b in _function.Layout)
        {
            if (!_isLive[b])
                continue;
            var set = Set(b, LiveIn);
            int first = Math.Max(set.IndexOfAnyExcept(0UL), 0), count = set.LastIndexOfAnyExcept(0UL) + 1 - first;
            if (_keptCount + count > _kept.Length)
                Array.Resize(ref _kept, Math.Max(_keptCount + count, _kept.Length * 2));
            set.Slice(first, count).CopyTo(_kept.AsSpan(_keptCount));
            _rows[part * _function.BlockCount + b] = (_keptCount, (short)first, (short)count);
            _keptCount += count;
            set.Clear();
            Set(b, LiveOut).Clear();
            _isLive[b] = _isRead[b] = false;
        }

        foreach (var (_, block, which) in _mentions[part])
            Set(block, which).Clear();
        _mentions[part].Clear();
        IsTooLarge = _keptCount > MaxWords;
    }

    private void FindGlobals()
    {
        // -1: not seen; -2 - b: seen in block b only; 0: seen in several. At the end the last get their index among the globals, in the
        // order in which registers were made, so that few words hold what is live in a block.
        Array.Fill(_global, -1);
        foreach (int b in _function.Layout)
        {
            ref var block = ref _function.Block(b);
            for (int i = block.Start; i < block.Start + block.Count; i++)
            {
                ref var inst = ref _function.Code(i);
                if (inst.Kind == InstKind.ParallelCopy)
                {
                    for (int c = 0; c < inst.R0.Id; c++)
                    {
                        ref var pair = ref _function.Copy((int)inst.Immediate + c);
                        Mention(pair.To, b);
                        Mention(pair.From, b);
                    }

                    continue;
                }

                for (uint operands = inst.RegisterOperands; operands != 0; operands &= operands - 1)
                    Mention(inst.Get(BitOperations.TrailingZeroCount(operands)), b);
                Mention(inst.Mask, b);
                if (inst.MemOperand != 255)
                {
                    Mention(inst.Mem.Base, b);
                    Mention(inst.Mem.Index, b);
                }
            }
        }

        for (int v = 0; v < _global.Length; v++)
        {
            if (_global[v] < 0)
                continue;
            _global[v] = Globals.Count;
            Globals.Add(v);
        }
    }

    private void Mention(Reg reg, int block)
    {
        if (!reg.IsVirtual)
            return;
        ref int state = ref _global[reg.Virtual];
        if (state == -1)
            state = -2 - block;
        else if (state != -2 - block)
            state = 0;
    }

    private void Flow(bool[] isBehind)
    {
        bool changed = true;
        while (changed)
        {
            // What is live into a block that is only jumped to from above has been passed on by the time that it is known.
            changed = false;
            for (int l = _function.Layout.Count - 1; l >= 0; l--)
            {
                int b = _function.Layout[l];
                ref var block = ref _function.Block(b);
                bool any = _isRead[b];
                if (block.Terminator != TerminatorKind.Exit && _isLive[block.Target0])
                {
                    Merge(b, block.Target0);
                    any = true;
                }

                if (block.Terminator == TerminatorKind.ConditionalJump && _isLive[block.Target1])
                {
                    Merge(b, block.Target1);
                    any = true;
                }

                if (!any)
                    continue;
                _isLive[b] = true;
                changed |= Flow(b) && isBehind[b];
            }
        }
    }

    /// <summary>The blocks that are jumped to from the same or a later place of the layout.</summary>
    private bool[] FindJumpsBack()
    {
        var isSeen = new bool[_function.BlockCount];
        var isBehind = new bool[_function.BlockCount];
        foreach (int b in _function.Layout)
        {
            isSeen[b] = true;
            ref var block = ref _function.Block(b);
            if (block.Terminator != TerminatorKind.Exit)
                isBehind[block.Target0] |= isSeen[block.Target0];
            if (block.Terminator == TerminatorKind.ConditionalJump)
                isBehind[block.Target1] |= isSeen[block.Target1];
        }

        return isBehind;
    }

    private void Merge(int block, int successor)
    {
        var into = Set(block, LiveOut);
        var from = Set(successor, LiveIn);
        for (int w = 0; w < into.Length; w++)
            into[w] |= from[w];
    }

    private bool Flow(int block)
    {
        Span<ulong> @in = Set(block, LiveIn), @out = Set(block, LiveOut), use = Set(block, Exposed), define = Set(block, Written);
        ulong changed = 0;
        for (int w = 0; w < @in.Length; w++)
        {
            ulong live = use[w] | (@out[w] & ~define[w]);
            changed |= live ^ @in[w];
            @in[w] = live;
        }

        return changed != 0;
    }

    private void Local(int b)
    {
        ref var block = ref _function.Block(b);
        for (int i = block.Start; i < block.Start + block.Count; i++)
        {
            ref var inst = ref _function.Code(i);
            if (inst.Kind == InstKind.ParallelCopy)
            {
                for (int c = 0; c < inst.R0.Id; c++)
                    Use(_function.Copy((int)inst.Immediate + c).From, b);
                for (int c = 0; c < inst.R0.Id; c++)
                    Define(_function.Copy((int)inst.Immediate + c).To, b);
                continue;
            }

            for (uint operands = inst.Read; operands != 0; operands &= operands - 1)
                Use(inst.Get(BitOperations.TrailingZeroCount(operands)), b);

            Use(inst.Mask, b);
            if (inst.MemOperand != 255)
            {
                Use(inst.Mem.Base, b);
                Use(inst.Mem.Index, b);
            }

            for (uint operands = inst.Written; operands != 0; operands &= operands - 1)
                Define(inst.Get(BitOperations.TrailingZeroCount(operands)), b);
        }
    }

    private void Use(Reg reg, int block)
    {
        if (!reg.IsVirtual || _global[reg.Virtual] < 0)
            return;
        int g = _global[reg.Virtual];
        if (Parts == 1)
        {
            if ((Set(block, Written)[g >> 6] >> (g & 63) & 1) == 0)
                Mark(g, block, Exposed);
        }
        else if (_lastWritten[g] != block + 1 && _lastRead[g] != block + 1)
        {
            _lastRead[g] = block + 1;
            _mentions[g / (64 * PartWords)].Add((g, block, Exposed));
        }
    }

    private void Define(Reg reg, int block)
    {
        if (!reg.IsVirtual || _global[reg.Virtual] < 0)
            return;
        int g = _global[reg.Virtual];
        if (Parts == 1)
        {
            Mark(g, block, Written);
        }
        else if (_lastWritten[g] != block + 1)
        {
            _lastWritten[g] = block + 1;
            _mentions[g / (64 * PartWords)].Add((g, block, Written));
        }
    }

    private void Mark(int g, int block, int which)
    {
        Set(block, which)[g >> 6] |= 1UL << (g & 63);
        _isRead[block] |= which == Exposed;
    }
}
