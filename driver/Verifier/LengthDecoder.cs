namespace ShaderJit.Verifier;

/// <summary>Legacy prefixes that an instruction carries.</summary>
[Flags]
internal enum LegacyPrefixes : byte
{
    None = 0,
    OperandSize = 1,
    Lock = 2,
    RepeatEqual = 4,

    /// <summary>One that nothing on the list may have, or one twice, or 66 on a branch, or anything behind REX.</summary>
    Refused = 8,
}

/// <summary>
/// A second opinion on where instructions end. It shares no code and no table with Iced: a mistake in one of them shows
/// as a disagreement. It knows the opcodes of the reviewed list only, so that it is a coarse deny list as well.
/// </summary>
/// <remarks>
/// Stricter than a processor on purpose. Refused: segment and address-size prefixes, F2 (nothing on the list needs it),
/// repeated prefixes, a REX prefix that is not last, any prefix before VEX and EVEX, 66 before a branch (Intel ignores
/// it, AMD does not: the two would disagree on the length), bits of EVEX that later extensions gave a meaning to.
/// Source: Intel SDM volume 2, chapter 2 and appendix A.
/// </remarks>
internal static class LengthDecoder
{
    private const int MaxLength = 15;

    // One character per opcode: what follows it.
    //   x  not on the list     .  nothing            m  ModRM              b  imm8
    //   z  imm16/32            v  imm16/32/64        M  ModRM, imm8        Z  ModRM, imm16/32
    //   q  rel8                r  rel32              3  ModRM, imm8 for test       4  ModRM, imm16/32 for test
    private static ReadOnlySpan<byte> OneByteMap =>
        "mmmmbzxxmmmmbzxx"u8 + // 00 add, or
        "mmmmbzxxmmmmbzxx"u8 + // 10 adc, sbb
        "mmmmbzxxmmmmbzxx"u8 + // 20 and, sub
        "mmmmbzxxmmmmbzxx"u8 + // 30 xor, cmp
        "xxxxxxxxxxxxxxxx"u8 + // 40 REX
        "xxxxxxxxxxxxxxxx"u8 + // 50 push, pop
        "xxxmxxxxxZxMxxxx"u8 + // 60 movsxd, imul
        "qqqqqqqqqqqqqqqq"u8 + // 70 jcc
        "MZxMmmmmmmmmxmxx"u8 + // 80 immediate group, test, xchg, mov, lea
        "..........xxxxxx"u8 + // 90 nop, xchg, cwde, cdq
        "xxxxxxxxbzxxxxxx"u8 + // A0 test
        "bbbbbbbbvvvvvvvv"u8 + // B0 mov
        "MMxxxxMZxxxxxxxx"u8 + // C0 shifts, mov
        "mmmmxxxxxxxxxxxx"u8 + // D0 shifts
        "xxxxxxxxxrxqxxxx"u8 + // E0 jmp
        "xxxxxx34xxxxxxmm"u8;  // F0 test, not, neg, mul, inc, dec

    private static ReadOnlySpan<byte> TwoByteMap =>
        "xxxxxxxxxxxxxmxx"u8 + // 00 prefetchw
        "xxxxxxxxmxxxxxxm"u8 + // 10 prefetch, nop
        "xxxxxxxxxxxxxxxx"u8 + // 20
        "xxxxxxxxxxxxxxxx"u8 + // 30
        "mmmmmmmmmmmmmmmm"u8 + // 40 cmovcc
        "xxxxxxxxxxxxxxxx"u8 + // 50
        "xxxxxxxxxxxxxxxx"u8 + // 60
        "xxxxxxxxxxxxxxxx"u8 + // 70
        "rrrrrrrrrrrrrrrr"u8 + // 80 jcc
        "mmmmmmmmmmmmmmmm"u8 + // 90 setcc
        "xxxmMmxxxxxmMmmm"u8 + // A0 bt, shld, bts, shrd, fences, imul
        "mmxmxxmmmxMmmmmm"u8 + // B0 cmpxchg, btr, movzx, popcnt, bit group, btc, bsf, bsr, movsx
        "mmxmxxxx........"u8 + // C0 xadd, movnti, bswap
        "xxxxxxxxxxxxxxxx"u8 + // D0
        "xxxxxxxxxxxxxxxx"u8 + // E0
        "xxxxxxxxxxxxxxxx"u8;  // F0

    /// <summary>Bytes of the instruction at the start of <paramref name="code"/>; 0 if it is none that may be used or is
    /// cut off.</summary>
    public static int Length(ReadOnlySpan<byte> code, out LegacyPrefixes prefixes)
    {
        prefixes = LegacyPrefixes.None;
        if (code.Length > MaxLength)
            code = code[..MaxLength];

        int at = 0;
        byte opcode;
        while (true)
        {
            if (at >= code.Length)
                return 0;
            opcode = code[at++];
            LegacyPrefixes prefix = PrefixOf(opcode);
            if (prefix == LegacyPrefixes.None)
                break;
            if (prefix == LegacyPrefixes.Refused || (prefixes & prefix) != 0)
            {
                prefixes |= LegacyPrefixes.Refused;
                return 0;
            }

            prefixes |= prefix;
        }

        switch (opcode)
        {
            case 0xC5:
                return prefixes == LegacyPrefixes.None ? VectorLength(code, at + 1, 1) : 0;
            case 0xC4:
                if (prefixes != LegacyPrefixes.None || at >= code.Length)
                    return 0;
                return VectorLength(code, at + 2, code[at] & 0x1F);
            case 0x62:
                // Three payload bytes. Bit 3 of the first and bit 2 of the second are fixed in AVX-512.
                if (prefixes != LegacyPrefixes.None || at + 1 >= code.Length)
                    return 0;
                if ((code[at] & 0x08) != 0 || (code[at + 1] & 0x04) == 0)
                    return 0;
                return VectorLength(code, at + 3, code[at] & 0x07);
            default:
                return LegacyLength(code, at, opcode, ref prefixes);
        }
    }

