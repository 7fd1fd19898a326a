using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkPipelineLayout.</summary>
internal sealed class PipelineLayoutObject : DeviceChild
{
    public PipelineLayoutObject(DeviceObject device, DescriptorSetLayoutObject?[] sets, int pushConstantBytes)
        : base(device)
    {
        SetLayouts = sets;
        PushConstantBytes = pushConstantBytes;
        DynamicBases = new int[sets.Length];
        var described = new IReadOnlyList<DescriptorBinding>[sets.Length];
        var conversions = new List<KnownConversion>();
        int dynamic = 0;
        for (int i = 0; i < sets.Length; i++)
        {
            DynamicBases[i] = dynamic;
            described[i] = sets[i]?.Describe(dynamic) ?? [];
            sets[i]?.DescribeConversions(i, conversions);
            dynamic += sets[i]?.DynamicCount ?? 0;
        }

        if (dynamic > KernelAbi.MaxDynamicDescriptors)
        {
            throw new VulkanException(Result.ErrorOutOfHostMemory,
                $"a pipeline layout has room for {KernelAbi.MaxDynamicDescriptors} dynamic buffers, not {dynamic}");
        }

        Sets = described;
        Conversions = conversions;
    }

    public DescriptorSetLayoutObject?[] SetLayouts { get; }

    /// <summary>End of the push constant ranges that the compute stage sees, in bytes.</summary>
    public int PushConstantBytes { get; }

    /// <summary>Per set, index in the argument frame of its first dynamic descriptor.</summary>
    public int[] DynamicBases { get; }

    /// <summary>What the compiler is told of the sets.</summary>
    public IReadOnlyList<IReadOnlyList<DescriptorBinding>> Sets { get; }

    /// <summary>The immutable samplers that convert Y'CbCr.</summary>
    public IReadOnlyList<KnownConversion> Conversions { get; }
}
