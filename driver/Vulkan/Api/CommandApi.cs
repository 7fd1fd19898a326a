using System.Runtime.InteropServices;
using ShaderJit.Abi;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Recording;
using ShaderJit.Vulkan.Objects;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

namespace ShaderJit.Vulkan.Api;

/// <summary>
/// vkCmd* commands. Each resolves its handles and appends one record. They have no result: what cannot be recorded is
/// reported, makes the command buffer invalid, and vkEndCommandBuffer says so.
/// </summary>
internal static unsafe class CommandApi
{
    [UnmanagedCallersOnly]
    public static void CmdBindPipeline(CommandBuffer buffer, PipelineBindPoint point, Pipeline pipeline)
    {
        try
        {
            var target = Recording(buffer);
            if (point != PipelineBindPoint.Compute)
                throw new VulkanException(Result.ErrorUnknown, $"vkCmdBindPipeline: the queue has no {point} pipelines");
            target.Recorder!.BindPipeline(Entry.Get<PipelineObject>(target.Device, pipeline.Handle));
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdBindDescriptorSets(CommandBuffer buffer, PipelineBindPoint point, PipelineLayout layout,
        uint firstSet, uint count, DescriptorSet* sets, uint offsetCount, uint* offsets)
    {
        try
        {
            var target = Recording(buffer);
            if (firstSet > KernelAbi.MaxDescriptorSets || count > KernelAbi.MaxDescriptorSets - firstSet)
                throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdBindDescriptorSets-firstSet-00360: set number too large");
            if (point != PipelineBindPoint.Compute)
                return;
            uint used = 0;
            for (uint i = 0; i < count; i++)
            {
                var set = Entry.Get<DescriptorSetObject>(target.Device, sets[i].Handle);
                uint needed = (uint)set.Layout.DynamicCount;
                if (needed > offsetCount - used)
                {
                    throw new VulkanException(Result.ErrorUnknown,
                        "VUID-vkCmdBindDescriptorSets-dynamicOffsetCount-00359: too few dynamic offsets");
                }

                uint[]? own = needed == 0 ? null : new ReadOnlySpan<uint>(offsets + used, (int)needed).ToArray();
                target.Recorder!.BindSet((int)(firstSet + i), set, own);
                used += needed;
            }
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdPushDescriptorSetKHR(CommandBuffer buffer, PipelineBindPoint point, PipelineLayout layout, uint set,
        uint count, WriteDescriptorSet* writes)
    {
        try
        {
            var target = Recording(buffer);
            if (point != PipelineBindPoint.Compute)
                return;
            var pushed = target.Recorder!.PushSet((int)set, PushedLayout(target, layout, set));
            for (uint i = 0; i < count; i++)
                DescriptorUpdate.Write(pushed, ref writes[i]);
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdPushDescriptorSetWithTemplateKHR(CommandBuffer buffer, DescriptorUpdateTemplate template,
        PipelineLayout layout, uint set, void* data)
    {
        try
        {
            var target = Recording(buffer);
            var found = Entry.Get<DescriptorUpdateTemplateObject>(target.Device, template.Handle);
            if (found.PushedSet != set)
            {
                throw new VulkanException(Result.ErrorUnknown,
                    $"VUID-vkCmdPushDescriptorSetWithTemplateKHR-set-07305: the template is not for pushing set {set}");
            }

            DescriptorUpdate.Write(target.Recorder!.PushSet((int)set, PushedLayout(target, layout, set)), found, data);
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdPushConstants(CommandBuffer buffer, PipelineLayout layout, ShaderStageFlags stages, uint offset,
        uint size, void* values)
    {
        try
        {
            var target = Recording(buffer);
            if (offset > KernelAbi.MaxPushConstantBytes || size > KernelAbi.MaxPushConstantBytes - offset)
                throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdPushConstants-size-00371: too many bytes");
            if ((stages & ShaderStageFlags.ComputeBit) != 0)
                target.Recorder!.PushConstants((int)offset, new ReadOnlySpan<byte>(values, (int)size));
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdDispatch(CommandBuffer buffer, uint x, uint y, uint z) => Dispatch(buffer, default, (x, y, z));

    [UnmanagedCallersOnly]
    public static void CmdDispatchBase(CommandBuffer buffer, uint baseX, uint baseY, uint baseZ, uint x, uint y, uint z) =>
        Dispatch(buffer, (baseX, baseY, baseZ), (x, y, z));

    [UnmanagedCallersOnly]
    public static void CmdDispatchIndirect(CommandBuffer buffer, Buffer indirect, ulong offset)
    {
        try
        {
            var target = Recording(buffer);
            var source = Entry.Get<BufferObject>(target.Device, indirect.Handle);
            target.Recorder!.Commands.Add(new IndirectDispatchCommand(StateOf(target), source, offset));
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdCopyBuffer(CommandBuffer buffer, Buffer source, Buffer destination, uint count, BufferCopy* regions) =>
        CopyRecording.Record<BufferObject, BufferObject, BufferCopy>(buffer, source.Handle, destination.Handle, count, regions,
            &CopyRecording.Add);

    [UnmanagedCallersOnly]
    public static void CmdFillBuffer(CommandBuffer buffer, Buffer destination, ulong offset, ulong size, uint data)
    {
        try
        {
            var target = Recording(buffer);
            var to = Entry.Get<BufferObject>(target.Device, destination.Handle);
            ulong bytes = size == Vk.WholeSize && offset <= to.Size ? (to.Size - offset) & ~3UL : size;
            target.Recorder!.Commands.Add(new FillBufferCommand(Range(to, offset, bytes), data));
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdUpdateBuffer(CommandBuffer buffer, Buffer destination, ulong offset, ulong size, void* data)
    {
        try
        {
            var target = Recording(buffer);
            var to = Entry.Get<BufferObject>(target.Device, destination.Handle);
            if (size > 65536)
                throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdUpdateBuffer-dataSize-00037: more than 65536 bytes");
            byte[] copy = new ReadOnlySpan<byte>(data, (int)size).ToArray();
            target.Recorder!.Commands.Add(new UpdateBufferCommand(Range(to, offset, size), copy));
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    /// <summary>Commands run one after the other, and x86 memory is coherent: a barrier has nothing left to do.</summary>
    [UnmanagedCallersOnly]
    public static void CmdPipelineBarrier(CommandBuffer buffer, PipelineStageFlags source, PipelineStageFlags destination,
        DependencyFlags flags, uint memoryCount, MemoryBarrier* memory, uint bufferCount, BufferMemoryBarrier* buffers,
        uint imageCount, ImageMemoryBarrier* images)
    {
    }

    [UnmanagedCallersOnly]
    public static void CmdPipelineBarrier2(CommandBuffer buffer, DependencyInfo* dependency)
    {
    }

    [UnmanagedCallersOnly]
    public static void CmdSetEvent2(CommandBuffer buffer, Event @event, DependencyInfo* dependency) =>
        ChangeEvent(buffer, @event, set: true);

    [UnmanagedCallersOnly]
    public static void CmdResetEvent2(CommandBuffer buffer, Event @event, PipelineStageFlags2 stages) =>
        ChangeEvent(buffer, @event, set: false);

    [UnmanagedCallersOnly]
    public static void CmdWaitEvents2(CommandBuffer buffer, uint count, Event* events, DependencyInfo* dependencies) =>
        WaitEvents(buffer, count, events);

    [UnmanagedCallersOnly]
    public static void CmdSetEvent(CommandBuffer buffer, Event @event, PipelineStageFlags stages) =>
        ChangeEvent(buffer, @event, set: true);

    [UnmanagedCallersOnly]
    public static void CmdResetEvent(CommandBuffer buffer, Event @event, PipelineStageFlags stages) =>
        ChangeEvent(buffer, @event, set: false);

    [UnmanagedCallersOnly]
    public static void CmdWaitEvents(CommandBuffer buffer, uint count, Event* events, PipelineStageFlags source,
        PipelineStageFlags destination, uint memoryCount, MemoryBarrier* memory, uint bufferCount,
        BufferMemoryBarrier* buffers, uint imageCount, ImageMemoryBarrier* images) => WaitEvents(buffer, count, events);

    private static void WaitEvents(CommandBuffer buffer, uint count, Event* events)
    {
        try
        {
            var target = Recording(buffer);
            var found = new EventObject[count];
            for (uint i = 0; i < count; i++)
                found[i] = Entry.Get<EventObject>(target.Device, events[i].Handle);
            target.Recorder!.Commands.Add(new WaitEventsCommand(found));
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdBeginConditionalRenderingEXT(CommandBuffer buffer, ConditionalRenderingBeginInfoEXT* info)
    {
        try
        {
            var target = Recording(buffer);
            var value = new BufferRange(Entry.Get<BufferObject>(target.Device, info->Buffer.Handle), info->Offset, sizeof(uint));
            if (value.Offset % sizeof(uint) != 0)
                throw new VulkanException(Result.ErrorUnknown, "VUID-VkConditionalRenderingBeginInfoEXT-offset-01984: not a multiple of 4");
            target.Recorder!.Commands.Add(new BeginConditionCommand(value, (info->Flags & ConditionalRenderingFlagsEXT.InvertedBitExt) != 0));
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdEndConditionalRenderingEXT(CommandBuffer buffer)
    {
        try
        {
            Recording(buffer).Recorder!.Commands.Add(new EndConditionCommand());
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdExecuteCommands(CommandBuffer buffer, uint count, CommandBuffer* buffers)
    {
        try
        {
            var target = Recording(buffer);
            for (uint i = 0; i < count; i++)
            {
                var secondary = Entry.Get(buffers[i]);
                if (!secondary.IsSecondary || target.IsSecondary || secondary.Device != target.Device)
                    throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdExecuteCommands-pCommandBuffers-00088: not a secondary command buffer");
                if (secondary.State != CommandBufferState.Executable)
                    throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdExecuteCommands-pCommandBuffers-00089: the secondary command buffer is not executable");
                target.Recorder!.Commands.Add(new ExecuteCommandsCommand(secondary.Commands));
            }
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdSetDeviceMask(CommandBuffer buffer, uint mask)
    {
    }

    /// <summary>Records something that cannot be reported otherwise.</summary>
    public static void Reject(CommandBuffer buffer, Exception e)
    {
        Entry.Fail(buffer, e);
        Handles.DispatchableBlock.Get<CommandBufferObject>(buffer.Handle)?.Reject(e);
    }

    /// <summary>The command buffer, which must be recording.</summary>
    public static CommandBufferObject Recording(CommandBuffer buffer)
    {
        var found = Entry.Get(buffer);
        return found.Recorder is not null
            ? found
            : throw new VulkanException(Result.ErrorUnknown, "the command buffer is not recording");
    }

    private static void Dispatch(CommandBuffer buffer, (uint, uint, uint) baseGroup, (uint X, uint Y, uint Z) groups)
    {
        try
        {
            var target = Recording(buffer);
            if (Math.Max(groups.X, Math.Max(groups.Y, groups.Z)) > DeviceLimits.MaxWorkgroupCount)
                throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdDispatch-groupCountX-00386: too many workgroups");
            target.Recorder!.Commands.Add(new DispatchCommand(StateOf(target), baseGroup, groups));
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }

    private static DescriptorSetLayoutObject PushedLayout(CommandBufferObject target, PipelineLayout layout, uint set)
    {
        var sets = Entry.Get<PipelineLayoutObject>(target.Device, layout.Handle).SetLayouts;
        return set < (uint)sets.Length && sets[set] is { IsPushed: true } found
            ? found
            : throw new VulkanException(Result.ErrorUnknown,
                $"VUID-vkCmdPushDescriptorSetKHR-set-00365: set {set} of the pipeline layout is not for pushing");
    }

    private static BoundState StateOf(CommandBufferObject target) => target.Recorder!.State
        ?? throw new VulkanException(Result.ErrorUnknown, "VUID-vkCmdDispatch-None-08606: no pipeline is bound");

    /// <summary>A range that is known to be in the buffer.</summary>
    public static BufferRange Range(BufferObject buffer, ulong offset, ulong bytes) =>
        offset <= buffer.Size && bytes <= buffer.Size - offset
            ? new BufferRange(buffer, offset, bytes)
            : throw new VulkanException(Result.ErrorUnknown,
                $"{bytes} bytes at {offset} are not in a buffer of {buffer.Size} bytes");

    private static void ChangeEvent(CommandBuffer buffer, Event @event, bool set)
    {
        try
        {
            var target = Recording(buffer);
            target.Recorder!.Commands.Add(new SetEventCommand(Entry.Get<EventObject>(target.Device, @event.Handle), set));
        }
        catch (Exception e)
        {
            Reject(buffer, e);
        }
    }
}
