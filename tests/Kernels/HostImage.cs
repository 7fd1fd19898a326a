using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Kernels;

/// <summary>An image with memory of its own. It stays in layout GENERAL once <see cref="Prepare"/> was recorded.</summary>
public sealed unsafe class HostImage : IDisposable
{
    private readonly VulkanDevice _device;
    private readonly DeviceMemory _memory;
    private readonly List<ImageView> _views = [];

    public HostImage(VulkanDevice device, in ImageCreateInfo info)
    {
        _device = device;
        Info = info;
        var vk = device.Vk;
        VulkanFailure.Check(vk.CreateImage(device.Device, in info, null, out var image), "vkCreateImage");
        Handle = image;
        vk.GetImageMemoryRequirements(device.Device, image, out var needs);
        var allocation = new MemoryAllocateInfo { AllocationSize = needs.Size, MemoryTypeIndex = device.MemoryType };
        VulkanFailure.Check(vk.AllocateMemory(device.Device, in allocation, null, out _memory), "vkAllocateMemory");
        VulkanFailure.Check(vk.BindImageMemory(device.Device, image, _memory, 0), "vkBindImageMemory");
    }

    public Image Handle { get; }

    public ImageCreateInfo Info { get; }

    public DeviceMemory Memory => _memory;

    /// <summary>The whole image's range.</summary>
    public ImageSubresourceRange Range => new()
    {
        AspectMask = Aspects, LevelCount = Vk.RemainingMipLevels, LayerCount = Vk.RemainingArrayLayers,
    };

    public ImageAspectFlags Aspects => Info.Format switch
    {
        Format.D16Unorm or Format.X8D24UnormPack32 or Format.D32Sfloat => ImageAspectFlags.DepthBit,
        Format.S8Uint => ImageAspectFlags.StencilBit,
        Format.D16UnormS8Uint or Format.D24UnormS8Uint or Format.D32SfloatS8Uint => ImageAspectFlags.DepthBit | ImageAspectFlags.StencilBit,
        _ => ImageAspectFlags.ColorBit,
    };

    /// <summary>What a two-dimensional image of one level needs.</summary>
    public static ImageCreateInfo Describe(Format format, uint width, uint height, ImageUsageFlags usage) => new()
    {
        ImageType = ImageType.Type2D, Format = format, Extent = new Extent3D { Width = width, Height = height, Depth = 1 },
        MipLevels = 1, ArrayLayers = 1, Samples = SampleCountFlags.Count1Bit, Tiling = ImageTiling.Optimal,
        Usage = usage | ImageUsageFlags.TransferSrcBit | ImageUsageFlags.TransferDstBit,
    };

    /// <summary>A view, which lives as long as the image.</summary>
    public ImageView View(ImageViewType type, Format format = Format.Undefined, ImageSubresourceRange? range = null,
        ComponentMapping mapping = default)
    {
        var info = new ImageViewCreateInfo
        {
            Image = Handle, ViewType = type, Format = format == Format.Undefined ? Info.Format : format, Components = mapping,
            SubresourceRange = range ?? Range,
        };
        VulkanFailure.Check(_device.Vk.CreateImageView(_device.Device, in info, null, out var view), "vkCreateImageView");
        _views.Add(view);
        return view;
    }

    /// <summary>Records the transition from UNDEFINED to GENERAL.</summary>
    public void Prepare(CommandBuffer commands)
    {
        var barrier = new ImageMemoryBarrier
        {
            OldLayout = ImageLayout.Undefined, NewLayout = ImageLayout.General, Image = Handle, SubresourceRange = Range,
            SrcQueueFamilyIndex = Vk.QueueFamilyIgnored, DstQueueFamilyIndex = Vk.QueueFamilyIgnored,
            DstAccessMask = AccessFlags.MemoryReadBit | AccessFlags.MemoryWriteBit,
        };
        _device.Vk.CmdPipelineBarrier(commands, PipelineStageFlags.TopOfPipeBit, PipelineStageFlags.AllCommandsBit, 0, 0, null, 0,
            null, 1, &barrier);
    }

    /// <summary>Records a copy of one level's tightly packed texels, all layers, from a buffer.</summary>
    public void CopyFrom(CommandBuffer commands, HostBuffer buffer, uint level = 0, ImageAspectFlags aspect = 0)
    {
        var region = Whole(level, aspect);
        _device.Vk.CmdCopyBufferToImage(commands, buffer.Handle, Handle, ImageLayout.General, 1, &region);
    }

    /// <summary>Records a copy of one level's tightly packed texels, all layers, to a buffer.</summary>
    public void CopyTo(CommandBuffer commands, HostBuffer buffer, uint level = 0, ImageAspectFlags aspect = 0)
    {
        var region = Whole(level, aspect);
        _device.Vk.CmdCopyImageToBuffer(commands, Handle, ImageLayout.General, buffer.Handle, 1, &region);
    }

    public void Dispose()
    {
        foreach (var view in _views)
            _device.Vk.DestroyImageView(_device.Device, view, null);
        _device.Vk.DestroyImage(_device.Device, Handle, null);
        _device.Vk.FreeMemory(_device.Device, _memory, null);
    }

    private BufferImageCopy Whole(uint level, ImageAspectFlags aspect) => new()
    {
        ImageSubresource = new ImageSubresourceLayers
        {
            AspectMask = aspect == 0 ? Aspects : aspect, MipLevel = level, LayerCount = Info.ArrayLayers,
        },
        ImageExtent = new Extent3D
        {
            Width = Math.Max(Info.Extent.Width >> (int)level, 1), Height = Math.Max(Info.Extent.Height >> (int)level, 1),
            Depth = Math.Max(Info.Extent.Depth >> (int)level, 1),
        },
    };
}
