using System.Diagnostics;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Bench;

/// <summary>Medians, in microseconds.</summary>
/// <param name="Submit">An empty submission and the wait for its fence.</param>
/// <param name="Dispatch">A submission of one dispatch of one workgroup, and the wait.</param>
/// <param name="Dependent1">A dispatch of one workgroup after a barrier, within a long command buffer.</param>
/// <param name="Dependent64">The same with 64 workgroups.</param>
internal sealed record LatencyFigures(double Submit, double Dispatch, double Dependent1, double Dependent64);

/// <summary>What the smallest pieces of work cost: a kernel that adds to 64 or 4096 floats.</summary>
internal static unsafe class Latency
{
    private const int Chain = 500, LocalSize = 256, Groups = 64;

    public static LatencyFigures Measure(VulkanDevice device, int rounds)
    {
        var vk = device.Vk;
        using var pipeline = new ComputePipeline(device, KernelCases.Words("saxpy", optimized: false), bindings: 2, pushBytes: 8);
        using var x = new HostBuffer(device, Groups * LocalSize * 4);
        using var y = new HostBuffer(device, Groups * LocalSize * 4);
        var size = new DescriptorPoolSize { Type = DescriptorType.StorageBuffer, DescriptorCount = 2 };
        var poolInfo = new DescriptorPoolCreateInfo { MaxSets = 1, PoolSizeCount = 1, PPoolSizes = &size };
        VulkanFailure.Check(vk.CreateDescriptorPool(device.Device, in poolInfo, null, out var descriptors), "vkCreateDescriptorPool");
        var layout = pipeline.SetLayout;
        var allocate = new DescriptorSetAllocateInfo { DescriptorPool = descriptors, DescriptorSetCount = 1, PSetLayouts = &layout };
        DescriptorSet set;
        VulkanFailure.Check(vk.AllocateDescriptorSets(device.Device, &allocate, &set), "vkAllocateDescriptorSets");
        var infos = stackalloc DescriptorBufferInfo[2];
        infos[0] = new DescriptorBufferInfo { Buffer = x.Handle, Range = Vk.WholeSize };
        infos[1] = new DescriptorBufferInfo { Buffer = y.Handle, Range = Vk.WholeSize };
        var write = new WriteDescriptorSet { DstSet = set, DescriptorCount = 2, DescriptorType = DescriptorType.StorageBuffer, PBufferInfo = infos };
        vk.UpdateDescriptorSets(device.Device, 1, &write, 0, null);

        var commandInfo = new CommandPoolCreateInfo { QueueFamilyIndex = device.QueueFamily };
        VulkanFailure.Check(vk.CreateCommandPool(device.Device, in commandInfo, null, out var commands), "vkCreateCommandPool");
        var fenceInfo = new FenceCreateInfo();
        VulkanFailure.Check(vk.CreateFence(device.Device, in fenceInfo, null, out var fence), "vkCreateFence");
        var one = Record(device, commands, pipeline, set, 1, 1);
        var chain1 = Record(device, commands, pipeline, set, Chain, 1);
        var chain64 = Record(device, commands, pipeline, set, Chain, Groups);

        var figures = new LatencyFigures(
            Median(rounds * 50, () => Submit(device, default, fence)),
            Median(rounds * 50, () => Submit(device, one, fence)),
            Median(rounds, () => Submit(device, chain1, fence)) / Chain,
            Median(rounds, () => Submit(device, chain64, fence)) / Chain);
        vk.DestroyFence(device.Device, fence, null);
        vk.DestroyCommandPool(device.Device, commands, null);
        vk.DestroyDescriptorPool(device.Device, descriptors, null);
        return figures;
    }

    private static CommandBuffer Record(VulkanDevice device, CommandPool pool, ComputePipeline pipeline, DescriptorSet set,
        int dispatches, uint groups)
    {
        var vk = device.Vk;
        var allocate = new CommandBufferAllocateInfo { CommandPool = pool, CommandBufferCount = 1 };
        CommandBuffer buffer;
        VulkanFailure.Check(vk.AllocateCommandBuffers(device.Device, &allocate, &buffer), "vkAllocateCommandBuffers");
        var begin = new CommandBufferBeginInfo();
        VulkanFailure.Check(vk.BeginCommandBuffer(buffer, &begin), "vkBeginCommandBuffer");
        vk.CmdBindPipeline(buffer, PipelineBindPoint.Compute, pipeline.Handle);
        vk.CmdBindDescriptorSets(buffer, PipelineBindPoint.Compute, pipeline.Layout, 0, 1, &set, 0, null);
        uint* push = stackalloc uint[] { BitConverter.SingleToUInt32Bits(0.5f), groups * LocalSize };
        vk.CmdPushConstants(buffer, pipeline.Layout, ShaderStageFlags.ComputeBit, 0, 8, push);
        var barrier = new MemoryBarrier
        {
            SrcAccessMask = AccessFlags.ShaderWriteBit, DstAccessMask = AccessFlags.ShaderReadBit | AccessFlags.ShaderWriteBit,
        };
        for (int i = 0; i < dispatches; i++)
        {
            vk.CmdDispatch(buffer, groups, 1, 1);
            vk.CmdPipelineBarrier(buffer, PipelineStageFlags.ComputeShaderBit, PipelineStageFlags.ComputeShaderBit, 0, 1, &barrier,
                0, null, 0, null);
        }

        VulkanFailure.Check(vk.EndCommandBuffer(buffer), "vkEndCommandBuffer");
        return buffer;
    }

    /// <returns>Microseconds.</returns>
    private static double Submit(VulkanDevice device, CommandBuffer buffer, Fence fence)
    {
        var vk = device.Vk;
        var submit = new SubmitInfo { CommandBufferCount = buffer.Handle == 0 ? 0u : 1, PCommandBuffers = &buffer };
        long start = Stopwatch.GetTimestamp();
        VulkanFailure.Check(vk.QueueSubmit(device.Queue, 1, &submit, fence), "vkQueueSubmit");
        VulkanFailure.Check(vk.WaitForFences(device.Device, 1, &fence, true, ulong.MaxValue), "vkWaitForFences");
        double time = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        VulkanFailure.Check(vk.ResetFences(device.Device, 1, &fence), "vkResetFences");
        return time;
    }

    private static double Median(int samples, Func<double> sample)
    {
        sample();
        var values = new List<double>(samples);
        for (int i = 0; i < samples; i++)
            values.Add(sample());
        return Statistics.Median(values);
    }
}
