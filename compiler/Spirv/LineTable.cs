namespace ShaderJit.Compiler.Spirv;

/// <summary>Which source line each instruction belongs to: one entry per change.</summary>
internal sealed class LineTable
{
    private readonly record struct Entry(int Instruction, uint File, uint Line, uint Column);

    private readonly List<Entry> entries = [];

    /// <summary>From this instruction on, the line is this. Instructions come in order.</summary>
    public void Set(int instruction, uint file, uint line, uint column) => entries.Add(new(instruction, file, line, column));

    /// <summary>From this instruction on, there is no line.</summary>
    public void Clear(int instruction)
    {
        if (entries.Count > 0 && entries[^1].Line != 0)
            entries.Add(new(instruction, 0, 0, 0));
    }

    public SourceLine Find(Module module, int instruction)
    {
        int low = 0, high = entries.Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (entries[middle].Instruction <= instruction)
                low = middle + 1;
            else
                high = middle;
        }
        int offset = module.Instruction(instruction).Offset;
        if (low == 0)
            return new(offset, "", 0, 0);
        Entry e = entries[low - 1];
        return new(offset, module.StringOf(e.File), Clamp(e.Line), Clamp(e.Column));
    }

    public List<SourceLine> ToSourceLines(Module module)
    {
        var files = new Dictionary<uint, string>();
        var lines = new List<SourceLine>(entries.Count);
        foreach (Entry e in entries)
        {
            if (!files.TryGetValue(e.File, out string? file))
                files.Add(e.File, file = module.StringOf(e.File));
            if (e.Instruction < module.Instructions.Length)
                lines.Add(new(module.Instruction(e.Instruction).Offset, file, Clamp(e.Line), Clamp(e.Column)));
        }
        return lines;
    }

    private static int Clamp(uint value) => (int)Math.Min(value, int.MaxValue);
}
