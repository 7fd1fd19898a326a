using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Reference;

/// <summary>A buffer bound to a descriptor.</summary>
/// <param name="Bytes">Contents; its length is the descriptor's range.</param>
/// <param name="Element">Index in an array of descriptors.</param>
public sealed record BoundBuffer(int Set, int Binding, byte[] Bytes, int Element = 0);

/// <summary>An image, sampler or texel buffer bound to a descriptor.</summary>
/// <param name="Texels">Index of the buffer that holds the texels; -1 for a null image.</param>
/// <param name="Record">The image's record; its base and tables are filled in, bases of further planes counted from it. Null for a sampler alone.</param>
/// <param name="Element">Index in an array of descriptors.</param>
public sealed record BoundImage(int Set, int Binding, int Texels, ImageRecord? Record, SamplerRecord? Sampler, int Element = 0);

/// <summary>What the oracle runs: a function, a dispatch and the memory it works on.</summary>
public sealed class KernelRun
{
    public required Function Function { get; init; }

    /// <summary>Lanes of a subgroup.</summary>
    public int LaneCount { get; init; } = 8;

    /// <summary>Workgroups.</summary>
    public (uint X, uint Y, uint Z) Groups { get; init; } = (1, 1, 1);

    /// <summary>Added to every workgroup id (vkCmdDispatchBase).</summary>
    public (uint X, uint Y, uint Z) BaseGroup { get; init; }
    public byte[] PushConstants { get; init; } = [];

    /// <summary>What is bound; a descriptor that nothing is bound to is null (range 0).</summary>
    public IReadOnlyList<BoundBuffer> Buffers { get; init; } = [];

    /// <summary>Images that are bound; every descriptor of one must have one.</summary>
    public IReadOnlyList<BoundImage> Images { get; init; } = [];

    /// <summary>Nodes executed, at most; more ends the run with <see cref="TrapCode.Preempted"/>.</summary>
    public long StepLimit { get; init; } = 50_000_000;

    /// <summary>k: addresses of physical storage buffers are taken modulo 2^k.</summary>
    public int RegionBits { get; init; } = KernelAbi.MinRegionBits;

    /// <summary>Other answers than ours, where there are some; of functions of Invocation level alone.</summary>
    public Doubt? Doubt { get; init; }
}

/// <summary>How a run ended.</summary>
/// <param name="Code">Finished, or why it stopped. MemoryFault: an access outside of every buffer, table and scratch
/// area, which would be a compiler bug or a wild buffer address.</param>
/// <param name="Buffers">The buffers of the run in their order, contents as left by the run.</param>
/// <param name="TrapNode">The node that trapped, as text; empty when finished.</param>
/// <param name="TrapSpirvOffset">SPIR-V word offset of that node.</param>
/// <param name="TrapAddress">For OutOfBounds with an address and for MemoryFault: the region offset aimed at.</param>
public sealed record RunResult(TrapCode Code, IReadOnlyList<BoundBuffer> Buffers, string TrapNode, int TrapSpirvOffset,
    long TrapAddress, long Steps);
