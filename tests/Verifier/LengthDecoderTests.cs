using Iced.Intel;
using Xunit;
using Xunit.Abstractions;

namespace ShaderJit.Verifier.Tests;

/// <summary>The two decoders against each other.</summary>
public sealed class LengthDecoderTests(ITestOutputHelper output)
{
    private const int Count = 3_000_000;

    /// <summary>Whatever both know has one length; whatever is allowed is known to both; and the sample sees nearly every
    /// form that is allowed.</summary>
    [Fact]
    public void AgreesWithIced()
    {
        var random = new RandomInstructions(1);
        var bytes = new byte[RandomInstructions.MaxBytes];
        var seen = new HashSet<Code>();
        int allowed = 0;
        for (int i = 0; i < Count; i++)
        {
            random.Next(bytes);
            Instruction instruction = RandomInstructions.Decode(bytes);
            int length = LengthDecoder.Length(bytes, out _);
            if (instruction.IsInvalid)
                continue;
            bool isAllowed = RandomInstructions.IsAllowed(instruction, bytes, out _);
            if (isAllowed)
            {
                allowed++;
                seen.Add(instruction.Code);
            }

            if (length != instruction.Length && (length != 0 || isAllowed))
                Assert.Fail($"{Convert.ToHexString(bytes)}: {instruction}: {length} against Iced's {instruction.Length}");
        }

        List<Code> missing = [.. AllowedCodes().Except(seen)];
        output.WriteLine($"{allowed} of {Count} allowed, {seen.Count} forms, not seen: {string.Join(' ', missing)}");
        Assert.True(missing.Count < AllowedCodes().Count / 20);
    }

    /// <summary>A prefix of an instruction is no instruction, and never another length.</summary>
    [Fact]
    public void CutOffInstructionsHaveNoLength()
    {
        var random = new RandomInstructions(2);
        var bytes = new byte[RandomInstructions.MaxBytes];
        for (int i = 0; i < Count / 20; i++)
        {
            random.Next(bytes);
            int length = LengthDecoder.Length(bytes, out _);
            for (int cut = 0; cut < length; cut++)
                Assert.Equal(0, LengthDecoder.Length(bytes.AsSpan(0, cut), out _));
        }
    }

    // What Iced has of the listed mnemonics in 64-bit mode without the operands that are refused.
    private static List<Code> AllowedCodes() =>
    [
        .. Enum.GetValues<Code>().Where(code =>
        {
            OpCodeInfo info = code.ToOpCode();
            Effect effect = AllowedInstructions.EffectOf(code.Mnemonic());
            return effect is not (Effect.Refused or Effect.Jump or Effect.Branch)
                && info.IsInstruction && info.Mode64
                && info.Encoding is EncodingKind.Legacy or EncodingKind.VEX or EncodingKind.EVEX
                && !code.CpuidFeatures().Contains(CpuidFeature.KNC)
                && (effect != Effect.WriteEvex || info.Encoding == EncodingKind.EVEX)
                && !Enumerable.Range(0, info.OpCount).Any(operand => info.GetOpKind(operand) is OpCodeOperandKind.mem_offs
                    or OpCodeOperandKind.cr_reg or OpCodeOperandKind.dr_reg or OpCodeOperandKind.tr_reg
                    or OpCodeOperandKind.seg_reg);
        }),
    ];
}
