using System.Buffers.Binary;
using ShaderJit.Vulkan.Execution;

namespace ShaderJit.Vulkan.Recording;

/// <summary>
/// vkCmdBeginConditionalRenderingEXT. The value is read here and not at each dispatch, as Vulkan leaves open; a buffer that has
/// lost its memory reads as zero.
/// </summary>
internal sealed class BeginConditionCommand(BufferRange value, bool isInverted) : Command
{
    public override void Run(Executor executor)
    {
        bool isZero = !value.IsValid
            || BinaryPrimitives.ReadUInt32LittleEndian(executor.Device.Region.Span(value.RegionOffset, sizeof(uint))) == 0;
        executor.IsDiscarding = isZero != isInverted;
    }
}

/// <summary>vkCmdEndConditionalRenderingEXT.</summary>
internal sealed class EndConditionCommand : Command
{
    public override void Run(Executor executor) => executor.IsDiscarding = false;
}
