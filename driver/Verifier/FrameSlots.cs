using ShaderJit.Abi;

namespace ShaderJit.Verifier;

/// <summary>
/// The 8-byte slots of the frame that facts are kept of: the aligned ones that the kernel reads 8 bytes from. All others
/// hold nothing known. Numbered densely in order of first reading, so that a row of facts stays short.
/// </summary>
internal sealed class FrameSlots
{
    private const int SlotBytes = 8;
    private const int SlotCount = KernelAbi.MaxFrameBytes / SlotBytes;

    // For each slot, 1 + its number, or 0. Grows with the kernel's own frame: most need little of it.
    private ushort[] numbers = [];

    /// <summary>Slots that are tracked.</summary>
    public int Count { get; private set; }

    /// <summary>Tracks the slot that the step reads, if it reads exactly one.</summary>
    public void Add(in Step step)
    {
        if (step.MemoryOperand == Step.NoMemory || MemoryRule.AreaOf(step.Instruction) != MemoryArea.Frame)
            return;
        if (step.Effect is Effect.Move or Effect.Copy && step.MemoryOperand == 0)
            return;
        int index = IndexOf((long)step.Instruction.MemoryDisplacement64, MemoryRule.SizeOf(step.Instruction));
        if (index < 0)
            return;
        if (index >= numbers.Length)
            Array.Resize(ref numbers, Math.Min(Math.Max(index + 1, numbers.Length * 2 + 64), SlotCount));
        if (numbers[index] == 0)
            numbers[index] = (ushort)++Count;
    }

    /// <summary>The place in a <see cref="FactRow"/> of the slot at exactly these bytes of the frame, or -1.</summary>
    public int PlaceOf(long offset, int size)
    {
        int index = IndexOf(offset, size);
        return index >= 0 && index < numbers.Length && numbers[index] != 0 ? FactRow.FirstSlot + numbers[index] - 1 : -1;
    }

    /// <summary>Forgets what was known of all slots that a store to these bytes touches.</summary>
    public void Kill(in FactRow facts, long offset, int size)
    {
        long last = Math.Min((offset + size - 1) / SlotBytes, numbers.Length - 1);
        for (long index = offset / SlotBytes; index <= last; index++)
        {
            if (numbers[index] != 0)
            {
                FactRow row = facts;
                row[FactRow.FirstSlot + numbers[index] - 1] = Facts.None;
            }
        }
    }

    private int IndexOf(long offset, int size) =>
        size == SlotBytes && offset >= 0 && offset % SlotBytes == 0 && offset / SlotBytes < SlotCount
            ? (int)(offset / SlotBytes) : -1;
}
