using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Pipelines;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkPipeline: a verified kernel and what a dispatch and a fault report need to know of it.</summary>
internal sealed class PipelineObject(DeviceObject device, PipelineLayoutObject layout, KernelRecord record, KernelCode code,
    uint[] words) : DeviceChild(device)
{
    private double _workgroupNanoseconds = double.PositiveInfinity;
    private Lazy<PipelineObject>? _forOtherFormats;

    public PipelineLayoutObject Layout { get; } = layout;

    public CompiledKernel Kernel { get; } = record.Kernel;

    /// <summary>The code in the code heap.</summary>
    public KernelCode Code { get; } = code;

    /// <summary>The module's words, for fault reports.</summary>
    public uint[] Words { get; } = words;

    /// <summary>What the records of the kernel's DebugPrintf say; empty for kernels that print nothing.</summary>
    public IReadOnlyList<PrintFormat> Prints { get; } = record.Prints;

    /// <summary>The forms that the module had in the compiler, where the pipeline was created to keep them.</summary>
    public IReadOnlyList<Representation> Representations { get; init; } = [];

    /// <summary>Formats that the module declares for storage images; null for none.</summary>
    public List<Format>? Formats { get; private set; }

    /// <summary>The same for storage images of any format, built when first asked for.</summary>
    /// <exception cref="VulkanException">It cannot be built.</exception>
    public PipelineObject ForOtherFormats => _forOtherFormats!.Value;

    public void SetFormats(List<Format> formats, Func<PipelineObject> buildForOthers) =>
        (Formats, _forOtherFormats) = (formats, new Lazy<PipelineObject>(buildForOthers));

    /// <summary>The same for what is bound to be sampled; null where the shader samples nothing that code is made for.</summary>
    public SampledVariants? Variants { get; set; }

    /// <summary>What a workgroup has cost one thread lately; infinite before the first dispatch. Only a hint for how to
    /// share a dispatch out.</summary>
    public double WorkgroupNanoseconds => Volatile.Read(ref _workgroupNanoseconds);

    /// <summary>Notes what workgroups have cost. More counts at once, less by and by: taking a large dispatch for a small
    /// one costs more than the reverse.</summary>
    public void NoteCost(double nanoseconds)
    {
        double known = WorkgroupNanoseconds;
        bool isMore = double.IsPositiveInfinity(known) || nanoseconds > known;
        Volatile.Write(ref _workgroupNanoseconds, Math.Max(1, isMore ? nanoseconds : known + ((nanoseconds - known) / 4)));
    }

    /// <summary>The source line that a SPIR-V instruction came from, where the module says so.</summary>
    public SourceLine? LineOf(int spirvOffset)
    {
        SourceLine? found = null;
        foreach (var line in record.Lines)
        {
            if (line.SpirvOffset > spirvOffset)
                break;
            found = line;
        }

        return found;
    }

    public string InstructionName(int spirvOffset) => ShaderCompiler.InstructionName(Words[spirvOffset]);

    /// <summary>Whether a SPIR-V instruction writes to memory.</summary>
    public bool IsStore(int spirvOffset) => InstructionName(spirvOffset) is var name
        && (name is "OpStore" or "OpCopyMemory" or "OpAtomicStore"
            || (name.StartsWith("OpAtomic", StringComparison.Ordinal) && name != "OpAtomicLoad"));

    public override void Destroy()
    {
        Code.Dispose();
        Variants?.DestroyOthers();
        if (_forOtherFormats is { IsValueCreated: true })
            _forOtherFormats.Value.Destroy();
    }
}
