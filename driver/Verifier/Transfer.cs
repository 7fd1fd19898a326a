using System.Buffers.Binary;
using Iced.Intel;

namespace ShaderJit.Verifier;

/// <summary>
/// What one instruction does to the facts, with the checks that need the facts: addresses, pinned registers, host
/// addresses used as data. In: the facts before the instruction. Out: the facts after it, none stronger than what holds
/// for every value that the facts before admit.
/// </summary>
/// <remarks>
/// Widths are handled in one place, <see cref="Write"/>: a 32-bit result leaves the upper half zero whatever was computed;
/// an 8- or 16-bit result keeps the rest, so that size facts stay; merge masking mixes old and new quadwords.
/// </remarks>
internal readonly ref struct Transfer(
    ReadOnlySpan<byte> image, int constantsStart, int regionBits, FrameSlots slots, Span<ulong> row)
{
    private const int Rax = 0, Rdx = 2;

    private readonly ReadOnlySpan<byte> image = image;
    private readonly int regionBits = regionBits;
    private readonly FrameSlots slots = slots;
    private readonly FactRow facts = new(row);
    private readonly MemoryRule memory = new(regionBits, constantsStart, image.Length);

    /// <summary>Checks the step against the facts, then brings them up to date.</summary>
    public VerifierRule Apply(in Step step)
    {
        if (step.MemoryOperand != Step.NoMemory)
        {
            VerifierRule rule = memory.Check(step, facts);
            if (rule != VerifierRule.None)
                return rule;
        }

        ref readonly Instruction i = ref step.Instruction;
        switch (step.Effect)
        {
            case Effect.Padding:
            case Effect.None:
            case Effect.Jump:
            case Effect.Branch:
                return VerifierRule.None;

            case Effect.Compare:
            case Effect.BitTest:
                return ReadsHost(i, 0) ? VerifierRule.HostAddress : VerifierRule.None;

            case Effect.Write:
            case Effect.WriteEvex:
                return ReadsHost(i, 1) ? VerifierRule.HostAddress : Write(i, 0, Facts.None);

            // The result of these two does not depend on the register, which may hold a dead address.
            case Effect.Update when i.Mnemonic is Mnemonic.Sub or Mnemonic.Sbb && IsSameRegister(i):
                return Write(i, 0, Facts.None);

            case Effect.Update:
            case Effect.BitUpdate:
                return ReadsHost(i, 0) ? VerifierRule.HostAddress : Write(i, 0, Facts.None);

            case Effect.WriteBoth:
                return WriteBoth(i, 2);

            case Effect.UpdateBoth:
                return WriteBoth(i, 0);

            case Effect.Exchange:
                return Exchange(i);

            case Effect.CompareExchange:
                return CompareExchange(i);

            case Effect.Multiply:
                return Multiply(i);

            case Effect.ExtendAccumulator:
            case Effect.ExtendToData:
                return Extend(i, step.Effect);

            case Effect.Move:
                return Move(i);

            case Effect.ConditionalMove:
                return IsPartOfHost(i, 0) || IsPartOfHost(i, 1)
                    ? VerifierRule.HostAddress : WriteAddress(i, 0, Read(i, 0) & Read(i, 1));

            case Effect.Copy:
                return ReadsHost(i, 1) ? VerifierRule.HostAddress : Write(i, 0, Read(i, 1));

            case Effect.LoadAddress:
                return LoadAddress(i);

            case Effect.Add:
                return Add(i);

            case Effect.And:
                return ReadsHost(i, FirstSource(i))
                    ? VerifierRule.HostAddress : Write(i, 0, Read(i, FirstSource(i)) | Read(i, FirstSource(i) + 1));

            case Effect.AndNot:
                return ReadsHost(i, 1) ? VerifierRule.HostAddress : Write(i, 0, Read(i, 2));

            case Effect.Xor when IsSameRegister(i):
                return Write(i, 0, Facts.U32);

            case Effect.Or:
            case Effect.Xor:
                return ReadsHost(i, FirstSource(i))
                    ? VerifierRule.HostAddress : Write(i, 0, Read(i, FirstSource(i)) & Read(i, FirstSource(i) + 1));

            case Effect.ShiftLeft:
            case Effect.ShiftRight:
            case Effect.ShiftRightArithmetic:
                return ReadsHost(i, FirstSource(i)) ? VerifierRule.HostAddress : Write(i, 0, Shifted(i, step.Effect));

            case Effect.BitScan:
                return BitScan(i);

            case Effect.ZeroExtend:
                return ReadsHost(i, 1) ? VerifierRule.HostAddress : Write(i, 0, Facts.U32);

            case Effect.Gather:
                return Gather(i);

            case Effect.Refused:
            default:
                return VerifierRule.Instruction;
        }
    }

    private VerifierRule WriteBoth(in Instruction i, int firstSource)
    {
        if (ReadsHost(i, firstSource))
            return VerifierRule.HostAddress;
        VerifierRule rule = Write(i, 0, Facts.None);
        return rule != VerifierRule.None ? rule : Write(i, 1, Facts.None);
    }

    private VerifierRule Exchange(in Instruction i)
    {
        if (!IsGeneral64(i, 0) || !IsGeneral64(i, 1))
            return WriteBoth(i, 0);
        Facts first = Read(i, 0), second = Read(i, 1);
        VerifierRule rule = WriteAddress(i, 0, second);
        return rule != VerifierRule.None ? rule : WriteAddress(i, 1, first);
    }

    // On success the first operand is written, else rax; either may be left as it was.
    private VerifierRule CompareExchange(in Instruction i)
    {
        if (ReadsHost(i, 0) || IsHost(facts[Rax]))
            return VerifierRule.HostAddress;
        bool wide = IsGeneral64(i, 1);
        Facts rax = wide ? Facts.None : facts[Rax];
        if (i.Op0Kind == OpKind.Register)
        {
            RegisterPlace first = Registers.Of(i.Op0Register);
            Facts old = wide ? Facts.None : facts[first.Place];
            VerifierRule rule = Write(i, 0, Facts.None);
            if (rule != VerifierRule.None)
                return rule;
            Set(first.Place, old);
        }
        else
        {
            Write(i, 0, Facts.None);
        }

        // Last: the first operand may be rax itself.
        Set(Rax, i.Op0Kind == OpKind.Register && Registers.Of(i.Op0Register).Place == Rax ? facts[Rax] & rax : rax);
        return VerifierRule.None;
    }

    private VerifierRule Multiply(in Instruction i)
    {
        if (i.OpCount > 1)
            return ReadsHost(i, i.OpCount == 2 ? 0 : 1) ? VerifierRule.HostAddress : Write(i, 0, Facts.None);
        if (ReadsHost(i, 0) || IsHost(facts[Rax]))
            return VerifierRule.HostAddress;
        int size = i.Op0Kind == OpKind.Register ? i.Op0Register.GetSize() : MemoryRule.SizeOf(i);
        WriteImplicit(Rax, size);
        WriteImplicit(Rdx, size);
        return VerifierRule.None;
    }

    private VerifierRule Extend(in Instruction i, Effect effect)
    {
        if (IsHost(facts[Rax]))
            return VerifierRule.HostAddress;
        int size = i.Mnemonic switch
        {
            Mnemonic.Cdqe or Mnemonic.Cqo => 8,
            Mnemonic.Cwde or Mnemonic.Cdq => 4,
            _ => 2,
        };
        WriteImplicit(effect == Effect.ExtendAccumulator ? Rax : Rdx, size);
        return VerifierRule.None;
    }

    // A host address may be copied to a register or to the frame, and whole.
    private VerifierRule Move(in Instruction i)
    {
        if (i.Op1Kind == OpKind.Register && IsHost(FactsBehind(i, 1)))
        {
            bool toFrame = i.Op0Kind == OpKind.Memory && MemoryRule.AreaOf(i) == MemoryArea.Frame;
            if (!IsGeneral64(i, 1) || !(toFrame || i.Op0Kind == OpKind.Register))
                return VerifierRule.HostAddress;
        }

        return WriteAddress(i, 0, Read(i, 1));
    }

    // [r15 + offset] makes a region address; any other sum with a host address is refused, and so are code addresses.
    private VerifierRule LoadAddress(in Instruction i)
    {
        Register @base = i.MemoryBase, index = i.MemoryIndex;
        if (i.IsIPRelativeMemoryOperand)
            return VerifierRule.HostAddress;
        if (index == Register.R15 && i.MemoryIndexScale == 1)
            (@base, index) = (index, @base);
        bool indexIsHost = index != Register.None && IsHost(facts[Registers.Of(index).Place]);
        bool baseIsHost = @base != Register.None && IsHost(facts[Registers.Of(@base).Place]);
        if (!indexIsHost && !baseIsHost)
            return Write(i, 0, Facts.None);

        bool offset = index == Register.None
            || (i.MemoryIndexScale == 1 && (facts[Registers.Of(index).Place] & Facts.Offset) != 0);
        bool region = @base == Register.R15 && !indexIsHost && offset
            && i.MemoryDisplacement64 == 0 && IsGeneral64(i, 0);
        return region ? WriteAddress(i, 0, Facts.Base) : VerifierRule.HostAddress;
    }

    private VerifierRule Add(in Instruction i)
    {
        if (i.Op1Kind == OpKind.Register && i.Op1Register == Register.R15 && IsGeneral64(i, 0))
        {
            Facts first = Read(i, 0);
            return !IsHost(first) && (first & Facts.Offset) != 0 ? WriteAddress(i, 0, Facts.Base) : VerifierRule.HostAddress;
        }

        return ReadsHost(i, 0) ? VerifierRule.HostAddress : Write(i, 0, Facts.None);
    }

    private Facts Shifted(in Instruction i, Effect effect)
    {
        int source = FirstSource(i);
        Facts before = Read(i, source);
        int? count = null;
        if (i.GetOpKind(source + 1) == OpKind.Immediate8)
        {
            // Scalar shifts take the low six bits of their count; vector shifts take all of it, and 64 clears.
            int immediate = (int)(i.GetImmediate(source + 1) & 0xFF);
            bool vector = i.Op0Kind == OpKind.Register && Registers.Of(i.Op0Register).Kind == RegisterKind.Vector;
            count = vector ? immediate : immediate & 63;
        }

        switch (effect)
        {
            case Effect.ShiftLeft:
                return before == Facts.U32 && count <= regionBits - 32 ? Facts.Offset : Facts.None;
            case Effect.ShiftRightArithmetic:
                return before;
            default:
                Facts cleared = count >= 32 ? Facts.U32 : count >= 64 - regionBits ? Facts.Offset : Facts.None;
                return before | cleared;
        }
    }

    private VerifierRule BitScan(in Instruction i)
    {
        if (ReadsHost(i, 1))
            return VerifierRule.HostAddress;
        RegisterPlace first = Registers.Of(i.Op0Register);
        Facts old = facts[first.Place];
        VerifierRule rule = Write(i, 0, Facts.None);
        if (rule == VerifierRule.None)
            Set(first.Place, old & Facts.U32);
        return rule;
    }

    private VerifierRule Gather(in Instruction i)
    {
        VerifierRule rule = Write(i, 0, Facts.None);
        if (rule == VerifierRule.None && i.OpCount > 2)
            rule = Write(i, 2, Facts.None);
        return rule;
    }

    // Legacy forms with two operands read the first; the others have a separate destination.
    private static int FirstSource(in Instruction i) => i.OpCount == 2 ? 0 : 1;

    private static bool IsSameRegister(in Instruction i)
    {
        int source = FirstSource(i);
        return i.GetOpKind(source) == OpKind.Register && i.GetOpKind(source + 1) == OpKind.Register
            && i.GetOpRegister(source) == i.GetOpRegister(source + 1);
    }

    private static bool IsGeneral64(in Instruction i, int operand) =>
        i.GetOpKind(operand) == OpKind.Register
        && Registers.Of(i.GetOpRegister(operand)).Kind == RegisterKind.General64;

    private static bool IsHost(Facts facts) => (facts & Facts.Host) != 0;

    // The facts of the whole general register or frame slot that an operand is a part of.
    private Facts FactsBehind(in Instruction i, int operand)
    {
        switch (i.GetOpKind(operand))
        {
            case OpKind.Register:
                RegisterPlace place = Registers.Of(i.GetOpRegister(operand));
                return place.IsGeneral ? facts[place.Place] : Facts.None;
            case OpKind.Memory:
                return ReadMemory(i);
            default:
                return Facts.None;
        }
    }

    private bool ReadsHost(in Instruction i, int firstOperand)
    {
        for (int operand = firstOperand; operand < i.OpCount; operand++)
        {
            if (IsHost(FactsBehind(i, operand)))
                return true;
        }

        return false;
    }

    private bool IsPartOfHost(in Instruction i, int operand) =>
        i.GetOpKind(operand) == OpKind.Register && !IsGeneral64(i, operand) && IsHost(FactsBehind(i, operand));

    // What is known of an operand's value, zero-extended to 64 bits.
    private Facts Read(in Instruction i, int operand)
    {
        switch (i.GetOpKind(operand))
        {
            case OpKind.Register:
                RegisterPlace place = Registers.Of(i.GetOpRegister(operand));
                return place.Kind switch
                {
                    RegisterKind.General64 or RegisterKind.Vector => facts[place.Place],
                    RegisterKind.General32 or RegisterKind.General16 or RegisterKind.General8 => Facts.U32,
                    _ => Facts.None,
                };
            case OpKind.Memory:
                return ReadMemory(i);
            default:
                return FactBounds.Of(i.GetImmediate(operand), regionBits);
        }
    }

    private Facts ReadMemory(in Instruction i)
    {
        int size = MemoryRule.SizeOf(i);
        MemoryArea area = MemoryRule.AreaOf(i);
        if (area == MemoryArea.Frame && size % sizeof(ulong) == 0)
            return slots.Read(facts, (long)i.MemoryDisplacement64, size);

        if (area == MemoryArea.Constants && size % sizeof(ulong) == 0)
        {
            int offset = memory.ConstantOffset(i, size);
            Facts common = offset >= 0 && size > 0 ? Facts.U32 : Facts.None;
            for (int at = 0; at < size && common != Facts.None; at += sizeof(ulong))
                common &= FactBounds.Of(BinaryPrimitives.ReadUInt64LittleEndian(image.Slice(offset + at)), regionBits);
            return common;
        }

        // A broadcast of less than a quadword fills the upper half too.
        return size is > 0 and <= 4 && !i.IsBroadcast ? Facts.U32 : Facts.None;
    }

    // Writes an operand with data: no result of a computation is an address, whatever its sources were.
    private VerifierRule Write(in Instruction i, int operand, Facts value) =>
        WriteAddress(i, operand, value & Facts.U32);

    // Writes an operand with a value that may be a host address.
    private VerifierRule WriteAddress(in Instruction i, int operand, Facts value)
    {
        if (i.GetOpKind(operand) == OpKind.Memory)
        {
            if (MemoryRule.AreaOf(i) != MemoryArea.Frame)
                return VerifierRule.None;
            // Of results longer than 8 bytes only those of Copy carry facts, and they do for each quadword.
            Facts stored = i.HasOpMask ? Facts.None : value;
            slots.Write(facts, (long)i.MemoryDisplacement64, MemoryRule.SizeOf(i), stored);
            return VerifierRule.None;
        }

        RegisterPlace place = Registers.Of(i.GetOpRegister(operand));
        if (place.IsGeneral && place.Place is FactRow.Rsp or FactRow.R14 or FactRow.R15)
            return VerifierRule.PinnedRegister;
        switch (place.Kind)
        {
            case RegisterKind.General64:
                Set(place.Place, value);
                break;
            case RegisterKind.General32:
                Set(place.Place, Facts.U32);
                break;
            case RegisterKind.General16:
            case RegisterKind.General8:
                Set(place.Place, facts[place.Place] & Facts.U32);
                break;
            case RegisterKind.Vector:
                if (i.HasOpMask && !i.ZeroingMasking)
                    value &= facts[place.Place];
                Set(place.Place, value & Facts.U32);
                break;
            case RegisterKind.Mask:
            case RegisterKind.Refused:
            default:
                break;
        }

        return VerifierRule.None;
    }

    private void WriteImplicit(int place, int size) =>
        Set(place, size == 8 ? Facts.None : size == 4 ? Facts.U32 : facts[place] & Facts.U32);

    private void Set(int place, Facts value)
    {
        FactRow row = facts;
        row[place] = value;
    }
}