    private static int LegacyLength(ReadOnlySpan<byte> code, int at, byte opcode, ref LegacyPrefixes prefixes)
    {
        bool wide = false;
        if (opcode is >= 0x40 and <= 0x4F)
        {
            wide = (opcode & 8) != 0;
            if (at >= code.Length)
                return 0;
            opcode = code[at++];
            if (opcode is >= 0x40 and <= 0x4F || PrefixOf(opcode) != LegacyPrefixes.None)
            {
                prefixes |= LegacyPrefixes.Refused;
                return 0;
            }
        }

        byte form = OneByteMap[opcode];
        if (opcode == 0x0F)
        {
            if (at >= code.Length)
                return 0;
            opcode = code[at++];
            form = TwoByteMap[opcode];
            if (opcode == 0x38)
            {
                // movbe is the only one of the three-byte map.
                if (at >= code.Length)
                    return 0;
                form = code[at++] is 0xF0 or 0xF1 ? (byte)'m' : (byte)'x';
            }
        }

        bool word = (prefixes & LegacyPrefixes.OperandSize) != 0;
        int operandImmediate = word && !wide ? 2 : 4;
        if (word && form is ((byte)'q' or (byte)'r'))
        {
            prefixes |= LegacyPrefixes.Refused;
            return 0;
        }

        switch ((char)form)
        {
            case '.': return at;
            case 'm': return Complete(code, ModRmEnd(code, at));
            case 'b': return Complete(code, at + 1);
            case 'z': return Complete(code, at + operandImmediate);
            case 'v': return Complete(code, at + (wide ? 8 : operandImmediate));
            case 'M': return Complete(code, ModRmEnd(code, at) + 1);
            case 'Z': return Complete(code, ModRmEnd(code, at) + operandImmediate);
            case 'q': return Complete(code, at + 1);
            case 'r': return Complete(code, at + 4);
            case '3': return Complete(code, ModRmEnd(code, at) + (IsTest(code, at) ? 1 : 0));
            case '4': return Complete(code, ModRmEnd(code, at) + (IsTest(code, at) ? operandImmediate : 0));
            default: return 0;
        }
    }

    private static LegacyPrefixes PrefixOf(byte value) => value switch
    {
        0x66 => LegacyPrefixes.OperandSize,
        0xF0 => LegacyPrefixes.Lock,
        0xF3 => LegacyPrefixes.RepeatEqual,
        0xF2 or 0x67 or 0x26 or 0x2E or 0x36 or 0x3E or 0x64 or 0x65 => LegacyPrefixes.Refused,
        _ => LegacyPrefixes.None,
    };

    // VEX and EVEX: every instruction has a ModRM byte but vzeroupper and vzeroall; map 1 has an immediate at the old
    // MMX places, map 2 nowhere, map 3 everywhere.
    private static int VectorLength(ReadOnlySpan<byte> code, int at, int map)
    {
        if (at >= code.Length)
            return 0;
        byte opcode = code[at++];
        switch (map)
        {
            case 1:
                if (opcode == 0x77)
                    return at;
                bool immediate = opcode is >= 0x70 and <= 0x73 or 0xC2 or >= 0xC4 and <= 0xC6;
                return Complete(code, ModRmEnd(code, at) + (immediate ? 1 : 0));
            case 2:
                return Complete(code, ModRmEnd(code, at));
            case 3:
                return Complete(code, ModRmEnd(code, at) + 1);
            default:
                return 0;
        }
    }

    // A position behind the end stands for a cut-off instruction; additions keep it behind the end.
    private static int Complete(ReadOnlySpan<byte> code, int end) => end <= code.Length ? end : 0;

    private static bool IsTest(ReadOnlySpan<byte> code, int at) => at < code.Length && (code[at] & 0x38) <= 0x08;

    private static int ModRmEnd(ReadOnlySpan<byte> code, int at)
    {
        if (at >= code.Length)
            return MaxLength + 1;
        int mod = code[at] >> 6, rm = code[at] & 7;
        at++;
        if (mod == 3)
            return at;
        bool displacement32 = mod == 2 || (mod == 0 && rm == 5);
        if (rm == 4)
        {
            if (at >= code.Length)
                return MaxLength + 1;
            displacement32 |= mod == 0 && (code[at] & 7) == 5;
            at++;
        }

        return at + (displacement32 ? 4 : mod == 1 ? 1 : 0);
    }
}
