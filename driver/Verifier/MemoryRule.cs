using Iced.Intel;
using ShaderJit.Abi;

namespace ShaderJit.Verifier;

/// <summary>The kinds of memory that a kernel can name.</summary>
internal enum MemoryArea : byte
{
    Region,
    Frame,
    Arguments,
    Constants,
}

/// <summary>
/// The address rule: every memory operand is <c>[rsp + constant]</c> inside the frame, <c>[r14 + constant]</c> inside the
/// argument frame, RIP-relative inside the constants, or an address for which interval arithmetic over the facts proves
/// that it lies in the region or one of its guards, whatever the registers hold.
/// </summary>
internal readonly ref struct MemoryRule(int regionBits, int constantsStart, int imageLength)
{
    // Larger than any access on the reviewed list.
    private const int WidestAccess = 64;

    private readonly int regionBits = regionBits;
    private readonly int constantsStart = constantsStart;
    private readonly int imageLength = imageLength;

    /// <summary>Which area the operand names, by its base register alone.</summary>
    public static MemoryArea AreaOf(in Instruction instruction) => instruction.MemoryBase switch
    {
        Register.RSP => MemoryArea.Frame,
        Register.R14 => MemoryArea.Arguments,
        Register.RIP => MemoryArea.Constants,
        _ => MemoryArea.Region,
    };

    /// <summary>Bytes that the operand covers; for gathers and scatters, an element's.</summary>
    public static int SizeOf(in Instruction instruction) => instruction.MemorySize.GetSize();

    /// <summary>Checks the memory operand of an instruction that runs with these facts.</summary>
    public VerifierRule Check(in Step step, in FactRow facts)
    {
        ref readonly Instruction instruction = ref step.Instruction;
        int size = SizeOf(instruction);
        switch (AreaOf(instruction))
        {
            case MemoryArea.Frame:
                return IsWithin(instruction, size, KernelAbi.MaxFrameBytes)
                    ? VerifierRule.None : VerifierRule.FrameAddress;
            case MemoryArea.Arguments:
                if (step.IsStore)
                    return VerifierRule.ReadOnlyStore;
                return IsWithin(instruction, size, ArgumentFrame.Size)
                    ? VerifierRule.None : VerifierRule.ArgumentAddress;
            case MemoryArea.Constants:
                if (step.IsStore)
                    return VerifierRule.ReadOnlyStore;
                return ConstantOffset(instruction, size) >= 0 ? VerifierRule.None : VerifierRule.ConstantAddress;
            case MemoryArea.Region:
            default:
                return IsConfined(instruction, size, facts) ? VerifierRule.None : VerifierRule.RegionAddress;
        }
    }

    /// <summary>Offset in the image of a RIP-relative operand, or -1 if it is not wholly inside the constants.</summary>
    public int ConstantOffset(in Instruction instruction, int size)
    {
        // The code was decoded at address 0, so that a target in front of it wraps to the far end.
        ulong start = instruction.IPRelativeMemoryAddress;
        if (instruction.MemoryIndex != Register.None || size <= 0 || start > (ulong)imageLength)
            return -1;
        return (int)start >= constantsStart && (int)start <= imageLength - size ? (int)start : -1;
    }

    private static bool IsWithin(in Instruction instruction, int size, int limit)
    {
        long start = (long)instruction.MemoryDisplacement64;
        return instruction.MemoryIndex == Register.None && size > 0 && start >= 0 && start <= limit - size;
    }

    // The operand is anchor + term * scale + displacement. The anchor is r15 or a value with the Base fact, unscaled; the
    // term is a bounded register or vector, or absent.
    private bool IsConfined(in Instruction instruction, int size, in FactRow facts)
    {
        Register anchor = instruction.MemoryBase, term = instruction.MemoryIndex;
        long scale = instruction.MemoryIndexScale;
        if (scale == 1 && IsAnchor(term, facts) && !IsAnchor(anchor, facts))
            (anchor, term) = (term, anchor);
        if (!IsAnchor(anchor, facts))
            return false;

        long lowest = (long)instruction.MemoryDisplacement64, highest = lowest;
        if (anchor != Register.R15)
            highest += (1L << regionBits) - 1;

        if (term != Register.None)
        {
            RegisterPlace place = Registers.Of(term);
            if (instruction.IsVsib32)
            {
                lowest += int.MinValue * scale;
                highest += int.MaxValue * scale;
            }
            else if (place.Kind is RegisterKind.General64 || (place.Kind is RegisterKind.Vector && instruction.IsVsib64))
            {
                if (FactBounds.Largest(facts[place.Place], regionBits) is not { } largest)
                    return false;
                highest += largest * scale;
            }
            else
            {
                return false;
            }
        }

        int reach = size > 0 ? size : WidestAccess;
        return lowest >= -RegionLayout.GuardBefore
            && highest + reach <= (1L << regionBits) + RegionLayout.GuardAfter;
    }

    private static bool IsAnchor(Register register, in FactRow facts)
    {
        RegisterPlace place = Registers.Of(register);
        return place.Kind == RegisterKind.General64 && (facts[place.Place] & Facts.Base) == Facts.Base;
    }
}
