using System.Runtime.InteropServices;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Tests;

/// <summary>A pipeline with its layout and set 0.</summary>
internal sealed unsafe record TestKernel(TestDevice Device, Pipeline Pipeline, PipelineLayout Layout, DescriptorSet Set)
{
    /// <summary>Records binds, push constants and a dispatch.</summary>
    public void Dispatch(CommandBuffer commands, uint groups, params uint[] push)
    {
        var vk = Device.Vk;
        var set = Set;
        vk.CmdBindPipeline(commands, PipelineBindPoint.Compute, Pipeline);
        vk.CmdBindDescriptorSets(commands, PipelineBindPoint.Compute, Layout, 0, 1, &set, 0, null);
        Push(commands, push);
        vk.CmdDispatch(commands, groups, 1, 1);
    }

    public void Push(CommandBuffer commands, params uint[] push)
    {
        fixed (uint* data = push)
        {
            if (push.Length > 0)
                Device.Vk.CmdPushConstants(commands, Layout, ShaderStageFlags.ComputeBit, 0, (uint)push.Length * 4, data);
        }
    }

    /// <summary>Runs one dispatch to its end.</summary>
    public void Run(uint groups, params uint[] push) => Device.Run(c => Dispatch(c, groups, push));

    /// <summary>Runs one dispatch; the result of the wait.</summary>
    public Result TryRun(uint groups, params uint[] push) => Device.TryRun(c => Dispatch(c, groups, push));
}

internal static class HostBufferWords
{
    public static Span<uint> Words(this HostBuffer buffer) => MemoryMarshal.Cast<byte, uint>(buffer.Bytes);
}
