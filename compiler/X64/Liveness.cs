using System.Numerics;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>
/// Which registers are live into and out of each block, by the usual backward dataflow. Registers that only one block
/// mentions take no part in it.
/// </summary>
internal sealed class Liveness
{
    /// <summary>Words that the sets may take (2 GiB): blocks times registers grow with the square of the kernel's length.</summary>
    private const long MaxWords = 1L << 28;

    private readonly MachineFunction _function;
    private readonly int[] _global;
    private readonly int _words;

    /// <summary>Four sets per block, side by side: live in, live out, read before any write, written.</summary>
    private ulong[] _sets;

    /// <summary>Virtual registers by index in the sets.</summary>
    public List<int> Globals { get; } = [];

    public Liveness(MachineFunction function)
    {
        _function = function;
        _global = new int[function.VirtualCount];
        FindGlobals();
        _words = (Globals.Count + 63) / 64;
        long size = 4L * _words * function.BlockCount;
        IsTooLarge = size > MaxWords;
        _sets = IsTooLarge ? [] : SpareArrays<ulong>.Take((int)size);
        if (IsTooLarge)
            return;
        _sets.AsSpan(0, (int)size).Clear();
        Run();
    }

    /// <summary>The sets would take more memory than a compilation may: there are none, and the kernel is to be refused.</summary>
    public bool IsTooLarge { get; }

    /// <summary>Leaves the sets for the next function; this one must not be used any more.</summary>
    public void Discard()
    {
        SpareArrays<ulong>.Leave(_sets);
        _sets = [];
    }

    public ReadOnlySpan<ulong> In(int block) => Set(block, 0);
    public ReadOnlySpan<ulong> Out(int block) => Set(block, 1);

    private Span<ulong> Set(int block, int which) => _sets.AsSpan(((4 * block) + which) * _words, _words);

    private void FindGlobals()
    {
        // -1: not seen; -2 - b: seen in block b only; else index among the globals.
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
    }

    private void Mention(Reg reg, int block)
    {
        if (!reg.IsVirtual)
            return;
        ref int state = ref _global[reg.Virtual];
        if (state == -1)
        {
            state = -2 - block;
        }
        else if (state < -1 && state != -2 - block)
        {
            state = Globals.Count;
            Globals.Add(reg.Virtual);
        }
    }

    private void Run()
    {
        foreach (int b in _function.Layout)
            Local(b);
        var isBehind = FindJumpsBack();
        bool changed = true;
        while (changed)
        {
            // What is live into a block that is only jumped to from above has been passed on by the time that it is known.
            changed = false;
            for (int l = _function.Layout.Count - 1; l >= 0; l--)
            {
                int b = _function.Layout[l];
                ref var block = ref _function.Block(b);
                if (block.Terminator != TerminatorKind.Exit)
                    Merge(b, block.Target0);
                if (block.Terminator == TerminatorKind.ConditionalJump)
                    Merge(b, block.Target1);
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
        var into = Set(block, 1);
        var from = Set(successor, 0);
        for (int w = 0; w < into.Length; w++)
            into[w] |= from[w];
    }

    private bool Flow(int block)
    {
        Span<ulong> @in = Set(block, 0), @out = Set(block, 1), use = Set(block, 2), define = Set(block, 3);
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
        if ((Set(block, 3)[g >> 6] >> (g & 63) & 1) == 0)
            Set(block, 2)[g >> 6] |= 1UL << (g & 63);
    }

    private void Define(Reg reg, int block)
    {
        if (!reg.IsVirtual || _global[reg.Virtual] < 0)
            return;
        int g = _global[reg.Virtual];
        Set(block, 3)[g >> 6] |= 1UL << (g & 63);
    }
}
