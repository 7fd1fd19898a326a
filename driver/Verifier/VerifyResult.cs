namespace ShaderJit.Verifier;

/// <summary>The rules that a kernel can break. docs/sandbox.md says what each protects.</summary>
public enum VerifierRule
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>The image is not laid out as the ABI says, or the policy is out of range.</summary>
    Layout,

    /// <summary>The bytes are no instruction, or one that the code ends in the middle of.</summary>
    Undecodable,

    /// <summary>The two decoders disagree on an instruction's length, or only one of them knows it.</summary>
    LengthDisagreement,

    /// <summary>A prefix that the instruction does not need: segment, address size, repeat, misplaced lock.</summary>
    Prefix,

    /// <summary>The instruction is not on the reviewed list.</summary>
    Instruction,

    /// <summary>An operand of a kind that the list does not admit.</summary>
    Operand,

    /// <summary>A branch to something other than an instruction of the kernel or its exit.</summary>
    BranchTarget,

    /// <summary>r15, r14 or rsp would be written.</summary>
    PinnedRegister,

    /// <summary>A host address used as data.</summary>
    HostAddress,

    /// <summary>A region operand whose address is not provably inside the region and its guards.</summary>
    RegionAddress,

    /// <summary>A frame operand that is not <c>[rsp + constant]</c> inside the frame.</summary>
    FrameAddress,

    /// <summary>An argument operand that is not <c>[r14 + constant]</c> inside the argument frame.</summary>
    ArgumentAddress,

    /// <summary>A RIP-relative operand outside the image's constants.</summary>
    ConstantAddress,

    /// <summary>A store to the argument frame or to the constants.</summary>
    ReadOnlyStore,

    /// <summary>The dataflow did not settle, or would not fit, within its bounds.</summary>
    TooComplex,
}

/// <summary>The verdict on a kernel.</summary>
/// <param name="Rule">The rule that is broken; <see cref="VerifierRule.None"/> when the kernel is accepted.</param>
/// <param name="Offset">Offset in bytes of the instruction that breaks it.</param>
/// <param name="Message">The instruction and the rule, for the log; empty when the kernel is accepted.</param>
public readonly record struct VerifyResult(VerifierRule Rule, int Offset, string Message)
{
    /// <summary>Whether the kernel may become executable.</summary>
    public bool Accepted => Rule == VerifierRule.None;
}
