using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>
/// What Vulkan's core has for graphics. The device has no queue for it, so that no program may use these commands; but they
/// are core, so GetProcAddr must find them, and what a program does in spite of that must be harmless. Render passes and
/// framebuffers describe something and can be made; pipelines cannot, and a command that is recorded makes its command buffer
/// invalid, as vkEndCommandBuffer will say.
/// </summary>
internal static unsafe class GraphicsApi
{
    /// <summary>The commands that <see cref="Record"/> stands for.</summary>
    private static ReadOnlySpan<CommandId> Recorded =>
    [
        CommandId.CmdBeginRendering, CommandId.CmdBeginRenderPass, CommandId.CmdBeginRenderPass2,
        CommandId.CmdBindIndexBuffer, CommandId.CmdBindVertexBuffers, CommandId.CmdBindVertexBuffers2,
        CommandId.CmdClearAttachments, CommandId.CmdDraw, CommandId.CmdDrawIndexed, CommandId.CmdDrawIndexedIndirect,
        CommandId.CmdDrawIndexedIndirectCount, CommandId.CmdDrawIndirect, CommandId.CmdDrawIndirectCount,
        CommandId.CmdEndRendering, CommandId.CmdEndRenderPass, CommandId.CmdEndRenderPass2,
        CommandId.CmdNextSubpass, CommandId.CmdNextSubpass2, CommandId.CmdSetBlendConstants, CommandId.CmdSetCullMode,
        CommandId.CmdSetDepthBias, CommandId.CmdSetDepthBiasEnable, CommandId.CmdSetDepthBounds,
        CommandId.CmdSetDepthBoundsTestEnable, CommandId.CmdSetDepthCompareOp, CommandId.CmdSetDepthTestEnable,
        CommandId.CmdSetDepthWriteEnable, CommandId.CmdSetFrontFace, CommandId.CmdSetLineWidth,
        CommandId.CmdSetPrimitiveRestartEnable, CommandId.CmdSetPrimitiveTopology, CommandId.CmdSetRasterizerDiscardEnable,
        CommandId.CmdSetScissor, CommandId.CmdSetScissorWithCount, CommandId.CmdSetStencilCompareMask,
        CommandId.CmdSetStencilOp, CommandId.CmdSetStencilReference, CommandId.CmdSetStencilTestEnable,
        CommandId.CmdSetStencilWriteMask, CommandId.CmdSetViewport, CommandId.CmdSetViewportWithCount,
    ];

    /// <summary>Adds the commands to the driver's table.</summary>
    public static void AddTo(CommandTable table)
    {
        // SAFETY: in the C calling convention a callee may take fewer arguments than it is given.
        foreach (var command in Recorded)
            table[command] = (nint)(delegate* unmanaged<CommandBuffer, void>)&Record;
    }

    [UnmanagedCallersOnly]
    public static Result CreateGraphicsPipelines(Device device, PipelineCache cache, uint count,
        GraphicsPipelineCreateInfo* infos, AllocationCallbacks* allocator, Pipeline* pipelines)
    {
        new Span<Pipeline>(pipelines, (int)count).Clear();
        return Entry.Fail(device, Refusal("graphics pipelines"));
    }

    [UnmanagedCallersOnly]
    public static Result CreateRenderPass(Device device, RenderPassCreateInfo* info, AllocationCallbacks* allocator,
        RenderPass* renderPass) => Entry.Create(device, info, renderPass, &Make);

    [UnmanagedCallersOnly]
    public static Result CreateRenderPass2(Device device, RenderPassCreateInfo2* info, AllocationCallbacks* allocator,
        RenderPass* renderPass) => Entry.Create(device, info, renderPass, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyRenderPass(Device device, RenderPass renderPass, AllocationCallbacks* allocator) =>
        Entry.Destroy<RenderPassObject>(device, renderPass.Handle);

    [UnmanagedCallersOnly]
    public static void GetRenderAreaGranularity(Device device, RenderPass renderPass, Extent2D* granularity) =>
        *granularity = new Extent2D { Width = 1, Height = 1 };

    [UnmanagedCallersOnly]
    public static Result CreateFramebuffer(Device device, FramebufferCreateInfo* info, AllocationCallbacks* allocator,
        Framebuffer* framebuffer) => Entry.Create(device, info, framebuffer, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyFramebuffer(Device device, Framebuffer framebuffer, AllocationCallbacks* allocator) =>
        Entry.Destroy<FramebufferObject>(device, framebuffer.Handle);

    [UnmanagedCallersOnly]
    public static Result QueueBindSparse(Queue queue, uint count, BindSparseInfo* infos, Fence fence) =>
        Entry.Fail(queue, Refusal("sparse resources"));

    [UnmanagedCallersOnly]
    private static void Record(CommandBuffer buffer) => CommandApi.Reject(buffer, Refusal("commands for graphics"));

    private static RenderPassObject Make(DeviceObject device, RenderPassCreateInfo* info) => new(device);

    private static RenderPassObject Make(DeviceObject device, RenderPassCreateInfo2* info) => new(device);

    private static FramebufferObject Make(DeviceObject device, FramebufferCreateInfo* info) => new(device);

    private static Result Refuse(Device device, ulong* handle, string what)
    {
        *handle = 0;
        return Entry.Fail(device, Refusal(what));
    }

    private static VulkanException Refusal(string what) =>
        new(Result.ErrorUnknown, $"the device computes and copies only: no {what}");
}
