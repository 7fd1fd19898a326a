using ShaderJit.Conformance.Data;
using ShaderJit.Conformance.Script;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Device;

/// <summary>An image with memory of its own, always in the general layout.</summary>
internal sealed unsafe class DeviceImage : IDisposable
{
    private readonly VulkanDevice _device;
    private readonly DeviceMemory _memory;
    private readonly Dictionary<uint, ImageView> _views = [];
    private readonly ImageAspectFlags _aspect;
    private readonly ImageType _type;
    private readonly Format _format;
    private readonly Extent3D _extent;
    private readonly uint _levels;
    private bool _isReady;

    /// <exception cref="UnsupportedException">The device has no such images.</exception>
    public DeviceImage(VulkanDevice device, Resource resource, TexelType texel, uint width, uint height, bool storage)
    {
        _device = device;
        _type = resource.ImageType;
        _format = texel.Format;
        _extent = new Extent3D { Width = width, Height = height, Depth = resource.Depth };
        _levels = resource.MipLevels;
        IsMultisampled = resource.Samples > 1;
        _aspect = texel.Components[0].Channel switch
        {
            'D' => ImageAspectFlags.DepthBit,
            'S' => ImageAspectFlags.StencilBit,
            _ => ImageAspectFlags.ColorBit,
        };
        var usage = storage ? ImageUsageFlags.StorageBit : 0;
        if (!IsMultisampled)
            usage |= ImageUsageFlags.TransferDstBit | ImageUsageFlags.TransferSrcBit;
        var vk = device.Vk;
        usage |= Supported(vk, texel, storage);
        var info = new ImageCreateInfo
        {
            ImageType = _type, Format = _format, Extent = _extent, MipLevels = _levels, ArrayLayers = 1,
            Samples = (SampleCountFlags)resource.Samples, Tiling = ImageTiling.Optimal, Usage = usage, InitialLayout = ImageLayout.Undefined,
        };
        var result = vk.CreateImage(device.Device, in info, null, out var image);
        if (result != Result.Success)
            throw WhyNot(vk, resource, texel, in info, result);
        Handle = image;
        vk.GetImageMemoryRequirements(device.Device, image, out var needs);
        var allocation = new MemoryAllocateInfo
        {
            AllocationSize = needs.Size, MemoryTypeIndex = (uint)System.Numerics.BitOperations.TrailingZeroCount(needs.MemoryTypeBits),
        };
        VulkanFailure.Check(vk.AllocateMemory(device.Device, in allocation, null, out _memory), "vkAllocateMemory");
        VulkanFailure.Check(vk.BindImageMemory(device.Device, image, _memory, 0), "vkBindImageMemory");
    }

    public Image Handle { get; }

    public bool IsMultisampled { get; }

    /// <summary>The view for shaders: all levels from one on, or that one alone for storage.</summary>
    public ImageView View(uint baseLevel, bool single)
    {
        uint key = baseLevel * 2 + (single ? 1u : 0);
        if (_views.TryGetValue(key, out var view))
            return view;
        var info = new ImageViewCreateInfo
        {
            Image = Handle,
            ViewType = _type switch
            {
                ImageType.Type1D => ImageViewType.Type1D,
                ImageType.Type2D => ImageViewType.Type2D,
                _ => ImageViewType.Type3D,
            },
            Format = _format,
            SubresourceRange = new ImageSubresourceRange
            {
                AspectMask = _aspect, BaseMipLevel = baseLevel, LevelCount = single ? 1 : _levels - baseLevel, LayerCount = 1,
            },
        };
        VulkanFailure.Check(_device.Vk.CreateImageView(_device.Device, in info, null, out view), "vkCreateImageView");
        _views.Add(key, view);
        return view;
    }

