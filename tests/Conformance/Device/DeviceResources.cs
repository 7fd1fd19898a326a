using ShaderJit.Conformance.Data;
using ShaderJit.Conformance.Script;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Device;

/// <summary>The script's buffers and images on the device. A mapped buffer holds each one's contents between the runs; images
/// are filled from it before a run and written back after.</summary>
internal sealed unsafe class DeviceResources(VulkanDevice device, AmberFile file) : IDisposable
{
    private const BufferUsageFlags Usage = BufferUsageFlags.UniformBufferBit | BufferUsageFlags.UniformTexelBufferBit | BufferUsageFlags.StorageTexelBufferBit;

    private readonly Dictionary<string, HostBuffer> _buffers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DeviceImage> _images = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Sampler> _samplers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _storageImages = StorageImages(file);

    public HostBuffer Buffer(string name)
    {
        if (_buffers.TryGetValue(name, out var buffer))
            return buffer;
        var resource = file.Resources[name];
        buffer = new HostBuffer(device, Math.Max(4, (resource.Size + 3) / 4 * 4), Usage);
        buffer.Bytes.Clear();
        resource.Initial?.CopyTo(buffer.Bytes);
        _buffers.Add(name, buffer);
        return buffer;
    }

    /// <summary>The bytes that the script declares, without what was added to round up.</summary>
    public Span<byte> Contents(string name) => Buffer(name).Bytes[..file.Resources[name].Size];

    /// <param name="pipeline">Its frame size is that of images without one.</param>
    public DeviceImage Image(string name, ComputePipelineState pipeline)
    {
        if (_images.TryGetValue(name, out var image))
            return image;
        var resource = file.Resources[name];
        var texel = resource.Texel ?? throw new UnsupportedException($"{resource.Name} as an image: there is no format for its elements");
        if (texel.Bytes != resource.Layout.Stride)
            throw new UnsupportedException($"{resource.Name} as an image: its elements are padded");
        SizeToFrame(resource, pipeline);
        if (resource.Width == 0)
            resource.Width = (uint)(resource.Size / texel.Bytes);
        image = new DeviceImage(device, resource, texel, resource.Width, resource.Height, _storageImages.Contains(name));
        _images.Add(name, image);
        return image;
    }

    /// <summary>Gives BUFFER name FORMAT format its size.</summary>
    public static void SizeToFrame(Resource resource, ComputePipelineState pipeline)
    {
        if (!resource.IsFrameSized || resource.Width > 0)
            return;
        (resource.Width, resource.Height) = (pipeline.FrameWidth, pipeline.FrameHeight);
        resource.Size = (int)(resource.Width * resource.Height) * resource.Layout.Stride;
    }

    public Sampler Sampler(string name)
    {
        if (_samplers.TryGetValue(name, out var sampler))
            return sampler;
        var state = file.Samplers[name];
        var info = new SamplerCreateInfo
        {
            MagFilter = state.MagFilter, MinFilter = state.MinFilter, MipmapMode = state.MipmapMode,
            AddressModeU = state.AddressU, AddressModeV = state.AddressV, AddressModeW = state.AddressW,
            MinLod = state.MinLod, MaxLod = state.MaxLod, BorderColor = state.BorderColor, UnnormalizedCoordinates = !state.Normalized,
            CompareEnable = state.CompareEnabled, CompareOp = state.CompareOp,
        };
        VulkanFailure.Check(device.Vk.CreateSampler(device.Device, in info, null, out sampler), "vkCreateSampler");
        _samplers.Add(name, sampler);
        return sampler;
    }

    /// <summary>A view of a buffer's texels; the caller destroys it.</summary>
    public BufferView TexelView(string name, ulong offset, ulong range, bool storage)
    {
        var resource = file.Resources[name];
        var texel = resource.Texel ?? throw new UnsupportedException($"{name} as a texel buffer: there is no format for its elements");
        device.Vk.GetPhysicalDeviceFormatProperties(device.Physical, texel.Format, out var properties);
        if ((properties.BufferFeatures & (storage ? FormatFeatureFlags.StorageTexelBufferBit : FormatFeatureFlags.UniformTexelBufferBit)) == 0)
            throw new UnsupportedException($"texel buffers of {texel.Name}");
        var info = new BufferViewCreateInfo
        {
            Buffer = Buffer(name).Handle, Format = texel.Format, Offset = offset, Range = range == Vk.WholeSize ? (ulong)resource.Size - offset : range,
        };
        VulkanFailure.Check(device.Vk.CreateBufferView(device.Device, in info, null, out var view), "vkCreateBufferView");
        return view;
    }

    public void Dispose()
    {
        foreach (var sampler in _samplers.Values)
            device.Vk.DestroySampler(device.Device, sampler, null);
        foreach (var image in _images.Values)
            image.Dispose();
        foreach (var buffer in _buffers.Values)
            buffer.Dispose();
    }

    private static HashSet<string> StorageImages(AmberFile file)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pipeline in file.Pipelines.Values)
        {
            foreach (var binding in pipeline.Bindings)
            {
                if (binding.Type == DescriptorType.StorageImage)
                    names.UnionWith(binding.Resources);
            }
        }

        return names;
    }
}
