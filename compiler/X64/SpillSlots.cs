namespace ShaderJit.Compiler.X64;

/// <summary>Places in the frame for spilled registers; registers whose lives do not touch share one.</summary>
internal sealed class SpillSlots
{
    private readonly int _vectorBytes;
    private readonly int[] _slot;
    private readonly int[] _scratch = [-1, -1, -1, -1, -1, -1];
    private int _top;

    public SpillSlots(MachineFunction function, LiveIntervals live, bool[] spilled)
    {
        _vectorBytes = function.VectorBytes;
        _top = function.FrameBytes;
        _slot = new int[function.VirtualCount];
        var order = new List<(int From, int To, int Register)>();
        for (int v = 0; v < spilled.Length; v++)
        {
            _slot[v] = -1;
            if (!spilled[v] || function.Rematerialize(v) >= 0)
                continue;
            int from = live.Start(Reg.FirstVirtual + v), to = 0;
            for (int p = Reg.FirstVirtual + v; p >= 0; p = live[p].NextPiece)
                to = Math.Max(to, live[p].End);
            order.Add((from, to + LiveIntervals.Step, v));
        }

        order.Sort();
        var free = new List<(int FreeFrom, int Offset)>[] { [], [] };
        foreach (var (from, to, v) in order)
        {
            bool vector = function.Kind(new Reg(Reg.FirstVirtual + v)) == RegKind.Vec;
            var slots = free[vector ? 1 : 0];
            int found = 0;
            while (found < slots.Count && slots[found].FreeFrom > from)
                found++;
            if (found == slots.Count)
                slots.Add((0, Allocate(vector)));

            _slot[v] = slots[found].Offset;
            slots[found] = (to, slots[found].Offset);
        }
    }

    /// <summary>End of the used part of the frame, in bytes from rsp.</summary>
    public int Top => _top;

    /// <summary>Byte offset from rsp of a virtual register's slot.</summary>
    public int Of(int virtualIndex) => _slot[virtualIndex];

    /// <summary>A slot that a cycle of moves (0) or the register for a move from slot to slot (1) is saved in.</summary>
    public int Scratch(RegKind kind, int use)
    {
        int index = (kind == RegKind.Vec ? 0 : kind == RegKind.Mask ? 1 : 2) + 3 * use;
        if (_scratch[index] < 0)
            _scratch[index] = Allocate(kind == RegKind.Vec);
        return _scratch[index];
    }

    private int Allocate(bool vector)
    {
        int bytes = vector ? _vectorBytes : 8;
        int offset = (_top + bytes - 1) & -bytes;
        _top = offset + bytes;
        return offset;
    }
}
