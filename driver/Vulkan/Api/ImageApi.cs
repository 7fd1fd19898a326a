using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Images and image views.</summary>
internal static unsafe class ImageApi
{
    [UnmanagedCallersOnly]
    public static Result CreateImage(Device device, ImageCreateInfo* info, AllocationCallbacks* allocator, Image* image) =>
        Entry.Create(device, info, image, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyImage(Device device, Image image, AllocationCallbacks* allocator) =>
        Entry.Destroy<ImageObject>(device, image.Handle);

    [UnmanagedCallersOnly]
    public static void GetImageMemoryRequirements(Device device, Image image, MemoryRequirements* requirements) =>
        *requirements = Requirements(device, image, 0);

    [UnmanagedCallersOnly]
    public static void GetImageMemoryRequirements2(Device device, ImageMemoryRequirementsInfo2* info,
        MemoryRequirements2* requirements) =>
        Describe(Requirements(device, info->Image, PlaneOf(PNextChain.Find<ImagePlaneMemoryRequirementsInfo>(info->PNext))), requirements);

    [UnmanagedCallersOnly]
    public static void GetDeviceImageMemoryRequirements(Device device, DeviceImageMemoryRequirements* info,
        MemoryRequirements2* requirements)
    {
        try
        {
            requirements->MemoryRequirements = default;
            Describe(new ImageObject(Entry.Get(device), *info->PCreateInfo).Requirements(info->PlaneAspect), requirements);
        }
        catch (Exception e)
        {
            Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void GetImageSparseMemoryRequirements(Device device, Image image, uint* count,
        SparseImageMemoryRequirements* requirements) => *count = 0;

    [UnmanagedCallersOnly]
    public static void GetImageSparseMemoryRequirements2(Device device, ImageSparseMemoryRequirementsInfo2* info, uint* count,
        SparseImageMemoryRequirements2* requirements) => *count = 0;

    [UnmanagedCallersOnly]
    public static void GetDeviceImageSparseMemoryRequirements(Device device, DeviceImageMemoryRequirements* info, uint* count,
        SparseImageMemoryRequirements2* requirements) => *count = 0;

    [UnmanagedCallersOnly]
    public static Result BindImageMemory(Device device, Image image, DeviceMemory memory, ulong offset)
    {
        var info = new BindImageMemoryInfo { Image = image, Memory = memory, MemoryOffset = offset };
        return Entry.ForEach(device, 1, &info, &Bind);
    }

    [UnmanagedCallersOnly]
    public static Result BindImageMemory2(Device device, uint count, BindImageMemoryInfo* infos) =>
        Entry.ForEach(device, count, infos, &Bind);

    [UnmanagedCallersOnly]
    public static void GetImageSubresourceLayout(Device device, Image image, ImageSubresource* which, SubresourceLayout* layout) =>
        *layout = LayoutOf(device, image, *which);

    [UnmanagedCallersOnly]
    public static void GetImageSubresourceLayout2EXT(Device device, Image image, ImageSubresource2EXT* which,
        SubresourceLayout2EXT* layout)
    {
        layout->SubresourceLayout = LayoutOf(device, image, which->ImageSubresource);
        var onHost = PNextChain.Find<SubresourceHostMemcpySizeEXT>(layout->PNext);
        if (onHost != null)
            onHost->Size = HostImageCopyApi.BytesOf(device, image, which->ImageSubresource);
    }

    [UnmanagedCallersOnly]
    public static Result CreateImageView(Device device, ImageViewCreateInfo* info, AllocationCallbacks* allocator,
        ImageView* view) => Entry.Create(device, info, view, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyImageView(Device device, ImageView view, AllocationCallbacks* allocator) =>
        Entry.Destroy<ImageViewObject>(device, view.Handle);

    private static ImageObject Make(DeviceObject device, ImageCreateInfo* info) => new(device, *info);

    private static ImageViewObject Make(DeviceObject device, ImageViewCreateInfo* info)
    {
        var slices = PNextChain.Find<ImageViewSlicedCreateInfoEXT>(info->PNext);
        return new ImageViewObject(Entry.Get<ImageObject>(device, info->Image.Handle), *info,
            slices == null ? null : (slices->SliceOffset, slices->SliceCount));
    }

    private static void Bind(DeviceObject device, in BindImageMemoryInfo info)
    {
        var plane = PNextChain.Find<BindImagePlaneMemoryInfo>(info.PNext);
        Entry.Get<ImageObject>(device, info.Image.Handle)
            .Bind(Entry.Get<DeviceMemoryObject>(device, info.Memory.Handle), info.MemoryOffset, plane == null ? 0 : plane->PlaneAspect);
    }

    private static ImageAspectFlags PlaneOf(ImagePlaneMemoryRequirementsInfo* info) => info == null ? 0 : info->PlaneAspect;

    /// <summary>Zeros for an image, or a plane, that is not there.</summary>
    private static MemoryRequirements Requirements(Device device, Image image, ImageAspectFlags plane)
    {
        try
        {
            return HandleTable.Get<ImageObject>(image.Handle)?.Requirements(plane) ?? default;
        }
        catch (VulkanException e)
        {
            Entry.Fail(device, e);
            return default;
        }
    }

    private static SubresourceLayout LayoutOf(Device device, Image image, in ImageSubresource which)
    {
        try
        {
            return HandleTable.Get<ImageObject>(image.Handle)?.Describe(which) ?? default;
        }
        catch (VulkanException e)
        {
            Entry.Fail(device, e);
            return default;
        }
    }

    private static void Describe(MemoryRequirements of, MemoryRequirements2* requirements)
    {
        requirements->MemoryRequirements = of;
        var dedicated = PNextChain.Find<MemoryDedicatedRequirements>(requirements->PNext);
        if (dedicated != null)
            dedicated->PrefersDedicatedAllocation = dedicated->RequiresDedicatedAllocation = false;
    }
}
