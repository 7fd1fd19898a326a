using System.Globalization;
using System.Text;
using Iced.Intel;

namespace ShaderJit.Verifier;

/// <summary>Says in words why a kernel was rejected.</summary>
internal static class RejectionText
{
    /// <summary>The result for a step that broke a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="step">The step.</param>
    /// <param name="dataflow">Its facts, if they had a part in it.</param>
    public static VerifyResult Of(VerifierRule rule, in Step step, Dataflow? dataflow)
    {
        int offset = (int)step.Instruction.IP;
        var text = new StringBuilder();
        string instruction = step.Instruction.IsInvalid ? "(no instruction)" : step.Instruction.ToString();
        text.Append(CultureInfo.InvariantCulture, $"+0x{offset:x}: {instruction}: {Sentence(rule)}");
        if (dataflow is not null)
            AppendFacts(text, step.Instruction, dataflow.OffenderFacts);
        return new VerifyResult(rule, offset, text.ToString());
    }

    private static void AppendFacts(StringBuilder text, in Instruction instruction, in FactRow facts)
    {
        text.Append(" (");
        string separator = "";
        for (int i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Register)
                Append(text, instruction.GetOpRegister(i), facts, ref separator);
        }

        Append(text, instruction.MemoryBase, facts, ref separator);
        Append(text, instruction.MemoryIndex, facts, ref separator);
        text.Append(')');
    }

    private static void Append(StringBuilder text, Register register, in FactRow facts, ref string separator)
    {
        RegisterPlace place = Registers.Of(register);
        if (place.Kind is RegisterKind.Refused or RegisterKind.Mask)
            return;
        Facts known = facts[place.Place];
        string word = known switch
        {
            Facts.None => "unknown",
            Facts.Offset => "below 2^k",
            Facts.U32 => "below 2^32",
            Facts.Host => "host address",
            Facts.Base => "region address",
            _ => "everything",
        };
        text.Append(separator).Append(register.ToString().ToLowerInvariant()).Append(' ').Append(word);
        separator = ", ";
    }

    private static string Sentence(VerifierRule rule) => rule switch
    {
        VerifierRule.None => "accepted",
        VerifierRule.Layout => "the image is not laid out as the ABI says",
        VerifierRule.Undecodable => "the bytes are no instruction, or a part of one",
        VerifierRule.LengthDisagreement => "the decoders disagree on the instruction's length",
        VerifierRule.Prefix => "the instruction has a prefix that it may not have",
        VerifierRule.Instruction => "the instruction is not on the reviewed list",
        VerifierRule.Operand => "the instruction has an operand of a kind that is not admitted",
        VerifierRule.BranchTarget => "the branch goes neither to an instruction nor to the exit",
        VerifierRule.PinnedRegister => "a pinned register would be written",
        VerifierRule.HostAddress => "a host address is used as data",
        VerifierRule.RegionAddress => "the address is not provably in the region or its guards",
        VerifierRule.FrameAddress => "the operand is not inside the frame",
        VerifierRule.ArgumentAddress => "the operand is not inside the argument frame",
        VerifierRule.ConstantAddress => "the operand is not inside the constants",
        VerifierRule.ReadOnlyStore => "arguments and constants may only be loaded",
        VerifierRule.TooComplex => "the dataflow did not settle",
        _ => "an unknown rule",
    };
}
