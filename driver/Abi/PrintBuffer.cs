namespace ShaderJit.Abi;

/// <summary>
/// Where a kernel's <c>DebugPrintf</c> writes: byte offsets in the buffer that <see cref="ArgumentFrame.PrintDescriptor"/>
/// describes. It lies in the region, so the host takes nothing of it for granted.
/// </summary>
/// <remarks>A record is a u32, the format's place in the kernel's list counted from 1, and its arguments in words. A record that
/// does not fit is left out.</remarks>
public static class PrintBuffer
{
    /// <summary><c>u32</c>: where the next record goes, in bytes. Kernels add to it; beyond the buffer's end, records were left
    /// out.</summary>
    public const int Cursor = 0;

    /// <summary>Where the first record goes.</summary>
    public const int FirstRecord = 16;

    /// <summary>Arguments that a record may have, and words of them.</summary>
    public const int MaxArguments = 64;
}
