namespace ShaderJit.Abi;

/// <summary>
/// The contract between a kernel's machine code and the sandbox that runs it. The compiler emits to it, the
/// verifier enforces it, the entry stub establishes it.
/// </summary>
/// <remarks>
/// <para>Pinned registers, never written by a kernel:
/// <c>r15</c> = address of byte 0 of the device's region; <c>r14</c> = the argument frame (<see cref="ArgumentFrame"/>,
/// host memory, loads only); <c>rsp</c> = the kernel's own frame, <see cref="FrameAlignment"/>-aligned, of which
/// <c>[rsp, rsp + MaxFrameBytes)</c> may be loaded and stored. A kernel has no prologue: it never moves rsp.</para>
/// <para>At entry every other general register is 0, vector and mask registers are 0, DF is clear, MXCSR masks all
/// exceptions and rounds to nearest even with denormals kept.</para>
/// <para>A kernel leaves by a direct jump (or by falling through) to the offset <c>CodeBytes</c>, where the code heap
/// places a jump to the exit stub, with an <see cref="TrapCode"/> in eax.</para>
/// <para>One entry runs <see cref="ArgumentFrame.WorkgroupCount"/> workgroups, in order of their linear index, x
/// fastest, from <see cref="ArgumentFrame.FirstWorkgroup"/> on.</para>
/// </remarks>
public static class KernelAbi
{
    /// <summary>Version of this contract; part of every pipeline-cache key.</summary>
    public const int Version = 3;

    /// <summary>Bytes of frame a kernel may use, above rsp.</summary>
    public const int MaxFrameBytes = 256 * 1024;

    /// <summary>Alignment of rsp and of the argument frame, in bytes.</summary>
    public const int FrameAlignment = 64;

    /// <summary>Bytes at <c>[rsp]</c> that hold the <see cref="DiagnosticBlock"/>; spill slots start after it.</summary>
    public const int DiagnosticBytes = 64;

    /// <summary>Bytes reserved at offset <c>CodeBytes</c> of an image for the code heap's jump to the exit stub.</summary>
    public const int ExitBytes = 16;

    /// <summary>Alignment of an image and of its constants, in bytes.</summary>
    public const int ImageAlignment = 64;

    /// <summary>Smallest and largest region, as powers of two of bytes.</summary>
    public const int MinRegionBits = 32, MaxRegionBits = 40;

    /// <summary>Descriptor sets that the argument frame has room for (<c>maxBoundDescriptorSets</c>).</summary>
    public const int MaxDescriptorSets = 8;

    /// <summary>Dynamic buffer descriptors that the argument frame has room for.</summary>
    public const int MaxDynamicDescriptors = 32;

    /// <summary>Bytes of push constants (<c>maxPushConstantsSize</c>).</summary>
    public const int MaxPushConstantBytes = 256;

    /// <summary>Bytes at the start of every region that are never mapped, so that address 0 faults.</summary>
    public const int NullGuardBytes = 64 * 1024;

    /// <summary>Offset in an image of its constants: what follows the code and the exit jump, aligned.</summary>
    public static int ConstantsOffset(int codeBytes) =>
        (codeBytes + ExitBytes + ImageAlignment - 1) & ~(ImageAlignment - 1);
}
