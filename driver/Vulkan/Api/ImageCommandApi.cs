using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Recording;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

namespace ShaderJit.Vulkan.Api;

/// <summary>vkCmd* commands on images. Layouts and transitions mean nothing here: texels are where they are.</summary>
internal static unsafe class ImageCommandApi
{
    [UnmanagedCallersOnly]
    public static void CmdCopyBufferToImage(CommandBuffer buffer, Buffer source, Image image, ImageLayout layout, uint count,
        BufferImageCopy* regions) =>
        CopyRecording.Record<BufferObject, ImageObject, BufferImageCopy>(buffer, source.Handle, image.Handle, count, regions,
            &CopyRecording.Add);

    [UnmanagedCallersOnly]
    public static void CmdCopyImageToBuffer(CommandBuffer buffer, Image image, ImageLayout layout, Buffer destination, uint count,
        BufferImageCopy* regions) =>
        CopyRecording.Record<ImageObject, BufferObject, BufferImageCopy>(buffer, image.Handle, destination.Handle, count, regions,
            &CopyRecording.Add);

    [UnmanagedCallersOnly]
    public static void CmdCopyImage(CommandBuffer buffer, Image source, ImageLayout sourceLayout, Image destination,
        ImageLayout destinationLayout, uint count, ImageCopy* regions) =>
        CopyRecording.Record<ImageObject, ImageObject, ImageCopy>(buffer, source.Handle, destination.Handle, count, regions,
            &CopyRecording.Add);

    [UnmanagedCallersOnly]
    public static void CmdBlitImage(CommandBuffer buffer, Image source, ImageLayout sourceLayout, Image destination,
        ImageLayout destinationLayout, uint count, ImageBlit* regions, Filter filter) =>
        CopyRecording.RecordBlit(buffer, source, destination, count, regions, filter, &Same);

    [UnmanagedCallersOnly]
    public static void CmdResolveImage(CommandBuffer buffer, Image source, ImageLayout sourceLayout, Image destination,
        ImageLayout destinationLayout, uint count, ImageResolve* regions) =>
        CopyRecording.Record<ImageObject, ImageObject, ImageResolve>(buffer, source.Handle, destination.Handle, count, regions,
            &CopyRecording.Add);

    [UnmanagedCallersOnly]
    public static void CmdClearColorImage(CommandBuffer buffer, Image image, ImageLayout layout, ClearColorValue* color, uint count,
        ImageSubresourceRange* ranges)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var to = Entry.Get<ImageObject>(target.Device, image.Handle);
            for (uint i = 0; i < count; i++)
                ImageRecording.ClearColor(target.Recorder!.Commands, to, *color, ranges[i]);
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void CmdClearDepthStencilImage(CommandBuffer buffer, Image image, ImageLayout layout, ClearDepthStencilValue* value,
        uint count, ImageSubresourceRange* ranges)
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var to = Entry.Get<ImageObject>(target.Device, image.Handle);
            for (uint i = 0; i < count; i++)
                ImageRecording.ClearDepthStencil(target.Recorder!.Commands, to, *value, ranges[i]);
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    private static ImageBlit Same(in ImageBlit region) => region;
}
