using ShaderJit.Abi;

namespace ShaderJit.Verifier;

/// <summary>
/// The 8-byte slots of the frame that facts are kept of: the aligned ones that the kernel loads whole, one by one or as a
/// vector. All others hold nothing known. Numbered densely in order of first reading, so that a row of facts stays short.
/// </summary>
internal sealed class FrameSlots
{
    private const int SlotBytes = 8, SlotCount = KernelAbi.MaxFrameBytes / SlotBytes;

    // For each slot, 1 + its number, or 0. Grows with the kernel's own frame: most need little of it.
    private ushort[] numbers = [];

    /// <summary>Slots that are tracked.</summary>
    public int Count { get; private set; }

    /// <summary>Tracks the slots that the step loads, if it loads whole ones.</summary>
    public void Add(in Step step)
    {
        if (step.MemoryOperand == Step.NoMemory || MemoryRule.AreaOf(step.Instruction) != MemoryArea.Frame)
            return;
        bool isCopy = step.Effect is Effect.Move or Effect.Copy;
        if (isCopy && step.MemoryOperand == 0)
            return;
        long offset = (long)step.Instruction.MemoryDisplacement64;
        int size = MemoryRule.SizeOf(step.Instruction);
        if (!IsWhole(offset, size) || (size != SlotBytes && !isCopy))
            return;

        long end = Math.Min((offset + size) / SlotBytes, SlotCount);
        for (long index = offset / SlotBytes; index < end; index++)
        {
            if (index >= numbers.Length)
                Array.Resize(ref numbers, (int)Math.Min(Math.Max(index + 1, numbers.Length * 2 + 64), SlotCount));
            if (numbers[index] == 0)
                numbers[index] = (ushort)++Count;
        }
    }

    /// <summary>What is known of each quadword of a load of <paramref name="size"/> bytes.</summary>
    public Facts Read(in FactRow facts, long offset, int size)
    {
        if (!IsWhole(offset, size))
            return Facts.None;
        Facts common = Facts.All;
        for (long index = offset / SlotBytes; index < (offset + size) / SlotBytes; index++)
        {
            common &= index < numbers.Length && numbers[index] != 0
                ? facts[FactRow.FirstSlot + numbers[index] - 1] : Facts.None;
        }

        return common;
    }

    /// <summary>Notes a store: <paramref name="value"/> of each quadword if it writes whole slots, else nothing known of
    /// all the slots that it touches.</summary>
    public void Write(in FactRow facts, long offset, int size, Facts value)
    {
        FactRow row = facts;
        Facts stored = IsWhole(offset, size) ? value : Facts.None;
        long last = Math.Min((offset + size - 1) / SlotBytes, numbers.Length - 1);
        for (long index = Math.Max(offset, 0) / SlotBytes; index <= last; index++)
        {
            if (numbers[index] != 0)
                row[FactRow.FirstSlot + numbers[index] - 1] = stored;
        }
    }

    private static bool IsWhole(long offset, int size) =>
        offset >= 0 && offset % SlotBytes == 0 && size > 0 && size % SlotBytes == 0;
}
