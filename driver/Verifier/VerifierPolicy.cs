using ShaderJit.Abi;

namespace ShaderJit.Verifier;

/// <summary>What a kernel is verified against. All other limits are constants of <see cref="KernelAbi"/> and
/// <see cref="RegionLayout"/>.</summary>
/// <param name="RegionBits">k of a region of 2^k bytes; <see cref="KernelAbi.MinRegionBits"/> to
/// <see cref="KernelAbi.MaxRegionBits"/>.</param>
public readonly record struct VerifierPolicy(int RegionBits);