    /// <summary>Puts the first level's texels in place, and brings a new image into its layout.</summary>
    public void RecordUpload(CommandBuffer commands, HostBuffer data)
    {
        Barrier(commands, _isReady ? ImageLayout.General : ImageLayout.Undefined,
            PipelineStageFlags.AllCommandsBit, PipelineStageFlags.AllCommandsBit);
        _isReady = true;
        if (IsMultisampled)
            return;
        var region = Region();
        _device.Vk.CmdCopyBufferToImage(commands, data.Handle, Handle, ImageLayout.General, 1, &region);
        Barrier(commands, ImageLayout.General, PipelineStageFlags.TransferBit, PipelineStageFlags.ComputeShaderBit);
    }

    /// <summary>Brings the first level's texels back.</summary>
    public void RecordDownload(CommandBuffer commands, HostBuffer data)
    {
        if (IsMultisampled)
            return;
        Barrier(commands, ImageLayout.General, PipelineStageFlags.ComputeShaderBit, PipelineStageFlags.TransferBit);
        var region = Region();
        _device.Vk.CmdCopyImageToBuffer(commands, Handle, ImageLayout.General, data.Handle, 1, &region);
    }

    public void Dispose()
    {
        foreach (var view in _views.Values)
            _device.Vk.DestroyImageView(_device.Device, view, null);
        _device.Vk.DestroyImage(_device.Device, Handle, null);
        _device.Vk.FreeMemory(_device.Device, _memory, null);
    }

    private BufferImageCopy Region() => new()
    {
        ImageSubresource = new ImageSubresourceLayers { AspectMask = _aspect, LayerCount = 1 }, ImageExtent = _extent,
    };

    private void Barrier(CommandBuffer commands, ImageLayout from, PipelineStageFlags before, PipelineStageFlags after)
    {
        var barrier = new ImageMemoryBarrier
        {
            SrcAccessMask = AccessFlags.MemoryWriteBit,
            DstAccessMask = AccessFlags.MemoryReadBit | AccessFlags.MemoryWriteBit,
            OldLayout = from, NewLayout = ImageLayout.General,
            SrcQueueFamilyIndex = Vk.QueueFamilyIgnored, DstQueueFamilyIndex = Vk.QueueFamilyIgnored,
            Image = Handle,
            SubresourceRange = new ImageSubresourceRange { AspectMask = _aspect, LevelCount = _levels, LayerCount = 1 },
        };
        _device.Vk.CmdPipelineBarrier(commands, before, after, 0, 0, null, 0, null, 1, &barrier);
    }

    private ImageUsageFlags Supported(Vk vk, TexelType texel, bool storage)
    {
        vk.GetPhysicalDeviceFormatProperties(_device.Physical, _format, out var properties);
        var features = properties.OptimalTilingFeatures;
        if (storage && (features & FormatFeatureFlags.StorageImageBit) == 0)
            throw new UnsupportedException($"storage images of {texel.Name}");
        if (!storage && (features & FormatFeatureFlags.SampledImageBit) == 0)
            throw new UnsupportedException($"sampled images of {texel.Name}");
        return (features & FormatFeatureFlags.SampledImageBit) != 0 ? ImageUsageFlags.SampledBit : 0;
    }

    /// <summary>Asked only when there is no image: drivers make images with more samples than they list, and cases use them.</summary>
    private Exception WhyNot(Vk vk, Resource resource, TexelType texel, in ImageCreateInfo info, Result created)
    {
        ImageFormatProperties properties;
        var result = vk.GetPhysicalDeviceImageFormatProperties(_device.Physical, info.Format, info.ImageType, info.Tiling, info.Usage, 0, &properties);
        if (result == Result.ErrorFormatNotSupported)
            return new UnsupportedException($"images of {texel.Name}");
        if (_extent.Width > properties.MaxExtent.Width || _extent.Height > properties.MaxExtent.Height || _extent.Depth > properties.MaxExtent.Depth
            || _levels > properties.MaxMipLevels)
            return new UnsupportedException($"an image as large as {resource.Name}");
        if ((properties.SampleCounts & info.Samples) == 0)
            return new UnsupportedException($"{resource.Samples} samples");
        return new VulkanFailure("vkCreateImage", created);
    }
}
