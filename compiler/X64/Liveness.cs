namespace ShaderJit.Compiler.X64;

/// <summary>
/// Which registers are live into and out of each block, by the usual backward dataflow. Registers that only one block
/// mentions take no part in it.
/// </summary>
internal sealed class Liveness
{
    private readonly MachineFunction _function;
    private readonly int[] _global;
    private readonly int _words;
    private readonly ulong[] _in, _out, _use, _define;

    /// <summary>Virtual registers by index in the sets.</summary>
    public List<int> Globals { get; } = [];

    public Liveness(MachineFunction function)
    {
        _function = function;
        _global = new int[function.VirtualCount];
        FindGlobals();
        _words = (Globals.Count + 63) / 64;
        int size = _words * function.BlockCount;
        _in = new ulong[size];
        _out = new ulong[size];
        _use = new ulong[size];
        _define = new ulong[size];
        Run();
    }

    public ReadOnlySpan<ulong> In(int block) => _in.AsSpan(block * _words, _words);
    public ReadOnlySpan<ulong> Out(int block) => _out.AsSpan(block * _words, _words);

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

                for (int o = 0; o < inst.OperandCount; o++)
                {
                    if (inst.IsReg(o))
                        Mention(inst.Get(o), b);
                }

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
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int l = _function.Layout.Count - 1; l >= 0; l--)
            {
                int b = _function.Layout[l];
                ref var block = ref _function.Block(b);
                if (block.Terminator == TerminatorKind.Exit)
                {
                    changed |= Flow(b);
                    continue;
                }

                Merge(b, block.Target0);
                if (block.Terminator == TerminatorKind.ConditionalJump)
                    Merge(b, block.Target1);
                changed |= Flow(b);
            }
        }
    }

    private void Merge(int block, int successor)
    {
        var into = _out.AsSpan(block * _words, _words);
        var from = _in.AsSpan(successor * _words, _words);
        for (int w = 0; w < into.Length; w++)
            into[w] |= from[w];
    }

    private bool Flow(int block)
    {
        bool changed = false;
        int at = block * _words;
        for (int w = at; w < at + _words; w++)
        {
            ulong live = _use[w] | (_out[w] & ~_define[w]);
            changed |= live != _in[w];
            _in[w] = live;
        }

        return changed;
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

            for (int o = 0; o < inst.OperandCount; o++)
            {
                if (inst.IsReg(o) && inst.Reads(o))
                    Use(inst.Get(o), b);
            }

            Use(inst.Mask, b);
            if (inst.MemOperand != 255)
            {
                Use(inst.Mem.Base, b);
                Use(inst.Mem.Index, b);
            }

            for (int o = 0; o < inst.OperandCount; o++)
            {
                if (inst.IsReg(o) && inst.Writes(o))
                    Define(inst.Get(o), b);
            }
        }
    }

    private void Use(Reg reg, int block)
    {
        if (!reg.IsVirtual || _global[reg.Virtual] < 0)
            return;
        int g = _global[reg.Virtual];
        int w = block * _words + (g >> 6);
        if ((_define[w] >> (g & 63) & 1) == 0)
            _use[w] |= 1UL << (g & 63);
    }

    private void Define(Reg reg, int block)
    {
        if (!reg.IsVirtual || _global[reg.Virtual] < 0)
            return;
        int g = _global[reg.Virtual];
        _define[block * _words + (g >> 6)] |= 1UL << (g & 63);
    }
}
