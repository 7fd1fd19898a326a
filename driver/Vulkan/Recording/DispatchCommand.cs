using System.Buffers.Binary;
using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

/// <summary>What a dispatch was recorded with. Dispatches that were recorded in a row share one.</summary>
internal sealed class BoundState
{
    public required PipelineObject Pipeline { get; init; }

    /// <summary>By set number; null where none is bound.</summary>
    public required DescriptorSetObject?[] Sets { get; init; }

    /// <summary>By set number; null where the set has no dynamic descriptors.</summary>
    public required uint[]?[] DynamicOffsets { get; init; }
    public required byte[] PushConstants { get; init; }

    /// <summary>The same with another pipeline of the same layout.</summary>
    public BoundState With(PipelineObject pipeline) =>
        new() { Pipeline = pipeline, Sets = Sets, DynamicOffsets = DynamicOffsets, PushConstants = PushConstants };
}

/// <summary>vkCmdDispatch, vkCmdDispatchBase.</summary>
internal sealed class DispatchCommand(BoundState state, (uint X, uint Y, uint Z) baseGroup, (uint X, uint Y, uint Z) groups)
    : Command
{
    public override void Run(Executor executor) => executor.Dispatch(state, baseGroup, groups);

    public override double SharedNanoseconds
    {
        get
        {
            double workgroups = (double)groups.X * groups.Y * groups.Z;
            return workgroups > 1 ? workgroups * state.Pipeline.WorkgroupNanoseconds : 0;
        }
    }
}

/// <summary>vkCmdDispatchIndirect. The counts are read from the region, where shaders may have written anything.</summary>
internal sealed class IndirectDispatchCommand(BoundState state, BufferObject buffer, ulong offset) : Command
{
    public override void Run(Executor executor)
    {
        var range = new BufferRange(buffer, offset, 12);
        if (!range.IsValid)
            return;
        Span<byte> counts = stackalloc byte[12];
        executor.Device.Region.Span(range.RegionOffset, 12).CopyTo(counts);
        executor.Dispatch(state, default, (Limited(counts), Limited(counts[4..]), Limited(counts[8..])));
    }

    /// <summary>VUID-VkDispatchIndirectCommand-x-00417: at most maxComputeWorkGroupCount.</summary>
    private static uint Limited(ReadOnlySpan<byte> count) =>
        Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(count), Api.DeviceLimits.MaxWorkgroupCount);
}
