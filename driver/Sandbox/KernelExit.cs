using System.Buffers.Binary;
using ShaderJit.Abi;

namespace ShaderJit.Sandbox;

/// <summary>Where the address of a memory fault lies.</summary>
public enum FaultPlace
{
    /// <summary>There is no address: no memory fault, or the CPU gives none (a misaligned access that must be aligned,
    /// an address that is not canonical).</summary>
    None,

    /// <summary>In the region, on pages that are not committed.</summary>
    Region,

    /// <summary>In the guards around the region.</summary>
    Guard,

    /// <summary>Anywhere else: the verifier should have refused the kernel.</summary>
    Outside,
}

/// <summary>What a kernel last wrote about where it was. A hint: the kernel may have written anything.</summary>
/// <param name="WorkgroupX">x of the workgroup, base included.</param>
/// <param name="WorkgroupY">y of the workgroup.</param>
/// <param name="WorkgroupZ">z of the workgroup.</param>
/// <param name="Subgroup">The subgroup within the workgroup.</param>
/// <param name="TrapLanes">On a trap raised by the kernel itself, the lanes concerned.</param>
/// <param name="TrapSpirvOffset">On a trap raised by the kernel itself, the SPIR-V instruction's word offset.</param>
/// <param name="TrapAddress">On an out-of-bounds trap, the bits of a <see cref="BufferLocation"/>.</param>
public readonly record struct KernelPosition(
    uint WorkgroupX,
    uint WorkgroupY,
    uint WorkgroupZ,
    uint Subgroup,
    uint TrapLanes,
    uint TrapSpirvOffset,
    ulong TrapAddress)
{
    internal static KernelPosition Read(ReadOnlySpan<byte> block) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(block[DiagnosticBlock.Workgroup..]),
        BinaryPrimitives.ReadUInt32LittleEndian(block[(DiagnosticBlock.Workgroup + 4)..]),
        BinaryPrimitives.ReadUInt32LittleEndian(block[(DiagnosticBlock.Workgroup + 8)..]),
        BinaryPrimitives.ReadUInt32LittleEndian(block[DiagnosticBlock.Subgroup..]),
        BinaryPrimitives.ReadUInt32LittleEndian(block[DiagnosticBlock.TrapLanes..]),
        BinaryPrimitives.ReadUInt32LittleEndian(block[DiagnosticBlock.TrapSpirvOffset..]),
        BinaryPrimitives.ReadUInt64LittleEndian(block[DiagnosticBlock.TrapAddress..]));
}

/// <summary>How a run of a kernel ended.</summary>
public readonly record struct KernelExit
{
    /// <summary>Why. A kernel that leaves with a code that is none of its own counts as
    /// <see cref="TrapCode.MachineFault"/>, with <see cref="Signal"/> 0.</summary>
    public required TrapCode Code { get; init; }

    /// <summary>The signal that ended the run; 0 when the kernel left by itself or never began.</summary>
    public int Signal { get; init; }

    /// <summary>The signal's <c>si_code</c>.</summary>
    public int SignalCode { get; init; }

    /// <summary>Offset in the kernel's image of the instruction that was interrupted; -1 when no signal ended the
    /// run.</summary>
    public int CodeOffset { get; init; }

    /// <summary>Where the address of a memory fault lies.</summary>
    public FaultPlace Place { get; init; }

    /// <summary>The address of a memory fault as an offset from the region's start, in bytes; negative in the guard in
    /// front. 0 when <see cref="Place"/> is <see cref="FaultPlace.None"/> or <see cref="FaultPlace.Outside"/>: a host
    /// address does not leave the sandbox.</summary>
    public long RegionOffset { get; init; }

    /// <summary>Whether a memory fault was a store.</summary>
    public bool IsWrite { get; init; }

    /// <summary>What the kernel wrote about where it was.</summary>
    public KernelPosition Position { get; init; }
}
