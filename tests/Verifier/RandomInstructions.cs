using Iced.Intel;

namespace ShaderJit.Verifier.Tests;

/// <summary>Byte strings that are likely to be instructions: random opcodes behind well-formed prefixes of each
/// encoding.</summary>
internal sealed class RandomInstructions(int seed)
{
    public const int MaxBytes = 15;

    private static readonly byte[] LegacyPrefixBytes = [0x66, 0xF0, 0xF3, 0xF2, 0x67, 0x2E, 0x65];
    private readonly Random random = new(seed);

    /// <summary>Fills 15 bytes. With <paramref name="memoryAtR15"/> a memory operand, if there is one, is
    /// <c>[r15 + disp32]</c>, the displacement a multiple of 64 below 4096.</summary>
    public void Next(Span<byte> bytes, bool memoryAtR15 = false)
    {
        random.NextBytes(bytes[..MaxBytes]);
        int at = 0;
        switch (random.Next(8))
        {
            case 0 or 1 or 2:
                if (random.Next(3) == 0)
                    bytes[at++] = LegacyPrefixBytes[random.Next(memoryAtR15 ? 3 : LegacyPrefixBytes.Length)];
                if (random.Next(3) != 0 || memoryAtR15)
                    bytes[at++] = (byte)(0x40 | random.Next(16) | (memoryAtR15 ? 1 : 0));
                int map = random.Next(4);
                if (map != 0)
                    bytes[at++] = 0x0F;
                if (map == 3)
                    bytes[at++] = (byte)(random.Next(2) == 0 ? 0xB8 | random.Next(8) : 0x38);
                break;
            case 3:
                bytes[at++] = 0xC5;
                at++;
                break;
            case 4:
                bytes[at++] = 0xC4;
                bytes[at] = (byte)((bytes[at] & 0xE0) | random.Next(1, 4));
                if (memoryAtR15)
                    bytes[at] &= 0xDF;
                at++;
                if (random.Next(2) == 0)
                    bytes[at] |= 0x78;
                at++;
                break;
            default:
                // Mask operands need R and R' set, gathers a mask and no vvvv, most others no zeroing without a mask.
                bytes[at++] = 0x62;
                bytes[at] = (byte)((bytes[at] & 0xF0) | random.Next(1, 4));
                if (random.Next(2) == 0)
                    bytes[at] |= 0x90;
                if (memoryAtR15)
                    bytes[at] &= 0xDF;
                at++;
                bytes[at] |= (byte)(random.Next(2) == 0 ? 0x7C : 0x04);
                at++;
                int mask = random.Next(3);
                if (mask == 0)
                    bytes[at] = (byte)((bytes[at] & 0x70) | 0x08);
                else if (mask == 1)
                    bytes[at] = (byte)((bytes[at] & 0x6F) | 0x08);
                at++;
                break;
        }

        // The opcode stays random. mod = 2, rm = 7 is [r15 + disp32] with the high bit of rm set above.
        int modRm = at + 1;
        if (memoryAtR15 && random.Next(2) == 0)
        {
            bytes[modRm] = (byte)((bytes[modRm] & 0x38) | 0x87);
            BitConverter.TryWriteBytes(bytes[(modRm + 1)..], random.Next(0, 64) * 64);
        }
        else if (!memoryAtR15 && random.Next(3) == 0)
        {
            bytes[modRm] = (byte)((bytes[modRm] & 0x38) | (random.Next(3) << 6) | 4);
        }
    }

    /// <summary>Decodes at address 0.</summary>
    public static Instruction Decode(byte[] bytes)
    {
        Decoder decoder = Decoder.Create(64, new ByteArrayCodeReader(bytes, 0, MaxBytes));
        decoder.Decode(out Instruction instruction);
        return instruction;
    }

    /// <summary>Whether the instruction passes all rules of form.</summary>
    public static bool IsAllowed(in Instruction instruction, ReadOnlySpan<byte> bytes, out Step step)
    {
        step = new Step { Instruction = instruction };
        if (instruction.IsInvalid)
            return false;
        LengthDecoder.Length(bytes, out LegacyPrefixes prefixes);
        return InstructionForm.Check(ref step, prefixes) == VerifierRule.None;
    }
}
