namespace ShaderJit.Abi;

/// <summary>Sizes of a region and of the guards around it.</summary>
/// <remarks>
/// A region is 2^k bytes at r15. Every operand that the verifier admits lies in <c>[r15 - GuardBefore, r15 + 2^k +
/// GuardAfter)</c>: before the region by a negative displacement and a sign-extended 32-bit vector index times 8,
/// after it by 2^32 times 8, a displacement and the widest access. Guards are never mapped.
/// </remarks>
public static class RegionLayout
{
    /// <summary>Bytes of address space in front of the region.</summary>
    public const long GuardBefore = 20L << 30;

    /// <summary>Bytes of address space behind the region.</summary>
    public const long GuardAfter = 36L << 30;

    /// <summary>Alignment of a region's base, in bytes.</summary>
    public const long Alignment = 1L << 21;
}
