using ShaderJit.Abi;

namespace ShaderJit.Compiler;

/// <summary>The pipeline stage a module is compiled for.</summary>
public enum ShaderStage { Compute }

/// <summary>What an out-of-bounds buffer access does.</summary>
public enum OutOfBoundsMode
{
    /// <summary>Loads give 0, stores are dropped (robustBufferAccess).</summary>
    Guarded,

    /// <summary>The first one ends the dispatch with <see cref="TrapCode.OutOfBounds"/>.</summary>
    Trap,
}

/// <summary>Kind of a descriptor binding, as far as compiled code can tell them apart.</summary>
public enum DescriptorKind
{
    UniformBuffer, StorageBuffer, UniformBufferDynamic, StorageBufferDynamic,

    // Each element below is an ImageDescriptor.
    SampledImage, StorageImage, Sampler, CombinedImageSampler, UniformTexelBuffer, StorageTexelBuffer,

    /// <summary>What the shader takes it for: a BufferDescriptor, and an ImageDescriptor behind it. Each descriptor of the binding has been
    /// written as one of them, and the other is null.</summary>
    Mutable,
}

/// <summary>One binding of a descriptor set layout.</summary>
/// <param name="Count">Descriptors of an array: shaders may index any of them, so every set's table has room for as many, and
/// those that are not there are null, also where a set was allocated with a variable count.</param>
/// <param name="TableOffset">Byte offset of its first descriptor in the set's table.</param>
/// <param name="Stride">Bytes between the descriptors of an array.</param>
/// <param name="DynamicIndex">For dynamic buffers, index of the first in ArgumentFrame.DynamicDescriptors; else -1.</param>
public readonly record struct DescriptorBinding(uint Binding, DescriptorKind Kind, uint Count, int TableOffset, int Stride,
    int DynamicIndex);

/// <summary>One specialization constant: its SpecId and its bits, zero-extended (VkSpecializationMapEntry).</summary>
/// <param name="Bytes">Size of the data given: 1, 2, 4 or 8.</param>
public readonly record struct Specialization(uint Id, ulong Bits, int Bytes);

/// <summary>Everything a compile depends on besides the module and the target.</summary>
public sealed record StageDesc
{
    /// <summary>The stage that the entry point must be for.</summary>
    public ShaderStage Stage { get; init; } = ShaderStage.Compute;

    /// <summary>Name of the OpEntryPoint.</summary>
    public string EntryPoint { get; init; } = "main";

    /// <summary>Constants that the application sets; others keep what the module says.</summary>
    public IReadOnlyList<Specialization> Specializations { get; init; } = [];

    /// <summary>Bindings of each descriptor set of the pipeline layout; the index is the set number.</summary>
    public IReadOnlyList<IReadOnlyList<DescriptorBinding>> Sets { get; init; } = [];

    /// <summary>Bytes of push constants that the pipeline layout has for this stage.</summary>
    public int PushConstantBytes { get; init; }

    /// <summary>What an access beyond a descriptor's range does; physical addresses have no such bounds.</summary>
    public OutOfBoundsMode OutOfBounds { get; init; }

    /// <summary>Each scalar of a buffer access is checked for itself (robustBufferAccess2), so that of a vector that ends beyond
    /// the range the components within are accessed. Else an access counts as a whole, which is cheaper.</summary>
    public bool ScalarBounds { get; init; }

    /// <summary>Integer division by zero ends the dispatch (with <see cref="OutOfBoundsMode.Trap"/>'s reports) instead of
    /// giving 0.</summary>
    public bool TrapDivisionByZero { get; init; }

    /// <summary>Storage images are read and written in the format that their record says, whatever the module declares.
    /// Slower; for images that are not of the declared format.</summary>
    public bool ImageFormatsFromRecords { get; init; }

    /// <summary>Sampled images and samplers that code of their own is made for; others are read by what their records say.</summary>
    public IReadOnlyList<KnownDescriptor> KnownDescriptors { get; init; } = [];

    /// <summary>The immutable samplers that convert Y'CbCr.</summary>
    public IReadOnlyList<KnownConversion> Conversions { get; init; } = [];

    /// <summary>Whether the result holds the module's forms on the way, as text. The kernel is the same.</summary>
    public bool KeepRepresentations { get; init; }
}

/// <summary>A form that a module had on its way through the compiler.</summary>
public sealed record Representation(string Name, string Description, string Text);

/// <summary>The machine that code is made for.</summary>
/// <param name="LaneCount">Lanes of a subgroup: 16 with AVX-512, 8 with AVX2.</param>
/// <param name="RegionBits">k of the device's region.</param>
public readonly record struct TargetFeatures(int LaneCount, int RegionBits)
{
    /// <summary>AVX-512 F, BW, DQ, VL, CD; else AVX2, FMA, BMI1, BMI2, F16C, LZCNT.</summary>
    public bool Avx512 => LaneCount == 16;
}

/// <summary>Why a module was refused.</summary>
/// <param name="SpirvOffset">Word offset in the module; -1 where it is not about one place.</param>
public readonly record struct Diagnostic(int SpirvOffset, string Message)
{
    public override string ToString() => SpirvOffset < 0 ? Message : $"SPIR-V word {SpirvOffset}: {Message}";
}

/// <summary>A line of the shader's source (OpLine).</summary>
public readonly record struct SourceLine(int SpirvOffset, string File, int Line, int Column);

/// <summary>A kernel, or the reasons why there is none.</summary>
public sealed class CompileResult
{
    /// <summary>The kernel; null where the module was refused.</summary>
    public CompiledKernel? Kernel { get; init; }

    /// <summary>Why there is no kernel; empty where there is one.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>Source lines, by ascending SPIR-V offset; each holds until the next.</summary>
    public IReadOnlyList<SourceLine> Lines { get; init; } = [];

    /// <summary>What the kernel's DebugPrintf records say.</summary>
    public IReadOnlyList<PrintFormat> Prints { get; init; } = [];

    /// <summary>The forms on the way, where <see cref="StageDesc.KeepRepresentations"/> asked for them.</summary>
    public IReadOnlyList<Representation> Representations { get; init; } = [];
}
