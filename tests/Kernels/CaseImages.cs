using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Kernels;

/// <summary>The images of a case on a device, with what is needed to fill, bind and read them.</summary>
internal sealed unsafe class CaseImages : IDisposable
{
    private readonly VulkanDevice _device;
    private readonly CaseImage[] _cases;
    private readonly CommandPool _pool;
    private readonly CommandBuffer _commands;
    private readonly HostImage[] _images;
    private readonly ImageView[] _views;
    private readonly HostBuffer?[] _staging;
    private readonly Sampler _sampler;

    public CaseImages(VulkanDevice device, CaseImage[] images)
    {
        _device = device;
        _cases = images;
        _images = new HostImage[images.Length];
        _views = new ImageView[images.Length];
        _staging = new HostBuffer[images.Length];
        if (images.Length == 0)
            return;

        var pool = new CommandPoolCreateInfo { QueueFamilyIndex = device.QueueFamily };
        VulkanFailure.Check(device.Vk.CreateCommandPool(device.Device, in pool, null, out _pool), "vkCreateCommandPool");
        var allocate = new CommandBufferAllocateInfo { CommandPool = _pool, CommandBufferCount = 1 };
        CommandBuffer own;
        VulkanFailure.Check(device.Vk.AllocateCommandBuffers(device.Device, &allocate, &own), "vkAllocateCommandBuffers");
        _commands = own;
        var info = new SamplerCreateInfo
        {
            MagFilter = Filter.Linear, MinFilter = Filter.Linear, AddressModeU = SamplerAddressMode.ClampToEdge,
            AddressModeV = SamplerAddressMode.ClampToEdge, AddressModeW = SamplerAddressMode.ClampToEdge,
        };
        VulkanFailure.Check(device.Vk.CreateSampler(device.Device, in info, null, out _sampler), "vkCreateSampler");
        for (int i = 0; i < images.Length; i++)
        {
            _staging[i] = new HostBuffer(device, images[i].Bytes);
            _images[i] = new HostImage(device, HostImage.Describe(Format.R8G8B8A8Unorm, (uint)images[i].Width,
                (uint)images[i].Height, ImageUsageFlags.StorageBit | ImageUsageFlags.SampledBit));
            _views[i] = _images[i].View(ImageViewType.Type2D);
        }
    }

    public static DescriptorType TypeOf(CaseImageUse use) =>
        use.IsSampled ? DescriptorType.CombinedImageSampler : DescriptorType.StorageImage;

    /// <summary>Fills the images with their first contents.</summary>
    public void Upload()
    {
        for (int i = 0; i < _images.Length; i++)
        {
            if (_cases[i].Initial is { } initial)
                initial.CopyTo(_staging[i]!.Bytes);
            else
                _staging[i]!.Bytes.Clear();
        }

        Run((image, buffer, commands) =>
        {
            image.Prepare(commands);
            image.CopyFrom(commands, buffer);
        });
    }

    /// <summary>The images' texels, rows without gaps.</summary>
    public byte[][] Download()
    {
        Run((image, buffer, commands) => image.CopyTo(commands, buffer));
        var data = new byte[_images.Length][];
        for (int i = 0; i < data.Length; i++)
            data[i] = _staging[i]!.Bytes.ToArray();
        return data;
    }

    /// <summary>Writes descriptors from a binding on.</summary>
    public void Describe(DescriptorSet set, uint binding, CaseImageUse[] uses)
    {
        for (int i = 0; i < uses.Length; i++)
            Describe(set, binding + (uint)i, uses[i]);
    }

    public void Dispose()
    {
        for (int i = 0; i < _images.Length; i++)
        {
            _images[i].Dispose();
            _staging[i]!.Dispose();
        }

        if (_images.Length == 0)
            return;
        _device.Vk.DestroySampler(_device.Device, _sampler, null);
        _device.Vk.DestroyCommandPool(_device.Device, _pool, null);
    }

    private void Describe(DescriptorSet set, uint binding, CaseImageUse use)
    {
        var info = new DescriptorImageInfo { ImageView = _views[use.Image], ImageLayout = ImageLayout.General, Sampler = _sampler };
        var write = new WriteDescriptorSet
        {
            DstSet = set, DstBinding = binding, DescriptorCount = 1, DescriptorType = TypeOf(use), PImageInfo = &info,
        };
        _device.Vk.UpdateDescriptorSets(_device.Device, 1, &write, 0, null);
    }

    private void Run(Action<HostImage, HostBuffer, CommandBuffer> record)
    {
        if (_images.Length == 0)
            return;
        var vk = _device.Vk;
        var begin = new CommandBufferBeginInfo { Flags = CommandBufferUsageFlags.OneTimeSubmitBit };
        VulkanFailure.Check(vk.ResetCommandPool(_device.Device, _pool, 0), "vkResetCommandPool");
        VulkanFailure.Check(vk.BeginCommandBuffer(_commands, &begin), "vkBeginCommandBuffer");
        for (int i = 0; i < _images.Length; i++)
            record(_images[i], _staging[i]!, _commands);
        VulkanFailure.Check(vk.EndCommandBuffer(_commands), "vkEndCommandBuffer");
        var commands = _commands;
        var submit = new SubmitInfo { CommandBufferCount = 1, PCommandBuffers = &commands };
        VulkanFailure.Check(vk.QueueSubmit(_device.Queue, 1, &submit, default), "vkQueueSubmit");
        VulkanFailure.Check(vk.QueueWaitIdle(_device.Queue), "vkQueueWaitIdle");
    }
}
