using System.Buffers;
using Iced.Intel;

namespace ShaderJit.Verifier;

/// <summary>
/// The code as a list of steps, each of an allowed form, with branches resolved to steps. In: bytes. Out: every byte
/// belongs to exactly one step, both decoders agree on where each starts, every branch goes to the start of a step or to
/// the exit.
/// </summary>
internal sealed class DecodedCode : IDisposable
{
    // For each code byte, 1 + the index of the step that starts there; 0 inside steps.
    private readonly int[] stepAt;
    private Step[] steps;

    private DecodedCode(int codeBytes)
    {
        stepAt = ArrayPool<int>.Shared.Rent(codeBytes + 1);
        stepAt.AsSpan(0, codeBytes + 1).Clear();
        steps = ArrayPool<Step>.Shared.Rent(codeBytes / 4 + 16);
    }

    /// <summary>Steps, in order of address.</summary>
    public int Count { get; private set; }

    /// <summary>The rule that is broken, if any, and by which step.</summary>
    public VerifierRule Rule { get; private set; }

    /// <summary>Index of the step that broke <see cref="Rule"/>; it is the last one, and may be no instruction.</summary>
    public int Offender { get; private set; }

    public ReadOnlySpan<Step> Steps => steps.AsSpan(0, Count);

    /// <summary>Decodes <c>image[0, codeBytes)</c>.</summary>
    public static DecodedCode Decode(byte[] image, int codeBytes)
    {
        var code = new DecodedCode(codeBytes);
        code.Rule = code.DecodeSteps(image, codeBytes);
        if (code.Rule == VerifierRule.None)
            code.Rule = code.ResolveBranches(codeBytes);
        return code;
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(stepAt);
        ArrayPool<Step>.Shared.Return(steps);
    }

    private VerifierRule DecodeSteps(byte[] image, int codeBytes)
    {
        Decoder decoder = Decoder.Create(64, new ByteArrayCodeReader(image, 0, codeBytes));
        int at = 0;
        while (at < codeBytes)
        {
            if (Count == steps.Length)
                Grow();
            Offender = Count;
            ref Step step = ref steps[Count++];
            stepAt[at] = Count;

            decoder.Decode(out step.Instruction);
            if (step.Instruction.IsInvalid)
                return VerifierRule.Undecodable;
            int length = LengthDecoder.Length(image.AsSpan(at, codeBytes - at), out LegacyPrefixes prefixes);
            VerifierRule rule = InstructionForm.Check(ref step, prefixes);
            if (rule != VerifierRule.None)
                return rule;
            if (length != step.Instruction.Length)
                return VerifierRule.LengthDisagreement;
            at += length;
        }

        stepAt[codeBytes] = Count + 1;
        return VerifierRule.None;
    }

    private VerifierRule ResolveBranches(int codeBytes)
    {
        for (int i = 0; i < Count; i++)
        {
            ref Step step = ref steps[i];
            if (step.Effect is not (Effect.Jump or Effect.Branch))
                continue;
            ulong target = step.Instruction.NearBranchTarget;
            Offender = i;
            if (target > (ulong)codeBytes || stepAt[(int)target] == 0)
                return VerifierRule.BranchTarget;
            step.Target = stepAt[(int)target] - 1;
        }

        return VerifierRule.None;
    }

    private void Grow()
    {
        Step[] larger = ArrayPool<Step>.Shared.Rent(steps.Length * 2);
        steps.AsSpan().CopyTo(larger);
        ArrayPool<Step>.Shared.Return(steps);
        steps = larger;
    }
}
