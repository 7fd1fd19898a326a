using ShaderJit.Abi;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

/// <summary>The state that commands are recorded with: bound pipeline, sets, push constants.</summary>
/// <param name="tables">Where the sets that are pushed get their tables.</param>
internal sealed class CommandRecorder(PushedTables tables)
{
    private readonly DescriptorSetObject?[] _sets = new DescriptorSetObject?[KernelAbi.MaxDescriptorSets];
    private readonly uint[]?[] _offsets = new uint[]?[KernelAbi.MaxDescriptorSets];
    private readonly byte[] _pushConstants = new byte[KernelAbi.MaxPushConstantBytes];
    private PipelineObject? _pipeline;
    private BoundState? _state;

    public List<Command> Commands { get; } = [];

    public void BindPipeline(PipelineObject pipeline)
    {
        _pipeline = pipeline;
        _state = null;
    }

    /// <param name="offsets">Dynamic offsets of this set, or null.</param>
    public void BindSet(int index, DescriptorSetObject set, uint[]? offsets)
    {
        _sets[index] = set;
        _offsets[index] = offsets;
        _state = null;
    }

    /// <summary>A set of the layout to write to and bind (vkCmdPushDescriptorSetKHR). Descriptors that were pushed before with
    /// the same layout are in it.</summary>
    public DescriptorSetObject PushSet(int index, DescriptorSetLayoutObject layout)
    {
        var set = new DescriptorSetObject(layout, tables.Take(layout.TableBytes));
        if (_sets[index] is { } before && before.Layout.IsLike(layout))
            set.CopyFrom(before);
        BindSet(index, set, offsets: null);
        return set;
    }

    public void PushConstants(int offset, ReadOnlySpan<byte> data)
    {
        data.CopyTo(_pushConstants.AsSpan(offset));
        _state = null;
    }

    /// <summary>The state for a dispatch recorded now; null where no pipeline is bound.</summary>
    public BoundState? State => _pipeline is null ? null : _state ??= new BoundState
    {
        Pipeline = _pipeline,
        Sets = [.. _sets],
        DynamicOffsets = [.. _offsets],
        PushConstants = [.. _pushConstants],
    };
}
