using Iced.Intel;

namespace ShaderJit.Verifier;

/// <summary>An instruction of the kernel with what the checks of its form found out.</summary>
internal struct Step
{
    public const sbyte NoMemory = -1;

    public Instruction Instruction;

    /// <summary>Of a branch: the index of the step it goes to; the number of steps for the exit.</summary>
    public int Target;

    public Effect Effect;

    /// <summary>Which operand is memory that is accessed; <see cref="NoMemory"/> if none.</summary>
    public sbyte MemoryOperand;

    /// <summary>Whether the memory operand is written.</summary>
    public readonly bool IsStore => MemoryOperand == 0 && WritesFirst;

    private readonly bool WritesFirst => Effect switch
    {
        Effect.Compare or Effect.BitTest or Effect.None => false,
        Effect.Multiply => Instruction.OpCount > 1,
        _ => true,
    };
}

/// <summary>The rules that need no dataflow: the reviewed list, prefixes, kinds of operands.</summary>
internal static class InstructionForm
{
    /// <summary>Checks <see cref="Step.Instruction"/> and fills in the other fields but the target.</summary>
    public static VerifierRule Check(ref Step step, LegacyPrefixes prefixes)
    {
        Effect effect = AllowedInstructions.EffectOf(step.Instruction.Mnemonic);
        step.Effect = effect;
        step.MemoryOperand = Step.NoMemory;
        if (effect == Effect.Refused
            || (effect == Effect.WriteEvex && step.Instruction.Code.Encoding() != EncodingKind.EVEX))
            return VerifierRule.Instruction;

        VerifierRule rule = CheckOperands(ref step);
        return rule != VerifierRule.None ? rule : CheckPrefixes(step, prefixes);
    }

    private static VerifierRule CheckOperands(ref Step step)
    {
        ref readonly Instruction instruction = ref step.Instruction;
        bool branches = step.Effect is Effect.Jump or Effect.Branch;
        int memory = Step.NoMemory;
        for (int i = 0; i < instruction.OpCount; i++)
        {
            switch (instruction.GetOpKind(i))
            {
                // Segment, control, debug, x87, MMX and tile registers are of the refused kind.
                case OpKind.Register:
                    if (branches || Registers.Of(instruction.GetOpRegister(i)).Kind == RegisterKind.Refused)
                        return VerifierRule.Operand;
                    break;

                case OpKind.Memory:
                    // Absolute addresses are 0xA0 to 0xA3, with 64 bits, and a ModRM form with 32.
                    if (branches || memory != Step.NoMemory
                        || (instruction.MemoryBase == Register.None && instruction.MemoryIndex == Register.None))
                        return VerifierRule.Operand;
                    memory = i;
                    break;

                case OpKind.Immediate8:
                case OpKind.Immediate16:
                case OpKind.Immediate32:
                case OpKind.Immediate64:
                case OpKind.Immediate8to16:
                case OpKind.Immediate8to32:
                case OpKind.Immediate8to64:
                case OpKind.Immediate32to64:
                    break;

                case OpKind.NearBranch64:
                    if (!branches)
                        return VerifierRule.Operand;
                    break;

                default:
                    return VerifierRule.Operand;
            }
        }

        // With a register index, bt and its kin access memory up to 2^60 bytes from their operand.
        if (step.Effect is (Effect.BitTest or Effect.BitUpdate) && memory == 0 && instruction.Op1Kind == OpKind.Register)
            return VerifierRule.Operand;

        // A nop only looks as if it accessed memory; lea has a rule of its own.
        if (step.Effect is not (Effect.Padding or Effect.LoadAddress))
            step.MemoryOperand = (sbyte)memory;
        return VerifierRule.None;
    }

    private static VerifierRule CheckPrefixes(in Step step, LegacyPrefixes prefixes)
    {
        if (prefixes == LegacyPrefixes.None)
            return VerifierRule.None;
        if ((prefixes & LegacyPrefixes.Refused) != 0)
            return VerifierRule.Prefix;

        // Repeat is a part of these three and means nothing, or transactions, elsewhere.
        if ((prefixes & LegacyPrefixes.RepeatEqual) != 0
            && step.Instruction.Mnemonic is not (Mnemonic.Lzcnt or Mnemonic.Tzcnt or Mnemonic.Popcnt))
            return VerifierRule.Prefix;

        // Iced knows which instructions may be locked; on a register none may.
        if ((prefixes & LegacyPrefixes.Lock) != 0 && !(step.Instruction.HasLockPrefix && step.IsStore))
            return VerifierRule.Prefix;
        return VerifierRule.None;
    }
}
