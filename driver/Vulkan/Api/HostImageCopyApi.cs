using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Images;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Recording;

namespace ShaderJit.Vulkan.Api;

/// <summary>VK_EXT_host_image_copy: copies by the calling thread. Layouts mean nothing, so transitions have nothing to do.</summary>
/// <remarks>What VK_HOST_IMAGE_COPY_MEMCPY_EXT leaves to the driver is how texels lie in the host's memory: tightly packed, as
/// without it.</remarks>
internal static unsafe class HostImageCopyApi
{
    /// <summary>Layouts that images may be in while they are copied: all that they can be brought into.</summary>
    private static readonly ImageLayout[] Layouts =
    [
        ImageLayout.General, ImageLayout.ColorAttachmentOptimal, ImageLayout.DepthStencilAttachmentOptimal,
        ImageLayout.DepthStencilReadOnlyOptimal, ImageLayout.ShaderReadOnlyOptimal, ImageLayout.TransferSrcOptimal,
        ImageLayout.TransferDstOptimal, ImageLayout.DepthReadOnlyStencilAttachmentOptimal,
        ImageLayout.DepthAttachmentStencilReadOnlyOptimal, ImageLayout.DepthAttachmentOptimal, ImageLayout.DepthReadOnlyOptimal,
        ImageLayout.StencilAttachmentOptimal, ImageLayout.StencilReadOnlyOptimal, ImageLayout.ReadOnlyOptimal,
        ImageLayout.AttachmentOptimal,
    ];

    [UnmanagedCallersOnly]
    public static Result CopyMemoryToImageEXT(Device device, CopyMemoryToImageInfoEXT* info)
    {
        try
        {
            var owner = Entry.Get(device);
            var image = Entry.Get<ImageObject>(owner, info->DstImage.Handle);
            using var running = new Running(owner);
            for (uint i = 0; i < info->RegionCount; i++)
            {
                ref readonly var r = ref info->PRegions[i];
                Copy(image, (byte*)r.PHostPointer, r.ImageSubresource, r.ImageOffset, r.ImageExtent, r.MemoryRowLength,
                    r.MemoryImageHeight, toImage: true);
            }

            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result CopyImageToMemoryEXT(Device device, CopyImageToMemoryInfoEXT* info)
    {
        try
        {
            var owner = Entry.Get(device);
            var image = Entry.Get<ImageObject>(owner, info->SrcImage.Handle);
            using var running = new Running(owner);
            for (uint i = 0; i < info->RegionCount; i++)
            {
                ref readonly var r = ref info->PRegions[i];
                Copy(image, (byte*)r.PHostPointer, r.ImageSubresource, r.ImageOffset, r.ImageExtent, r.MemoryRowLength,
                    r.MemoryImageHeight, toImage: false);
            }

            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result CopyImageToImageEXT(Device device, CopyImageToImageInfoEXT* info)
    {
        try
        {
            var owner = Entry.Get(device);
            var from = Entry.Get<ImageObject>(owner, info->SrcImage.Handle);
            var to = Entry.Get<ImageObject>(owner, info->DstImage.Handle);
            var commands = new List<Command>();
            for (uint i = 0; i < info->RegionCount; i++)
                CopyRecording.Add(commands, from, to, in info->PRegions[i]);
            using var running = new Running(owner);
            foreach (var command in commands)
                ((CopyImageCommand)command).Copy(owner.Region);
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result TransitionImageLayoutEXT(Device device, uint count, HostImageLayoutTransitionInfoEXT* transitions) =>
        Result.Success;

    /// <summary>Fills VkPhysicalDeviceHostImageCopyPropertiesEXT.</summary>
    public static void Describe(PhysicalDeviceHostImageCopyPropertiesEXT* properties)
    {
        Entry.Enumerate<ImageLayout>(Layouts, &properties->CopySrcLayoutCount, properties->PCopySrcLayouts);
        Entry.Enumerate<ImageLayout>(Layouts, &properties->CopyDstLayoutCount, properties->PCopyDstLayouts);
        DeviceIdentity.WriteDeviceUuid(new Span<byte>(properties->OptimalTilingLayoutUUID, 16));
        properties->IdenticalMemoryTypeRequirements = true;
    }

    /// <summary>Bytes that a subresource has in the host's memory where it is copied with VK_HOST_IMAGE_COPY_MEMCPY_EXT; 0 for one
    /// that is not there.</summary>
    public static ulong BytesOf(Device device, Image image, in ImageSubresource which)
    {
        try
        {
            if (HandleTable.Get<ImageObject>(image.Handle) is not { } found)
                return 0;
            ref readonly var mip = ref ImageBox.MipOf(found.PlaneOf(which.AspectMask), which.MipLevel);
            var layers = new ImageSubresourceLayers
            {
                AspectMask = which.AspectMask, MipLevel = which.MipLevel, BaseArrayLayer = which.ArrayLayer, LayerCount = 1,
            };
            var extent = new Extent3D { Width = (uint)mip.Width, Height = (uint)mip.Height, Depth = (uint)mip.Depth };
            var box = ImageBox.Of(found, layers, default, extent);
            return (ulong)LinearTexels.Of(box, AspectPlane.Of(box.Format, which.AspectMask), extent, 0, 0).Bytes;
        }
        catch (VulkanException e)
        {
            Entry.Fail(device, e);
            return 0;
        }
    }

    private static void Copy(ImageObject image, byte* memory, in ImageSubresourceLayers layers, Offset3D offset, Extent3D extent,
        uint rowLength, uint imageHeight, bool toImage)
    {
        if (image.Texels.Samples != 1)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkCopyMemoryToImageInfoEXT-dstImage-07973: the image is multisampled");
        var box = ImageBox.Of(image, layers, offset, extent);
        var plane = AspectPlane.Of(box.Format, layers.AspectMask);
        var texels = LinearTexels.Of(box, plane, extent, rowLength, imageHeight);
        if (!image.IsResident)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkCopyMemoryToImageInfoEXT-dstImage-07966: the image has no memory");
        var region = image.Device.Region;
        int stride = box.Format.BlockBytes;
        for (int p = 0; p < box.Planes; p++)
        {
            for (int y = 0; y < box.Height; y++)
            {
                var inImage = region.Span(box.RowAt(p, y) + (ulong)plane.Offset, ((box.Width - 1) * stride) + plane.Bytes);

                // SAFETY: the application says that its memory has the region's texels.
                var row = new Span<byte>(memory + (texels.PlanePitch * (ulong)p) + (texels.RowPitch * (ulong)y),
                    ((box.Width - 1) * plane.BufferBytes) + plane.Bytes);
                if (toImage)
                    TexelRows.Copy(row, plane.BufferBytes, inImage, stride, plane.Bytes, box.Width);
                else
                    TexelRows.Copy(inImage, stride, row, plane.BufferBytes, plane.Bytes, box.Width);
            }
        }

        if (toImage)
            BlockDecoding.Refresh(region, box);
    }

    /// <summary>While one of these is there, memory that is freed keeps its pages.</summary>
    private readonly ref struct Running
    {
        private readonly DeviceObject _device;

        public Running(DeviceObject device)
        {
            _device = device;
            device.Memory.BeginRun();
        }

        public void Dispose() => _device.Memory.EndRun();
    }
}
