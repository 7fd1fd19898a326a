namespace ShaderJit.Abi;

/// <summary>A kernel as it leaves the compiler, or a pipeline cache: bytes that nobody trusts yet.</summary>
/// <remarks>
/// The image is position independent: <c>[0, CodeBytes)</c> code, <see cref="KernelAbi.ExitBytes"/> bytes left for the
/// code heap, and from <see cref="KernelAbi.ConstantsOffset"/> on constants, which the code loads RIP-relative.
/// </remarks>
public sealed class CompiledKernel
{
    /// <summary>Code, exit gap and constants.</summary>
    public required ReadOnlyMemory<byte> Image { get; init; }

    /// <summary>Bytes of code at the start of <see cref="Image"/>; the first instruction is the entry.</summary>
    public required int CodeBytes { get; init; }

    /// <summary>Bytes of scratch memory in the region that each worker needs (workgroup memory, private arrays, state
    /// kept across barriers).</summary>
    public required int ScratchBytes { get; init; }

    /// <summary>The workgroup's size (<c>gl_WorkGroupSize</c>).</summary>
    public required (uint X, uint Y, uint Z) LocalSize { get; init; }

    /// <summary>Lanes of a subgroup.</summary>
    public required int LaneCount { get; init; }

    /// <summary>Which SPIR-V instruction each stretch of code came from, by ascending code offset.</summary>
    public required IReadOnlyList<PcMapEntry> PcMap { get; init; }
}

/// <summary>From <paramref name="CodeOffset"/> (bytes) on, code comes from the SPIR-V instruction at
/// <paramref name="SpirvOffset"/> (words from the module's start; 0 where there is none).</summary>
public readonly record struct PcMapEntry(int CodeOffset, int SpirvOffset);
