using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Recording;

namespace ShaderJit.Vulkan.Api;

/// <summary>VK_KHR_copy_commands2: the same copies with extensible structs, of which nothing that extends them is known.</summary>
internal static unsafe class CopyCommands2Api
{
    [UnmanagedCallersOnly]
    public static void CmdCopyBuffer2(CommandBuffer buffer, CopyBufferInfo2* info) =>
        CopyRecording.Record<BufferObject, BufferObject, BufferCopy2>(buffer, info->SrcBuffer.Handle, info->DstBuffer.Handle,
            info->RegionCount, info->PRegions, &Add);

    [UnmanagedCallersOnly]
    public static void CmdCopyBufferToImage2(CommandBuffer buffer, CopyBufferToImageInfo2* info) =>
        CopyRecording.Record<BufferObject, ImageObject, BufferImageCopy2>(buffer, info->SrcBuffer.Handle, info->DstImage.Handle,
            info->RegionCount, info->PRegions, &Add);

    [UnmanagedCallersOnly]
    public static void CmdCopyImageToBuffer2(CommandBuffer buffer, CopyImageToBufferInfo2* info) =>
        CopyRecording.Record<ImageObject, BufferObject, BufferImageCopy2>(buffer, info->SrcImage.Handle, info->DstBuffer.Handle,
            info->RegionCount, info->PRegions, &Add);

    [UnmanagedCallersOnly]
    public static void CmdCopyImage2(CommandBuffer buffer, CopyImageInfo2* info) =>
        CopyRecording.Record<ImageObject, ImageObject, ImageCopy2>(buffer, info->SrcImage.Handle, info->DstImage.Handle,
            info->RegionCount, info->PRegions, &CopyRecording.Add);

    [UnmanagedCallersOnly]
    public static void CmdBlitImage2(CommandBuffer buffer, BlitImageInfo2* info) =>
        CopyRecording.RecordBlit(buffer, info->SrcImage, info->DstImage, info->RegionCount, info->PRegions, info->Filter, &Plain);

    [UnmanagedCallersOnly]
    public static void CmdResolveImage2(CommandBuffer buffer, ResolveImageInfo2* info) =>
        CopyRecording.Record<ImageObject, ImageObject, ImageResolve2>(buffer, info->SrcImage.Handle, info->DstImage.Handle,
            info->RegionCount, info->PRegions, &Add);

    private static void Add(List<Command> commands, BufferObject from, BufferObject to, in BufferCopy2 r) =>
        CopyRecording.Add(commands, from, to, new BufferCopy { SrcOffset = r.SrcOffset, DstOffset = r.DstOffset, Size = r.Size });

    private static void Add(List<Command> commands, BufferObject from, ImageObject to, in BufferImageCopy2 r) =>
        CopyRecording.Add(commands, from, to, Plain(r));

    private static void Add(List<Command> commands, ImageObject from, BufferObject to, in BufferImageCopy2 r) =>
        CopyRecording.Add(commands, from, to, Plain(r));

    private static void Add(List<Command> commands, ImageObject from, ImageObject to, in ImageResolve2 r) =>
        CopyRecording.Add(commands, from, to, new ImageResolve
        {
            SrcSubresource = r.SrcSubresource, SrcOffset = r.SrcOffset, DstSubresource = r.DstSubresource, DstOffset = r.DstOffset,
            Extent = r.Extent,
        });

    private static BufferImageCopy Plain(in BufferImageCopy2 r) => new()
    {
        BufferOffset = r.BufferOffset, BufferRowLength = r.BufferRowLength, BufferImageHeight = r.BufferImageHeight,
        ImageSubresource = r.ImageSubresource, ImageOffset = r.ImageOffset, ImageExtent = r.ImageExtent,
    };

    private static ImageBlit Plain(in ImageBlit2 r)
    {
        var region = new ImageBlit { SrcSubresource = r.SrcSubresource, DstSubresource = r.DstSubresource };
        for (int k = 0; k < 2; k++)
            (region.SrcOffsets[k], region.DstOffsets[k]) = (r.SrcOffsets[k], r.DstOffsets[k]);
        return region;
    }
}
