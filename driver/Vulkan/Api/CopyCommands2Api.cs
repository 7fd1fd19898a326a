using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Recording;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

namespace ShaderJit.Vulkan.Api;

/// <summary>VK_KHR_copy_commands2: the same copies with extensible structs.</summary>
internal static unsafe class CopyCommands2Api
{
    [UnmanagedCallersOnly]
    public static void CmdCopyBuffer2(CommandBuffer buffer, CopyBufferInfo2* info)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var from = Entry.Get<BufferObject>(target.Device, info->SrcBuffer.Handle);
            var to = Entry.Get<BufferObject>(target.Device, info->DstBuffer.Handle);
            for (uint i = 0; i < info->RegionCount; i++)
            {
                ref var r = ref info->PRegions[i];
                target.Recorder!.Commands.Add(new CopyBufferCommand(CommandApi.Range(from, r.SrcOffset, r.Size),
                    CommandApi.Range(to, r.DstOffset, r.Size)));
            }
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdCopyBufferToImage2(CommandBuffer buffer, CopyBufferToImageInfo2* info)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var from = Entry.Get<BufferObject>(target.Device, info->SrcBuffer.Handle);
            var to = Entry.Get<ImageObject>(target.Device, info->DstImage.Handle);
            for (uint i = 0; i < info->RegionCount; i++)
            {
                ref var r = ref info->PRegions[i];
                var region = Plain(r);
                target.Recorder!.Commands.Add(ImageRecording.CopyBuffer(from, to, region, toImage: true));
            }
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdCopyImageToBuffer2(CommandBuffer buffer, CopyImageToBufferInfo2* info)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var from = Entry.Get<ImageObject>(target.Device, info->SrcImage.Handle);
            var to = Entry.Get<BufferObject>(target.Device, info->DstBuffer.Handle);
            for (uint i = 0; i < info->RegionCount; i++)
            {
                ref var r = ref info->PRegions[i];
                var region = Plain(r);
                target.Recorder!.Commands.Add(ImageRecording.CopyBuffer(to, from, region, toImage: false));
            }
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdCopyImage2(CommandBuffer buffer, CopyImageInfo2* info)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var from = Entry.Get<ImageObject>(target.Device, info->SrcImage.Handle);
            var to = Entry.Get<ImageObject>(target.Device, info->DstImage.Handle);
            for (uint i = 0; i < info->RegionCount; i++)
            {
                ref var r = ref info->PRegions[i];
                var region = new ImageCopy
                {
                    SrcSubresource = r.SrcSubresource, SrcOffset = r.SrcOffset, DstSubresource = r.DstSubresource,
                    DstOffset = r.DstOffset, Extent = r.Extent,
                };
                ImageRecording.CopyImage(target.Recorder!.Commands, from, to, region);
            }
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdBlitImage2(CommandBuffer buffer, BlitImageInfo2* info)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var from = Entry.Get<ImageObject>(target.Device, info->SrcImage.Handle);
            var to = Entry.Get<ImageObject>(target.Device, info->DstImage.Handle);
            for (uint i = 0; i < info->RegionCount; i++)
            {
                ref var r = ref info->PRegions[i];
                var region = new ImageBlit { SrcSubresource = r.SrcSubresource, DstSubresource = r.DstSubresource };
                for (int k = 0; k < 2; k++)
                    (region.SrcOffsets[k], region.DstOffsets[k]) = (r.SrcOffsets[k], r.DstOffsets[k]);
                ImageRecording.Blit(target.Recorder!.Commands, from, to, region, info->Filter);
            }
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdResolveImage2(CommandBuffer buffer, ResolveImageInfo2* info)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var from = Entry.Get<ImageObject>(target.Device, info->SrcImage.Handle);
            var to = Entry.Get<ImageObject>(target.Device, info->DstImage.Handle);
            for (uint i = 0; i < info->RegionCount; i++)
            {
                ref var r = ref info->PRegions[i];
                var region = new ImageResolve
                {
                    SrcSubresource = r.SrcSubresource, SrcOffset = r.SrcOffset, DstSubresource = r.DstSubresource,
                    DstOffset = r.DstOffset, Extent = r.Extent,
                };
                target.Recorder!.Commands.Add(ImageRecording.Resolve(from, to, region));
            }
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    private static BufferImageCopy Plain(in BufferImageCopy2 r) => new()
    {
        BufferOffset = r.BufferOffset, BufferRowLength = r.BufferRowLength, BufferImageHeight = r.BufferImageHeight,
        ImageSubresource = r.ImageSubresource, ImageOffset = r.ImageOffset, ImageExtent = r.ImageExtent,
    };
}
